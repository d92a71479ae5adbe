"""The files of the public status site: pages, feeds for readers, data for programs. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from itertools import groupby
from typing import Any

from automation.model.publicity import gravity
from automation.records import dataclass
from automation.site.days import uptime
from automation.site.fitting import (
    PLACE,
    PLACE_IN_FRONT,
    fitting,
    in_parts,
    newest_updates,
    size_in_list,
    size_of_update,
)
from automation.site.ical import calendar
from automation.site.site import PublicIncident, PublicUpdate, ServiceRecord, Site
from automation.site.statuspage_api import api_files, service_json
from automation.site.template_values import (
    CALENDAR,
    Values,
    day_in_words,
    from_to,
    incident_values,
    iso_time,
    site_values,
)
from automation.writing.templates import Templates

FEED = "feed.xml"
MANIFEST = ".ima-site.json"  # the names of what was written
DAYS_IN_FRONT = 14  # whose incidents stand on the front page
ENTRIES = 50  # of a feed
_BARS_IN_FRONT = 13_000  # bytes
_WORKS_IN_FRONT = 3


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
    about = site_values(site)
    yield _Page("index.html", "site/index.html.j2", partial(_front, site, about))
    months = _months(site.incidents)
    links = [
        {"title": title, "page": _month_page(name), "incidents": len(incidents)}
        for name, title, incidents in months
    ]
    newest = fitting(site.incidents, size_in_list, PLACE)
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
    shown = [incident_values(each) for each in incidents]
    return {"site": about, "root": root, "incidents": shown, **more}


def _front(site: Site, about: Values) -> Values:
    """The gravest incident first. Of each active one as many updates as there is place for, and
    always the newest."""
    by_gravity = sorted(site.active, key=lambda each: -gravity(each.now.status))
    active = fitting(by_gravity, size_in_list, PLACE_IN_FRONT)
    each = PLACE_IN_FRONT // max(1, len(active))
    shown = [incident_values(one, newest_updates(one, each)) for one in active]
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
    shown = fitting(began, size_in_list, PLACE_IN_FRONT)
    if len(shown) < len(began):  # of the days before nothing is said
        first = shown[-1].began.date()
    by_day = {day: list(group) for day, group in groupby(shown, lambda each: each.began.date())}
    length = (now.date() - min([first, *by_day])).days + 1
    days = [now.date() - timedelta(days=nth) for nth in range(length)]
    told: list[Values] = []
    for quiet, group in groupby(days, lambda day: day not in by_day):
        if quiet:
            run = list(group)
            told.append({"title": from_to(run[-1], run[0]), "incidents": []})
        else:
            for day in group:
                incidents = [incident_values(each, ()) for each in by_day[day]]
                told.append({"title": day_in_words(day), "incidents": incidents})
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
    parts = in_parts(incidents, size_in_list, PLACE)
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
    shown = fitting(named, size_in_list, PLACE // 2)
    make = partial(_list, about, "../", shown, service=values, unseen=len(named) - len(shown))
    yield _Page(record.page, "site/service.html.j2", make)
    feed = {
        "base": site.about.address or "../",
        "name": values["feed"],
        "page": record.page,
        "id": site.id_of(record.slug),
        "title": f"{site.about.title}: {record.name}",
        "updated": iso_time(max((each.now.at for each in named), default=site.about.since)),
    }
    yield _Page(values["feed"], "site/feed.xml.j2", partial(_feed, about, named, feed))


def _feed(about: Values, incidents: Sequence[PublicIncident], feed: Values) -> Values:
    """What changed last, and of each as many updates as there is place for."""
    newest = sorted(incidents, key=lambda each: each.now.at, reverse=True)[:ENTRIES]
    shown = [incident_values(each, fitting(each.updates, size_of_update, PLACE)) for each in newest]
    return {"site": about, "root": "", "incidents": shown, "feed": feed}


def _incident(about: Values, incident: PublicIncident) -> Iterator[_Page]:
    """The pages of an incident: one, unless its updates are too long for it."""
    parts = in_parts(incident.updates, size_of_update, PLACE)
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
    shown = [incident_values(incident, part)]
    return {"site": about, "root": "../", "incidents": shown, **more}
