"""From the first alert to the closed review on GitLab, with PagerDuty, status.io or Statuspage,
Slack, Google and Prometheus; and each of them failing at each step."""

from __future__ import annotations

from functools import cache
from itertools import cycle
from typing import Any

import pytest

from automation.cli import invoke
from automation.scenarios.play import play
from tests.ground.outside import SERVICES, Real, RealOnStatuspage
from tests.ground.whole import STEPS, WHOLE, essence, live, on_gitlab, whole
from tests.worlds import shipped

TURNS = list(zip(STEPS, cycle(SERVICES), strict=False))  # each step once, each service in turn
ALL = [(step, service) for step in STEPS for service in SERVICES]


def test_every_service_is_in_the_state_that_the_handbook_asks_for() -> None:
    wrong = play(WHOLE, shipped(), invoke, on_gitlab, within=Real)
    assert [str(each) for each in wrong] == []


@cache
def healthy(within: type[Real] = Real) -> dict[str, Any]:
    with whole(within) as stage:
        for step in WHOLE.steps:
            (passed,) = live(stage, step)
            assert passed.exit == 0, passed.findings
        return essence(stage)


def failing(number: int, service: str, within: type[Real] = Real) -> dict[str, Any]:
    with whole(within) as stage:
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


@pytest.mark.soak
def test_on_statuspage_the_handbooks_state_is_the_same() -> None:
    wrong = play(WHOLE, shipped(), invoke, on_gitlab, within=RealOnStatuspage)
    assert [str(each) for each in wrong] == []


@pytest.mark.soak
@pytest.mark.parametrize("number", STEPS)
def test_statuspage_may_fail_at_each_step(number: int) -> None:
    """It stands in for status.io, whose name it has here."""
    there = RealOnStatuspage
    assert failing(number, "status.io", there) == healthy(there)
