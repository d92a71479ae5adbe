"""status.io fails in every way at every call: what people read, and what the next run does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from automation.errors import ServiceError
from automation.model.status_page import Notice
from automation.services.post_once import post_once
from tests.counterparts.messages import Answer
from tests.counterparts.small import SmallServer
from tests.counterparts.statusio import ID, KEY, StatusIo
from tests.services.statusio.life import END, SECRETS, notice, page

FIRST, MORE = notice(), notice("More.")
ENDS: list[tuple[str, list[Notice], Callable[[Any], Any]]] = [
    ("/component/list/", [], lambda ours: post_once(ours, FIRST)),
    ("/incident/list/", [], lambda ours: post_once(ours, FIRST)),
    ("/incident/create$", [], lambda ours: post_once(ours, FIRST)),
    ("/incident/update$", [FIRST], lambda ours: post_once(ours, MORE)),
    ("/incident/resolve$", [FIRST], lambda ours: post_once(ours, END)),
    ("/status/summary/", [], lambda ours: ours.overall()),
]
FAULTS: list[tuple[dict[str, Any], str, str]] = [
    ({"how": "hang"}, "no answer from 127.0.0.1", ""),
    ({"how": "reset"}, "the connection to 127.0.0.1", ""),
    ({"how": 401}, "401 Unauthorized", "set IMA_STATUSIO_ID and IMA_STATUSIO_KEY"),
    ({"how": 403}, "403 Forbidden", "one that may write to this page"),
    ({"how": 404}, "404 Not Found", "check `status_page.page`"),
    ({"how": 429}, "429 Too Many Requests", "the rest waits for the next run"),
    ({"how": 429, "retry_after": 60}, "429 Too Many Requests", "waits for the next run"),
    ({"how": 500}, "500 Internal Server Error", "status.io itself failed"),
    ({"how": "half"}, "the connection to 127.0.0.1", ""),
    ({"how": "html"}, "sent a web page instead of data", "check status.io's address"),
    ({"how": "error"}, "it was refused (Something went wrong)", "`ima doctor` asks for both"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: "-".join(map(str, fault[0].values())))
@pytest.mark.parametrize("end", ENDS, ids=lambda end: end[0])
def test_what_fails_is_one_clear_line_and_is_made_good_once(
    counterpart: StatusIo, server: SmallServer, end: Any, fault: Any
) -> None:
    (path, before, act), (how, problem, remedy) = end, fault
    for each in before:
        post_once(page(server), each)
    server.fail("*", path, times=3, **how)
    with pytest.raises(ServiceError) as error:
        act(page(server, timeout=0.3 if how["how"] == "hang" else 5))
    assert error.value.problem.startswith("status.io: ")
    assert problem in error.value.problem
    assert "\n" not in error.value.problem
    assert remedy in error.value.remedy
    assert error.value.remedy
    assert not any(secret in str(error.value) for secret in SECRETS)
    server.faults.clear()
    act(page(server))
    act(page(server))
    said = {"create": 1, "list": 1, "update": 2, "resolve": 2}.get(
        path.strip("/$").split("/")[1], 0
    )
    assert [len(each.updates) for each in counterpart.incidents()] == ([said] if said else [])


def test_it_is_away(server: SmallServer) -> None:
    server.stop()
    ours = page(server)
    for _ in range(2):
        with pytest.raises(ServiceError, match=r"^status.io: looking for #42 .* refuses the con"):
            post_once(ours, notice())
    assert repr(ours).find(KEY) == -1


@pytest.mark.parametrize(
    ("how", "problem"),
    [
        ({"id_": "x" * 24}, r"was refused \(Invalid statuspage_id\)"),
        ({"key": "nobodys-key"}, "401 Unauthorized"),
    ],
)
def test_a_wrong_page_and_a_wrong_key(
    server: SmallServer, how: dict[str, Any], problem: str
) -> None:
    with pytest.raises(ServiceError, match=problem) as error:
        post_once(page(server, **how), notice())
    assert "nobodys-key" not in str(error.value)


@pytest.mark.parametrize("body", [[], {}, "x", {"status": {"error": "no"}, "result": {"a": 1}}])
def test_an_answer_that_is_none(body: Any) -> None:
    with SmallServer(lambda request: Answer(200, body)) as server:
        for act in (lambda ours: post_once(ours, notice()), lambda ours: ours.overall()):
            with pytest.raises(
                ServiceError, match=r"instead of data|its answer|none of status\.io's"
            ):
                act(page(server))


@pytest.mark.parametrize("status", [200, 401])
def test_a_key_that_the_service_repeats_is_not_told(status: int) -> None:
    said = {"status": {"error": "yes", "message": f"the key {KEY} of {ID} is not valid"}}
    with (
        SmallServer(lambda request: Answer(status, said)) as server,
        pytest.raises(ServiceError, match="the key … of … is not valid") as error,
    ):
        post_once(page(server), FIRST)
    assert not any(secret in str(error.value) for secret in SECRETS)
