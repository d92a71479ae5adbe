"""The announcement of an incident whose issue was deleted is brought up to date, in a channel that
the policy names as people do (P-58)."""

from __future__ import annotations

from automation.cli import invoke
from automation.scenarios.play import play
from automation.scenarios.scenario_file import read_scenario
from automation.scenarios.setting import Setting
from automation.schema.yaml_nodes import Source
from tests.ground.outside import Real
from tests.worlds import shipped

DELETED = """
scenario: An announced incident is deleted
source: P-58
start: 2026-03-02T12:00:00Z
on_call: {eoc: erin, imoc: ian, cmoc: cara, security: sam}
steps:
  - by: erin
    opens: {title: API errors, labels: [Incident, S2]}
    expect: {announced: [production]}
  - after: 5m
    by: mia
    deletes: "#1"
    expect: {announced: []}
"""


def test_the_announcement_says_that_it_is_over() -> None:
    grounds = list[Real]()

    def made(stage: Setting) -> Real:
        grounds.append(Real(stage))
        return grounds[0]

    scenario = read_scenario(Source("deleted.yml", DELETED))
    assert [str(each) for each in play(scenario, shipped(), invoke, within=made)] == []
    ((channel, text, *_),) = grounds[0].slack.messages()
    assert (channel, ", resolved)" in text) == ("production", True), text
