"""Durations as the policy writes them, and the working hours that two of them need. Pure.

``90s 30m 2h`` are elapsed time; ``3d 1w`` end at the same time of day, also where clocks change in
between; ``5wd`` and ``eod`` go by a calendar.
"""

from __future__ import annotations

import re
from dataclasses import field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from automation.errors import PolicyError
from automation.mistakes import quoted, suggestion
from automation.records import dataclass

_DURATION = re.compile(r"([0-9]{1,9})(s|m|h|d|w|wd)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
_LONGEST = 3660  # days, ten years: no clock of the process runs longer
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_HOURS = re.compile(r"(\d{1,2})(?::([0-5]\d))?-(\d{1,2})(?::([0-5]\d))?", re.ASCII)
_WRITE = "write a number and a unit: 90s, 30m, 2h, 3d, 1w, 5wd (working days), or eod"


@dataclass(frozen=True, slots=True)
class Duration:
    """``amount`` of ``unit``: s, m, h, d, w, wd (working days); or eod, the end of the day."""

    amount: int
    unit: str

    @classmethod
    def parse(cls, text: str) -> Duration:
        """``text`` such as "30m", "5wd" or "eod". Raises PolicyError."""
        if text == "eod":
            return cls(1, "eod")
        if not (found := _DURATION.fullmatch(text)):
            raise PolicyError(f"{quoted(text)}, which is not a duration", _WRITE)
        duration = cls(int(found[1]), found[2])
        days = duration.amount * _SECONDS.get(duration.unit, 86400) / 86400
        if days > _LONGEST:
            raise PolicyError(f"{quoted(text)}, which is longer than ten years", _WRITE)
        return duration

    def __str__(self) -> str:
        return "eod" if self.unit == "eod" else f"{self.amount}{self.unit}"

    @property
    def length(self) -> timedelta:
        """Elapsed time; of working days and the end of the day, whole days as an estimate."""
        return timedelta(seconds=self.amount * _SECONDS.get(self.unit, 86400))

    def after(self, start: datetime, calendar: Calendar, times: int = 1) -> datetime:
        """``times`` of this length after ``start``. Days and weeks end at the same time of day,
        also where clocks change in between."""
        if self.unit in "dw":
            return calendar.same_time(start, self.length * times)
        return start.astimezone(UTC) + self.length * times

    def due(self, start: datetime, calendar: Calendar) -> datetime:
        """When this length is over, if it begins at ``start`` (with a zone); in UTC."""
        if self.unit == "eod":
            return calendar.end_of_day(start)
        if self.unit == "wd":
            return calendar.after_days(start, self.amount)
        return self.after(start, calendar)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Working hours: ``days`` such as "Mon-Fri" or "Mon,Wed,Fri", ``hours`` such as "9:30-17".

    On ``holidays`` nobody works. Raises PolicyError for a zone, days or hours that cannot be.
    """

    zone: str = "UTC"
    days: str = "Mon-Fri"
    hours: str = "9-17"
    holidays: frozenset[date] = frozenset()
    _zone: ZoneInfo = field(init=False, repr=False, compare=False)
    _days: frozenset[int] = field(init=False, repr=False, compare=False)
    _hours: tuple[int, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_zone", zone_named(self.zone))
        object.__setattr__(self, "_days", _weekdays(self.days))
        object.__setattr__(self, "_hours", _minutes(self.hours))

    def in_zone(self, zone: str) -> Calendar:
        """The same hours in another zone (if one is named)."""
        return replace(self, zone=zone) if zone else self

    def is_open(self, at: datetime) -> bool:
        """Whether ``at`` lies in working time."""
        day = self._day(at)
        return self._works(day) and self._opening(day) <= at < self._closing(day)

    def end_of_day(self, start: datetime) -> datetime:
        """The first end of working hours after ``start``."""
        day = self._day(start)
        while not (self._works(day) and self._closing(day) > start):
            day += timedelta(days=1)
        return self._closing(day)

    def after_days(self, start: datetime, days: int) -> datetime:
        """The same local time ``days`` working days later, counted from working time."""
        local = self.next_working_time(start).astimezone(self._zone)
        day = local.date()
        while days > 0:
            day += timedelta(days=1)
            days -= self._works(day)
        return datetime.combine(day, local.time(), self._zone).astimezone(UTC)

    def same_time(self, start: datetime, days: timedelta) -> datetime:
        """The same local time so many days later, in UTC."""
        return (start.astimezone(self._zone) + days).astimezone(UTC)

    def next_working_time(self, at: datetime) -> datetime:
        """``at`` itself when it lies in working time, else the next opening; in UTC."""
        day = self._day(at)
        while not (self._works(day) and at < self._closing(day)):
            day += timedelta(days=1)
        return max(at.astimezone(UTC), self._opening(day))

    def _works(self, day: date) -> bool:
        return day.weekday() in self._days and day not in self.holidays

    def _day(self, at: datetime) -> date:
        return at.astimezone(self._zone).date()

    def _opening(self, day: date) -> datetime:
        return self._instant(day, self._hours[0])

    def _closing(self, day: date) -> datetime:
        return self._instant(day, self._hours[1])

    def _instant(self, day: date, minutes: int) -> datetime:
        days, minutes = divmod(minutes, 24 * 60)
        at = time(*divmod(minutes, 60))
        return datetime.combine(day + timedelta(days), at, self._zone).astimezone(UTC)


@lru_cache(maxsize=64)
def zone_named(name: str) -> ZoneInfo:
    """The time zone called ``name``. Raises PolicyError."""
    try:
        if re.fullmatch(r"[A-Za-z][\w+/-]{0,63}", name, re.ASCII):
            return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        pass
    raise PolicyError(f"{quoted(name)}, which is not a time zone", _zone_remedy(name))


def _zone_remedy(name: str) -> str:
    from zoneinfo import available_timezones

    guess = suggestion(name, sorted(available_timezones()))
    known = guess.startswith("did you mean")
    return guess if known else "write a zone of the tz database, such as UTC or Europe/Berlin"


def _weekdays(text: str) -> frozenset[int]:
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        if first not in _DAYS or (last or first) not in _DAYS:
            remedy = "write days such as Mon-Fri, or Mon,Wed,Fri"
            raise PolicyError(f"{quoted(text)}, which is not a span of days", remedy)
        start, end = _DAYS.index(first), _DAYS.index(last or first)
        found.update(day % 7 for day in range(start, end + (1 if end >= start else 8)))
    return frozenset(found)


def _minutes(text: str) -> tuple[int, int]:
    """Opening and closing in minutes after midnight."""
    if found := _HOURS.fullmatch(text):
        hours = [int(each or 0) for each in found.groups()]
        opening, closing = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
        if opening < closing <= 24 * 60:
            return opening, closing
    remedy = "write hours of one day such as 9-17 or 9:30-17:30, the opening first"
    raise PolicyError(f"{quoted(text)}, which is not a span of hours", remedy)
