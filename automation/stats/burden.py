"""What incidents ask of people: pages by hour and person, and alerts that were for nothing. Pure.

What one person's pages are is told only where the policy says so (`stats.people`), and nothing of a
confidential incident but that there was a page (P-16).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from automation.model.incident import Incident
from automation.model.secrecy import tellable
from automation.records import dataclass
from automation.stats.figures import Stats, is_counted, services_counted
from automation.times.durations import Calendar


@dataclass(frozen=True, slots=True)
class PagesOfPerson:
    """How often somebody was paged, in working hours and outside of them."""

    person: str
    working: int
    outside: int


@dataclass(frozen=True, slots=True)
class AlertNoise:
    """How many incidents an alert opened, and how many of them were none."""

    alert: str
    real: int
    nothing: int  # ended as a duplicate or as no incident


def kept_incidents(incidents: Iterable[Incident], only: str) -> list[Incident]:
    """What people were called for, whatever it was in the end; no drill (P-57). With ``only`` what
    is about that service."""
    return [
        each
        for each in incidents
        if each.kind == "incident"
        and each.tracked
        and not each.drill
        and (not only or only in services_counted(each))
    ]


def pages_by_hour(kept: Iterable[Incident], stats: Stats, zone: str) -> tuple[int, ...]:
    """How many pages there were in each hour of the day, by the team's clock."""
    here = ZoneInfo(zone)
    found = Counter(at.astimezone(here).hour for each in kept for at, _ in _pages(each, stats))
    return tuple(found[hour] for hour in range(24))


def pages_by_month(kept: Iterable[Incident], stats: Stats) -> Counter[str]:
    """How many pages there were in each month (in UTC)."""
    return Counter(f"{at:%Y-%m}" for each in kept for at, _ in _pages(each, stats))


def pages_by_person(
    kept: Iterable[Incident], stats: Stats, hours: Calendar
) -> tuple[PagesOfPerson, ...]:
    """Whoever was paged most, first. Pages of confidential incidents are nobody's here."""
    found = Counter(
        (person, hours.is_open(at))
        for told in filter(None, map(tellable, kept))
        for at, person in _pages(told, stats)
        if person
    )
    rows = (
        PagesOfPerson(person, found[person, True], found[person, False])
        for person in {person for person, _ in found}
    )
    return tuple(sorted(rows, key=lambda row: (-row.working - row.outside, row.person)))


def _pages(incident: Incident, stats: Stats) -> Iterator[tuple[datetime, str]]:
    for fact in incident.facts:
        if fact.kind in ("paged", "repeated") and fact.done and _is_of(stats, fact.at):
            yield fact.at, fact.who


def _is_of(stats: Stats, at: datetime) -> bool:
    return stats.since <= at < stats.until


def alerts_by_noise(kept: Sequence[Incident], stats: Stats) -> tuple[AlertNoise, ...]:
    """The alerts that opened incidents: those with the most for nothing first. Confidential
    incidents do not count."""
    real, nothing = Counter[str](), Counter[str]()
    for told in filter(None, map(tellable, kept)):
        if _is_of(stats, told.opened_at):
            for name in told.alerts:
                (real if is_counted(told) else nothing)[name] += 1
    rows = (AlertNoise(name, real[name], nothing[name]) for name in {*real, *nothing})
    return tuple(sorted(rows, key=lambda row: (-row.nothing, -row.real, row.alert)))
