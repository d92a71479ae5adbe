"""A time that comes once a week, by the clock of a zone."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from automation.times.weekly import WEEKLY, WeeklyTime


@pytest.mark.parametrize(
    ("text", "now", "zone", "last"),
    [
        pytest.param("monday 09:00", "2026-03-02T09:00", "UTC", "2026-03-02T09:00", id="now"),
        pytest.param("monday 09:00", "2026-03-02T08:59", "UTC", "2026-02-23T09:00", id="before"),
        pytest.param("Mon 9:00", "2026-03-04T00:00", "UTC", "2026-03-02T09:00", id="short"),
        pytest.param("sunday 23:30", "2026-03-02T00:00", "UTC", "2026-03-01T23:30", id="sunday"),
        pytest.param(
            "monday 09:00", "2026-03-02T08:00", "Europe/Berlin", "2026-03-02T08:00", id="in winter"
        ),
        pytest.param(
            "monday 09:00", "2026-03-30T07:00", "Europe/Berlin", "2026-03-30T07:00", id="in summer"
        ),
        pytest.param(
            "monday 00:30",
            "2026-03-01T23:40",
            "Europe/Berlin",
            "2026-03-01T23:30",
            id="it is Monday there already",
        ),
        pytest.param(
            "Sun 02:30",
            "2026-03-29T01:30",
            "Europe/Berlin",
            "2026-03-29T01:30",
            id="an hour that the clocks leave out",
        ),
    ],
)
def test_when_it_came_last(text: str, now: str, zone: str, last: str) -> None:
    assert re.fullmatch(WEEKLY, text)
    wanted = datetime.fromisoformat(last).replace(tzinfo=UTC)
    assert WeeklyTime.parse(text).last(_utc(now), zone) == wanted


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize("text", ["monday", "09:00", "monday 24:00", "moonday 9:00", "mon  9:00"])
def test_what_is_no_such_time(text: str) -> None:
    assert not re.fullmatch(WEEKLY, text)
