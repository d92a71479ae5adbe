"""How often it is told again that nobody answers: as often as the times that are over, however many
there are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from automation.rules.escalate import times_over
from automation.times.durations import Calendar, Duration

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
BERLIN = Calendar(zone="Europe/Berlin")


@pytest.mark.parametrize("again", ["15m", "1h", "1d", "1w"])
@pytest.mark.parametrize("minutes", [0, 14, 15, 60, 60 * 24 * 27, 60 * 24 * 28 - 61, 60 * 24 * 240])
def test_the_times_that_are_over_are_counted_as_if_one_by_one(again: str, minutes: int) -> None:
    length, now = Duration.parse(again), START + timedelta(minutes=minutes)
    one_by_one = 0
    while length.after(START, BERLIN, one_by_one + 1) <= now:
        one_by_one += 1
    assert times_over(length, START, BERLIN, now) == one_by_one
