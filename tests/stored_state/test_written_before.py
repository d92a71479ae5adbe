"""What earlier versions left on a tracker is read by this one, and means the same.

``tests/golden/<version>/`` holds what that version wrote while it played a scenario: every comment
with a marker, the dashboard, the cache file, and beside them what the version itself read there.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from automation.model.issue import Comment, Issue
from automation.reconcile.sweep import decode as decode_cache
from automation.stored_state import dashboard
from automation.stored_state.card import call_comments, fact_row, keys_told, read_card

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
FILES = sorted((Path(__file__).parents[1] / "golden").rglob("*.json"))
every_file = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)


def written(path: Path) -> tuple[str, list[tuple[Issue, dict[str, Any]]], str]:
    """Our account, each issue beside what its writer read there, and the cache."""
    data = json.loads(path.read_text("utf-8"))
    return data["me"], [(issue_of(row), row) for row in data["issues"]], data["cache"]


def issue_of(row: dict[str, Any]) -> Issue:
    comments = tuple(
        Comment(id=one["id"], author=one["author"], at=AT, body=one["body"])
        for one in row["comments"]
    )
    return Issue(
        ref=row["ref"],
        title="",
        body=row["body"],
        author="ima",
        opened_at=AT,
        updated_at=AT,
        comments=comments,
    )


def as_meant(row: dict[str, Any]) -> dict[str, Any]:
    """Version 0.1.0 said "engaged" of a call, whether or not anybody came, but of who had assigned
    themselves; an acknowledged page was "here"."""
    if row["kind"] == "engaged" and row.get("what", "rule") not in ("assigned", "handover"):
        return row | {"kind": "called", "what": row.get("what", "rule")}
    return row | {"kind": "acknowledged"} if row["kind"] == "here" else row


def test_there_is_something_to_read() -> None:
    assert len(FILES) >= 8


@every_file
def test_a_card_is_read_as_it_was_meant(path: Path) -> None:
    me, issues, _ = written(path)
    cards = [(issue, row["card"]) for issue, row in issues if row["card"]]
    assert cards
    for issue, card in cards:
        found = read_card(issue, me)
        assert [fact_row(fact) for fact in found.facts] == [as_meant(row) for row in card["facts"]]
        assert sorted(found.said) == card["said"]
        assert sorted(found.labels_set) == card["wrote"]


@every_file
def test_what_comments_have_said_is_not_said_again(path: Path) -> None:
    me, issues, _ = written(path)
    for issue, row in issues:
        assert sorted(keys_told(issue, me)) == row["told"]
        assert call_comments(issue, me) == row["calls"]


@every_file
def test_the_dashboard_remembers(path: Path) -> None:
    _, issues, _ = written(path)
    (board,) = [(issue, row["dashboard"]) for issue, row in issues if row["dashboard"]]
    issue, knew = board
    known = dashboard.read(issue)
    assert known is not None
    assert known.since is not None
    assert known.since.isoformat() == knew["since"]
    assert sorted(known.shifts) == sorted(knew["shifts"])
    assert {ref: dict(row) for ref, row in known.active.items()} == knew["active"]
    assert {ref: dict(row) for ref, row in known.reviews.items()} == knew["reviews"]
    assert {ref: dict(row) for ref, row in known.actions.items()} == knew["actions"]
    assert dict(known.told) == knew["told"]


@every_file
def test_the_cache_spares_the_next_run_its_reading(path: Path) -> None:
    _, issues, text = written(path)
    cache = decode_cache(text)
    assert cache.full_at is not None
    assert set(cache.issues) <= {issue.ref for issue, _ in issues}
    assert cache.issues
