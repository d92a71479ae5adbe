"""Incidents of the pager's own (P-17, P-18): bodies as PagerDuty sends them, one by one."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from automation.alerts.alert_payload import Group, read_alerts
from automation.alerts.webhook_events import refs_named
from automation.model.engagement import REPEATED
from automation.model.issue import Draft
from automation.policy.policy import Person
from automation.reconcile.alert_arrival import Arrival, arrive
from automation.scenarios.counting_world import CountingPager
from automation.scenarios.world import Stage
from automation.services import Theirs
from tests.build import at, policy
from tests.payloads import a_page
from tests.worlds import stage

PEOPLE = {"erin": "PERIN01", "ian": "PIAN001", "mia": "PMIA001"}


def person(number: str) -> dict[str, str]:
    return {"id": number, "type": "user_reference", "summary": "Somebody"}


def event(kind: str, minutes: float, by: str = "", whom: str = "PERIN01", **data: Any) -> Any:
    """A body; ``by`` and ``whom`` are ids of people there."""
    body = a_page(kind, minutes, key=None, **{"assignees": [person(whom)], **data})  # type: ignore[arg-type]
    service = {"id": "PSVC", "type": "service_reference"}
    body["event"]["agent"] = person(by) if by else service if kind == "resolved" else None
    return body


@pytest.fixture
def world() -> Stage:
    made = stage()
    people = {login: Person(login=login, pager=number) for login, number in PEOPLE.items()}
    made.policy = replace(made.policy, people=people)
    return made


def told(world: Stage, body: Any, minutes: float) -> list[Arrival]:
    world.now = max(world.now, at(minutes))
    arrived = arrive(read_alerts(json.dumps(body), world.policy), world.run)
    world.run_pass()
    return arrived


def paged(world: Stage) -> list[str]:
    """Roles that were paged by us; that a page is repeated is told apart."""
    pages = world.outbox.entries("page")
    return [str(page["role"]) for page in pages if not str(page["key"]).endswith(REPEATED)]


def roles(world: Stage, ref: str = "#1") -> dict[str, str]:
    seats = world.run.plan().before.incidents[ref].seats
    return {role: seat.person for role, seat in seats.items()}


def read(body: Any) -> Group:
    return read_alerts(json.dumps(body), policy())


def test_what_a_body_says_of_people() -> None:
    told = read(event("reassigned", 3, by="PERIN01", whom="PMIA001")).pager
    assert told is not None
    assert (told.id, told.did, told.at) == ("PGR0VU2", "reassigned", at(3))
    assert (told.by, told.whom) == ("PERIN01", ("PMIA001",))


@pytest.mark.parametrize("agent", [None, {"type": "service_reference", "id": "PSVC"}, "x", 7])
def test_what_no_person_did_is_nobodys(agent: Any) -> None:
    body = event("resolved", 3)
    body["event"]["agent"] = agent
    told = read(body).pager
    assert told is not None
    assert told.by == ""


@pytest.mark.parametrize("whom", [None, "x", [None], [{"id": "a b"}], [{"id": 7}], {}])
def test_people_that_are_none_are_left_out(whom: Any) -> None:
    told = read(event("triggered", 0, assignees=whom)).pager
    assert told is not None
    assert told.whom == ()


def test_it_is_the_page_of_whom_it_called(world: Stage) -> None:
    (what,) = told(world, event("triggered", 0), 0)
    assert (what.did, paged(world), roles(world)) == ("opened", [], {"eoc": "erin"})
    told(world, event("acknowledged", 1, by="PERIN01"), 1)
    world.now = at(16)
    world.run_pass()
    assert (paged(world), roles(world)) == ([], {"eoc": "erin"})


@pytest.mark.parametrize("whom", ["erin", "ERIN", "PERIN01"])
def test_a_body_that_nobody_can_ask_about_speaks_of_nobody_but_whom_the_policy_names(
    world: Stage, whom: str
) -> None:
    """A login is no id of PagerDuty: whoever makes a body up knows it from the tracker."""
    world.policy = replace(world.policy, people={"ian": Person(login="ian", pager="PIAN001")})
    told(world, event("triggered", 0, whom=whom), 0)
    told(world, event("acknowledged", 1, by=whom, whom=whom), 1)
    assert paged(world) == ["eoc"], "nobody but our own pager calls the engineer"
    assert "here since" not in str([c.body for c in world.tracker.issues()[0].comments])


def test_where_it_called_a_stranger_the_engineer_is_paged(world: Stage) -> None:
    told(world, event("triggered", 0, whom="PNOBODY"), 0)
    assert paged(world) == ["eoc"]


@pytest.mark.parametrize(
    ("kind", "by", "more", "woken"),
    [
        ("acknowledged", "PERIN01", {}, []),
        ("acknowledged", "PMIA001", {}, []),
        ("acknowledged", "PNOBODY", {}, []),
        ("resolved", "PMIA001", {}, []),
        ("resolved", "PMIA001", {"resolve_reason": {"type": "merge_resolve_reason"}}, []),
        ("resolved", "", {}, ["imoc"]),
        ("unacknowledged", "", {}, ["imoc"]),
        ("reassigned", "PERIN01", {"assignees": [person("PMIA001")]}, ["imoc"]),
        ("delegated", "PERIN01", {"assignees": [person("PIAN001")]}, []),
        ("escalated", "", {"assignees": [person("PIAN001")]}, []),
    ],
)
def test_who_is_woken_after_fifteen_minutes(
    world: Stage, kind: str, by: str, more: dict[str, Any], woken: list[str]
) -> None:
    told(world, event("triggered", 0), 0)
    told(world, event(kind, 5, by=by, **more), 5)
    world.now = at(16)
    world.run_pass()
    assert paged(world) == woken
    (issue,) = world.issues()
    assert not issue.closed, "nothing that the pager does resolves an incident"


def test_a_page_that_was_merged_is_not_said_to_have_resolved(world: Stage) -> None:
    merged: Any = {"resolve_reason": {"type": "merge_resolve_reason"}}
    told(world, event("triggered", 0), 0)
    for _ in range(2):
        told(world, event("resolved", 5, by="PMIA001", **merged), 5)
    (issue,) = world.issues()
    table = next(each.body for each in issue.comments if "## Alerts" in each.body)
    assert "| merged 2026-03-02 12:05 UTC |" in table
    assert "goes on there as part of another page" in table
    assert "have resolved" not in table
    told(world, event("reopened", 6), 6)
    told(world, event("resolved", 7), 7)
    (issue,) = world.issues()
    table = next(each.body for each in issue.comments if "## Alerts" in each.body)
    assert "| resolved 2026-03-02 12:07 UTC |" in table
    assert "All of them have resolved." in table


@pytest.mark.parametrize("secret", [False, True])
def test_the_end_of_one_incident_knows_the_pages_of_the_others(
    world: Stage, monkeypatch: pytest.MonkeyPatch, secret: bool
) -> None:
    """What its own page was merged into may be one of those. Of a confidential one the dashboard
    does not know which it has."""
    told(world, event("triggered", 0), 0)
    told(world, event("triggered", 1, id="POTHER", service={"summary": "Git"}), 1)
    if secret:
        world.tracker.acting("erin").comment("#2", "/ima security")
        world.run_pass()
    asked: list[bool] = []

    def end(_: object, pages: object, text: str, others: Theirs) -> None:
        asked.extend(map(others, ("PGR0VU2", "POTHER", "PNOBODYS")))

    monkeypatch.setattr(CountingPager, "end", end)
    world.tracker.acting("erin").comment("#1", "/ima resolve it is over")
    world.run_pass()
    assert asked == [False, True, False]


def test_a_webhook_that_comes_twice_or_late_changes_nothing(world: Stage) -> None:
    bodies = [event("triggered", 0), event("acknowledged", 1, by="PERIN01")]
    for body in bodies:
        told(world, body, 2)
    (before,) = world.issues()
    for body in (*bodies, *reversed(bodies)):
        assert [what.did for what in told(world, body, 2)] == ["unchanged"]
    (after,) = world.issues()
    assert after == before


def test_an_acknowledgement_that_comes_first_opens_it_and_counts(world: Stage) -> None:
    told(world, event("acknowledged", 1, by="PERIN01"), 2)
    world.now = at(20)
    world.run_pass()
    assert (paged(world), roles(world)) == ([], {"eoc": "erin"})


def test_a_call_by_hand_for_a_role_that_somebody_fills_changes_nothing(world: Stage) -> None:
    world.tracker.acting("rita").open(Draft("API is slow", labels=("Incident", "S1")))
    world.run_pass()
    world.tracker.acting("ian").comment("#1", "I am here.")
    world.now = at(1)
    world.run_pass()
    before = paged(world)
    body = event("triggered", 2, by="PERIN01", whom="PIAN001", service={"summary": "Managers"})
    assert [what.ref for what in told(world, body, 2)] == ["#1"]
    assert (roles(world)["imoc"], paged(world)) == ("ian", before)


def test_whom_people_call_by_hand_is_no_service_that_gets_worse(world: Stage) -> None:
    told(world, event("triggered", 0, service={"summary": "API"}), 0)
    hand = event("triggered", 5, by="PERIN01", whom="PIAN001", service={"summary": "Managers"})
    hand["event"]["data"] |= {"id": "PSLACK01", "incident_key": "7c1f", "title": "IMOC, #1"}
    assert [what.ref for what in told(world, hand, 5)] == ["#1"]
    (issue,) = world.issues()
    assert [c for c in issue.comments if "managers" in c.body.lower() and "worse" in c.body] == []


@pytest.mark.parametrize(
    ("text", "refs"),
    [
        ("API is down, #12", {"#12"}),
        ("production#12 please", {"#12"}),
        ("acme/production#12: come", {"#12"}),
        ("ACME/Production#12", {"#12"}),
        ("web#12 is full", set()),
        ("other/production#12", set()),
        ("disk&#12;", set()),
        ("https://gitlab.example.com/acme/production/-/issues/12", {"#12"}),
        ("see https://gitlab.example.com/acme/production/-/work_items/12.", {"#12"}),
        ("https://github.com/acme/production/issues/12#issuecomment-7", {"#12"}),
        ("https://github.com/acme/other/issues/12", set()),
        ("nothing", set()),
        ("#99999999999", set()),
    ],
)
def test_which_incident_somebody_names(text: str, refs: set[str]) -> None:
    assert refs_named(text, "acme/production") == refs
