"""What of the environment counts for a connection to GitHub, and what does not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from automation.http.answers import Refusal
from automation.http.shapes import anything
from automation.trackers.action_in_words import Doing
from automation.trackers.github.wire import github_wire
from automation.trackers.wire import Wire
from tests.counterparts.messages import Answer, Request
from tests.counterparts.small import SmallServer

READ = Doing("reading", "acme/production", writes=False)
ELSEWHERE = "http://github.invalid"
LONG = [{"n": number, "text": "Ünïcode " * 40} for number in range(2_000)]


@pytest.fixture
def server() -> Iterator[SmallServer]:
    with SmallServer(lambda request: Answer(200, _said(request))) as started:
        yield started


def _said(request: Request) -> object:
    return LONG if request.path.endswith("/long") else {"who": request.headers["authorization"]}


def to(url: str) -> Wire:
    return github_wire(url, "ghp_x", timeout=5, share=0.5, patience=0, apart=0)


def test_a_proxy_of_the_environment_is_used(
    server: SmallServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.url)
    assert to(ELSEWHERE).get(READ, "/x", anything)
    assert server.log[0].target == f"{ELSEWHERE}/x"


def test_a_host_that_needs_no_proxy_has_none(
    server: SmallServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert to(server.url).get(READ, "/x", anything)
    assert server.log[0].target == "/x"


def test_a_password_on_the_machine_or_in_the_address_does_not_replace_the_token(
    server: SmallServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login eve password x\n", "utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for url in (server.url, server.url.replace("://", "://eve:x@")):
        assert to(url).get(READ, "/x", anything) == {"who": "token ghp_x"}


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
