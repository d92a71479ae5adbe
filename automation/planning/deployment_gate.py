"""``ima gate``: may a deployment go ahead, or does an incident hold it? Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from automation.model import secrecy
from automation.model.incident import Incident
from automation.model.maintenance import MAINTENANCE
from automation.model.secrecy import Tellable, shown_title, tellable
from automation.planning.plan import by_ref
from automation.policy.policy import Gate, Policy
from automation.records import dataclass


@dataclass(frozen=True, slots=True)
class HoldingIncident:
    """An incident that holds deployments; of a confidential one only the reference is set."""

    ref: str
    title: str
    severity: str = ""
    status: str = ""
    owner: str = ""
    services: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The entry of ``held_by`` in the answer of `ima gate --format json`."""
        return {
            "issue": self.ref,
            "title": self.title,
            "severity": self.severity,
            "status": self.status,
            "owner": self.owner,
            "services": list(self.services),
        }


def incidents_that_hold(
    incidents: Iterable[Incident], policy: Policy, now: datetime, service: str = ""
) -> list[HoldingIncident]:
    """The active incidents that the policy's gate names. With ``service``, those that affect it or
    name no service. A confidential one holds every service: a job's log must not tell which it
    affects."""
    found = [
        _holding_incident(incident)
        for incident in incidents
        if _holds(incident, policy.gate, now) and _affects(incident, service)
    ]
    return sorted(found, key=lambda hold: by_ref(hold.ref))


def _holds(incident: Incident, gate: Gate, now: datetime) -> bool:
    """Does it hold deployments? A grave incident that is no drill does; planned work where the
    policy says so (P-56)."""
    work = incident.maintenance if incident.kind == "maintenance" else None
    if work and gate.maintenance and work.goes_on(now):
        return True
    return incident.active and not incident.drill and _grave(incident, gate)


def _grave(incident: Incident, gate: Gate) -> bool:
    return incident.grade in gate.severity or incident.status_to_act_by in gate.status


def _affects(incident: Incident, service: str) -> bool:
    told = tellable(incident)
    named = _services(told) if told else ()
    return not service or not named or service in named


def _services(incident: Tellable) -> tuple[str, ...]:
    """The services that it is about; of planned work those that were confirmed."""
    window = incident.maintenance.window if incident.maintenance else None
    return window.services if window and incident.kind == "maintenance" else incident.services


def _holding_incident(incident: Incident) -> HoldingIncident:
    if (told := tellable(incident)) is None:
        return HoldingIncident(incident.ref, secrecy.TITLE)
    return HoldingIncident(
        told.ref,
        shown_title(told),
        told.severity.value if told.severity else "none",
        MAINTENANCE if told.kind == "maintenance" else told.status_now,
        told.owner or "",
        _services(told),
    )
