"""What an incident knows of its alerts, and of what the pager did about it by itself. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

ADOPTED = "pagerduty/"  # the key of a page begins so that is the pager's own; then its id


@dataclass(frozen=True, slots=True)
class PagerEvent:
    """One thing that happened to an incident of the pager's own, as it told us. People are those
    of the pager."""

    id: str
    did: str  # "triggered", "acknowledged", "reassigned" …
    at: datetime
    by: str = ""  # the person who did it; empty: the pager, or a monitoring system
    whom: tuple[str, ...] = ()  # whom it calls now
    policy: str = ""  # its escalation policy
    title: str = ""  # of what a person has triggered


@dataclass(frozen=True, slots=True)
class AlertsSeen:
    """The alerts of an incident, as far as rules and other alerts need to know of them."""

    keys: tuple[str, ...] = ()  # of the groups that they came in
    names: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    fires: bool = False  # some of them, or what was not told may
    worse: tuple[tuple[str, ...], ...] = ()  # what got worse since the table was first shown
    pager: tuple[PagerEvent, ...] = ()  # of the pager's own incidents that belong to it
