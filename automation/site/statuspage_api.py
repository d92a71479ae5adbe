"""What is published in the shape of Statuspage's public API (version 2), which programs read. Pure.

A program that is given the address of this site in the place of a page of Statuspage finds
`api/v2/summary.json` and the others below it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from automation.model.issue import OPERATIONAL, RESOLVED, STATUSES
from automation.model.maintenance import IN_PROGRESS, MAINTENANCE, SCHEDULED
from automation.services.statuspage.vocabulary import STATES
from automation.site.site import PublicIncident, PublicUpdate, ServiceRecord, Site

SUMMARY = "status.json"  # the summary again, where it always was
MOST = 50  # incidents of a list, as there
Values = dict[str, Any]
_OPERATIONAL, _DEGRADED, _PARTIAL, _OUTAGE, _SECURITY = STATUSES
_COMPONENT = {  # statuspage.io has no word for the last one; the gravest is the honest one
    _OPERATIONAL: "operational",
    _DEGRADED: "degraded_performance",
    _PARTIAL: "partial_outage",
    _OUTAGE: "major_outage",
    _SECURITY: "major_outage",
    MAINTENANCE: "under_maintenance",
}
_IMPACT = {
    _OPERATIONAL: "none",
    _DEGRADED: "minor",
    _PARTIAL: "major",
    _OUTAGE: "critical",
    _SECURITY: "critical",
}


def api_files(site: Site) -> Iterator[tuple[str, str]]:
    """Each file: its name below the site's folder, and its text. Those below `api/` change only
    when something was published; `status.json` also says when the site was made."""
    incidents = [each for each in site.incidents if each.window is None]
    works = [each for each in site.incidents if each.window]
    upcoming = [each for each in site.planned if each.now.state == SCHEDULED]
    running = [each for each in site.planned if each.now.state == IN_PROGRESS]
    page = {"page": _page(site, site.updated)}
    parts = {"status": _status(site), "components": _components(site)}
    summary = parts | {
        "incidents": _incidents(site.active, site),
        "scheduled_maintenances": _incidents(site.planned, site),
    }
    yield SUMMARY, _text({"page": _page(site, site.about.made.replace(second=0))} | summary)
    for name, data in (
        ("summary", summary),
        ("status", {"status": parts["status"]}),
        ("components", {"components": parts["components"]}),
        ("incidents", {"incidents": _incidents(incidents, site)}),
        ("incidents/unresolved", {"incidents": summary["incidents"]}),
        ("scheduled-maintenances", {"scheduled_maintenances": _incidents(works, site)}),
        ("scheduled-maintenances/upcoming", {"scheduled_maintenances": _incidents(upcoming, site)}),
        ("scheduled-maintenances/active", {"scheduled_maintenances": _incidents(running, site)}),
    ):
        yield f"api/v2/{name}.json", _text(page | data)


def service_json(site: Site, record: ServiceRecord, share: str) -> str:
    """One service: how it is, its last days, and what named it."""
    named = site.of_service(record.name)
    data = {
        "page": _page(site, site.updated),
        "component": _component(record.name, record.status, site),
        "uptime_percent": float(share) if share else None,
        "days": [
            {
                "date": each.day.isoformat(),
                "status": _COMPONENT.get(each.status, "operational") if each.status else None,
                "minutes_down": each.down.total_seconds() // 60 if each.known else None,
            }
            for each in record.days
        ],
        "incidents": _incidents((each for each in named if each.window is None), site),
        "scheduled_maintenances": _incidents((each for each in named if each.window), site),
    }
    return _text(data)


def _text(data: Values) -> str:
    return json.dumps(data, indent=2) + "\n"


def _page(site: Site, updated: datetime) -> Values:
    return {
        "id": site.id,
        "name": site.about.title,
        "url": site.about.address,
        "time_zone": "Etc/UTC",
        "updated_at": _time(updated),
    }


def _status(site: Site) -> Values:
    status = site.status
    worked_on = status == OPERATIONAL and MAINTENANCE in dict(site.services).values()
    said = "All Systems Operational" if status == OPERATIONAL else site.about.words.status(status)
    return {
        "indicator": "maintenance" if worked_on else _IMPACT.get(status, "none"),
        "description": "Service Under Maintenance" if worked_on else said,
    }


def _components(site: Site) -> list[Values]:
    return [_component(name, status, site) for name, status in site.services]


def _component(name: str, status: str, site: Site) -> Values:
    """A component; one that the policy no longer has is called by its name."""
    known = [each.name for each in site.records]
    record = next((each for each in site.records if each.name == name), None)
    began = record.began if record else site.about.since
    return {
        "id": _id(name, site),
        "name": name,
        "status": _COMPONENT.get(status, "operational"),
        "created_at": _time(began),
        "updated_at": _time(site.updated),
        "position": known.index(name) + 1 if name in known else len(known) + 1,
        "description": None,
        "showcase": True,
        "start_date": f"{began:%Y-%m-%d}",
        "group_id": None,
        "page_id": site.id,
        "group": False,
        "only_show_if_degraded": False,
    }


def _id(name: str, site: Site) -> str:
    return next((each.slug for each in site.records if each.name == name), name)


def _incidents(several: Iterable[PublicIncident], site: Site) -> list[Values]:
    return [_incident(each, site) for each, _ in zip(several, range(MOST), strict=False)]


def _incident(incident: PublicIncident, site: Site) -> Values:
    now, window = incident.now, incident.window
    times = {"scheduled_for": window.start, "scheduled_until": window.end} if window else {}
    monitored, over = incident.monitored, incident.ended
    return {
        "id": f"{incident.number}{incident.part}",
        "name": incident.title,
        "status": _state(now, over=bool(over)),
        "impact": "maintenance" if window else _IMPACT.get(incident.gravest, "none"),
        "shortlink": f"{site.about.address}{incident.page}",
        "started_at": _time(incident.began),
        "created_at": _time(incident.began),
        "updated_at": _time(now.at),
        "monitoring_at": _time(monitored) if monitored else None,
        "resolved_at": _time(over) if over else None,
        "page_id": site.id,
        "components": [_component(name, now.status, site) for name in now.services],
        "incident_updates": list(_updates(incident, site)),
        **{name: _time(at) for name, at in times.items()},
    }


def _updates(incident: PublicIncident, site: Site) -> Iterator[Values]:
    """The newest first, each with what it changed of the services."""
    said = incident.updates
    for nth, update in enumerate(said):
        before = said[nth + 1] if nth + 1 < len(said) else None
        at = _time(update.at)
        yield {
            "id": f"{incident.number}{incident.part}-{len(said) - nth}",
            "incident_id": f"{incident.number}{incident.part}",
            "status": _state(update, over=bool(incident.ended) and not nth),
            "body": "\n".join(update.text),
            "display_at": at,
            "created_at": at,
            "updated_at": at,
            "affected_components": [
                {
                    "code": _id(name, site),
                    "name": name,
                    "old_status": _COMPONENT.get(_status_before(before, name), "operational"),
                    "new_status": _COMPONENT.get(update.status, "operational"),
                }
                for name in update.services
            ]
            or None,
        }


def _status_before(before: PublicUpdate | None, name: str) -> str:
    return before.status if before and name in before.services else OPERATIONAL


def _state(update: PublicUpdate, *, over: bool) -> str:
    known = STATES.get(update.state)
    return known or (STATES[RESOLVED] if over else "investigating")


def _time(when: datetime) -> str:
    """A time with milliseconds, as statuspage.io writes them: "2026-03-02T12:00:00.000Z"."""
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%S.000Z}"
