"""PagerDuty calls on until somebody answers there, and then the next one: whoever has come by an
act on the issue is called no more, and nobody in their place (P-18)."""

from __future__ import annotations

import pytest

from automation.cli import invoke
from automation.scenarios.play import play
from automation.scenarios.scenario_file import read_scenario
from automation.scenarios.setting import Setting
from automation.schema.yaml_nodes import Source
from tests.ground.outside import Real
from tests.worlds import shipped

START = """
scenario: Somebody was paged
source: P-18
start: 2026-03-02T12:00:00Z
on_call: {eoc: erin, imoc: ian, cmoc: cara, security: sam}
policy: {people: {mia: {pager: PUMIA}}}
steps:
  - by: rita
    runs: report "Pushes hang" --severity S3
    expect: {paged: [eoc]}
"""
COMES = """
  - after: 1m
    by: erin
    comments: {"#1": I am looking}
    expect: {"#1": {here: [eoc]}}
"""
CALLED_AGAIN = """
  - after: 15m
    expect: {repeated: [eoc], paged: [imoc]}
"""
NEEDED = """
  - after: 1m
    by: erin
    comments: {"#1": /ima need @mia}
"""
ANSWERS = """
  - after: 1m
    by: mia
    comments: {"#1": what is it}
"""
SOMEBODY_ELSE = """
  - after: 1m
    by: mia
    comments: {"#1": is anybody there}
    expect: {"#1": {here: []}}
"""
IMOC, EOC = ":imoc:1", ":eoc:1"


@pytest.mark.parametrize(
    ("steps", "ringing"),
    [
        pytest.param(COMES, [], id="a comment"),
        pytest.param(SOMEBODY_ELSE, [EOC], id="of somebody else"),
        pytest.param(COMES + NEEDED, [":mia:"], id="who is needed"),
        pytest.param(COMES + NEEDED + ANSWERS, [], id="and answers"),
        pytest.param(CALLED_AGAIN + COMES, [IMOC], id="who was called twice"),
    ],
)
def test_pagerduty_calls_nobody_in_the_place_of_who_has_come(
    steps: str, ringing: list[str]
) -> None:
    grounds = list[Real]()

    def made(stage: Setting) -> Real:
        grounds.append(Real(stage))
        return grounds[0]

    scenario = read_scenario(Source("paged.yml", START + steps))
    assert [str(each) for each in play(scenario, shipped(), invoke, within=made)] == []
    calling = grounds[0].pager.account.ringing()
    found = [key.partition("#1")[2] for key in calling]
    assert len(found) == len(ringing)
    assert all(each.startswith(start) for each, start in zip(found, ringing, strict=True))
