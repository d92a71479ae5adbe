"""Where a scenario is played: a tracker for IMA, with people at work on it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from automation.model import Draft, Update
from automation.trackers import Tracker
from automation.trackers.local import LocalTracker
from automation.trackers.local_write import CloseReason

if TYPE_CHECKING:
    from automation.scenarios.stage import Stage


class Person(Protocol):
    """Somebody at work on the tracker."""

    def open(self, draft: Draft) -> str:
        """Open an issue and return its reference."""

    def update(self, ref: str, update: Update) -> None:
        """Change labels, assignees and state."""

    def close_as(self, ref: str, reason: CloseReason) -> None:
        """Close with a reason, where the tracker knows such."""

    def comment(self, ref: str, body: str) -> str:
        """Comment and return the comment's id."""

    def edit_comment(self, ref: str, comment: str, body: str) -> None:
        """Replace the text of a comment."""

    def edit(self, ref: str, *, title: str | None = None, body: str | None = None) -> None:
        """Replace title or body."""


class Ground(Tracker, Protocol):
    """The tracker as it is, for looking at; what IMA works with is `ima`."""

    @property
    def tick(self) -> timedelta:
        """How much later the next thing happens: 0 where the order is kept without."""

    def acting(self, login: str) -> Person:
        """Somebody at work."""

    def ima(self) -> Tracker:
        """IMA's own tracker, as its next run opens it."""


class Embedded(LocalTracker):
    """The embedded tracker: in memory, in order, with the capabilities that a scenario says."""

    tick = timedelta()

    def ima(self) -> Tracker:
        return self


Make = Callable[["Stage"], Ground]


def embedded(stage: Stage) -> Ground:
    """The ground that scenarios are played on, if nobody says otherwise."""
    return Embedded(
        ":memory:",
        project=stage.policy.project,
        clock=stage.clock,
        can=stage.scenario.can,
        outsiders=stage.scenario.outsiders,
    )
