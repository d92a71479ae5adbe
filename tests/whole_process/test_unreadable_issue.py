"""One issue whose history cannot be read is a finding of its own, and all else is done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from automation.model.issue import Draft
from automation.planning.sweep_state import Cache
from automation.scenarios.world import PlayedStep
from tests.ground.life import FORGES, Forge, Life, life

BAD, GOOD = "#1", "#3"  # what was there before, and what opens while it cannot be read
HISTORY = r"/issues/1/(notes|timeline|comments)(\?|$)"
FAULTS: dict[str, dict[str, Any]] = {
    "an error of the server": {"how": 500},
    "a refusal": {"how": 451},
    "no such thing": {"how": 404},
    "a wrong shape": {"how": "lie", "lie": lambda data: [{"id": None}]},
    "no list": {"how": "lie", "lie": lambda data: {"x": 1}},
}


class Kept:
    """What one run leaves for the next."""

    def __init__(self) -> None:
        self.cache = Cache()

    def read(self) -> Cache:
        return self.cache

    def write(self, cache: Cache) -> None:
        self.cache = cache


@pytest.fixture(params=FORGES)
def one(request: pytest.FixtureRequest) -> Iterator[Life]:
    """#1 is an S1 that goes on, #2 the dashboard."""
    forge: Forge = request.param
    with life(forge, 1) as lived:
        lived.stage.cache = Kept()
        lived.stage.run_pass()
        yield lived


def acts(one: Life) -> None:
    """Somebody says something on the bad one, and another S1 is opened."""
    one.stage.acting("erin").comment(BAD, "I look at the proxies")
    assert one.stage.acting("rita").open(Draft("Git is down", labels=("Incident", "S1"))) == GOOD


def spoil(one: Life, path: str = HISTORY, **fault: Any) -> None:
    one.ground.server.fail("GET", path, times=999, **fault)


def paged(one: Life, ref: str) -> set[str]:
    return {p["role"] for p in one.stage.outbox.entries("page") if ref in str(p)}


def of(passed: PlayedStep, ref: str) -> list[str]:
    return [said for said in passed.findings if f"{ref} failed: " in said]


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_another_incident_is_paged_all_the_same(one: Life, fault: dict[str, Any]) -> None:
    acts(one)
    spoil(one, **fault)
    passed = one.stage.run_pass()
    assert passed.exit == 1
    assert len(of(passed, BAD)) == 1, passed.findings
    assert paged(one, GOOD) == {"eoc", "imoc"}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_it_is_told_by_each_run_and_read_once_it_can_be(one: Life, fault: dict[str, Any]) -> None:
    acts(one)
    spoil(one, **fault)
    one.stage.run_pass()
    one.ground.server.forget()
    again = one.stage.run_pass()  # nothing else is to be read
    assert again.exit == 1
    assert len(of(again, BAD)) == 1, again.findings
    assert one.ground.server.writes() == []
    one.ground.server.faults.clear()
    better = one.stage.run_pass()
    assert better.exit == 0, better.findings
    assert better.plan is not None
    assert BAD in better.plan.before.incidents


def test_it_is_never_treated_as_gone(one: Life) -> None:
    acts(one)
    spoil(one, how=404)
    one.stage.cache = None  # everything is read
    passed = one.stage.run_pass()
    assert len(of(passed, BAD)) == 1, passed.findings
    page = one.ground.dashboard()
    assert page is not None
    assert "API is down" in page.body
    assert "there is no such issue" not in str(passed.findings)


def test_named_by_an_event_it_is_a_finding(one: Life) -> None:
    acts(one)
    spoil(one, how=500)
    plan, report = one.stage.run.apply([BAD])
    assert report.exit(plan.findings) == 1
    assert [f.ref for f in plan.findings if f.failed] == [BAD]


@pytest.mark.parametrize("how", [502, "reset"])
def test_where_no_history_can_be_read_the_forge_is_down(one: Life, how: Any) -> None:
    acts(one)
    spoil(one, r"/issues/\d+/(notes|timeline|comments)(\?|$)", how=how)
    passed = one.stage.run_pass()
    assert passed.exit == 1
    assert passed.plan is None
    assert "on call" in passed.findings[0].lower()  # the outage card


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
@pytest.mark.parametrize("forge", FORGES)
def test_the_only_issue_of_all_is_a_line_too(forge: Forge, fault: dict[str, Any]) -> None:
    with life(forge, 1) as lived:  # there is no dashboard yet
        spoil(lived, **fault)
        passed = lived.stage.run_pass()
    assert passed.exit == 1
    assert len(of(passed, BAD)) == 1, passed.findings
