"""``slo.declare``: one incident, wherever the pass is killed, whoever remembers what."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from automation.dashboard import Dashboard
from automation.incident import Incident, Resolution
from automation.model import Draft
from automation.plan import Snapshot
from automation.scenarios.play import play
from automation.scenarios.script import read_scenario
from automation.source import Source
from automation.unattended import declared

from .build import a_context, an_incident, at
from .test_slo import BAD, FINE, GONE, of
from .test_sweep import Kept
from .worlds import shipped, stage

SCENARIOS = Path(__file__).parent / "scenarios"
KILLED = """
scenario: killed after {writes} writes
source: P-27
start: 2026-03-02T12:00:00Z
on_call: {{eoc: erin, imoc: ian, cmoc: cara, security: sam}}
policy: {{slo: {{declare: true}}}}
steps:
  - slo: {{web: {{errors: [0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2, 0.2]}}}}
    dies_after: {writes}
    expect:
      opened: [{{owner: ian, labels: ["Service::Web"], new_comments: 1}}]
      paged: [eoc, imoc]
"""
WRITES = 8  # of the pass that is not killed: the issue, card twice, labels, two pages, a comment …


@pytest.mark.parametrize("writes", range(WRITES + 2))
@pytest.mark.parametrize("kept", [False, True], ids=["reads all", "with a cache"])
def test_killed_after_any_write(writes: int, kept: bool) -> None:
    scenario = read_scenario(Source("killed.yml", KILLED.format(writes=writes)))
    found = play(scenario, shipped(), cache=Kept() if kept else None)
    assert [str(each) for each in found] == []


@pytest.mark.parametrize(
    "path", sorted([*SCENARIOS.glob("p27-*"), *SCENARIOS.glob("p40-*")]), ids=lambda path: path.stem
)
def test_a_quiet_sweep_comes_to_the_same(path: Path) -> None:
    scenario = read_scenario(Source(path.name, path.read_text("utf-8")))
    found = play(scenario, shipped(), cache=Kept())
    assert [str(each) for each in found] == []


def test_a_marker_counts_only_in_what_we_opened() -> None:
    world = stage()
    body = '<!-- ima:slo {"service":["web"]} -->\n'
    for who in ("rita", world.tracker.me()):
        world.tracker.acting(who).open(Draft("Web", body, ("Incident",)))
    found = [incident.affects for incident in world.run.plan().before.incidents.values()]
    assert found == [(), ("web",)]


WEB_AND_API = "declare 'web, api: below what was promised' (Partial Service Disruption)"
API = "declare 'api: error ratio above its SLO' (Degraded Performance)"


@pytest.mark.parametrize(
    ("incident", "done"),
    [
        pytest.param(an_incident(services=("git",)), [WEB_AND_API], id="it is about another"),
        pytest.param(an_incident(services=("web",)), [API], id="the web has one"),
        pytest.param(an_incident(measured=("web",)), [API], id="one that had the label"),
        pytest.param(an_incident(services=("web", "api")), [], id="both have one"),
        pytest.param(
            an_incident(services=("web",), tracked=False), [WEB_AND_API], id="one of before IMA"
        ),
        pytest.param(
            an_incident(services=("web", "api"), resolution=Resolution(at(5), "erin")),
            [WEB_AND_API], id="it ended five minutes ago",
        ),
        pytest.param(
            an_incident(services=("web", "api"), resolution=Resolution(at(5.1), "erin")), [],
            id="it has just ended: five minutes begin anew",
        ),
    ],
)  # fmt: skip
def test_services_that_no_incident_is_about(incident: Incident, done: list[str]) -> None:
    assert opened(incident) == done


def test_who_does_not_see_every_incident_opens_none() -> None:
    assert opened(whole=False) == []
    assert opened(whole=True) == [WEB_AND_API]
    assert opened(says="slo: {declare: false}") == []


def opened(
    *incidents: Incident, whole: bool = True, says: str = "slo: {declare: true}"
) -> list[str]:
    """What is opened where the web is out, the API degraded, and nobody knows of the pages."""
    verdicts = {
        name: replace(verdict, component=name)
        for name, verdict in of(web=GONE, api=BAD, git=FINE, pages=[]).items()
    }
    context = replace(a_context(10, says=says), verdicts=verdicts)
    world = {incident.ref: incident for incident in incidents}
    snapshot = Snapshot(context, world, Dashboard(), Dashboard(), whole=whole)
    return [change.describe() for change in declared(snapshot)]
