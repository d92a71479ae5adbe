"""PagerDuty fails: one clear line and what to do, no secret; the next run does it, once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from automation.errors import ServiceError
from automation.services.pagerduty.pagerduty import PagerDuty
from automation.services.pagerduty.wire import TOKEN
from automation.services.wire import TRIES
from tests.counterparts.pagerduty import PagerDutyServer
from tests.leaks import hear
from tests.services.pagerduty.world import KEY, NOW, Clock, account, pager


@pytest.fixture
def server() -> Iterator[PagerDutyServer]:
    with account(Clock()) as server:
        yield server


Act = Callable[[PagerDuty], Any]


def _asks(calls: PagerDuty) -> Any:
    return calls.on_call(NOW)


def _pages(calls: PagerDuty) -> Any:
    calls.page("imoc", "ian", "acme/production#7:imoc:1", "wake up")


def _hears(calls: PagerDuty) -> Any:
    return calls.acks({KEY: ""})


def _hears_by_id(calls: PagerDuty) -> Any:
    return calls.acks({KEY: "", "acme/production#9:eoc:1": "PGONE"})


def _ends(calls: PagerDuty) -> Any:
    calls.end({KEY: ""}, "#7 is resolved.")


CALLS = {  # what is done, the request that fails, how the problem begins
    "on call": (_asks, "GET", "/oncalls", "asking who is on call"),
    "look": (_pages, "GET", "/incidents", "paging the IMOC for #7"),
    "page": (_pages, "POST", "/incidents", "paging the IMOC for #7"),
    "pages": (_hears, "GET", "/incidents\\?", "asking who has acknowledged"),
    "log": (_hears, "GET", "log_entries", "asking who has acknowledged the page for #7"),
    "person": (_hears, "GET", "/users/", "asking who somebody is"),
    "by id": (_hears_by_id, "GET", "/incidents/PGONE", "asking who has acknowledged"),
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


LATER = ("page", "log", "person", "by id", "resolve")  # another request was answered before


@pytest.mark.parametrize(
    ("call", "fault"),
    [
        (call, fault)
        for call in CALLS
        for fault in FAULTS
        if (fault != "refused" or call not in LATER)
        and (call, fault) != ("person", "404")  # a deleted account is nobody
        and (call, fault) != ("by id", "404")  # as is a deleted page
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
