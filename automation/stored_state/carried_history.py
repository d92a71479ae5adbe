"""What `ima replay` has carried over from another tracker, put back into the history of an issue.
Pure.

Our comment with the marker ``history`` holds what the old tracker knew: who did what when, and the
facts of our card there. `fold` judges it as it was judged then. An issue that says that it was
carried over and has no such comment yet is not finished: nothing is done to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from automation.model.incident import Fact
from automation.model.issue import Capabilities, Comment, Event, Issue
from automation.policy.planning_input import Context
from automation.records import dataclass
from automation.stored_state.card import CardText, fact_of, fact_row, stands_in_an_answer
from automation.text.escaping import mark, marker_in

REPLAYED = "replayed"  # the marker in the body, which says from where


@dataclass(frozen=True, slots=True)
class History:
    """The life of an issue before it was carried over."""

    author: str | None
    opened_at: datetime
    tracked: bool = True
    events: tuple[Event, ...] = ()
    comments: tuple[Comment, ...] = ()  # of people; of their words only the commands
    facts: tuple[Fact, ...] = ()
    said: frozenset[str] = frozenset()  # keys of what people were told
    labels_set: frozenset[str] = frozenset()  # labels that IMA had set
    # When it was carried over, by our comment that says so; and that comment's order among what
    # happened at the same time.
    carried_at: tuple[datetime, int] = (datetime.max.replace(tzinfo=UTC), 0)

    def context(self, ctx: Context) -> Context:
        """The context in which it is judged: on a tracker without limits, with everybody who wrote
        as a member."""
        since = min(ctx.since, self.opened_at)
        return replace(ctx, can=Capabilities(), outsiders=frozenset(), asked=None, since=since)

    def joined(self, card: CardText) -> CardText:
        """The card with the facts that it does not remember itself; all of them where there is no
        card."""
        kept = tuple(fact for fact in self.facts if stands_in_an_answer(fact) or not card.comment)
        fresh = tuple(fact for fact in kept if fact not in card.facts)
        return replace(
            card,
            facts=fresh + card.facts,
            said=card.said | self.said,
            labels_set=card.labels_set | self.labels_set,
        )


def with_carried_history(issue: Issue, me: str) -> tuple[Issue, History | None]:
    """The issue with the history that was carried over into it, and that history; (the issue, None)
    where there is none."""
    if issue.author != me:
        return issue, None
    found = _history_in(issue, me)
    if found is None:
        return (_without_content(issue) if half_carried(issue, me) else issue), None
    later = (e for e in issue.events if e.actor != me or (e.at, e.order) > found.carried_at)
    past = replace(
        issue,
        author=found.author,
        opened_at=found.opened_at,
        events=(*found.events, *later),
        comments=(*found.comments, *issue.comments),
    )
    return past, found


def half_carried(issue: Issue, me: str) -> bool:
    """Was a replay killed after it opened the issue and before it wrote the history?"""
    ours = issue.author == me and marker_in(REPLAYED, issue.body) is not None
    carded = any(c.author == me and "<!-- ima:card " in c.body for c in issue.comments)
    return ours and not carded and _history_in(issue, me) is None


def _without_content(issue: Issue) -> Issue:
    return replace(issue, body="", labels=frozenset(), assignees=(), events=(), comments=())


def _history_in(issue: Issue, me: str) -> History | None:
    ours = [c for c in issue.comments if c.author == me and "<!-- ima:history " in c.body]
    for comment in sorted(ours, key=lambda comment: (comment.at, comment.order)):
        if (data := marker_in("history", comment.body)) and (found := _history_from(data)):
            return replace(found, carried_at=(comment.at, comment.order))
    return None


def history_mark(history: History) -> str:
    """The marker that holds the history, from which `with_carried_history` reads it."""
    data = {
        "author": history.author,
        "opened_at": history.opened_at.isoformat(),
        "tracked": history.tracked,
        "events": [
            [e.id, e.at.isoformat(), e.actor, e.kind, e.subject, e.order] for e in history.events
        ],
        "comments": [
            [c.id, c.at.isoformat(), c.author, c.body, _iso_or_empty(c.edited_at), c.order]
            for c in history.comments
        ],
        "facts": [fact_row(fact) for fact in history.facts],
        "said": sorted(history.said),
        "wrote": sorted(history.labels_set),
    }
    return mark("history", data)


def _history_from(data: Mapping[str, Any]) -> History | None:
    try:
        return History(
            author=data["author"],
            opened_at=_time(data["opened_at"]),
            tracked=data["tracked"] is True,
            events=tuple(
                Event(i, _time(at), actor, kind, subject, order)
                for i, at, actor, kind, subject, order in data["events"]
            ),
            comments=tuple(
                # It has its receipt, as there is nothing to react to here.
                Comment(i, _time(at), who, body, _time(edited) if edited else None, True, order)
                for i, at, who, body, edited, order in data["comments"]
            ),
            facts=tuple(fact_of(row) for row in data["facts"]),
            said=frozenset(data["said"]),
            labels_set=frozenset(data["wrote"]),
        )
    except (KeyError, TypeError, ValueError):
        return None


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _iso_or_empty(at: datetime | None) -> str:
    return at.isoformat() if at else ""
