"""From the first alert to the closed review on GitLab, with PagerDuty, status.io, Slack, Google
and Prometheus; and each of them failing at each step."""

from __future__ import annotations

from functools import cache
from itertools import cycle
from typing import Any

import pytest

from automation.cli import invoke
from automation.scenarios.play import play
from tests.ground.outside import SERVICES, Real
from tests.ground.whole import STEPS, WHOLE, essence, live, on_gitlab, whole
from tests.worlds import shipped

TURNS = list(zip(STEPS, cycle(SERVICES), strict=False))  # each step once, each service in turn
ALL = [(step, service) for step in STEPS for service in SERVICES]


def test_every_service_is_in_the_state_that_the_handbook_asks_for() -> None:
    wrong = play(WHOLE, shipped(), invoke, on_gitlab, within=Real)
    assert [str(each) for each in wrong] == []


@cache
def healthy() -> dict[str, Any]:
    with whole() as stage:
        for step in WHOLE.steps:
            (passed,) = live(stage, step)
            assert passed.exit == 0, passed.findings
        return essence(stage)


def failing(number: int, service: str) -> dict[str, Any]:
    with whole() as stage:
        for place, step in enumerate(WHOLE.steps):
            passed = live(stage, step, service if place == number else "")
            assert passed[-1].exit == 0, passed[-1].findings
        return essence(stage)


@pytest.mark.parametrize(("number", "service"), TURNS)
def test_a_service_that_fails_at_a_step_is_caught_up_with(number: int, service: str) -> None:
    assert failing(number, service) == healthy()


@pytest.mark.soak
@pytest.mark.parametrize(("number", "service"), ALL)
def test_each_service_may_fail_at_each_step(number: int, service: str) -> None:
    assert failing(number, service) == healthy()
