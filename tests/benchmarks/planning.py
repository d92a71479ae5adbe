"""How many incidents a second the planner goes through, on one core."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from automation.planning.plan import Snapshot
from automation.planning.planner import plan
from tests.benchmarks.figure import Figure, typical
from tests.benchmarks.incidents import MIX, MOVING, many, play

AIM = 5000  # incidents a second
SIZES = {100: 50, 10_000: 5}  # incidents: how often


def figures() -> Iterator[Figure]:
    """The rate at each size, and how much slower the larger one is per incident."""
    rates = []
    mix = ", ".join(f"{share} % {kind}" for kind, share in MIX.items())
    for size, times in SIZES.items():
        snapshot = snapshot_of(size)
        rates.append(size / typical(partial(plan, snapshot), times))
        yield Figure(
            f"planning {size:,} incidents ({mix})", rates[-1], "incidents/s", AIM, at_least=True
        )
    yield Figure("the same, time per incident at 10,000 against 100", rates[0] / rates[1], "×")


def snapshot_of(size: int) -> Snapshot:
    """Checked: the planner wants to change those that were moved, and no other."""
    with TemporaryDirectory(prefix="ima-") as folder:
        snapshot, conditions = many(play(Path(folder)), size)
    changed = {change.ref for change in plan(snapshot).changes}
    assert changed == {ref for ref, kind in conditions.items() if kind == MOVING}
    return snapshot
