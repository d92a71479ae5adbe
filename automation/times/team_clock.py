"""Times for people: in UTC, as everywhere, with the team's clock beside it. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, Protocol

from automation.records import dataclass
from automation.times.durations import zone_named


class Clock(Protocol):
    """How a text, or an answer for a program, has its times."""

    def words(self, when: datetime | None) -> Any: ...

    @property
    def day_in_words(self) -> str: ...


class ProgramClock:
    """Times for a program: as they are."""

    day_in_words = ""  # each has its own day

    def words(self, when: datetime | None) -> datetime | None:
        return when


@dataclass(frozen=True, slots=True)
class TeamClock:
    """How times are written in one text."""

    zone: str  # of the team; "UTC" where its people are in several
    day: date | None = None  # the day that no time has to say; None: each says its own
    year: int = 0  # the year that no day has to say

    def words(self, when: datetime | None) -> str:
        """A time, such as "12:31 UTC (13:31 Berlin)"; on another day than ``day`` "2 Mar 23:31
        UTC (3 Mar 00:31 Berlin)"."""
        if when is None:
            return ""
        utc, local = when.astimezone(UTC), when.astimezone(zone_named(self.zone))
        alike = local.date() == utc.date()
        shown = "" if alike and local.date() == self.day else self._day_in_words(utc)
        if self.zone == "UTC":
            return f"{shown}{utc:%H:%M} UTC"
        other = "" if alike else self._day_in_words(local)
        return f"{shown}{utc:%H:%M} UTC ({other}{local:%H:%M} {self._place})"

    def dated(self, when: datetime | None) -> str:
        """A time in a table of many days, such as "2026-03-02 12:31 UTC (13:31 Berlin)"."""
        if when is None:
            return ""
        utc, local = when.astimezone(UTC), when.astimezone(zone_named(self.zone))
        shown = f"{utc:%Y-%m-%d %H:%M} UTC"
        if self.zone == "UTC":
            return shown
        other = "" if local.date() == utc.date() else f"{local:%Y-%m-%d} "
        return f"{shown} ({other}{local:%H:%M} {self._place})"

    @property
    def _place(self) -> str:
        return self.zone.rpartition("/")[2].replace("_", " ")

    def _day_in_words(self, when: datetime) -> str:
        year = "" if when.year == self.year else f" {when.year}"
        return f"{when.day} {when:%b}{year} "

    @property
    def day_in_words(self) -> str:
        """The day that times without one are of, such as "2 March 2026"; "" where each has its
        own."""
        return f"{self.day.day} {self.day:%B %Y}" if self.day else ""
