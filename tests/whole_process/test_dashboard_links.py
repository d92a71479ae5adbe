"""Each row of the dashboard leads to where its next act is said: the card, from its first pass on.

A second pass that writes nothing proves that the address is that of the card which stands there.
"""

from __future__ import annotations

import pytest

from automation.cli import invoke
from automation.scenarios.play import play
from automation.scenarios.scenario_file import Scenario, read_scenario
from automation.scenarios.setting import Setting
from automation.schema.yaml_nodes import Source
from tests.ground.github import GitHubGround
from tests.ground.gitlab import PREMIUM, GitLabGround
from tests.ground.jobs import Kept
from tests.worlds import shipped

TOLD = """\
scenario: Rows have links
source: P-49
start: 2026-03-02T12:00:00Z
on_call: {{eoc: erin, imoc: ian, cmoc: cara, security: sam}}
steps:
  - opens: {{title: Pushes fail, labels: [Incident, S3]}}
    expect:
      dashboard:
        - 'Pushes fail .*nobody has come yet\\*\\*; owner: erin; \\[what to do\\]\\({card}\\)'
        - 'S3 · Investigating · Operational; owner: erin; since [^;]*; \\[card\\]\\({card}\\)'
  - after: 1m
    opens: {{title: Keys leaked, labels: [Incident, S4, Security]}}
    expect: {{dashboard: ['#2 \\(confidential\\)\\n']}}
"""


def scenario(card: str) -> Scenario:
    return read_scenario(Source("links.yml", TOLD.format(card=card)))


@pytest.mark.parametrize("kept", [False, True], ids=["", "cached"])
def test_on_gitlab(kept: bool) -> None:
    def make(stage: Setting) -> GitLabGround:
        return GitLabGround(stage, PREMIUM)

    card = r"https?://\S+/-/(issues|work_items)/\d+#note_\d+"
    wrong = play(scenario(card), shipped(), invoke, make, Kept() if kept else None)
    assert "\n".join(map(str, wrong)) == ""


@pytest.mark.needs("emulate")
def test_on_github() -> None:
    card = r"https?://\S+/issues/\d+#issuecomment-\d+"
    wrong = play(scenario(card), shipped(), invoke, GitHubGround)
    assert "\n".join(map(str, wrong)) == ""
