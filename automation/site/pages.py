"""The files of the public status site: pages, a feed for readers, JSON for programs. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from automation.model.issue import (
    IDENTIFIED,
    INVESTIGATING,
    MONITORING,
    OPERATIONAL,
    RESOLVED,
    STATUSES,
)
from automation.site.site import PublicIncident, Site, Update
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
}
_IMPACT = {
    _OPERATIONAL: "none",
    _DEGRADED: "minor",
    _PARTIAL: "major",
    _OUTAGE: "critical",
    _SECURITY: "critical",
}
_STATE = {
    INVESTIGATING: "investigating",
    IDENTIFIED: "identified",
    MONITORING: "monitoring",
    RESOLVED: "resolved",
}
_UNITS = {"s": "second", "m": "minute", "h": "hour", "d": "day", "w": "week"}

MANIFEST = ".ima-site.json"  # the names of what was written


def files(site: Site, templates: Templates) -> dict[str, str]:
    """Every file of the site: its name below the folder, and its text. Raises PolicyError."""
    made: dict[str, str] = {JSON: status_json(site)}
    for name, template, values in pages(site):
        made[name] = templates.render(template, values)
    return made


def pages(site: Site) -> Iterator[tuple[str, str, Values]]:
    """File, template and the template's values, of all that a template makes."""
    page = partial(_values, site)
    yield "index.html", "site/index.html.j2", page(site.active)
    yield "history.html", "site/history.html.j2", page(site.incidents)
    yield FEED, "site/feed.xml.j2", page(site.incidents)
    for incident in site.incidents:
        yield incident.page, "site/incident.html.j2", page([incident], root="../")


def _values(site: Site, incidents: Sequence[PublicIncident], root: str = "") -> Values:
    about = {
        "title": site.about.title,
        "address": site.about.address,
        "id": site.id,
        "made": _iso(site.about.made),
        "updated": _iso(site.updated),
        "kept": _length(site.about.kept),
        "status": site.status,
        "services": [{"name": name, "status": status} for name, status in site.services],
    }
    return {"site": about, "root": root, "incidents": [_incident(each) for each in incidents]}


def _incident(incident: PublicIncident) -> Values:
    return {
        "id": incident.id,
        "title": incident.title,
        "page": incident.page,
        "month": f"{incident.began:%B %Y}",
        "state": incident.now.state,
        "status": incident.now.status,
        "services": list(incident.services),
        "began": _iso(incident.began),
        "ended": _iso(incident.ended) if incident.ended else "",
        "updated": _iso(incident.now.at),
        "updates": [_update(update) for update in incident.updates],
    }


def _update(update: Update) -> Values:
    return {
        "at": _iso(update.at),
        "state": update.state,
        "status": update.status,
        "services": list(update.services),
        "text": list(update.text),
    }


def status_json(site: Site) -> str:
    """What is so now, in the shape of statuspage.io's summary.json."""
    about, status = site.about, site.status
    said = "All Systems Operational" if status == OPERATIONAL else status
    data = {
        "page": {
            "id": site.id,
            "name": about.title,
            "url": about.address,
            "time_zone": "Etc/UTC",
            "updated_at": _stamp(about.made),
        },
        "status": {"indicator": _IMPACT.get(status, "none"), "description": said},
        "components": [_component(name, status) for name, status in site.services],
        "incidents": [_unresolved(incident, site) for incident in site.active],
        "scheduled_maintenances": [],
    }
    return json.dumps(data, indent=2) + "\n"


def _component(name: str, status: str) -> Values:
    return {"id": name, "name": name, "status": _COMPONENT.get(status, "operational")}


def _unresolved(incident: PublicIncident, site: Site) -> Values:
    now = incident.now
    return {
        "id": str(incident.number),
        "name": incident.title,
        "status": _word(now),
        "impact": _IMPACT.get(incident.gravest, "none"),
        "shortlink": f"{site.about.address}{incident.page}",
        "started_at": _stamp(incident.began),
        "created_at": _stamp(incident.began),
        "updated_at": _stamp(now.at),
        "monitoring_at": _stamp(incident.monitored) if incident.monitored else None,
        "resolved_at": None,
        "components": [_component(name, now.status) for name in now.services],
        "incident_updates": [
            {
                "id": f"{incident.number}-{len(incident.updates) - nth}",
                "incident_id": str(incident.number),
                "status": _word(update),
                "body": "\n".join(update.text),
                "display_at": _stamp(update.at),
                "created_at": _stamp(update.at),
                "updated_at": _stamp(update.at),
            }
            for nth, update in enumerate(incident.updates)
        ],
    }


def _word(update: Update) -> str:
    return _STATE.get(update.state, "investigating")


def _iso(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _length(of: Duration) -> str:
    """ "90 days" """
    return f"{of.amount} {_UNITS[of.unit]}" + ("" if of.amount == 1 else "s")


def _stamp(when: datetime) -> str:
    """Milliseconds, as statuspage.io has them."""
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%S.000Z}"
