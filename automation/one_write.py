"""What a pass changes on an issue itself, as one write: labels, assignees, state. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from automation.changes import Assign, Change, Close, Conceal, Reopen, Tag, Untag
from automation.model import Update


def update_of(changes: Sequence[Change], hides: bool) -> Update:
    """The write; ``hides``: what is confidential is hidden by it."""
    closed = True if any(isinstance(c, Close) for c in changes) else None
    closed = False if any(isinstance(c, Reopen) for c in changes) else closed
    people = assigned(changes)
    return Update(
        frozenset(change.label for change in changes if isinstance(change, Tag)),
        frozenset(change.label for change in changes if isinstance(change, Untag)),
        people[-1] if people else None,
        closed,
        True if hides and any(isinstance(c, Conceal) for c in changes) else None,
    )


def assigned(changes: Sequence[Change]) -> list[tuple[str, ...]]:
    """Whom the changes assign; the last one counts."""
    return [change.people for change in changes if isinstance(change, Assign)]
