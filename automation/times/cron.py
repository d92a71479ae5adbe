"""How often a cron line comes round. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

_NAMES = {name: str(number) for number, name in enumerate("sun mon tue wed thu fri sat".split())}
_NAMES |= {
    name: str(number)
    for number, name in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)
}
_FIELDS = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_PART = re.compile(r"(\*|\d+)(?:-(\d+))?(?:/(\d+))?")
_YEAR = [date(2027, 1, 1) + timedelta(days=day) for day in range(365)]
_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class CronRhythm:
    """How many runs a month there are on average, and the longest wait in minutes."""

    monthly: int
    longest: int


def cron_rhythm(line: str) -> CronRhythm | None:
    """The rhythm of "*/15 * * * *"; None for what is no cron line of five fields, or never runs."""
    fields = line.lower().split()
    if len(fields) != len(_FIELDS):
        return None
    sets = [_numbers(text, *span) for text, span in zip(fields, _FIELDS, strict=True)]
    if not all(sets):
        return None
    minutes, hours = sets[:2]
    times = sorted(hour * 60 + minute for hour in hours for minute in minutes)
    days = [number for number, day in enumerate(_YEAR) if _falls(day, fields, sets)]
    if not days:
        return None
    within = max((after - before for before, after in pairwise(times)), default=0)
    night = _DAY - times[-1] + times[0]
    gaps = [
        (after - before - 1) * _DAY + night for before, after in pairwise([*days, days[0] + 365])
    ]
    return CronRhythm(round(len(days) * len(times) / 12), max(within, *gaps))


def _falls(day: date, fields: list[str], sets: list[set[int]]) -> bool:
    """Of day of the month and day of the week, if both are said, one is enough."""
    in_month = day.day in sets[2]
    in_week = day.isoweekday() % 7 in {number % 7 for number in sets[4]}
    either = not fields[2].startswith("*") and not fields[4].startswith("*")
    return day.month in sets[3] and (in_month or in_week if either else in_month and in_week)


def _numbers(text: str, low: int, high: int) -> set[int]:
    """The numbers of a field; none if it cannot be read."""
    found = list(_parts(text, low, high))
    return set() if None in found else {number for number in found if number is not None}


def _parts(text: str, low: int, high: int) -> Iterator[int | None]:
    for each in text.split(","):
        part = _PART.fullmatch(re.sub("[a-z]+", lambda name: _NAMES.get(name[0], "x"), each))
        if not part or part[3] == "0":
            yield None
            return
        first = low if part[1] == "*" else int(part[1])
        one = part[1] != "*" and not part[3]
        last = int(part[2]) if part[2] else first if one else high
        if not low <= first <= last <= high:
            yield None
            return
        yield from range(first, last + 1, int(part[3] or 1))
