"""PagerDuty: who is on call, pages that come once, what became of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from automation.model.issue import Ack, Duty
from automation.policy.policy import Policy
from automation.services.opening import open_services
from automation.services.pagerduty.pagerduty import PagerDuty
from automation.services.pagerduty.wire import TOKEN
from tests.build import policy as a_policy
from tests.counterparts.pagerduty import PagerDutyServer
from tests.counterparts.pagerduty.usual import LONG_AGO, SENDER
from tests.services.pagerduty.world import KEY, NOW, PEOPLE, ROLES, Clock, account, pager


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(clock: Clock) -> Iterator[PagerDutyServer]:
    with account(clock) as server:
        yield server


def test_who_is_on_call_is_asked_in_one_request(server: PagerDutyServer) -> None:
    server.account.set_on_call("SCMOC", None)
    assert pager(server).on_call(NOW) == {
        "eoc": Duty("erin", LONG_AGO),
        "imoc": Duty("ian", LONG_AGO),
        "cmoc": None,
        "security": Duty("sam"),  # no schedule: as the policy says
    }
    (asked,) = server.requests()
    assert asked.target.startswith("/oncalls?schedule_ids%5B%5D=SEOC&schedule_ids%5B%5D=SIMOC")


@pytest.mark.parametrize(
    ("address", "people", "login"),
    [
        ("erin@acme.example", "", "erin"),
        ("Erin.Smith@ACME.example", "", "Erin.Smith"),
        ("esmith@acme.example", "people: {erin: {pager: esmith@acme.example}}", "erin"),
        ("esmith@acme.example", "people: {erin: {pager: ESMITH}}", "erin"),
        ("esmith@acme.example", "people: {erin: {pager: PUX}}", "erin"),
        ("esmith@vendor.example", "people: {erin: {pager: esmith@vendor.example}}", "erin"),
        ("ERIN@acme.example", "people: {erin: {zone: Europe/Berlin}}", "erin"),
        ("admin@vendor.example", "", None),
        ("no login@acme.example", "", None),
        ("", "", None),
    ],
)
def test_people_are_those_of_the_policy_or_of_our_domain(
    server: PagerDutyServer, address: str, people: str, login: str | None
) -> None:
    server.account.users["PUX"] = {"name": "Somebody", "email": address}
    server.account.schedules["SEOC"] = ("PUX", LONG_AGO)
    duty = pager(server, people).on_call(NOW)["eoc"]
    assert (duty.person if duty else None) == login


def test_a_page_goes_through_the_escalation_policy_once(server: PagerDutyServer) -> None:
    for _ in range(2):
        calls = pager(server)
        calls.on_call(NOW)
        calls.page("eoc", "erin", KEY, "#7 API down (S1): you are needed as EOC\nhttps://f/7")
    assert server.account.pages() == [(KEY, "EEOC", "erin", NOW)]
    made = server.account.incidents[0]
    assert (made.title, made.details) == (
        "#7 API down (S1): you are needed as EOC",
        "https://f/7",
    )
    (post,) = server.requests("POST")
    assert post.headers["from"] == SENDER


def test_who_resolved_the_page_is_not_paged_again(server: PagerDutyServer) -> None:
    pager(server).page("eoc", "erin", KEY, "wake up")
    server.account.resolve(KEY, "erin")
    pager(server).page("eoc", "erin", KEY, "wake up")
    assert len(server.account.pages()) == 1


def test_a_page_that_came_in_between_is_adopted(server: PagerDutyServer) -> None:
    server.fail("POST", "/incidents", how="twice")  # another pass makes it at the same time
    pager(server).page("eoc", "erin", KEY, "wake up")
    assert [each.status for each in server.requests("POST")] == [201, 400]
    assert len(server.account.pages()) == 1


@pytest.mark.parametrize(
    ("people", "whom"),
    [
        ("", ("", "mia")),
        ("people: {mia: {pager: PUMIA}}", ("", "mia")),
        ("people: {mia: {pager: mia@acme.example}}", ("", "mia")),
        ("people: {mia: {pager: mia@elsewhere.example}}", ("EIMOC", "ian")),  # nobody there
    ],
)
def test_a_stand_in_is_paged_directly(
    server: PagerDutyServer, people: str, whom: tuple[str, str]
) -> None:
    server.account.add_user("mia")
    calls = pager(server, people)
    calls.on_call(NOW)
    calls.page("imoc", "mia", "acme/production#7:imoc:1", "wake up")
    assert [page[1:3] for page in server.account.pages()] == [whom]


def test_where_a_stand_in_may_not_be_looked_for_whoever_is_on_call_is_woken(
    server: PagerDutyServer,
) -> None:
    server.account.add_user("mia")
    server.fail("GET", "/users", how=403)
    calls = pager(server)
    calls.on_call(NOW)
    calls.page("imoc", "mia", "acme/production#7:imoc:1", "wake up")
    assert [page[1:3] for page in server.account.pages()] == [("EIMOC", "ian")]


def test_an_old_page_is_found_behind_newer_ones(server: PagerDutyServer, clock: Clock) -> None:
    for number in range(130):
        clock.go(minutes=1)
        server.account.make(f"acme/production#{number}:eoc:1", "wake up", "", "EEOC", [])
    key = "acme/production#3:eoc:1"
    server.account.acknowledge(key, "erin")
    assert list(pager(server).acks({key: ""})) == [key]


Story = Callable[[PagerDutyServer, Clock], None]


def _acknowledged(server: PagerDutyServer, clock: Clock) -> None:
    server.account.acknowledge(KEY, "erin")


def _triggered_again(server: PagerDutyServer, clock: Clock) -> None:
    server.account.acknowledge(KEY, "erin")
    clock.go(minutes=30)
    server.account.forget_acknowledgement(KEY)


def _resolved(server: PagerDutyServer, clock: Clock) -> None:
    server.account.acknowledge(KEY, "erin")
    clock.go(minutes=9)
    server.account.resolve(KEY, "erin")


def _escalated(server: PagerDutyServer, clock: Clock) -> None:
    server.account.escalate(KEY)


def _both(server: PagerDutyServer, clock: Clock) -> None:
    server.account.escalate(KEY)
    clock.go(minutes=1)
    server.account.acknowledge(KEY, "ian")


def _by_a_stranger(server: PagerDutyServer, clock: Clock) -> None:
    server.account.add_user("vera", "vera@vendor.example")
    server.account.acknowledge(KEY, "vera")


def _by_time(server: PagerDutyServer, clock: Clock) -> None:
    server.account.time_out(KEY)


def _snoozed(server: PagerDutyServer, clock: Clock) -> None:
    server.account.snooze(KEY, "mia")


def _reassigned(server: PagerDutyServer, clock: Clock) -> None:
    server.account.reassign(KEY, "erin", "mia")


def _merged(server: PagerDutyServer, clock: Clock) -> None:
    other = server.account.trigger("PAPI", "API is down", "ian")
    server.account.merge(KEY, other, "mia")
    clock.go(minutes=1)
    server.account.acknowledge(other.id, "ian")


def _ended_by_us(server: PagerDutyServer, clock: Clock) -> None:
    pager(server).end({KEY: ""}, "over")


PAGED = NOW + timedelta(minutes=15)


@pytest.mark.parametrize(
    ("story", "acks"),
    [
        (_acknowledged, [Ack("erin", PAGED)]),
        (_triggered_again, [Ack("erin", PAGED)]),
        (_resolved, [Ack("erin", PAGED), Ack("erin", PAGED + timedelta(minutes=9), "resolved")]),
        (_escalated, [Ack("ian", PAGED, did="passed")]),
        (_both, [Ack("ian", PAGED, did="passed"), Ack("ian", PAGED + timedelta(minutes=1))]),
        (_by_a_stranger, [Ack("", PAGED)]),
        (_by_time, []),
        (_snoozed, [Ack("mia", PAGED, "snoozed")]),
        (_reassigned, [Ack("mia", PAGED, "reassigned")]),
        (_merged, [Ack("mia", PAGED, "resolved"), Ack("ian", PAGED + timedelta(minutes=1))]),
        (_ended_by_us, []),
    ],
)
def test_the_log_says_what_became_of_a_page(
    server: PagerDutyServer, clock: Clock, story: Story, acks: list[Ack]
) -> None:
    number = pager(server).page("eoc", "erin", KEY, "wake up")
    clock.go(minutes=15)
    story(server, clock)
    assert pager(server).acks({KEY: number, "acme/production#8:eoc:1": ""}) == (
        {KEY: acks} if acks else {}
    )


def test_pages_of_which_there_is_nothing_to_tell_cost_one_request(
    server: PagerDutyServer, clock: Clock
) -> None:
    keys = [f"acme/production#{n}:eoc:1" for n in range(1, 6)]
    for key in keys:
        pager(server).page("eoc", "erin", key, "wake up")
    clock.go(minutes=5)
    server.log.clear()
    calls = pager(server)
    for _ in range(2):
        assert calls.acks(dict.fromkeys(keys, "")) == {}
    assert len(server.requests()) == 1


def test_open_pages_are_resolved_with_a_note_once(server: PagerDutyServer) -> None:
    keys = [f"acme/production#7:{role}:1" for role in PEOPLE]
    for role, key in zip(PEOPLE, keys, strict=True):
        pager(server).page(role, PEOPLE[role], key, "wake up")
    server.account.resolve(keys[2], "cara")
    pager(server).page("eoc", "erin", "acme/production#8:eoc:1", "another incident")
    for _ in range(2):
        pager(server).end(
            dict.fromkeys(keys, ""), "#7 is resolved by erin: a full disk. https://f/7"
        )
    note = "#7 is resolved by erin: a full disk. https://f/7"
    assert sorted(server.account.ended()) == sorted([(keys[0], note), (keys[1], note)])
    assert len(server.requests("PUT")) == 2


@pytest.mark.parametrize(
    ("more", "environment", "asked"),
    [
        ("", {TOKEN: "t"}, "https://api.pagerduty.com"),
        ("pager: {region: eu}", {TOKEN: "t"}, "https://api.eu.pagerduty.com"),
        ("", {TOKEN: "t", "IMA_PAGERDUTY_URL": "http://127.0.0.1:9/"}, "http://127.0.0.1:9"),
        ("pager: {url: 'https://pd.example'}", {TOKEN: "t"}, "https://pd.example"),
    ],
)
def test_it_is_opened_where_the_policy_or_the_environment_says(
    tmp_path: Any, more: str, environment: dict[str, str], asked: str
) -> None:
    opened = open_services(policy_with(more), tmp_path, lambda: NOW, environment)
    assert isinstance(opened.pager, PagerDuty)
    assert opened.pager.wire.url == asked


@pytest.mark.parametrize(
    ("more", "environment", "problem"),
    [
        ("", {}, f"pagerduty: {TOKEN} is not set"),
        ("", {TOKEN: "two words"}, "has characters that no secret has"),
        ("pager: {url: 'http://pd.example'}", {TOKEN: "t"}, "no https address"),
    ],
)
def test_where_it_cannot_be_opened_a_person_reads_why(
    tmp_path: Any, more: str, environment: dict[str, str], problem: str
) -> None:
    with pytest.raises(Exception, match=problem):
        open_services(policy_with(more), tmp_path, lambda: NOW, environment).pager.on_call(NOW)


def policy_with(more: str) -> Policy:
    text = ROLES
    if more:
        inner = more.removeprefix("pager: {").removesuffix("}")
        text = ROLES.replace("from: ima@acme.example}", f"from: ima@acme.example, {inner}}}")
    return a_policy(text)
