"""GitHub's timeline of an issue as events and comments in the order of time. Pure.

Times are whole seconds there, so of one second the timeline's own order counts. Bodies of comments
are in it, edits of the issue's body are not. A label that the issue has and nobody put on was
there at the opening, or renamed since.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace
from datetime import datetime
from sys import intern
from typing import Any

from automation.model.issue import Comment, Event, EventKind, Reaction
from automation.records import dataclass
from automation.trackers.ordered_history import Act, Place, Row, at_opening, in_order, parse_time

RECEIPT = "eyes"
_GHOST = "ghost"  # whom GitHub shows for a deleted account
_LABELS: dict[str, EventKind] = {"labeled": "labelled", "unlabeled": "unlabelled"}
_PEOPLE: dict[str, EventKind] = {"assigned": "assigned", "unassigned": "unassigned"}
_STATES: dict[str, EventKind] = {"closed": "closed", "reopened": "reopened"}
_REASONS = {"duplicate": "duplicate", "not_planned": "not planned"}


@dataclass(frozen=True, slots=True)
class Details:
    """What was read of an issue besides its row. ``comments`` is None where the timeline has
    them."""

    timeline: list[dict[str, Any]]
    comments: list[dict[str, Any]] | None = None
    children: frozenset[str] = frozenset()  # references of its sub-issues
    receipts: frozenset[str] | None = None  # ids of comments that we reacted to, if asked
    answers: Mapping[str, tuple[Reaction, ...]] = field(default_factory=dict)  # to our calls


def login(user: Row | None) -> str | None:
    """The login of a user as GitHub shows one; None for a deleted account."""
    name = str(user["login"]) if user else _GHOST
    return None if name == _GHOST else intern(name)


def history(row: Row, details: Details) -> tuple[tuple[Event, ...], tuple[Comment, ...]]:
    """Events and comments of the issue in ``row``, each numbered in the one order of both."""
    acts = [act for nth, entry in enumerate(details.timeline) for act in _acts(row, entry, nth)]
    if details.comments is not None:
        acts = [act for act in acts if isinstance(act[1], Event)]
        acts += (
            (_place(each, len(details.timeline)), comment_of(each)) for each in details.comments
        )
    events, comments = in_order([*_at_opening(row, acts), *acts])
    if (known := details.receipts) is not None:
        comments = tuple(replace(each, receipt=each.id in known) for each in comments)
    if told := details.answers:
        comments = tuple(replace(each, reactions=told.get(each.id, ())) for each in comments)
    return events, comments


def _acts(row: Row, entry: Row, nth: int) -> Iterator[Act]:
    what = entry.get("event")
    if what == "commented":
        yield _place(entry, nth), comment_of(entry)
    elif kind := _LABELS.get(str(what)):
        yield _labelled(row, entry, nth, kind)
    elif kind := _PEOPLE.get(str(what)):
        if person := login(entry.get("assignee")):
            yield _event(entry, nth, kind, person, entry.get("assigner") or entry.get("actor"))
    elif kind := _STATES.get(str(what)):
        reason = _REASONS.get(entry.get("state_reason") or "", "") if kind == "closed" else ""
        yield _event(entry, nth, kind, reason)
    elif what == "renamed":
        yield _event(entry, nth, "edited", "title")
    elif what == "converted_to_discussion":
        yield _event(entry, nth, "moved")


def _place(entry: Row, nth: int) -> Place:
    return parse_time(entry["created_at"]), "", nth, int(entry["id"])


def _event(entry: Row, nth: int, kind: EventKind, subject: str = "", who: Any = None) -> Act:
    place, actor = _place(entry, nth), login(who or entry.get("actor"))
    return place, Event(f"e{entry['id']}", place[0], actor, kind, subject)


def _labelled(row: Row, entry: Row, nth: int, kind: EventKind) -> Act:
    place, actor = _place(entry, nth), login(entry.get("actor"))
    at = place[0]
    if kind == "labelled" and actor == login(row["user"]):
        at = at_opening(parse_time(row["created_at"]), at)
    name = str((entry.get("label") or {}).get("name", ""))
    return (at, *place[1:]), Event(f"e{entry['id']}", at, actor, kind, name)


def comment_of(entry: Row) -> Comment:
    """A comment. GitHub tells how many have reacted to it, and not who."""
    at, touched = (
        parse_time(entry["created_at"]),
        parse_time(entry.get("updated_at") or entry["created_at"]),
    )
    reactions = entry.get("reactions")
    return Comment(
        str(entry["id"]),
        at,
        login(entry.get("user") or entry.get("actor")),
        entry["body"] or "",
        touched if touched > at else None,
        bool(reactions.get(RECEIPT)) if reactions else None,
    )


def _at_opening(row: Row, acts: Iterable[Act]) -> Iterator[Act]:
    """Events for labels whose coming no event tells: they count as put on by the author when the
    issue was opened."""
    opened, author = parse_time(row["created_at"]), login(row["user"])
    for nth, name in enumerate(_untold(row, acts)):
        place: tuple[datetime, str, int, int] = (opened, "", -1, nth)
        yield place, Event(f"o-{name}", opened, author, "labelled", name)


def _untold(row: Row, acts: Iterable[Act]) -> list[str]:
    """The names of labels that are there, or were taken off, though no event put them on."""
    events = [act for _, act in sorted(acts, key=lambda act: act[0]) if isinstance(act, Event)]
    first: dict[str, Event] = {}
    for event in events:
        if event.kind in ("labelled", "unlabelled"):
            first.setdefault(event.subject.casefold(), event)
    taken = [event.subject for event in first.values() if event.kind == "unlabelled"]
    there: list[str] = row["labels"]
    return sorted([*taken, *(name for name in there if name.casefold() not in first)])
