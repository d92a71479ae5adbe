"""The week as a value that a plan carries, and when it is due to be told. Pure.

The dashboard remembers up to when the weeks were told, so that each is told once, whatever becomes
of a run; a run that comes late tells the time since then, once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime, timedelta

from automation.policy.policy import Policy, WeeklyDigest
from automation.records import dataclass
from automation.stored_state.dashboard import Dashboard, Row
from automation.times.weekly import WeeklyTime

DASHBOARD, CHAT = "dashboard", "chat"  # places where it is told
_LONGEST = timedelta(weeks=4)  # that one digest tells of


@dataclass(frozen=True, slots=True)
class DigestDue:
    """The time that is to be told, and the places where it is not told yet."""

    since: datetime
    until: datetime
    places: tuple[str, ...]
    again: bool = False  # an earlier run has tried, and something failed

    @property
    def read_since(self) -> datetime:
        """From when on all that moved must be read: it is compared with as long a time before."""
        return self.since - (self.until - self.since)


@dataclass(frozen=True, slots=True)
class Counts:
    """What is counted in one time."""

    incidents: int = 0
    near_misses: int = 0
    pages: int = 0
    out_of_hours: int = 0  # of the pages
    acknowledge: float | None = None  # the median, in seconds
    resolve: float | None = None


@dataclass(frozen=True, slots=True)
class PersonWeek:
    """The week of somebody who was on call or was paged."""

    who: str
    roles: tuple[str, ...]
    pages: int
    out_of_hours: int
    incidents: tuple[str, ...]  # where they came
    due: tuple[str, ...]  # reviews and actions of theirs


@dataclass(frozen=True, slots=True)
class Digest:
    """What happened, what is due and what got better. Of confidential incidents only how many
    there were (P-16)."""

    since: datetime
    until: datetime
    counts: Counts
    before: Counts | None = None  # of as long a time before; None where IMA was not here then
    hidden: int = 0  # confidential incidents
    drills: int = 0  # which count nowhere else (P-57)
    incidents: tuple[Row, ...] = ()  # the gravest first
    due: tuple[Row, ...] = ()  # overdue first
    done: tuple[Row, ...] = ()  # reviews and corrective actions
    better: tuple[Row, ...] = ()  # counts that got better: "what", "now", "before"
    people: tuple[PersonWeek, ...] = ()
    unread: tuple[str, ...] = ()  # issues that are not in it, for they could not be read


@dataclass(frozen=True, slots=True)
class DigestPost:
    """A digest for the places where it is not told yet; for none, if all of them have it and
    only the dashboard does not know."""

    digest: Digest
    places: tuple[str, ...]
    words: Mapping[str, str] = field(default_factory=dict)  # each place in words, for a plan

    def describe(self) -> str:
        """Where it is posted, such as "on the dashboard and in #production"."""
        return " and ".join(self.words[place] for place in self.places)


def places_in_words(policy: Policy) -> dict[str, str]:
    """Where the week may be told."""
    return {DASHBOARD: "on the dashboard", CHAT: f"in {policy.chat.channel}"}


def digest_due(policy: Policy, stored: Dashboard, now: datetime) -> DigestDue | None:
    """The digest that is due ``now``, if there is one. Where the policy has just begun to want
    them, the first one is due at the next time that it names."""
    wanted, told = policy.weekly_digest, stored.digest
    if wanted is None or not stored.ref or stored.newer or not told:
        return None
    until, known = _last_time(policy, wanted, now), datetime.fromisoformat(told["until"])
    if until > known:
        return DigestDue(max(known, until - _LONGEST), until, wanted.to)
    if missing := tuple(place for place in wanted.to if place in told["missing"].split()):
        since = max(datetime.fromisoformat(told["since"]), known - _LONGEST)
        return DigestDue(since, known, missing, again=True)
    return None


def digest_memory(
    policy: Policy, stored: Dashboard, now: datetime, post: DigestPost | None
) -> dict[str, str]:
    """What the dashboard remembers of digests after a sweep that posts this one."""
    if (wanted := policy.weekly_digest) is None:
        return {}
    if post:
        return _told(post.digest.since, post.digest.until)
    until = _last_time(policy, wanted, now)
    return dict(stored.digest) if stored.digest else _told(until, until)


def _told(since: datetime, until: datetime) -> dict[str, str]:
    return {"since": since.isoformat(), "until": until.isoformat(), "missing": ""}


def _last_time(policy: Policy, wanted: WeeklyDigest, now: datetime) -> datetime:
    return WeeklyTime.parse(wanted.every).last(now, policy.calendar.zone)
