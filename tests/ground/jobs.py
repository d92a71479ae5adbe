"""IMA's jobs on a ground: each has a tracker of its own, and may die."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Protocol

from automation.model.issue import Issue
from automation.planning.sweep_state import Cache
from automation.reconcile.sweep import decode, encode
from automation.scenarios.counting_world import KilledInTheMiddle
from automation.scenarios.setting import Setting
from automation.trackers import Tracker


class Remote(Tracker, Protocol):
    """A tracker over HTTP, and what it tells the next run."""

    dashboard_ref: str
    dashboard_memory: dict[str, str]
    _wire: Any

    @property
    def members(self) -> frozenset[str]: ...

    @property
    def known_labels(self) -> frozenset[str]: ...


class Jobs:
    """``opened`` makes a tracker of IMA's account that knows what it is given."""

    def __init__(self, stage: Setting, opened: Callable[..., Remote]) -> None:
        self.lives_for: int | None = None  # writes
        self._stage = stage
        self._opened = opened
        self._kept: dict[str, Any] = {}  # what a run leaves for the next besides the sweep
        self._runs: list[Remote] = []

    def next(self) -> Remote:
        """As a new job opens it: it knows what the one before has kept, if that keeps anything."""
        if self._runs and self._stage.cache:
            self._kept = _kept(self._runs[-1])
        self.end()
        self._runs.append(self.another(**self._kept))
        return self._runs[-1]

    def another(self, **known: Any) -> Remote:
        """One more tracker, to be closed by who asks."""
        tracker = self._opened(**known)
        # One issue after another: scenarios number what IMA opens, and count writes to its death.
        room = self._stage.scenario.can.body_limit
        tracker.can = replace(tracker.can, body_limit=min(room, tracker.can.body_limit), writers=1)
        vars(tracker._wire)["_ask"] = self._counted(tracker._wire._ask)
        return tracker

    def forget(self) -> None:
        """The next job knows nothing of what those before have found out besides the sweep."""
        self.end()
        self._kept = {}

    def end(self) -> None:
        while self._runs:
            self._runs.pop().close()

    def sees(self, there: Iterable[Issue]) -> list[str]:
        """What a tracker of IMA's sees otherwise than it is."""
        issues = {issue.ref: issue for issue in there}
        tracker = self.another()
        seen = {issue.ref: _plain(issue) for issue in tracker.issues(list(issues))}
        tracker.close()
        return [
            f"{ref} is seen otherwise"
            for ref, issue in issues.items()
            if _plain(issue) != seen[ref]
        ]

    def _counted(self, ask: Callable[..., Any]) -> Callable[..., Any]:
        """IMA's process ends after so many more writes as `lives_for` says."""

        def asked(verb: str, *args: Any, **more: Any) -> Any:
            answer = ask(verb, *args, **more)
            if verb != "get" and self.lives_for is not None:
                self.lives_for -= 1
                if self.lives_for == 0:
                    raise KilledInTheMiddle
            return answer

        return asked


class Kept:
    """A sweep's cache that is kept between runs, as text."""

    def __init__(self) -> None:
        self.text = ""

    def read(self) -> Cache:
        return decode(self.text)

    def write(self, cache: Cache) -> None:
        self.text = encode(cache)


def _kept(tracker: Remote) -> dict[str, Any]:
    return {
        "me": tracker.me(),
        "members": sorted(tracker.members),
        "known_labels": sorted(tracker.known_labels),
        "dashboard_ref": tracker.dashboard_ref,
        "dashboard_memory": tracker.dashboard_memory,
    }


def _plain(issue: Issue) -> Issue:
    """Without reactions, which are read only at times, and without the edits that GitLab sees in
    every emoji until the discussions are read."""
    plain = (replace(each, receipt=None, reactions=(), edited_at=None) for each in issue.comments)
    return replace(issue, comments=tuple(plain))
