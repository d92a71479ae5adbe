"""What any forge's history of an issue comes to: events and comments in the order of time. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from automation.model.issue import Comment, Event

Row = Mapping[str, Any]
Place = tuple[datetime, str, int, int]  # at, which list, id or nth of it, nth of one entry
Act = tuple[Place, Event | Comment]
OPENING = timedelta(seconds=3)  # a new issue is labelled a moment after it is opened


def parse_time(text: str) -> datetime:
    """A forge's "2026-03-02T09:00:00Z" as an aware time in UTC."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo is UTC else at.astimezone(UTC)


def as_time(text: str) -> datetime | None:
    """The time that ``text`` says; None if it says none."""
    try:
        return parse_time(text)
    except (OverflowError, ValueError):
        return None


def at_opening(opened: datetime, at: datetime) -> datetime:
    """The time of opening for a label that the issue was opened with."""
    return opened if opened <= at <= opened + OPENING else at


def in_order(acts: Iterable[Act]) -> tuple[tuple[Event, ...], tuple[Comment, ...]]:
    """Events and comments apart, each numbered in the one order of both."""
    ordered = sorted(acts, key=lambda act: act[0])
    numbered = [replace(act, order=number) for number, (_, act) in enumerate(ordered, 1)]
    events = tuple(act for act in numbered if isinstance(act, Event))
    return events, tuple(act for act in numbered if isinstance(act, Comment))
