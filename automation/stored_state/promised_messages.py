"""Messages that comments have promised to people: the marker says so before a message is sent.
Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from automation.model.incident import PromisedMessage
from automation.model.issue import Issue
from automation.stored_state.card import our_comments, promises_in, told_by
from automation.text.escaping import marker_in, with_marker


def messages_owed(issue: Issue, me: str) -> tuple[PromisedMessage, ...]:
    """The messages that our comments on the issue have promised and that were not sent."""
    return tuple(
        each
        for comment in our_comments(issue, me)
        for each in messages_promised(comment.id, comment.body)
    )


def messages_promised(comment: str, body: str) -> Iterator[PromisedMessage]:
    """The messages that one comment has promised."""
    for key, person in told_by(body).owed:
        yield PromisedMessage(key, person, comment, body)


def without_promises(sent: Iterable[PromisedMessage]) -> Iterator[tuple[str, str]]:
    """For each comment whose messages were sent: its id, and its body without their promises."""
    bodies: dict[str, str] = {}
    for each in sent:
        body = bodies.get(each.comment, each.body)
        bodies[each.comment] = _body_without(each, body)
    yield from bodies.items()


def _body_without(each: PromisedMessage, body: str) -> str:
    data = marker_in("said", body) or {}
    left = [list(row) for row in promises_in(data) if row != (each.key, each.person)]
    kept = {name: value for name, value in data.items() if name != "owed"}
    return with_marker("said", body, kept | ({"owed": left} if left else {}))
