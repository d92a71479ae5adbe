"""The public status site as data: services, incidents, updates. Pure; `pages.py` writes the HTML.

The only words of an incident that get here are those of its posts (`model/publicity.py`): what
somebody published, or the policy's sentence. Its issue's title, labels, people and comments are
never looked at, and neither is a status that nobody published.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from automation.model import publicity
from automation.model.incident import Incident
from automation.model.issue import MONITORING, OPERATIONAL, Post
from automation.model.maintenance import MAINTENANCE, PHASES, Window, window_of
from automation.model.publicity import gravest, headline
from automation.model.team_words import COMMON, TeamWords
from automation.policy.policy import Service
from automation.text.escaping import clean
from automation.times.durations import Duration

if TYPE_CHECKING:
    from automation.planning.plan import Snapshot

SHOWN_FOR = Duration(90, "d")
LONGEST = 5_000  # characters of one update; a command on an issue is shorter


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
        return f"incidents/{self.number}.html"


@dataclass(frozen=True, slots=True)
class AboutSite:
    """What the site says about itself."""

    title: str
    address: str  # https://status.example/ or empty: then links are relative
    project: str  # goes into ids only, as a fingerprint
    made: datetime
    since: datetime  # when this project began to be kept
    kept: Duration  # how long incidents that are over are shown
    words: TeamWords = COMMON  # what the team calls each status


@dataclass(frozen=True, slots=True)
class Site:
    """Everything that the pages of the site show."""

    about: AboutSite
    id: str
    services: tuple[tuple[str, str], ...]  # name and status, in the policy's order
    incidents: tuple[PublicIncident, ...]  # the newest first

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

    @property
    def updated(self) -> datetime:
        """When something was last published."""
        return max((each.now.at for each in self.incidents), default=self.about.since)


def site_of_incidents(
    incidents: Iterable[Incident], services: Mapping[str, Service], about: AboutSite
) -> Site:
    """The site with all ``incidents`` that have posts. The others leave no trace."""
    names = {name: clean(service.component) or name for name, service in services.items()}
    oldest = about.made - about.kept.length
    found = (
        _public_incident(incident, posts, names, about)
        for incident in incidents
        for posts in (publicity.posts(incident), publicity.maintenance_posts(incident))
        if posts
    )
    shown = [each for each in found if each.ended is None or each.ended >= oldest]
    shown.sort(key=lambda each: (each.began, each.number), reverse=True)
    now = [each.now for each in shown if each.ended is None]
    states = tuple((name, _status_of(name, now)) for name in dict.fromkeys(names.values()))
    return Site(about, _urn(about.project), states, tuple(shown))


def _status_of(service: str, now: Iterable[PublicUpdate]) -> str:
    """The gravest status that is published of a service; else that it is being worked on."""
    said = [update.status for update in now if service in update.services]
    worst = gravest(said)
    return MAINTENANCE if worst == OPERATIONAL and MAINTENANCE in said else worst


def site_of_snapshot(
    seen: Snapshot, title: str, address: str = "", kept: Duration = SHOWN_FOR
) -> Site:
    """The site of what was observed.

    ``title`` is the site's; ``address`` is where it will stand, with a slash at its end, or empty
    where nobody knows; ``kept`` is for how long incidents that are over are shown.
    """
    ctx = seen.ctx
    about = AboutSite(
        title, address, ctx.policy.project, ctx.now, ctx.since, kept, ctx.policy.words
    )
    return site_of_incidents(seen.incidents.values(), ctx.policy.services, about)


def lines_of_post(text: str) -> tuple[str, ...]:
    """The lines of a post that say something, without control characters."""
    text = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    return tuple(line for line in map(clean, text.splitlines()) if line)


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
