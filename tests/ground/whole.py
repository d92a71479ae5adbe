"""One incident from the first alert to the closed review, on GitLab, with every service."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from automation.cli import invoke
from automation.scenarios.people import ACTIONS
from automation.scenarios.scenario_file import Step, read_scenario
from automation.scenarios.setting import Setting
from automation.scenarios.world import PlayedStep, Stage
from automation.workspace.files import read_text
from tests.ground.gitlab import PREMIUM, GitLabGround
from tests.ground.outside import Real
from tests.scenario_files import FOLDER
from tests.worlds import shipped

WHOLE = read_scenario(read_text(FOLDER / "alerts" / "whole-life-of-an-alert.yml"))
STEPS = range(len(WHOLE.steps))


def on_gitlab(stage: Setting) -> GitLabGround:
    return GitLabGround(stage, PREMIUM)


@contextmanager
def whole(within: type[Real] = Real) -> Iterator[Stage]:
    """The world before anything has happened."""
    with TemporaryDirectory(prefix="ima-") as folder:
        stage = Stage(WHOLE, shipped(), Path(folder), invoke, on_gitlab, within)
        try:
            yield stage
        finally:
            stage.tracker.close()
            stage.outside.close()


def live(stage: Stage, step: Step, failing: str = "") -> list[PlayedStep]:
    """What people do in a step, and IMA's pass. A service that is ``failing`` does so for the
    whole step, and is back for one more pass, a second later."""
    stage.go(step)
    stage.issues()
    stage.printed = ""
    stage.meter.failing = {failing: 503} if failing else {}
    for name, node in step.actions:
        ACTIONS[name](stage, step.by, node)
    passed = [stage.run_pass()]
    if failing:
        stage.meter.failing = {}
        stage.now += timedelta(seconds=1)
        passed.append(stage.run_pass())
    return passed


def tracked(stage: Stage) -> list[tuple[Any, ...]]:
    """The issues, but for what is written on them."""
    return [
        (i.ref, i.title, i.closed, sorted(i.labels), sorted(i.assignees), sorted(i.links))
        for i in stage.issues()
    ]


def essence(stage: Stage) -> dict[str, Any]:
    """How everything stands, without times: the issues, and each service."""
    url = stage.tracker.server.url if isinstance(stage.tracker, GitLabGround) else "local:"
    told = stage.outbox.entries
    said = {(str(e["channel"]), str(e["text"]).replace(url, "")) for e in told("announcement")}
    finding = f"{stage.policy.project}: "  # what was wrong for a time stays said (P-52)
    said = {(channel, text) for channel, text in said if not text.startswith(finding)}
    public = [(e["incident"], e["state"], e["status"], e["text"]) for e in told("publication")]
    return {
        "issues": tracked(stage),
        "pages": sorted(str(each["key"]) for each in told("page")),
        "pages ended": sorted(str(each["key"]) for each in told("page ended")),
        "announcements": sorted(said),
        "groups": {each["handle"]: each["people"] for each in told("group")},
        "public": public,
        "documents": stage.outside.documents(),
    }
