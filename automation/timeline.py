"""What happened when, from the tracker's events and the card. Pure."""

from __future__ import annotations

from datetime import datetime

from automation.context import Context
from automation.incident import Choice, Incident
from automation.view import moment


def timeline(incident: Incident, ctx: Context) -> list[dict[str, str]]:
    """What happened when, from the tracker's events and the card."""
    rows = [(incident.declared_at or incident.opened_at, f"opened by {incident.author or '?'}")]
    for name, choice in (("severity", incident.severity), ("status", incident.status),
                         ("state", incident.state)):  # fmt: skip
        rows += _chosen(name, choice)
    for fact in incident.facts:
        if text := _happened(fact.kind, fact.role, fact.who, fact.by):
            rows.append((fact.at, text))
    for seat in incident.seats.values():
        if seat.here_at and seat.how != "assigned":
            rows.append((seat.here_at, f"{seat.person} showed up as {seat.role.upper()}"))
    if incident.resolution and not any(f.kind == "resolved" for f in incident.facts):
        rows.append((incident.resolution.at, f"resolved by {incident.resolution.by or '?'}"))
    rows.sort(key=lambda row: row[0])
    return [{"at": moment(at, ctx), "what": what} for at, what in rows]


def _chosen(family: str, choice: Choice | None) -> list[tuple[datetime, str]]:
    """The values that people chose, the oldest first."""
    rows = []
    while choice is not None:
        if choice.by is not None:
            step = f": {choice.note}" if choice.note else ""
            rows.append((choice.at, f"{family} {choice.value} by {choice.by}{step}"))
        choice = choice.before
    return rows[::-1]


def _happened(kind: str, role: str, who: str, by: str) -> str:
    role = role.upper()
    return {
        "engaged": f"{who} engaged as {role} ({by})",
        "handed": f"{by} handed {role} over to {who}",
        "stood down": f"{role} stood down by {by}",
        "paged": f"{who} paged as {role}",
        "resolved": f"resolved by {by}",
        "contested": f"closed by {by}, not confirmed by the owner",
        "reopened": f"reopened by {by}",
        "undone": f"{who} tried to resolve; undone",
    }.get(kind, "")
