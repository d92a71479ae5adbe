"""Conditions on what follows an incident: reviews and corrective actions. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from automation.context import Context
from automation.facts import is_action
from automation.incident import Incident

if TYPE_CHECKING:
    from automation.when import When

LATELY = timedelta(days=1)  # what was closed before is an old story: no new rule undoes it


def mismatch(when: When, incident: Incident, ctx: Context) -> str | None:
    """The first reason why a condition on a review or an action does not hold, besides time."""
    if incident.kind != when.kind:
        return f"it is no {when.kind}"
    if not incident.tracked:
        return "IMA leaves it alone: older than `since`, or moved"
    if when.closed and (reason := _not_closed(incident, ctx)):
        return reason
    if incident.closed and not when.closed:
        return f"the {when.kind} is closed"
    if when.touched is not None and when.touched != (incident.touched_at is not None):
        return "its assignee has begun" if incident.touched_at else "nobody has begun it"
    return _day(when, incident, ctx) or _review(when, incident, ctx)


def _not_closed(incident: Incident, ctx: Context) -> str | None:
    form = incident.form
    if not incident.closed or form is None or form.closed_at is None:
        return "nobody has closed it"
    if ctx.now - form.closed_at > LATELY:
        return "it was closed more than a day ago"
    return None


def _day(when: When, incident: Incident, ctx: Context) -> str | None:
    if when.overdue is None:
        return None
    if incident.overdue_at is None:
        return "it is due on no known day"
    late = incident.overdue_at <= ctx.now
    return f"it was due on {incident.due}" if late and not when.overdue else None


def _review(when: When, incident: Incident, ctx: Context) -> str | None:
    near = incident.form is not None and incident.form.near_miss
    if when.of and near != (when.of == "near miss"):
        return f"it reviews {'a near miss' if near else 'an incident'}"
    if when.actions is not None and when.actions != has_actions(incident, ctx):
        return "it has no corrective action" if when.actions else "it has a corrective action"
    return None


def has_actions(incident: Incident, ctx: Context) -> bool:
    """Was one opened from the review or its incident, or does the review name one? (P-38)"""
    opened = {**incident.reviews, **ctx.reviews.get(incident.review_of, {})}
    named = incident.form.named if incident.form else frozenset()
    return any(map(is_action, opened)) or bool(named - {incident.ref, incident.review_of})
