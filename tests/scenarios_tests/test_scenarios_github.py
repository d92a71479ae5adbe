"""The scenarios over HTTP, on emulate as the counterpart of GitHub, with a cache and without."""

from __future__ import annotations

from collections.abc import Iterator
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
from tests.ground.github import GitHubGround
from tests.ground.jobs import Kept
from tests.scenario_files import FILES, name
from tests.worlds import shipped

# On GitHub a security incident cannot be hidden: it is locked, and nothing more is said on it. What
# is said then is played in security/locked-where-nothing-can-be-hidden.
SPOKEN = {
    "security/only-security-publishes",
    "security/public-before",
    "security/public-before-it-was-security",
    "security/published-follows-only-as-security-issue",
    "security/security-publishes-itself",
    "security/where-nothing-can-be-hidden",
}
CAN = Capabilities(confidential=False, locks=True, due_dates=False)


@cache
def scenario(path: Path) -> Scenario:
    return read_scenario(files.read_text(path))


def played(path: Path, kept: Kept | None = None) -> str:
    """What did not come out as expected, and what else is wrong."""
    grounds: list[GitHubGround] = []

    def make(stage: Setting) -> GitHubGround:
        grounds.append(GitHubGround(stage))
        return grounds[0]

    wrong = [str(each) for each in play(scenario(path), shipped(), invoke, make, kept)]
    return "\n".join(wrong + grounds[0].problems)


def why_not(path: Path) -> str:
    if name(path) in SPOKEN:
        return "security incidents on which something is said"
    return missing(scenario(path), CAN)


def both() -> Iterator[object]:
    """Every scenario, in turn with a cache that is kept between the passes and without one; the
    other way is for `make soak`."""
    for number, path in enumerate(FILES):
        for cached in (False, True):
            marks = [pytest.mark.soak] if cached != bool(number % 2) else []
            how = "cached" if cached else "whole"
            yield pytest.param(path, cached, marks=marks, id=f"{name(path)}-{how}")


def test_every_scenario_that_is_left_out_exists() -> None:
    assert SPOKEN - {name(path) for path in FILES} == set()


@pytest.mark.needs("emulate")
@pytest.mark.parametrize(("path", "cached"), [*both()])
def test_a_scenario_holds_on_github(path: Path, cached: bool) -> None:
    if reason := why_not(path):
        pytest.skip(f"not played on GitHub: needs {reason}")
    assert played(path, Kept() if cached else None) == ""
