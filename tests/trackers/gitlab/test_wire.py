"""HTTP as it goes wrong: what is repeated, how long we wait, and what is never said."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import responses
from responses import RequestsMock

from automation.errors import ServiceError
from automation.http.answers import Failure
from automation.http.shapes import anything
from automation.trackers.action_in_words import Doing
from automation.trackers.gitlab.budget import asked_to_wait, until_reset
from automation.trackers.gitlab.tracker import GitLabTracker
from automation.trackers.gitlab.wire import gitlab_wire
from automation.trackers.tokens import gitlab_token
from automation.trackers.wire import Wire, pause_before_again

SERVER = "https://gitlab.test"
API = f"{SERVER}/api/v4"
TOKEN = "glpat-very-secret"
READ = Doing("reading", "acme/production", "#42", writes=False)
WRITE = Doing("commenting on", "acme/production", "#42")
DATE = "Mon, 02 Mar 2026 09:00:00 GMT"
AT = 1772442000  # the same in seconds


@pytest.fixture
def http() -> Iterator[RequestsMock]:
    with RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


class Naps:
    """Sleeps that only count."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)


@pytest.fixture
def naps() -> Naps:
    return Naps()


@pytest.fixture
def wire(naps: Naps) -> Iterator[Wire]:
    made = gitlab_wire(SERVER, TOKEN, timeout=5, share=0.5, patience=100, sleep=naps)
    yield made
    made.close()


def test_a_list_is_read_page_by_page_to_its_end(http: RequestsMock, wire: Wire) -> None:
    following = f'<{API}/x?page=2&per_page=100>; rel="next"'
    http.get(f"{API}/x", json=[{"n": 1}], headers={"Link": following})
    http.get(f"{API}/x", json=[{"n": 2}], headers={"X-Next-Page": ""})
    assert list(wire.pages(READ, "/x", anything, {"state": "all"})) == [{"n": 1}, {"n": 2}]
    first, second = (call.request.url or "" for call in http.calls)
    assert "per_page=100" in first
    assert "state=all" in first
    assert "page=2" in second


def test_a_next_page_elsewhere_is_asked_for_here(http: RequestsMock, wire: Wire) -> None:
    http.get(f"{API}/x", json=[], headers={"Link": '<https://evil.test/x?page=2>; rel="next"'})
    http.get(f"{API}/x", json=[{"n": 2}])
    assert list(wire.pages(READ, "/x", anything)) == [{"n": 2}]
    assert all((call.request.url or "").startswith(SERVER) for call in http.calls)


def test_pages_can_be_told_by_their_number_alone(http: RequestsMock, wire: Wire) -> None:
    http.get(f"{API}/x", json=[{"n": 1}], headers={"X-Next-Page": "2"})
    http.get(f"{API}/x", json=[{"n": 2}], headers={"X-Next-Page": ""})
    assert len(list(wire.pages(READ, "/x", anything, {"state": "all"}))) == 2
    assert "state=all" in (http.calls[1].request.url or "")


def test_a_page_that_follows_itself_ends(http: RequestsMock, wire: Wire) -> None:
    itself = f'<{API}/x?page=2>; rel="next"'
    http.get(f"{API}/x", json=[{"n": 1}], headers={"Link": itself})
    assert len(list(wire.pages(READ, "/x", anything))) == 2


Break = Callable[[RequestsMock, str], None]


def answers(status: int, **headers: str) -> Break:
    return lambda http, verb: _add(http, verb, status=status, json={}, headers=headers)


def breaks(error: Exception) -> Break:
    return lambda http, verb: _add(http, verb, body=error)


def _add(http: RequestsMock, verb: str, **fields: Any) -> None:
    http.add(getattr(responses, verb), f"{API}/x", **fields)


RESET = requests.ConnectionError("Connection aborted.")
LATE = requests.exceptions.ReadTimeout("Read timed out.")


def ask(wire: Wire, verb: str) -> None:
    if verb == "GET":
        wire.get(READ, "/x", anything)
    elif verb == "DELETE":
        wire.delete(WRITE, "/x")
    else:
        {"POST": wire.post, "PUT": wire.put}[verb](WRITE, "/x", {"body": "x"})


@pytest.mark.parametrize(
    ("verb", "first", "waits"),
    [
        pytest.param("GET", answers(502), [0.5], id="a read after 502"),
        pytest.param("GET", answers(503, **{"Retry-After": "7"}), [7], id="a read after 503"),
        pytest.param("GET", breaks(RESET), [0.5], id="a read after a broken connection"),
        pytest.param("GET", breaks(LATE), [0.5], id="a read without an answer"),
        pytest.param("GET", answers(429, **{"Retry-After": "30"}), [30], id="a read too many"),
        pytest.param("POST", answers(429, **{"Retry-After": "2"}), [2], id="a comment too many"),
        pytest.param("PUT", answers(429), [60], id="a change too many"),
        pytest.param("DELETE", answers(429), [60], id="a deletion too many"),
        pytest.param("PUT", breaks(RESET), [0.5], id="a change over a broken connection"),
        pytest.param("PUT", answers(504), [0.5], id="a change after 504"),
    ],
)
def test_what_is_safe_is_tried_again(
    http: RequestsMock, wire: Wire, naps: Naps, verb: str, first: Break, waits: list[float]
) -> None:
    first(http, verb)
    _add(http, verb, json={"id": 1})
    ask(wire, verb)
    assert naps.taken == waits


@pytest.mark.parametrize(
    ("verb", "first"),
    [
        pytest.param("POST", answers(500), id="a comment after 500"),
        pytest.param("POST", answers(502), id="a comment after 502"),
        pytest.param("POST", breaks(RESET), id="a comment over a broken connection"),
        pytest.param("POST", breaks(LATE), id="a comment without an answer"),
        pytest.param("PUT", breaks(LATE), id="a change without an answer"),
        pytest.param("PUT", answers(500), id="a change after 500"),
        pytest.param("DELETE", breaks(RESET), id="a deletion over a broken connection"),
        pytest.param("GET", answers(404), id="a read of what is not there"),
        pytest.param("GET", answers(401), id="a read with a wrong token"),
    ],
)
def test_what_may_have_been_done_is_not_tried_again(
    http: RequestsMock, wire: Wire, naps: Naps, verb: str, first: Break
) -> None:
    first(http, verb)
    _add(http, verb, json={"id": 1})
    with pytest.raises(ServiceError):
        ask(wire, verb)
    assert (len(http.calls), naps.taken) == (1, [])


@pytest.mark.parametrize(("verb", "times"), [("GET", 3), ("PUT", 2)])
def test_it_gives_up(http: RequestsMock, wire: Wire, verb: str, times: int) -> None:
    answers(502)(http, verb)
    with pytest.raises(ServiceError, match="502 Bad Gateway"):
        ask(wire, verb)
    assert len(http.calls) == times


def test_a_run_waits_no_longer_than_its_patience(
    http: RequestsMock, wire: Wire, naps: Naps
) -> None:
    answers(429, **{"Retry-After": "60"})(http, "GET")
    with pytest.raises(ServiceError, match="429 Too Many Requests"):
        ask(wire, "GET")
    assert naps.taken == [60]


def limits(left: int, **more: str) -> dict[str, str]:
    headers = {"RateLimit-Limit": "2000", "RateLimit-Remaining": str(left), "Date": DATE}
    return headers | {"RateLimit-Reset": str(AT + 40)} | more


@pytest.mark.parametrize(
    ("left", "waits"),
    [pytest.param(1000, [], id="half is ours"), pytest.param(999, [40], id="no more")],
)
def test_we_keep_to_our_share(
    http: RequestsMock, wire: Wire, naps: Naps, left: int, waits: list[float]
) -> None:
    http.get(f"{API}/x", json={}, headers=limits(left))
    http.get(f"{API}/x", json={}, headers=limits(2000))
    for _ in range(3):
        ask(wire, "GET")
    assert naps.taken == waits


def test_a_share_that_lasts_too_long_stops_the_run(
    http: RequestsMock, wire: Wire, naps: Naps
) -> None:
    http.get(f"{API}/x", json={}, headers=limits(5, **{"RateLimit-Reset": str(AT + 3600)}))
    ask(wire, "GET")
    with pytest.raises(ServiceError) as error:
        ask(wire, "GET")
    assert str(error.value) == (
        "gitlab: stopped after 1 requests: our 50% of 2,000 are used up, the rest waits for the"
        " next run\n  nothing is lost; a larger share would make it faster"
    )
    assert naps.taken == []


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"RateLimit-Reset": str(AT + 12), "Date": DATE}, 12),
        ({"RateLimit-Reset": str(AT - 12), "Date": DATE}, 1),
        ({"RateLimit-Reset": str(AT)}, 60),
        ({"Date": DATE}, 60),
        ({"RateLimit-Reset": "soon", "Date": "today"}, 60),
    ],
)
def test_the_window_ends_by_the_servers_clock(headers: dict[str, str], seconds: float) -> None:
    assert until_reset(headers) == seconds


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({}, None), ({"Retry-After": "5"}, 5), ({"Retry-After": "0"}, 1), ({"Retry-After": "x"}, 1),
     ({"RateLimit-Reset": str(AT + 9), "Date": DATE}, 9)],
)  # fmt: skip
def test_how_long_it_asks_us_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert asked_to_wait(headers) == seconds


def test_waits_grow() -> None:
    pauses = [pause_before_again("get", Failure("answer", 503), nth, False) for nth in (1, 2, 3)]
    assert pauses == [0.5, 1.0, None]


@pytest.mark.parametrize("body", ["<html>Sign in</html>", "{"])
def test_a_web_page_is_no_data(http: RequestsMock, wire: Wire, body: str) -> None:
    http.get(f"{API}/x", body=body, content_type="text/html")
    with pytest.raises(ServiceError) as error:
        ask(wire, "GET")
    assert str(error.value) == (
        "gitlab: reading acme/production#42 failed: gitlab.test sent a web page instead of data\n"
        "  check GitLab's address; a proxy or a sign-in page may stand in front of it"
    )


def test_a_list_that_is_none_is_refused(http: RequestsMock, wire: Wire) -> None:
    http.get(f"{API}/x", json={"message": "hello"})
    with pytest.raises(ServiceError, match="`x` is an object, not a list"):
        list(wire.pages(READ, "/x", anything))


@pytest.mark.parametrize("verb", ["GET", "POST", "PUT", "DELETE"])
def test_a_redirect_is_not_followed_for_it_would_take_the_token_along(
    http: RequestsMock, wire: Wire, verb: str
) -> None:
    _add(http, verb, status=302, headers={"Location": "https://evil.test/a?token=x"})
    http.add(getattr(responses, verb), "https://evil.test/a", json={})
    with pytest.raises(ServiceError, match=r"gitlab\.test redirects to evil\.test/a\n"):
        ask(wire, verb)
    assert len(http.calls) == 1


FAILURES = [
    answers(401), answers(403), answers(500), breaks(RESET), breaks(LATE),
    breaks(requests.exceptions.InvalidHeader(f"bad header: {TOKEN}")),
    breaks(requests.exceptions.SSLError(f"no {TOKEN}")),
]  # fmt: skip


@pytest.mark.parametrize("fails", FAILURES)
def test_no_error_holds_the_token(http: RequestsMock, wire: Wire, fails: Break) -> None:
    fails(http, "POST")
    with pytest.raises(ServiceError) as error:
        ask(wire, "POST")
    assert TOKEN not in "".join(traceback.format_exception(error.value))


def test_no_representation_holds_the_token() -> None:
    tracker = GitLabTracker("acme/production", url=SERVER, token=TOKEN)
    assert repr(tracker) == "<GitLabTracker acme/production at https://gitlab.test>"
    parts = [tracker, tracker._wire, *vars(tracker).values(), *vars(tracker._wire).values()]
    assert not any(TOKEN in repr(part) for part in parts)


@pytest.mark.parametrize("token", ["glpat-a\nb", "glpat-…", "gl pat"])
def test_a_strange_token_is_not_shown(token: str) -> None:
    with pytest.raises(ServiceError) as error:
        GitLabTracker("acme/production", url=SERVER, token=token)
    assert str(error.value) == (
        "gitlab: the token has characters that no token has\n"
        "  set IMA_GITLAB_TOKEN to the token alone, without quotes or line ends"
    )


@pytest.mark.parametrize(
    ("environ", "sent"),
    [
        ({"IMA_GITLAB_TOKEN": "one", "GITLAB_TOKEN": "two"}, "one"),
        ({"GITLAB_TOKEN": " two\n"}, "two"),
        ({"IMA_GITLAB_TOKEN": "", "GITLAB_TOKEN": "two"}, "two"),
    ],
)
def test_the_token_is_taken_from_the_environment(environ: dict[str, str], sent: str) -> None:
    assert gitlab_token(environ) == sent


def test_without_a_token_it_says_which_one() -> None:
    with pytest.raises(ServiceError) as error:
        gitlab_token({"IMA_GITLAB_TOKEN": " "})
    assert str(error.value) == (
        "gitlab: there is no token\n"
        "  set IMA_GITLAB_TOKEN to a token with the api scope and the Reporter role;"
        " to look, read_api is enough"
    )
