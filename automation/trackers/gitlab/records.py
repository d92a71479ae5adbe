"""GitLab's issues, labels and members as our records. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta

from automation.model.issue import Head, Issue, Label
from automation.trackers.gitlab.history_merging import Details, history, linked, login
from automation.trackers.gitlab.native_incidents import NOTHING, NativeIncidents, native_severity
from automation.trackers.list_rows import label_set, may_matter
from automation.trackers.ordered_history import Row, parse_time

GUEST = 10  # the least role of a member
_UNSTEADY = timedelta(
    seconds=75
)  # GitLab's minute (throttled_touch.rb), and how late a list may be


def issue_of(row: Row, details: Details | None = None, *, text: bool = True) -> Issue:
    """The issue in ``row``: with its history, if ``details`` are given; with its body, if asked."""
    events, comments = history(row, details) if details else ((), ())
    return Issue(
        ref=ref_of(row),
        title=row["title"],
        body=(row["description"] or "") if text else "",
        author=login(row["author"]),
        opened_at=parse_time(row["created_at"]),
        updated_at=parse_time(row["updated_at"]),
        closed=row["state"] == "closed",
        labels=label_set(tuple(row["labels"])),
        assignees=assignees(row),
        confidential=bool(row.get("confidential")),
        due=date.fromisoformat(row["due_date"]) if row.get("due_date") else None,
        links=_links(details) if details else frozenset(),
        url=row["web_url"],
        native_severity=native_severity(row),
        events=events,
        comments=comments,
    )


def _links(details: Details) -> frozenset[str]:
    return linked(details.notes) if details.links is None else details.links


def ref_of(row: Row) -> str:
    """ "#42" """
    return f"#{row['iid']}"


def assignees(row: Row) -> tuple[str, ...]:
    """The logins in the order in which GitLab has them."""
    return tuple(str(user["username"]) for user in row.get("assignees") or ())


def heads_of(
    rows: Iterable[Row], at: datetime | None, native: NativeIncidents = NOTHING
) -> Iterator[Head]:
    """A head for each row of a page that was answered ``at`` this time. Equal sets of labels are
    one.

    Within a minute of an issue's last change a comment does not move its time: what moved so
    short a while before the answer is not steady.
    """
    for row in rows:
        moved = parse_time(row["updated_at"])
        yield Head(
            ref_of(row),
            moved,
            row["state"] == "closed",
            label_set(native.labels_of(row)),
            login(row["author"]),
            int(row.get("user_notes_count") or 0),
            at is None or moved < at - _UNSTEADY,
        )


def concerns(
    row: Row, me: str, ours: Callable[[str], bool], native: NativeIncidents = NOTHING
) -> bool:
    """Whether this issue can matter: it is ours, talked about, marked, or has a label of ours."""
    talked, mine = bool(row.get("user_notes_count")), login(row["author"]) == me
    return may_matter(talked, mine, row["description"], native.labels_of(row), ours)


def label_of(row: Row, known: frozenset[str] | set[str]) -> Label:
    """A label; a group's is never ours."""
    ours = bool(row.get("is_project_label", True)) and row["name"] in known
    color = str(row["color"] or "").removeprefix("#").lower()
    return Label(row["name"], color, row["description"] or "", ours, str(row.get("id") or ""))


def is_member(row: Row) -> bool:
    """Whether a row of the members is a person who may act: not blocked, at least a guest."""
    return row.get("state") == "active" and int(row.get("access_level") or 0) >= GUEST
