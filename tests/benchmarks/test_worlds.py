"""The worlds that are measured are what their rows say; `make bench` is not run by CI."""

from __future__ import annotations

import pytest

from tests.benchmarks.planning import snapshot_of

pytestmark = pytest.mark.soak


def test_the_planner_wants_to_change_what_was_moved_and_nothing_else() -> None:
    snapshot_of(100)
