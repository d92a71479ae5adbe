"""What the planner spends on an incident, on one core."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from automation.planning.plan import Snapshot
from automation.planning.planner import plan
from tests.benchmarks.figure import Figure
from tests.benchmarks.incidents import MIX, MOVING, many, play
from tests.benchmarks.yardstick import beside

AIM = 0.8  # units for an incident
SIZES = {100: 50, 10_000: 5}  # incidents: how often


def figures() -> Iterator[Figure]:
    """What one incident costs at each size, and how much more of it at the larger one."""
    costs = []
    mix = ", ".join(f"{share} % {kind}" for kind, share in MIX.items())
    for size, times in SIZES.items():
        snapshot = snapshot_of(size)
        cost = beside(partial(plan, snapshot), times)
        costs.append(cost.units / size)
        yield Figure(f"planning {size:,} incidents ({mix}): an incident", costs[-1], "units", AIM)
        yield Figure("– incidents a second of one core", size / cost.seconds, "")
    yield Figure("– time for an incident at 10,000 by that at 100", costs[1] / costs[0], "×", 1.5)


def snapshot_of(size: int) -> Snapshot:
    """Checked: the planner wants to change those that were moved, and no other."""
    with TemporaryDirectory(prefix="ima-") as folder:
        snapshot, conditions = many(play(Path(folder)), size)
    changed = {change.ref for change in plan(snapshot).changes}
    assert changed == {ref for ref, kind in conditions.items() if kind == MOVING}
    return snapshot
