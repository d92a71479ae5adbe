"""No answer is too long, too slow or without an end: each has a bound, whoever sends it."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from automation.errors import ServiceError
from automation.http.answers import Refusal
from automation.http.shapes import anything
from automation.services.google.wire import GoogleWires
from automation.services.slack.wire import SlackWire
from automation.services.wire import Wire
from automation.trackers.action_in_words import Doing
from automation.trackers.github.wire import github_wire
from automation.trackers.gitlab.wire import gitlab_wire
from tests.counterparts.google import GoogleServer
from tests.counterparts.messages import Answer, Request
from tests.counterparts.small import SmallServer

READ = Doing("reading", "acme/production", "#42", writes=False)
HOW: dict[str, Any] = {"timeout": 0.3, "sleep": lambda _: None}
PATIENT: dict[str, Any] = {**HOW, "timeout": 20.0}
FORGE: dict[str, Any] = {"share": 1.0, "patience": 0}
HUGE = 200_000_000  # bytes: more than one answer may take
Ask = Callable[[str, dict[str, Any]], object]


@pytest.fixture
def server() -> Iterator[SmallServer]:
    with SmallServer(_answer) as started:
        yield started


def _answer(request: Request) -> Answer:
    return Answer(200, [{"n": 1}] if request.path.endswith("/list") else {"ok": True})


ASKS: dict[str, Ask] = {
    "gitlab": lambda url, how: gitlab_wire(url, "t", **how, **FORGE).get(READ, "/x", anything),
    "github": lambda url, how: github_wire(url, "t", **how, **FORGE, apart=0).get(
        READ, "/x", anything
    ),
    "a service": lambda url, how: Wire("Pages", url, dict, **how).get("asking", "/x", anything),
    "slack": lambda url, how: SlackWire(lambda: "t", url, **how).read("asking", "x"),
}


@pytest.mark.parametrize("who", ASKS)
@pytest.mark.parametrize("how", ["bomb", "endless"])
def test_an_answer_that_is_too_large_is_refused_before_it_is_read_whole(
    server: SmallServer, who: str, how: Any
) -> None:
    server.fail("*", "/x", how=how, times=3)
    if (who, how) == ("slack", "bomb"):
        pytest.skip("Slack's client takes no compressed answers")
    tracemalloc.start()
    try:
        with pytest.raises(Refusal, match=r"failed: 127.0.0.1:\d+ sent more than \d+ MB") as error:
            ASKS[who](server.url, PATIENT)
        assert tracemalloc.get_traced_memory()[1] < HUGE
    finally:
        tracemalloc.stop()
    assert "proxy" in error.value.remedy
    assert len(server.log) == 1, "it is not asked for again"


@pytest.mark.parametrize("who", ASKS)
def test_an_answer_a_byte_at_a_time_is_waited_for_no_longer_than_a_few_time_outs(
    server: SmallServer, who: str
) -> None:
    server.fail("*", "/x", how="drip", times=3)
    with pytest.raises(Refusal, match=r"failed: 127.0.0.1:\d+ answers too slowly"):
        ASKS[who](server.url, HOW)
    assert len(server.log) == 1, "it is not asked for again"


@pytest.mark.parametrize("how", ["bomb", "endless", "drip"])
def test_signing_in_at_google_is_bounded_too(how: Any) -> None:
    with GoogleServer() as server:
        server.fail("POST", "/token", how=how, times=3)
        named = HOW if how == "drip" else PATIENT
        wires = GoogleWires(server.credentials(), url=server.url, **named)
        with pytest.raises(Refusal, match=r"signing in failed: .* (sent more than|too slowly)"):
            wires.drive("get", "looking", "/files", again=True)


@pytest.mark.parametrize("forge", ["gitlab", "github"])
def test_a_list_whose_next_page_never_ends_is_refused(server: SmallServer, forge: str) -> None:
    server.fail("GET", "/list", how="more", times=2_100)
    wire = (
        gitlab_wire(server.url, "t", **HOW, **FORGE)
        if forge == "gitlab"
        else github_wire(server.url, "t", **HOW, **FORGE, apart=0)
    )
    with pytest.raises(ServiceError, match=r"failed: its list has more than 2,000 pages"):
        list(wire.pages(READ, "/list", anything))
    assert len(server.log) == 2_000
    assert {each.headers["host"] for each in server.log} == {server.url.removeprefix("http://")}


@pytest.mark.parametrize("last", ["3000", "9" * 5_000])
def test_a_last_page_that_cannot_be_is_not_believed(server: SmallServer, last: str) -> None:
    def answer(request: Request) -> Answer:
        one, two = (f"<{server.url}/list?page={each}>" for each in (2, last))
        links = f'{one}; rel="next", {two}; rel="last"'
        return Answer(200, [{"n": 1}], {"link": links})

    server._answering = answer
    wire = gitlab_wire(server.url, "t", **PATIENT, **FORGE)
    with pytest.raises(ServiceError, match=r"failed: its list has more than 2,000 pages"):
        list(wire.pages(READ, "/list", anything))


@pytest.mark.parametrize("link", ["<http://[>; rel=next", "<//[::1>; rel=next", "<>;;;", "\xff<"])
def test_a_link_that_is_none_leads_nowhere(server: SmallServer, link: str) -> None:
    server._answering = lambda request: Answer(200, [{"n": 1}], {"link": link})
    for wire in (
        gitlab_wire(server.url, "t", **HOW, **FORGE),
        github_wire(server.url, "t", **HOW, **FORGE, apart=0),
    ):
        assert list(wire.pages(READ, "/list", anything)) == [{"n": 1}]


@pytest.mark.parametrize("who", ASKS)
@pytest.mark.parametrize("deep", [b"[" * 100_000 + b"]" * 100_000, b"[" * 900 + b"]" * 900])
@pytest.mark.parametrize("status", [200, 400])
def test_an_answer_that_is_too_deep_is_told_in_a_line(
    server: SmallServer, who: str, deep: bytes, status: int
) -> None:
    server._answering = lambda request: Answer(status, deep, {"content-type": "application/json"})
    said = problem_of(lambda: ASKS[who](server.url, HOW))
    assert not said or (" failed: " in said and "\n" not in said)


def problem_of(ask: Callable[[], object]) -> str:
    try:
        ask()
    except ServiceError as error:
        return error.problem
    return ""


@pytest.mark.parametrize("who", ASKS)
@pytest.mark.parametrize("where", ["http://[", "//[::1", "http://[x]/"])
def test_a_redirect_to_what_is_no_address_is_a_line(
    server: SmallServer, who: str, where: str
) -> None:
    server._answering = lambda request: Answer(302, {}, {"location": where})
    assert " failed: " in problem_of(lambda: ASKS[who](server.url, HOW))


@pytest.mark.parametrize("forge", ["gitlab", "github"])
@pytest.mark.parametrize("said", ["", "soon", "nan", "inf", "-1", "9" * 5_000])
@pytest.mark.parametrize("name", ["limit", "remaining", "reset"])
def test_a_limit_that_is_no_number_is_none(
    server: SmallServer, forge: str, said: str, name: str
) -> None:
    told = {"limit": "60", "remaining": "59", "reset": "1"} | {name: said}
    headers = {f"{x}ratelimit-{key}": value for key, value in told.items() for x in ("", "x-")}
    server._answering = lambda request: Answer(200, {"ok": True}, headers)
    assert ASKS[forge](server.url, HOW) == {"ok": True}


@pytest.mark.parametrize("forge", ["gitlab", "github"])
def test_a_page_of_long_texts_is_asked_for_in_smaller_ones(server: SmallServer, forge: str) -> None:
    def answer(request: Request) -> Answer:
        page, size = (int(request.query.get(key, ["1"])[0]) for key in ("page", "per_page"))
        rows = [{"n": n} for n in range(130)][(page - 1) * size : page * size]
        following = f'<{server.url}/list?page={page + 1}&per_page={size}>; rel="next"'
        return Answer(200, rows, {"link": following} if page * size < 130 else {})

    server._answering = answer
    server.fail("GET", "per_page=100(&|$)", how="endless", times=99)
    wire = (
        gitlab_wire(server.url, "t", **PATIENT, **FORGE)
        if forge == "gitlab"
        else github_wire(server.url, "t", **PATIENT, **FORGE, apart=0)
    )
    assert [row["n"] for row in wire.pages(READ, "/list", anything)] == list(range(130))
