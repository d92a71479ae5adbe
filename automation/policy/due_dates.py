"""When reviews and corrective actions are due: dates, and where their day ends. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from automation.policy.policy import Policy
from automation.times.durations import Duration, zone_named

_SHOWN = re.compile(r"\bDue \*\*(\d{4}-\d\d-\d\d)\*\*")


def review_due(policy: Policy, severity: str, end: datetime) -> date | None:
    """When the review of an incident that ended at ``end`` is due; None where the policy does not
    say (P-36)."""
    named = policy.severities.get(severity)
    return _day_after(policy, end, named.review_due if named else None)


def action_due(policy: Policy, severity: str, start: datetime) -> date | None:
    """When a corrective action that is opened at ``start`` is due (P-38)."""
    named = policy.severities.get(severity or policy.least_severity)
    return _day_after(policy, start, named.action_due if named else None)


def _day_after(policy: Policy, start: datetime, lasting: Duration | None) -> date | None:
    if lasting is None:
        return None
    calendar = policy.calendar
    return lasting.due(start, calendar).astimezone(zone_named(calendar.zone)).date()


def overdue_at(policy: Policy, day: date | None, people: Iterable[str]) -> datetime | None:
    """The instant when ``day`` is over, in the time zone of the first of ``people``."""
    if day is None or day >= date.max:
        return None
    return midnight_after(day, due_zone(policy, people))


def midnight_after(day: date, zone: str) -> datetime:
    """The instant when ``day`` is over in a time zone."""
    return datetime.combine(day + timedelta(days=1), time(), zone_named(zone)).astimezone(UTC)


def due_zone(policy: Policy, people: Iterable[str]) -> str:
    """The time zone in which a due date ends: that of the first of ``people``, else the working
    zone."""
    person = policy.people.get(next(iter(people), ""))
    return person.zone if person and person.zone else policy.calendar.zone


def due_day_in(body: str) -> date | None:
    """The day behind the first "Due" of a body, where people may change it; None if there is
    none."""
    found = _SHOWN.search(body)
    return parse_day(found[1]) if found else None


def parse_time(text: object) -> datetime | None:
    """A time as IMA writes it, in UTC; None for anything else."""
    try:
        return datetime.fromisoformat(str(text)).astimezone(UTC) if text else None
    except (ValueError, OverflowError):
        return None


def parse_day(text: object) -> date | None:
    """A date as IMA writes it; None for anything else."""
    try:
        return date.fromisoformat(text) if isinstance(text, str) and text else None
    except ValueError:
        return None
