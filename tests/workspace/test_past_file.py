"""What is kept of the past: whole issues, nothing confidential, nothing that others wrote."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from automation.model.issue import Comment, Event, Issue, Reaction
from automation.workspace.past_file import PastFile

AT = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)
ISSUE = Issue(
    ref="#7",
    title="Pushes fail \ud800 ☃",
    body="<!-- ima:declared {} -->",
    author=None,
    opened_at=AT,
    updated_at=AT + timedelta(hours=1),
    closed=True,
    labels=frozenset({"Incident", "S3"}),
    assignees=("erin", "ian"),
    due=date(2026, 3, 20),
    links=frozenset({"#8"}),
    native_severity="",
    events=(Event("e1", AT, None, "labelled", "S3", 4), Event("e2", AT, "ima", "closed")),
    comments=(
        Comment("c1", AT, "erin", "/ima resolve", AT, None, 5, (Reaction("ian", AT),), "hidden"),
    ),
)


def test_what_was_kept_is_read_as_it_was(tmp_path: Path) -> None:
    file = PastFile(tmp_path / "below" / "past.json", "secret")
    assert file.read() == {}
    file.write([ISSUE, replace(ISSUE, ref="#8", confidential=True)])
    assert file.read() == {"#7": ISSUE}


@pytest.mark.parametrize("at", [0, 70, -1])
def test_what_others_have_changed_counts_as_lost(tmp_path: Path, at: int) -> None:
    path = tmp_path / "past.json"
    PastFile(path, "secret").write([ISSUE])
    assert PastFile(path, "another").read() == {}
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(data)
    assert PastFile(path, "secret").read() == {}


def test_where_it_cannot_be_kept_nothing_fails(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    PastFile(tmp_path / "file" / "past.json", "secret").write([ISSUE])
