"""From when to when something was, as people type it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from automation.times.moments import past_span

NOW = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026-03-02 14:05 to 15:20", "03-02 14:05", "03-02 15:20"),
        ("from 2026-03-02T14:05Z until 2026-03-02T15:20Z", "03-02 14:05", "03-02 15:20"),
        ("2026-03-01 23:40 to 00:20", "03-01 23:40", "03-02 00:20"),
        ("9:05–10:20 UTC", "03-02 09:05", "03-02 10:20"),
        ("23:40 - 0:20", "03-01 23:40", "03-02 00:20"),
        ("2026-02-28 10:00 to 2026-03-01 11:00:00", "02-28 10:00", "03-01 11:00"),
    ],
)
def test_a_span(text: str, start: str, end: str) -> None:
    assert past_span(text, NOW) == (at(start), at(end))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "14:05",
        "14:05 to 17:20",
        "2026-03-02 15:20 to 2026-03-02 14:05",
        "2026-03-03 09:00 to 10:00",
        "2026-02-30 09:00 to 10:00",
        "25:00 to 26:00",
        "0001-01-01 00:00 to 10:00",
        "9999-12-31 23:00 to 23:30",
    ],
)
def test_no_span(text: str) -> None:
    assert past_span(text, NOW) is None
