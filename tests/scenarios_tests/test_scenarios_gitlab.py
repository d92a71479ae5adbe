"""The scenarios over HTTP, on the GitLab counterpart, Free and Premium.

On Free every pass lists everything; on Premium a cache is kept between the passes. `turns` says
which of them `make test` plays where; `make soak` plays each on both. What only Premium can play is
played there with a cache and without; `make soak` plays all of them so.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from automation.cli import invoke
from automation.scenarios.play import play
from automation.scenarios.setting import Setting
from tests.ground.gitlab import FREE, PREMIUM, TIERS, GitLabGround
from tests.ground.jobs import Kept
from tests.scenario_files import FILES, name
from tests.scenarios_tests.turns import TURNS, scenario, why_not
from tests.worlds import shipped

AT_ONE_TIME = {"severity/label-and-command-together"}  # says what counts when times are the same


def played(path: Path, tier: str, kept: Kept | None = None) -> str:
    """What did not come out as expected, and what else is wrong."""
    grounds: list[GitLabGround] = []

    def make(stage: Setting) -> GitLabGround:
        grounds.append(GitLabGround(stage, tier, apart=name(path) not in AT_ONE_TIME))
        return grounds[0]

    wrong = [str(each) for each in play(scenario(path), shipped(), invoke, make, kept)]
    return "\n".join(wrong + grounds[0].problems)


PLAYED = [
    pytest.param(
        path,
        tier,
        marks=[] if TURNS[path] == tier else [pytest.mark.soak],
        id=f"{name(path)}-{tier}",
    )
    for path in FILES
    for tier in TIERS
]


@pytest.mark.parametrize(("path", "tier"), PLAYED)
def test_a_scenario_holds_on_gitlab(path: Path, tier: str) -> None:
    if reason := why_not(path, tier):
        pytest.skip(f"not played on GitLab {tier}: needs {reason}")
    if tier == PREMIUM:
        assert played(path, tier, Kept()) == "", "with a cache"
    if tier == FREE or why_not(path, FREE):
        assert played(path, tier) == ""


@pytest.mark.soak
@pytest.mark.parametrize("path", FILES, ids=name)
def test_a_scenario_holds_on_premium_without_a_cache(path: Path) -> None:
    if not why_not(path, PREMIUM):
        assert played(path, PREMIUM) == ""
