from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.errors import PolicyError
from automation.times.durations import Calendar, Duration

case = pytest.param
BERLIN = Calendar("Europe/Berlin", "Mon-Fri", "9-17")
UTC_DAYS = Calendar()
HOLIDAYS = Calendar(holidays=frozenset({date(2026, 3, 6), date(2026, 3, 9)}))  # Friday, Monday


def at(text: str) -> datetime:
    """A moment of March 2026."""
    return datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "start", "due", "calendar"),
    [
        case("90s", "02 12:00", "02 12:01:30", UTC_DAYS, id="seconds"),
        case("30m", "02 23:45", "03 00:15", UTC_DAYS, id="minutes pass midnight"),
        case("3d", "28 12:00", "31 11:00", BERLIN, id="the same time of day when clocks change"),
        case("1w", "23 23:30", "30 22:30", BERLIN, id="and the same for a week"),
        case("72h", "28 12:00", "31 12:00", BERLIN, id="hours are elapsed time"),
        case("1w", "02 12:00", "09 12:00", UTC_DAYS, id="a week"),
        case("eod", "02 12:00", "02 17:00", UTC_DAYS, id="the end of a working day"),
        case("eod", "02 06:00", "02 17:00", UTC_DAYS, id="before opening it is that day's end"),
        case("eod", "02 17:00", "03 17:00", UTC_DAYS, id="at closing it is the next day's end"),
        case("eod", "06 17:30", "09 17:00", UTC_DAYS, id="Friday evening waits for Monday"),
        case("eod", "07 12:00", "09 17:00", UTC_DAYS, id="Saturday waits for Monday"),
        case("eod", "30 12:00", "30 15:00", BERLIN, id="the day ends by the summer's clock"),
        case("eod", "27 12:00", "27 16:00", BERLIN, id="and by the winter's clock"),
        case("eod", "02 23:30", "03 16:00", BERLIN, id="the local day counts, not UTC's"),
        case("5wd", "02 12:00", "09 12:00", UTC_DAYS, id="five working days are a week"),
        case("1wd", "06 12:00", "09 12:00", UTC_DAYS, id="a working day after Friday is Monday"),
        case(
            "1wd",
            "07 12:00",
            "10 09:00",
            UTC_DAYS,
            id="from Saturday it counts from Monday's opening",
        ),
        case("1wd", "02 03:00", "03 09:00", UTC_DAYS, id="before opening it counts from opening"),
        case("1wd", "02 17:00", "04 09:00", UTC_DAYS, id="closing is outside working time"),
        case("1wd", "02 09:00", "03 09:00", UTC_DAYS, id="opening is inside"),
        case(
            "1wd", "27 09:00", "30 08:00", BERLIN, id="the same local time after the clocks change"
        ),
        case("0wd", "07 12:00", "09 09:00", UTC_DAYS, id="no working days: the next opening"),
        case(
            "eod",
            "05 12:00",
            "08 15:00",
            Calendar("UTC", "Sun-Wed", "9-15"),
            id="a week that begins on Sunday",
        ),
        case(
            "eod", "02 12:00", "02 17:30", Calendar("UTC", "Mon,Wed", "9:30-17:30"), id="half hours"
        ),
        case(
            "eod",
            "02 12:00",
            "03 00:00",
            Calendar("UTC", "Mon-Sun", "0-24"),
            id="around the clock the day ends at midnight",
        ),
        case("eod", "05 12:00", "05 17:00", HOLIDAYS, id="the day before a holiday is a day"),
        case("eod", "06 12:00", "10 17:00", HOLIDAYS, id="a holiday has no end of the day"),
        case("1wd", "05 12:00", "10 12:00", HOLIDAYS, id="working days skip holidays"),
        case("0wd", "06 12:00", "10 09:00", HOLIDAYS, id="from a holiday it counts from opening"),
        case("3d", "05 12:00", "08 12:00", HOLIDAYS, id="elapsed time knows no holidays"),
    ],
)
def test_due(text: str, start: str, due: str, calendar: Calendar) -> None:
    assert Duration.parse(text).due(at(start), calendar) == at(due)


@pytest.mark.parametrize(
    ("text", "times", "found"),
    [
        pytest.param("1d", 3, "30 11:00", id="days end at the same time of day"),
        pytest.param("1w", 1, "03 11:00", id="weeks too"),
        pytest.param("24h", 3, "30 12:00", id="hours are elapsed time"),
    ],
)
def test_several_in_a_row_where_clocks_change(text: str, times: int, found: str) -> None:
    month = "04" if text == "1w" else "03"
    wanted = datetime.fromisoformat(f"2026-{month}-{found}").replace(tzinfo=UTC)
    assert Duration.parse(text).after(at("27 12:00"), BERLIN, times) == wanted


@pytest.mark.parametrize(
    ("given", "found", "calendar"),
    [
        case("02 12:00", "02 12:00", UTC_DAYS, id="in working time, at once"),
        case("02 09:00", "02 09:00", UTC_DAYS, id="opening is inside"),
        case("02 08:59", "02 09:00", UTC_DAYS, id="before opening"),
        case("02 17:00", "03 09:00", UTC_DAYS, id="closing is outside"),
        case("06 17:00", "09 09:00", UTC_DAYS, id="Friday evening waits for Monday"),
        case("07 12:00", "09 09:00", UTC_DAYS, id="Saturday too"),
        case("02 23:30", "03 08:00", BERLIN, id="the local day counts, not UTC's"),
        case("28 12:00", "30 07:00", BERLIN, id="it opens by the summer's clock"),
        case("07 23:59", "07 23:59", Calendar("UTC", "Mon-Sun", "0-24"), id="around the clock"),
        case("06 12:00", "10 09:00", HOLIDAYS, id="a holiday and the weekend after it"),
    ],
)
def test_the_next_working_time(given: str, found: str, calendar: Calendar) -> None:
    assert calendar.next_working_time(at(given)) == at(found)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        "m",
        "-5m",
        "1.5h",
        "5 m",
        "5M",
        "1h30m",
        "EOD",
        "5wds",
        "٣m",
        "4000d",
        "999999999w",
        "9999999999s",
    ],
)
def test_not_a_duration(text: str) -> None:
    with pytest.raises(PolicyError, match="\n  write a number and a unit: 90s, 30m"):
        Duration.parse(text)


@pytest.mark.parametrize(
    ("given", "problem", "remedy"),
    [
        case(
            ("Europe/Berln", "Mon-Fri", "9-17"),
            "'Europe/Berln', which is not a time zone",
            "did you mean 'Europe/Berlin'?",
            id="a misspelt zone",
        ),
        case(
            ("../../etc/passwd", "Mon-Fri", "9-17"),
            "which is not a time zone",
            "write a zone",
            id="a path is not a zone",
        ),
        case(
            ("Europe", "Mon-Fri", "9-17"),
            "which is not a time zone",
            "",
            id="a folder of zones is not a zone",
        ),
        case(
            ("UTC", "Mo-Fr", "9-17"),
            "'Mo-Fr', which is not a span of days",
            "write days such as Mon-Fri",
            id="other names of days",
        ),
        case(
            ("UTC", "Mon-Fri", "17-9"),
            "'17-9', which is not a span of hours",
            "the opening first",
            id="a night shift",
        ),
        case(
            ("UTC", "Mon-Fri", "9-25"),
            "'9-25', which is not a span of hours",
            "write hours of one day",
            id="a long day",
        ),
    ],
)
def test_calendars_that_cannot_be(given: tuple[str, str, str], problem: str, remedy: str) -> None:
    with pytest.raises(PolicyError) as error:
        Calendar(*given)
    assert problem in error.value.problem
    assert remedy in error.value.remedy


def test_a_calendar_moves_with_the_person() -> None:
    assert UTC_DAYS.in_zone("Europe/Berlin") == BERLIN
    assert HOLIDAYS.in_zone("Europe/Berlin").holidays == HOLIDAYS.holidays
    assert BERLIN.in_zone("") is BERLIN


_CALENDARS = st.builds(
    Calendar,
    st.sampled_from(
        [
            "UTC",
            "Europe/Berlin",
            "America/Havana",
            "Asia/Kathmandu",
            "Pacific/Apia",
            "America/New_York",
        ]
    ),
    st.sampled_from(["Mon-Fri", "Sun-Thu", "Sat", "Mon-Sun", "Mon,Wed"]),
    st.sampled_from(["9-17", "0-24", "9:30-17:30", "0-1", "2-3", "23-24"]),
)
_STARTS = st.datetimes(datetime(2001, 1, 1), datetime(2037, 1, 1), timezones=st.just(UTC))


@given(st.integers(0, 3000), st.sampled_from(["s", "m", "h", "d", "wd"]))
def test_durations_survive_being_written(amount: int, unit: str) -> None:
    duration = Duration(amount, unit)
    assert Duration.parse(str(duration)) == duration


@given(_STARTS, _CALENDARS)
def test_the_end_of_the_day_is_always_ahead(start: datetime, calendar: Calendar) -> None:
    due = Duration.parse("eod").due(start, calendar)
    assert start < due <= start + timedelta(days=9)
    assert due.tzinfo is UTC


@given(_STARTS, _CALENDARS, st.integers(1, 30))
def test_working_days_go_forward(start: datetime, calendar: Calendar, days: int) -> None:
    due = Duration(days, "wd").due(start, calendar)
    assert start < due < Duration(days + 1, "wd").due(start, calendar)


@given(st.text())
def test_no_text_gives_a_traceback(text: str) -> None:
    for read in (Duration.parse, Calendar, lambda text: Calendar("UTC", text, text)):
        with contextlib.suppress(PolicyError):
            read(text)
