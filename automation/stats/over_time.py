"""How the figures go over weeks and months, beside what they are in all. Pure.

Weeks begin on Monday; weeks and months are in UTC.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

from automation.model.incident import Incident
from automation.records import dataclass
from automation.stats.figures import (
    Month,
    ServiceKey,
    Stats,
    StepTimes,
    confirmed_severity,
    is_counted,
    seconds_to_acknowledge,
    seconds_to_resolve,
    services_counted,
    step_times_of,
)
from automation.stats.spans import UNAVAILABLE, episodes, first_of_month, months_between

FEWEST = 3  # measured times that a trend is said of
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Week:
    """How many incidents were declared in a week, by severity."""

    monday: date
    incidents: Counter[str]


@dataclass(frozen=True, slots=True)
class MonthTimes:
    """How long a step took, of the incidents that were declared in a month."""

    month: str
    took: StepTimes


@dataclass(frozen=True, slots=True)
class Halves:
    """How long a step took in the first and in the second half of the time."""

    middle: datetime
    before: StepTimes
    after: StepTimes


@dataclass(frozen=True, slots=True)
class Budget:
    """How many seconds of disruption the goal leaves, and how many there were."""

    allowed: float
    used: float

    @property
    def left(self) -> float:
        return max(0.0, self.allowed - self.used)

    @property
    def over(self) -> float:
        return max(0.0, self.used - self.allowed)


STEPS = {"acknowledge": seconds_to_acknowledge, "resolve": seconds_to_resolve}


def declared_incidents(incidents: Iterable[Incident], stats: Stats, only: str) -> list[Incident]:
    """The incidents that were declared in the time of these figures; with ``only`` those of that
    service."""
    return [
        each
        for each in incidents
        if is_counted(each)
        and each.declared_at
        and stats.since <= each.declared_at < stats.until
        and (not only or only in services_counted(each))
    ]


def weeks(declared: Sequence[Incident], stats: Stats) -> tuple[Week, ...]:
    """Each week, also one without incidents."""
    found = Counter(
        (_monday(each.declared_at), confirmed_severity(each))
        for each in declared
        if each.declared_at
    )
    by_week: dict[date, Counter[str]] = {}
    monday = _monday(stats.since)
    while monday <= stats.until.date():
        by_week[monday] = Counter()
        monday += _WEEK
    for (monday, severity), times in found.items():
        by_week[monday][severity] = times
    return tuple(Week(monday, by_week[monday]) for monday in by_week)


def _monday(at: datetime) -> date:
    day = at.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())


def times_by_month(step: str, declared: Sequence[Incident], stats: Stats) -> list[MonthTimes]:
    """How long a step took, month by month; also a month in which nothing was measured."""
    by_month: dict[str, list[float | None]] = {
        name: [] for name, _, _ in months_between(stats.since, stats.until)
    }
    for each in declared:
        if each.declared_at:
            by_month[f"{each.declared_at.astimezone(UTC):%Y-%m}"] += _measured(step, each)
    return [MonthTimes(name, step_times_of(measured)) for name, measured in by_month.items()]


def halves(step: str, declared: Sequence[Incident], stats: Stats) -> Halves | None:
    """How a step goes; None where too little was measured to say it."""
    middle = stats.since + (stats.until - stats.since) / 2
    before: list[float | None] = []
    after: list[float | None] = []
    for each in declared:
        if each.declared_at:
            (before if each.declared_at < middle else after).extend(_measured(step, each))
    made = Halves(middle, step_times_of(before), step_times_of(after))
    return made if min(made.before.count, made.after.count) >= FEWEST else None


def _measured(step: str, incident: Incident) -> list[float | None]:
    return [STEPS[step](incident, episode) for episode in episodes(incident)]


def months_of(stats: Stats, only: str) -> list[Month]:
    """The rows of the whole, or of the one service that was asked for."""
    key: ServiceKey = only or None
    return [each for each in stats.months if each.service == key]


def budget_of_month(month: Month, stats: Stats) -> Budget:
    """Of the month that goes on: what the whole of it allows."""
    whole = month.observed
    if month.observed and month.month == f"{stats.until:%Y-%m}":
        first = first_of_month(stats.until)
        whole += (first_of_month(first + timedelta(days=31)) - stats.until).total_seconds()
    return Budget((1 - stats.goal) * whole, seconds_down([month]))


def seconds_down(months: Iterable[Month]) -> float:
    """How long there was a partial or full disruption."""
    return sum(each.seconds[status] for each in months for status in UNAVAILABLE)
