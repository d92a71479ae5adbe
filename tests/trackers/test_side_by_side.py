"""Requests of one run that are made side by side: pages of a list, questions about people."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from requests import PreparedRequest
from responses import RequestsMock

from automation.http.shapes import anything
from automation.http.side_by_side import make_ahead
from automation.model.issue import Update
from automation.trackers import Tracker
from automation.trackers.action_in_words import Doing
from automation.trackers.github.tracker import GitHubTracker
from automation.trackers.github.wire import github_wire
from automation.trackers.gitlab.tracker import GitLabTracker
from automation.trackers.gitlab.wire import gitlab_wire
from automation.trackers.wire import AT_ONCE, Wire

SERVER = "https://forge.test"
READ = Doing("reading", "acme/production", writes=False)
LIMITS: Any = {"timeout": 5.0, "share": 1.0, "patience": 0.0, "sleep": lambda _seconds: None}
Answering = Callable[[PreparedRequest], tuple[int, dict[str, str], str]]


@pytest.fixture
def http() -> Iterator[RequestsMock]:
    with RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture(params=["github", "gitlab"])
def wire(request: pytest.FixtureRequest) -> Wire:
    if request.param == "github":
        return github_wire(SERVER, "ghp_x", **LIMITS)
    return gitlab_wire(SERVER, "glpat-x", **LIMITS)


def a_list(http: RequestsMock, answering: Answering) -> None:
    for path in ("/x", "/api/v4/x"):
        http.add_callback("GET", f"{SERVER}{path}", answering)


def page_of(request: PreparedRequest) -> int:
    return int(parse_qs(urlsplit(request.url or "").query).get("page", ["1"])[0])


def numbered(page: int, pages: int, **more: str) -> dict[str, str]:
    """The header of a page of so many, as the forges have it."""
    links = {"next": page + 1, "last": pages} if page < pages else {"first": 1}
    return {
        "Link": ", ".join(
            f'<{SERVER}/x?{urlencode({"per_page": 100, **more, "page": number})}>; rel="{rel}"'
            for rel, number in links.items()
        )
    }


def test_the_pages_of_a_list_are_read_side_by_side_and_come_in_order(
    http: RequestsMock, wire: Wire
) -> None:
    together = threading.Barrier(AT_ONCE, timeout=10)

    def answering(request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        if (page := page_of(request)) > 1:
            together.wait()  # breaks, if the pages come one after another
        return 200, numbered(page, 1 + 2 * AT_ONCE), f'[{{"n": {page}}}]'

    a_list(http, answering)
    found = [row["n"] for row in wire.pages(READ, "/x", anything, {"state": "open"})]
    assert found == list(range(1, 2 + 2 * AT_ONCE))
    queries = [parse_qs(urlsplit(call.request.url or "").query) for call in http.calls]
    assert all(query["state"] == ["open"] for query in queries)


def test_a_list_that_grows_meanwhile_is_read_to_its_end(http: RequestsMock, wire: Wire) -> None:
    a_list(
        http,
        lambda request: (
            200,
            numbered(page_of(request), 3 if page_of(request) == 1 else 4),
            f'[{{"n": {page_of(request)}}}]',
        ),
    )
    assert [row["n"] for row in wire.pages(READ, "/x", anything)] == [1, 2, 3, 4]


@pytest.mark.parametrize("cursor", ["after", "cursor"])
def test_pages_without_numbers_are_read_one_after_another(
    http: RequestsMock, wire: Wire, cursor: str
) -> None:
    a_list(
        http,
        lambda request: (
            200,
            numbered(page_of(request), 3, **{cursor: f"c{page_of(request)}"}),
            f'[{{"n": {page_of(request)}}}]',
        ),
    )
    assert [row["n"] for row in wire.pages(READ, "/x", anything)] == [1, 2, 3]
    asked = [parse_qs(urlsplit(call.request.url or "").query) for call in http.calls]
    assert [query.get(cursor) for query in asked] == [None, ["c1"], ["c2"]]


def test_who_needs_only_the_first_page_asks_for_no_other(http: RequestsMock, wire: Wire) -> None:
    a_list(http, lambda _request: (200, numbered(1, 9), '[{"n": 1}]'))
    assert next(wire.pages(READ, "/x", anything)) == {"n": 1}
    assert len(http.calls) == 1


def test_what_fails_while_it_is_made_ahead_is_raised_in_its_turn() -> None:
    def make(number: int) -> int:
        if number == 3:
            raise LookupError(number)
        return number * number

    made = make_ahead(make, range(6), 2)
    assert [next(made) for _ in range(3)] == [0, 1, 4]
    with pytest.raises(LookupError):
        next(made)


@pytest.mark.parametrize("at_once", [1, 2, 9])
def test_what_is_made_ahead_comes_in_order(at_once: int) -> None:
    assert list(make_ahead(str, range(7), at_once)) == list("0123456")


# Writers of several issues ask about the same person.


def _slowly(said: str, status: int = 200) -> Answering:
    """An answer that gives others the time to ask the same, if they do."""
    asked = threading.Semaphore(0)

    def answering(_request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        asked.release()
        asked.acquire()
        asked.acquire(timeout=0.1)  # the next one's
        return status, {}, said

    return answering


def _on_github(http: RequestsMock) -> Tracker:
    here = f"{SERVER}/repos/acme/production"
    http.add_callback("GET", f"{here}/assignees/erin", _slowly("", status=204))
    for number in range(1, 9):
        row = {"number": number, "assignees": [{"login": "erin"}]}
        http.patch(f"{here}/issues/{number}", json=row)
    return GitHubTracker("acme/production", url=SERVER, token="ghp_x", me="ima", pace=0)


def _on_gitlab(http: RequestsMock) -> Tracker:
    here = f"{SERVER}/api/v4/projects/acme%2Fproduction"
    erin = '[{"id": 7, "username": "erin"}]'
    http.add_callback("GET", f"{SERVER}/api/v4/users", _slowly(erin))
    for number in range(1, 9):
        row = {"iid": number, "assignees": [{"username": "erin"}]}
        http.put(f"{here}/issues/{number}", json=row)
    tier: Any = {"one_assignee": True, "exclusive_labels": False}
    return GitLabTracker("acme/production", url=SERVER, token="glpat-x", me="ima", **tier)


@pytest.mark.parametrize("forge", [_on_github, _on_gitlab])
def test_writers_side_by_side_ask_about_somebody_once(
    http: RequestsMock, forge: Callable[[RequestsMock], Tracker]
) -> None:
    tracker, ready = forge(http), threading.Barrier(8, timeout=10)

    def assign(number: int) -> None:
        ready.wait()
        tracker.update(f"#{number}", Update(assignees=("erin",)))

    assert tracker.can.writers == 8
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(assign, range(1, 9)))
    asked = [call for call in http.calls if call.request.method == "GET"]
    assert len(asked) == 1
