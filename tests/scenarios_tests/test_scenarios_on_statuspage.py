"""Every scenario that publishes something, with Atlassian Statuspage as the status page; all but
the plainest in `make soak`."""

from __future__ import annotations

from pathlib import Path

import pytest

from automation.cli import invoke
from automation.scenarios.play import play
from automation.scenarios.scenario_file import read_scenario
from automation.workspace.files import read_text
from tests.ground.outside import RealOnStatuspage
from tests.scenario_files import FILES, name
from tests.scenarios_tests.test_scenarios_outside import TEAM
from tests.worlds import shipped

PLAIN = ("the-page-follows-after-the-first-publish", "confirmed-started-ended")  # in `make test`

NO_WORD = (  # without a service, a security issue looks there like any critical incident
    "only-security-publishes",
    "published-follows-only-as-security-issue",
    "security-publishes-itself",
)


def _of(path: Path) -> bool:
    text = path.read_text("utf-8")
    published = "published:" in text.partition("steps:")[2] and TEAM not in text
    return published and path.stem not in NO_WORD


PUBLISHING = [
    pytest.param(path, id=name(path), marks=[] if path.stem in PLAIN else [pytest.mark.soak])
    for path in FILES
    if _of(path)
]


@pytest.mark.parametrize("path", PUBLISHING)
def test_it_comes_out_on_statuspage_as_on_any_page(path: Path) -> None:
    wrong = play(read_scenario(read_text(path)), shipped(), invoke, within=RealOnStatuspage)
    assert [str(each) for each in wrong] == []
