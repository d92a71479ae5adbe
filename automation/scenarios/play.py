"""Playing a scenario: people act on the tracker, IMA passes, expectations are checked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from automation.reconcile.one_pass import CacheFile
from automation.scenarios.before import BeforeStep
from automation.scenarios.checking import check
from automation.scenarios.mismatch import Mismatch
from automation.scenarios.outside_services import EmbeddedServices, MakeServices
from automation.scenarios.people import ACTIONS
from automation.scenarios.played_tracker import MakeTracker, embedded_tracker
from automation.scenarios.scenario_file import Scenario, Step
from automation.scenarios.world import Command, Stage
from automation.workspace.files import ProcessFiles


def play(
    scenario: Scenario,
    files: ProcessFiles,
    command: Command,
    make: MakeTracker = embedded_tracker,
    cache: CacheFile | None = None,
    within: MakeServices = EmbeddedServices,
) -> list[Mismatch]:
    """Play a scenario. ``command`` runs the command lines in it; ``make`` and ``within`` make the
    tracker and the services; ``cache`` is what one run of IMA leaves for the next. Returns what did
    not come out as expected in the first step where anything did not."""
    with TemporaryDirectory(prefix="ima-") as folder:
        stage = Stage(scenario, files, Path(folder), command, make, within)
        stage.cache = cache
        try:
            return list(_play_steps(stage))
        finally:
            stage.tracker.close()
            stage.outside.close()


def _play_steps(stage: Stage) -> Iterator[Mismatch]:
    for step in stage.scenario.steps:
        found = list(_play_step(stage, step))
        yield from found
        if found:
            return  # what comes after a failure says nothing


def _play_step(stage: Stage, step: Step) -> Iterator[Mismatch]:
    stage.go(step)
    before = BeforeStep.of(stage)
    ran: int | None = None
    stage.printed = ""
    for name, node in step.actions:
        code = ACTIONS[name](stage, step.by, node)
        ran = code if name == "runs" or code else ran
    passed = stage.run_pass(step.dies_after)
    writes = stage.meter.writes
    if ran is not None:
        passed.exit, passed.ran = ran, True
    wrong = check(stage, step, before, passed, writes) if step.expect else []
    if passed.killed and step.settles:  # the next pass must repair everything
        again = stage.run_pass()
        again.killed = True
        if wrong and step.expect:
            wrong = check(stage, step, before, again, writes + stage.meter.writes)
    yield from wrong
    if step.settles and not wrong:
        yield from _second_pass_writes(stage, step)


def _second_pass_writes(stage: Stage, step: Step) -> Iterator[Mismatch]:
    second = stage.run_pass()
    if stage.meter.writes:
        yield Mismatch(
            step.node, "a second pass changes nothing", f"{stage.meter.writes} writes", second.plan
        )
