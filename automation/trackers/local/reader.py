"""The local tracker's rows as values: a fixed number of queries, however many issues."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any, get_args

from automation.model.issue import Comment, Event, EventKind, Head, Issue, Label, Reaction
from automation.trackers.local.text import HIDDEN, LOCKED

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# One JSON array carries any number of issues: a list of parameters has a limit.
_NUMBERED = """
    SELECT number, title, body, author, opened_at, updated_at, closed, confidential, due
    FROM issue WHERE number IN (SELECT value FROM json_each(?)) ORDER BY opened_at, number"""
_MOVED = """
    SELECT number, title, body, author, opened_at, updated_at, closed, confidential, due
    FROM issue WHERE NOT closed OR updated_at >= ? ORDER BY opened_at, number"""
_HEADS = """
    SELECT number, updated_at, closed, author, (
        SELECT count(*) FROM history WHERE issue = number AND kind = 'comment'
    ) FROM issue WHERE updated_at >= ? OR (? AND (NOT closed OR updated_at >= ?)) ORDER BY number"""
_EVENTS = """
    SELECT issue, seq, at, actor, kind, text FROM history
    WHERE kind <> 'comment' AND issue IN (SELECT value FROM json_each(?)) ORDER BY seq"""
_COMMENTS = """
    SELECT issue, seq, history.at, history.actor, text, edited_at, receipt.actor IS NOT NULL
    FROM history LEFT JOIN receipt ON receipt.comment = seq AND receipt.actor = ?
    WHERE kind = 'comment' AND issue IN (SELECT value FROM json_each(?)) ORDER BY seq"""
_REACTIONS = """
    SELECT comment, receipt.actor, receipt.at FROM receipt JOIN history ON comment = seq
    WHERE receipt.at IS NOT NULL AND history.actor = :account AND receipt.actor <> :account
    AND issue IN (SELECT value FROM json_each(:only)) ORDER BY receipt.at"""
_LABELS = "SELECT issue, label FROM labelled WHERE issue IN (SELECT value FROM json_each(?))"
_ASSIGNEES = """
    SELECT issue, login FROM assigned
    WHERE issue IN (SELECT value FROM json_each(?)) ORDER BY issue, place"""
_LINKS = "SELECT issue, other FROM linked WHERE issue IN (SELECT value FROM json_each(?))"


def to_stored(at: datetime) -> int:
    """Microseconds since 1970 of an aware time."""
    return (at - EPOCH) // _MICROSECOND


def to_time(stored: int) -> datetime:
    """The aware time in UTC of what `to_stored` gave."""
    return EPOCH + timedelta(microseconds=stored)


def numbered(connection: sqlite3.Connection, numbers: Iterable[int]) -> list[tuple[Any, ...]]:
    """The rows of the issues with these numbers, oldest first."""
    return connection.execute(_NUMBERED, [json.dumps([*numbers])]).fetchall()


def moved(connection: sqlite3.Connection, closed_since: datetime | None) -> list[tuple[Any, ...]]:
    """The rows of all open issues and of the closed ones that moved since, oldest first."""
    since = None if closed_since is None else to_stored(closed_since)  # NULL: never true
    return connection.execute(_MOVED, [since]).fetchall()


def heads(
    connection: sqlite3.Connection, since: datetime | None, closed_since: datetime | None
) -> list[Head]:
    """What moved since, or all that is open or moved since ``closed_since``."""
    times = [None if time is None else to_stored(time) for time in (since, closed_since)]
    rows = connection.execute(_HEADS, [times[0], since is None, times[1]]).fetchall()
    only = json.dumps([row[0] for row in rows])
    labels = _grouped(connection, _LABELS, only)
    return [
        Head(f"#{number}", to_time(at), bool(closed), frozenset(labels[number]), author, notes)
        for number, at, closed, author, notes in rows
    ]


def next_number(connection: sqlite3.Connection) -> int:
    """The number of the next issue, in a transaction that may write."""
    number: int = connection.execute("SELECT coalesce(max(number), 0) + 1 FROM issue").fetchone()[0]
    return number


def has_comment(connection: sqlite3.Connection, number: int, comment: int) -> bool:
    """Whether the issue has this comment."""
    query = "SELECT 1 FROM history WHERE seq = ? AND issue = ? AND kind = 'comment'"
    return connection.execute(query, [comment, number]).fetchone() is not None


def complete(
    connection: sqlite3.Connection, rows: list[tuple[Any, ...]], *, project: str, account: str
) -> list[Issue]:
    """The issues of ``rows`` with their history; receipts are those of ``account``."""
    only = json.dumps([row[0] for row in rows])
    events = _events(connection, only)
    comments = _comments(connection, only, account)
    labels, assignees, links = (
        _grouped(connection, query, only) for query in (_LABELS, _ASSIGNEES, _LINKS)
    )
    return [
        Issue(
            ref=f"#{number}",
            title=title,
            body=body,
            author=author,
            opened_at=to_time(opened_at),
            updated_at=to_time(updated_at),
            closed=bool(closed),
            labels=frozenset(labels[number]),
            assignees=tuple(assignees[number]),
            confidential=confidential == HIDDEN,
            locked=confidential == LOCKED,
            due=date.fromisoformat(due) if due else None,
            links=frozenset(f"#{other}" for other in links[number]),
            # An address must be unique, as effects outside the issue are found again by it.
            url=f"local:{project}#{number}",
            events=tuple(events[number]),
            comments=tuple(comments[number]),
        )
        for number, title, body, author, opened_at, updated_at, closed, confidential, due in rows
    ]


_KINDS = get_args(EventKind)


def _events(connection: sqlite3.Connection, only: str) -> defaultdict[int, list[Event]]:
    events = defaultdict[int, list[Event]](list)
    for issue, seq, at, actor, kind, subject in connection.execute(_EVENTS, [only]):
        if kind not in _KINDS:
            raise ValueError(f"no event is called {kind!r}")
        events[issue].append(Event(f"e{seq}", to_time(at), actor, kind, subject, seq))
    return events


def _comments(
    connection: sqlite3.Connection, only: str, account: str
) -> defaultdict[int, list[Comment]]:
    comments = defaultdict[int, list[Comment]](list)
    reactions = defaultdict[int, list[Reaction]](list)
    asked = {"account": account, "only": only}
    for seq, who, at in connection.execute(_REACTIONS, asked):
        reactions[seq].append(Reaction(who, to_time(at)))
    rows = connection.execute(_COMMENTS, [account, only])
    for issue, seq, at, author, body, edited, receipt in rows:
        edited_at = None if edited is None else to_time(edited)
        theirs = tuple(reactions[seq])
        comment = Comment(
            f"c{seq}", to_time(at), author, body, edited_at, bool(receipt), seq, theirs
        )
        comments[issue].append(comment)
    return comments


def editor(connection: sqlite3.Connection, comment: int) -> str | None:
    """Who edited a comment last, where that is known."""
    found = connection.execute("SELECT editor FROM history WHERE seq = ?", [comment]).fetchone()
    return str(found[0]) if found and found[0] else None


def _grouped(connection: sqlite3.Connection, query: str, only: str) -> defaultdict[int, list[Any]]:
    groups = defaultdict[int, list[Any]](list)
    for issue, value in connection.execute(query, [only]):
        groups[issue].append(value)
    return groups


def labels(connection: sqlite3.Connection) -> list[Label]:
    """All labels, by name."""
    query = "SELECT name, color, description, ours FROM label ORDER BY name"
    return [
        Label(name, color, description, ours=bool(ours))
        for name, color, description, ours in connection.execute(query)
    ]
