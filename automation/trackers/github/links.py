"""Links between issues on GitHub: sub-issues where it has them, else a comment on either end; and
what waits for what, where that is shown."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from automation.errors import IssueLocked
from automation.http.answers import Refusal
from automation.text.escaping import marker_in
from automation.trackers.action_in_words import Doing
from automation.trackers.github.history_merging import login
from automation.trackers.github.payloads import linked_body
from automation.trackers.github.records import LINKED, parent
from automation.trackers.github.rows import ISSUE
from automation.trackers.ordered_history import Row
from automation.trackers.wire import Wire

_WITHOUT, _THERE = (403, 404, 410), 422


class Links:
    """``say`` comments on an issue, ``comments`` reads what stands there."""

    def __init__(
        self,
        wire: Wire,
        path: str,
        project: str,
        say: Callable[[str, str], str],
        comments: Callable[[str], list[dict[str, Any]]],
    ) -> None:
        self._wire = wire
        self._path = path
        self._project = project
        self._say = say
        self._comments = comments
        self._ids: dict[int, int] = {}  # by number: what GitHub calls the issue elsewhere
        self._without = False  # there are no sub-issues here
        self._without_dependencies = False

    def saw(self, row: Row) -> None:
        """Remember what an answer shows."""
        self._ids[int(row["number"])] = int(row["id"])

    def link(self, one: int, two: int, me: str) -> None:
        """Make the second a sub-issue of the first; if it cannot be one, say it on both."""
        if not self._is_nested(one, two):
            self._mention(f"#{one}", f"#{two}", me)
            self._mention(f"#{two}", f"#{one}", me)

    def _is_nested(self, one: int, two: int) -> bool:
        if self._without:
            return False
        doing = Doing(f"linking #{two} to", self._project, f"#{one}")
        child = {"sub_issue_id": self._id(two)}
        try:
            self._wire.post(doing, f"{self._path}/{one}/sub_issues", child, delta=True)
        except Refusal as refusal:
            if refusal.failure.status == 422:
                return self._is_linked(one, two)
            if refusal.failure.status not in _WITHOUT or refusal.failure.busy:
                raise
            self._row(one)  # if it is the issue that is not there, this tells
            self._without = True
            return False
        return True

    def block(self, one: int, two: int) -> None:
        """Show the first as blocked by the second, where GitHub has that."""
        if self._without_dependencies:
            return
        doing = Doing(f"showing #{two} as what blocks", self._project, f"#{one}")
        path, by = f"{self._path}/{one}/dependencies/blocked_by", {"issue_id": self._id(two)}
        try:
            self._wire.post(doing, path, by, delta=True)
        except Refusal as refusal:
            status = refusal.failure.status
            if status not in (*_WITHOUT, _THERE) or refusal.failure.busy:
                raise
            self._without_dependencies = status != _THERE

    def _id(self, number: int) -> int:
        if number not in self._ids:
            self._row(number)
        return self._ids[number]

    def _row(self, number: int) -> Row:
        doing = Doing("reading", self._project, f"#{number}", writes=False)
        row: Row = self._wire.get(doing, f"{self._path}/{number}", ISSUE)
        self.saw(row)
        return row

    def _is_linked(self, one: int, two: int) -> bool:
        """Is either a sub-issue of the other? GitHub refuses what is one already."""
        return f"#{one}" in parent(self._row(two)) or f"#{two}" in parent(self._row(one))

    def _mention(self, ref: str, other: str, me: str) -> None:
        ours = (row["body"] or "" for row in self._comments(ref) if login(row["user"]) == me)
        if not any((marker_in(LINKED, body) or {}).get("to") == other for body in ours):
            with suppress(IssueLocked):  # the other end tells
                self._say(ref, linked_body(other))
