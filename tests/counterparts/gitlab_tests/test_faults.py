"""Failures on demand, limits, the clock and the log."""

from __future__ import annotations

import http.client
import time

import pytest

from tests.counterparts.gitlab import GitLabServer
from tests.counterparts.gitlab_tests.asking import until
from tests.counterparts.gitlab_tests.conftest import Ask, Clock

NEW = {"title": "New"}


def count(server: GitLabServer) -> int:
    return len(server.world.project().issues)


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("how", [500, 502, 503])
def test_a_status_comes_before_or_after_the_work(
    server: GitLabServer, say: Ask, how: int, after: bool
) -> None:
    server.fail("POST", "/issues$", how=how, after=after)
    assert say("POST", "/issues", NEW).status == how
    assert count(server) == after
    assert say("POST", "/issues", NEW).status == 201


@pytest.mark.parametrize("after", [False, True])
def test_a_reset_breaks_the_connection(server: GitLabServer, say: Ask, after: bool) -> None:
    server.fail("POST", "/issues$", how="reset", after=after)
    with pytest.raises(ConnectionError):
        say("POST", "/issues", NEW)
    assert count(server) == after


@pytest.mark.parametrize("after", [False, True])
def test_hanging_lasts_until_the_client_has_enough(
    server: GitLabServer, say: Ask, after: bool
) -> None:
    server.fail("POST", "/issues$", how="hang", after=after)
    with pytest.raises(TimeoutError):
        say("POST", "/issues", NEW, timeout=0.05)
    assert count(server) == after


def test_twice_half_and_empty(server: GitLabServer, say: Ask) -> None:
    server.fail("POST", "/issues$", how="twice")
    assert say("POST", "/issues", NEW).body["iid"] == 2
    server.fail("GET", "/issues/1$", how="half")
    with pytest.raises(http.client.IncompleteRead):
        say("GET", "/issues/1")
    server.fail("GET", "/issues$", how="empty")
    assert say("GET", "/issues").body == []
    assert len(say("GET", "/issues").body) == 2


def test_the_nth_and_how_many_times(server: GitLabServer, say: Ask) -> None:
    server.fail("GET", "/labels", nth=2, times=2)
    assert [say("GET", "/labels").status for _ in range(5)] == [200, 502, 502, 200, 200]
    assert server.faults.pending == []


def test_429_says_when_to_come_again(server: GitLabServer, say: Ask, clock: Clock) -> None:
    server.fail("GET", "/labels", how=429, retry_after=7)
    headers = say("GET", "/labels").headers
    assert (headers["retry-after"], headers["ratelimit-remaining"]) == ("7", "0")
    assert int(headers["ratelimit-reset"]) == clock.now.timestamp() + 7
    assert headers["ratelimit-resettime"] == "Mon, 02 Mar 2026 09:00:07 GMT"


def test_limits_count_by_the_minute(server: GitLabServer, say: Ask, clock: Clock) -> None:
    server.people.open("erin", "A")
    server.limits.requests, server.limits.notes = 5, 1
    statuses = [say("POST", "/issues/1/notes", {"body": "x"}).status for _ in range(2)]
    assert statuses == [201, 429]
    answer = say("GET", "/labels")
    assert (answer.headers["ratelimit-limit"], answer.headers["ratelimit-remaining"]) == ("5", "2")
    assert [say("GET", "/labels").status for _ in range(3)] == [200, 200, 429]
    clock.advance(1)
    assert say("POST", "/issues/1/notes", {"body": "x"}).status == 201


@pytest.mark.parametrize("answered", [True, False])
def test_killed_after_so_many_writes(server: GitLabServer, say: Ask, answered: bool) -> None:
    server.kill_after(2, answered=answered)
    assert say("POST", "/issues", NEW).status == 201
    assert say("GET", "/issues").status == 200
    if answered:
        assert say("POST", "/issues", NEW).status == 201
    else:
        with pytest.raises(ConnectionError):
            say("POST", "/issues", NEW)
    assert count(server) == 2
    until(lambda: server.faults.down)
    with pytest.raises(ConnectionError):
        say("GET", "/issues")
    server.faults.clear()
    assert say("GET", "/issues").status == 200


def test_a_test_may_kill_in_its_own_way(server: GitLabServer, say: Ask) -> None:
    killed: list[int] = []
    server.kill_after(1, lambda: killed.append(count(server)), answered=False)
    with pytest.raises(ConnectionError):
        say("POST", "/issues", NEW)
    assert killed == [1]
    assert say("POST", "/issues", NEW).status == 201


def test_the_log_tells_what_was_asked(server: GitLabServer, say: Ask) -> None:
    say("POST", "/issues", NEW)
    say("GET", "/issues?labels=a%2Cb&per_page=5")
    first, second = server.requests(path="/issues")
    assert (first.method, first.status, first.user, first.body) == ("POST", 201, "ima", NEW)
    assert second.query == {"labels": ["a,b"], "per_page": ["5"]}
    assert len(server.writes()) == 1
    server.forget()
    assert server.log == []


def test_time_is_what_the_clock_says(server: GitLabServer, say: Ask, clock: Clock) -> None:
    say("POST", "/issues", NEW)
    clock.now = clock.now.replace(microsecond=123_456)
    row = say("PUT", "/issues/1", {"state_event": "close", "add_labels": "x"}).body
    assert row["created_at"] == "2026-03-02T09:00:00.000Z"
    assert row["updated_at"] == row["closed_at"] == "2026-03-02T09:00:00.123Z"
    event = say("GET", "/issues/1/resource_label_events").body[0]
    assert event["created_at"] == "2026-03-02T09:00:00.123Z"


def test_many_issues_are_cheap(server: GitLabServer, say: Ask) -> None:
    server.seed_issues({"title": f"{n}", "labels": ["Incident"]} for n in range(20_000))
    server.oracle = None
    began = time.perf_counter()
    for page in range(1, 51):
        say("GET", f"/issues?per_page=100&page={page}&sort=asc")
    assert time.perf_counter() - began < 5
