"""Where a scenario is played: a tracker for IMA, with people at work on it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from automation.model.issue import Draft, Update
from automation.scenarios.setting import Setting
from automation.trackers import Tracker
from automation.trackers.local.tracker import LocalTracker
from automation.trackers.local.writer import CloseReason


class PersonOnTracker(Protocol):
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

    def receipt(self, ref: str, comment: str) -> None:
        """React to a comment."""

    def edit(self, ref: str, *, title: str | None = None, body: str | None = None) -> None:
        """Replace title or body."""

    def delete(self, ref: str) -> None:
        """Delete an issue."""

    def move(self, ref: str) -> None:
        """Move an issue to another project."""

    def rename_label(self, name: str, to: str) -> None:
        """Rename a label of the project; issues keep it."""


class PlayedTracker(Tracker, Protocol):
    """The tracker as it is, for looking at; what IMA works with is `ima`."""

    @property
    def tick(self) -> timedelta:
        """How much later the next thing happens: 0 where the order is kept without."""

    def acting(self, login: str) -> PersonOnTracker:
        """Somebody at work."""

    def ima(self) -> Tracker:
        """IMA's own tracker, as its next run opens it."""


class EmbeddedTracker(LocalTracker):
    """The embedded tracker: in memory, in order, with the capabilities that a scenario says."""

    tick = timedelta()

    def ima(self) -> Tracker:
        return self


MakeTracker = Callable[[Setting], PlayedTracker]


def embedded_tracker(setting: Setting) -> PlayedTracker:
    """The ground that scenarios are played on, if nobody says otherwise."""
    tracker = EmbeddedTracker(
        ":memory:",
        project=setting.policy.project,
        clock=lambda: setting.now,
        can=setting.scenario.can,
        outsiders=setting.scenario.outsiders,
    )
    tracker.create_labels_of(setting.policy.labels)
    return tracker
