"""The last months in short: what stands on top of the page of figures. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, date, timedelta

from automation.history.step_times import length_in_words
from automation.model.incident import Incident
from automation.policy.planning_input import Context
from automation.records import dataclass
from automation.stats.burden import kept_incidents, pages_by_month
from automation.stats.figures import NONE, Month, Stats, confirmed_severity
from automation.stats.over_time import (
    Budget,
    budget_of_month,
    declared_incidents,
    months_of,
    times_by_month,
)
from automation.stats.spans import first_of_month
from automation.stats.tables import share_in_percent

_MONTHS = 3
_STEPS = {"acknowledge": "Acknowledged in (median)", "resolve": "Resolved in (median)"}


@dataclass(frozen=True, slots=True)
class Glance:
    """``said`` is about the last month that is over, else about the one that goes on."""

    said: str
    met: bool | None  # the goal, in that month; None: nothing is known
    months: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]  # what it is, and its value in each month


def glance(incidents: Iterable[Incident], ctx: Context, stats: Stats, only: str = "") -> Glance:
    """The last months; ``incidents`` are those that ``stats`` was made of."""
    every = list(incidents)
    months = months_of(stats, only)
    shown = [each for each in months if each.observed][-_MONTHS:][::-1]
    names = [each.month for each in shown]
    declared = declared_incidents(every, stats, only)
    graded = _by_severity(declared)
    paged = pages_by_month(kept_incidents(every, only), stats)
    rows: list[tuple[str, list[str]]] = [
        ("Incidents", [_counted(graded[name], ctx) for name in names]),
        ("Availability", [_available(each, stats) for each in shown]),
        ("Budget of the goal", [_left(budget_of_month(each, stats)) for each in shown]),
    ]
    for step, said in _STEPS.items():
        took = {each.month: each.took.median for each in times_by_month(step, declared, stats)}
        rows.append((said, [_length(took.get(name)) for name in names]))
    rows.append(("Pages", [str(paged[name]) for name in names]))
    heads = tuple(_name(name, stats) for name in names)
    whole = [each for each in shown if not _goes_on(each.month, stats)]
    over = next(iter([*whole, *shown]), None)
    return Glance(
        _verdict(over, graded, ctx, stats) if over else "Nothing has been observed yet.",
        None if over is None or over.availability is None else over.availability >= stats.goal,
        heads,
        tuple((said, tuple(cells)) for said, cells in rows),
    )


def _verdict(month: Month, graded: dict[str, Counter[str]], ctx: Context, stats: Stats) -> str:
    goal, share = f"{stats.goal * 100:g} %", month.availability or 0
    verb = "was" if not _goes_on(month.month, stats) else "is"
    met = "met" if share >= stats.goal else "missed"
    count = sum(graded[month.month].values())
    several = f"{count or 'no'} incident{'' if count == 1 else 's'}"
    return (
        f"{_name(month.month, stats)}: {several}. The goal of {goal} {verb} {met}:"
        f" {share_in_percent(share)}, {_left(budget_of_month(month, stats))}."
    )


def _by_severity(declared: Sequence[Incident]) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for each in declared:
        if each.declared_at:
            found[f"{each.declared_at.astimezone(UTC):%Y-%m}"][confirmed_severity(each)] += 1
    return found


def _counted(found: Counter[str], ctx: Context) -> str:
    """ "12: 1 S1, 11 S3" """
    grades = [f"{found[each]} {each}" for each in ctx.policy.severities if found[each]]
    without = [f"{found[NONE]} without a severity"] if found[NONE] else []
    return ": ".join(filter(None, (str(sum(found.values())), ", ".join([*grades, *without]))))


def _available(month: Month, stats: Stats) -> str:
    share = month.availability or 0
    return f"{share_in_percent(share)} ({'met' if share >= stats.goal else 'missed'})"


def _left(budget: Budget) -> str:
    if budget.over:
        return f"{budget.used / 60:.1f} min down, {budget.allowed / 60:.1f} allowed"
    return f"{budget.left / 60:.1f} of {budget.allowed / 60:.1f} min left"


def _length(seconds: float | None) -> str:
    return "–" if seconds is None else length_in_words(timedelta(seconds=seconds))


def _name(month: str, stats: Stats) -> str:
    said, begin = f"{date.fromisoformat(f'{month}-01'):%B %Y}", stats.since
    if begin > first_of_month(begin) and month == f"{begin:%Y-%m}":
        said += f" from {begin.day} {begin:%B} on"
    return f"{said}, so far" if _goes_on(month, stats) else said


def _goes_on(month: str, stats: Stats) -> bool:
    return month == f"{stats.until:%Y-%m}"
