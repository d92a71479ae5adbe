"""One S1 from declaration to near miss, step by step, that can be taken back and lived again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import pytest

from automation.cli import invoke
from automation.reconcile.observe import observe
from automation.scenarios.counting_world import KilledInTheMiddle
from automation.scenarios.outside_services import EmbeddedServices
from automation.scenarios.people import ACTIONS
from automation.scenarios.played_tracker import PlayedTracker
from automation.scenarios.scenario_file import Step, read_scenario
from automation.scenarios.setting import Setting
from automation.scenarios.world import PlayedStep, Stage
from automation.schema.yaml_nodes import Source
from automation.stored_state.card import read_card
from tests.counterparts.faults import Fault, Faults
from tests.counterparts.log import Logged
from tests.ground.github import GitHubGround
from tests.ground.gitlab import PREMIUM, GitLabGround
from tests.ground.jobs import Jobs
from tests.worlds import shipped

LIFE = read_scenario(
    Source(
        "life.yml",
        """
scenario: The life of one S1
source: P-49
start: 2026-03-02T12:00:00Z
on_call: {eoc: erin, imoc: ian, cmoc: cara, security: sam}
steps:
  - {by: rita, runs: declare "API is down" --severity S1 --doc --announce}
  - {after: 1m, by: erin, comments: {"#1": I am here}}
  - {after: 1m, by: erin, comments: {"#1": '/ima status "Service Disruption"'}}
  - {after: 1m, by: rita, closes: "#1"}
  - {after: 1m, by: ian, comments: {"#1": /ima state identified -- roll back}}
  - {after: 1m, by: erin, labels: {"#1": [+State::Monitoring]}}
  - {after: 1m, by: ian, comments: {"#1": "/ima handover @mia"}}
  - {after: 1m, by: mia, comments: {"#1": "/ima engage cmoc @max"}}
  - {after: 1m, by: max, comments: {"#1": /ima help}}
  - {after: 1m, by: mia, comments: {"#1": /ima resolve the rate is at its baseline}}
  - {after: 5h}
  - {after: 1m, by: erin, comments: {"#2": begun}, labels: {"#2": [+backend]}}
  - {after: 1m, by: ian, comments: {"#1": "/ima near-miss S2 @mia"}}
  - {after: 1m, by: rita, reopens: "#1"}
""",
    )
)
STEPS = range(len(LIFE.steps))
Saved = tuple[Any, dict[str, Any], dict[str, bytes]]


class Server(Protocol):
    """A forge that counts and fails."""

    faults: Faults
    log: list[Logged]

    def fail(self, method: str, path: str, **how: Any) -> Fault: ...

    def kill_after(
        self, writes: int, action: Callable[[], None] | None = None, *, answered: bool = True
    ) -> None: ...

    def forget(self) -> None: ...

    def writes(self) -> list[Logged]: ...


class LifeGround(PlayedTracker, Protocol):
    """A ground that can be as it was."""

    jobs: Jobs
    problems: list[str]

    @property
    def server(self) -> Server: ...

    def save(self) -> Any: ...

    def restore(self, saved: Any) -> None: ...

    def loses(self, text: str) -> None:
        """All comments with this text are deleted."""


Forge = Callable[[Setting], LifeGround]


def gitlab(stage: Setting) -> LifeGround:
    return GitLabGround(stage, PREMIUM, alone=True)


def github(stage: Setting) -> LifeGround:
    return GitHubGround(stage, alone=True)


FORGES = [
    pytest.param(gitlab, id="gitlab"),
    pytest.param(github, id="github", marks=pytest.mark.needs("emulate")),
]


def _in_turn() -> Iterator[object]:
    for forge, number in product((gitlab, github), STEPS):
        marks = [] if forge is gitlab else [pytest.mark.needs("emulate")]
        if (forge is gitlab) != (number % 2 == 0):
            marks.append(pytest.mark.soak)
        yield pytest.param(forge, number, marks=marks, id=f"{forge.__name__}-{number}")


IN_TURN = [*_in_turn()]  # forges and steps: each step on one of them; `make soak` has both


@dataclass
class Life:
    stage: Stage
    ground: LifeGround

    @property
    def outside(self) -> EmbeddedServices:
        assert isinstance(self.stage.outside, EmbeddedServices)
        return self.stage.outside

    def acts(self, step: Step) -> None:
        """Time moves, and people act; what a person runs is tried by them, once."""
        self.stage.now = step.when(self.stage.now)
        self.stage.issues()
        for name, node in step.actions:
            if name != "runs":
                ACTIONS[name](self.stage, step.by, node)

    def runs(self, step: Step) -> PlayedStep:
        """The commands of the step as one run or, without any, a pass."""
        commands = [node for name, node in step.actions if name == "runs"]
        if not commands:
            return self.stage.run_pass()
        try:
            code = ACTIONS["runs"](self.stage, step.by, commands[0])
        except KilledInTheMiddle:
            return PlayedStep(killed=True)
        return PlayedStep(exit=code or 0, findings=[self.stage.stderr] if code else [])

    def repaired(self, step: Step) -> PlayedStep:
        """The next run, a second later: a person's who sees that nothing was declared, and the
        schedule's."""
        self.stage.now += timedelta(seconds=1)
        if any(name == "runs" for name, _ in step.actions) and not self.stage.issues():
            self.runs(step)
        return self.stage.run_pass()

    def until(self, number: int, after: int = -1) -> None:
        """Live the steps behind ``after``, up to that with this number."""
        for step in LIFE.steps[after + 1 : number]:
            self.acts(step)
            self.runs(step)
            self.stage.run_pass()

    def save(self) -> Saved:
        stage = self.stage
        kept = {name: getattr(stage, name) for name in ("now", "tracker_time", "names", "people")}
        kept |= {"lines": self.outside.outbox._lines, "duties": self.outside.roster._duties}
        files = stage.documents.glob("*") if stage.documents.is_dir() else ()
        there = {path.name: path.read_bytes() for path in files}
        return self.ground.save(), deepcopy(kept), there

    def restore(self, saved: Saved) -> None:
        world, kept, files = saved
        self.ground.restore(world)
        self.ground.server.faults.clear()
        self.ground.server.forget()
        self.ground.jobs.lives_for = None
        values = deepcopy(kept)
        self.outside.outbox._lines = values.pop("lines")
        self.outside.roster._duties = values.pop("duties")
        vars(self.stage).update(values)
        for path in self.stage.documents.glob("*"):
            if path.name not in files:
                path.unlink()

    def essence(self) -> dict[str, Any]:
        """All that matters of the world, without times and the wording of texts."""
        stage, me = self.stage, self.ground.me()
        seen = observe(stage.believed_tracker(), stage.services, stage.policy, lambda: stage.now)
        issues = []
        for issue in stage.believed_tracker().issues():
            one = seen.incidents.get(issue.ref)
            facts = sorted(
                (f.kind, f.role, f.who, f.what, f.done, bool(f.of))
                for f in read_card(issue, me).facts
            )
            issues.append(
                (
                    issue.ref, issue.title, issue.closed, sorted(issue.labels),
                    sorted(issue.assignees), sorted(issue.links), issue.due, facts,
                    sorted(read_card(issue, me).said),
                    one and (one.kind, one.owner, one.state_now, one.status_now),
                    one and {r: (s.person, s.nth, bool(s.here_at)) for r, s in one.seats.items()},
                    sorted(c.body.split("\n")[0] for c in issue.comments if c.author == me),
                )
            )  # fmt: skip
        return {
            "issues": issues,
            "pages": sorted(str(page["key"]) for page in stage.outbox.entries("page")),
            "posts": {str(post["key"]) for post in stage.outbox.entries("announcement")},
            "documents": sorted(path.name for path in stage.documents.glob("*")),
        }


@contextmanager
def life(forge: Forge, until: int = 0) -> Iterator[Life]:
    """A life as far as the step before ``until``, on a server of its own."""
    with TemporaryDirectory(prefix="ima-") as folder:
        grounds: list[LifeGround] = []

        def make(stage: Setting) -> LifeGround:
            grounds.append(forge(stage))
            return grounds[0]

        stage = Stage(LIFE, shipped(), Path(folder), invoke, make)
        try:
            one = Life(stage, grounds[0])
            one.until(until)
            yield one
        finally:
            grounds[0].close()
        assert grounds[0].problems == []
