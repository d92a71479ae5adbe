"""Reading issues from GitHub: one list for a hundred, then two reads of each that matters.

An empty list is no proof that there is nothing: GitHub answers with one at times.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import islice
from typing import Any

from automation.http.answers import Refusal
from automation.http.shapes import Odd, Shape, nothing
from automation.http.side_by_side import do_each
from automation.model.issue import Fate, Head, Issue, Reaction
from automation.stored_state.card import calls_somebody
from automation.trackers.action_in_words import Doing
from automation.trackers.github.history_merging import RECEIPT, Details, comment_of, login
from automation.trackers.github.people import People
from automation.trackers.github.records import (
    has_children,
    heads_of,
    is_issue,
    is_older,
    issue_of,
    labels,
    ref_of,
    stamp,
)
from automation.trackers.github.rows import (
    CHILD,
    COMMENT,
    EDITED,
    ISSUE,
    REACTION,
    TEXT_EDITED,
    listed_head,
    timeline_entry,
)
from automation.trackers.github.wire import GRAPHQL
from automation.trackers.github.writer import Writer
from automation.trackers.list_rows import by_number, may_matter, ref_in, split_rows
from automation.trackers.ordered_history import Row, parse_time
from automation.trackers.refs import comment_number
from automation.trackers.unreadable import Reads, Unreadable
from automation.trackers.wire import PAGE, Answer, Wire

READS = 2  # of each issue: its row and its timeline
_GONE = (404, 410)
# The order of opening never changes, so that what moves while we turn pages is not skipped.
_OLDEST_FIRST = {"sort": "created", "direction": "asc"}
LATELY = 10  # pages of what changed last
_LAST = 30  # issues that the list of what moved last shows
_LAST_MOVED: dict[str, Any] = {
    "state": "all",
    "sort": "updated",
    "direction": "desc",
    "per_page": _LAST,
}
_LATELY = timedelta(days=1)
_KEPT = 500  # rows of long lists: at most 30 MB
_ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
_NAMED = ref_in("number")
_EDITOR = "query($id:ID!){node(id:$id){... on IssueComment{editor{login}}}}"
_TEXT_EDITED = (
    "query($owner:String!,$name:String!,$number:Int!){repository:repository(owner:$owner,"
    "name:$name){issue(number:$number){lastEditedAt}}}"
)
Query = dict[str, Any]


class Reader:
    """Issues of one repository; ``writer`` is told of every row and history that was read.
    ``thorough`` also asks whose reactions are on comments, not only how many (one more request
    each)."""

    def __init__(
        self,
        wire: Wire,
        path: str,
        project: str,
        people: People,
        writer: Writer,
        *,
        workers: int,
        thorough: bool = False,
    ) -> None:
        self._wire = wire
        self._repository = path
        self._path = f"{path}/issues"
        self._project = project
        self._people = people
        self._writer = writer
        self._workers = workers
        self._thorough = thorough
        self._last_moved = LastMoved(wire)

    def rows(self, *, once: bool = False, **query: Any) -> Iterator[Row]:
        """The rows of a list, the oldest first, without pull requests."""
        for answer in self._answers(query, ISSUE, once=once):
            yield from filter(is_issue, answer.data)

    def _answers(self, query: Query, row: Shape, *, once: bool = False) -> Iterator[Answer]:
        """The pages of a list; one that should not be empty, and is, is asked for once more,
        unless ``once``: who asks does that."""
        doing = Doing("reading the issues of", self._project, writes=False)
        found = False
        query = _OLDEST_FIRST | query
        for answer in self._wire.answers(doing, self._path, row, query, _NAMED):
            found = found or bool(answer.data)
            yield answer
        if not found and not once and "since" not in query:
            yield from self._wire.answers(doing, self._path, row, query, _NAMED)

    def numbered(self, numbers: Iterable[int], unreadable: Unreadable | None = None) -> list[Issue]:
        """The issues with these numbers, as far as there are any here, with their histories."""
        reads = Reads(unreadable)

        def read(number: int) -> Issue | None:
            return reads.attempt(f"#{number}", lambda: self._numbered(number))

        return _oldest_first(
            reads.found(do_each(read, list(dict.fromkeys(numbers)), self._workers))
        )

    def _numbered(self, number: int) -> Issue | None:
        row = self.row(number)
        return self._complete(row) if row else None

    def list_last_moved(self) -> None:
        """List what moved last, so that it need not be asked for one by one."""
        doing = Doing("reading the issues of", self._project, writes=False)
        try:
            self._last_moved.show(self._wire.page(doing, self._path, ISSUE, _LAST_MOVED))
        except Refusal as refusal:
            if refusal.failure.kind != "shape":  # else each is asked for by itself
                raise

    def moved_last(self) -> Iterator[Row]:
        """The rows of the issues that changed last, the latest first: so many, and no more."""
        doing = Doing("reading the issues of", self._project, writes=False)
        query: Query = {**_LAST_MOVED, "per_page": PAGE}
        for answer in islice(self._wire.answers(doing, self._path, ISSUE, query, _NAMED), LATELY):
            yield from filter(is_issue, answer.data)

    def row(self, number: int) -> Row | None:
        """The row of one issue; None for a pull request, and for what is gone or elsewhere."""
        row = self._last_moved.take(number) or self._asked(number)
        if row is None or not is_issue(row):
            return None
        self._writer.saw(row)
        return row

    def _asked(self, number: int) -> Row | None:
        doing = Doing("reading", self._project, f"#{number}", writes=False)
        try:
            row: Row = self._wire.get(doing, f"{self._path}/{number}", ISSUE)
        except Refusal as refusal:
            if refusal.failure.kind == "redirect":
                self._is_here()
                return None
            if refusal.failure.status in _GONE and "disabled" not in refusal.failure.said:
                return None
            raise
        return row

    def comment(self, ref: str, number: int) -> Row | None:
        """One comment; None if it is not there."""
        doing = Doing("reading", self._project, ref, writes=False)
        try:
            row: Row = self._wire.get(doing, f"{self._path}/comments/{number}", COMMENT)
        except Refusal as refusal:
            if refusal.failure.status in _GONE:
                return None
            raise
        return row

    def comments(self, ref: str) -> Iterator[Row]:
        """All comments on an issue, the oldest first."""
        doing = Doing("reading", self._project, ref, writes=False)
        yield from self._wire.pages(doing, f"{self._path}/{ref[1:]}/comments", COMMENT)

    def editor(self, ref: str, comment: str) -> str | None:
        """Who edited a comment last, where GitHub tells. Only GraphQL does."""
        number = comment_number(comment)
        row = self.comment(ref, number) if number else None
        if row is None or "node_id" not in row:
            return None
        doing = Doing("asking who edited a comment of", self._project, ref, writes=False)
        asked = {"query": _EDITOR, "variables": {"id": row["node_id"]}}
        try:
            answer: Row = self._wire.post(doing, GRAPHQL, asked, EDITED, delta=True)
        except Refusal:  # nobody waits for that: a token may not ask, or GraphQL is down
            return None
        node = (answer["data"] or {}).get("node") or {}
        return login(node.get("editor"))

    def description_edited_at(self, ref: str) -> datetime | None:
        """When the issue's own text was edited last. Only GraphQL tells."""
        owner, _, name = self._project.partition("/")
        doing = Doing("asking when the text was edited of", self._project, ref, writes=False)
        named = {"owner": owner, "name": name, "number": int(ref[1:])}
        asked = {"query": _TEXT_EDITED, "variables": named}
        try:
            answer: Row = self._wire.post(doing, GRAPHQL, asked, TEXT_EDITED, delta=True)
        except Refusal:
            return None
        row = ((answer["data"] or {}).get("repository") or {}).get("issue") or {}
        return parse_time(row["lastEditedAt"]) if row.get("lastEditedAt") else None

    def fate(self, number: int) -> Fate:
        """Where the issue is now, or whether it is gone."""
        doing = Doing("reading", self._project, f"#{number}", writes=False)
        try:
            self._wire.get(doing, f"{self._path}/{number}", nothing)
        except Refusal as refusal:
            failure = refusal.failure
            if failure.kind == "redirect":
                self._is_here()
                return "moved"
            if failure.status in _GONE and "disabled" not in failure.said:
                return "deleted" if failure.status == 410 else "unknown"
            raise
        return "here"

    def elsewhere(self, ref: str, path: str) -> Issue:
        """The issue at a path of another repository, by its reference here, with its comments."""
        doing = Doing("reading", self._project, ref, writes=False)
        issue = issue_of(self._wire.get(doing, path, ISSUE))
        rows = self._wire.pages(doing, f"{path}/comments", COMMENT)
        return replace(issue, ref=ref, comments=tuple(map(comment_of, rows)))

    def _is_here(self) -> None:
        """Raises ServiceError if it is not the issue that has moved, but the repository."""
        doing = Doing("reading", self._project, writes=False)
        self._wire.get(doing, self._repository, nothing)

    def current(
        self,
        closed_since: datetime | None,
        ours: Callable[[str], bool] | None,
        unreadable: Unreadable | None = None,
    ) -> list[Issue]:
        """All open issues, and the closed ones that moved since. With ``ours``, which tells labels
        of ours, those that cannot matter have no text and history."""
        me = self._people.me() if ours else ""

        def matters(row: Row) -> bool:
            return ours is None or concerns(row, me, ours)

        listed = (row for query in _now(closed_since) for row in self.rows(**query))
        rows, others = split_rows(listed, "number", matters, partial(issue_of, text=False))
        reads = Reads(unreadable)

        def read(row: Row) -> Issue | None:
            return reads.attempt(ref_of(row), lambda: self._complete(row))

        found = do_each(read, rows, self._workers)
        return _oldest_first([*reads.found(found), *others])

    def heads(self, since: datetime | None, closed_since: datetime | None) -> list[Head]:
        """What moved since; without that all open issues, and closed ones as `current`."""
        if since and (rows := self._last_moved.since(since)) is not None:
            return by_number(heads_of(rows, self._last_moved.at))
        queries = [{"state": "all", "since": stamp(since)}] if since else _now(closed_since)
        return by_number(
            head
            for query in queries
            for answer in self._answers(query, listed_head)
            for head in heads_of(self._last_moved.among(answer), answer.at)
        )

    def _complete(self, row: Row) -> Issue | None:
        """The issue with its history; None if it is gone for good by now. A 404 does not say so:
        for a token that has lost a right it looks the same."""
        try:
            details = self._details(row)
            found = issue_of(row, details, me=self._people.me())
            if not is_older(found):
                return found
            fresh = self._asked(row["number"])  # somebody acted between the two reads
            return issue_of(fresh, details, me=self._people.me()) if fresh else None
        except Refusal as refusal:
            if refusal.failure.status == 410:
                return None
            raise

    def _details(self, row: Row) -> Details:
        path, ref = f"{self._path}/{row['number']}", ref_of(row)
        doing = Doing("reading", self._project, ref, writes=False)
        timeline = list(self._wire.pages(doing, f"{path}/timeline", timeline_entry))
        self._writer.locks.saw(row["number"], timeline, self._people.me)
        told = sum(entry.get("event") == "commented" for entry in timeline)
        lacks = told < int(row.get("comments") or 0)
        comments = list(self._wire.pages(doing, f"{path}/comments", COMMENT)) if lacks else None
        said = comments if lacks else [e for e in timeline if e.get("event") == "commented"]
        receipts = self._receipts(doing, said or ()) if self._thorough else None
        answers = self._answers_to_calls(doing, said or (), row)
        return Details(timeline, comments, self._children(doing, row, path), receipts, answers)

    def _answers_to_calls(
        self, doing: Doing, comments: Iterable[Row], row: Row
    ) -> dict[str, tuple[Reaction, ...]]:
        """Who reacted to our comments that call somebody, of an open issue; one request for each
        that has reactions."""
        found: dict[str, tuple[Reaction, ...]] = {}
        me = self._people.me()
        for comment in comments if row["state"] == "open" else ():
            author = login(comment.get("user") or comment.get("actor"))
            count = (comment.get("reactions") or {}).get("total_count")
            if count and author == me and calls_somebody(comment["body"] or ""):
                path = f"{self._path}/comments/{comment['id']}/reactions"
                rows = self._wire.pages(doing, path, REACTION)
                people = ((login(each["user"]), parse_time(each["created_at"])) for each in rows)
                found[str(comment["id"])] = tuple(
                    Reaction(who, at) for who, at in people if who and who != me
                )
        return found

    def _receipts(self, doing: Doing, comments: Iterable[Row]) -> frozenset[str]:
        return frozenset(str(row["id"]) for row in comments if self._is_receipted(doing, row))

    def _is_receipted(self, doing: Doing, comment: Row) -> bool:
        if (comment.get("reactions") or {RECEIPT: 1}).get(RECEIPT) == 0:
            return False
        path = f"{self._path}/comments/{comment['id']}/reactions"
        rows = self._wire.pages(doing, path, REACTION, {"content": RECEIPT})
        me = self._people.me()
        return any(row["content"] == RECEIPT and login(row["user"]) == me for row in rows)

    def _children(self, doing: Doing, row: Row, path: str) -> frozenset[str]:
        if not has_children(row):
            return frozenset()
        rows = self._wire.pages(doing, f"{path}/sub_issues", CHILD)
        here = row.get("repository_url")
        return frozenset(ref_of(child) for child in rows if child.get("repository_url") == here)


def _oldest_first(issues: Iterable[Issue]) -> list[Issue]:
    return sorted(issues, key=lambda issue: (issue.opened_at, int(issue.ref[1:])))


def concerns(row: Row, me: str, ours: Callable[[str], bool]) -> bool:
    """Whether this issue can matter: it is ours, talked about, marked, or has a label of ours."""
    talked, mine = bool(row.get("comments")), login(row["user"]) == me
    return may_matter(talked, mine, row["body"], labels(row), ours)


def _now(closed_since: datetime | None) -> Iterator[Query]:
    yield {"state": "open"}
    if closed_since is not None:  # second, so that what is closed meanwhile is in it
        yield {"state": "closed", "since": stamp(closed_since)}


class LastMoved:
    """What lists have just shown of the issues that moved last: what a run then reads is nearly
    always among them. Each row is taken once, and none after we have written anything."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._rows: list[Row] = []
        self._not_taken: dict[int, Row] = {}
        self._whole: dict[int, Any] = {}  # rows of longer lists, not yet read by their shape
        self._since: datetime | None = None  # since when nothing is missing
        self._writes_then = 0
        self.at: datetime | None = None  # when it was shown, by GitHub's clock

    def show(self, answer: Answer) -> None:
        """Keep the rows of a list. An empty one shows nothing, not that there is nothing."""
        rows: Sequence[Row] = answer.data
        self._rows = list(rows)
        self._not_taken = {row["number"]: row for row in rows}
        moved = [parse_time(row["updated_at"]) for row in rows]
        self._since = _ALWAYS if 0 < len(rows) < _LAST else min(moved, default=None)
        self._writes_then, self.at = self._wire.written, answer.at

    def among(self, answer: Answer) -> Sequence[Row]:
        """The heads of a page of a longer list, of whose rows those that moved last are kept."""
        heads: list[dict[str, Any]] = answer.data
        lately = stamp(answer.at - _LATELY) if answer.at and self._is_current() else "9"
        for head in heads:
            whole = head.pop("whole")
            if head["updated_at"] >= lately and len(self._whole) < _KEPT:
                self._whole[head["number"]] = whole
        return heads

    def take(self, number: int) -> Row | None:
        """The row of an issue, the first time that it is asked for. One of no shape that we can
        read is asked for by itself, which says what is wrong."""
        if not self._is_current():
            return None
        shown = self._not_taken.pop(number, None)
        try:
            newer: Row | None = ISSUE(self._whole.pop(number, None))
        except Odd:
            return shown
        return newer

    def since(self, since: datetime) -> list[Row] | None:
        """The rows that moved since; None if the list does not reach back so far."""
        if self._since is None or self._since >= since or not self._is_current():
            return None
        return [row for row in self._rows if parse_time(row["updated_at"]) >= since]

    def _is_current(self) -> bool:
        return self._writes_then == self._wire.written
