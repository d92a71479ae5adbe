"""The scenarios over HTTP, on the GitLab counterpart, Free and Premium.

On Free every pass lists everything; on Premium a cache is kept between the passes. The scenarios
are played in turn on Free and on Premium; `make soak` plays each on both. What only Premium can
play is played there with a cache and without; `make soak` plays all of them so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from automation.cli import invoke
from automation.model.issue import Capabilities
from automation.scenarios.play import play
from automation.scenarios.scenario_file import Scenario, read_scenario
from automation.scenarios.setting import Setting
from automation.workspace import files
from tests.ground.cast import missing
from tests.ground.gitlab import FREE, PREMIUM, TIERS, GitLabGround
from tests.ground.jobs import Kept
from tests.scenario_files import FILES, name
from tests.worlds import shipped

GITLAB = Capabilities(closing_reasons=False, tells_deleted=False)
CAN = {
    FREE: replace(GITLAB, one_assignee=True),
    PREMIUM: replace(GITLAB, exclusive_labels=True),
}
AT_ONE_TIME = {"severity/label-and-command-together"}  # says what counts when times are the same


@cache
def scenario(path: Path) -> Scenario:
    return read_scenario(files.read_text(path))


def played(path: Path, tier: str, kept: Kept | None = None) -> str:
    """What did not come out as expected, and what else is wrong."""
    grounds: list[GitLabGround] = []

    def make(stage: Setting) -> GitLabGround:
        grounds.append(GitLabGround(stage, tier, apart=name(path) not in AT_ONE_TIME))
        return grounds[0]

    wrong = [str(each) for each in play(scenario(path), shipped(), invoke, make, kept)]
    return "\n".join(wrong + grounds[0].problems)


def tiers(number: int, path: Path) -> Iterator[object]:
    """The tier whose turn it is, unless only the other can play it; the rest in `make soak`."""
    turn = TIERS[number % len(TIERS)]
    if missing(scenario(path), CAN[turn]):
        turn = next((tier for tier in TIERS if not missing(scenario(path), CAN[tier])), turn)
    for tier in TIERS:
        marks = [] if tier == turn else [pytest.mark.soak]
        yield pytest.param(path, tier, marks=marks, id=f"{name(path)}-{tier}")


PLAYED = [one for number, path in enumerate(FILES) for one in tiers(number, path)]


@pytest.mark.parametrize(("path", "tier"), PLAYED)
def test_a_scenario_holds_on_gitlab(path: Path, tier: str) -> None:
    if reason := missing(scenario(path), CAN[tier]):
        pytest.skip(f"not played on GitLab {tier}: needs {reason}")
    if tier == PREMIUM:
        assert played(path, tier, Kept()) == "", "with a cache"
    if tier == FREE or missing(scenario(path), CAN[FREE]):
        assert played(path, tier) == ""


@pytest.mark.soak
@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_scenario_holds_on_premium_without_a_cache(path: Path) -> None:
    if not missing(scenario(path), CAN[PREMIUM]):
        assert played(path, PREMIUM) == ""


@pytest.mark.parametrize("path", FILES, ids=name)
def test_every_scenario_is_played_on_some_tier(path: Path) -> None:
    one = scenario(path)
    usual = one.can.confidential and one.can.due_dates
    if usual and not {"closing_reasons", "tells_deleted"} & {*one.needs}:  # the rest is GitHub's
        assert not all(missing(one, can) for can in CAN.values())
