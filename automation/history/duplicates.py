"""Which issue another one is a duplicate of: by command, or as the tracker's pages say it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from automation.history.command_parsing import Command, commands_in
from automation.model.facts import Resolution
from automation.model.issue import Event, Issue
from automation.text.typed import narrow

_ISSUE = re.compile(r"(?:^|[\s#(/])([1-9]\d{0,9})\b", re.ASCII)
_ADDRESS = re.compile(r"/issues/([1-9]\d{0,9})\b", re.ASCII)
_SAID = re.compile(
    r"^[^\S\n]*duplicate of (#[1-9]\d{0,9})\b", re.ASCII | re.IGNORECASE | re.MULTILINE
)
_REASON = "duplicate"
_AS_REASON = re.compile(r"\bduplicate of (#[1-9]\d{0,9})\b", re.ASCII | re.IGNORECASE)
_ENDS = ("resolve", "state")  # commands whose reason may say so


def duplicate_named(command: Command) -> str:
    """The issue that a command names, by number or address, also as Slack writes an address
    (`<https://…/issues/7|#7>`); empty where it names none."""
    text = narrow(command.text)
    found = _ADDRESS.search(text) or _ISSUE.search(text)
    return f"#{found[1]}" if found else ""


def reason_of_closing(issue: Issue, event: Event) -> str:
    """Why an issue was closed; "duplicate of #1" where it was closed as one and whoever did so has
    said of which, as GitHub's page does: a comment that begins with these words."""
    if event.subject.casefold() != _REASON:
        return event.subject
    said = [
        found[1]
        for comment in issue.comments
        if comment.author == event.actor and (found := _SAID.search(comment.body))
    ]
    return f"{_REASON} of {said[-1]}" if said else event.subject


def _named_by(command: Command) -> str:
    """The issue that a command says to be the same outage: "duplicate #1", or "resolve duplicate of
    #1"."""
    if command.name == _REASON:
        return duplicate_named(command)
    found = _AS_REASON.search(narrow(command.text)) if command.name in _ENDS else None
    return found[1] if found else ""


def duplicates_named(issue: Issue, me: str) -> Iterator[str]:
    """The issues that this one is said to be a duplicate of."""
    for comment in issue.comments:
        if comment.author != me and _REASON in comment.typed.lower():
            yield from filter(None, map(_named_by, commands_in(comment, ())))
    for event in issue.events:
        if event.kind == "closed":
            end = Resolution(event.at, event.actor, reason_of_closing(issue, event))
            yield from filter(None, [end.duplicate_of])
