"""A row of a list that is none is set aside with a finding, and all else is done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from automation.model.issue import Draft
from tests.ground.life import Life
from tests.whole_process.test_unreadable_issue import BAD, GOOD, acts, one, paged, spoil

__all__ = ["one"]
LIST = r"/issues\?"
WRONG: dict[str, Callable[[dict[str, Any]], Any]] = {
    "without a time": lambda row: row | {"updated_at": None},
    "labels that are none": lambda row: row | {"labels": {}},
    "null": lambda row: None,
}
NUMBERS = ("iid", "number")  # what GitLab and GitHub call the number of an issue


def wrong(data: Any, change: Callable[[dict[str, Any]], Any], ref: str = BAD) -> Any:
    """The list, in which the row of one issue is no row."""
    numbers = ({row.get(key) for key in NUMBERS} for row in data)
    return [change(row) if int(ref[1:]) in n else row for row, n in zip(data, numbers, strict=True)]


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG.keys())
def test_another_incident_is_paged_all_the_same(
    one: Life, change: Callable[[dict[str, Any]], Any]
) -> None:
    acts(one)
    spoil(one, LIST, how="lie", lie=partial(wrong, change=change))
    passed = one.stage.run_pass()
    assert passed.exit == 1
    assert [said for said in passed.findings if " in its answer, `issues[" in said]
    assert paged(one, GOOD) == {"eoc", "imoc"}


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG.keys())
def test_it_is_never_treated_as_gone_and_read_once_it_can_be(
    one: Life, change: Callable[[dict[str, Any]], Any], full: bool
) -> None:
    one.stage.acting("rita").open(Draft("Git is down", labels=("Incident", "S1")))
    if full:
        one.stage.cache = None
    spoil(one, LIST, how="lie", lie=partial(wrong, change=change))
    one.stage.run_pass()
    page = one.ground.dashboard()
    assert page is not None
    assert "API is down" in page.body
    one.ground.server.faults.clear()
    one.stage.now += timedelta(minutes=2)
    one.stage.acting("erin").comment(BAD, "I look at the proxies")
    better = one.stage.run_pass()
    assert better.exit == 0, better.findings
    assert better.plan is not None
    assert BAD in better.plan.before.incidents


def test_where_all_rows_are_wrong_the_forge_is_broken(one: Life) -> None:
    for number in range(6):
        one.stage.acting("rita").open(Draft(f"It breaks {number}", labels=("Incident", "S3")))
    spoil(one, LIST, how="lie", lie=lambda data: [None for _ in data])
    one.stage.cache = None
    passed = one.stage.run_pass()
    assert passed.exit == 1
    assert passed.plan is None


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG.keys())
def test_a_dashboard_that_cannot_be_read_is_not_made_anew(
    one: Life, change: Callable[[dict[str, Any]], Any]
) -> None:
    page = one.ground.dashboard()
    assert page is not None
    lie = partial(wrong, change=change, ref=page.ref)
    spoil(one, LIST, how="lie", lie=lie)
    spoil(one, rf"/issues/{page.ref[1:]}$", how="lie", lie=lambda row: lie([row])[0])
    passed = one.stage.run_pass()
    assert passed.exit == 1
    one.ground.server.faults.clear()
    assert [issue.ref for issue in one.ground.issues() if "ima:dashboard" in issue.body] == ["#2"]


def test_a_member_who_is_none_stops_nobody(one: Life) -> None:
    acts(one)
    one.stage.acting("mia").comment(GOOD, "/ima help")
    spoil(one, r"/(members/all|collaborators)(\?|$)", how="lie", lie=lambda data: [*data, None])
    passed = one.stage.run_pass()
    assert passed.plan is not None
    assert paged(one, GOOD) == {"eoc", "imoc"}


def mias_is_wrong(data: Any) -> Any:
    """What is said of @mia alone is of no shape."""
    if not isinstance(data, list):
        return {"user": 7}
    names = ({row.get("login"), row.get("username")} for row in data)
    wrong_shape = {"permissions": "all", "access_level": "all"}
    return [row | wrong_shape if "mia" in n else row for row, n in zip(data, names, strict=True)]


def test_a_person_whose_rights_cannot_be_read_stops_only_what_they_act_on(one: Life) -> None:
    acts(one)
    one.stage.acting("mia").comment(BAD, "/ima state identified -- roll back")
    one.ground.jobs.forget()  # no run before has asked who is a member
    path = r"/(members/all|collaborators)(\?|$)|/collaborators/mia/permission"
    spoil(one, path, how="lie", lie=mias_is_wrong)
    passed = one.stage.run_pass()
    assert passed.exit == 1
    assert paged(one, GOOD) == {"eoc", "imoc"}
    told = [said for said in passed.findings if "mia" in said]
    assert len(told) == 1, passed.findings
    assert [said for said in passed.findings if said.startswith(f"{BAD}: set aside")]
    said = [c.body for issue in one.ground.issues() for c in issue.comments]
    assert not [body for body in said if "may not" in body], "she is refused nothing"
    one.ground.server.faults.clear()
    better = one.stage.run_pass()
    assert better.exit == 0, better.findings
    assert better.plan is not None
    assert better.plan.world[BAD].state_now == "Identified"
