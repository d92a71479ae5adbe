"""Writing to issues on GitLab: each write one request, and the answer read."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from automation.errors import ServiceError
from automation.http.answers import Refusal
from automation.model.issue import Draft, Update
from automation.trackers.action_in_words import Doing, naming
from automation.trackers.gitlab.escaping import TITLE_LIMIT, without_quick_actions
from automation.trackers.gitlab.issue_reader import RECEIPT
from automation.trackers.gitlab.payloads import draft_body, update_body
from automation.trackers.gitlab.people import People
from automation.trackers.gitlab.records import assignees, ref_of
from automation.trackers.gitlab.rows import CHANGED, OPENED, SAID
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

IssueType = Literal["issue", "incident"]
BODY_LIMIT = 1_000_000  # characters of a note; a description may have a little more
_COMMANDS_ONLY = "ima guards its texts against this: please report it"


class Writer:
    """The writes on issues of ``project``, which requests call ``target``. ``one_assignee`` is
    asked whether GitLab drops the others."""

    def __init__(
        self,
        wire: Wire,
        target: str,
        project: str,
        people: People,
        *,
        path: str,
        issue_type: IssueType,
        one_assignee: Callable[[], bool],
    ) -> None:
        self._wire = wire
        self._target = target
        self._project = project
        self._people = people
        self._path = f"{path}/issues"
        self._issue_type = issue_type
        self._one_assignee = one_assignee
        self.dropped: dict[str, list[str]] = {}  # by issue: whom GitLab did not assign

    def open(self, draft: Draft) -> str:
        """Open an issue, then link it. Where a link fails, the issue is there all the same."""
        doing = Doing("opening an issue in", self._project)
        self._check_lengths(f"a new issue of {self._project}", draft.title, draft.body)
        others = [self.iid(other) for other in draft.links]
        ids, _ = self._people.ids(draft.assignees)
        body = draft_body(draft, ids, self._issue_type, self._project)
        row = _checked_kept(self._wire.post(doing, self._path, body, OPENED), "iid", doing)
        self._note_unassigned(ref_of(row), draft.assignees, row)
        for other in others:
            self._link(ref_of(row), int(row["iid"]), other)
        return ref_of(row)

    def update(self, ref: str, update: Update) -> None:
        """Labels, assignees and state in one request; none if nothing is to change."""
        doing = Doing(naming(update), self._project, ref)
        path = self._issue(ref)
        people = update.assignees or ()
        ids, unknown = self._people.ids(people, ref)
        if body := update_body(update, ids, doing.where):
            self._note_unassigned(ref, people, self._wire.put(doing, path, body, CHANGED))
        else:
            self._note_dropped(ref, unknown)

    def comment(self, ref: str, body: str) -> str:
        """Comment, and return the comment's id."""
        doing = Doing("commenting on", self._project, ref)
        path = self._issue(ref)
        check_fits("gitlab", f"the comment on {doing.where}", body, BODY_LIMIT)
        note = _checked_kept(
            self._wire.post(doing, f"{path}/notes", {"body": without_quick_actions(body)}, SAID),
            "id",
            doing,
        )
        return str(note["id"])

    def show_severity(self, ref: str, severity: str) -> None:
        """Set GitLab's severity by a quick action, which each version knows; the REST API takes a
        severity only from 19.1 on."""
        doing = Doing("setting the severity of", self._project, ref)
        self._wire.post(doing, f"{self._issue(ref)}/notes", {"body": f"/severity {severity}"})

    def edit_comment(self, ref: str, comment: str, body: str) -> None:
        """Replace the text of a comment."""
        doing = Doing(f"editing comment {comment} on", self._project, ref)
        path = self._note(ref, comment)
        check_fits("gitlab", f"the comment on {doing.where}", body, BODY_LIMIT)
        sent = {"body": without_quick_actions(body)}
        _checked_kept(self._wire.put(doing, path, sent, SAID), "id", doing)

    def edit(self, ref: str, title: str | None, body: str | None) -> None:
        """Replace title or body."""
        doing = Doing("editing", self._project, ref)
        path = self._issue(ref)
        self._check_lengths(doing.where, title, body)
        texts = {} if title is None else {"title": sendable(title)}
        texts |= {} if body is None else {"description": without_quick_actions(body)}
        if texts:
            self._wire.put(doing, path, texts)

    def receipt(self, ref: str, comment: str) -> None:
        """React to a comment, once."""
        doing = Doing(f"reacting to comment {comment} on", self._project, ref)
        path = self._note(ref, comment)
        try:
            self._wire.post(doing, f"{path}/award_emoji", {"name": RECEIPT})
        except Refusal as refusal:  # a reaction that is there already is 404 to GitLab
            if "already been taken" not in refusal.failure.said.lower():
                raise

    def link(self, ref: str, other: str) -> None:
        """Link two issues, once; never one to itself."""
        one, two = self.iid(ref), self.iid(other)
        if one != two:
            self._link(ref, one, two)

    def iid(self, ref: str) -> int:
        """The number in a reference. Raises ServiceError where it is none."""
        if (number := number_of(ref)) is None:
            raise no_issue("gitlab", self._project, ref)
        return number

    def _link(self, ref: str, one: int, two: int) -> None:
        doing = Doing(f"linking {ref} to", self._project, f"#{two}")
        body = {"target_project_id": self._target, "target_issue_iid": two}
        try:
            self._wire.post(doing, f"{self._path}/{one}/links", body | {"link_type": "relates_to"})
        except Refusal as refusal:
            if refusal.failure.status != 409:  # linked already
                raise

    def _issue(self, ref: str) -> str:
        return f"{self._path}/{self.iid(ref)}"

    def _note(self, ref: str, comment: str) -> str:
        path, number = self._issue(ref), comment_number(comment)
        if number is None:
            raise no_comment("gitlab", f"{self._project}{ref}", comment)
        return f"{path}/notes/{number}"

    def _check_lengths(self, where: str, title: str | None, body: str | None) -> None:
        check_fits("gitlab", f"the title of {where}", title, TITLE_LIMIT)
        check_fits("gitlab", f"the body of {where}", body, BODY_LIMIT)

    def _note_unassigned(self, ref: str, wanted: tuple[str, ...], row: Row) -> None:
        """Whom GitLab did not assign it does not say: it answers with those it did."""
        assigned = {login.lower() for login in assignees(row)}
        missed = [login for login in wanted if login.lower() not in assigned]
        if set(missed) & set(wanted[1:]) and self._one_assignee():
            missed = [login for login in missed if login == wanted[0]]
        self._note_dropped(ref, missed)

    def _note_dropped(self, ref: str, logins: Iterable[str]) -> None:
        if missed := list(logins):
            self.dropped.setdefault(ref, []).extend(missed)


def _checked_kept(answer: Row, key: str, doing: Doing) -> Row:
    """The answer, if it shows what was written. GitLab keeps no text that is all commands: it
    executes them and answers 202 with a summary."""
    if answer.get(key):
        return answer
    problem = f"gitlab: {doing} failed: GitLab took the text for commands and kept nothing"
    raise ServiceError(problem, _COMMANDS_ONLY)
