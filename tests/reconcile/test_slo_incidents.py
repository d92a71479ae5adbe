"""``slo.declare``: one incident, wherever the pass is killed, whoever remembers what."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.changes.service_calls import NEW, Declare
from automation.cli import invoke
from automation.model.incident import Incident, Resolution
from automation.model.issue import Draft
from automation.planning.plan import Snapshot
from automation.planning.service_incidents import incident_to_declare
from automation.scenarios.play import play
from automation.scenarios.scenario_file import read_scenario
from automation.scenarios.world import Stage
from automation.schema.yaml_nodes import Source, parse
from automation.stored_state.dashboard import Dashboard
from automation.text.escaping import marker_in
from automation.writing.new_issues import declared_draft
from automation.writing.templates import Templates
from tests.build import a_context, an_incident, at
from tests.policy.test_slo import BAD, FINE, GONE, of
from tests.reconcile.test_sweep import Kept
from tests.scenario_files import FILES, name
from tests.worlds import Act, acts, incidents, shipped, stage, world_after

BY_FIGURES = re.compile(r"^source: .*P-(27|40)\b", re.MULTILINE)
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
      opened: [{{owner: erin, labels: ["Service::Web"], new_comments: 1}}]
      paged: [eoc]
"""
WRITES = 8  # of the pass that is not killed: the issue, card twice, labels, two pages, a comment …


@pytest.mark.parametrize("writes", range(WRITES + 2))
@pytest.mark.parametrize("kept", [False, True], ids=["reads all", "with a cache"])
def test_killed_after_any_write(writes: int, kept: bool) -> None:
    scenario = read_scenario(Source("killed.yml", KILLED.format(writes=writes)))
    found = play(scenario, shipped(), invoke, cache=Kept() if kept else None)
    assert [str(each) for each in found] == []


@pytest.mark.parametrize(
    "path", [path for path in FILES if BY_FIGURES.search(path.read_text("utf-8"))], ids=name
)
def test_a_quiet_sweep_comes_to_the_same(path: Path) -> None:
    scenario = read_scenario(Source(path.name, path.read_text("utf-8")))
    found = play(scenario, shipped(), invoke, cache=Kept())
    assert [str(each) for each in found] == []


def test_a_marker_counts_only_in_what_we_opened() -> None:
    world = stage()
    body = '<!-- ima:slo {"service":["web"]} -->\n'
    for who in ("rita", world.tracker.me()):
        world.tracker.acting(who).open(Draft("Web", body, ("Incident",)))
    found = [incident.affects for incident in world.run.plan().before.incidents.values()]
    assert found == [(), ("web",)]


def test_what_is_opened_has_the_labels_of_its_services() -> None:
    """A service without a label is about it all the same: the marker says so."""
    change = Declare(
        ref=NEW, rule="", why="", title="Web, shop: out", services=("web", "api", "shop"),
        status="Service Disruption", figures=("Web: `rm` @all <!-- ima:card {} -->",),
    )  # fmt: skip
    context = a_context(says="services: {shop: {component: Shop}}")
    draft = declared_draft(change, context, Templates(shipped().templates))
    assert draft.labels == ("Incident", "Service::Web", "Service::API")
    assert marker_in("declared", draft.body) == {"by": "", "origin": "alert", "wanted": {}}
    assert marker_in("slo", draft.body) == {"service": ["web", "api", "shop"]}
    assert "nobody had declared it: Web, API, Shop." in draft.body
    assert "@all" not in draft.body
    assert "<!-- ima:card" not in draft.body


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
    return [change.describe() for change in incident_to_declare(snapshot)]


def measured(service: str, value: float) -> Act:
    """Five minutes of one error ratio."""
    samples = parse(f"{service}: {{errors: [{', '.join([str(value)] * 10)}]}}", "samples")
    return lambda world: world.samples.give(samples, world.now)


measurements = st.builds(
    measured, st.sampled_from(["web", "api", "git"]), st.sampled_from([0.0, 0.0015, 0.2])
)
lives = st.lists(st.one_of(acts, measurements, measurements), min_size=1, max_size=14)


def declaring() -> Stage:
    policy = stage().policy
    world = stage(policy=replace(policy, slo=replace(policy.slo, declare=True)))
    world.cache = Kept()
    return world


@pytest.mark.property
@given(lives)
def test_a_second_pass_writes_nothing(history: list[Act]) -> None:
    world = world_after(history, declaring())
    world.run_pass()
    world.run_pass()
    assert world.meter.writes == 0


@pytest.mark.property
@given(lives, lives)
def test_a_quiet_sweep_plans_what_a_full_one_does(first: list[Act], then: list[Act]) -> None:
    world = world_after(first, declaring())
    world.run_pass()
    world_after(then, world)
    full = replace(world.run, cache=None).plan()
    assert world.run.plan().visible == full.visible


@pytest.mark.property
@given(lives)
def test_every_bad_service_has_an_incident_and_nobody_is_overruled(history: list[Act]) -> None:
    world = world_after(history, declaring())
    before = incidents(world)
    world.run_pass()
    made = replace(world.run, cache=None).plan().before
    active = [incident for incident in made.incidents.values() if incident.active]
    over = [incident for incident in made.incidents.values() if incident.resolution]
    for verdict in made.ctx.verdicts.values():
        about = [one for one in (*active, *over) if verdict.service in one.affects]
        assert about or not verdict.bad
    for ref, incident in before.items():
        for family in ("severity", "status"):
            chosen = getattr(incident, family)
            if chosen and chosen.by and made.incidents[ref].active:
                assert getattr(made.incidents[ref], family).value == chosen.value
