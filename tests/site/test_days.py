"""The last days of a service: what was published of each, and what is not known."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.site.bars import WIDTH, bars
from automation.site.days import DAYS, Day, Span, days_of_service, merged, trouble_since, uptime

DOWN, PARTIAL, DEGRADED, FINE, WORK = (
    "Service Disruption",
    "Partial Service Disruption",
    "Degraded Performance",
    "Operational",
    "Maintenance",
)
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=365)
HOUR = timedelta(hours=1)


def span(hours_ago: float, hours: float, status: str) -> Span:
    start = NOW - hours_ago * HOUR
    return start, start + hours * HOUR, status


def days(*spans: Span, since: datetime = LONG_AGO) -> tuple[Day, ...]:
    return days_of_service(spans, since, NOW)


def test_there_is_a_day_for_each_of_the_last_ninety() -> None:
    found = days()
    assert [found[0].day, found[-1].day] == [date(2025, 12, 3), date(2026, 3, 2)]
    assert all(b.day - a.day == timedelta(days=1) for a, b in pairwise(found))
    assert {each.status for each in found} == {FINE}
    assert (found[0].known, found[-1].known) == (24 * HOUR, 12 * HOUR), "today is not over"


@pytest.mark.parametrize(
    ("spans", "status", "down"),
    [
        pytest.param([span(5, 1, DEGRADED)], DEGRADED, 0, id="slow is not down"),
        pytest.param([span(5, 1, "Security Issue")], "Security Issue", 0, id="nor is a leak"),
        pytest.param([span(5, 1, PARTIAL), span(9, 1, DEGRADED)], PARTIAL, 1, id="the gravest"),
        pytest.param([span(5, 2, DOWN), span(4, 2, PARTIAL)], DOWN, 3, id="overlaps count once"),
        pytest.param([span(5, 2, WORK)], WORK, 0, id="planned work is not down"),
        pytest.param([span(5, 3, DOWN), span(4, 1, WORK)], DOWN, 2, id="nor down while it goes on"),
        pytest.param([span(30, 30, DOWN)], DOWN, 12, id="only what is of this day"),
        pytest.param([span(5, 1, FINE)], FINE, 0, id="an incident without a disruption"),
    ],
)
def test_a_day(spans: list[Span], status: str, down: float) -> None:
    today = days(*spans)[-1]
    assert (today.status, today.down) == (status, down * HOUR)


def test_what_was_before_it_was_kept_is_not_known() -> None:
    found = days(span(24 * 40, 5, DOWN), since=NOW - timedelta(days=2))
    assert [each.status for each in found[-4:]] == ["", FINE, FINE, FINE]
    assert {each.status for each in found[:-3]} == {""}
    assert found[-3].known == 12 * HOUR
    assert uptime(found) == "100"
    assert uptime(days(since=NOW)) == "", "nothing is known, so nothing is claimed"


@pytest.mark.parametrize(
    ("hours", "share"),
    [(0, "100"), (0.001, "99.99"), (24, "98.88"), (24 * 90, "0.00")],
)
def test_uptime_is_cut_so_that_100_means_never_down(hours: float, share: str) -> None:
    assert uptime(days(span(hours, hours, DOWN))) == share


@pytest.mark.parametrize(
    ("spans", "since"),
    [
        pytest.param([span(5, 1, DOWN)], None, id="over"),
        pytest.param([span(5, 5, DOWN)], 5, id="going on"),
        pytest.param([span(9, 4, DEGRADED), span(5, 5, DOWN)], 9, id="it only changed its name"),
        pytest.param([span(9, 3, DEGRADED), span(5, 5, DOWN)], 5, id="it was well in between"),
        pytest.param([span(9, 9, FINE)], None, id="watched, and well"),
    ],
)
def test_since_when_a_service_is_not_well(spans: list[Span], since: float | None) -> None:
    assert trouble_since(spans, NOW) == (since and NOW - since * HOUR)


statuses = st.sampled_from(["", FINE, DEGRADED, PARTIAL, DOWN, WORK])


@pytest.mark.property
@given(st.lists(statuses, min_size=DAYS, max_size=DAYS))
def test_each_day_is_drawn_once_in_its_place(said: list[str]) -> None:
    day = date(2026, 1, 1)
    drawn = [""] * DAYS
    for line in bars([Day(day, status, HOUR, 0 * HOUR) for status in said]):
        for part in line.path.split("M")[1:]:
            at, _, length = part.replace("h", " ").split()
            assert int(at) + int(length) <= WIDTH
            for nth in range(int(at) // 4, (int(at) + int(length)) // 4 + 1):
                drawn[nth] += line.status or "none"
    assert drawn == [status or "none" for status in said]


def test_the_graver_the_higher() -> None:
    kinds = ["", WORK, FINE, DEGRADED, PARTIAL, DOWN]
    days = [Day(date(2026, 1, 1), status, HOUR, 0 * HOUR) for status in kinds]
    heights = [line.height for line in bars(days)]
    assert heights == sorted(set(heights)), "no two look the same, even without colours"


def test_stretches_are_merged() -> None:
    several = [span(5, 1, DOWN), span(9, 2, DOWN), span(8, 3, DOWN), span(4, 1, DOWN)]
    assert merged(each[:2] for each in several) == [
        (NOW - 9 * HOUR, NOW - 3 * HOUR),
    ]
