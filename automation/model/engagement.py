"""Who was called and has come: pages, acknowledgements in the pager, people who showed up. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from automation.model.facts import Fact
    from automation.model.incident import Incident


def paged_at(incident: Incident, role: str) -> datetime | None:
    """When who fills the role was paged, in this engagement of it."""
    seat = incident.seats.get(role)
    ours = (f for f in incident.facts if f.kind == "paged" and f.role == role and f.done)
    return next((f.at for f in ours if seat and f.what.endswith(f":{seat.nth}")), None)


def acknowledged(incident: Incident, role: str) -> Fact | None:
    """Who acknowledged the page of the role in the pager, in this engagement of it: somebody who
    fills a role. The page of a vacant role, or by anybody else, is none that counts."""
    people = {seat.person for seat in incident.seats.values()}
    return next((fact for fact in answers(incident, role) if fact.who in people), None)


def answers(incident: Incident, role: str) -> list[Fact]:
    """What people did about the page of the role in the pager, in this engagement of it."""
    if (paged := paged_at(incident, role)) is None:
        return []
    return [f for f in incident.facts if f.kind == "here" and f.role == role and f.at >= paged]


def awaited_since(incident: Incident, role: str) -> datetime | None:
    """Since when the pager has called for the role in vain: whoever answers stops it (P-18)."""
    seat = incident.seats.get(role)
    if seat is None or not seat.awaited or seat.acted_at or answers(incident, role):
        return None
    return paged_at(incident, role)


def here_at(incident: Incident, role: str) -> datetime | None:
    """Since when who fills the role has been here."""
    seat = incident.seats.get(role)
    return seat.here_at if seat else None


def attended(incident: Incident) -> bool:
    """Is anybody here, or was anybody paged who fills a role?"""
    return any(seat.here_at or paged_at(incident, role) for role, seat in incident.seats.items())
