"""What the pager of a scenario sends of an incident of its own: a V3 webhook of PagerDuty. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any


def triggered(
    number: str, service: str, title: str, whom: Sequence[str], by: str, now: datetime
) -> str:
    """The body; people are ids of the pager, ``by`` nobody where a monitoring system did it."""
    people = [_user(person) for person in whom]
    data = {
        "id": number,
        "type": "incident",
        "html_url": f"https://acme.pagerduty.example/incidents/{number}",
        "status": "triggered",
        "incident_key": None,
        "created_at": now.isoformat(),
        "title": title,
        "service": {"id": "PSERVICE9", "summary": service, "type": "service_reference"},
        "assignees": people,
        "priority": None,
        "urgency": "high",
    }
    event = {
        "id": f"01{number}",
        "event_type": "incident.triggered",
        "resource_type": "incident",
        "occurred_at": now.isoformat(),
        "agent": _user(by) if by else None,
        "client": None,
        "data": data,
    }
    return json.dumps({"event": event})


def _user(person: str) -> dict[str, Any]:
    return {"id": person, "summary": person, "type": "user_reference"}
