"""Histories to be lived again: scenarios, played with a pass at each clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from automation.cli import invoke
from automation.model.issue import Issue
from automation.past.deeds import History, facts_of
from automation.past.groups import histories
from automation.past.life import World, live
from automation.past.on_call import remembered_duties
from automation.planning.incident_view import next_look
from automation.scenarios.people import ACTIONS
from automation.scenarios.scenario_file import Scenario, Step, read_scenario
from automation.scenarios.world import PlayedStep, Stage
from automation.services.embedded.embedded import PolicyPager
from automation.stored_state import dashboard
from automation.workspace import files
from tests.worlds import shipped

MOST_CLOCKS = 60  # between two steps


class Recording:
    """A scenario, played to its end: a pass follows each act, as ever, and each clock."""

    def __init__(self, scenario: Scenario, folder: str) -> None:
        self.stage = Stage(scenario, shipped(), Path(folder), invoke)
        self.due: datetime | None = None
        for step in scenario.steps:
            self._play(step)

    def _play(self, step: Step) -> None:
        stage = self.stage
        passed = step.when(stage.scenario_time) - stage.scenario_time
        arrives = stage.now + passed
        for _ in range(MOST_CLOCKS):
            if self.due is None or self.due >= arrives:
                break
            stage.now = self.due
            self._pass(stage.run_pass())
        stage.now = arrives - passed
        stage.go(step)
        for name, node in step.actions:
            ACTIONS[name](stage, step.by, node)
        self._pass(stage.run_pass(step.dies_after))
        if step.settles:
            self._pass(stage.run_pass())

    def _pass(self, played: PlayedStep) -> None:
        if played.plan is None:
            return
        now, ctx = self.stage.now, played.plan.before.ctx
        times = (next_look(each, ctx) for each in played.plan.world.values())
        self.due = min((at for at in times if at and at > now), default=None)

    @property
    def issues(self) -> list[Issue]:
        found = self.stage.believed_tracker().issues(closed_since=self.stage.scenario.start)
        return [issue for issue in found if issue.ref != "#0"]

    def world(self) -> World:
        stage, me = self.stage, self.stage.tracker.me()
        tracker = stage.believed_tracker()
        board = dashboard.read(tracker.dashboard()) or dashboard.Dashboard()
        roster = cast(PolicyPager, stage.outside.roster)  # it answers whatever fails
        present = roster.on_call(stage.now)
        facts = [fact for issue in self.issues for fact in facts_of(issue, me)]
        return World(
            stage.templates,
            tracker.can,
            board.since or stage.policy.since or stage.scenario.start,
            stage.now,
            remembered_duties(board.shifts, facts, present),
            stage.services.status_page.can,
            stage.scenario.outsiders,
        )

    def close(self) -> None:
        self.stage.tracker.close()
        self.stage.outside.close()


@contextmanager
def recorded(path: Path) -> Iterator[Recording]:
    scenario = read_scenario(files.read_text(path))
    with TemporaryDirectory(prefix="ima-") as folder:
        made = Recording(scenario, folder)
        try:
            yield made
        finally:
            made.close()


Done = tuple[str, ...]


def done_on(issue: Issue, me: str) -> list[Done]:
    """What IMA did on an issue, in order: its events and comments, and what its card remembers."""
    found: list[Done] = []
    for event in issue.events:
        if event.actor == me:
            found.append((event.at.isoformat(), issue.ref, event.kind, event.subject))
    for comment in issue.comments:
        if comment.author == me and "<!-- ima:said" in comment.body:
            words = comment.body.partition("<!-- ima:")[0].strip()
            found.append((comment.at.isoformat(), issue.ref, "comment", words))
    for fact in facts_of(issue, me):
        found.append((fact.at.isoformat(), issue.ref, fact.kind, fact.role, fact.who, fact.what))
    return sorted(found)


def differences(recording: Recording) -> list[str]:
    """What IMA did then and does not do when it is lived again (-), and the other way round (+)."""
    me, world = recording.stage.tracker.me(), recording.world()
    found: list[str] = []
    for history in histories(recording.issues, me):
        found += _differences_of(history, recording, world)
    return found


def _differences_of(history: History, recording: Recording, world: World) -> list[str]:
    life, tracker = live(history, recording.stage.policy, world)
    me = history.me
    then = [each for issue in history.issues for each in done_on(issue, me)]
    now = [e for issue in tracker.now.values() if issue.ref != "#0" for e in done_on(issue, me)]
    gone = [each for each in then if each not in now]
    new = [each for each in now if each not in then]
    lines = [f"- {' '.join(each)}" for each in gone] + [f"+ {' '.join(each)}" for each in new]
    return lines + life.failures
