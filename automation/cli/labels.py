"""``ima labels sync``: the tracker's labels as in labels.yml."""

from __future__ import annotations

from datetime import date
from typing import Any

import click

from automation.changes.label_changes import (
    ChangeLabel,
    CreateLabel,
    DeleteLabel,
    LabelChange,
    RenameLabel,
)
from automation.cli import output
from automation.cli.change_limit import refuse_too_many
from automation.cli.invocation import Call
from automation.cli.options import Family, command
from automation.cli.plan import TO_DO
from automation.config.label_sync import label_changes
from automation.errors import ServiceError
from automation.model.issue import Label
from automation.planning.renamed_labels import what_is_renamed
from automation.stored_state.label_memory import LabelMemory
from automation.text.escaping import clean
from automation.trackers import Tracker
from automation.writing.plan_text import count

_SIGNS: dict[type[Any], str] = {
    CreateLabel: "+", ChangeLabel: "~", RenameLabel: "~", DeleteLabel: "-"
}  # fmt: skip


@click.group(cls=Family, examples=["ima labels sync --check", "ima labels sync"])
def labels() -> None:
    """The tracker's labels."""


@command("sync", formats=("text", "json"), examples=["ima labels sync --check", "ima labels sync"])
@click.option("--check", is_flag=True, help="Change nothing; exit 3 when there is something to do.")
@click.option("--adopt", is_flag=True, help="Rename and recolour labels that ima did not create.")
@click.option("--allow-many", is_flag=True, help="Even more changes than the policy allows.")
def sync(call: Call, check: bool, adopt: bool, allow_many: bool) -> int:
    """Make the tracker's labels as in labels.yml. Deletes only what is retired."""
    policy, tracker = call.session.policy, call.tracker
    today = call.session.clock().date()
    there = tracker.labels()
    renamed = renamed_on_the_tracker(call, there)
    changes, findings = label_changes(
        policy.labels, there, today, adopt, _in_use(call, today), renamed
    )
    commands = ("ima labels sync --check", "ima labels sync")
    if error := refuse_too_many(
        len(changes), policy.limits.changes, allow_many or check, *commands
    ):
        raise error
    failed: list[ServiceError] = []
    if not check:
        changes, failed = _made(call, changes)
    if changes or findings or not failed:
        _show(call, changes, findings, check)
    for each in failed[:-1]:
        output.tell(clean(str(each)))
    if failed:
        raise failed[-1]
    return TO_DO if check and changes else 0


def renamed_on_the_tracker(call: Call, there: list[Label]) -> dict[str, tuple[str, str]]:
    """Labels that people have renamed there, as far as the dashboard knows their ids: what is so,
    and what to do (P-58)."""
    labels = call.session.policy.labels
    call.tracker.dashboard()
    memory = LabelMemory.of(labels, call.tracker.label_memory(()))
    return {each.name: what_is_renamed(each) for each in memory.learnt(there).renamed()}


def _in_use(call: Call, today: date) -> dict[str, list[str]]:
    """Open issues that still have a retired label; asked for only where one is retired."""
    retired = {e.name for e in call.session.policy.labels if e.retired and today > e.retired}
    found: dict[str, list[str]] = {}
    for head in call.tracker.heads() if retired else ():
        for name in sorted(retired & head.labels) if not head.closed else ():
            found.setdefault(name, []).append(head.ref)
    return found


def _made(call: Call, changes: list[LabelChange]) -> tuple[list[LabelChange], list[ServiceError]]:
    """The changes that were made, and what failed: one label stops no other, unless the tracker
    is away. What was made is remembered in any case."""
    done: list[LabelChange] = []
    failed: list[ServiceError] = []
    try:
        for change in changes:
            try:
                _make(change, call.tracker)
                done.append(change)
            except ServiceError as error:
                failed.append(error)
                if error.tracker_away:
                    break
    finally:
        if done:
            call.run.keep_facts()  # else the next process takes them for somebody else's
    return done, failed


def _make(change: LabelChange, tracker: Tracker) -> None:
    match change:
        case CreateLabel(name, color, text):
            tracker.create_label(Label(name, color, text))
        case ChangeLabel(name, color, text):
            tracker.change_label(name, Label(name, color, text))
        case RenameLabel(name, to, color, text):
            tracker.change_label(name, Label(to, color, text))
        case DeleteLabel(name):
            tracker.delete_label(name)


def _show(call: Call, changes: list[LabelChange], findings: list[str], check: bool) -> None:
    if call.format == "json":
        said = [change.describe() for change in changes]
        output.show_json({"changes": said, "findings": findings, "done": not check})
        return
    style = call.style()
    for change in changes:
        sign = _SIGNS[type(change)]
        output.show(f"{style.paint(sign, sign)} {clean(change.describe())}")
    for finding in findings:
        problem, _, remedy = finding.partition("\n")
        output.show(f"{style.paint('!', '!')} {clean(problem)}\n    {clean(remedy)}")
    if changes:
        verb = "would be made" if check else "made"
        output.show(f"{count(len(changes), 'change')} {verb}.")
    else:
        output.show("The labels are as in labels.yml.")


labels.add_command(sync)
