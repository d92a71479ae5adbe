"""Failures outside, told at once and then each hour, for jobs that run more often than that.
Pure."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from automation.planning.findings import FAILED
from automation.records import dataclass
from automation.stored_state.dashboard import Row
from automation.text.escaping import clean
from automation.times.moments import clock_time

TOLD_AGAIN_AFTER = timedelta(hours=1)  # until a failure that goes on is told again
MOST_KEPT = 500  # failures that are kept
RED = "red"  # of a row of the dashboard: when a job last failed for it
_LONGEST_NAME = 200  # characters


@dataclass(frozen=True, slots=True)
class ToldFailure:
    """When a failure was told for the first time, and last."""

    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class FailuresToTell:
    """What a run has to say of its failures, by name, and what the next run has to know."""

    fresh: frozenset[str]  # told in full
    still: Mapping[str, str]  # by name, the line that is told instead
    recovered: Mapping[str, str]  # by name, a line for each that works again
    known: Mapping[str, ToldFailure]  # for the next run


def name_of(problem: str) -> str:
    """The name of a failure: the service, and what it was to do. Why it failed is left out, for
    that may be worded anew each time."""
    line = clean(next(iter(problem.splitlines()), ""))
    return line.partition(" failed: ")[0][:_LONGEST_NAME]


def failures_to_tell(
    problems: Iterable[str], known: Mapping[str, ToldFailure], now: datetime, whole: bool
) -> FailuresToTell:
    """What to say of the failures ``problems``; ``known`` are those that were told. Unless the run
    did ``whole`` its work, nothing is said to work again."""
    failing = dict.fromkeys(map(name_of, problems))
    fresh = {name for name in failing if name not in known or not _told_lately(known[name], now)}
    still = {
        name: f"still failing since {clock_time(known[name].first, now)}: {name}"
        for name in failing
        if name not in fresh
    }
    gone = [name for name in known if name not in failing]
    kept = {} if whole else {name: known[name] for name in gone}
    for name in failing:
        before = known.get(name, ToldFailure(now, now))
        kept[name] = replace(before, last=now) if name in fresh else before
    again = {name: f"works again: {name}" for name in gone if whole}
    return FailuresToTell(frozenset(fresh), still, again, dict(list(kept.items())[-MOST_KEPT:]))


def _told_lately(before: ToldFailure, now: datetime) -> bool:
    """Was it told within the last hour? A time in the future does not count: a clock that was wrong
    must not keep a failure quiet."""
    return timedelta() <= now - before.last < TOLD_AGAIN_AFTER


def told_on_dashboard(rows: Mapping[str, Row]) -> dict[str, ToldFailure]:
    """What the dashboard knows of the failures that were told, for no cache may be kept."""
    found: dict[str, ToldFailure] = {}
    for key, row in rows.items():
        first, last = _moment(row.get("since")), _moment(row.get(RED))
        if first and last:
            name = key.removeprefix(FAILED) if key.startswith(FAILED) else name_of(row["text"])
            found[name] = ToldFailure(first, last)
    return found


def with_time_of_red(
    rows: Mapping[str, Row], failing: Container[str], now: datetime
) -> dict[str, Row]:
    """The dashboard's rows; those of what is ``failing`` say when a job last failed for it."""
    found = dict(rows)
    for key, row in rows.items():
        last = _moment(row.get(RED))
        if key in failing and not (last and _told_lately(ToldFailure(last, last), now)):
            found[key] = {**row, RED: now.isoformat()}
    return found


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text or "").astimezone(UTC)
    except (OverflowError, ValueError):
        return None


def encode(known: Mapping[str, ToldFailure]) -> str:
    """The file between two runs."""
    rows = {name: [at.first.isoformat(), at.last.isoformat()] for name, at in known.items()}
    return json.dumps(rows, sort_keys=True, indent=1) + "\n"


def decode(text: str) -> dict[str, ToldFailure]:
    """What `encode` gave; nothing where it is garbled."""
    try:
        return {
            clean(name)[:_LONGEST_NAME]: ToldFailure(
                *(datetime.fromisoformat(at).astimezone(UTC) for at in row)
            )
            for name, row in json.loads(text).items()
        }
    except (AttributeError, OverflowError, RecursionError, TypeError, ValueError):
        return {}
