"""Planned work on the systems: its window, and how far it has come. Pure.

A window counts once somebody who may publish has confirmed it (P-56). What its text says later
changes nothing until it is confirmed again: so nobody silences alerts by editing a text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from automation.model.facts import Fact

SCHEDULED, IN_PROGRESS, COMPLETED, CANCELLED = (
    "Scheduled",
    "In progress",
    "Completed",
    "Cancelled",
)
PHASES = (SCHEDULED, IN_PROGRESS, COMPLETED, CANCELLED)  # what the public reads of it
OVER = (COMPLETED, CANCELLED)
MAINTENANCE = "Maintenance"  # the status of its services while it goes on
Phase = Literal["", "Scheduled", "In progress", "Completed", "Cancelled"]


@dataclass(frozen=True, slots=True)
class Window:
    """From when to when, on which services (the policy's names)."""

    start: datetime
    end: datetime
    services: tuple[str, ...] = ()

    def covers(self, service: str, at: datetime) -> bool:
        """Is it the time of the work, and the work on this service?"""
        return service in self.services and self.start <= at < self.end


@dataclass(frozen=True, slots=True)
class Maintenance:
    """An issue about planned work, judged."""

    said: Window | None = None  # what its text says now
    confirmed: Fact | None = None  # by whom, and when
    ended: Fact | None = None  # by a person, before its time

    @property
    def window(self) -> Window | None:
        """What counts: as it was confirmed, up to when somebody ended it."""
        if self.confirmed is None:
            return None
        window = window_of(self.confirmed)
        if self.ended is None or self.ended.at >= window.end:
            return window
        return Window(window.start, max(window.start, self.ended.at), window.services)

    def phase(self, now: datetime) -> Phase:
        """How far it has come; nothing while nobody has confirmed it."""
        if self.confirmed is None:
            return ""
        window = window_of(self.confirmed)
        if self.ended:
            return "Cancelled" if self.ended.at < window.start else "Completed"
        if now < window.start:
            return "Scheduled"
        return "In progress" if now < window.end else "Completed"

    def goes_on(self, now: datetime) -> bool:
        return self.phase(now) == IN_PROGRESS

    def turns(self, warn: timedelta) -> Iterator[datetime]:
        """When something of it changes by itself."""
        if self.confirmed and not self.ended:
            window = window_of(self.confirmed)
            yield from (window.start, max(window.start, window.end - warn), window.end)


def window_fact(window: Window, at: datetime, by: str, of: str, text: str = "") -> Fact:
    """A window as the card remembers it; ``text`` is what users shall read."""
    services = ",".join(window.services)
    start, end = window.start.isoformat(), window.end.isoformat()
    return Fact("confirmed", at, who=services, by=by, of=of, what=start, text=text, until=end)


def window_of(fact: Fact) -> Window:
    """The window that a fact remembers."""
    services = tuple(fact.who.split(",")) if fact.who else ()
    start = datetime.fromisoformat(fact.what)
    return Window(start, fact.ends or start, services)
