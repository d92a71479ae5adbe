"""What `ima stats` counts: incidents, minutes, availability; what is overdue, flappy, late. Pure.

All of it comes from the issues, their cards and the policy; `tables.py` shows it. Times are in
seconds, shares between 0 and 1. Of a confidential incident nothing is named: it counts in the
whole, and for no service (P-16).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from datetime import date, datetime
from math import ceil
from statistics import median
from zoneinfo import ZoneInfo

from automation.model.incident import Incident
from automation.model.issue import MONITORING
from automation.model.maintenance import Window
from automation.model.secrecy import tellable
from automation.planning.plan import by_ref
from automation.policy.planning_input import Context
from automation.policy.policy import FlappyAlerts
from automation.records import dataclass
from automation.stats.spans import (
    GRAVITY,
    UNAVAILABLE,
    Episode,
    Span,
    choices_in_order,
    cut_to,
    episodes,
    first_of_month,
    gravest_at_each_time,
    months_between,
    outside_windows,
    status_spans,
)

NONE = "none"  # a severity that nobody (who may) has chosen
ServiceKey = str | None  # a service; "" where an incident names none; None: all of them


@dataclass(frozen=True, slots=True)
class Month:
    """One month of one service: its incidents, and how many seconds it was in which status."""

    month: str
    service: ServiceKey
    incidents: Mapping[str, int]  # declared in it, by severity
    seconds: Mapping[str, float]  # in each status, while an incident was open
    observed: float  # seconds of the month that the figures are about; 0: no data

    @property
    def availability(self) -> float | None:
        """The share of the month without partial and full disruptions, from 0 to 1; None for a
        month of which nothing is known."""
        if not self.observed:
            return None
        down = sum(self.seconds[status] for status in UNAVAILABLE)
        return max(0.0, 1 - down / self.observed)


@dataclass(frozen=True, slots=True)
class StepTimes:
    """How long a step took, in seconds, ``count`` times: an incident that came back counts once
    for each time that it got so far (P-51)."""

    count: int
    median: float | None = None
    ninetieth: float | None = None  # nine of ten took no longer


@dataclass(frozen=True, slots=True)
class Quarter:
    """Near misses beside incidents."""

    quarter: str
    service: ServiceKey
    near_misses: int
    incidents: int


@dataclass(frozen=True, slots=True)
class Overdue:
    """An open review or action whose day has passed."""

    ref: str
    kind: str  # "review" or "action"
    due: date
    owner: str  # a login; empty where nobody is assigned


@dataclass(frozen=True, slots=True)
class FlappyAlert:
    """An alert, and how many incidents it opened in the whole period."""

    alert: str
    incidents: int


@dataclass(frozen=True, slots=True)
class LateRule:
    """How often a rule's deadline was acted on late, and how late at worst."""

    rule: str
    count: int
    worst: int  # seconds


@dataclass(frozen=True, slots=True)
class Stats:
    """All figures of the time from ``since`` to ``until``."""

    since: datetime
    until: datetime
    goal: float
    months: tuple[Month, ...] = ()
    times: Mapping[str, StepTimes] = field(default_factory=dict)
    quarters: tuple[Quarter, ...] = ()
    overdue: tuple[Overdue, ...] = ()
    overdue_unnamed: int = 0  # how many more are overdue that must not be named
    flappy: tuple[FlappyAlert, ...] = ()
    late: tuple[LateRule, ...] = ()
    drills: int = 0  # exercises, which count nowhere else (P-57)
    drill_times: Mapping[str, StepTimes] = field(default_factory=dict)


def stats_since(
    incidents: Iterable[Incident],
    ctx: Context,
    since: datetime,
    only: str = "",
    first_pass: datetime | None = None,
) -> Stats:
    """The figures from ``since`` to now. A month is without data if it was over before IMA was
    adopted, or before both its ``first_pass`` and the first incident that it knows.

    ``incidents`` are all issues that IMA keeps, reviews and actions too; ``only`` names a service.
    """
    end = ctx.now
    everything = sorted(incidents, key=lambda incident: by_ref(incident.ref))
    world = {incident.ref: incident for incident in everything}
    counted = [incident for incident in everything if is_counted(incident)]
    declared_at = (i.declared_at for i in counted if i.declared_at)
    begun = min((first_pass or end, *declared_at))
    start = min(max(since, ctx.since, first_of_month(begun)), end)
    keys = _service_keys(
        (key for incident in counted for key in services_counted(incident)), ctx, only
    )
    declared = [i for i in counted if i.declared_at and start <= i.declared_at < end]
    timed = [incident for incident in declared if not only or only in services_counted(incident)]
    overdue, unnamed = _overdue_issues(world, ctx)
    works = (incident.maintenance for incident in everything if incident.kind == "maintenance")
    planned = [window for work in works if work and (window := work.window)]
    drills = [i for i in everything if i.drill and _is_between(i, start, end)]
    grades = (*ctx.policy.severities, NONE)
    return Stats(
        start,
        end,
        ctx.policy.goal,
        (
            *_unknown_months(since, start, keys[0], grades),
            *_months(counted, keys, start, end, planned, grades),
        ),
        _step_times(timed),
        tuple(_quarters(world, declared, ctx, start, only)),
        overdue,
        unnamed,
        flappy_alerts(everything, ctx.policy.flappy, start),
        tuple(_late_rules(everything, start)),
        len(drills),
        _step_times(drills),
    )


def _is_between(incident: Incident, start: datetime, end: datetime) -> bool:
    at = incident.declared_at
    return incident.tracked and at is not None and start <= at < end


def is_counted(incident: Incident) -> bool:
    """Does it count as an incident?"""
    return incident.counts


def services_counted(incident: Incident) -> tuple[ServiceKey, ...]:
    """The services that an incident counts for, "" where it names none. A confidential one counts
    only for the whole: ()."""
    told = tellable(incident)
    return (told.services or ("",)) if told else ()


def _service_keys(found: Iterable[ServiceKey], ctx: Context, only: str) -> list[ServiceKey]:
    """The keys of the rows of a table: the whole (None), each service, and "" for incidents that
    name none; or only the one that was asked for."""
    if only:
        return [only]
    known: list[ServiceKey] = [None, *ctx.policy.services]
    others = sorted(key for key in {*found} - {*known} if key is not None)
    return [*known, *filter(None, others), *(key for key in others if not key)]


def _of_service(key: ServiceKey, incidents: Iterable[Incident]) -> list[Incident]:
    return [i for i in incidents if key is None or key in services_counted(i)]


def _months(
    counted: Sequence[Incident],
    keys: Sequence[ServiceKey],
    start: datetime,
    end: datetime,
    planned: Sequence[Window],
    grades: Sequence[str],
) -> Iterator[Month]:
    """A row for each month and each key. Times of ``planned`` work are left out."""
    incidents_of = {key: _of_service(key, counted) for key in keys}
    spans_of = {
        key: gravest_at_each_time(
            span
            for each in incidents
            for span in outside_windows(status_spans(each, end), each.services, planned)
        )
        for key, incidents in incidents_of.items()
    }
    for name, first, last in months_between(start, end):
        for key in keys:
            begun = (
                i for i in incidents_of[key] if i.declared_at and first <= i.declared_at < last
            )
            graded = Counter(confirmed_severity(incident) for incident in begun)
            yield Month(
                name,
                key,
                {grade: graded[grade] for grade in grades},
                seconds_by_status(cut_to(spans_of[key], first, last)),
                (last - first).total_seconds(),
            )


def _unknown_months(
    since: datetime, start: datetime, key: ServiceKey, grades: Sequence[str]
) -> Iterator[Month]:
    """A row without data for each whole month between ``since`` and ``start``."""
    none = dict.fromkeys(grades, 0)
    for name, _, last in months_between(since, start):
        if last == first_of_month(last):
            yield Month(name, key, none, seconds_by_status(()), 0)


def seconds_by_status(several: Iterable[Span]) -> dict[str, float]:
    """How many seconds the spans are in each status, in all."""
    found = dict.fromkeys(GRAVITY, 0.0)
    for start, end, status in several:
        found[status] += (end - start).total_seconds()
    return found


def confirmed_severity(incident: Incident) -> str:
    """The severity that a member has chosen; `NONE` if none has."""
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
        if is_near_miss_review(review, ctx) and review.opened_at >= start
        for key in (None, *near_miss_services(review, world))
    )
    real = Counter(
        (_quarter(incident.declared_at), key)
        for incident in declared
        if incident.declared_at
        for key in (None, *services_counted(incident))
    )
    keys = _service_keys((key for _, key in (*near, *real)), ctx, only)
    for quarter in sorted({quarter for quarter, _ in (*near, *real)}):
        for key in keys:
            if near[quarter, key] or real[quarter, key]:
                yield Quarter(quarter, key, near[quarter, key], real[quarter, key])


def is_near_miss_review(incident: Incident, ctx: Context) -> bool:
    """Is it the review of a near miss?"""
    meanings = map(ctx.policy.labels.meaning, incident.labels)
    return incident.kind == "review" and ("near_miss", "") in meanings


def near_miss_services(review: Incident, world: Mapping[str, Incident]) -> tuple[ServiceKey, ...]:
    """The services of a near miss: those of its review, else those of the issue that is
    reviewed."""
    reviewed = world.get(review.review_of)
    told, of = tellable(review), tellable(reviewed)
    if told is None or (reviewed and not of):
        return ()
    return told.services or (of.services if of else ()) or ("",)


def _quarter(at: datetime) -> str:
    return f"{at.year}-Q{(at.month + 2) // 3}"


def _overdue_issues(world: Mapping[str, Incident], ctx: Context) -> tuple[tuple[Overdue, ...], int]:
    """The overdue reviews and corrective actions that may be named, and how many more there are."""
    today = ctx.now.astimezone(ZoneInfo(ctx.policy.calendar.zone)).date()
    found, unnamed = [], 0
    for incident in world.values():
        due = None if incident.closed else incident.due
        if incident.kind not in ("review", "action") or due is None or due >= today:
            continue
        follows = world.get(incident.review_of)
        if (told := tellable(incident)) and (follows is None or tellable(follows)):
            owner = next(iter(told.assignees), "")
            found.append(Overdue(told.ref, told.kind, due, owner))
        else:
            unnamed += 1
    return tuple(sorted(found, key=lambda each: (each.due, by_ref(each.ref)))), unnamed


def flappy_alerts(
    incidents: Iterable[Incident], policy: FlappyAlerts, start: datetime
) -> tuple[FlappyAlert, ...]:
    """The alerts that opened too many incidents within one window, the worst first. Confidential
    incidents do not count."""
    opened: dict[str, list[datetime]] = {}
    for incident in incidents:
        told = tellable(incident)
        if told and told.tracked and told.opened_at >= start:
            for name in told.alerts:
                opened.setdefault(name, []).append(told.opened_at)
    found = [
        FlappyAlert(name, len(at)) for name, at in opened.items() if _opened_too_often(at, policy)
    ]
    return tuple(sorted(found, key=lambda each: (-each.incidents, each.alert)))


def _opened_too_often(times: Sequence[datetime], policy: FlappyAlerts) -> bool:
    times, more = sorted(times), policy.count - 1
    return any(
        last - first < policy.window.length
        for first, last in zip(times, times[more:], strict=False)
    )


def _late_rules(incidents: Iterable[Incident], start: datetime) -> Iterator[LateRule]:
    """Each rule that was acted on late, the worst first; of confidential incidents none."""
    late: dict[str, list[int]] = {}
    for told in filter(None, map(tellable, incidents)):
        for fact in told.facts:
            if fact.kind == "late" and fact.at >= start and fact.text.isdecimal():
                late.setdefault(fact.what, []).append(int(fact.text))
    for rule, seconds in sorted(late.items(), key=lambda item: (-max(item[1]), item[0])):
        yield LateRule(rule, len(seconds), max(seconds))


def _step_times(incidents: Sequence[Incident]) -> dict[str, StepTimes]:
    """The times of each step, over all episodes of these incidents."""
    return {
        name: step_times_of(
            measure(incident, episode) for incident in incidents for episode in episodes(incident)
        )
        for name, measure in _STEPS.items()
    }


def step_times_of(measured: Iterable[float | None]) -> StepTimes:
    """The count, median and ninetieth percentile of measured seconds. None stands for an episode
    that did not get so far."""
    known = sorted(seconds for seconds in measured if seconds is not None)
    if not known:
        return StepTimes(0)
    return StepTimes(len(known), median(known), known[ceil(len(known) * 0.9) - 1])


def seconds_to_acknowledge(incident: Incident, episode: Episode) -> float | None:
    """From the first page until somebody who was paged engaged or acknowledged; None if nobody
    has."""
    facts = [fact for fact in incident.facts if episode.covers(fact.at)]
    pages = [fact for fact in facts if fact.kind == "paged" and fact.role and fact.done]
    if not pages:
        return None
    first, roles = min(page.at for page in pages), {page.role for page in pages}
    came = [f.at for f in facts if f.kind in ("engaged", "acknowledged") and f.role in roles]
    return _between(first, min((at for at in came if at >= first), default=None))


def seconds_to_engage(incident: Incident, episode: Episode) -> float | None:
    """From the start until somebody was here for a second role; None if nobody was."""
    first: dict[str, datetime] = {}
    for fact in incident.facts:
        if fact.kind == "engaged" and episode.covers(fact.at):
            first[fact.role] = min(fact.at, first.get(fact.role, fact.at))
    return _between(episode.start, next(iter(sorted(first.values())[1:]), None))


def seconds_to_mitigate(incident: Incident, episode: Episode) -> float | None:
    """From the start until the state was first Monitoring; None if it was not."""
    states = choices_in_order(incident.state)
    chosen = (each.at for each in states if each.value == MONITORING and episode.covers(each.at))
    return _between(episode.start, next(chosen, None))


def seconds_to_resolve(incident: Incident, episode: Episode) -> float | None:
    """From the start to the end of the episode; None while it goes on."""
    return _between(episode.start, episode.end)


def _between(start: datetime | None, end: datetime | None) -> float | None:
    if start is None or end is None:
        return None
    return max(0.0, (end - start).total_seconds())


_STEPS: Mapping[str, Callable[[Incident, Episode], float | None]] = {
    "acknowledge": seconds_to_acknowledge,
    "engage": seconds_to_engage,
    "mitigate": seconds_to_mitigate,
    "resolve": seconds_to_resolve,
}
