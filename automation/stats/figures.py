"""``ima stats``: how many, how long, how available; what is overdue, flappy, and how late. Pure.

Of a secret incident nothing is named: it counts in the whole, and for no service (P-16).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from automation.model.incident import Incident
from automation.model.issue import SEVERITIES
from automation.planning.plan import by_ref
from automation.policy.planning_input import Context
from automation.policy.policy import FlappyAlerts
from automation.stats.spans import GRAVITY, UNAVAILABLE, Span, gravest, months, spans, within
from automation.stats.step_figures import TIMES, Times, times_of

NONE = "none"  # a severity that nobody (who may) has chosen
Key = str | None  # a service; "" where an incident names none; None: all of them


@dataclass(frozen=True, slots=True)
class Month:
    """One month of one service. ``seconds`` are those of incidents, by status."""

    month: str
    service: Key
    incidents: Mapping[str, int]  # declared in it, by severity
    seconds: Mapping[str, float]
    observed: float  # seconds of the month that the figures are about

    @property
    def availability(self) -> float:
        """1 minus the share of partial and full disruptions."""
        down = sum(self.seconds[status] for status in UNAVAILABLE)
        return max(0.0, 1 - down / self.observed)


@dataclass(frozen=True, slots=True)
class Quarter:
    """Near misses beside incidents."""

    quarter: str
    service: Key
    near_misses: int
    incidents: int


@dataclass(frozen=True, slots=True)
class Overdue:
    """An open review or action whose day has passed."""

    ref: str
    kind: str
    due: date
    owner: str


@dataclass(frozen=True, slots=True)
class FlappyAlert:
    """An alert, and how many incidents it opened in all of the time."""

    alert: str
    incidents: int


@dataclass(frozen=True, slots=True)
class Late:
    """How late a rule was acted on."""

    rule: str
    count: int
    worst: int  # seconds


@dataclass(frozen=True, slots=True)
class Stats:
    """All figures of a time."""

    since: datetime
    until: datetime
    goal: float
    months: tuple[Month, ...] = ()
    times: Mapping[str, Times] = field(default_factory=dict)
    quarters: tuple[Quarter, ...] = ()
    overdue: tuple[Overdue, ...] = ()
    overdue_secret: int = 0
    flappy: tuple[FlappyAlert, ...] = ()
    late: tuple[Late, ...] = ()


def stats(incidents: Iterable[Incident], ctx: Context, since: datetime, only: str = "") -> Stats:
    """The figures from ``since`` (or the adoption of IMA) to now; ``only`` of one service."""
    start, end = max(since, ctx.since), ctx.now
    everything = sorted(incidents, key=lambda incident: by_ref(incident.ref))
    world = {incident.ref: incident for incident in everything}
    counted = [incident for incident in everything if counts(incident)]
    keys = _keys((key for incident in counted for key in services(incident)), ctx, only)
    declared = [i for i in counted if i.declared_at and start <= i.declared_at < end]
    timed = [incident for incident in declared if not only or only in services(incident)]
    overdue, secret = _overdue(world, ctx)
    return Stats(
        start,
        end,
        ctx.policy.goal,
        tuple(_months(counted, keys, start, end)),
        {name: times_of(map(measure, timed)) for name, measure in TIMES.items()},
        tuple(_quarters(world, declared, ctx, start, only)),
        overdue,
        secret,
        flappy(everything, ctx.policy.flappy, start),
        tuple(_late(everything, start)),
    )


def counts(incident: Incident) -> bool:
    """Is it one that happened: kept by IMA, and no duplicate or unplanned one?"""
    end = incident.resolution
    real = end is None or end.settled or end.contested
    return incident.kind == "incident" and incident.tracked and real


def services(incident: Incident) -> tuple[Key, ...]:
    """What an incident counts for, besides the whole."""
    return () if incident.confidential else incident.services or ("",)


def _keys(found: Iterable[Key], ctx: Context, only: str) -> list[Key]:
    """The whole, each service, and what names none; or only the one."""
    if only:
        return [only]
    known: list[Key] = [None, *ctx.policy.services]
    others = sorted(key for key in {*found} - {*known} if key is not None)
    return [*known, *filter(None, others), *(key for key in others if not key)]


def _of(key: Key, incidents: Iterable[Incident]) -> list[Incident]:
    return [i for i in incidents if key is None or key in services(i)]


def _months(
    counted: Sequence[Incident], keys: Sequence[Key], start: datetime, end: datetime
) -> Iterator[Month]:
    mine = {key: _of(key, counted) for key in keys}
    laid = {key: gravest(s for i in those for s in spans(i, end)) for key, those in mine.items()}
    for name, first, last in months(start, end):
        for key in keys:
            begun = (i for i in mine[key] if i.declared_at and first <= i.declared_at < last)
            graded = Counter(severity(incident) for incident in begun)
            yield Month(
                name,
                key,
                {grade: graded[grade] for grade in (*SEVERITIES, NONE)},
                seconds(within(laid[key], first, last)),
                (last - first).total_seconds(),
            )


def seconds(several: Iterable[Span]) -> dict[str, float]:
    """How long in each status."""
    found = dict.fromkeys(GRAVITY, 0.0)
    for start, end, status in several:
        found[status] += (end - start).total_seconds()
    return found


def severity(incident: Incident) -> str:
    """The severity that somebody who may has chosen."""
    chosen = incident.severity
    return chosen.value if chosen and chosen.confirmed else NONE


def _quarters(
    world: Mapping[str, Incident],
    declared: Sequence[Incident],
    ctx: Context,
    start: datetime,
    only: str,
) -> Iterator[Quarter]:
    near = Counter(
        (_quarter(review.opened_at), key)
        for review in world.values()
        if near_miss(review, ctx) and review.opened_at >= start
        for key in (None, *near_services(review, world))
    )
    real = Counter(
        (_quarter(incident.declared_at), key)
        for incident in declared
        if incident.declared_at
        for key in (None, *services(incident))
    )
    keys = _keys((key for _, key in (*near, *real)), ctx, only)
    for quarter in sorted({quarter for quarter, _ in (*near, *real)}):
        for key in keys:
            if near[quarter, key] or real[quarter, key]:
                yield Quarter(quarter, key, near[quarter, key], real[quarter, key])


def near_miss(incident: Incident, ctx: Context) -> bool:
    """Is it the review of a near miss?"""
    meanings = map(ctx.policy.labels.meaning, incident.labels)
    return incident.kind == "review" and ("near_miss", "") in meanings


def near_services(review: Incident, world: Mapping[str, Incident]) -> tuple[Key, ...]:
    """The services of a near miss: its review's, else those of what is reviewed."""
    of = world.get(review.review_of)
    if review.confidential or (of and of.confidential):
        return ()
    return review.services or (of.services if of else ()) or ("",)


def _quarter(at: datetime) -> str:
    return f"{at.year}-Q{(at.month + 2) // 3}"


def _overdue(world: Mapping[str, Incident], ctx: Context) -> tuple[tuple[Overdue, ...], int]:
    """Those that may be named, and how many more."""
    today = ctx.now.astimezone(ZoneInfo(ctx.policy.calendar.zone)).date()
    found, secret = [], 0
    for one in world.values():
        if one.kind not in ("review", "action") or one.closed or not one.due or one.due >= today:
            continue
        of = world.get(one.review_of)
        if one.confidential or (of and of.confidential):
            secret += 1
        else:
            found.append(Overdue(one.ref, one.kind, one.due, next(iter(one.assignees), "")))
    return tuple(sorted(found, key=lambda each: (each.due, by_ref(each.ref)))), secret


def flappy(
    incidents: Iterable[Incident], policy: FlappyAlerts, start: datetime
) -> tuple[FlappyAlert, ...]:
    """Those that opened too many within one window, the worst first; of confidential incidents
    nothing."""
    opened: dict[str, list[datetime]] = {}
    for incident in incidents:
        if incident.tracked and not incident.confidential and incident.opened_at >= start:
            for name in incident.alerts:
                opened.setdefault(name, []).append(incident.opened_at)
    found = [FlappyAlert(name, len(at)) for name, at in opened.items() if _often(at, policy)]
    return tuple(sorted(found, key=lambda each: (-each.incidents, each.alert)))


def _often(times: Sequence[datetime], policy: FlappyAlerts) -> bool:
    times, more = sorted(times), policy.count - 1
    return any(
        last - first < policy.window.length
        for first, last in zip(times, times[more:], strict=False)
    )


def _late(incidents: Iterable[Incident], start: datetime) -> Iterator[Late]:
    """By rule, the worst first."""
    late: dict[str, list[int]] = {}
    for incident in incidents:
        for fact in incident.facts:
            if fact.kind == "late" and fact.at >= start and fact.text.isdecimal():
                late.setdefault(fact.what, []).append(int(fact.text))
    for rule, those in sorted(late.items(), key=lambda item: (-max(item[1]), item[0])):
        yield Late(rule, len(those), max(those))
