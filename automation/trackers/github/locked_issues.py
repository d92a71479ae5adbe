"""Writing on locked issues: GitHub lets no bot comment there, but lock and unlock.

A refused write is made again between unlocking and locking, with the reason that the lock had. A
run that is killed in between leaves the issue open; the next one that writes locks it: IMA unlocks
for nothing else. Where it may not unlock either, `IssueLocked` says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TypeVar

from automation.errors import IssueLocked
from automation.http.answers import Refusal
from automation.trackers.action_in_words import Doing
from automation.trackers.github.history_merging import login
from automation.trackers.github.rows import LOCKED
from automation.trackers.ordered_history import Row
from automation.trackers.wire import Wire

T = TypeVar("T")


class Locks:
    """``path`` says where an issue is."""

    def __init__(self, wire: Wire, project: str, path: Callable[[int], str]) -> None:
        self._wire = wire
        self._project = project
        self._path = path
        self._left_open: dict[int, str] = {}  # by issue: the reason that its lock had

    def attempt(self, number: int, write: Callable[[], T]) -> T:
        """Do ``write``; where the lock is in its way, between unlocking and locking."""
        try:
            return write()
        except Refusal as refusal:
            if refusal.failure.status != 403 or "is locked" not in refusal.failure.said:
                raise
            self._unlock(number, refusal)
        try:
            return write()
        finally:
            self._lock(number)

    def _unlock(self, number: int, refused: Refusal) -> None:
        doing = Doing("unlocking", self._project, f"#{number}")
        row = self._wire.get(doing, self._path(number), LOCKED)
        try:
            self._wire.delete(doing, f"{self._path(number)}/lock", delta=True)
        except Refusal as refusal:
            if refusal.failure.status != 403 or refusal.failure.busy:
                raise
            raise IssueLocked(refused.problem, refused.remedy) from None
        self._left_open[number] = row["active_lock_reason"] or ""

    def saw(self, number: int, timeline: Iterable[Row], me: Callable[[], str]) -> None:
        """Remember an issue that an earlier run of ours has left unlocked."""
        acts = [entry for entry in timeline if entry["event"] in ("locked", "unlocked")]
        if acts and acts[-1]["event"] == "unlocked" and login(acts[-1]["actor"]) == me():
            reasons = [entry["lock_reason"] for entry in acts if entry["event"] == "locked"]
            self._left_open[number] = (reasons[-1] if reasons else "") or ""

    def lock_again(self) -> None:
        """Lock what an earlier run has left unlocked, and this one could not lock."""
        for number in [*self._left_open]:
            self._lock(number)

    def _lock(self, number: int) -> None:
        """What fails here, the next run does: it reads that we have unlocked it."""
        reason = self._left_open.pop(number)
        doing = Doing("locking", self._project, f"#{number}")
        said = {"lock_reason": reason} if reason else {}
        with suppress(Refusal):
            self._wire.put(doing, f"{self._path(number)}/lock", said)
