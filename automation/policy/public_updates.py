"""When the public has to hear of an incident again, by the policy (P-28, P-30). Pure."""

from __future__ import annotations

from datetime import datetime

from automation.model.incident import Incident
from automation.model.publicity import SECURITY_ISSUE, is_public, moved_update, posts, withheld
from automation.policy.policy import Policy
from automation.times.durations import Duration


def publicity(incident: Incident, policy: Policy) -> str:
    """ "yes" once it is public; before that what its severity says: "ask", "auto" or "no"."""
    if is_public(incident):
        return "yes"
    if (
        incident.drill
        or withheld(incident)
        or incident.security_at
        or incident.status_to_act_by == SECURITY_ISSUE
    ):
        return "no"
    severity = policy.severities.get(incident.grade)
    return severity.public if severity else "no"


def update_period(incident: Incident, policy: Policy) -> Duration | None:
    """How often the status page must be updated in the present state; None where the policy does
    not say (P-28)."""
    return policy.update_every.get(incident.state_now, {}).get(incident.grade)


def update_due(incident: Incident, policy: Policy) -> datetime | None:
    """When the next update for the public is due: counted from the last post, unless somebody has
    moved it. None while nothing is public."""
    shown, every = posts(incident), update_period(incident, policy)
    if not shown or not is_public(incident) or every is None:
        return None
    if shown[-1].final:  # users were told that it is over
        return None
    fact = moved_update(incident)
    return fact.ends if fact else every.after(shown[-1].at, policy.calendar)
