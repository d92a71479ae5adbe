"""What an incident knows of its alerts, and of what the pager did about it by itself. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

ADOPTED = "pagerduty/"  # the key of a page begins so that is the pager's own; then its id
THE_PAGER = "the pager"  # who has made a call that is none of ours
SAME_PAGE = "+"  # before what a page is known by since somebody has given it to another person


def is_given_on(key: str) -> bool:
    """Is it a page that there was before, which somebody has given to another person?"""
    return f"{SAME_PAGE}:" in key


def name_of_page(key: str) -> str:
    """What the pager knows a page by: one that is its own by its id."""
    first = key.partition(f"{SAME_PAGE}:")[0]
    return first.partition(":")[0] if first.startswith(ADOPTED) else first


def own_id(key: str) -> str:
    """Of a page that is the pager's own: its id there."""
    return name_of_page(key).removeprefix(ADOPTED) if key.startswith(ADOPTED) else ""


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
