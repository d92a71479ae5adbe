"""Reading issues from GitLab: one list for a hundred, then three reads of each that matters."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any

from automation.http.answers import Refusal
from automation.http.shapes import Shape
from automation.model.bounds import REACTIONS
from automation.model.issue import Head, Issue, Reaction
from automation.stored_state.card import calls_somebody
from automation.trackers.action_in_words import Doing
from automation.trackers.gitlab.history_merging import Details, Reactions, login
from automation.trackers.gitlab.native_incidents import NativeIncidents
from automation.trackers.gitlab.people import People
from automation.trackers.gitlab.records import concerns, heads_of, issue_of, ref_of
from automation.trackers.gitlab.rows import EDITED, EMOJI, HEAD, HISTORIES, ISSUE, LINKED, NOTE
from automation.trackers.gitlab.wire import GRAPHQL
from automation.trackers.list_rows import by_number, query_time, ref_in, split_rows
from automation.trackers.ordered_history import Row, parse_time
from automation.trackers.unreadable import Reads, Unreadable
from automation.trackers.wire import PAGE, Answer, Wire

CARD, COMMAND = "<!-- ima:card ", "/ima"  # in notes: of ours, of people
RECEIPT = "white_check_mark"
READS = 3  # of each issue: its notes, the events of its labels, those of its state
_NAMED = ref_in("iid")
Query = dict[str, Any]
Each = Callable[..., Iterable[Any]]  # `map`, or a pool's
LATELY = 10  # pages of what changed last
_EDITOR = "query($id: NoteID!) { note(id: $id) { lastEditedBy { username } } }"
# The order of opening never changes, so that what moves while we turn pages is not skipped.
_OLDEST_FIRST = {"order_by": "created_at", "sort": "asc"}


class Reader:
    """Issues of one project. ``thorough`` also reads links and reactions (one more request an
    issue, and one a comment)."""

    def __init__(
        self,
        wire: Wire,
        path: str,
        project: str,
        people: People,
        *,
        workers: int = 8,
        thorough: bool = False,
        native: NativeIncidents | None = None,
        former: Collection[str] = (),
    ) -> None:
        self._wire = wire
        self._path = f"{path}/issues"
        self._project = project
        self._people = people
        self._workers = workers
        self._thorough = thorough
        self._native = native or NativeIncidents()
        self._former = former  # accounts that were ours; more of them may become known
        self.ids: dict[int, int] = {}  # by iid: what GraphQL calls those that were read whole

    def rows(self, **query: Any) -> Iterator[Row]:
        """The rows of a list, the oldest first."""
        for answer in self._answers(query, ISSUE):
            yield from answer.data

    def _answers(self, query: Query, row: Shape) -> Iterator[Answer]:
        """The pages of a list."""
        doing = Doing("reading the issues of", self._project, writes=False)
        query = _OLDEST_FIRST | query
        yield from self._wire.answers(doing, self._path, row, query, _NAMED)

    def moved_last(self) -> Iterator[Row]:
        """The rows of the issues that changed last, the latest first: so many, and no more."""
        doing = Doing("reading the issues of", self._project, writes=False)
        query: Query = {"order_by": "updated_at", "sort": "desc"}
        for answer in islice(self._wire.answers(doing, self._path, ISSUE, query, _NAMED), LATELY):
            yield from answer.data

    def numbered(self, iids: Sequence[int]) -> list[Row]:
        """The rows of the issues with these numbers, as far as there are any."""
        found: dict[int, Row] = {}
        for start in range(0, len(iids), PAGE):
            asked = {"iids[]": list(iids[start : start + PAGE])}
            found |= {row["iid"]: row for row in self.rows(**asked)}
        return _oldest_first(found.values())

    def note(self, iid: int, number: int) -> Row | None:
        """One comment; None if it is not there."""
        doing = Doing("reading", self._project, f"#{iid}", writes=False)
        try:
            row: Row = self._wire.get(doing, f"{self._path}/{iid}/notes/{number}", NOTE)
        except Refusal as refusal:
            if refusal.failure.status == 404:
                return None
            raise
        return row

    def editor(self, ref: str, comment: str) -> str | None:
        """Who edited a comment last, where GitLab tells. Only GraphQL does, since 15.9."""
        doing = Doing("asking who edited a comment of", self._project, ref, writes=False)
        asked = {"query": _EDITOR, "variables": {"id": f"gid://gitlab/Note/{comment}"}}
        try:
            answer: Row = self._wire.post(doing, GRAPHQL, asked, EDITED, delta=True)
        except Refusal:  # nobody waits for that: a token may not ask, or GraphQL is down
            return None
        note = (answer["data"] or {}).get("note") or {}
        return (note.get("lastEditedBy") or {}).get("username")

    def notes(self, ref: str) -> Iterator[Row]:
        """All comments on an issue, the oldest first."""
        doing, order = Doing("reading", self._project, ref, writes=False), _OLDEST_FIRST
        yield from self._wire.pages(doing, f"{self._path}/{ref[1:]}/notes", NOTE, order)

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
            return ours is None or concerns(row, me, ours, self._native)

        listed = (row for query in _now(closed_since) for row in self.rows(**query))
        rows, others = split_rows(listed, "iid", matters, partial(issue_of, text=False))
        found = [*self.complete(rows, unreadable), *others]
        return sorted(found, key=lambda issue: (issue.opened_at, int(issue.ref[1:])))

    def heads(self, since: datetime | None, closed_since: datetime | None) -> list[Head]:
        """What moved since; without that all open issues, and closed ones as `current`."""
        queries = [{"updated_after": query_time(since)}] if since else _now(closed_since)
        return by_number(
            head
            for query in queries
            for answer in self._answers(query, HEAD)
            for head in heads_of(answer.data, answer.at, self._native)
        )

    def complete(self, rows: Sequence[Row], unreadable: Unreadable | None = None) -> list[Issue]:
        """The issues with their histories, several at a time.

        Of one or two, several reads at a time: somebody waits for them.
        """
        reads = Reads(unreadable)

        def read(each: Each, row: Row) -> Issue | None:
            return reads.attempt(ref_of(row), lambda: issue_of(row, self._details(each, row)))

        if self._workers < 2 or not rows:
            found = [read(map, row) for row in rows]
        else:
            from concurrent.futures import ThreadPoolExecutor

            with ThreadPoolExecutor(min(self._workers, len(rows) * READS)) as pool:
                if len(rows) * READS <= self._workers:
                    found = [read(pool.map, row) for row in rows]
                else:
                    found = list(pool.map(partial(read, map), rows))
        return reads.found(found)

    def _details(self, each: Each, row: Row) -> Details:
        path, ref = f"{self._path}/{row['iid']}", ref_of(row)
        if row.get("id"):
            self.ids[row["iid"]] = row["id"]
        doing = Doing("reading", self._project, ref, writes=False)

        def listed(what: str) -> list[dict[str, Any]]:
            order = {"sort": "asc", "order_by": "created_at"} if what == "notes" else None
            return list(self._wire.pages(doing, f"{path}/{what}", HISTORIES[what], order))

        notes, labels, states = each(listed, HISTORIES)
        for note in notes:
            self._people.saw(note["author"])
        for person in row.get("assignees") or ():
            self._people.saw(person)
        return Details(
            notes,
            labels,
            states,
            self._links(doing, row, path) if self._thorough else None,
            self._reactions(doing, notes, row, path),
            self._native.asking(self._people.me, notes),
            self._people.renamed,
        )

    def _links(self, doing: Doing, row: Row, path: str) -> frozenset[str]:
        rows = self._wire.pages(doing, f"{path}/links", LINKED)
        return frozenset(ref_of(r) for r in rows if r["project_id"] == row["project_id"])

    def _reactions(
        self, doing: Doing, notes: Sequence[Row], row: Row, path: str
    ) -> dict[str, Reactions]:
        found = {}
        for note in [*self._unsure(notes), *self._calls(notes, row)]:
            where = f"{path}/notes/{note['id']}/award_emoji"
            rows = list(self._wire.pages(doing, where, EMOJI))
            ours = any(row["name"] == RECEIPT and self._is_us(row["user"]) for row in rows)
            times = tuple(parse_time(row["created_at"]) for row in rows)
            people = tuple(
                Reaction(who, at)
                for row, at in zip(rows, times, strict=True)
                if (who := login(row["user"])) and not self._is_us(row["user"])
            )
            found[str(note["id"])] = Reactions(ours, times, people)
        return found

    def _calls(self, notes: Sequence[Row], row: Row) -> list[Row]:
        """Our comments that call somebody, of an open issue, that were touched since: an emoji on
        one is an answer. A request each."""
        if self._thorough or row["state"] != "opened":
            return []
        touched = [n for n in notes if not n["system"] and n["updated_at"] != n["created_at"]]
        calls = [note for note in touched if calls_somebody(note["body"] or "")]
        return [note for note in calls if self._is_us(note["author"])]

    def _is_us(self, user: Row | None) -> bool:
        """Is it our account, or one that was?"""
        return login(user) in (self._people.me(), *self._former)

    def _unsure(self, notes: Sequence[Row]) -> list[Row]:
        """Commands of which no card of ours can tell whether they have their reaction, and
        whether it is an edit that moved their time: where there is no card, all of them; else
        those that were touched since it was written. A request each, so of strangers none, whose
        commands have no reaction of ours, and of the others the newest."""
        if self._thorough:
            return [note for note in notes if not note["system"]]
        if not any(map(_is_command, notes)):
            return []
        commands = [n for n in notes if _is_command(n) and not self._is_us(n["author"])]
        cards = [
            parse_time(n["updated_at"]) for n in notes if self._is_us(n["author"]) and _is_card(n)
        ]
        if cards:
            touched = [n for n in commands if n["updated_at"] != n["created_at"]]
            commands = [n for n in touched if parse_time(n["updated_at"]) > max(cards)]
        strangers = self._people.outsiders(filter(None, (login(n["author"]) for n in commands)))
        ours = [note for note in commands if login(note["author"]) not in strangers]
        return sorted(ours, key=lambda note: note["updated_at"])[-REACTIONS:]


def _now(closed_since: datetime | None) -> Iterator[Query]:
    yield {"state": "opened"}
    if closed_since is not None:  # second, so that what is closed meanwhile is in it
        yield {"state": "closed", "updated_after": query_time(closed_since)}


def _is_command(note: Row) -> bool:
    return not note["system"] and COMMAND in (note["body"] or "").lower()


def _is_card(note: Row) -> bool:
    return CARD in (note["body"] or "")


def _oldest_first(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (row["created_at"], row["iid"]))
