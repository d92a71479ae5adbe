"""``ima replay``: from the embedded tracker of an outage into the real one."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from automation.cli import output
from automation.cli.invocation import Call
from automation.cli.options import command
from automation.cli.own_token import refuse_pass_without_key, refuse_replay_with_own_token
from automation.errors import PolicyError, ServiceError
from automation.outage.replay import Replay, ReplayedIssue
from automation.policy.policy import Policy
from automation.stored_state.signatures import Keys
from automation.trackers.local.read_only_copy import opened_copy
from automation.trackers.signed_memory import SignedTracker


@command(
    "replay",
    formats=("text", "json"),
    examples=["ima replay outage.db --plan", "ima replay outage.db"],
)
@click.argument("file")
@click.option("--plan", is_flag=True, help="Only say what would be carried over.")
def replay(call: Call, file: str, plan: bool) -> None:
    """Carry the incidents of an outage into the real tracker, once. FILE is what the embedded
    tracker kept them in; it stays as it is. On a forge only IMA's account does it, with IMA_KEY."""
    path, session = call.path(file), call.session
    _not_itself(call, path)
    if not plan:
        refuse_replay_with_own_token(call)
        refuse_pass_without_key(call)
    with opened_copy(path, session.policy.project, session.clock) as source:
        try:
            # What stands in a file of one's own counts, whatever has signed it.
            believed = SignedTracker(source, Keys(), session.clock)
            rows = Replay(believed, call.run).rows(write=not plan)
        except ServiceError as error:
            error.remedy += "\n  then run `ima replay` again: it goes on where this run stopped"
            raise
    if call.format == "json":
        output.show_json({"carried": [asdict(row) for row in rows]})
    else:
        _show_rows(call.session.policy, rows, plan)


def _not_itself(call: Call, path: Path) -> None:
    policy = call.session.policy
    if policy.tracker.kind != "local":
        return
    own = call.session.folder / policy.tracker.path
    if path.exists() and own.exists() and path.samefile(own):
        raise PolicyError(
            f"{path}: this is the tracker into which it would be carried",
            "name the real one: `ima replay FILE --tracker gitlab`",
        )


def _show_rows(policy: Policy, rows: list[ReplayedIssue], plan: bool) -> None:
    for row in rows:
        state = policy.words.state(row.state)
        output.show(f"{row.was} {_what_becomes(policy.project, row, plan)}  {row.title} ({state})")
        people = ", ".join(f"@{login}" for login in row.unassigned)
        if people:
            output.show(f"  ! the tracker could not assign {people}: assign somebody by hand")
    new = sum(not row.whole and not row.left for row in rows)
    if not rows:
        output.show("There is no incident in this file.")
    elif new == 0:
        output.show("Nothing to do: all of it is there.")
    elif plan:
        output.show(f"{new} would be carried over. `ima replay FILE` does it.")
    else:
        output.show(f"{new} carried over. Write on them there from now on, not in the file.")


def _what_becomes(project: str, row: ReplayedIssue, plan: bool) -> str:
    if row.left:
        return f"stays: {row.left}"
    if row.whole:
        return f"is {project}{row.ref} already"
    if plan:
        return f"would go on as {project}{row.ref}" if row.ref else "would be opened"
    return f"-> {project}{row.ref}"
