"""Texts that must fit: nothing of them is lost, and no marker is cut."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.model.incident import Fact
from automation.reconcile.long_text_writes import (
    FOLLOWS,
    in_fitting_groups,
    oldest_settled_facts,
    shortened,
    split_into_comments,
    split_issue_text,
)
from automation.text.escaping import mark, marker_in

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MARK = mark("said", {"keys": ["a"]})
LINES = st.lists(st.text(st.characters(codec="ascii", exclude_characters="\r\n\v\f\x1c\x1d\x1e"),
                         max_size=80), max_size=60)  # fmt: skip


def words(texts: list[str]) -> str:
    """What people read, without the notes and the spaces between."""
    return "".join("".join(texts).replace(FOLLOWS, "").replace(MARK, "").split())


@pytest.mark.property
@given(LINES, st.integers(200, 900))
def test_all_parts_fit_and_together_say_everything(lines: list[str], limit: int) -> None:
    body = "\n".join([*lines, "", MARK, ""])
    found = split_into_comments(body, limit)
    assert all(len(part) <= limit for part in found)
    assert words(found) == words([body])
    assert [marker_in("said", part) is not None for part in found] == [
        *[False] * (len(found) - 1),
        True,
    ]


@pytest.mark.property
@given(LINES, st.integers(200, 900))
def test_the_body_of_an_issue_keeps_its_markers_and_the_rest_follows(
    lines: list[str], limit: int
) -> None:
    body = "\n".join([*lines, "", MARK, ""])
    first, rest = split_issue_text(body, limit)
    assert all(len(text) <= limit for text in (first, *rest))
    assert marker_in("said", first) == {"keys": ["a"]}
    assert words([first, *rest]) == words([body])


@pytest.mark.property
@given(LINES, st.integers(200, 900))
def test_what_is_shortened_keeps_its_markers(lines: list[str], limit: int) -> None:
    body = "\n".join([*lines, "", MARK, ""])
    found = shortened(body, limit)
    assert len(found) <= limit
    assert marker_in("said", found) == {"keys": ["a"]}
    assert found == body or "has no room" in found


@pytest.mark.parametrize(
    "make", [shortened, lambda body, limit: split_into_comments(body, limit)[0]]
)
def test_what_fits_stays_as_it_is(make: object) -> None:
    body = f"Hello\n\n\n{MARK}\n\n"
    assert callable(make)
    assert make(body, len(body)) == body


def test_notes_are_told_together_where_that_fits() -> None:
    def text(some: object) -> str:
        assert isinstance(some, (list, str))
        return "".join(some)

    assert [body for _, body in in_fitting_groups("abcd", text, 4)] == ["abcd"]
    assert [body for _, body in in_fitting_groups("abcde", text, 4)] == ["ab", "cde"]
    assert [body for _, body in in_fitting_groups("abcde", text, 0)] == list("abcde")


def test_only_what_changes_no_more_leaves_the_card_the_oldest_first() -> None:
    facts = [
        Fact("published", NOON, what="1"),
        Fact("announced", NOON, what="2"),
        Fact("published", NOON, what="3", done=False),
        Fact("command", NOON, what="4"),
        Fact("published", NOON, what="5"),
    ]
    assert [fact.what for fact in oldest_settled_facts(facts, 20, lambda _fact: 10)] == ["1", "4"]
    assert oldest_settled_facts(facts, 0, lambda _fact: 10) == []
