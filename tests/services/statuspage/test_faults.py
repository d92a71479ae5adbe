"""Statuspage fails in every way at every call: what people read, and what the next run does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from automation.errors import ServiceError
from automation.model.status_page import Notice
from automation.services.post_once import post_once
from tests.counterparts.messages import Answer
from tests.counterparts.small import SmallServer
from tests.counterparts.statuspage import KEY, Statuspage
from tests.services.statuspage.life import END, notice, page, work

FIRST, MORE = notice(), notice("More.")
PLANNED, CALLED_OFF = work("Scheduled", "We will work."), work("Cancelled", "Not now.")
ENDS: list[tuple[str, str, list[Notice], Callable[[Any], Any]]] = [
    ("GET", "/components", [], lambda ours: post_once(ours, FIRST)),
    ("GET", "/unresolved", [], lambda ours: post_once(ours, FIRST)),
    ("GET", r"/incidents\?", [], lambda ours: post_once(ours, FIRST)),
    ("POST", "/incidents$", [], lambda ours: post_once(ours, FIRST)),
    ("PATCH", "/incidents/", [FIRST], lambda ours: post_once(ours, MORE)),
    ("PATCH", "/incidents/", [FIRST], lambda ours: post_once(ours, END)),
    ("GET", "/upcoming", [PLANNED], lambda ours: post_once(ours, CALLED_OFF)),
    ("GET", "/active_maintenance", [PLANNED], lambda ours: post_once(ours, CALLED_OFF)),
    ("DELETE", "/incidents/", [PLANNED], lambda ours: post_once(ours, CALLED_OFF)),
]
FAULTS: list[tuple[dict[str, Any], str, str]] = [
    ({"how": "hang"}, "no answer from 127.0.0.1", ""),
    ({"how": "reset"}, "the connection to 127.0.0.1", ""),
    ({"how": 401}, "401 Unauthorized", "set IMA_STATUSPAGE_KEY"),
    ({"how": 403}, "403 Forbidden", "whose user may write to this page"),
    ({"how": 404}, "404 Not Found", "check `status_page.page`"),
    ({"how": 420}, "429 Too Many Requests", "the rest waits for the next run"),
    ({"how": 422}, "422 Unprocessable", "does not take what was sent"),
    ({"how": 429, "retry_after": 60}, "429 Too Many Requests", "waits for the next run"),
    ({"how": 500}, "500 Internal Server Error", "Statuspage itself failed"),
    ({"how": "half"}, "the connection to 127.0.0.1", ""),
    ({"how": "html"}, "sent a web page instead of data", "check Statuspage's address"),
    ({"how": "error"}, "its answer", ""),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: "-".join(map(str, fault[0].values())))
@pytest.mark.parametrize("end", ENDS, ids=lambda end: f"{end[0]} {end[1]}")
def test_what_fails_is_one_clear_line_and_is_made_good_once(
    counterpart: Statuspage, server: SmallServer, end: Any, fault: Any
) -> None:
    (verb, path, before, act), (how, problem, remedy) = end, fault
    if (verb, how["how"]) == ("DELETE", "error"):
        return  # nothing of that answer is read
    for each in before:
        post_once(page(server), each)
    server.fail(verb, path, times=3, **how)
    with pytest.raises(ServiceError) as error:
        act(page(server, timeout=0.3 if how["how"] == "hang" else 5))
    assert error.value.problem.startswith("statuspage: ")
    assert problem in error.value.problem
    assert "\n" not in error.value.problem
    assert remedy in error.value.remedy
    assert error.value.remedy
    assert KEY not in str(error.value)
    server.faults.clear()
    server.seconds.sleep(60)
    for _ in range(2):
        act(page(server))
    said = len(before) + 1
    if before and before[0] is PLANNED:
        assert counterpart.works() == []
    else:
        assert [len(each.updates) for each in counterpart.incidents()] == [said]


def test_it_is_away(server: SmallServer) -> None:
    server.stop()
    ours = page(server)
    for _ in range(2):
        with pytest.raises(ServiceError, match=r"^statuspage: looking for #42 .* refuses the con"):
            post_once(ours, notice())
    assert KEY not in repr(ours)


@pytest.mark.parametrize(
    ("how", "problem"),
    [
        ({"id_": "x" * 12}, "404 Not Found"),
        ({"key": "nobodys-key"}, r"401 Unauthorized \(Could not authenticate\)"),
    ],
)
def test_a_wrong_page_and_a_wrong_key(
    server: SmallServer, how: dict[str, str], problem: str
) -> None:
    with pytest.raises(ServiceError, match=problem) as error:
        post_once(page(server, **how), notice())
    assert "nobodys-key" not in str(error.value)


@pytest.mark.parametrize("body", [{}, "x", [{"id": 7}], [{"name": "no id"}], [[]]])
def test_an_answer_that_is_none(body: Any) -> None:
    with SmallServer(lambda request: Answer(200, body)) as server:
        for act in (lambda ours: post_once(ours, notice()), lambda ours: ours.active()):
            with pytest.raises(ServiceError, match=r"instead of data|its answer"):
                act(page(server))


def test_a_key_that_the_service_repeats_is_not_told() -> None:
    said = {"error": f"the key {KEY} is not valid"}
    with (
        SmallServer(lambda request: Answer(401, said)) as server,
        pytest.raises(ServiceError, match="the key … is not valid") as error,
    ):
        post_once(page(server), FIRST)
    assert KEY not in str(error.value)
