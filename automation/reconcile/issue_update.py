"""What a pass writes on an issue: all that it is in one write, and what is about to be. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from automation.changes.follow_severity import FollowSeverity
from automation.changes.issue_changes import Assign, Change, Close, Conceal, Reopen, Tag, Untag
from automation.model.incident import Fact, Incident
from automation.model.issue import Update
from automation.policy.due_dates import parse_day


def update_of(changes: Sequence[Change], hides: bool) -> Update:
    """The write; ``hides``: what is confidential is hidden by it."""
    closed = True if any(isinstance(c, Close) for c in changes) else None
    closed = False if any(isinstance(c, Reopen) for c in changes) else closed
    people = [change.people for change in changes if isinstance(change, Assign)]
    return Update(
        frozenset(change.label for change in changes if isinstance(change, Tag)),
        frozenset(change.label for change in changes if isinstance(change, Untag)),
        people[-1] if people else None,
        closed,
        True if hides and any(isinstance(c, Conceal) for c in changes) else None,
        next((parse_day(c.due) for c in changes if isinstance(c, FollowSeverity)), None),
    )


def facts_written_ahead(
    now: Incident, known: Collection[Fact], outward: set[tuple[str, str]]
) -> Iterator[Fact]:
    """What the card knew, and what is about to leave. What was judged in this pass is not on it
    yet: a comment may come with it, and the next pass would think it was made."""
    for fact in now.facts:
        if (fact.kind, fact.what) in outward:
            yield replace(fact, done=False)
        elif fact in known or fact.kind in ("called", "engaged", "call ended"):
            yield fact
        elif fact.kind == "announced":  # what it says is about to change, not that it was made
            yield from (f for f in known if (f.kind, f.what) == (fact.kind, fact.what))
