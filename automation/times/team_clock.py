"""Times for people: by the team's clock, with UTC beside it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from automation.times.durations import zone_named


@dataclass(frozen=True, slots=True)
class TeamClock:
    """How times are written in one text."""

    zone: str  # of the team; "UTC" where its people are in several
    day: date | None = None  # the day that no time has to say; None: each says its own
    year: int = 0  # the year that no day has to say

    def words(self, when: datetime | None) -> str:
        """A time, such as "13:31 Berlin (12:31 UTC)"; on another day than ``day`` "3 Mar 00:31
        Berlin (2 Mar 23:31 UTC)"."""
        if when is None:
            return ""
        local = when.astimezone(zone_named(self.zone))
        shown = "" if local.date() == self.day else self._day_in_words(local)
        if self.zone == "UTC":
            return f"{shown}{local:%H:%M} UTC"
        other = "" if local.date() == when.date() else self._day_in_words(when)
        place = self.zone.rpartition("/")[2].replace("_", " ")
        return f"{shown}{local:%H:%M} {place} ({other}{when:%H:%M} UTC)"

    def _day_in_words(self, when: datetime) -> str:
        year = "" if when.year == self.year else f" {when.year}"
        return f"{when.day} {when:%b}{year} "

    @property
    def day_in_words(self) -> str:
        """The day that times without one are of, such as "2 March 2026"; "" where each has its
        own."""
        return f"{self.day.day} {self.day:%B %Y}" if self.day else ""
