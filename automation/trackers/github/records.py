"""GitHub's issues, labels and collaborators as our records. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from automation.model.issue import Head, Issue, Label
from automation.text.escaping import marker_in
from automation.trackers.github.history_merging import Details, history, login
from automation.trackers.list_rows import label_set
from automation.trackers.ordered_history import Row, parse_time

LINKED = "linked"  # the marker of a comment that stands for a link
_UNSTEADY = timedelta(seconds=1)  # GitHub's times are whole seconds
_PARENT = re.compile(r"/repos/([^/]+/[^/]+)/issues/(\d+)")


def issue_of(row: Row, details: Details | None = None, *, me: str = "", text: bool = True) -> Issue:
    """The issue in ``row``: with its history, if ``details`` are given; with its body, if asked."""
    events, comments = history(row, details) if details else ((), ())
    marks = (marker_in(LINKED, c.body) for c in comments if c.author == me)
    noted = {str(mark.get("to")) for mark in marks if mark}
    children = details.children if details else frozenset()
    return Issue(
        ref=ref_of(row),
        title=row["title"],
        body=(row["body"] or "") if text else "",
        author=login(row["user"]),
        opened_at=parse_time(row["created_at"]),
        updated_at=parse_time(row["updated_at"]),
        closed=row["state"] == "closed",
        labels=labels(row),
        assignees=assignees(row),
        locked=bool(row.get("locked")),
        links=frozenset({*noted, *children, *parent(row)}) if details else frozenset(),
        url=row["html_url"],
        events=events,
        comments=comments,
    )


def ref_of(row: Row) -> str:
    """ "#42" """
    return f"#{row['number']}"


def is_issue(row: Row) -> bool:
    """Lists of issues have the pull requests in them."""
    return "pull_request" not in row


def labels(row: Row) -> frozenset[str]:
    """The names of an issue's labels."""
    return label_set(tuple(row["labels"]))


def assignees(row: Row) -> tuple[str, ...]:
    """The logins in the order in which GitHub has them."""
    return tuple(str(user["login"]) for user in row.get("assignees") or ())


def parent(row: Row) -> Iterator[str]:
    """The issue that this one is a sub-issue of, if it is of this repository."""
    found = _PARENT.search(row.get("parent_issue_url") or "")
    if found and row.get("repository_url", "").lower().endswith(f"/repos/{found[1]}".lower()):
        yield f"#{found[2]}"


def has_children(row: Row) -> bool:
    """Has it sub-issues?"""
    return bool((row.get("sub_issues_summary") or {}).get("total"))


def heads_of(rows: Iterable[Row], at: datetime | None) -> Iterator[Head]:
    """A head for each issue of a page that was answered ``at`` this time.

    What moved in the second of the answer may move once more in it, and look the same: it is
    not steady.
    """
    for row in filter(is_issue, rows):
        moved = parse_time(row["updated_at"])
        yield Head(
            ref_of(row),
            moved,
            row["state"] == "closed",
            labels(row),
            login(row["user"]),
            int(row.get("comments") or 0),
            at is None or moved < at - _UNSTEADY,
        )


def label_of(row: Row, known: frozenset[str] | set[str]) -> Label:
    """A label."""
    color = str(row["color"] or "").removeprefix("#").lower()
    number = str(row.get("id") or "")
    return Label(row["name"], color, row.get("description") or "", row["name"] in known, number)


def stamp(at: datetime) -> str:
    """A time for a query: in UTC, to the second below."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def is_older(issue: Issue) -> bool:
    """Was its row read before its history, and something happened in between?"""
    times = [*(event.at for event in issue.events), *(comment.at for comment in issue.comments)]
    return max(times, default=issue.updated_at) > issue.updated_at


def is_member(may: Mapping[str, bool]) -> bool:
    """Whether these permissions are a member's: at least triage."""
    return any(may.get(level) for level in ("triage", "push", "maintain", "admin"))
