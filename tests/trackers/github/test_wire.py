"""HTTP with GitHub as it goes wrong: what is repeated, how long we wait, what is never said."""

from __future__ import annotations

import traceback
from bisect import bisect_left
from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Any

import pytest
import requests
import responses
from hypothesis import given
from hypothesis import strategies as st
from responses import RequestsMock

from automation.errors import ServiceError
from automation.http.answers import Failure
from automation.http.shapes import anything
from automation.trackers.action_in_words import Doing
from automation.trackers.github.budget import BURST, Pace, asked_to_wait, is_limit, window
from automation.trackers.github.tracker import GitHubTracker
from automation.trackers.github.wire import GRAPHQL, github_wire, read
from automation.trackers.tokens import github_token
from automation.trackers.wire import Answer, Wire

SERVER = "https://api.github.test"
TOKEN = "ghp_very_secret"
READ = Doing("reading", "acme/production", "#42", writes=False)
WRITE = Doing("commenting on", "acme/production", "#42")
DATE = "Mon, 02 Mar 2026 09:00:00 GMT"
AT = 1772442000  # the same in seconds
SECONDARY = {"message": "You have exceeded a secondary rate limit."}


@pytest.fixture
def http() -> Iterator[RequestsMock]:
    with RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def naps() -> list[float]:
    return []


@pytest.fixture
def wire(naps: list[float]) -> Iterator[Wire]:
    made = github_wire(
        SERVER, TOKEN, timeout=5, share=0.5, patience=100, apart=0, sleep=naps.append
    )
    yield made
    made.close()


def test_a_list_is_read_page_by_page_to_its_end(http: RequestsMock, wire: Wire) -> None:
    following = f'<{SERVER}/x?after=abc&per_page=100&state=all>; rel="next"'
    http.get(f"{SERVER}/x", json=[{"n": 1}], headers={"Link": following})
    http.get(f"{SERVER}/x", json=[{"n": 2}], headers={"Link": f'<{SERVER}/x>; rel="first"'})
    assert list(wire.pages(READ, "/x", anything, {"state": "all"})) == [{"n": 1}, {"n": 2}]
    first, second = (call.request.url or "" for call in http.calls)
    assert "per_page=100&state=all" in first
    assert "after=abc" in second


def test_a_next_page_elsewhere_is_asked_for_here(http: RequestsMock, wire: Wire) -> None:
    http.get(f"{SERVER}/x", json=[], headers={"Link": '<https://evil.test/x?page=2>; rel="next"'})
    http.get(f"{SERVER}/x", json=[{"n": 2}])
    assert list(wire.pages(READ, "/x", anything)) == [{"n": 2}]
    assert all((call.request.url or "").startswith(SERVER) for call in http.calls)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
@pytest.mark.parametrize(
    "where", ["https://evil.test/x", f"{SERVER}/repositories/1/x", "http://[::1", "", "\xff"]
)
def test_nothing_follows_a_redirect(
    http: RequestsMock, wire: Wire, status: int, where: str
) -> None:
    http.get(f"{SERVER}/x", status=status, headers={"Location": where})
    with pytest.raises(ServiceError, match="moved"):
        wire.get(READ, "/x", anything)
    assert len(http.calls) == 1


def test_graphql_is_where_the_server_has_it(http: RequestsMock, wire: Wire) -> None:
    http.post(f"{SERVER}/graphql", json={"data": 1})
    assert wire.post(WRITE, GRAPHQL, {"query": "{viewer{login}}"}, anything) == {"data": 1}


def test_an_enterprise_server_is_below_a_path(http: RequestsMock) -> None:
    url = "https://ghe.test/api/v3/"
    wire = github_wire(url, TOKEN, timeout=5, share=0.5, patience=1)
    http.get("https://ghe.test/api/v3/x", json={"n": 1})
    http.post("https://ghe.test/api/graphql", json={"n": 2})
    assert wire.get(READ, "/x", anything) == {"n": 1}
    assert wire.post(WRITE, GRAPHQL, {"query": ""}, anything) == {"n": 2}
    wire.close()


Break = Callable[[RequestsMock, str], None]


def answers(status: int, body: Any = None, **headers: str) -> Break:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda http, verb: _add(http, verb, status=status, json=body or {}, headers=named)


def breaks(error: Exception) -> Break:
    return lambda http, verb: _add(http, verb, body=error)


def _add(http: RequestsMock, verb: str, **fields: Any) -> None:
    http.add(getattr(responses, verb.split()[0]), f"{SERVER}/x", **fields)


RESET = requests.ConnectionError("Connection aborted.")
LATE = requests.exceptions.ReadTimeout("Read timed out.")
EXHAUSTED = {"x_ratelimit_remaining": "0", "x_ratelimit_reset": str(AT + 40), "Date": DATE}


def ask(wire: Wire, verb: str) -> None:
    """ "POST delta" and "DELETE delta" are writes that may be made twice."""
    if verb == "GET":
        wire.get(READ, "/x", anything)
    elif verb.startswith("DELETE"):
        wire.delete(WRITE, "/x", delta="delta" in verb)
    elif verb.startswith("POST"):
        wire.post(WRITE, "/x", {"body": "x"}, delta="delta" in verb)
    else:
        {"PUT": wire.put, "PATCH": wire.patch}[verb](WRITE, "/x", {"body": "x"})


@pytest.mark.parametrize(
    ("verb", "first", "waits"),
    [
        pytest.param("GET", answers(502), [0.5], id="a read after 502"),
        pytest.param("GET", answers(503, retry_after="7"), [7], id="a read after 503"),
        pytest.param("GET", breaks(RESET), [0.5], id="a read after a broken connection"),
        pytest.param("GET", breaks(LATE), [0.5], id="a read without an answer"),
        pytest.param("GET", answers(429, retry_after="30"), [30], id="a read too many"),
        pytest.param("POST", answers(403, SECONDARY, retry_after="2"), [2], id="a comment"),
        pytest.param("POST", answers(403, SECONDARY), [60], id="it is not said how long"),
        pytest.param("POST", answers(429), [60], id="429 without a word"),
        pytest.param("PATCH", answers(403, **EXHAUSTED), [40], id="the hour is nearly over"),
        pytest.param("DELETE", answers(429, retry_after="1"), [1], id="a deletion too many"),
        pytest.param("PATCH", breaks(RESET), [0.5], id="a change over a broken connection"),
        pytest.param("PATCH", answers(504), [0.5], id="a change after 504"),
        pytest.param("PUT", answers(502), [0.5], id="a lock after 502"),
        pytest.param("POST delta", answers(502), [0.5], id="labels that come, after 502"),
        pytest.param("DELETE delta", breaks(RESET), [0.5], id="a label that goes, broken off"),
    ],
)
def test_what_is_safe_is_tried_again(
    http: RequestsMock, wire: Wire, naps: list[float], verb: str, first: Break, waits: list[float]
) -> None:
    first(http, verb)
    _add(http, verb, json={"id": 1})
    ask(wire, verb)
    assert naps == waits


@pytest.mark.parametrize(
    ("verb", "first"),
    [
        pytest.param("POST", answers(500), id="a comment after 500"),
        pytest.param("POST", answers(502), id="a comment after 502"),
        pytest.param("POST", breaks(RESET), id="a comment over a broken connection"),
        pytest.param("POST", breaks(LATE), id="a comment without an answer"),
        pytest.param("PATCH", breaks(LATE), id="a change without an answer"),
        pytest.param("PATCH", answers(500), id="a change after 500"),
        pytest.param("DELETE", breaks(RESET), id="a deletion over a broken connection"),
        pytest.param("GET", answers(404), id="a read of what is not there"),
        pytest.param("GET", answers(403, {"message": "Must have admin rights"}), id="forbidden"),
        pytest.param("GET", answers(429, retry_after="101"), id="a wait beyond our patience"),
    ],
)
def test_what_is_not_safe_or_of_no_use_is_not(
    http: RequestsMock, wire: Wire, naps: list[float], verb: str, first: Break
) -> None:
    first(http, verb)
    with pytest.raises(ServiceError):
        ask(wire, verb)
    assert len(http.calls) == 1
    assert naps == []


def test_a_read_is_tried_three_times_at_most(http: RequestsMock, wire: Wire) -> None:
    http.get(f"{SERVER}/x", status=502)
    with pytest.raises(ServiceError):
        wire.get(READ, "/x", anything)
    assert len(http.calls) == 3


def told(limit: int, left: int, reset: int, resource: str = "core") -> dict[str, str]:
    return {
        "x-ratelimit-limit": str(limit),
        "x-ratelimit-remaining": str(left),
        "x-ratelimit-reset": str(AT + reset),
        "x-ratelimit-resource": resource,
        "Date": DATE,
    }


def test_a_run_stops_at_its_share_of_the_hour(
    http: RequestsMock, wire: Wire, naps: list[float]
) -> None:
    http.get(f"{SERVER}/x", json={}, headers=told(10, 9, 1800))
    for _ in range(5):
        wire.get(READ, "/x", anything)
    with pytest.raises(ServiceError) as error:
        wire.get(READ, "/x", anything)
    stopped = "github: stopped after 5 requests: our 50% of 10 are used up"
    assert error.value.problem == f"{stopped}, the rest waits for the next run"
    assert len(http.calls) == 5
    assert naps == []


def test_what_others_have_used_of_the_hour_stops_nobody_before_its_end(
    http: RequestsMock, wire: Wire
) -> None:
    http.get(f"{SERVER}/x", json={}, headers=told(1000, 3, 1800))
    for _ in range(3):
        wire.get(READ, "/x", anything)
    http.get(f"{SERVER}/y", json={}, headers=told(1000, 0, 1800))
    wire.get(READ, "/y", anything)
    with pytest.raises(ServiceError, match="stopped"):
        wire.get(READ, "/x", anything)


def test_an_hour_that_ends_soon_is_waited_for_and_begins_anew(
    http: RequestsMock, wire: Wire, naps: list[float]
) -> None:
    http.get(f"{SERVER}/x", json={}, headers=told(4, 2, 30))
    for _ in range(4):
        wire.get(READ, "/x", anything)
    assert naps == [30]


def test_graphql_has_an_hour_of_its_own(http: RequestsMock, wire: Wire) -> None:
    http.get(f"{SERVER}/x", json={}, headers=told(10, 0, 1800, "graphql"))
    for _ in range(9):
        wire.get(READ, "/x", anything)


@pytest.mark.parametrize("headers", [{}, {"x-ratelimit-limit": "0"}, {"x-ratelimit-limit": "x"}])
def test_headers_that_tell_nothing_are_no_window(headers: dict[str, str]) -> None:
    assert window(headers) is None


@pytest.mark.parametrize(
    ("status", "headers", "said", "limit"),
    [
        (429, {}, "", True),
        (403, {"retry-after": "60"}, "", True),
        (403, {"x-ratelimit-remaining": "0"}, "", True),
        (403, {}, "API rate limit exceeded for user ID 1.", True),
        (403, {"x-ratelimit-remaining": "4999"}, "Must have admin rights", False),
        (404, {"retry-after": "60"}, "", False),
    ],
)
def test_a_limit_is_told_from_a_missing_permission(
    status: int, headers: dict[str, str], said: str, limit: bool
) -> None:
    assert is_limit(status, headers, said) == limit


def test_how_long_to_wait_is_told_or_a_minute() -> None:
    assert asked_to_wait({"retry-after": "7"}) == 7
    assert asked_to_wait({"x-ratelimit-remaining": "0", **told(1, 0, 90)}) == 90
    assert asked_to_wait({}) == 60


def test_the_first_writes_do_not_wait_and_the_others_keep_their_pace() -> None:
    now, slept = [100.0], list[float]()

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    pace = Pace(1.0, sleep, clock=lambda: now[0])
    for _ in range(BURST):
        pace(True)
    assert slept == []
    for _ in range(3):
        pace(True)
    assert slept == [1.0, 1.0, 1.0]
    now[0] += 5
    for _ in range(5):
        pace(True)
    assert slept == [1.0, 1.0, 1.0]
    pace(True)
    assert slept == [1.0, 1.0, 1.0, 1.0]


RUNS = st.tuples(st.booleans(), st.integers(1, 300), st.sampled_from([0.0, 0.1, 5.0, 70.0]))
LATENCY = 0.05


@given(st.lists(RUNS, max_size=12), st.sampled_from([1, 4, 8]))
def test_no_minute_has_more_than_github_allows(
    runs: list[tuple[bool, int, float]], workers: int
) -> None:
    clocks, turn = [100.0] * workers, [0]  # of each worker, and whose turn it is

    def sleep(seconds: float) -> None:
        clocks[turn[0]] += seconds

    made = list[tuple[float, bool]]()
    pace = Pace(1.0, sleep, clock=lambda: clocks[turn[0]])
    for writes, count, rest in runs:
        for _ in range(count):
            turn[0] = clocks.index(min(clocks))
            pace(writes)
            made.append((clocks[turn[0]], writes))
            clocks[turn[0]] += LATENCY
        clocks[:] = [max(clocks) + rest] * workers
    assert _most(made, 1, 0) <= 80
    assert _most(made, 5, 1) <= 900


def _most(made: list[tuple[float, bool]], write: int, read: int) -> int:
    """The most that any minute has, where a request costs so much."""
    times = sorted(made)
    spent = list(accumulate((write if writes else read for _, writes in times), initial=0))
    ends = (bisect_left(times, (at + 59.9, False)) for at, _ in times)
    return max((spent[end] - spent[start] for start, end in enumerate(ends)), default=0)


def test_nine_hundred_reads_are_made_at_once() -> None:
    slept = list[float]()
    pace = Pace(1.0, slept.append, clock=lambda: 100.0)
    for _ in range(900):
        pace(False)
    assert slept == []
    pace(False)
    assert slept == [60.0]


@pytest.mark.parametrize("text", [b"<html>sign in</html>", b"{", b"[" * 99_999, b"\xff"])
def test_what_is_no_json_is_an_error(text: bytes) -> None:
    assert read(200, {}, text) == Failure("not json", 200)
    assert read(502, {}, text) == Failure("answer", 502)


def test_an_answer_without_a_body_is_good() -> None:
    assert read(204, {}, b"") == Answer(None, 204, None)


def test_a_name_that_is_not_ascii_arrives_as_it_was_sent(http: RequestsMock, wire: Wire) -> None:
    http.get(f"{SERVER}/x", body='{"name": "Zoë"}'.encode(), content_type="application/json")
    assert wire.get(READ, "/x", anything) == {"name": "Zoë"}


FAILURES = [answers(401), answers(502), breaks(RESET), breaks(LATE)]


@pytest.mark.parametrize("fails", FAILURES)
def test_no_error_holds_the_token(http: RequestsMock, wire: Wire, fails: Break) -> None:
    fails(http, "POST")
    with pytest.raises(ServiceError) as error:
        ask(wire, "POST")
    assert TOKEN not in "".join(traceback.format_exception(error.value))


def test_no_representation_holds_the_token() -> None:
    tracker = GitHubTracker("acme/production", url=SERVER, token=TOKEN)
    assert repr(tracker) == "<GitHubTracker acme/production at https://api.github.test>"
    parts = [tracker, tracker._wire, *vars(tracker).values(), *vars(tracker._wire).values()]
    assert not any(TOKEN in repr(part) for part in parts)


@pytest.mark.parametrize(
    ("environment", "token"),
    [
        ({"IMA_GITHUB_TOKEN": "a", "GITHUB_TOKEN": "b"}, "a"),
        ({"IMA_GITHUB_TOKEN": "", "GITHUB_TOKEN": " b\n"}, "b"),
    ],
)
def test_the_token_comes_from_the_environment(environment: dict[str, str], token: str) -> None:
    assert github_token(environment) == token


@pytest.mark.parametrize("token", ["", " ", "ghp_a\nb", "ghp_…"])
def test_a_missing_or_strange_token_is_not_shown(token: str) -> None:
    with pytest.raises(ServiceError) as error:
        github_token({"IMA_GITHUB_TOKEN": token})
    assert "set IMA_GITHUB_TOKEN" in error.value.remedy
    assert len(token.strip()) < 2 or token not in str(error.value)
