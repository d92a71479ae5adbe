"""Security incidents on GitHub, where no issue is confidential: moved away, else locked.

An open issue is transferred to a private repository where one is named and the token may; GitHub
leaves nothing behind but the address, which leads there those who may see it. What we still write
in the same run follows it. Else it is locked, and a person must move it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from automation.http.answers import Failure, Refusal, as_said
from automation.http.shapes import nothing
from automation.trackers.action_in_words import Doing
from automation.trackers.github.errors import explain
from automation.trackers.github.rows import MOVING, TARGET, TRANSFERRED
from automation.trackers.github.wire import GRAPHQL
from automation.trackers.ordered_history import Row
from automation.trackers.wire import Wire

_LED_TO = re.compile(r"/repositories/(\d+)/issues/(\d+)$")
_TRANSFER = (
    "mutation($issue:ID!,$to:ID!){transferIssue(input:"
    "{issueId:$issue,repositoryId:$to,createLabelsIfMissing:true}){issue{number}}}"
)


class Hiding:
    """``private`` is the repository to move to ("acme/security"); empty where there is none. It
    may be ``project`` itself, if that ``is_private``."""

    def __init__(
        self, wire: Wire, path: str, project: str, private: str, is_private: Callable[[], bool]
    ) -> None:
        self._wire = wire
        self._path = path  # of our issues
        self._project = project
        self._private = private
        self._is_here = private.lower() == project.lower()
        self._is_private = is_private
        self._moved: dict[int, str] = {}  # where an issue is since this run moved it
        self.left: dict[str, str] = {}  # by issue: why it could not be moved

    @property
    def is_home(self) -> bool:
        """Is all here private, and to stay?"""
        return self._is_here and self._is_private()

    @property
    def moves(self) -> bool:
        """Is there another place?"""
        return bool(self._private) and not self._is_here

    def path(self, number: int) -> str:
        """Where the issue is by now."""
        return self._moved.get(number, f"{self._path}/{number}")

    def comments(self, number: int) -> str:
        """Where comments on the issue are edited."""
        return f"{self.path(number).rpartition('/')[0]}/comments"

    def follow(self, number: int) -> str:
        """Where the issue is in the private repository, if an earlier run has moved it there; else
        empty. What is written to it goes there from now on."""
        if not self.moves or number in self._moved:
            return self._moved.get(number, "")
        doing = Doing("reading", self._project, f"#{number}", writes=False)
        try:
            self._wire.get(doing, f"{self._path}/{number}", nothing)
            return ""
        except Refusal as refusal:
            if refusal.failure.kind != "redirect":
                return ""
            led = _LED_TO.search(refusal.failure.said)
        asking = Doing("reading", self._private, writes=False)
        target: Row = self._wire.get(asking, f"/repos/{self._private}", TARGET)
        if not led or led[1] != str(target.get("id")):
            return ""  # a person has moved it to where others may read it
        self._moved[number] = f"/repos/{self._private}/issues/{led[2]}"
        return self._moved[number]

    def has_moved(self, number: int) -> bool:
        return number in self._moved

    def hide(self, number: int) -> None:
        """Move the issue, or lock it; nothing where it is at home."""
        if number in self._moved or self.is_home:
            return
        if self._is_here:
            self.left[f"#{number}"] = (
                f"{self._project} is public: name another in `tracker.private`"
            )
        if self.moves:
            try:
                self._transfer(number)
            except Refusal as refusal:
                self.left[f"#{number}"] = refusal.problem
            else:
                return
        doing = Doing("locking", self._project, f"#{number}")
        self._wire.put(doing, f"{self._path}/{number}/lock", {})

    def _transfer(self, number: int) -> None:
        doing = Doing(f"moving to {self._private}", self._project, f"#{number}")
        asking = Doing("reading", self._private, writes=False)
        target: Row = self._wire.get(asking, f"/repos/{self._private}", TARGET)
        if not target.get("private"):
            raise self._refused(doing, f"{self._private} is not private")
        issue: Row = self._wire.get(doing, f"{self._path}/{number}", MOVING)
        if issue["state"] != "open":
            raise self._refused(doing, "it is closed, and GitHub moves open issues only")
        ids = {"issue": issue["node_id"], "to": target["node_id"]}
        asked = {"query": _TRANSFER, "variables": ids}
        answer: Row = self._wire.post(doing, GRAPHQL, asked, TRANSFERRED)
        moved = ((answer["data"] or {}).get("transferIssue") or {}).get("issue")
        if not moved:
            raise self._refused(doing, _errors(answer))
        self._moved[number] = f"/repos/{self._private}/issues/{moved['number']}"

    def _refused(self, doing: Doing, said: str) -> Refusal:
        return explain(Failure("answer", 403, said), doing, self._wire.url)


def _errors(answer: Row) -> str:
    """GraphQL says what is wrong in an answer of status 200."""
    return as_said("; ".join(error["message"] or "" for error in answer["errors"] or ()))
