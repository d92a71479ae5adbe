"""What PagerDuty's words mean: keys that are lost, pages that wake nobody, tokens of two kinds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from automation.errors import ServiceError
from automation.model.issue import Ack
from automation.services import WokeNobody
from automation.services.opening import open_services
from automation.services.pagerduty.pagerduty import PagerDuty
from automation.services.pagerduty.wire import OAUTH_TOKEN, TOKEN
from tests.build import policy as a_policy
from tests.counterparts.pagerduty import PagerDutyServer
from tests.leaks import hear
from tests.services.pagerduty.world import KEY, NOW, ROLES, Clock, account, pager

OTHER = "acme/production#8:eoc:1"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(clock: Clock) -> Iterator[PagerDutyServer]:
    with account(clock) as server:
        yield server


def paged(server: PagerDutyServer, clock: Clock, key: str = KEY) -> str:
    """The id of a page that was made a minute ago."""
    ref = key.removeprefix("acme/production").partition(":")[0]
    number = pager(server).page("eoc", "erin", key, f"{ref} API down (S1): you are needed")
    clock.go(minutes=1)
    return number


# Keys are lost, ids stay


def test_the_end_of_a_merged_page_ends_the_one_that_rings_in_its_place(
    server: PagerDutyServer, clock: Clock
) -> None:
    number = paged(server, clock)
    server.account.merge(KEY, server.account.trigger("PAPI", "API is down", "ian"), "mia")
    pager(server).end({KEY: number}, "over")
    assert server.account.ringing() == []


def test_over_several_merges_too(server: PagerDutyServer, clock: Clock) -> None:
    number = paged(server, clock)
    first, last = (server.account.trigger("PAPI", "API is down", "ian") for _ in range(2))
    server.account.merge(KEY, first, "mia")
    server.account.merge(first.id, last, "mia")
    clock.go(minutes=1)
    server.account.acknowledge(last.id, "ian")
    answers = pager(server).acks({KEY: number})
    assert Ack("ian", clock.now) in answers[KEY]
    pager(server).end({KEY: number}, "over")
    assert {incident.status for incident in server.account.incidents} == {"resolved"}


def test_merges_in_a_circle_come_to_an_end(server: PagerDutyServer, clock: Clock) -> None:
    number = paged(server, clock)
    other = server.account.trigger("PAPI", "API is down", "ian")
    server.account.merge(KEY, other, "mia")
    other.merged = number
    assert pager(server).acks({KEY: number})[KEY] == [Ack("mia", clock.now, "resolved")]
    pager(server).end({KEY: number}, "over")


def test_merges_without_end_are_followed_so_far(server: PagerDutyServer, clock: Clock) -> None:
    number = paged(server, clock)
    before = KEY
    for _ in range(40):
        into = server.account.trigger("PAPI", "API is down", "ian")
        server.account.merge(before, into, "mia")
        before = into.id
    asked = len(server.log)
    assert Ack("mia", clock.now, "resolved") in pager(server).acks({KEY: number})[KEY]
    assert len(server.log) - asked < 30


@pytest.mark.parametrize("kept", ["", OTHER])  # its key, which it may have lost
def test_a_page_that_was_merged_into_that_of_another_incident_leaves_it_ringing(
    server: PagerDutyServer, clock: Clock, kept: str
) -> None:
    ours, _ = paged(server, clock), paged(server, clock, OTHER)
    theirs = next(each for each in server.account.incidents if each.key == OTHER)
    server.account.merge(KEY, theirs, "mia")
    theirs.key = kept
    pager(server).end({KEY: ours}, "over")
    assert server.account.ringing() == [OTHER]


def test_one_that_was_merged_into_what_another_incident_knows_leaves_it_ringing(
    server: PagerDutyServer, clock: Clock
) -> None:
    number = paged(server, clock)
    theirs = server.account.trigger("PAPI", "API is down", "ian")
    server.account.merge(KEY, theirs, "mia")
    pager(server).end({KEY: number}, "over", lambda each: each == theirs.id)
    assert theirs.status == "triggered"


def test_a_page_that_another_was_merged_into_is_found_by_its_id(
    server: PagerDutyServer, clock: Clock
) -> None:
    number = paged(server, clock)
    ours = server.account.incidents[0]
    server.account.merge(server.account.trigger("PAPI", "API is down", "ian").id, ours, "mia")
    assert ours.key == ""
    clock.go(minutes=1)
    server.account.acknowledge(number, "erin")
    assert pager(server).acks({KEY: number}) == {KEY: [Ack("erin", clock.now)]}
    pager(server).end({KEY: number}, "over")
    assert ours.status == "resolved"


def test_a_page_that_is_gone_is_nobodys_and_ends_nothing(
    server: PagerDutyServer, clock: Clock
) -> None:
    number = paged(server, clock)
    server.account.delete(KEY)
    assert pager(server).acks({KEY: number}) == {}
    pager(server).end({KEY: number}, "over")
    assert server.account.ended() == []


def test_an_end_that_pagerduty_does_not_make_is_no_success(
    server: PagerDutyServer, clock: Clock
) -> None:
    number = paged(server, clock)
    server.account.end = lambda *_: None  # type: ignore[method-assign]  # it answers 200
    with pytest.raises(ServiceError, match="resolving the page for #7 failed: it still calls"):
        pager(server).end({KEY: number}, "over")


def test_who_it_was_delegated_to_is_called(server: PagerDutyServer, clock: Clock) -> None:
    number = paged(server, clock)
    server.account.delegate(KEY, "erin", "EIMOC")
    assert pager(server).acks({KEY: number}) == {KEY: [Ack("ian", clock.now, "reassigned")]}


# Pages that wake nobody


def test_a_page_to_its_own_maker_is_refused_before_it_is_made(server: PagerDutyServer) -> None:
    server.account.users["PUERIN"]["email"] = "ima@acme.example"
    server.account.users.pop("PUIMA")
    calls = pager(server, "people: {erin: {pager: ima@acme.example}}")
    calls.on_call(NOW)
    with pytest.raises(ServiceError) as refused:
        calls.page("eoc", "erin", KEY, "wake up")
    assert refused.value.problem == (
        "pagerduty: paging the EOC for #7 failed: pages are made in the name of erin, whom"
        " PagerDuty does not wake for them"
    )
    assert "`pager.from`" in refused.value.remedy
    assert server.account.incidents == []


@pytest.mark.parametrize("again", [False, True])
def test_a_page_that_begins_as_acknowledged_is_no_success(
    server: PagerDutyServer, again: bool
) -> None:
    """Somebody whom the policy does not know by this address is its maker."""
    server.account.set_on_call("SEOC", "ima", NOW)
    for _ in range(1 + again):
        with pytest.raises(WokeNobody, match="it woke nobody: it began as acknowledged") as woken:
            pager(server).page("eoc", "erin", KEY, "wake up")
        assert woken.value.page == server.account.incidents[0].id


def test_that_pagerduty_acknowledges_it_for_its_maker_is_no_answer(
    server: PagerDutyServer, clock: Clock
) -> None:
    """They are known here by their id, and so not as the account that IMA has."""
    server.account.users["PUERIN"]["email"] = "ima@acme.example"
    server.account.users.pop("PUIMA")
    calls = pager(server, "people: {erin: {pager: PUERIN}}")
    with pytest.raises(WokeNobody) as woken:
        calls.page("eoc", "erin", KEY, "wake up")
    clock.go(minutes=1)
    assert calls.acks({KEY: woken.value.page}) == {}


@pytest.mark.parametrize("status", ["maintenance", "disabled"])
def test_a_service_that_triggers_nothing_is_said(server: PagerDutyServer, status: str) -> None:
    server.account.add_service("PSERVICE", status=status)
    with pytest.raises(ServiceError) as refused:
        pager(server).page("eoc", "erin", KEY, "wake up")
    words = {"maintenance": "in maintenance", "disabled": "disabled"}[status]
    assert f"the service PSERVICE is {words}: it wakes nobody" in refused.value.problem
    assert server.account.incidents == []


@pytest.mark.parametrize("how", [403, 404, 500, "html", "error"])
def test_where_the_service_may_not_be_looked_at_people_are_woken(
    server: PagerDutyServer, how: Any
) -> None:
    server.fail("GET", "/services/", how=how, times=3)
    pager(server).page("eoc", "erin", KEY, "wake up")
    assert server.account.ringing() == [KEY]


# Tokens


def test_a_scoped_oauth_token_is_sent_as_bearer(server: PagerDutyServer, tmp_path: Path) -> None:
    given = {OAUTH_TOKEN: server.account.oauth_token, "IMA_PAGERDUTY_URL": server.url}
    opened = open_services(a_policy(ROLES), tmp_path, lambda: NOW, given | {TOKEN: "of-old"})
    assert isinstance(opened.pager, PagerDuty)
    duty = opened.pager.on_call(NOW)["eoc"]
    assert duty
    assert duty.person == "erin"
    (asked,) = server.requests()
    assert asked.headers["authorization"] == f"Bearer {server.account.oauth_token}"
    hear(f"{opened.pager!r}{opened.pager.wire!r}")


def test_an_oauth_token_that_has_ended_is_told(server: PagerDutyServer, tmp_path: Path) -> None:
    given = {OAUTH_TOKEN: "ended", "IMA_PAGERDUTY_URL": server.url}
    opened = open_services(a_policy(ROLES), tmp_path, lambda: NOW, given)
    with pytest.raises(ServiceError, match=OAUTH_TOKEN) as refused:
        opened.pager.on_call(NOW + timedelta(days=31))
    assert "401" in refused.value.problem
