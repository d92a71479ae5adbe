"""Writing to issues on GitHub: as few requests as it allows, and each answer read.

A label is put on before another is taken off, so that no family is empty in between. An answer
that is lost is looked for before its write is repeated, for some seconds, for lists lag: what has
our marker is never made twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any, NamedTuple

from automation.http.answers import Refusal
from automation.http.shapes import Shape, listed
from automation.model.issue import Draft, Update
from automation.trackers.action_in_words import Doing, naming
from automation.trackers.github.history_merging import RECEIPT, login
from automation.trackers.github.labels import path_name
from automation.trackers.github.links import Links
from automation.trackers.github.locked_issues import Locks
from automation.trackers.github.payloads import (
    MOST_ASSIGNEES,
    draft_body,
    is_comment,
    is_draft,
    is_lost,
    marker,
    stub_draft,
    update_body,
)
from automation.trackers.github.people import People
from automation.trackers.github.records import assignees, ref_of
from automation.trackers.github.rows import CHANGED, COMMENTED, COUNTED, ISSUE, MADE, SAID
from automation.trackers.github.security_incidents import Hiding
from automation.trackers.ordered_history import Row
from automation.trackers.refs import (
    check_fits,
    comment_number,
    no_comment,
    no_issue,
    number_of,
    sendable,
)
from automation.trackers.wire import Wire

BODY_LIMIT, TITLE_LIMIT = 65_536, 256  # characters
_MARKED = "<!-- ima:"
_LOOKS = (0.0, 1.0, 2.0, 4.0)  # paces before each: so long GitHub's lists may lag behind a write
_INVALID = 422
INCIDENT = "Incident"  # the type, whatever its case there


class Search(NamedTuple):
    """How to look for what a lost answer told of. An empty list is no proof: `is_none` may be."""

    read: Callable[[], Sequence[Row]]
    is_it: Callable[[Row], bool]
    is_none: Callable[[], bool]


class Writer:
    """The writes on issues of one repository. ``rest`` is what lasts so many paces."""

    def __init__(
        self,
        wire: Wire,
        path: str,
        project: str,
        people: People,
        private: str,
        rest: Callable[[float], None],
        has_types: bool = False,
        has_dependencies: bool = False,
    ) -> None:
        self._has_types, self._has_dependencies = has_types, has_dependencies
        self._wire = wire
        self._rest = rest
        self._repository = path
        self._path = f"{path}/issues"
        self._project = project
        self._people = people
        self.hiding = Hiding(wire, self._path, project, private, people.is_private)
        self.locks = Locks(wire, project, self.hiding.path)
        self._links = Links(wire, self._path, project, self.comment, self._comments)
        self.dropped: dict[str, list[str]] = {}  # by issue: whom GitHub did not assign

    def saw(self, row: Row) -> None:
        """Remember of an issue what a link to it needs."""
        self._links.saw(row)

    def open(self, draft: Draft) -> str:
        """Open an issue, then link it. Where a link fails, the issue is there all the same."""
        doing = Doing("opening an issue in", self._project)
        self._check_lengths(f"a new issue of {self._project}", draft.title, draft.body)
        for other in draft.links:
            self.number(other)
        people, missed = self._people_for(draft.assignees, "")
        secret = (
            draft.confidential and bool(draft.links) and not self.hiding.is_home
        )  # it follows what is shut in
        body = draft_body(stub_draft(draft) if secret else draft, people)
        row = self._post_typed(doing, body, draft.incident)
        ref = ref_of(row)
        self.saw(row)
        self._note_dropped(ref, missed)
        self._note_unassigned(ref, people, row)
        for other in draft.links:
            self.link(other, ref)
        for waiting in draft.blocks if self._has_dependencies else ():
            self._links.block(self.number(waiting), self.number(ref))
        if secret:
            self._fill_hidden(ref, draft)
        return ref

    def _post_typed(self, doing: Doing, body: dict[str, Any], incident: bool) -> Row:
        """With the type of incidents, if the organisation has it: of one that it has not, GitHub
        opens nothing."""
        search = self._search_for_opened(doing, body)
        if incident and self._has_types:
            try:
                typed = body | {"type": INCIDENT}
                return self._post_once(doing, self._path, typed, ISSUE, search)
            except Refusal as refusal:
                said = refusal.failure.said.lower()
                if refusal.failure.status != _INVALID or "type" not in said:
                    raise
                self._has_types = False
        return self._post_once(doing, self._path, body, ISSUE, search)

    def _search_for_opened(self, doing: Doing, body: dict[str, Any]) -> Search:
        """Among the newest issues, of whomever."""
        newest = {"state": "open", "sort": "created", "direction": "desc"}
        return Search(
            lambda: self._wire.get(doing, self._path, listed(ISSUE), newest),
            lambda row: is_draft(row, body, self._people.me()),
            lambda: not self._wire.get(doing, self._repository, COUNTED)["open_issues_count"],
        )

    def _fill_hidden(self, ref: str, draft: Draft) -> None:
        """Say what it is about where only members read it; else leave it empty."""
        self.hiding.hide(self.number(ref))
        if self.hiding.has_moved(self.number(ref)):
            self.edit(ref, draft.title, draft.body)

    def update(self, ref: str, update: Update) -> None:
        """Labels that come, then assignees and state, then labels that go."""
        doing, path = Doing(naming(update), self._project, ref), self._issue(ref)
        people, missed = self._people_for(update.assignees or (), ref)
        self._note_dropped(ref, missed)
        if update.add_labels:
            added = {"labels": sorted(update.add_labels)}
            self._wire.post(doing, f"{path}/labels", added, delta=True)
        if body := update_body(update, people):
            self._note_unassigned(ref, people, self._wire.patch(doing, path, body, CHANGED))
        for label in sorted(update.remove_labels):
            self._take_off(doing, path, label)
        if update.confidential:
            self.hiding.hide(self.number(ref))

    def _take_off(self, doing: Doing, path: str, label: str) -> None:
        try:
            self._wire.delete(doing, f"{path}/labels/{path_name(label)}", delta=True)
        except Refusal as refusal:  # it is not there: 404, as for an issue that is not there
            if refusal.failure.status != 404 or "label" not in refusal.failure.said.lower():
                raise

    def comment(self, ref: str, body: str) -> str:
        """Comment, and return the comment's id."""
        doing, path = Doing("commenting on", self._project, ref), self._issue(ref)
        check_fits("github", f"the comment on {doing.where}", body, BODY_LIMIT)
        text = sendable(body)
        search = Search(
            lambda: self._comments(ref),
            lambda row: is_comment(row, text, self._people.me()),
            lambda: not self._wire.get(doing, path, COMMENTED)["comments"],
        )
        post = partial(self._post_once, doing, f"{path}/comments", {"body": text}, MADE, search)
        return str(self.locks.attempt(self.number(ref), post)["id"])

    def edit_comment(self, ref: str, comment: str, body: str) -> None:
        """Replace the text of a comment; on an issue that has just moved, of the same there."""
        doing = Doing(f"editing comment {comment} on", self._project, ref)
        path, number = self._comment(ref, comment), self.number(ref)
        check_fits("github", f"the comment on {doing.where}", body, BODY_LIMIT)
        if self.hiding.has_moved(number):
            if (there := self._moved_comment(ref, body)) is None:
                self.comment(ref, body)
                return
            path = f"{self.hiding.comments(number)}/{there['id']}"
        edit = partial(self._wire.patch, doing, path, {"body": sendable(body)})
        self.locks.attempt(number, edit)

    def _moved_comment(self, ref: str, body: str) -> Row | None:
        """Our comment with the same kind of marker: moved, it has another number."""
        kind, me = marker(body), self._people.me()
        rows = (row for row in self._comments(ref) if login(row["user"]) == me)
        return next((row for row in rows if kind and marker(row["body"] or "") == kind), None)

    def edit(self, ref: str, title: str | None, body: str | None) -> None:
        """Replace title or body."""
        doing, path = Doing("editing", self._project, ref), self._issue(ref)
        self._check_lengths(doing.where, title, body)
        texts = {} if title is None else {"title": sendable(title)}
        texts |= {} if body is None else {"body": sendable(body)}
        if texts:
            self._wire.patch(doing, path, texts)

    def receipt(self, ref: str, comment: str) -> None:
        """React to a comment, once: GitHub keeps one reaction of a kind for each account."""
        doing = Doing(f"reacting to comment {comment} on", self._project, ref)
        path = self._comment(ref, comment)
        if self.hiding.has_moved(self.number(ref)):
            return  # there it has another number
        sent = {"content": RECEIPT}
        react = partial(self._wire.post, doing, f"{path}/reactions", sent, delta=True)
        self.locks.attempt(self.number(ref), react)

    def link(self, ref: str, other: str) -> None:
        """Link two issues, once; never one to itself."""
        one, two = self.number(ref), self.number(other)
        if one != two:
            self._links.link(one, two, self._people.me())

    def number(self, ref: str) -> int:
        """The number in a reference. Raises ServiceError where it is none."""
        if (number := number_of(ref)) is None:
            raise no_issue("github", self._project, ref)
        return number

    def _post_once(
        self, doing: Doing, path: str, body: dict[str, Any], shape: Shape, search: Search
    ) -> Row:
        """The answer to a POST; if it is lost, what was made. Repeated only if nothing was."""
        try:
            made: Row = self._wire.post(doing, path, body, shape)
        except Refusal as refusal:
            if not is_lost(refusal.failure) or _MARKED not in body["body"]:
                raise
            made = self._what_was_made(search, refusal) or self._wire.post(doing, path, body, shape)
        return made

    def _what_was_made(self, search: Search, lost: Refusal) -> Row | None:
        """What was made; None if nothing was. Raises ``lost`` where nobody knows."""
        rows: Sequence[Row] = ()
        try:
            for paces in _LOOKS:
                self._rest(paces)
                rows = search.read()
                if made := next(filter(search.is_it, rows), None):
                    return made
            if not rows and not search.is_none():
                raise lost
        except Refusal:
            raise lost from None
        return None

    def _comments(self, ref: str) -> list[dict[str, Any]]:
        doing = Doing("reading", self._project, ref, writes=False)
        return list(self._wire.pages(doing, f"{self._issue(ref)}/comments", SAID))

    def _issue(self, ref: str) -> str:
        return self.hiding.path(self.number(ref))

    def _comment(self, ref: str, comment: str) -> str:
        where = self.hiding.comments(self.number(ref))
        if (number := comment_number(comment)) is None:
            raise no_comment("github", f"{self._project}{ref}", comment)
        return f"{where}/{number}"

    def _check_lengths(self, where: str, title: str | None, body: str | None) -> None:
        check_fits("github", f"the title of {where}", title, TITLE_LIMIT)
        check_fits("github", f"the body of {where}", body, BODY_LIMIT)

    def _people_for(self, logins: Iterable[str], ref: str) -> tuple[list[str], list[str]]:
        """Whom we may ask GitHub to assign, and whom not."""
        wanted = list(dict.fromkeys(logins))
        out = self._people.unassignable(wanted, ref)
        people = [login for login in wanted if login not in out]
        return people[:MOST_ASSIGNEES], [*out, *people[MOST_ASSIGNEES:]]

    def _note_unassigned(self, ref: str, wanted: Iterable[str], row: Row) -> None:
        """Whom GitHub did not assign it does not say: it answers with those it did."""
        assigned = {login.lower() for login in assignees(row)}
        self._note_dropped(ref, [login for login in wanted if login.lower() not in assigned])

    def _note_dropped(self, ref: str, logins: list[str]) -> None:
        if logins:
            self.dropped.setdefault(ref, []).extend(logins)
