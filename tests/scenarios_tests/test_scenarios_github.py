"""The scenarios over HTTP, on emulate as the counterpart of GitHub, with a cache that is kept
between the passes and without. `turns` says which of them `make test` plays here."""

from __future__ import annotations

from pathlib import Path

import pytest

from automation.cli import invoke
from automation.scenarios.play import play
from automation.scenarios.setting import Setting
from tests.ground.github import GitHubGround
from tests.ground.jobs import Kept
from tests.scenario_files import FILES, name
from tests.scenarios_tests.turns import GITHUB, GITHUB_CACHED, TURNS, scenario, why_not
from tests.worlds import shipped


def played(path: Path, kept: Kept | None = None) -> str:
    """What did not come out as expected, and what else is wrong."""
    grounds: list[GitHubGround] = []

    def make(stage: Setting) -> GitHubGround:
        grounds.append(GitHubGround(stage))
        return grounds[0]

    wrong = [str(each) for each in play(scenario(path), shipped(), invoke, make, kept)]
    return "\n".join(wrong + grounds[0].problems)


PLAYED = [
    pytest.param(
        path,
        place,
        marks=[] if TURNS[path] == place else [pytest.mark.soak],
        id=f"{name(path)}-{'cached' if place == GITHUB_CACHED else 'whole'}",
    )
    for path in FILES
    for place in (GITHUB, GITHUB_CACHED)
]


@pytest.mark.needs("emulate")
@pytest.mark.parametrize(("path", "place"), PLAYED)
def test_a_scenario_holds_on_github(path: Path, place: str) -> None:
    if reason := why_not(path, place):
        pytest.skip(f"not played on GitHub: needs {reason}")
    assert played(path, Kept() if place == GITHUB_CACHED else None) == ""
