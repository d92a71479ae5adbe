"""Whom GitLab cannot assign is a finding: told once, no failure, and not tried again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from automation.cli import invoke
from automation.model.issue import Draft
from automation.scenarios.scenario_file import read_scenario
from automation.scenarios.world import Stage
from automation.schema.yaml_nodes import Source
from tests.ground.gitlab import FREE, PREMIUM, TIERS, GitLabGround
from tests.worlds import shipped

SCENARIO = """
scenario: The engineer on call has no account here
source: P-01
start: 2026-03-02T12:00:00Z
on_call: {eoc: erin, imoc: ian, cmoc: cara, security: sam}
steps: []
"""


@contextmanager
def without_account(folder: Path, tier: str, login: str) -> Iterator[Stage]:
    scenario = read_scenario(Source("unassigned.yml", SCENARIO))
    stage = Stage(scenario, shipped(), folder, invoke, lambda made: GitLabGround(made, tier))
    stage.roster.change({"eoc": login}, stage.now)
    with closing(stage.tracker):
        yield stage


@pytest.mark.parametrize("tier", TIERS)
def test_it_is_told_once_and_is_no_failure(tmp_path: Path, tier: str) -> None:
    with without_account(tmp_path, tier, "ghost") as stage:
        stage.acting("rita").open(Draft("Pushes fail", labels=("Incident", "S3")))
        first = stage.run_pass()
        assert first.exit == 0
        assert first.findings == [
            "@ghost could not be assigned: no such account, blocked, or it may not see the issue;"
            " give access and assign by hand; or whoever is on call writes `/ima handover @me`"
        ]
        assert stage.issues()[0].assignees == ()
        for _ in range(2):
            again = stage.run_pass()
            assert (again.exit, again.findings, stage.meter.writes) == (0, [], 0)


def test_the_others_are_assigned(tmp_path: Path) -> None:
    with without_account(tmp_path, PREMIUM, "ghost") as stage:
        stage.acting("rita").open(Draft("Pushes fail", labels=("Incident", "S1")))
        passed = stage.run_pass()
        assert len(passed.findings) == 1
        assert stage.issues()[0].assignees == ("ian",)
        stage.run_pass()
        assert stage.meter.writes == 0


def test_of_a_confidential_incident_without_the_name(tmp_path: Path) -> None:
    with without_account(tmp_path, FREE, "ghost") as stage:
        draft = Draft("The leak", labels=("Incident", "S3"), confidential=True)
        stage.acting("rita").open(draft)
        (finding,) = stage.run_pass().findings
        assert finding.startswith("somebody could not be assigned")


def test_once_somebody_owns_it_they_are_assigned(tmp_path: Path) -> None:
    with without_account(tmp_path, FREE, "ghost") as stage:
        ref = stage.acting("rita").open(Draft("Pushes fail", labels=("Incident", "S3")))
        stage.run_pass()
        stage.roster.change({"eoc": "erin"}, stage.now)
        stage.acting("erin").comment(ref, "/ima handover @me")
        assert stage.run_pass().findings == []
        assert stage.issues()[0].assignees == ("erin",)


def test_an_author_who_cannot_have_the_review(tmp_path: Path) -> None:
    with without_account(tmp_path, PREMIUM, "ghost") as stage:
        stage.acting("rita").open(Draft("Pushes fail", labels=("Incident", "S1")))
        stage.run_pass()
        ref = stage.issues()[0].ref
        stage.acting("ian").comment(ref, "/ima resolve over")
        passed = stage.run_pass()
        assert (passed.exit, len(passed.findings)) == (0, 1)
        assert passed.findings[0].startswith("@ghost could not be assigned")
        stage.run_pass()  # the dashboard: nobody owns the review
        assert stage.run_pass().findings == []
        assert stage.meter.writes == 0
