"""Failures outside, told at once and then hourly, for jobs that run more often than that. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from automation.text.escaping import clean
from automation.times.moments import clock_time

AGAIN = timedelta(hours=1)  # until a failure that goes on is told again
MOST = 500  # failures that are kept
_NAME = 200  # characters


@dataclass(frozen=True, slots=True)
class ToldFailure:
    """When a failure was told for the first time, and last."""

    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class FailuresToTell:
    """What a run has to say of its failures, by name, and what the next one has to know."""

    fresh: frozenset[str]
    still: Mapping[str, str]  # one line instead
    recovered: tuple[str, ...]  # one line each
    known: Mapping[str, ToldFailure]


def name_of(problem: str) -> str:
    """The service and what it was to do; not why it did not, which may be worded anew each time."""
    line = clean(next(iter(problem.splitlines()), ""))
    return line.partition(" failed: ")[0][:_NAME]


def failures_to_tell(
    problems: Iterable[str], known: Mapping[str, ToldFailure], now: datetime, whole: bool
) -> FailuresToTell:
    """Which failures to tell. Without ``whole`` the run did not come to everything, so nobody
    knows whether what did not fail works again."""
    failing = dict.fromkeys(map(name_of, problems))
    fresh = {name for name in failing if name not in known or not _lately(known[name], now)}
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
    again = tuple(f"works again: {name}" for name in gone if whole)
    return FailuresToTell(frozenset(fresh), still, again, dict(list(kept.items())[-MOST:]))


def _lately(before: ToldFailure, now: datetime) -> bool:
    """Not in the future either: a clock that was wrong must not keep a failure quiet."""
    return timedelta() <= now - before.last < AGAIN


def encode(known: Mapping[str, ToldFailure]) -> str:
    """The file between two runs."""
    rows = {name: [at.first.isoformat(), at.last.isoformat()] for name, at in known.items()}
    return json.dumps(rows, sort_keys=True, indent=1) + "\n"


def decode(text: str) -> dict[str, ToldFailure]:
    """What `encode` gave; nothing where it is garbled."""
    try:
        return {
            clean(name)[:_NAME]: ToldFailure(
                *(datetime.fromisoformat(at).astimezone(UTC) for at in row)
            )
            for name, row in json.loads(text).items()
        }
    except (AttributeError, OverflowError, RecursionError, TypeError, ValueError):
        return {}
