"""The files of the public status site: pages, feeds for readers, data for programs. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import groupby
from typing import Any, TypeVar

from automation.model.issue import OPERATIONAL
from automation.model.maintenance import MAINTENANCE
from automation.model.team_words import TeamWords
from automation.site.bars import HEIGHT, WIDTH, bars
from automation.site.days import DAYS, Day, uptime
from automation.site.ical import calendar
from automation.site.site import PublicIncident, PublicUpdate, ServiceRecord, Site, size_in_page
from automation.site.statuspage_api import api_files, service_json
from automation.times.durations import Duration
from automation.writing.templates import Templates

FEED, CALENDAR = "feed.xml", "maintenance.ics"
MANIFEST = ".ima-site.json"  # the names of what was written
DAYS_IN_FRONT = 14  # whose incidents stand on the front page
ENTRIES = 50  # of a feed
PLACE = 16_000  # bytes that a list may take in a page; the page is then below 30 KB
_PLACE_IN_FRONT = 5_000  # … on the front page, which has several
_BARS_IN_FRONT = 13_000
_UPDATES_IN_FRONT = 3  # of an incident
_WORKS_IN_FRONT = 3
_TOLD_DAYS = 3  # which the words beside the bars name
_UNITS = {"s": "second", "m": "minute", "h": "hour", "d": "day", "w": "week"}
_RIGHT_TO_LEFT = ("ar", "fa", "he", "ur", "yi")
Values = dict[str, Any]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SiteFiles(Mapping[str, str | bytes]):
    """The files of a site by their names, each written when it is asked for: there may be many."""

    makers: Mapping[str, Callable[[], str | bytes]]

    def __getitem__(self, name: str) -> str | bytes:
        return self.makers[name]()

    def __iter__(self) -> Iterator[str]:
        return iter(self.makers)

    def __len__(self) -> int:
        return len(self.makers)


def site_files(site: Site, templates: Templates, logo: bytes = b"") -> SiteFiles:
    """Every file of the site: its name below the folder, and its text. Asking for one raises
    PolicyError where a template is wrong."""
    makers: dict[str, Callable[[], str | bytes]] = {}
    for name, text in api_files(site):
        makers[name] = partial(str, text)
    works = [each for each in site.incidents if each.window]
    makers[CALENDAR] = partial(calendar, site, works)
    for record in site.records:
        named = [each for each in works if record.name in each.services]
        makers[f"services/{record.slug}.ics"] = partial(calendar, site, named, record.name)
        share = uptime(record.days)
        makers[f"services/{record.slug}.json"] = partial(service_json, site, record, share)
    if logo and site.about.logo:
        makers[site.about.logo] = partial(bytes, logo)
    for page in _pages(site):
        makers[page.name] = partial(_written, page, templates)
    return SiteFiles(makers)


@dataclass(frozen=True, slots=True)
class _Page:
    name: str
    template: str
    values: Callable[[], Values]


def _written(page: _Page, templates: Templates) -> str:
    return templates.render(page.template, page.values())


def pages_with_values(site: Site) -> Iterator[tuple[str, str, Values]]:
    """Each file that a template makes: its name, the name of its template, and the values that
    the template gets."""
    for page in _pages(site):
        yield page.name, page.template, page.values()


def _pages(site: Site) -> Iterator[_Page]:
    about = _site_values(site)
    yield _Page("index.html", "site/index.html.j2", partial(_front, site, about))
    months = _months(site.incidents)
    links = [
        {"title": title, "page": _month_page(name), "incidents": len(incidents)}
        for name, title, incidents in months
    ]
    newest = _fitting(site.incidents, _size_in_list, PLACE)
    yield _Page(
        "history.html", "site/history.html.j2", partial(_list, about, "", newest, months=links)
    )
    for name, title, incidents in months:
        yield from _month(about, name, title, incidents)
    for record, values in zip(site.records, about["services"], strict=True):
        yield from _service(site, about, record, values)
    yield _Page("subscribe.html", "site/subscribe.html.j2", partial(_list, about, "", []))
    feed = {
        "base": site.about.address,
        "name": FEED,
        "page": "index.html",
        "id": site.id,
        "title": site.about.title,
        "updated": about["updated"],
    }
    yield _Page(FEED, "site/feed.xml.j2", partial(_feed, about, site.incidents, feed))
    for incident in site.incidents:
        yield from _incident(about, incident)


def _list(about: Values, root: str, incidents: Sequence[PublicIncident], **more: Any) -> Values:
    shown = [_incident_values(each) for each in incidents]
    return {"site": about, "root": root, "incidents": shown, **more}


def _front(site: Site, about: Values) -> Values:
    """Of each active incident as many updates as there is place for, and always the newest."""
    active = _fitting(site.active, _size_in_list, _PLACE_IN_FRONT)
    each = _PLACE_IN_FRONT // max(1, len(active))
    shown = [_incident_values(one, _newest(one, each)) for one in active]
    works = about["planned"][:_WORKS_IN_FRONT]
    return {
        "site": about | {"services": list(_with_bars(about["services"])), "planned": works},
        "root": "",
        "incidents": shown,
        "unseen": len(site.active) - len(active),
        "unseen_planned": len(site.planned) - len(works),
        "days": _last_days(site),
    }


def _with_bars(services: Sequence[Values]) -> Iterator[Values]:
    """The services of the front page: with their bars, as far as there is place for them."""
    filled = 0
    for each in services:
        filled += 600 + sum(len(line["path"]) + 60 for line in each["bars"])
        yield each if filled <= _BARS_IN_FRONT else each | {"bars": []}


def _newest(incident: PublicIncident, most: int) -> list[PublicUpdate]:
    """The newest updates for the front page; one that is long is cut, and stands whole on the page
    of the incident."""
    several = _fitting(incident.updates[:_UPDATES_IN_FRONT], _size_of_update, most)
    return [replace(each, text=tuple(_cut(each.text, most))) for each in several]


def _cut(lines: Sequence[str], most: int) -> Iterator[str]:
    for line in lines:
        size = size_in_page(line) + 1
        if size > most:
            yield line[: max(0, len(line) * most // size - 1)] + "…"
            return
        most -= size
        yield line


def _last_days(site: Site) -> list[Values]:
    """The last days with their incidents by the day on which they began, the newest first; days
    in a row without any are one. What was before this project was kept is not told."""
    now = site.about.made
    first = max((now - timedelta(days=DAYS_IN_FRONT - 1)).date(), site.about.known_since.date())
    began = [
        each
        for each in site.incidents
        if (each.window is None or each.ended) and (each.ended or now).date() >= first
    ]
    shown = _fitting(began, _size_in_list, _PLACE_IN_FRONT)
    if len(shown) < len(began):  # of the days before nothing is said
        first = shown[-1].began.date()
    by_day = {day: list(group) for day, group in groupby(shown, lambda each: each.began.date())}
    length = (now.date() - min([first, *by_day])).days + 1
    days = [now.date() - timedelta(days=nth) for nth in range(length)]
    told: list[Values] = []
    for quiet, group in groupby(days, lambda day: day not in by_day):
        if quiet:
            run = list(group)
            told.append({"title": _from_to(run[-1], run[0]), "incidents": []})
        else:
            for day in group:
                incidents = [_incident_values(each, ()) for each in by_day[day]]
                told.append({"title": _day(day), "incidents": incidents})
    return told


Month = tuple[str, str, list[PublicIncident]]  # "2026-03", "March 2026", the newest first


def _months(incidents: Sequence[PublicIncident]) -> list[Month]:
    grouped = groupby(incidents, lambda each: (f"{each.began:%Y-%m}", f"{each.began:%B %Y}"))
    return [(name, title, list(group)) for (name, title), group in grouped]


def _month_page(name: str, nth: int = 0) -> str:
    return f"history/{name}{f'-{nth + 1}' if nth else ''}.html"


def _month(
    about: Values, name: str, title: str, incidents: Sequence[PublicIncident]
) -> Iterator[_Page]:
    """The pages of a month: as many as it needs to keep each small."""
    parts = _in_parts(incidents, _size_in_list, PLACE)
    for nth, part in enumerate(parts):
        more = {
            "month": title,
            "newer": _month_page(name, nth - 1) if nth else "",
            "older": _month_page(name, nth + 1) if nth + 1 < len(parts) else "",
        }
        page, values = _month_page(name, nth), partial(_list, about, "../", part, **more)
        yield _Page(page, "site/month.html.j2", values)


def _service(site: Site, about: Values, record: ServiceRecord, values: Values) -> Iterator[_Page]:
    named = site.of_service(record.name)
    shown = _fitting(named, _size_in_list, PLACE // 2)
    make = partial(_list, about, "../", shown, service=values, unseen=len(named) - len(shown))
    yield _Page(record.page, "site/service.html.j2", make)
    feed = {
        "base": site.about.address or "../",
        "name": values["feed"],
        "page": record.page,
        "id": site.id_of(record.slug),
        "title": f"{site.about.title}: {record.name}",
        "updated": _iso_time(max((each.now.at for each in named), default=site.about.since)),
    }
    yield _Page(values["feed"], "site/feed.xml.j2", partial(_feed, about, named, feed))


def _feed(about: Values, incidents: Sequence[PublicIncident], feed: Values) -> Values:
    """What changed last, and of each as many updates as there is place for."""
    newest = sorted(incidents, key=lambda each: each.now.at, reverse=True)[:ENTRIES]
    shown = [
        _incident_values(each, _fitting(each.updates, _size_of_update, PLACE)) for each in newest
    ]
    return {"site": about, "root": "", "incidents": shown, "feed": feed}


def _incident(about: Values, incident: PublicIncident) -> Iterator[_Page]:
    """The pages of an incident: one, unless its updates are too long for it."""
    parts = _in_parts(incident.updates, _size_of_update, PLACE)
    for nth, part in enumerate(parts):
        more = {
            "newer": incident.page_of(nth - 1) if nth else "",
            "older": incident.page_of(nth + 1) if nth + 1 < len(parts) else "",
        }
        values = partial(_one, about, incident, part, more)
        yield _Page(incident.page_of(nth), "site/incident.html.j2", values)


def _one(
    about: Values, incident: PublicIncident, part: Sequence[PublicUpdate], more: Values
) -> Values:
    shown = [_incident_values(incident, part)]
    return {"site": about, "root": "../", "incidents": shown, **more}


def _fitting(items: Sequence[T], size: Callable[[T], int], most: int) -> Sequence[T]:
    """The first of the items, as many as ``most`` bytes hold, and at least one."""
    return next(iter(_in_parts(items, size, most)), [])


def _in_parts(items: Sequence[T], size: Callable[[T], int], most: int) -> list[Sequence[T]]:
    """The items in parts of ``most`` bytes each, or of one item that is larger."""
    parts: list[Sequence[T]] = []
    first, filled = 0, 0
    for nth, item in enumerate(items):
        taken = size(item)
        if filled + taken > most and nth > first:
            parts.append(items[first:nth])
            first, filled = nth, 0
        filled += taken
    return [*parts, items[first:]] if items else []


def _size_in_list(incident: PublicIncident) -> int:
    return 400 + size_in_page(incident.title)


def _size_of_update(update: PublicUpdate) -> int:
    return 350 + sum(size_in_page(line) + 1 for line in (*update.text, *update.services))


def _site_values(site: Site) -> Values:
    look = site.about.look
    return {
        "title": site.about.title,
        "address": site.about.address,
        "id": site.id,
        "made": _iso_time(site.about.made.replace(second=0)),
        "updated": _iso_time(site.updated),
        "kept": _duration_in_words(site.about.kept),
        "status": site.status,
        "services": [_service_values(site, each) for each in site.records],
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


def _service_values(site: Site, record: ServiceRecord) -> Values:
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
        "since": _iso_time(record.since) if record.since else "",
        "uptime": uptime(record.days),
        "uptime_month": uptime(record.days[-30:]),
        "known": len(known),
        "known_since": _day(known[0].day) if known else "",
        "bars": [
            {"status": each.status, "height": each.height, "path": each.path}
            for each in bars(record.days)
        ],
        "told": _told(bad, site.about.words),
        "bad_days": [
            {"day": _day(each.day), "status": each.status, "down": _length(each.down)}
            for each in bad
        ],
    }


def _told(bad: Sequence[Day], words: TeamWords) -> str:
    """What the bars show, in words."""
    said = [
        f"{_day(each.day)}: {words.status(each.status)}"
        + (f", {_length(each.down)} down" if each.down else "")
        for each in bad[:_TOLD_DAYS]
    ]
    more = len(bad) - len(said)
    return "; ".join([*said, *([f"and {more} more days"] if more else [])])


def _incident_values(
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
        "began": _iso_time(incident.began),
        "ended": _iso_time(incident.ended) if incident.ended else "",
        "lasted": _length(incident.ended - incident.began) if incident.ended else "",
        "updated": _iso_time(incident.now.at),
        "updates": [_update_values(update) for update in shown],
        "unseen": len(incident.updates) - len(shown),
    }


def _work_values(work: PublicIncident) -> Values:
    window = work.window
    times = {"start": window.start, "end": window.end} if window else {}
    said = _newest(work, _PLACE_IN_FRONT // 3)
    return _incident_values(work, said) | {name: _iso_time(at) for name, at in times.items()}


def _update_values(update: PublicUpdate) -> Values:
    return {
        "at": _iso_time(update.at),
        "state": update.state,
        "status": update.status,
        "services": list(update.services),
        "text": list(update.text),
    }


def _iso_time(when: datetime) -> str:
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _from_to(first: date, last: date) -> str:
    """ "24 to 28 February 2026" """
    if first == last:
        return _day(last)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {_day(last)}"
    year = "" if first.year == last.year else f" {first.year}"
    return f"{first.day} {first:%B}{year} to {_day(last)}"


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
