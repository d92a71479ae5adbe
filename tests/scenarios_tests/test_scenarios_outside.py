"""Every scenario that touches a service, with the real adapters and a counterpart of each; those
that only page, in `make soak`."""

from __future__ import annotations

from pathlib import Path

import pytest

from automation.cli import invoke
from automation.scenarios.play import play
from automation.scenarios.scenario_file import read_scenario
from automation.workspace.files import read_text
from tests.ground.outside import Real
from tests.scenario_files import FILES, name
from tests.worlds import shipped

TOUCHING = (
    "acknowledges", "alerts", "announced", "documents", "fails", "groups", "on_call:", "paged",
    "published", "replied", "slo:", "told",
)  # fmt: skip
ALONE = "paged"  # where nothing but pages are looked at, it is one call: most of them say so

TEAM = 'on_call: "@'  # who is on call is asked of the pager here, not of a team of the forge


def touched(path: Path) -> list[str]:
    steps = path.read_text("utf-8").partition("steps:")[2]
    return [word for word in TOUCHING if word in steps]


TOUCHED = [
    pytest.param(path, id=name(path), marks=[pytest.mark.soak] if words == [ALONE] else [])
    for path in FILES
    if (words := touched(path)) and TEAM not in path.read_text("utf-8")
]


@pytest.mark.parametrize("path", TOUCHED)
def test_it_comes_out_with_the_real_adapters_as_with_the_embedded_services(path: Path) -> None:
    wrong = play(read_scenario(read_text(path)), shipped(), invoke, within=Real)
    assert [str(each) for each in wrong] == []
