"""Requests to a service: what is repeated, and what a person reads when it does not work."""

from __future__ import annotations

import ast
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from automation.errors import ServiceError
from automation.http.answers import Failure, Refusal
from automation.http.shapes import anything
from automation.services.retries import Attempts
from automation.services.wire import TRIES, Wire, part
from tests.counterparts.messages import Answer, Request
from tests.counterparts.small import SmallServer
from tests.leaks import secret

KEY = secret("pagers")


@pytest.fixture
def server() -> Iterator[SmallServer]:
    def answering(request: Request) -> Answer:
        if request.path == "/moved":
            return Answer(302, None, {"location": f"https://{KEY}@elsewhere.test/new?key={KEY}"})
        return Answer(200, {"method": request.method})

    with SmallServer(answering) as server:
        yield server


def wire(server: SmallServer, **more: Any) -> Wire:
    more = {"timeout": 0.5, "sleep": lambda _: None, **more}
    return Wire("Pagers", server.url, lambda: {"Authorization": f"Token {KEY}"}, **more)


@pytest.mark.parametrize(
    ("how", "problem", "remedy"),
    [
        (401, "401 Unauthorized (401 on demand)", "set PAGERS_KEY"),
        (403, "403 Forbidden (403 on demand)", "does not take what was sent"),
        (404, "404 Not Found (404 on demand)", "does not take what was sent"),
        (429, "429 Too Many Requests (429 on demand)", "the rest waits for the next run"),
        (500, "500 Internal Server Error", "it may have been done all the same"),
        ("hang", "no answer from", "it may have been done all the same"),
        ("reset", "the connection to", "it may have been done all the same"),
        ("half", "the connection to", "it may have been done all the same"),
        ("html", "sent a web page instead of data", "check Pagers's address"),
    ],
)
def test_a_write_that_fails_is_told_in_two_lines(
    server: SmallServer, how: Any, problem: str, remedy: str
) -> None:
    server.fail("POST", "/pages", how=how, times=TRIES)
    asking = wire(server, remedies={401: "set PAGERS_KEY to one that is valid"})
    with pytest.raises(Refusal) as error:
        asking.post("paging the EOC", "/pages", {})
    first, _, second = str(error.value).partition("\n  ")
    assert first.startswith("pagers: paging the EOC failed: ")
    assert problem in first
    assert remedy in second
    assert KEY not in f"{error.value}{asking!r}"


@pytest.mark.parametrize(
    ("verb", "how", "tries"),
    [
        ("get", 500, TRIES),
        ("get", "reset", TRIES),
        ("get", "half", TRIES),
        ("get", 404, 1),
        ("put", 502, TRIES),
        ("post", 429, TRIES),
        ("post", 500, 1),
        ("post", "reset", 1),
        ("post", "hang", 1),
    ],
)
def test_only_what_is_safe_is_repeated(
    server: SmallServer, verb: str, how: Any, tries: int
) -> None:
    fault = server.fail(verb.upper(), "/x", how=how, times=9)
    with pytest.raises(Refusal):
        wire(server).send(verb, "asking", "/x", anything, data={}, again=verb != "post")
    assert fault.seen == tries


def test_it_waits_as_long_as_it_is_asked_to_and_no_longer_than_its_patience(
    server: SmallServer,
) -> None:
    slept: list[float] = []
    server.fail("GET", "/x", how=429, retry_after=7, times=2)
    assert wire(server, sleep=slept.append).get("asking", "/x", anything) == {"method": "GET"}
    assert slept == [7, 7]
    server.fail("GET", "/x", how=429, retry_after=7)
    with pytest.raises(Refusal):
        wire(server, sleep=slept.append, patience=6.0).get("asking", "/x", anything)
    assert slept == [7, 7]


def test_a_service_that_is_away_is_asked_once_a_run() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        asking = Wire("Pagers", url, dict, sleep=lambda seconds: None)
        for _ in range(2):
            with pytest.raises(Refusal, match=r"refuses the connection\n.*Pagers is down"):
                asking.get("asking", "/x", anything)
    assert asking.asked == TRIES


def test_a_service_that_is_away_stays_away_though_an_older_request_is_answered() -> None:
    attempts = Attempts(0, lambda _: None)
    away, refused = Failure("timeout"), Failure("answer", 400)

    def under_way() -> Failure:
        assert attempts.answer_of(lambda: away, again=False) == away  # another thread's
        return refused

    assert attempts.answer_of(under_way, again=False) == refused
    assert attempts.answer_of(lambda: ("here",), again=False) == away


def test_a_redirect_takes_no_secret_along(server: SmallServer) -> None:
    with pytest.raises(Refusal, match=r"redirects to elsewhere\.test/new\n") as error:
        wire(server).get("asking", "/moved", anything)
    assert KEY not in str(error.value).partition("\n")[0]
    assert len(server.log) == 1


@pytest.mark.parametrize("name", ["../../me", "a/../b", "a?b=c", "a#b", "a%2Fb", "P1"])
def test_an_id_is_one_part_of_the_path(server: SmallServer, name: str) -> None:
    wire(server).get("asking", f"/incidents/{part(name)}/log", anything)
    (asked,) = server.log
    assert asked.target.count("/") == 3
    assert "?" not in asked.target
    assert asked.target.startswith("/incidents/")


@pytest.mark.parametrize("name", ["", ".", ".."])
def test_no_request_is_made_for_an_id_that_is_none(name: str) -> None:
    with pytest.raises(ServiceError, match="no request can be made"):
        part(name)


def test_every_id_in_a_path_is_made_one_part_of_it() -> None:
    code = Path(__file__).parents[2] / "automation" / "services"
    known = {"path", "verb", "method"}  # made of such parts, or a word of ours
    bare = []
    for file in code.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr) and ast.unparse(node)[2:3] == "/":
                values = [
                    each.value for each in node.values if isinstance(each, ast.FormattedValue)
                ]
                written = [ast.unparse(value) for value in values]
                bare += [each for each in written if each not in known and each[:5] != "part("]
    assert bare == []
