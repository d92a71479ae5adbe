"""How a card writes times. Pure.

A card changes only with its incident, never because time passes. So it says the day of a time only
where that is another one than the day on which everything so far has happened.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from automation.model.incident import Incident
from automation.policy.planning_input import Context
from automation.policy.team_time import team_zone
from automation.times.durations import zone_named
from automation.times.team_clock import TeamClock


def clock_of(incident: Incident, ctx: Context) -> TeamClock:
    """How the card of the incident writes times."""
    zone = team_zone(ctx.policy)
    local = zone_named(zone)
    days = {moment.astimezone(local).date() for moment in _moments(incident)}
    began = (incident.declared_at or incident.opened_at).astimezone(local)
    return TeamClock(zone, began.date() if len(days) == 1 else None, began.year)


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
