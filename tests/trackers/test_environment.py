"""What of the environment counts for a connection to a forge, and what does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from automation.http.shapes import anything
from automation.trackers.action_in_words import Doing
from automation.trackers.github.wire import github_wire
from automation.trackers.gitlab.wire import gitlab_wire
from automation.trackers.wire import Wire
from tests.counterparts.messages import Answer, Request
from tests.counterparts.small import SmallServer

READ = Doing("reading", "acme/production", writes=False)
ELSEWHERE = "http://forge.invalid"
Connect = Callable[[str], Wire]


@pytest.fixture
def server() -> Iterator[SmallServer]:
    with SmallServer(lambda request: Answer(200, _who(request))) as started:
        yield started


def _who(request: Request) -> object:
    names = ("authorization", "private-token")
    return {name: request.headers[name] for name in names if name in request.headers}


def to_github(url: str) -> Wire:
    return github_wire(url, "ghp_x", timeout=5, share=0.5, patience=0, apart=0)


def to_gitlab(url: str) -> Wire:
    return gitlab_wire(url, "glpat-x", timeout=5, share=0.5, patience=0)


FORGES = pytest.mark.parametrize(
    ("to", "path", "token"),
    [
        pytest.param(to_github, "/x", {"authorization": "token ghp_x"}, id="github"),
        pytest.param(to_gitlab, "/api/v4/x", {"private-token": "glpat-x"}, id="gitlab"),
    ],
)


@FORGES
def test_a_proxy_of_the_environment_is_used(
    to: Connect, path: str, token: object, server: SmallServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", server.url)
    assert to(ELSEWHERE).get(READ, "/x", anything) == token
    assert server.log[0].target == f"{ELSEWHERE}{path}"


@FORGES
def test_a_host_that_needs_no_proxy_has_none(
    to: Connect, path: str, token: object, server: SmallServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    assert to(server.url).get(READ, "/x", anything) == token
    assert server.log[0].target == path


@FORGES
def test_a_password_on_the_machine_or_in_the_address_does_not_replace_the_token(
    to: Connect,
    path: str,
    token: object,
    server: SmallServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login eve password x\n", "utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for url in (server.url, server.url.replace("://", "://eve:x@")):
        assert to(url).get(READ, "/x", anything) == token, path
