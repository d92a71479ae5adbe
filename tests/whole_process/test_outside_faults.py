"""Each service fails in every way at every call of a pass: what is the tracker's is done, one
line says what failed, the step stays *about to*, and the next pass does it, once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from automation.cli import invoke
from automation.scenarios.people import ACTIONS
from automation.scenarios.scenario_file import Step, read_scenario
from automation.scenarios.world import PlayedStep, Stage
from automation.schema.yaml_nodes import Source
from automation.stored_state.card import read_card
from tests.counterparts.small import SmallServer
from tests.ground.outside import Real, RealOnStatuspage
from tests.ground.whole import essence, tracked
from tests.leaks import hear
from tests.worlds import shipped

LIFE = read_scenario(
    Source(
        "life.yml",
        """
scenario: An S1 that reaches each call of each service
source: P-30
start: 2026-03-02T12:00:00Z
on_call: {eoc: erin, imoc: ian, cmoc: cara, security: sam}
policy:
  severities: {S1: {document: true}}
  roles: {eoc: {group: "@sre-oncall"}}
steps:
  - {by: rita, opens: {title: API is down, labels: [Incident, S1, "Service::API"]}}
  - {after: 1m, by: erin, acknowledges: "#1"}
  - after: 1m
    by: erin
    comments: {"#1": "/ima status \\"Service Disruption\\"\\n/ima publish We look into it."}
  - after: 1m
    by: ian
    comments: {"#1": "/ima state identified -- roll back\\n/ima handover @mia"}
  - {after: 1m, by: mia, comments: {"#1": /ima resolve the rate is at its baseline}}
""",
    )
)
# Step, service, request; and whether it is made for a step that stays *about to*.
CALLS: list[tuple[int, str, str, str, bool]] = [
    (1, "pagerduty", "GET", r"/oncalls", False),
    (0, "pagerduty", "GET", r"/incidents\?.*incident_key", True),
    (0, "pagerduty", "POST", r"/incidents$", True),
    (1, "pagerduty", "GET", r"/incidents\?", False),
    (1, "pagerduty", "GET", r"/log_entries", False),
    (4, "pagerduty", "PUT", r"/incidents/", True),
    (0, "slack", "POST", r"/usergroups\.users\.list", False),
    (0, "slack", "POST", r"/usergroups\.users\.update", False),
    (0, "slack", "POST", r"/chat\.postMessage", True),
    (3, "slack", "POST", r"/chat\.update", False),
    (0, "google", "POST", r"/token", True),
    (0, "google", "GET", r"/files", True),
    (0, "google", "POST", r"/copy", True),
    (0, "google", "POST", r":batchUpdate", True),
    (0, "google", "POST", r"/permissions", True),
    (3, "status.io", "GET", r"/incident/list/", True),
    (2, "status.io", "GET", r"/component/list/", True),
    (2, "status.io", "POST", r"/incident/create", True),
    (3, "status.io", "POST", r"/incident/update", True),
    (4, "status.io", "POST", r"/incident/resolve", True),
    (3, "status.io", "GET", r"/status/summary/", False),
    (1, "prometheus", "GET", r"/api/v1/query", False),
]
FAULTS: list[dict[str, Any]] = [
    {"how": "refused"},
    {"how": "hang"},
    {"how": 401},
    {"how": 403},
    {"how": 404},
    {"how": 429},
    {"how": 429, "retry_after": 600},
    {"how": 500},
    {"how": "half"},
    {"how": "html"},
    {"how": "error"},
]
ON_STATUSPAGE: list[tuple[int, str, str, str, bool]] = [  # which stands in for status.io
    (3, "status.io", "GET", r"/unresolved", True),
    (2, "status.io", "GET", r"/incidents\?", True),
    (2, "status.io", "GET", r"/components", True),
    (2, "status.io", "POST", r"/incidents$", True),
    (3, "status.io", "PATCH", r"/incidents/", True),
    (4, "status.io", "PATCH", r"/incidents/", True),
]
PAGES = {"status.io": Real, "statuspage": RealOnStatuspage}
SILENT = ("refused", "hang")  # then nothing else of the service is tried either
TURNS = list(zip(CALLS, cycle(FAULTS), strict=False))
ALL = [
    (call, fault)
    for call in CALLS
    for fault in FAULTS
    if (call[:2], fault["how"]) != ((0, "pagerduty"), "refused")  # nobody was ever on call
]


ALL_ON_STATUSPAGE = [(call, fault) for call in ON_STATUSPAGE for fault in FAULTS]


@contextmanager
def world(within: type[Real] = Real) -> Iterator[tuple[Stage, Real]]:
    with TemporaryDirectory(prefix="ima-") as folder:
        stage = Stage(LIFE, shipped(), Path(folder), invoke, within=within)
        assert isinstance(stage.outside, Real)
        try:
            yield stage, stage.outside
        finally:
            stage.tracker.close()
            stage.outside.close()


def acts(stage: Stage, step: Step) -> PlayedStep:
    """Time moves, people act, IMA makes a pass."""
    stage.go(step)
    stage.issues()
    for name, node in step.actions:
        ACTIONS[name](stage, step.by, node)
    return stage.run_pass()


def again(stage: Stage) -> PlayedStep:
    stage.now += timedelta(seconds=1)
    return stage.run_pass()


def waiting(stage: Stage) -> list[str]:
    """What the cards say is about to be done."""
    cards = [read_card(issue, stage.tracker.me()) for issue in stage.issues()]
    return [fact.kind for card in cards if card for fact in card.facts if not fact.done]


@cache
def healthy(page: str = "status.io") -> list[tuple[Any, Any]]:
    """After each step, the issues, and how everything stands."""
    with world(PAGES[page]) as (stage, _):
        after = []
        for step in LIFE.steps:
            passed = acts(stage, step)
            assert passed.exit == 0, passed.findings
            assert waiting(stage) == []
            after.append((tracked(stage), essence(stage)))
        return after


def breaks(server: SmallServer, method: str, path: str, fault: dict[str, Any]) -> None:
    if fault["how"] == "refused":
        server.stop()
    else:
        server.fail(method, path, times=99, **fault)


def failing(
    call: tuple[int, str, str, str, bool], fault: dict[str, Any], page: str = "status.io"
) -> None:
    number, service, method, path, outward = call
    with world(PAGES[page]) as (stage, outside):
        for step in LIFE.steps[:number]:
            acts(stage, step)
        breaks(outside.servers[service], method, path, fault)
        outside.timeout = 0.2
        passed = acts(stage, LIFE.steps[number])
        hear("\n".join(passed.findings))
        assert passed.exit == 1
        assert_clear(passed.findings, page if service == "status.io" else service)
        assert tracked(stage) == healthy(page)[number][0]
        if outward or fault["how"] not in SILENT:
            assert bool(waiting(stage)) == outward
        outside.timeout = 10.0
        outside.servers[service].faults.clear()
        if fault["how"] == "refused":
            outside.servers[service].start()
        for _ in range(2):
            passed = again(stage)
            assert (passed.exit, passed.findings) == (0, [])
            assert waiting(stage) == []
            assert essence(stage) == healthy(page)[number][1]


def assert_clear(findings: list[str], service: str) -> None:
    """One line for each thing that failed, and who is taken for on call while nobody says so."""
    told = [line for line in findings if not line.startswith("nobody is on call as ")]
    assert told
    assert len({line.partition(" failed: ")[0] for line in told}) == len(told) <= 2, told
    for line in told:
        problem, _, remedy = line.partition("\n  ")
        assert service in problem.lower()
        assert " failed: " in problem or " unknown: " in problem
        assert "\n" not in remedy


def _named(value: Any) -> str:
    if isinstance(value, dict):
        return "-".join(map(str, value.values()))
    return f"{value[1]} {value[3]}".replace("\\", "")


@pytest.mark.parametrize(("call", "fault"), TURNS, ids=_named)
def test_what_fails_is_told_and_caught_up_with(call: Any, fault: dict[str, Any]) -> None:
    failing(call, fault)


@pytest.mark.soak
@pytest.mark.parametrize(("call", "fault"), ALL, ids=_named)
def test_each_call_may_fail_in_each_way(call: Any, fault: dict[str, Any]) -> None:
    failing(call, fault)


@pytest.mark.soak
@pytest.mark.parametrize(("call", "fault"), ALL_ON_STATUSPAGE, ids=_named)
def test_each_call_of_statuspage_may_fail_in_each_way(call: Any, fault: dict[str, Any]) -> None:
    failing(call, fault, "statuspage")


def test_a_post_on_statuspage_that_fails_is_told_and_caught_up_with() -> None:
    failing(ON_STATUSPAGE[4], {"how": 500}, "statuspage")


MISSING = {
    "pagerduty": (1, ["IMA_PAGERDUTY_TOKEN"]),
    "slack": (0, ["IMA_SLACK_TOKEN"]),
    "google": (0, ["IMA_GOOGLE_CREDENTIALS"]),
    "status.io": (2, ["IMA_STATUSIO_ID", "IMA_STATUSIO_KEY"]),
    "statuspage": (2, ["IMA_STATUSPAGE_KEY"]),
}


@pytest.mark.parametrize("service", MISSING)
def test_without_its_secret_a_service_waits_and_the_tracker_does_not(service: str) -> None:
    number, names = MISSING[service]
    page = "statuspage" if service == "statuspage" else "status.io"
    with world(PAGES[page]) as (stage, outside):
        for step in LIFE.steps[:number]:
            acts(stage, step)
        server = outside.servers["status.io" if service in PAGES else service]
        asked = len(server.log)
        held = {name: outside.environment.pop(name) for name in names}
        passed = acts(stage, LIFE.steps[number])
        assert passed.exit == 1
        told = [line for line in passed.findings if not line.startswith("nobody is on call as ")]
        assert len(told) == 1
        assert told[0].startswith(f"{service}: {names[0]} is not set")
        assert tracked(stage) == healthy(page)[number][0]
        assert len(server.log) == asked
        outside.environment |= held
        assert again(stage).exit == 0
        assert essence(stage) == healthy(page)[number][1]
