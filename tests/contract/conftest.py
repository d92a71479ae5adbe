"""The trackers that the contract holds for. A new tracker is one more factory here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from automation.trackers import Tracker
from automation.trackers.local import LocalTracker


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


Factory = Callable[[Path, Clock], Tracker]
FACTORIES: list[Factory] = [in_memory, in_a_file]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=FACTORIES, ids=lambda factory: factory.__name__)
def tracker(request: pytest.FixtureRequest, tmp_path: Path, clock: Clock) -> Iterator[Tracker]:
    made: Tracker = request.param(tmp_path, clock)
    yield made
    made.close()
