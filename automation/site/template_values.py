"""What the templates of the status site are given. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from automation.model.issue import OPERATIONAL
from automation.model.maintenance import MAINTENANCE
from automation.model.team_words import TeamWords
from automation.site.bars import HEIGHT, WIDTH, bars
from automation.site.days import DAYS, Day, uptime
from automation.site.fitting import PLACE_IN_FRONT, newest_updates
from automation.site.site import PublicIncident, PublicUpdate, ServiceRecord, Site
from automation.times.durations import Duration

CALENDAR = "maintenance.ics"
_TOLD_DAYS = 3  # which the words beside the bars name
_UNITS = {"s": "second", "m": "minute", "h": "hour", "d": "day", "w": "week"}
_RIGHT_TO_LEFT = ("ar", "fa", "he", "ur", "yi")
Values = dict[str, Any]


def site_values(site: Site) -> Values:
    look = site.about.look
    return {
        "title": site.about.title,
        "address": site.about.address,
        "id": site.id,
        "made": iso_time(site.about.made.replace(second=0)),
        "updated": iso_time(site.updated),
        "kept": _duration_in_words(site.about.kept),
        "status": site.status,
        "services": [service_values(site, each) for each in site.records],
        "planned": [_work_values(work) for work in site.planned],
        "worked_on": MAINTENANCE in dict(site.services).values(),
        "home": look.home,
        "logo": site.about.logo,
        "accent": look.accent,
        "accent_dark": look.accent_dark,
        "lang": look.lang,
        "direction": "rtl" if look.lang[:2] in _RIGHT_TO_LEFT else "ltr",
        "calendar": CALENDAR,
        "bars": {"days": DAYS, "width": WIDTH, "height": HEIGHT},
    }


def service_values(site: Site, record: ServiceRecord) -> Values:
    known = [each for each in record.days if each.known]
    below = f"services/{record.slug}"
    bad = [each for each in reversed(known) if each.status != OPERATIONAL]
    return {
        "name": record.name,
        "status": record.status,
        "page": record.page,
        "feed": f"{below}.xml",
        "json": f"{below}.json",
        "calendar": f"{below}.ics",
        "since": iso_time(record.since) if record.since else "",
        "uptime": uptime(record.days),
        "uptime_month": uptime(record.days[-30:]),
        "known": len(known),
        "known_since": day_in_words(known[0].day) if known else "",
        "bars": [
            {"status": each.status, "height": each.height, "path": each.path}
            for each in bars(record.days)
        ],
        "told": _told(bad, site.about.words),
        "bad_days": [
            {"day": day_in_words(each.day), "status": each.status, "down": _length(each.down)}
            for each in bad
        ],
    }


def _told(bad: Sequence[Day], words: TeamWords) -> str:
    """What the bars show, in words."""
    said = [
        f"{day_in_words(each.day)}: {words.status(each.status)}"
        + (f", {_length(each.down)} down" if each.down else "")
        for each in bad[:_TOLD_DAYS]
    ]
    more = len(bad) - len(said)
    return "; ".join([*said, *([f"and {more} more days"] if more else [])])


def incident_values(
    incident: PublicIncident, updates: Sequence[PublicUpdate] | None = None
) -> Values:
    shown = incident.updates if updates is None else updates
    return {
        "id": incident.id,
        "title": incident.title,
        "page": incident.page,
        "month": f"{incident.began:%B %Y}",
        "state": incident.now.state,
        "status": incident.now.status,
        "gravest": incident.gravest,
        "planned": incident.window is not None,
        "services": list(incident.services),
        "began": iso_time(incident.began),
        "ended": iso_time(incident.ended) if incident.ended else "",
        "lasted": _length(incident.ended - incident.began) if incident.ended else "",
        "updated": iso_time(incident.now.at),
        "updates": [_update_values(update) for update in shown],
        "unseen": len(incident.updates) - len(shown),
    }


def _work_values(work: PublicIncident) -> Values:
    window = work.window
    times = {"start": window.start, "end": window.end} if window else {}
    said = newest_updates(work, PLACE_IN_FRONT // 3)
    return incident_values(work, said) | {name: iso_time(at) for name, at in times.items()}


def _update_values(update: PublicUpdate) -> Values:
    return {
        "at": iso_time(update.at),
        "state": update.state,
        "status": update.status,
        "services": list(update.services),
        "text": list(update.text),
    }


def iso_time(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def day_in_words(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def from_to(first: date, last: date) -> str:
    """ "24 to 28 February 2026" """
    if first == last:
        return day_in_words(last)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {day_in_words(last)}"
    year = "" if first.year == last.year else f" {first.year}"
    return f"{first.day} {first:%B}{year} to {day_in_words(last)}"


def _length(of: timedelta) -> str:
    """ "43 min", "2 h 5 min", "3 days 4 h": two units at most."""
    minutes = round(of.total_seconds() / 60)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if not minutes:
        return "less than a minute" if of else ""
    if not days and not hours:
        return f"{rest} min"
    if not days:
        return f"{hours} h {rest} min" if rest else f"{hours} h"
    said = f"{days} day" + ("" if days == 1 else "s")
    return f"{said} {hours} h" if hours else said


def _duration_in_words(of: Duration) -> str:
    """ "90 days" """
    return f"{of.amount} {_UNITS[of.unit]}" + ("" if of.amount == 1 else "s")
