"""The figures of `figures.py` as tables for people and as JSON for programs. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from math import floor
from typing import Any

from automation.model.issue import MONITORING
from automation.model.team_words import COMMON, TeamWords
from automation.records import dataclass
from automation.stats.figures import Month, Overdue, ServiceKey, Stats, StepTimes
from automation.stats.spans import GRAVITY

_SHORT_NAMES = dict(
    zip(GRAVITY, ("operational", "degraded", "security", "partial", "full"), strict=True)
)
_STEPS = {
    "acknowledge": "acknowledge: first page to somebody here",
    "engage": "engage: declared to a second role",
    "mitigate": "mitigate: declared to {}",
    "resolve": "resolve: declared to resolved",
}


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the answer. ``empty`` is said where it has no rows."""

    title: str
    head: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    empty: str


def service_name(key: ServiceKey) -> str:
    """What people read for the key of a service: its name, the whole, or that none is named."""
    return "all" if key is None else key or "(none named)"


def share_in_percent(share: float) -> str:
    """A share from 0 to 1 as a percentage, cut after four places and not rounded: less than 1 is
    never shown as 100 %."""
    return f"{floor(share * 1_000_000 + 1e-6) / 10_000:.4f} %"


def minutes(seconds: float | None) -> str:
    """Seconds as minutes with one decimal place; "" where they are not known."""
    return "" if seconds is None else f"{seconds / 60:.1f}"


def tables_of(stats: Stats, words: TeamWords = COMMON) -> Iterator[Table]:
    """One table for each kind of figure."""
    yield _months_table(stats, words)
    yield _times_table("Minutes", stats.times, words)
    if stats.drills:
        yield _times_table(f"Drills ({stats.drills}), in minutes", stats.drill_times, words)
    rows = [
        (each.quarter, service_name(each.service), str(each.near_misses), str(each.incidents))
        for each in stats.quarters
    ]
    head = ("quarter", "service", "near misses", "incidents")
    yield Table("Near misses", head, rows, "Neither near misses nor incidents.")
    yield _overdue_table(stats)
    flappy = [(each.alert, str(each.incidents)) for each in stats.flappy]
    yield Table("Flappy alerts", ("alert", "incidents"), flappy, "None.")
    late = [(each.rule, str(each.count), minutes(each.worst)) for each in stats.late]
    head_late = ("rule", "times", "minutes at worst")
    yield Table("Clocks acted on late", head_late, late, "None.")


def _months_table(stats: Stats, words: TeamWords) -> Table:
    grades = stats.months[0].incidents if stats.months else ()
    names = [words.statuses.get(status) or short for status, short in _SHORT_NAMES.items()]
    head = ("month", "service", *grades, *names, "availability", "goal")
    rows = [_month_row(each, stats.goal) for each in stats.months]
    title = f"Incidents, minutes in each status, availability (goal {share_in_percent(stats.goal)})"
    return Table(title, head, rows, "Nothing has been observed yet.")


def _month_row(each: Month, goal: float) -> tuple[str, ...]:
    name, share = (each.month, service_name(each.service)), each.availability
    if share is None:
        return (*name, *[""] * (len(each.incidents) + len(_SHORT_NAMES)), "no data", "")
    return (
        *name,
        *map(str, each.incidents.values()),
        *(minutes(each.seconds[status]) for status in _SHORT_NAMES),
        share_in_percent(share),
        "met" if share >= goal else "missed",
    )


def _times_table(title: str, times: Mapping[str, StepTimes], words: TeamWords) -> Table:
    rows = [
        (
            _STEPS[name].format(words.state(MONITORING)),
            str(each.count),
            minutes(each.median),
            minutes(each.ninetieth),
        )
        for name, each in times.items()
    ]
    return Table(title, ("step", "times", "median", "90th"), rows, "None.")


def _overdue_table(stats: Stats) -> Table:
    rows = [
        (each.ref, each.kind, f"{each.due}", f"@{each.owner}" if each.owner else "nobody")
        for each in stats.overdue
    ]
    if stats.overdue_unnamed:
        rows += [(f"and {stats.overdue_unnamed} confidential", "", "", "")]
    return Table("Overdue", ("issue", "what", "due", "owner"), rows, "Nothing is overdue.")


def period_in_words(stats: Stats) -> str:
    """A sentence that says from when to when the figures are."""
    return f"From {_time(stats.since)} to {_time(stats.until)}."


def as_json(stats: Stats) -> dict[str, Any]:
    """What ``ima stats --format json`` prints. Times in minutes, shares of 1."""
    return {
        "since": stats.since,
        "until": stats.until,
        "goal": stats.goal,
        "months": [_month_as_json(each) for each in stats.months],
        "times": {name: _step_as_json(each) for name, each in stats.times.items()},
        "drills": {
            "count": stats.drills,
            "times": {name: _step_as_json(each) for name, each in stats.drill_times.items()},
        },
        "quarters": [
            {
                "quarter": each.quarter,
                "service": service_name(each.service),
                "near_misses": each.near_misses,
                "incidents": each.incidents,
            }
            for each in stats.quarters
        ],
        "overdue": [_due(each) for each in stats.overdue],
        "overdue_confidential": stats.overdue_unnamed,
        "flappy": [{"alert": each.alert, "incidents": each.incidents} for each in stats.flappy],
        "late": [
            {"rule": each.rule, "count": each.count, "worst": round(each.worst / 60, 1)}
            for each in stats.late
        ],
    }


def _month_as_json(each: Month) -> dict[str, Any]:
    share = each.availability
    return {
        "month": each.month,
        "service": service_name(each.service),
        "incidents": {g: None if share is None else n for g, n in each.incidents.items()},
        "minutes": {
            status: None if share is None else round(s / 60, 1)
            for status, s in each.seconds.items()
        },
        "observed": round(each.observed / 60, 1),
        "availability": None if share is None else floor(share * 1_000_000 + 1e-6) / 1_000_000,
    }


def _step_as_json(each: StepTimes) -> dict[str, float | int | None]:
    return {
        "count": each.count,
        "median": None if each.median is None else round(each.median / 60, 1),
        "ninetieth": None if each.ninetieth is None else round(each.ninetieth / 60, 1),
    }


def _due(each: Overdue) -> dict[str, Any]:
    return {"issue": each.ref, "kind": each.kind, "due": each.due, "owner": each.owner}


def _time(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC"
