"""A pass that finds nothing to do, on a tracker file with 1,000 open incidents, and with 10,000.

``python -m tests.benchmarks.passing TIME`` plans the world of this folder as it is at this time.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from automation.planning.planner import plan
from automation.reconcile.observe import observe
from tests.benchmarks.figure import Figure, computed
from tests.benchmarks.memory import peak_of_module, say
from tests.benchmarks.spy import Spy
from tests.benchmarks.world import World
from tests.benchmarks.yardstick import beside, unit

OPEN, MANY = 1_000, 10_000
AIM = 1.6  # units for an incident
FIRST, GROWTH = 6, 1.25
TIMES = 7
MOST_MB = 400  # of all of them in memory at once


def figures() -> Iterator[Figure]:
    """The whole, then where the time goes."""
    with TemporaryDirectory(prefix="ima-") as folder:
        world = settled(Path(folder))
        made, report = world.session.run.apply()
        assert made.empty, made.visible
        assert not report.done
        whole = beside(world.session.run.apply, TIMES)
        what = f"a pass with nothing to do on {OPEN:,} open incidents: an incident"
        yield Figure(what, whole.units / OPEN, "units", AIM)
        yield Figure("– the whole, CPU of one core", whole.seconds, "s")
        parts, now = [split(world) for _ in range(TIMES)], unit()
        for number, what in enumerate(("reading the file", "folding", "planning")):
            least = min(part[number] for part in parts)
            yield Figure(f"– of which {what}", least / OPEN / now, "units")
        world.session.tracker.close()
    yield from _many(whole.units / OPEN)


def _many(small: float) -> Iterator[Figure]:
    """Ten times as many, on which nobody has said anything yet; ``small`` is what an incident of
    the others costs."""
    with TemporaryDirectory(prefix="ima-") as name:
        world = World(Path(name))
        for number in range(MANY):
            world.opens(f"Errors {number}", f"S{number % 4 + 1}")
        first = beside(world.take_on, 1)
        world.later(seconds=30)
        whole = beside(world.session.run.apply, 2)
        world.session.tracker.close()
        peak = peak_of_module("tests.benchmarks.passing", Path(name), world.now.isoformat())
    what = f"the same on {MANY:,} open incidents: an incident"
    yield Figure(what, whole.units / MANY, "units", AIM)
    yield Figure("– the whole, CPU of one core", whole.seconds, "s")
    yield Figure("– by an incident of the smaller one", whole.units / MANY / small, "×", GROWTH)
    yield Figure("– peak memory of its plan", peak, "MB", MOST_MB)
    yield Figure("– taking them all on, one pass: an incident", first.units / MANY, "units", FIRST)


def settled(folder: Path, count: int = OPEN) -> World:
    """A file with open incidents of every severity, which people talk on, all up to date."""
    world = World(folder)
    refs = [world.opens(f"Errors {n}", f"S{n % 4 + 1}") for n in range(count)]
    world.settle()
    world.later(minutes=5)
    for number, ref in enumerate(refs):
        world.says("erin", ref, "looking at the graphs of the last hour")
        world.says("rita", ref, "it began with the deploy at noon")
        if number % 2:
            world.says("erin", ref, "/ima state identified -- roll back")
    world.settle()
    world.later(seconds=30)
    return world


def split(world: World) -> tuple[float, float, float]:
    """Seconds of reading, folding and planning."""
    tracker: Any = Spy(world.session.tracker, [])
    services = world.session.services
    observed, snapshot = computed(
        partial(observe, tracker, services, world.policy, lambda: world.now)
    )
    planned, _ = computed(partial(plan, snapshot))
    return tracker.seconds, observed - tracker.seconds, planned


if __name__ == "__main__":
    World(Path(), datetime.fromisoformat(sys.argv[1])).session.run.plan()
    say()
