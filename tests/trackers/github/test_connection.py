"""A connection to GitHub: an answer arrives whole, or is none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from automation.http.answers import Refusal
from automation.http.shapes import anything
from automation.trackers.action_in_words import Doing
from automation.trackers.github.wire import github_wire
from automation.trackers.wire import Wire
from tests.counterparts.messages import Answer, Request
from tests.counterparts.small import SmallServer

READ = Doing("reading", "acme/production", writes=False)
LONG = [{"n": number, "text": "Ünïcode " * 40} for number in range(2_000)]


@pytest.fixture
def server() -> Iterator[SmallServer]:
    with SmallServer(lambda request: Answer(200, _said(request))) as started:
        yield started


def _said(request: Request) -> object:
    return LONG if request.path.endswith("/long") else {"who": request.headers["authorization"]}


def to(url: str) -> Wire:
    return github_wire(url, "ghp_x", timeout=5, share=0.5, patience=0, apart=0)


def test_a_long_answer_arrives_whole(server: SmallServer) -> None:
    assert list(to(server.url).pages(READ, "/long", anything)) == LONG


def test_half_an_answer_is_none(server: SmallServer) -> None:
    server.fail("GET", "/long", how="half", times=3)
    with pytest.raises(Refusal, match="broke"):
        list(to(server.url).pages(READ, "/long", anything))


def test_every_request_names_the_version_of_the_api_that_its_answers_are_read_by(
    server: SmallServer,
) -> None:
    wire = to(server.url)
    wire.get(READ, "/x", anything)
    list(wire.pages(READ, "/long", anything))
    named = {each.headers.get("x-github-api-version") for each in server.log}
    assert named == {"2022-11-28"}
