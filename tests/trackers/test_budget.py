"""How a run waits where several of its threads meet the same limit."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from requests import PreparedRequest
from responses import RequestsMock

from automation.errors import ServiceError
from automation.http.answers import Refusal
from automation.http.shapes import anything
from automation.http.side_by_side import do_each
from automation.trackers.action_in_words import Doing
from automation.trackers.github.wire import github_wire
from automation.trackers.request_budget import Budget, Window
from automation.trackers.wire import Wire

SERVER = "https://api.github.test"
READ = Doing("reading", "acme/production", "#42", writes=False)
LIMITED = {"message": "You have exceeded a secondary rate limit."}
HOUR = 3600.0


@pytest.fixture
def http() -> Iterator[RequestsMock]:
    with RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def wire(naps: list[float], **more: Any) -> Wire:
    how: dict[str, Any] = {"timeout": 5, "share": 1.0, "patience": 100, "sleep": naps.append}
    return github_wire(SERVER, "ghp_x", **how | more)


def told(headers: Mapping[str, str]) -> Window | None:
    return Window(100, float(headers["left"]), 60.0) if "left" in headers else None


def test_threads_that_meet_a_limit_together_wait_for_it_once(http: RequestsMock) -> None:
    naps, together, seen = list[float](), threading.Barrier(8, timeout=10), list[str]()

    def answering(request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        path = str(request.url)
        if path in seen:
            return 200, {}, "{}"
        seen.append(path)
        together.wait()
        return (
            403,
            {"retry-after": "70"},
            '{"message": "You have exceeded a secondary rate limit."}',
        )

    for number in range(8):
        http.add_callback("GET", f"{SERVER}/{number}", answering)
    asked = wire(naps)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: asked.get(READ, f"/{number}", anything), range(8)))
    assert naps == [70]


def test_a_limit_that_outlasts_our_patience_ends_all_asking(http: RequestsMock) -> None:
    http.get(f"{SERVER}/x", status=403, json=LIMITED, headers={"retry-after": "101"})
    asked = wire([])
    with pytest.raises(Refusal, match="403"):
        asked.get(READ, "/x", anything)
    with pytest.raises(ServiceError, match="stopped after 1 requests: it allows no more for now"):
        asked.get(READ, "/x", anything)
    assert len(http.calls) == 1


def test_what_else_fails_does_not_end_all_asking(http: RequestsMock) -> None:
    http.get(f"{SERVER}/x", status=503, headers={"retry-after": "101"})
    http.get(f"{SERVER}/y", json={"n": 1})
    asked = wire([])
    with pytest.raises(Refusal, match="503"):
        asked.get(READ, "/x", anything)
    assert asked.get(READ, "/y", anything) == {"n": 1}


def test_an_answer_from_before_we_waited_says_nothing_of_the_new_window() -> None:
    naps = list[float]()
    budget = Budget("x", 1.0, 100, naps.append, told, HOUR)
    with ThreadPoolExecutor(1) as other:
        other.submit(budget.admit).result()  # its answer is late
        budget.admit()
        budget.hear({"left": "0"})
        budget.admit()
        assert naps == [60]
        other.submit(budget.hear, {"left": "0"}).result()
        budget.admit()
    assert naps == [60]


def test_answers_are_heard_while_another_thread_waits() -> None:
    with ThreadPoolExecutor(1) as other:
        late = {"left": "50"}
        budget = Budget(
            "x", 1.0, 100, lambda _s: other.submit(budget.hear, late).result(10), told, HOUR
        )
        other.submit(budget.admit).result()
        budget.admit()
        assert budget.wait(5, limited=True)


def test_no_more_requests_are_under_way_than_is_said(http: RequestsMock) -> None:
    under_way, most, lock = [0], [0], threading.Lock()
    first = threading.Barrier(2, timeout=10)

    def answering(request: PreparedRequest) -> tuple[int, dict[str, str], str]:
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        if str(request.url).rpartition("/")[2] in "01":
            first.wait()  # two at least
        with lock:
            under_way[0] -= 1
        return 200, {}, "{}"

    for number in range(30):
        http.add_callback("GET", f"{SERVER}/{number}", answering)
    asked = wire([], at_once=2)
    with ThreadPoolExecutor(15) as pool:
        list(pool.map(lambda number: asked.get(READ, f"/{number}", anything), range(30)))
    assert most == [2]


def test_ctrl_c_ends_what_has_not_begun() -> None:
    done, pause = list[int](), threading.Event()

    def do(number: int) -> None:
        done.append(number)
        if number == 0:
            raise KeyboardInterrupt
        pause.wait(0.02)  # so long does a write take

    with pytest.raises(KeyboardInterrupt):
        do_each(do, range(100), 2)
    assert len(done) < 10
