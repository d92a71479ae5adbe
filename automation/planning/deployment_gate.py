"""``ima gate``: may a deployment go ahead, or does an incident hold it? Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from automation.model.incident import Incident
from automation.planning.incident_view import shown_title
from automation.planning.plan import by_ref
from automation.policy.policy import Gate, Policy


@dataclass(frozen=True, slots=True)
class HoldingIncident:
    """An incident that holds deployments; of a secret one nothing but its reference."""

    ref: str
    title: str
    severity: str = ""
    status: str = ""
    owner: str = ""
    services: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """One of ``held_by``."""
        return {
            "issue": self.ref,
            "title": self.title,
            "severity": self.severity,
            "status": self.status,
            "owner": self.owner,
            "services": list(self.services),
        }


def incidents_that_hold(
    incidents: Iterable[Incident], policy: Policy, service: str = ""
) -> list[HoldingIncident]:
    """The active incidents that the policy's gate names. With ``service``, those that affect it
    or name none. A secret one holds every service: whom it affects is not for a job log."""
    found = [
        _hold(incident)
        for incident in incidents
        if incident.active and _grave(incident, policy.gate) and _affects(incident, service)
    ]
    return sorted(found, key=lambda hold: by_ref(hold.ref))


def _grave(incident: Incident, gate: Gate) -> bool:
    if incident.drill:
        return False
    return incident.grade in gate.severity or incident.status_to_act_by in gate.status


def _affects(incident: Incident, service: str) -> bool:
    named = incident.services
    return not service or not named or incident.confidential or service in named


def _hold(incident: Incident) -> HoldingIncident:
    if incident.confidential:
        return HoldingIncident(incident.ref, "(confidential)")
    return HoldingIncident(
        incident.ref,
        shown_title(incident),
        incident.severity.value if incident.severity else "none",
        incident.status_now,
        incident.owner or "",
        incident.services,
    )
