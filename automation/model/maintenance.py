"""Planned work on the systems: its window, and how far it has come. Pure.

A window counts once somebody who may publish has confirmed it (P-56). What its text says later
changes nothing until it is confirmed again: so nobody silences alerts by editing a text.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Literal

from automation.model.facts import Fact
from automation.records import dataclass

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
    """From when to when work is planned, and on which services (by the policy's names)."""

    start: datetime
    end: datetime
    services: tuple[str, ...] = ()

    def covers(self, service: str, at: datetime) -> bool:
        """Is the work on this service, and going on at ``at``?"""
        return service in self.services and self.start <= at < self.end


@dataclass(frozen=True, slots=True)
class Maintenance:
    """Planned work, as its issue says and people have confirmed it."""

    said: Window | None = None  # what its text says now
    confirmed: Fact | None = None  # by whom, and when
    ended: Fact | None = None  # by a person, before its time

    @property
    def window(self) -> Window | None:
        """The window that counts: as it was confirmed, up to when somebody ended the work. None
        until it is confirmed."""
        if self.confirmed is None:
            return None
        window = window_of(self.confirmed)
        if self.ended is None or self.ended.at >= window.end:
            return window
        return Window(window.start, max(window.start, self.ended.at), window.services)

    def phase(self, now: datetime) -> Phase:
        """How far the work has come; "" until it is confirmed."""
        if self.confirmed is None:
            return ""
        window = window_of(self.confirmed)
        if self.ended:
            return "Cancelled" if self.ended.at < window.start else "Completed"
        if now < window.start:
            return "Scheduled"
        return "In progress" if now < window.end else "Completed"

    def goes_on(self, now: datetime) -> bool:
        """Is the work going on?"""
        return self.phase(now) == IN_PROGRESS

    def turns(self, warn: timedelta) -> Iterator[datetime]:
        """The times at which something of it changes without an act of anybody."""
        if self.confirmed and not self.ended:
            window = window_of(self.confirmed)
            yield from (window.start, max(window.start, window.end - warn), window.end)


def window_fact(window: Window, at: datetime, by: str, of: str, text: str = "") -> Fact:
    """The fact that the card keeps of a window; ``text`` is what users are to read."""
    services = ",".join(window.services)
    start, end = window.start.isoformat(), window.end.isoformat()
    return Fact("confirmed", at, who=services, by=by, of=of, what=start, text=text, until=end)


def window_of(fact: Fact) -> Window:
    """The window that a fact remembers."""
    services = tuple(fact.who.split(",")) if fact.who else ()
    start = datetime.fromisoformat(fact.what)
    return Window(start, fact.ends or start, services)
