"""What an incident knows of its alerts. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AlertsSeen:
    """The alerts of an incident, as far as rules and other alerts need to know of them."""

    keys: tuple[str, ...] = ()  # of the groups that they came in
    names: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    fires: bool = False  # some of them, or what was not told may
    worse: tuple[tuple[str, ...], ...] = ()  # what got worse since the table was first shown
