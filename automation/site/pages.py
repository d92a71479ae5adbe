"""The files of the public status site: pages, a feed for readers, JSON for programs. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from automation.model.issue import (
    OPERATIONAL,
    STATUSES,
)
from automation.model.maintenance import MAINTENANCE
from automation.services.statuspage.vocabulary import STATES  # which readers of such pages know
from automation.site.site import PublicIncident, PublicUpdate, Site
from automation.times.durations import Duration
from automation.writing.templates import Templates

JSON, FEED = "status.json", "feed.xml"
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
_UNITS = {"s": "second", "m": "minute", "h": "hour", "d": "day", "w": "week"}

MANIFEST = ".ima-site.json"  # the names of what was written


def site_files(site: Site, templates: Templates) -> dict[str, str]:
    """Every file of the site: its name below the folder, and its text. Raises PolicyError."""
    made: dict[str, str] = {JSON: status_json(site)}
    for name, template, values in pages_with_values(site):
        made[name] = templates.render(template, values)
    return made


def pages_with_values(site: Site) -> Iterator[tuple[str, str, Values]]:
    """Each file that a template makes: its name, the name of its template, and the values that
    the template gets."""
    page = partial(_template_values, site)
    yield "index.html", "site/index.html.j2", page(site.active)
    yield "history.html", "site/history.html.j2", page(site.incidents)
    yield FEED, "site/feed.xml.j2", page(site.incidents)
    for incident in site.incidents:
        yield incident.page, "site/incident.html.j2", page([incident], root="../")


def _template_values(site: Site, incidents: Sequence[PublicIncident], root: str = "") -> Values:
    about = {
        "title": site.about.title,
        "address": site.about.address,
        "id": site.id,
        "made": _iso_time(site.about.made),
        "updated": _iso_time(site.updated),
        "kept": _duration_in_words(site.about.kept),
        "status": site.status,
        "services": [{"name": name, "status": status} for name, status in site.services],
        "planned": [_work_values(work) for work in site.planned],
        "worked_on": MAINTENANCE in dict(site.services).values(),
    }
    return {
        "site": about,
        "root": root,
        "incidents": [_incident_values(each) for each in incidents],
    }


def _incident_values(incident: PublicIncident) -> Values:
    return {
        "id": incident.id,
        "title": incident.title,
        "page": incident.page,
        "month": f"{incident.began:%B %Y}",
        "state": incident.now.state,
        "status": incident.now.status,
        "services": list(incident.services),
        "began": _iso_time(incident.began),
        "ended": _iso_time(incident.ended) if incident.ended else "",
        "updated": _iso_time(incident.now.at),
        "updates": [_update_values(update) for update in incident.updates],
    }


def _work_values(work: PublicIncident) -> Values:
    window = work.window
    times = {"start": window.start, "end": window.end} if window else {}
    return _incident_values(work) | {name: _iso_time(at) for name, at in times.items()}


def _update_values(update: PublicUpdate) -> Values:
    return {
        "at": _iso_time(update.at),
        "state": update.state,
        "status": update.status,
        "services": list(update.services),
        "text": list(update.text),
    }


def status_json(site: Site) -> str:
    """What is published now, in the shape of statuspage.io's summary.json, which many programs
    read."""
    about, status = site.about, site.status
    worked_on = status == OPERATIONAL and MAINTENANCE in dict(site.services).values()
    said = "All Systems Operational" if status == OPERATIONAL else status
    said = "Service Under Maintenance" if worked_on else said
    data = {
        "page": {
            "id": site.id,
            "name": about.title,
            "url": about.address,
            "time_zone": "Etc/UTC",
            "updated_at": _time_with_milliseconds(about.made),
        },
        "status": {
            "indicator": "maintenance" if worked_on else _IMPACT.get(status, "none"),
            "description": said,
        },
        "components": [_component(name, status) for name, status in site.services],
        "incidents": [_unresolved_incident(incident, site) for incident in site.active],
        "scheduled_maintenances": [_scheduled(work, site) for work in site.planned],
    }
    return json.dumps(data, indent=2) + "\n"


def _component(name: str, status: str) -> Values:
    return {"id": name, "name": name, "status": _COMPONENT.get(status, "operational")}


def _unresolved_incident(incident: PublicIncident, site: Site) -> Values:
    now = incident.now
    return {
        "id": str(incident.number),
        "name": incident.title,
        "status": _state_word(now),
        "impact": _IMPACT.get(incident.gravest, "none"),
        "shortlink": f"{site.about.address}{incident.page}",
        "started_at": _time_with_milliseconds(incident.began),
        "created_at": _time_with_milliseconds(incident.began),
        "updated_at": _time_with_milliseconds(now.at),
        "monitoring_at": _time_with_milliseconds(incident.monitored)
        if incident.monitored
        else None,
        "resolved_at": None,
        "components": [_component(name, now.status) for name in now.services],
        "incident_updates": [
            {
                "id": f"{incident.number}-{len(incident.updates) - nth}",
                "incident_id": str(incident.number),
                "status": _state_word(update),
                "body": "\n".join(update.text),
                "display_at": _time_with_milliseconds(update.at),
                "created_at": _time_with_milliseconds(update.at),
                "updated_at": _time_with_milliseconds(update.at),
            }
            for nth, update in enumerate(incident.updates)
        ],
    }


def _scheduled(work: PublicIncident, site: Site) -> Values:
    """Planned work as statuspage.io has it: an incident with two times more."""
    window = work.window
    times = {"scheduled_for": window.start, "scheduled_until": window.end} if window else {}
    return _unresolved_incident(work, site) | {
        "impact": "maintenance",
        **{name: _time_with_milliseconds(at) for name, at in times.items()},
    }


def _state_word(update: PublicUpdate) -> str:
    return STATES.get(update.state, "investigating")


def _iso_time(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _duration_in_words(of: Duration) -> str:
    """ "90 days" """
    return f"{of.amount} {_UNITS[of.unit]}" + ("" if of.amount == 1 else "s")


def _time_with_milliseconds(when: datetime) -> str:
    """A time with milliseconds, as statuspage.io writes them: "2026-03-02T12:00:00.000Z"."""
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%S.000Z}"
