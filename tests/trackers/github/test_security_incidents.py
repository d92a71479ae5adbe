"""Security incidents on GitHub: moved to a private repository where the token may, else locked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from responses import RequestsMock

from automation.model.issue import Draft, Update
from automation.text.escaping import mark
from automation.trackers.github.tracker import GitHubTracker
from tests.trackers.github.test_history import issue, user

API = "https://api.github.test"
HERE, THERE = f"{API}/repos/acme/production", f"{API}/repos/acme/security"
HIDE = Update(confidential=True)
MOVED = {"data": {"transferIssue": {"issue": {"number": 7}}}}
CARD = f"**Owner**: erin\n\n{mark('card', {'v': 1})}\n"


@pytest.fixture
def http() -> Iterator[RequestsMock]:
    with RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.get(f"{HERE}/issues/42", json=issue(node_id="I_42"))
        mock.get(THERE, json={"private": True, "node_id": "R_2"})
        mock.put(f"{HERE}/issues/42/lock", status=204)
        mock.post(f"{API}/graphql", json=MOVED)
        yield mock


@pytest.fixture
def tracker() -> Iterator[GitHubTracker]:
    made = on("acme/security")
    yield made
    made.close()


def on(private: str) -> GitHubTracker:
    return GitHubTracker(
        "acme/production",
        url="https://api.github.test",
        token="ghp_x",
        me="ima",
        members=["erin assignable"],
        private=private,
        pace=0,
    )


def asked(http: RequestsMock) -> list[str]:
    return [
        f"{call.request.method} {(call.request.url or '').split(API)[1].partition('?')[0]}"
        for call in http.calls
    ]


def sent(http: RequestsMock, nth: int = -1) -> Any:
    return json.loads(http.calls[nth].request.body or "null")


def test_an_issue_is_moved_with_its_labels(http: RequestsMock, tracker: GitHubTracker) -> None:
    tracker.update("#42", HIDE)
    assert tracker.exposed("#42") == ""
    assert sent(http)["variables"] == {"issue": "I_42", "to": "R_2"}
    assert "createLabelsIfMissing:true" in sent(http)["query"]
    assert "PUT /repos/acme/production/issues/42/lock" not in asked(http)


def test_what_is_written_afterwards_follows_it(http: RequestsMock, tracker: GitHubTracker) -> None:
    rows = [{"id": 69, "user": user("eve"), "body": CARD}]
    rows += [{"id": 70, "user": user("ima"), "body": CARD}]
    http.post(f"{THERE}/issues/7/comments", json={"id": 71})
    http.get(f"{THERE}/issues/7/comments", json=rows)
    http.patch(f"{THERE}/issues/comments/70", json={})
    tracker.update("#42", HIDE)
    tracker.update("#42", HIDE)  # once is enough
    assert tracker.comment("#42", "You are needed") == "71"
    tracker.edit_comment("#42", "12", CARD.replace("erin", "sam"))
    tracker.receipt("#42", "13")  # the comment has another number there
    assert asked(http)[3:] == [
        "POST /repos/acme/security/issues/7/comments",
        "GET /repos/acme/security/issues/7/comments",
        "PATCH /repos/acme/security/issues/comments/70",
    ]


def test_a_card_that_has_not_arrived_is_written_anew(
    http: RequestsMock, tracker: GitHubTracker
) -> None:
    http.get(f"{THERE}/issues/7/comments", json=[])
    http.post(f"{THERE}/issues/7/comments", json={"id": 71})
    tracker.update("#42", HIDE)
    tracker.edit_comment("#42", "12", CARD)
    assert sent(http) == {"body": CARD}


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        pytest.param(
            {"json": {"data": None, "errors": [{"type": "FORBIDDEN", "message": "no\u200e way"}]}},
            "403 Forbidden (no way)",
            id="the token may not",
        ),
        pytest.param({"status": 403, "json": {"message": "Forbidden"}}, "403 Forbidden", id="403"),
        pytest.param({"json": []}, "is a list, not an object", id="an odd answer"),
    ],
)
def test_what_cannot_be_moved_is_locked_and_told(
    http: RequestsMock, tracker: GitHubTracker, answer: dict[str, Any], why: str
) -> None:
    http.replace("POST", f"{API}/graphql", **answer)
    tracker.update("#42", HIDE)
    assert asked(http)[-1] == "PUT /repos/acme/production/issues/42/lock"
    assert why in tracker.exposed("#42")
    assert tracker.exposed("#42") == ""


def test_a_public_repository_is_no_place_for_it(http: RequestsMock, tracker: GitHubTracker) -> None:
    http.replace("GET", THERE, json={"private": False, "node_id": "R_2"})
    tracker.update("#42", HIDE)
    assert "acme/security is not private" in tracker.exposed("#42")
    assert "POST /graphql" not in asked(http)


def test_without_a_place_it_is_locked(http: RequestsMock) -> None:
    tracker = on("")
    assert (tracker.can.confidential, tracker.can.locks, tracker.can.moves) == (False, True, False)
    tracker.update("#42", HIDE)
    assert asked(http) == ["PUT /repos/acme/production/issues/42/lock"]
    assert tracker.exposed("#42") == ""
    tracker.close()


def test_the_private_place_itself_hides_nothing_and_says_all(http: RequestsMock) -> None:
    http.get(HERE, json={"private": True})
    tracker = on("Acme/Production")
    assert (tracker.can.confidential, tracker.can.locks, tracker.can.moves) == (False, False, False)
    tracker.update("#42", HIDE)
    assert asked(http) == ["GET /repos/acme/production"]  # is it private?
    tracker.close()


def test_the_place_itself_is_none_if_it_is_public(http: RequestsMock) -> None:
    http.get(HERE, json={"private": False})
    tracker = on("acme/production")
    assert (tracker.can.confidential, tracker.can.locks, tracker.can.moves) == (False, True, False)
    tracker.update("#42", HIDE)
    assert asked(http)[-1] == "PUT /repos/acme/production/issues/42/lock"
    assert "acme/production is public" in tracker.exposed("#42")
    tracker.close()


REVIEW = Draft(
    "Review: keys leaked",
    f"Who saw the keys?\n\n{mark('review', {'for': '#42'})}\n",
    labels=("Incident Review",),
    confidential=True,
    links=("#42",),
)


def opens(http: RequestsMock) -> None:
    http.post(f"{HERE}/issues", json=issue(number=43, id=9043))
    http.get(f"{HERE}/issues/43", json=issue(number=43, node_id="I_43"))
    http.post(f"{HERE}/issues/42/sub_issues", json={})
    http.put(f"{HERE}/issues/43/lock", status=204)
    http.patch(f"{THERE}/issues/7", json={})


def test_what_follows_it_is_told_only_where_it_is_private(
    http: RequestsMock, tracker: GitHubTracker
) -> None:
    opens(http)
    assert tracker.open(REVIEW) == "#43"
    public = sent(http, 0)
    assert public["title"] == "(confidential)"
    assert "keys" not in public["body"]
    assert mark("review", {"for": "#42"}) in public["body"]
    assert sent(http) == {"title": REVIEW.title, "body": REVIEW.body}
    assert asked(http)[-1] == "PATCH /repos/acme/security/issues/7"


def test_where_there_is_no_such_place_it_stays_empty(http: RequestsMock) -> None:
    tracker = on("")
    opens(http)
    tracker.open(REVIEW)
    assert asked(http)[-1] == "PUT /repos/acme/production/issues/43/lock"
    assert all("Who saw" not in str(call.request.body) for call in http.calls)
    tracker.close()
