"""What people do in a scenario: one function for each action of the format."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from typing import TYPE_CHECKING

from automation.model import Draft, Update
from automation.scenarios.script import people_on_call, strings
from automation.session import Session
from automation.source import Node

if TYPE_CHECKING:
    from automation.scenarios.stage import Stage


def _opens(stage: Stage, by: str, node: Node) -> None:
    for item in node.items if node.kind == "list" else [node]:
        values = item.plain()
        draft = Draft(
            values["title"],
            values.get("body") or "",
            tuple(values.get("labels") or ()),
            tuple(values.get("assignees") or ()),
            bool(values.get("confidential", False)),
        )
        stage.people.add(stage.tracker.acting(by).open(draft))


def _comments(stage: Stage, by: str, node: Node) -> None:
    for ref, (_, texts) in node.entries.items():
        for text in strings(texts):
            stage.tracker.acting(by).comment(ref, text)


def _labels(stage: Stage, by: str, node: Node) -> None:
    for ref, (_, changes) in node.entries.items():
        for change in strings(changes):
            names = frozenset({change[1:]})
            update = Update(add_labels=names) if change[0] == "+" else Update(remove_labels=names)
            stage.tracker.acting(by).update(ref, update)


def _assigns(stage: Stage, by: str, node: Node) -> None:
    for ref, (_, changes) in node.entries.items():
        for change in strings(changes):
            now = stage.tracker.issues([ref])[0].assignees
            person = change[1:]
            rest = tuple(login for login in now if login != person)
            people = (*rest, person) if change[0] == "+" else rest
            if change[0] == "+" and stage.scenario.can.one_assignee:
                people = (person,)
            stage.tracker.acting(by).update(ref, Update(assignees=people))


def _closes(stage: Stage, by: str, node: Node) -> None:
    if node.kind == "map":  # with a reason, where the tracker knows such
        for ref, (_, reason) in node.entries.items():
            stage.tracker.acting(by).close_as(ref, reason.value)
        return
    for ref in strings(node):
        stage.tracker.acting(by).update(ref, Update(closed=True))


def _reopens(stage: Stage, by: str, node: Node) -> None:
    for ref in strings(node):
        stage.tracker.acting(by).update(ref, Update(closed=False))


def _edits(stage: Stage, by: str, node: Node) -> None:
    for ref, (_, texts) in node.entries.items():
        values = texts.plain()
        stage.tracker.acting(by).edit(ref, title=values.get("title"), body=values.get("body"))


def _edits_comment(stage: Stage, by: str, node: Node) -> None:
    """The person's newest comment."""
    for ref, (_, text) in node.entries.items():
        theirs = [c for c in stage.tracker.issues([ref])[0].comments if c.author == by]
        stage.tracker.acting(by).edit_comment(ref, theirs[-1].id, str(text.value))


def _on_call(stage: Stage, by: str, node: Node) -> None:
    stage.roster.change(people_on_call(node), stage.now)


def _acknowledges(stage: Stage, by: str, node: Node) -> None:
    for ref in strings(node):
        pages = [p for p in stage.outbox.entries("page") if f"{ref}:" in str(p["key"])]
        theirs = [page for page in pages if page["person"] == by] or pages
        for page in theirs:
            stage.roster.acknowledge(str(page["key"]), by)


def _fails(stage: Stage, by: str, node: Node) -> None:
    for service, (_, answer) in node.entries.items():
        stage.meter.failing[service] = answer.value


def _runs(stage: Stage, by: str, node: Node) -> int:
    from automation.cli import invoke

    session = Session(stage.clock, by, folder=stage.folder)
    session.__dict__ |= {  # opened already: the scenario's world
        "files": stage.files,
        "policy": stage.policy,
        "templates": stage.templates,
        "tracker": stage.tracker,
        "services": stage.services,
    }
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        return invoke(shlex.split(str(node.value)), session)


ACTIONS: dict[str, Callable[[Stage, str, Node], int | None]] = {
    "opens": _opens,
    "comments": _comments,
    "labels": _labels,
    "assigns": _assigns,
    "closes": _closes,
    "reopens": _reopens,
    "edits": _edits,
    "edits_comment": _edits_comment,
    "on_call": _on_call,
    "acknowledges": _acknowledges,
    "fails": _fails,
    "runs": _runs,
}
