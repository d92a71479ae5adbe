"""Which clock the team looks at, and the time on it. Pure."""

from __future__ import annotations

from datetime import datetime

from automation.policy.policy import Policy
from automation.times.durations import zone_named
from automation.times.team_clock import TeamClock


def team_zone(policy: Policy) -> str:
    """The zone that everybody of the team is in; "UTC" where there are several."""
    others = {person.zone for person in policy.people.values() if person.zone}
    return policy.calendar.zone if others <= {policy.calendar.zone} else "UTC"


def team_time(policy: Policy, when: datetime, now: datetime) -> str:
    """A time for somebody who reads it ``now``, such as "13:31 Berlin (12:31 UTC)"; it has its day
    where that is another one."""
    zone = team_zone(policy)
    today = now.astimezone(zone_named(zone)).date()
    return TeamClock(zone, today, today.year).words(when)
