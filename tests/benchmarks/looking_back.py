"""What it takes to live a thousand past incidents again by two policies, on one core.

``python -m tests.benchmarks.looking_back FOLDER`` does it in a process of its own, and says how
long it took, how long a unit does, and the most memory that it had.
"""

from __future__ import annotations

import gc
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from automation.model.issue import Head, Issue, Update
from automation.past.preview import past_preview
from automation.past.tracker import PastTracker
from automation.planning.past import Past
from automation.policy.policy import Policy
from automation.reconcile.one_pass import Run
from automation.schema.yaml_nodes import parse
from automation.writing.templates import NoWords
from tests.benchmarks.figure import Figure
from tests.benchmarks.world import START, World
from tests.benchmarks.yardstick import work

ROOT = Path(__file__).parents[2]
INCIDENTS = 1000
AIM = 57  # units for an incident, lived twice: 60 s for all where a unit takes 1.05 ms
MOST_MB = 200
SOONER = """
rules:
  - name: stuck-investigating
    when: {state: [Investigating], engaged: [eoc], for: 20m}
"""


def figures() -> Iterator[Figure]:
    with TemporaryDirectory(prefix="ima-") as folder:
        command = [sys.executable, "-m", "tests.benchmarks.looking_back", folder]
        done = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    took, unit, memory = map(float, done.stdout.split())
    what = f"{INCIDENTS:,} past incidents, each lived twice: an incident"
    yield Figure(what, took / INCIDENTS / unit, "units", AIM)
    yield Figure("– all of them, CPU of one core", took, "s")
    yield Figure("– peak memory of the process", memory, "MB", MOST_MB)


@dataclass
class _Project(PastTracker):
    """A project that lists its issues."""

    def heads(
        self, since: datetime | None = None, *, closed_since: datetime | None = None
    ) -> list[Head]:
        issues = self.now.values()
        return [Head(i.ref, i.updated_at, i.closed, i.labels, i.author, 9) for i in issues]


def look_back(folder: Path, count: int) -> Past:
    """Checked: the manager is called sooner on each incident without a cause in half an hour."""
    world = World(folder)
    played = played_issues(world)
    issues = [
        replace(issue, ref=f"#{number * 10 + nth}")
        for number in range(1, count // len(played) + 1)
        for nth, issue in enumerate(played)
    ]
    session, now = world.session, world.now
    tracker = session.tracker
    project = _Project(
        world.policy.project,
        tracker.me(),
        tracker.can,
        lambda: now,
        now={issue.ref: issue for issue in issues},
    )
    texts = NoWords(session.files.templates)
    run = Run(world.policy, project, session.services, texts, lambda: now)
    past = past_preview(
        run, _sooner(world), START - timedelta(days=1), texts, None, session.duties_of
    )
    assert len(past.lived) == len(issues)
    assert past.refs
    assert past.earlier >= 10 * len(past.refs)
    tracker.close()
    return past


def _sooner(world: World) -> Policy:
    made = world.session.files.policy(parse(SOONER, "bench"))
    return replace(made, roles=world.policy.roles, since=world.policy.since)


def played_issues(world: World) -> list[Issue]:
    """Incidents of each severity as a team lives them: people look, call others, find the cause,
    watch and end it; on one of them nobody finds anything for long."""
    refs = [world.opens(f"Errors {n}", f"S{n}") for n in (1, 2, 3, 4)]
    said = (
        (1, "erin", "looking at the graphs of the last hour"),
        (2, "rita", "it began with the deploy at noon"),
        (4, "erin", "/ima status degraded performance"),
        (9, "ian", "I am here"),
        (12, "erin", "/ima state identified -- roll back"),
        (20, "erin", "/ima state monitoring"),
        (40, "erin", "/ima resolve it is back"),
    )
    world.settle()
    for minutes, who, text in said:
        world.now = START + timedelta(minutes=minutes)
        for ref in refs:
            if ref != refs[-1] or minutes < 10:
                world.says(who, ref, text)
        world.settle()
    world.later(hours=1)
    world.by("erin").update(refs[-1], Update(closed=True))
    world.settle()
    return world.session.tracker.issues(refs)


def _most_memory() -> float:
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6


def _unit() -> float:
    """What else is in memory does not count: nothing of that is collected meanwhile."""
    gc.disable()
    start = time.process_time()
    for _ in range(20):
        work()
    spent = time.process_time() - start
    gc.enable()
    return spent / 20


if __name__ == "__main__":
    units = [_unit()]
    begun = time.process_time()
    look_back(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else INCIDENTS)
    spent = time.process_time() - begun
    units.append(_unit())
    print(spent, sum(units) / 2, _most_memory())
