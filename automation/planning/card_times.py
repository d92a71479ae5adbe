"""Times as the card writes them: by the team's clock, with UTC beside it. Pure.

A card changes only with its incident, never because time passes. So it says the day of a time only
where that is another one than the day on which everything so far has happened.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from automation.model.incident import Incident
from automation.policy.planning_input import Context
from automation.policy.policy import Policy
from automation.times.durations import zone_named


@dataclass(frozen=True, slots=True)
class CardClock:
    """How times are written on one card."""

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


def clock_of(incident: Incident, ctx: Context) -> CardClock:
    """How the card of the incident writes times."""
    zone = team_zone(ctx.policy)
    local = zone_named(zone)
    days = {moment.astimezone(local).date() for moment in _moments(incident)}
    began = (incident.declared_at or incident.opened_at).astimezone(local)
    return CardClock(zone, began.date() if len(days) == 1 else None, began.year)


def team_zone(policy: Policy) -> str:
    """The zone that everybody of the team is in; "UTC" where there are several."""
    others = {person.zone for person in policy.people.values() if person.zone}
    return policy.calendar.zone if others <= {policy.calendar.zone} else "UTC"


def _moments(incident: Incident) -> Iterator[datetime]:
    """When anything happened to it so far. Now is none of these times, and no deadline is."""
    yield incident.declared_at or incident.opened_at
    for seat in incident.seats.values():
        yield seat.here_at or seat.since
    for choice in (incident.state, incident.severity, incident.status, incident.resolution):
        if choice:
            yield choice.at
    for fact in incident.facts:
        yield fact.at
