"""The figures as charts, each with the table of what it shows. Pure.

A minute has one decimal place and a share is cut after six, as in `tables.py`. No number is below
nothing: what is left of a budget and what is over it are two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from math import floor
from typing import Literal
from zoneinfo import ZoneInfo

from automation.history.step_times import length_in_words
from automation.model.incident import Incident
from automation.planning.plan import by_ref
from automation.policy.planning_input import Context
from automation.records import dataclass
from automation.stats.burden import (
    alerts_by_noise,
    kept_incidents,
    pages_by_hour,
    pages_by_person,
)
from automation.stats.csv_text import Cell
from automation.stats.drawing import Drawing, Kind, Series, Unit
from automation.stats.figures import NONE, Month, Stats
from automation.stats.over_time import (
    Budget,
    budget_of_month,
    declared_incidents,
    halves,
    months_of,
    seconds_down,
    times_by_month,
    weeks,
)
from automation.stats.spans import GRAVITY
from automation.stats.tables import service_name
from automation.writing.plan_text import count

_TONES = ("bad", "part", "warn", "work", "calm")  # of severities, the gravest first
_STATUS_TONES = dict(zip(reversed(GRAVITY[1:]), ("bad", "part", "none", "warn"), strict=True))
_WEEKS_OF_A_YEAR = 53
_MOST = 15  # bars that lie: the others stand in the table
_LATE = {"≤ 1 week": 7, "≤ 1 month": 31, "≤ 3 months": 92, "longer": None}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a chart's table: its name for programs and for people."""

    key: str
    head: str
    unit: Literal["", "minutes", "share"] = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """One picture and its table. ``told`` says in a sentence what matters."""

    name: str
    title: str
    told: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    drawing: Drawing
    empty: str  # what is said where there is nothing to draw
    over_time: bool = False  # are the rows in the order of time?


def charts_of(
    incidents: Iterable[Incident], ctx: Context, stats: Stats, only: str = ""
) -> tuple[Chart, ...]:
    """All charts; ``incidents`` are those that ``stats`` was made of."""
    ordered = sorted(incidents, key=lambda incident: by_ref(incident.ref))
    declared, kept = declared_incidents(ordered, stats, only), kept_incidents(ordered, only)
    charts = [
        _incidents(declared, ctx, stats),
        *_steps(declared, stats),
        _statuses(months_of(stats, only), ctx),
        _budget(months_of(stats, only), stats),
        *([] if only else [_services(stats)]),
        _hours(kept, ctx, stats),
        *([_people(kept, ctx, stats)] if ctx.policy.stats.people else []),
        _near_misses(stats, only),
        _overdue(stats, ctx),
        _alerts(kept, stats),
    ]
    return tuple(charts)


def _incidents(declared: Sequence[Incident], ctx: Context, stats: Stats) -> Chart:
    made = weeks(declared, stats)
    grades = (*ctx.policy.severities, NONE)
    several = [
        Series(_grade(grade), tone, tuple(each.incidents[grade] for each in made))
        for grade, tone in zip(grades, severity_tones(len(grades)), strict=True)
    ]
    year = "" if len(made) <= _WEEKS_OF_A_YEAR else " %y"
    return Chart(
        "incidents",
        "Incidents a week",
        f"{count(len(declared), 'incident')} in {count(len(made), 'week')}, by their severity now."
        " Weeks begin on Monday.",
        (Column("week", "week of"), *(Column(each, _grade(each)) for each in grades)),
        tuple((f"{w.monday}", *(w.incidents[grade] for grade in grades)) for w in made),
        Drawing(
            "stacked",
            tuple(f"{week.monday.day} {week.monday:%b{year}}" for week in made),
            tuple(several),
        ),
        "No incident.",
        over_time=True,
    )


def _grade(grade: str) -> str:
    return "no severity" if grade == NONE else grade


def severity_tones(count: int) -> tuple[str, ...]:
    """Colours of so many severities, the last of which is none."""
    known = [_TONES[min(nth, len(_TONES) - 1)] for nth in range(count - 1)]
    return (*known, "none")


def _month(name: str) -> str:
    """ "2026-03" as "Mar 26" """
    return f"{date.fromisoformat(f'{name}-01'):%b %y}"


_STEPS = {
    "acknowledge": ("Time to acknowledge", "From the first page to somebody here."),
    "resolve": ("Time to resolve", "From the declaration to the end."),
}


def _steps(declared: Sequence[Incident], stats: Stats) -> Iterator[Chart]:
    for step, (title, about) in _STEPS.items():
        months = times_by_month(step, declared, stats)
        medians = tuple(_minutes(each.took.median) for each in months)
        most = tuple(_minutes(each.took.ninetieth) for each in months)
        yield Chart(
            step,
            title,
            f"{about} {_trend(step, declared, stats)}",
            (
                Column("month", "month"),
                Column("count", "times"),
                Column("median", "median", "minutes"),
                Column("ninetieth", "90th percentile", "minutes"),
            ),
            tuple(
                (each.month, each.took.count, median, ninetieth)
                for each, median, ninetieth in zip(months, medians, most, strict=True)
            ),
            Drawing(
                "lines",
                tuple(_month(each.month) for each in months),
                (Series("nine of ten within", "warn", most), Series("median", "work", medians)),
                "minutes",
            ),
            "Nothing was measured.",
            over_time=True,
        )


def _trend(step: str, declared: Sequence[Incident], stats: Stats) -> str:
    if not (made := halves(step, declared, stats)):
        return "Too few for a trend."
    before, after = made.before.median or 0, made.after.median or 0
    word = "Faster" if after < before else "Slower"
    if abs(after - before) <= before / 10:
        word = "About as before"
    since = f"{made.middle.day} {made.middle:%B %Y}"
    return f"{word}: median {_in_words(after)} since {since}, {_in_words(before)} before."


def _in_words(seconds: float) -> str:
    """A length of time, such as "1 h 5 min"."""
    return length_in_words(timedelta(seconds=seconds))


def _statuses(months: Sequence[Month], ctx: Context) -> Chart:
    words = ctx.policy.words
    shown = [status for status in reversed(GRAVITY) if status in _STATUS_TONES]
    several = [
        Series(
            words.status(status),
            _STATUS_TONES[status],
            tuple(_minutes(each.seconds[status]) for each in months),
        )
        for status in shown
    ]
    return Chart(
        "statuses",
        "Minutes in each status",
        "Overlapping incidents count once, in the gravest status of each instant.",
        (
            Column("month", "month"),
            *(Column(status, words.status(status), "minutes") for status in shown),
            Column("availability", "availability", "share"),
        ),
        tuple(
            (
                each.month,
                *(_minutes(each.seconds[s]) if each.observed else None for s in shown),
                _share(each.availability),
            )
            for each in months
        ),
        _of_months("stacked", months, several, "minutes"),
        "Operational all the time.",
        over_time=True,
    )


_BUDGET = (
    Column("availability", "availability", "share"),
    Column("allowed", "budget", "minutes"),
    Column("used", "used", "minutes"),
    Column("left", "left", "minutes"),
    Column("over", "over it", "minutes"),
)


def _budget(months: Sequence[Month], stats: Stats) -> Chart:
    budgets = [budget_of_month(each, stats) if each.observed else None for each in months]
    return Chart(
        "budget",
        "What the goal leaves",
        f"A goal of {stats.goal * 100:g} % allows so many minutes of disruption a month.",
        (Column("month", "month"), *_BUDGET),
        tuple(
            (each.month, _share(each.availability), *_budget_cells(budget))
            for each, budget in zip(months, budgets, strict=True)
        ),
        _of_months("stacked", months, _budget_series(budgets), "minutes"),
        "No data yet.",
        over_time=True,
    )


def _budget_cells(budget: Budget | None) -> tuple[Cell, ...]:
    if budget is None:
        return None, None, None, None
    return tuple(map(_minutes, (budget.allowed, budget.used, budget.left, budget.over)))


def _budget_series(budgets: Sequence[Budget | None]) -> list[Series]:
    known = [each or Budget(0, 0) for each in budgets]
    return [
        Series("used", "work", tuple(_minutes(min(b.used, b.allowed)) for b in known)),
        Series("left", "calm", tuple(_minutes(b.left) for b in known)),
        Series("over it", "bad", tuple(_minutes(b.over) for b in known)),
    ]


def _of_months(
    kind: Kind, months: Sequence[Month], series: Sequence[Series], unit: Unit
) -> Drawing:
    return Drawing(kind, tuple(_month(each.month) for each in months), tuple(series), unit)


def _services(stats: Stats) -> Chart:
    rows: list[tuple[str, float, Budget]] = []
    for key in dict.fromkeys(each.service for each in stats.months if each.service is not None):
        months = [each for each in stats.months if each.service == key]
        observed, down = sum(each.observed for each in months), seconds_down(months)
        share = max(0.0, 1 - down / observed) if observed else 1.0
        rows.append((service_name(key), share, Budget((1 - stats.goal) * observed, down)))
    worst = sorted(rows, key=lambda row: (-row[2].used, row[0]))
    drawn = worst[:_MOST]
    return Chart(
        "services",
        "Services",
        "How much of the budget of all this time each has used.",
        (Column("service", "service"), *_BUDGET),
        tuple((name, _share(share), *_budget_cells(budget)) for name, share, budget in worst),
        Drawing(
            "lying",
            tuple(name for name, _, _ in drawn),
            tuple(_budget_series([budget for _, _, budget in drawn])),
            "minutes",
        ),
        "No service is named.",
    )


def _hours(kept: Sequence[Incident], ctx: Context, stats: Stats) -> Chart:
    zone = ctx.policy.calendar.zone
    found = pages_by_hour(kept, stats, zone)
    hours = tuple(f"{hour:02}:00" for hour in range(24))
    return Chart(
        "pages",
        "Pages by hour of day",
        f"{count(sum(found), 'page')}, repeated ones too. Hours of {zone}.",
        (Column("hour", "hour from"), Column("pages", "pages")),
        tuple(zip(hours, found, strict=True)) if any(found) else (),
        Drawing("stacked", tuple(each[:2] for each in hours), (Series("pages", "work", found),)),
        "Nobody was paged.",
    )


def _people(kept: Sequence[Incident], ctx: Context, stats: Stats) -> Chart:
    found = pages_by_person(kept, stats, ctx.policy.calendar)
    drawn = found[:_MOST]
    return Chart(
        "people",
        "Pages by person",
        "In working hours and outside of them. Pages of confidential incidents are left out.",
        (Column("person", "person"), Column("working", "working hours"),
         Column("outside", "outside")),
        tuple((each.person, each.working, each.outside) for each in found),
        Drawing(
            "lying",
            tuple(each.person for each in drawn),
            (
                Series("outside working hours", "warn", tuple(each.outside for each in drawn)),
                Series("in working hours", "work", tuple(each.working for each in drawn)),
            ),
        ),
        "Nobody was paged.",
    )  # fmt: skip


def _near_misses(stats: Stats, only: str) -> Chart:
    rows = [each for each in stats.quarters if each.service == (only or None)]
    return Chart(
        "near_misses",
        "Near misses and incidents",
        "Many near misses and few incidents is a good sign: people report.",
        (
            Column("quarter", "quarter"),
            Column("near_misses", "near misses"),
            Column("incidents", "incidents"),
        ),
        tuple((each.quarter, each.near_misses, each.incidents) for each in rows),
        Drawing(
            "beside",
            tuple(each.quarter for each in rows),
            (
                Series("near misses", "calm", tuple(each.near_misses for each in rows)),
                Series("incidents", "part", tuple(each.incidents for each in rows)),
            ),
        ),
        "Neither near misses nor incidents.",
        over_time=True,
    )


def _overdue(stats: Stats, ctx: Context) -> Chart:
    today = ctx.now.astimezone(ZoneInfo(ctx.policy.calendar.zone)).date()
    late = [(each, (today - each.due).days) for each in stats.overdue]
    kinds = {"review": "bad", "action": "warn"}
    several = [
        Series(
            f"{kind}s",
            tone,
            tuple(
                sum(each.kind == kind and _how_late(days) == name for each, days in late)
                for name in _LATE
            ),
        )
        for kind, tone in kinds.items()
    ]
    unnamed = stats.overdue_unnamed
    more = f" {unnamed} more are confidential." if unnamed else ""
    return Chart(
        "overdue",
        "Overdue reviews and actions",
        f"{len(late)} now, by how late they are.{more}",
        (
            Column("issue", "issue"),
            Column("kind", "what"),
            Column("due", "due"),
            Column("days", "days late"),
            Column("owner", "owner"),
        ),
        tuple((each.ref, each.kind, f"{each.due}", days, each.owner) for each, days in late),
        Drawing("beside", tuple(_LATE), tuple(several)),
        "Nothing is overdue." if not unnamed else "Only confidential ones are overdue.",
    )


def _how_late(days: int) -> str:
    return next(name for name, most in _LATE.items() if most is None or days <= most)


def _alerts(kept: Sequence[Incident], stats: Stats) -> Chart:
    found = alerts_by_noise(kept, stats)
    drawn = found[:_MOST]
    return Chart(
        "alerts",
        "Alerts by noise",
        "Incidents that an alert opened; for nothing: they ended as no incident or a duplicate.",
        (
            Column("alert", "alert"),
            Column("nothing", "for nothing"),
            Column("real", "incidents"),
        ),
        tuple((each.alert, each.nothing, each.real) for each in found),
        Drawing(
            "lying",
            tuple(each.alert for each in drawn),
            (
                Series("for nothing", "warn", tuple(each.nothing for each in drawn)),
                Series("incidents", "work", tuple(each.real for each in drawn)),
            ),
        ),
        "No alert opened an incident.",
    )


def _minutes(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds / 60, 1)


def _share(share: float | None) -> float | None:
    return None if share is None else floor(share * 1_000_000 + 1e-6) / 1_000_000
