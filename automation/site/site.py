"""The public status site as data: services, incidents, updates. Pure; `pages.py` writes the HTML.

The only words of an incident that get here are those of its posts (`model/publicity.py`): what
somebody published, or the policy's sentence. Its issue's title, labels, people and comments are
never looked at, and neither is a status that nobody published.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

from automation.model import publicity
from automation.model.incident import Incident
from automation.model.issue import MONITORING, OPERATIONAL, Post
from automation.model.maintenance import MAINTENANCE, PHASES, Window, window_of
from automation.model.publicity import gravest, headline
from automation.model.team_words import COMMON, TeamWords
from automation.policy.outside_services import SiteSettings
from automation.policy.policy import Service
from automation.records import dataclass
from automation.site.days import Day, Span, days_of_service, spans_between, trouble_since
from automation.text.escaping import clean
from automation.times.durations import Duration

if TYPE_CHECKING:
    from automation.planning.plan import Snapshot

SHOWN_FOR = Duration(90, "d")
LONGEST = 5_000  # characters of one update; a command on an issue is shorter
LARGEST = 16_000  # bytes of it in a page, so that a page stays small whatever it says


@dataclass(frozen=True, slots=True)
class PublicUpdate:
    """One post, as everybody may read it. ``services`` are names of components."""

    at: datetime
    state: str
    status: str
    text: tuple[str, ...]  # its lines
    services: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PublicIncident:
    """One incident as the public knows it: what its posts say, the newest first."""

    number: int  # the issue's: its page and its entry of the feed keep their addresses
    id: str  # of its entry in the feed: a UUID as a URN
    title: str  # made of status and services; never the title of the issue
    updates: tuple[PublicUpdate, ...]
    services: tuple[str, ...]  # all that it ever named
    ended: datetime | None  # when the last post was made, if it says that all is over
    window: Window | None = None  # of planned work, which is no incident (P-56)
    part: str = ""  # apart from the incident of the same issue

    @property
    def now(self) -> PublicUpdate:
        """The newest update."""
        return self.updates[0]

    @property
    def began(self) -> datetime:
        """When the first post was made."""
        return self.updates[-1].at

    @property
    def gravest(self) -> str:
        """The gravest status that was ever published of it."""
        return gravest(update.status for update in self.updates)

    @property
    def monitored(self) -> datetime | None:
        """When a post first said that a fix is being watched; None if none has."""
        return next((u.at for u in reversed(self.updates) if u.state == MONITORING), None)

    @property
    def page(self) -> str:
        """Its file below the site's folder."""
        return self.page_of(0)

    def page_of(self, nth: int) -> str:
        """The file of its older updates, where one page cannot hold all."""
        return f"incidents/{self.number}{self.part}{f'-{nth + 1}' if nth else ''}.html"


@dataclass(frozen=True, slots=True)
class AboutSite:
    """What the site says about itself."""

    title: str
    address: str  # https://status.example/ or empty: then links are relative
    project: str  # goes into ids only, as a fingerprint
    made: datetime
    since: datetime  # when this project began to be kept
    kept: Duration  # how long incidents that are over are shown
    look: SiteSettings = field(default_factory=SiteSettings)
    words: TeamWords = COMMON  # what the team calls each status

    @property
    def known_since(self) -> datetime:
        """From when on the site knows of all that was published."""
        return max(self.since, self.made - self.kept.length)

    @property
    def logo(self) -> str:
        """The file of the logo below the site's folder; "" where there is none."""
        name = self.look.logo
        return f"logo{name[name.rindex('.') :].lower()}" if name else ""


@dataclass(frozen=True, slots=True)
class ServiceRecord:
    """One service, and what was published of it in the last days."""

    name: str
    slug: str  # of its page and feeds
    status: str
    since: datetime | None  # when it began not to be Operational, if it is not
    began: datetime  # before that nothing can be known of it
    days: tuple[Day, ...]

    @property
    def page(self) -> str:
        """Its file below the site's folder."""
        return f"services/{self.slug}.html"


@dataclass(frozen=True, slots=True)
class Site:
    """Everything that the pages of the site show."""

    about: AboutSite
    id: str
    records: tuple[ServiceRecord, ...]  # in the policy's order
    incidents: tuple[PublicIncident, ...]  # the newest first
    updated: datetime  # when something was last published

    @property
    def services(self) -> tuple[tuple[str, str], ...]:
        """Each service's name and status."""
        return tuple((each.name, each.status) for each in self.records)

    def id_of(self, slug: str) -> str:
        """The identifier of the feed of a service."""
        return _urn(self.about.project, "service", slug)

    def of_service(self, name: str) -> tuple[PublicIncident, ...]:
        """What ever named the service, the newest first."""
        return tuple(each for each in self.incidents if name in each.services)

    @property
    def active(self) -> tuple[PublicIncident, ...]:
        """The incidents that are not over."""
        return tuple(each for each in self._going_on if each.window is None)

    @property
    def planned(self) -> tuple[PublicIncident, ...]:
        """Planned work that is not over, by its start."""
        works = (each for each in self._going_on if each.window)
        return tuple(
            sorted(works, key=lambda each: each.window.start if each.window else each.began)
        )

    @property
    def _going_on(self) -> Iterator[PublicIncident]:
        return (each for each in self.incidents if each.ended is None)

    @property
    def status(self) -> str:
        """The gravest status that is published now."""
        return gravest(each.now.status for each in self.active)


def site_of_incidents(
    incidents: Iterable[Incident], services: Mapping[str, Service], about: AboutSite
) -> Site:
    """The site with all ``incidents`` that have posts. The others leave no trace."""
    names = {name: clean(service.component) or name for name, service in services.items()}
    oldest = about.made - about.kept.length
    found = (one for incident in incidents for one in _published(incident, names, about))
    shown = [each for each in found if each.ended is None or each.ended >= oldest]
    shown.sort(key=lambda each: (each.began, each.number), reverse=True)
    records = tuple(_records(shown, names, services, about))
    updated = max((each.now.at for each in shown), default=about.since)
    return Site(about, _urn(about.project), records, tuple(shown), updated)


def _records(
    shown: Iterable[PublicIncident],
    names: Mapping[str, str],
    services: Mapping[str, Service],
    about: AboutSite,
) -> Iterator[ServiceRecord]:
    """Each component once, in the policy's order."""
    spans = _spans_by_service(shown, about.made)
    now = [each.now for each in shown if each.ended is None]
    slugs = _slugs(dict.fromkeys(names.values()))
    for name, slug in slugs.items():
        began = max(about.since, _began(services[key] for key in names if names[key] == name))
        days = days_of_service(spans[name], max(began, about.known_since), about.made)
        since = trouble_since(spans[name], about.made)
        yield ServiceRecord(name, slug, _status_of(name, now), since, began, days)


def _began(same: Iterable[Service]) -> datetime:
    """When the first of the services began that are shown as the same component."""
    days = [each.since or date.min for each in same]
    return datetime.combine(min(days), time(), tzinfo=UTC)


def _slugs(names: Iterable[str]) -> dict[str, str]:
    """What the files of each component are called: made from its public name alone."""
    slugs: dict[str, str] = {}
    for name in names:
        plain = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:40].strip("-")
        if not plain.replace("-", ""):
            plain = f"service-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
        same = sum(each == plain or each.startswith(f"{plain}--") for each in slugs.values())
        slugs[name] = f"{plain}--{same + 1}" if same else plain
    return slugs


def _spans_by_service(
    shown: Iterable[PublicIncident], now: datetime
) -> defaultdict[str, list[Span]]:
    spans: defaultdict[str, list[Span]] = defaultdict(list)
    for each in shown:
        said = each.updates[::-1]
        end = now if each.ended is None else None
        for name in each.services:
            posts = [
                (update.at, update.status if name in update.services else OPERATIONAL)
                for update in said
            ]
            spans[name].extend(spans_between(posts, end))
    return spans


def _status_of(service: str, now: Iterable[PublicUpdate]) -> str:
    """The gravest status that is published of a service; else that it is being worked on."""
    said = [update.status for update in now if service in update.services]
    worst = gravest(said)
    return MAINTENANCE if worst == OPERATIONAL and MAINTENANCE in said else worst


def site_of_snapshot(
    seen: Snapshot, title: str, address: str = "", kept: Duration | None = None
) -> Site:
    """The site of what was observed.

    ``title`` and ``address`` count where the policy has none; an address ends with a slash, and is
    empty where nobody knows it. ``kept`` is for how long incidents that are over are shown.
    """
    ctx = seen.ctx
    look = ctx.policy.site
    about = AboutSite(
        clean(look.title) or title,
        look.address.rstrip("/") + "/" if look.address else address,
        ctx.policy.project,
        ctx.now,
        ctx.since,
        kept or look.keep,
        look,
        ctx.policy.words,
    )
    return site_of_incidents(seen.incidents.values(), ctx.policy.services, about)


def lines_of_post(text: str) -> tuple[str, ...]:
    """The lines of a post that say something, without control characters."""
    text = _cut(text)
    return tuple(line for line in map(clean, text.splitlines()) if line)


def _cut(text: str) -> str:
    """``text``, or as much of it as a page has place for."""
    most = min(len(text), LONGEST)
    while (size := size_in_page(text[:most])) > LARGEST:
        most = min(most - 1, most * LARGEST // size)
    return text if most == len(text) else text[: most - 1] + "…"


def size_in_page(text: str) -> int:
    """How many bytes a text takes in a page."""
    return len(html.escape(text).encode(errors="replace"))


def _published(
    incident: Incident, names: Mapping[str, str], about: AboutSite
) -> Iterator[PublicIncident]:
    """What the public knows of an issue: an incident, planned work, or each apart."""
    posts, works = publicity.posts(incident), publicity.maintenance_posts(incident)
    if posts:
        yield _public_incident(incident, posts, names, about)
    if works:
        planned = _public_incident(incident, works, names, about)
        yield replace(planned, part="-work", id=_urn(planned.id)) if posts else planned


def _public_incident(
    incident: Incident, posts: tuple[Post, ...], names: Mapping[str, str], about: AboutSite
) -> PublicIncident:
    updates = tuple(_public_update(post, names) for post in reversed(posts))
    named = {name for update in updates for name in update.services}
    order = [*dict.fromkeys(names.values()), *sorted(named - set(names.values()))]
    services = tuple(name for name in order if name in named)
    number = int(incident.ref.removeprefix("#"))
    work = incident.maintenance if posts[-1].state in PHASES else None
    worst = MAINTENANCE if work else gravest(update.status for update in updates)
    return PublicIncident(
        number=number,
        id=_urn(about.project, str(number)),
        title=headline(worst, services, about.words),
        updates=updates,
        services=services,
        ended=posts[-1].at if posts[-1].final else None,
        window=window_of(work.confirmed) if work and work.confirmed else None,
    )


def _public_update(post: Post, names: Mapping[str, str]) -> PublicUpdate:
    services = dict.fromkeys(names.get(name, clean(name)) for name in post.services)
    return PublicUpdate(
        post.at, clean(post.state), clean(post.status), lines_of_post(post.text), tuple(services)
    )


def _urn(*parts: str) -> str:
    """An identifier that is always the same for the same ``parts`` and does not tell them: a UUID
    of version 8 (RFC 9562, 5.8) as a URN."""
    made = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    fields = (made[:8], made[8:12], f"8{made[13:16]}", f"8{made[17:20]}", made[20:32])
    return f"urn:uuid:{'-'.join(fields)}"
