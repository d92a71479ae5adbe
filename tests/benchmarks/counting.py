"""What a pass asks of the tracker and of the services: a run's cost is its requests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from automation.reconcile.one_pass import Run
from tests.benchmarks.figure import Figure
from tests.benchmarks.spy import Spy
from tests.benchmarks.world import World

ON_THE_ISSUE = ("update", "comment", "edit_comment", "edit", "receipt", "link")
READS = ("dashboard", "issues", "outsiders", "on_call", "acks")
FREE = (  # no request
    "exclusive", "label_memory", "left_out", "me", "renamed", "time", "unassigned",
)  # fmt: skip


def figures() -> Iterator[Figure]:
    """A new S1, then nothing new; each by one pass."""
    with TemporaryDirectory(prefix="ima-") as folder:
        world = World(Path(folder))
        world.opens("API error rate above SLO", "S1")
        opening, quiet = _pass(world), _pass(world)
        world.session.tracker.close()
    on_it = sum(opening[verb] for verb in ON_THE_ISSUE) - opening["edit"]
    on_it -= opening["open"]  # the new dashboard remembers in a comment of its own
    yield Figure("an S1 opens: writes on its issue", on_it, "", 4)
    yield Figure("– pages and announcements", opening["page"] + opening["post"], "")
    yield Figure("– writes in all, the new dashboard's among them", _writes(opening), "")
    yield Figure("– reads", _reads(opening), "")
    yield Figure("the next pass: writes", _writes(quiet), "", 0)
    yield Figure("– reads", _reads(quiet), "")


def _pass(world: World) -> Counter[str]:
    """How often each verb was called."""
    calls: list[str] = []
    session = world.session
    tracker = Spy(session.tracker, calls)
    ours = session.services
    services = replace(
        ours, **{each.name: Spy(getattr(ours, each.name), calls) for each in fields(ours)}
    )
    run: Run = replace(session.run, tracker=tracker, services=services)
    run.apply()
    return Counter(calls)


def _reads(calls: Counter[str]) -> int:
    return sum(calls[verb] for verb in READS)


def _writes(calls: Counter[str]) -> int:
    return sum(count for verb, count in calls.items() if verb not in (*READS, *FREE))
