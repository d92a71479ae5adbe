"""The data that is sent to GitHub for a write. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from automation.http.answers import Failure
from automation.model import secrecy
from automation.model.issue import Draft, Update
from automation.text.escaping import mark
from automation.trackers.github.history_merging import login
from automation.trackers.github.records import LINKED
from automation.trackers.ordered_history import Row
from automation.trackers.refs import sendable

MOST_ASSIGNEES = 10  # assignees of an issue
_UNSENT = ("refused", "name", "tls", "url", "redirect")


def draft_body(draft: Draft, people: Sequence[str]) -> dict[str, Any]:
    """The data of a new issue, assigned to ``people``."""
    body: dict[str, Any] = {"title": sendable(draft.title), "body": sendable(draft.body)}
    if draft.labels:
        body["labels"] = sorted(draft.labels)
    if people:
        body["assignees"] = list(people)
    return body


def update_body(update: Update, people: Sequence[str]) -> dict[str, Any]:
    """The data that changes assignees and state. Labels have requests of their own."""
    body: dict[str, Any] = {}
    if update.assignees is not None and (people or not update.assignees):
        body["assignees"] = list(people)
    if update.closed is not None:
        body["state"] = "closed" if update.closed else "open"
        body["state_reason"] = "completed" if update.closed else "reopened"
    return body


def linked_body(ref: str) -> str:
    """The comment that stands for a link where there are no sub-issues."""
    return f"Linked: {ref}\n\n{mark(LINKED, {'to': ref})}\n"


def marker(body: str) -> str:
    """The kind of our first marker in a text; "" where there is none."""
    found = re.search(r"<!-- ima:([a-z]+) ", body)
    return found[1] if found else ""


def stub_draft(draft: Draft) -> Draft:
    """The part of a draft that may stand in public where the issue must not: our markers, by which
    it is found."""
    marks = [line for line in draft.body.splitlines() if line.startswith("<!-- ima:")]
    return replace(draft, title=secrecy.TITLE, body="\n".join([*marks, ""]))


def is_lost(failure: Failure) -> bool:
    """May the write have been made, though no good answer came?"""
    return failure.kind == "shape" or (failure.away and failure.kind not in _UNSENT)


def is_draft(row: Row, body: dict[str, Any], me: str) -> bool:
    """Is this new issue of ours the one that we meant to open, and untouched?"""
    fresh = row["state"] == "open" and not row.get("comments")
    same = row["title"] == body["title"] and _same(row["body"], body["body"])
    return fresh and same and login(row["user"]) == me


def is_comment(row: Row, body: str, me: str) -> bool:
    """Is this the comment that we meant to make?"""
    return login(row["user"]) == me and _same(row["body"], body)


def _same(there: str | None, sent: str) -> bool:
    return (there or "").replace("\r\n", "\n").strip() == sent.replace("\r\n", "\n").strip()
