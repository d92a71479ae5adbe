"""The trackers that the contract holds for. A new tracker is one more factory here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from automation.model.issue import Draft
from automation.trackers import Tracker
from automation.trackers.github.tracker import GitHubTracker
from automation.trackers.gitlab.tracker import GitLabTracker
from automation.trackers.local.tracker import LocalTracker
from tests.counterparts.github import GitHubServer
from tests.counterparts.gitlab import GitLabServer


class Clock:
    """Tells a time that moves only when the test says so."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, minutes: float = 1) -> None:
        self.now += timedelta(minutes=minutes)


def in_memory(_folder: Path, clock: Clock) -> Tracker:
    return LocalTracker(":memory:", project="acme/production", clock=clock)


def in_a_file(folder: Path, clock: Clock) -> Tracker:
    return LocalTracker(folder / "ima.db", project="acme/production", clock=clock)


class OnServer(GitLabTracker):
    """A tracker that has a GitLab to itself. ``thorough``: the contract asks for everything."""

    def __init__(self, clock: Clock, tier: str) -> None:
        people = {"members": {"ima": "maintainer", "erin": "developer"}}
        seed = {"tier": tier, "tokens": {"t-ima": "ima"}, "projects": {"acme/production": people}}
        self.server = GitLabServer(seed, clock=clock, validate=True).start()
        paid = tier == "premium"
        super().__init__(
            "acme/production",
            url=self.server.url,
            token="t-ima",
            one_assignee=not paid,
            exclusive_labels=paid,
            thorough=True,
        )

    def open(self, draft: Draft) -> str:
        """Open it, as if we had changed it since: on GitLab the first write by another than the
        last writer moves an issue, even if it changes nothing."""
        ref = super().open(draft)
        world = self.server.world
        world.project().issues[int(ref[1:])].updated_by = world.called("ima").id
        return ref

    def close(self) -> None:
        super().close()
        self.server.stop()
        assert self.server.violations == []


def gitlab_free(_folder: Path, clock: Clock) -> Tracker:
    return OnServer(clock, "free")


def gitlab_premium(_folder: Path, clock: Clock) -> Tracker:
    return OnServer(clock, "premium")


class OnGitHub(GitHubTracker):
    """A tracker that has a GitHub to itself."""

    def __init__(self, clock: Clock) -> None:
        people = {"members": {"ima": "admin", "erin": "write"}}
        self.server = GitHubServer(
            {"repos": {"acme/production": people}}, clock=clock, validate=True
        ).start()
        super().__init__("acme/production", url=self.server.url, token="t-ima", pace=0.0)

    def close(self) -> None:
        super().close()
        self.server.stop()
        assert self.server.violations == []


def github(_folder: Path, clock: Clock) -> Tracker:
    return OnGitHub(clock)


Factory = Callable[[Path, Clock], Tracker]
FACTORIES: list[Factory] = [in_memory, in_a_file, gitlab_free, gitlab_premium]
PARAMS = [*FACTORIES, pytest.param(github, marks=pytest.mark.needs("emulate"))]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=PARAMS, ids=lambda factory: factory.__name__)
def tracker(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Tracker]:
    made: Tracker = request.param(tmp_path, clock)
    yield made
    made.close()
