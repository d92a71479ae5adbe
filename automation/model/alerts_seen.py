"""What an incident knows of its alerts, and of what happened in the pager. Pure."""

from __future__ import annotations

from datetime import datetime

from automation.records import dataclass

ADOPTED = "pagerduty/"  # the key of a page begins so that is the pager's own; then its id
THE_PAGER = "the pager"  # who has made a call that is none of ours
SAME_PAGE = "+"  # before what a page is known by since somebody has given it to another person


def is_given_on(key: str) -> bool:
    """Is it the key of a page that somebody has given to another person?"""
    return f"{SAME_PAGE}:" in key


def name_of_page(key: str) -> str:
    """What the pager knows a page by: our key, or the id of an incident of its own."""
    first = key.partition(f"{SAME_PAGE}:")[0]
    return first.partition(":")[0] if first.startswith(ADOPTED) else first


def own_id(key: str) -> str:
    """The pager's id of a page that is an incident of its own; "" for one of ours."""
    return name_of_page(key).removeprefix(ADOPTED) if key.startswith(ADOPTED) else ""


@dataclass(frozen=True, slots=True)
class PagerEvent:
    """Something that happened to an incident of the pager's own, as it told us. People are named as
    in the pager."""

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
