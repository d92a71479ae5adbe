"""PagerDuty: who is on call, pages that come once, what became of them; and when it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from automation.errors import ServiceError
from automation.model import Ack, Duty
from automation.policy import Policy
from automation.services.opening import open_services
from automation.services.pagerduty import PagerDuty
from automation.services.pagerduty_wire import TOKEN, pagerduty_wire
from automation.services.wire import TRIES
from tests.build import policy as a_policy
from tests.counterparts.pagerduty import PagerDutyServer
from tests.counterparts.pagerduty.usual import LONG_AGO, SENDER, furnish
from tests.leaks import hear

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
KEY = "acme/production#7:eoc:1"
PEOPLE = {"eoc": "erin", "imoc": "ian", "cmoc": "cara"}
ROLES = """
pager: {kind: pagerduty, service: PSERVICE, from: ima@acme.example}
roles:
  eoc: {schedule: SEOC, escalation: EEOC}
  imoc: {schedule: SIMOC, escalation: EIMOC}
  cmoc: {schedule: SCMOC, escalation: ECMOC}
  security: {on_call: sam, escalation: EEOC}
"""


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now

    def go(self, **span: float) -> None:
        self.now += timedelta(**span)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(clock: Clock) -> Iterator[PagerDutyServer]:
    with PagerDutyServer(clock) as server:
        furnish(server.account, PEOPLE)
        yield server
        assert server.errors == []


def pager(server: PagerDutyServer, more: str = "", **how: Any) -> PagerDuty:
    policy = a_policy(ROLES + more)
    assert policy.pagerduty
    how = {"timeout": 0.2, "sleep": lambda _: None, **how}
    return PagerDuty(
        pagerduty_wire(policy.pagerduty, server.url, lambda: server.account.token, **how), policy
    )


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


def test_a_stand_in_is_paged_directly(server: PagerDutyServer) -> None:
    server.account.add_user("mia")
    calls = pager(server)
    calls.on_call(NOW)
    calls.page("imoc", "mia", "acme/production#7:imoc:1", "wake up")
    calls.page("cmoc", "nobody-there", "acme/production#7:cmoc:1", "wake up")
    assert [page[1:3] for page in server.account.pages()] == [("", "mia"), ("ECMOC", "cara")]


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


PAGED = NOW + timedelta(minutes=15)


@pytest.mark.parametrize(
    ("story", "acks"),
    [
        (_acknowledged, [Ack("erin", PAGED)]),
        (_triggered_again, [Ack("erin", PAGED)]),
        (_resolved, [Ack("erin", PAGED)]),
        (_escalated, [Ack("ian", PAGED, passed=True)]),
        (_both, [Ack("ian", PAGED, passed=True), Ack("ian", PAGED + timedelta(minutes=1))]),
        (_by_a_stranger, []),
        (_by_time, []),
    ],
)
def test_the_log_says_what_became_of_a_page(
    server: PagerDutyServer, clock: Clock, story: Story, acks: list[Ack]
) -> None:
    pager(server).page("eoc", "erin", KEY, "wake up")
    clock.go(minutes=15)
    story(server, clock)
    assert pager(server).acks([KEY, "acme/production#8:eoc:1"]) == ({KEY: acks} if acks else {})


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
        assert calls.acks(keys) == {}
    assert len(server.requests()) == 1


def test_open_pages_are_resolved_with_a_note_once(server: PagerDutyServer) -> None:
    keys = [f"acme/production#7:{role}:1" for role in PEOPLE]
    for role, key in zip(PEOPLE, keys, strict=True):
        pager(server).page(role, PEOPLE[role], key, "wake up")
    server.account.resolve(keys[2], "cara")
    pager(server).page("eoc", "erin", "acme/production#8:eoc:1", "another incident")
    for _ in range(2):
        pager(server).end(keys, "#7 is resolved by erin: a full disk. https://f/7")
    note = "#7 is resolved by erin: a full disk. https://f/7"
    assert sorted(server.account.ended()) == sorted([(keys[0], note), (keys[1], note)])
    assert len(server.requests("PUT")) == 2


# What goes wrong.

Act = Callable[[PagerDuty], Any]


def _asks(calls: PagerDuty) -> Any:
    return calls.on_call(NOW)


def _pages(calls: PagerDuty) -> Any:
    calls.page("imoc", "ian", "acme/production#7:imoc:1", "wake up")


def _hears(calls: PagerDuty) -> Any:
    return calls.acks([KEY])


def _ends(calls: PagerDuty) -> Any:
    calls.end([KEY], "#7 is resolved.")


CALLS = {  # what is done, the request that fails, how the problem begins
    "on call": (_asks, "GET", "/oncalls", "asking who is on call"),
    "look": (_pages, "GET", "/incidents", "paging the IMOC for #7"),
    "page": (_pages, "POST", "/incidents", "paging the IMOC for #7"),
    "pages": (_hears, "GET", "/incidents\\?", "asking who has acknowledged"),
    "log": (_hears, "GET", "log_entries", "asking who has acknowledged the page for #7"),
    "person": (_hears, "GET", "/users/", "asking who somebody is"),
    "open": (_ends, "GET", "/incidents", "resolving the pages"),
    "resolve": (_ends, "PUT", "/incidents/", "resolving the page for #7"),
}
FAULTS: dict[str, tuple[dict[str, Any], str, str]] = {  # what is said, and what to do
    "refused": ({"how": "refused"}, "refuses the connection", "PagerDuty is down"),
    "time-out": ({"how": "hang"}, "no answer from", "it may be busy"),
    "reset": ({"how": "reset"}, "the connection to", "it happens"),
    "401": ({"how": 401}, "401 Unauthorized", f"set {TOKEN}"),
    "403": ({"how": 403}, "403 Forbidden", "full access"),
    "404": ({"how": 404}, "404 Not Found", "check the ids"),
    "429": ({"how": 429}, "429 Too Many Requests", "waits for the next run"),
    "429 in a while": (
        {"how": 429, "retry_after": 600},
        "429 Too Many Requests",
        "waits for the next run",
    ),
    "500": ({"how": 500}, "500 Internal Server Error", "itself failed"),
    "half": ({"how": "half"}, "the connection to", "it happens"),
    "HTML": ({"how": "html"}, "a web page instead of data", "check PagerDuty's address"),
    "error in good form": ({"how": "error"}, "Something is wrong", "check PagerDuty's address"),
}


LATER = ("page", "log", "person", "resolve")  # another request was answered before


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        (call, fault)
        for call in CALLS
        for fault in FAULTS
        if (fault != "refused" or call not in LATER)
        and (call, fault) != ("person", "404")  # a deleted account is nobody
    ],
)
def test_what_fails_is_told_in_two_lines_and_done_once_by_the_next_run(
    server: PagerDutyServer, call: str, fault: str
) -> None:
    act, method, path, doing = CALLS[call]
    how, problem, remedy = FAULTS[fault]
    pager(server).page("eoc", "erin", KEY, "wake up")
    server.account.acknowledge(KEY, "erin")
    calls = pager(server)
    if how["how"] == "refused":
        server.stop()
    else:
        server.fail(method, path, times=TRIES, **how)
    told = failing(act, calls)
    first, _, second = told.partition("\n  ")
    assert first.startswith(f"pagerduty: {doing} failed: ")
    assert problem in first
    assert remedy in second
    server.faults.clear()
    if how["how"] == "refused":
        server.start()
    act(pager(server))
    act(pager(server))
    keys = [page[0] for page in server.account.pages()]
    assert len(keys) == len(set(keys)) == (2 if act is _pages else 1)
    assert len(server.account.ended()) == (1 if act is _ends else 0)


def failing(act: Act, calls: PagerDuty) -> str:
    with pytest.raises(ServiceError) as error:
        act(calls)
    hear(f"{error.value}{calls!r}{vars(calls)!r}")
    return str(error.value)


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
