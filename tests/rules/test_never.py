"""A condition that is said to exclude itself holds in no world that there can be."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from automation.rules import rules_of
from automation.rules.when import When
from tests.worlds import Act, histories, stage, world_after

APART = [
    When(vacant=("imoc",), engaged=("imoc",)),
    When(vacant=("eoc",), here=("eoc",)),
    When(vacant=("eoc",), awaited=("eoc",)),
    When(vacant=("eoc",), acknowledged=("eoc",)),
    When(awaited=("eoc",), engaged=("eoc",)),
    When(awaited=("eoc",), here=("eoc",)),
    When(awaited=("eoc",), acknowledged=("eoc",)),
    When(attended=False, engaged=("eoc",)),
    When(attended=False, awaited=("eoc",)),
    When(state=("Resolved",), status=("Service Disruption",)),
    When(public=("ask",), lasting="update_every"),
    When(public=("ask", "auto"), security=True),
    When(public=("ask",), status=("Security Issue",)),
    When(state=("Resolved",), lasting="update_every"),
    When(kind="action", closed=True),
    When(kind="action", of="near miss"),
]


@pytest.mark.property
@settings(max_examples=max(8, settings().max_examples // 5))
@given(histories)
def test_what_excludes_itself_never_holds(history: list[Act]) -> None:
    made = world_after(history, stage()).run.plan()
    for when in APART:
        assert when.contradiction()
        for one in (*made.before.incidents.values(), *made.world.values()):
            assert when.mismatch(one, made.before.ctx) is not None


def test_no_shipped_rule_excludes_itself() -> None:
    assert [rule.name for rule in rules_of(stage().policy) if rule.never(stage().policy)] == []
