"""What is otherwise about a change is told in words, and not in keys of ours."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from automation.changes.comments import Say
from automation.changes.issue_changes import Call, Change
from automation.changes.service_calls import Open
from automation.model.facts import Note
from automation.planning.plan import Plan, Snapshot
from automation.planning.preview import preview_of
from automation.stored_state.dashboard import Dashboard
from tests.build import a_context, an_incident

OF: dict[str, Any] = {"ref": "#1", "rule": "r", "why": "Because."}
WHOM = (("whom", "erin"),)
CALL = Call(**OF, role="imoc", person="ian")
OPENED = Open(**OF, what="action:c1/1", template="action.md.j2", assignee="erin", due="2026-03-09")
SAID = Say(**OF, note=Note("asked:step", "ask_step", WHOM))


def made(change: Change) -> Plan:
    world = {"#1": an_incident()}
    seen = Snapshot(a_context(), world, Dashboard("#0"), Dashboard("#0"))
    return Plan((change,), (), before=seen, world=world)


@pytest.mark.parametrize(
    ("change", "values", "told"),
    [
        (CALL, {"page": True}, "call @ian as IMOC: with a page"),
        (replace(CALL, page=True), {"page": False}, "call @ian as IMOC: without a page"),
        (OPENED, {"due": "2026-03-04"}, "due 2026-03-04: not due 2026-03-09"),
        (SAID, {"note": replace(SAID.note, values=(("whom", "ian"),))}, "step: not for erin"),
        (SAID, {"note": replace(SAID.note, values=(*WHOM, ("next", "12:40")))}, "in other words"),
    ],
)
def test_what_is_otherwise_is_told_in_words(
    change: Change, values: dict[str, Any], told: str
) -> None:
    (one,) = preview_of(made(change), made(replace(change, **values))).differences
    assert (one.sign, one.said.endswith(told)) == ("~", True), one.said
