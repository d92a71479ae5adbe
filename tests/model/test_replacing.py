"""A copy with changes is what `dataclasses` make; what a cache holds is known again."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import pytest

from automation.changes.issue_changes import Tag
from automation.model.incident import Fact, Incident
from automation.model.issue import Comment, Issue
from automation.model.replacing import replace
from automation.model.sameness import Same

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
VALUES: tuple[tuple[Any, dict[str, Any]], ...] = (
    (Incident("#1", "It breaks", "incident", "rita", NOON), {"closed": True, "labels": {"S1"}}),
    (Issue("#1", "It breaks", "", "rita", NOON, NOON), {"comments": ()}),
    (Comment("7", NOON, "rita", "hello"), {"body": "bye"}),
    (Fact("called", NOON, "eoc"), {}),
    (Tag(ref="#1", rule="r", why="w", label="S1"), {"label": "S2"}),
)


@pytest.mark.parametrize(("value", "changes"), VALUES)
def test_it_makes_what_dataclasses_make(value: Any, changes: dict[str, Any]) -> None:
    made = replace(value, **changes)
    assert made == dataclasses.replace(value, **changes)
    assert type(made) is type(value)


def test_it_leaves_the_value_as_it_was() -> None:
    fact = Fact("called", NOON, "eoc")
    assert (replace(fact, role="imoc").role, fact.role) == ("imoc", "eoc")


def test_a_field_that_is_none_is_refused() -> None:
    with pytest.raises(AttributeError):
        replace(Fact("called", NOON), rôle="eoc")  # type: ignore[call-arg]


def test_values_are_the_same_only_if_they_are_one() -> None:
    asked: list[Fact] = []

    @lru_cache(maxsize=8)
    def look(of: Same[Fact]) -> str:
        asked.append(of.value)
        return of.value.role

    one, other = Fact("called", NOON, "eoc"), Fact("called", NOON, "eoc")
    assert one == other
    assert [look(Same(each)) for each in (one, other, one)] == ["eoc"] * 3
    assert len(asked) == 2
