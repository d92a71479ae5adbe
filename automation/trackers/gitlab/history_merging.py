"""The three histories that GitLab keeps of an issue as one: events and comments in the order of
time. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from datetime import datetime, timedelta
from sys import intern
from typing import Any

from automation.model.issue import Comment, Event, EventKind, Reaction
from automation.records import dataclass
from automation.trackers.gitlab.native_incidents import NativeIncidents
from automation.trackers.ordered_history import Act, Place, Row, at_opening, in_order, parse_time

_TOUCH = timedelta(seconds=2)  # an emoji moves the time of its note a moment later
_REPLY = "DiscussionNote"
_ASSIGNED = re.compile(r"(assigned to|unassigned)\s")
_WORD = re.compile(r"\b(unassigned|assigned)\b|@(\w[\w.-]*)")
_MOVED = re.compile(r"moved to \S")
_RELATED = re.compile(r"(?:marked this .+? as related to|(removed the relation with)) (.+)", re.S)
_EDITED = re.compile(r"changed (title|the description)\b")
_HERE = re.compile(r"(?<!\S)#(\d+)")
_STATES: dict[str, EventKind] = {"closed": "closed", "reopened": "reopened", "opened": "reopened"}


@dataclass(frozen=True, slots=True)
class Reactions:
    """The emoji on a comment: whether our receipt is among them, when each came, and whose it
    is."""

    receipt: bool
    times: tuple[datetime, ...] = ()
    people: tuple[Reaction, ...] = ()

    def touched(self, at: datetime) -> bool:
        """Did one of them change the comment's time to ``at``?"""
        return any(timedelta() <= at - each <= _TOUCH for each in self.times)


@dataclass(frozen=True, slots=True)
class Details:
    """What was read of an issue besides its row. ``links`` is None if they were not asked for;
    ``reactions``, by the id of a comment, has only those that were."""

    notes: list[dict[str, Any]]
    labels: list[dict[str, Any]]
    states: list[dict[str, Any]]
    links: frozenset[str] | None = None
    reactions: Mapping[str, Reactions] = field(default_factory=dict)
    native: NativeIncidents = field(default_factory=NativeIncidents)
    renamed: Mapping[str, str] = field(default_factory=dict)


def login(user: Row | None) -> str | None:
    """The login of a user as GitLab shows one; None for a deleted account."""
    return intern(str(user["username"])) if user else None


def history(row: Row, details: Details) -> tuple[tuple[Event, ...], tuple[Comment, ...]]:
    """Events and comments of the issue in ``row``, each numbered in the one order of both."""
    acts = [
        *_labels(row, details.labels),
        *_states(row, details.states),
        *_notes(row, details),
    ]
    opened = parse_time(row["created_at"])
    first = [act.subject for place, act in acts if isinstance(act, Event) and place[0] == opened]
    acts += details.native.acts(row, details.notes, first)
    acts += _moved_silently(row, acts)
    return in_order(acts)


def _labels(row: Row, events: Iterable[Row]) -> Iterator[Act]:
    for event in events:
        if event["label"] is None:
            continue  # the label was deleted since
        at, who = parse_time(event["created_at"]), login(event["user"])
        kind: EventKind = "labelled" if event["action"] == "add" else "unlabelled"
        if kind == "labelled" and who == login(row["author"]):
            at = at_opening(parse_time(row["created_at"]), at)
        place = at, "l", int(event["id"]), 0
        yield place, Event(f"l{event['id']}", at, who, kind, str(event["label"]["name"]))


def _states(row: Row, events: Iterable[Row]) -> Iterator[Act]:
    known = [event for event in events if event["state"] in _STATES]
    for event in known:
        kind, at = _STATES[event["state"]], parse_time(event["created_at"])
        subject = _reason(row) if kind == "closed" and event is known[-1] else ""
        place = at, "s", int(event["id"]), 0
        yield place, Event(f"s{event['id']}", at, login(event["user"]), kind, subject)


def _reason(row: Row) -> str:
    """The reason why the issue was last closed, as far as GitLab knows reasons."""
    of = (row.get("_links") or {}).get("closed_as_duplicate_of")
    here = re.search(rf"/projects/{row.get('project_id')}/issues/(\d+)$", of or "")
    return f"duplicate of #{here[1]}" if here else "duplicate" if of else ""


def _notes(row: Row, details: Details) -> Iterator[Act]:
    said = (note for note in details.notes if note.get("type") == _REPLY)
    replies = [parse_time(note["created_at"]) for note in said]
    for note in details.notes:
        place = parse_time(note["created_at"]), "n", int(note["id"]), 0
        if not note["system"]:
            reactions = details.reactions.get(str(note["id"]))
            yield place, comment_of(note, reactions, replies)
        elif _ASSIGNED.match(body := note["body"] or ""):
            yield from _assignments(note, place, details.renamed)
        elif found := _EDITED.match(body):
            what = "title" if found[1] == "title" else "body"
            yield place, Event(f"n{note['id']}", place[0], login(note["author"]), "edited", what)
        elif _MOVED.match(body) and row.get("moved_to_id"):
            yield place, Event(f"n{note['id']}", place[0], login(note["author"]), "moved")


def comment_of(
    note: Row, reactions: Reactions | None = None, replies: Iterable[datetime] = ()
) -> Comment:
    """A note as a comment. GitLab tells no edit from another touch of a note, such as an emoji
    on it: what moved ``updated_at`` counts as one, unless ``reactions`` explain it, or a reply,
    which makes a discussion of its first note."""
    at, touched = parse_time(note["created_at"]), parse_time(note["updated_at"])
    replied = note.get("type") == _REPLY and any(
        timedelta() <= touched - each <= _TOUCH for each in replies if each > at
    )
    edited = touched > at and not replied and not (reactions and reactions.touched(touched))
    said, inside = note["body"] or "", bool(note.get("internal") or note.get("confidential"))
    return Comment(
        str(note["id"]),
        at,
        login(note["author"]),
        "" if inside else said,
        touched if edited else None,
        reactions.receipt if reactions else None,
        reactions=reactions.people if reactions else (),
        internal=said if inside else "",
    )


def _assignments(note: Row, place: Place, renamed: Mapping[str, str]) -> Iterator[Act]:
    at, who = place[0], login(note["author"])
    for nth, (kind, person) in enumerate(assignments(note["body"])):
        identity = f"n{note['id']}" + (f".{nth}" if nth else "")
        now = renamed.get(person.lower(), person)
        yield (*place[:3], nth), Event(identity, at, who, kind, now)


def assignments(body: str) -> list[tuple[EventKind, str]]:
    """Who left and who came, by a system note such as "assigned to @a and unassigned @b".

    Those who left come first, so that a seat is free before it is taken.
    """
    people: dict[EventKind, list[str]] = {"unassigned": [], "assigned": []}
    kind: EventKind = "assigned"
    for word, person in _WORD.findall(body):
        if word:
            kind = "unassigned" if word == "unassigned" else "assigned"
        else:
            people[kind].append(person.rstrip("."))
    return [(each, person) for each, logins in people.items() for person in logins]


def _moved_silently(row: Row, acts: Iterable[Act]) -> list[Act]:
    """The event of a move that has no system note."""
    to = row.get("moved_to_id")
    if not to or any(isinstance(act, Event) and act.kind == "moved" for _, act in acts):
        return []
    at = parse_time(row.get("closed_at") or row["updated_at"])
    return [((at, "t", int(to), 0), Event(f"m{to}", at, login(row.get("closed_by")), "moved"))]


def linked(notes: Iterable[Row]) -> frozenset[str]:
    """The references of the issues that system notes call related."""
    found: set[str] = set()
    for note in sorted(notes, key=lambda note: (parse_time(note["created_at"]), int(note["id"]))):
        if note["system"] and (said := _RELATED.match(note["body"] or "")):
            refs = {f"#{number}" for number in _HERE.findall(said[2])}
            found = found - refs if said[1] else found | refs
    return frozenset(found)
