"""A time that comes once a week, such as "monday 09:00". Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta

from automation.records import dataclass
from automation.times.durations import zone_named

_DAYS = (
    *("mon(?:day)?", "tue(?:sday)?", "wed(?:nesday)?", "thu(?:rsday)?", "fri(?:day)?"),
    *("sat(?:urday)?", "sun(?:day)?"),
)
_ANY_CASE = [f"[{day[0].upper()}{day[0]}]{day[1:]}" for day in _DAYS]
WEEKLY = rf"(?:{'|'.join(_ANY_CASE)}) (?:[01]?[0-9]|2[0-3]):[0-5][0-9]"


@dataclass(frozen=True, slots=True)
class WeeklyTime:
    """A day of the week, 0 for Monday, and a time of that day."""

    day: int
    at: time

    @classmethod
    def parse(cls, text: str) -> WeeklyTime:
        """What a text says that `WEEKLY` matches."""
        word, clock = text.lower().split()
        day = next(number for number, name in enumerate(_DAYS) if re.fullmatch(name, word))
        hours, minutes = map(int, clock.split(":"))
        return cls(day, time(hours, minutes))

    def last(self, now: datetime, zone: str) -> datetime:
        """When it came last in that zone, at ``now`` at the latest; in UTC."""
        here = zone_named(zone)
        today = now.astimezone(here).date()
        day = today - timedelta(days=(today.weekday() - self.day) % 7)
        at = datetime.combine(day, self.at, here).astimezone(UTC)
        if at <= now:
            return at
        return datetime.combine(day - timedelta(days=7), self.at, here).astimezone(UTC)
