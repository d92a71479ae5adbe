"""What GitHub does at times, and the server that the other tests talk to does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from responses import RequestsMock

from automation.errors import ServiceError
from automation.model import bounds
from automation.model.issue import Draft, Update
from automation.trackers.github.people import ACTIONS
from automation.trackers.github.tracker import GitHubTracker
from tests.trackers.github.test_history import at, comment, entry, issue, label, user

SERVER = "https://api.github.test"
HERE = f"{SERVER}/repos/acme/production"


@pytest.fixture
def http() -> Iterator[RequestsMock]:
    with RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def on(token: str = "ghp_x", me: str = "ima", **more: Any) -> GitHubTracker:
    return GitHubTracker(
        "acme/production", url=SERVER, token=token, me=me, pace=0, sleep=lambda _s: None, **more
    )


def asked(http: RequestsMock) -> list[str]:
    urls = (str(call.request.url).partition(SERVER)[2].partition("?")[0] for call in http.calls)
    return [f"{call.request.method} {url}" for call, url in zip(http.calls, urls, strict=True)]


# Who we are.

VIEWER = {"data": {"viewer": {"login": "ima-app[bot]"}}}


@pytest.mark.parametrize(
    ("token", "graphql", "login", "requests"),
    [
        ("ghp_x", {"json": VIEWER}, "ima-app[bot]", ["GET /user", "POST /graphql"]),
        ("ghs_x", {"json": VIEWER}, "ima-app[bot]", ["POST /graphql"]),
        ("ghs_x", {"status": 404, "json": {}}, ACTIONS, ["POST /graphql"]),
        ("ghs_x", {"status": 403, "json": {}}, ACTIONS, ["POST /graphql"]),
        ("ghs_x", {"json": {"errors": [{"message": "no"}]}}, ACTIONS, ["POST /graphql"]),
    ],
)
def test_an_app_or_a_job_is_known_by_graphql(
    http: RequestsMock, token: str, graphql: dict[str, Any], login: str, requests: list[str]
) -> None:
    refused = {"message": "Resource not accessible by integration"}
    http.get(f"{SERVER}/user", status=403, json=refused)
    http.post(f"{SERVER}/graphql", **graphql)
    tracker = on(token, me="")
    assert tracker.me() == login
    assert asked(http) == requests
    tracker.close()


def test_who_the_policy_says_we_are_is_not_asked(http: RequestsMock) -> None:
    assert on("ghs_x", me="ima-app[bot]").me() == "ima-app[bot]"
    assert len(http.calls) == 0


def test_a_limit_is_not_taken_for_an_answer(http: RequestsMock) -> None:
    http.get(f"{SERVER}/user", status=403, json={"message": "secondary rate limit"})
    with pytest.raises(ServiceError, match="403"):
        on(me="", patience=1).me()


# Who may command.


def may(**levels: bool) -> dict[str, Any]:
    return {"permission": "read", "user": {"login": "x", "permissions": levels}}


@pytest.mark.parametrize(
    ("row", "private", "outsider"),
    [
        pytest.param(may(pull=True), False, True, id="anybody, in public"),
        pytest.param(may(pull=True), True, False, id="a reader, in private"),
        pytest.param(may(pull=True, triage=True), False, False, id="who may triage"),
        pytest.param(may(pull=True, push=True), False, False, id="who may write"),
        pytest.param({"permission": "none", "user": None}, True, True, id="nobody"),
        pytest.param({"permission": "read", "role_name": "triage"}, False, False, id="by role"),
        pytest.param({"permission": "admin"}, False, False, id="an old server"),
    ],
)
def test_who_is_an_outsider(
    http: RequestsMock, row: dict[str, Any], private: bool, outsider: bool
) -> None:
    http.get(f"{HERE}/collaborators/erin/permission", json=row)
    http.get(HERE, json={"private": private})
    assert bool(on().outsiders(["Erin"])) == outsider


def test_who_has_no_account_any_more_is_an_outsider(http: RequestsMock) -> None:
    http.get(f"{HERE}/collaborators/gone/permission", status=404, json={"message": "Not Found"})
    assert on().outsiders(["gone"]) == {"gone"}


def test_a_token_that_may_not_list_asks_one_by_one(http: RequestsMock) -> None:
    http.get(f"{HERE}/collaborators", status=403, json={"message": "Must have push access"})
    for login in "abcde":
        http.get(f"{HERE}/collaborators/{login}/permission", json=may(pull=True, push=True))
    tracker = on()
    assert tracker.outsiders("abcde") == frozenset()
    assert tracker.members == {f"{login} assignable" for login in "abcde"}


def test_a_list_that_fails_for_another_reason_is_an_error(http: RequestsMock) -> None:
    http.get(f"{HERE}/collaborators", status=401, json={"message": "Bad credentials"})
    with pytest.raises(ServiceError, match="401"):
        on().outsiders("abcde")


# Issues that are gone or elsewhere.


def moved(http: RequestsMock, path: str) -> None:
    http.get(f"{HERE}{path}", status=301, headers={"Location": f"{SERVER}/repositories/7/x"})


def test_an_issue_that_was_transferred_is_not_ours(http: RequestsMock) -> None:
    moved(http, "/issues/42")
    http.get(HERE, json={"private": False})
    assert on().issues(["#42"]) == []


def test_a_renamed_repository_is_an_error(http: RequestsMock) -> None:
    moved(http, "/issues/42")
    moved(http, "")
    with pytest.raises(ServiceError) as error:
        on().issues(["#42"])
    assert "acme/production has been renamed or transferred" in error.value.problem
    assert "tracker: {project: owner/name}" in error.value.remedy


def test_a_deleted_issue_is_left_out(http: RequestsMock) -> None:
    http.get(f"{HERE}/issues/42", status=410, json={"message": "This issue was deleted"})
    http.get(f"{HERE}/issues/43", status=404, json={"message": "Not Found"})
    assert on().issues(["#42", "#43"]) == []


def test_where_issues_are_off_it_says_so(http: RequestsMock) -> None:
    http.get(f"{HERE}/issues/42", status=410, json={"message": "Issues are disabled for this repo"})
    with pytest.raises(ServiceError) as error:
        on().issues(["#42"])
    assert "turn the issues of acme/production on" in error.value.remedy


def test_an_issue_that_goes_while_it_is_read_is_left_out(http: RequestsMock) -> None:
    http.get(f"{HERE}/issues/42", json=issue())
    http.get(f"{HERE}/issues/42/timeline", status=410, json={"message": "deleted"})
    assert on().issues(["#42"]) == []


def test_what_happens_between_two_reads_is_read_again(http: RequestsMock) -> None:
    later = entry("labeled", 90, **label("S1"))
    http.get(f"{HERE}/issues/42", json=issue())
    http.get(f"{HERE}/issues/42", json=issue(labels=[{"name": "S1"}], updated_at=at(90)))
    http.get(f"{HERE}/issues/42/timeline", json=[later])
    (found,) = on().issues(["#42"])
    assert found.labels == {"S1"}
    assert asked(http) == [
        "GET /repos/acme/production/issues/42",
        "GET /repos/acme/production/issues/42/timeline",
        "GET /repos/acme/production/issues/42",
    ]


@pytest.mark.parametrize("timeline", [[], [comment(30, "one")]])
def test_comments_that_the_timeline_does_not_show_are_listed(
    http: RequestsMock, timeline: list[dict[str, Any]]
) -> None:
    http.get(f"{HERE}/issues/42", json=issue(comments=2))
    http.get(f"{HERE}/issues/42/timeline", json=timeline)
    http.get(f"{HERE}/issues/42/comments", json=[comment(30, "one"), comment(60, "two")])
    (found,) = on().issues(["#42"])
    assert [each.body for each in found.comments] == ["one", "two"]


# Writes whose answers are odd.


def test_whom_github_leaves_out_of_an_answer_is_told(http: RequestsMock) -> None:
    tracker = on(members=["erin assignable", "ian assignable"])
    http.patch(f"{HERE}/issues/42", json=issue(assignees=[user("Erin")]))
    tracker.update("#42", Update(assignees=("erin", "ian")))
    assert tracker.unassigned("#42") == ("ian",)


def test_more_than_ten_cannot_be_assigned(http: RequestsMock) -> None:
    people = [f"p{nth}" for nth in range(12)]
    tracker = on(members=[f"{login} assignable" for login in people])
    http.patch(f"{HERE}/issues/42", json=issue(assignees=[user(login) for login in people[:10]]))
    tracker.update("#42", Update(assignees=tuple(people)))
    assert tracker.unassigned("#42") == ("p10", "p11")


def test_a_label_that_is_not_there_is_no_error_but_an_issue_that_is_not_there_is(
    http: RequestsMock,
) -> None:
    off = Update(remove_labels=frozenset({"S1"}))
    absent = http.delete(
        f"{HERE}/issues/42/labels/S1", status=404, json={"message": "Label does not exist"}
    )
    on().update("#42", off)
    http.remove(absent)
    http.delete(f"{HERE}/issues/42/labels/S1", status=404, json={"message": "Not Found"})
    with pytest.raises(ServiceError, match="#42 failed: 404"):
        on().update("#42", off)


def test_where_the_loss_cannot_be_looked_into_the_loss_is_told(http: RequestsMock) -> None:
    http.post(f"{HERE}/issues", status=502)
    http.get(f"{HERE}/issues", status=503)
    with pytest.raises(ServiceError, match="opening an issue in acme/production failed: 502"):
        on().open(Draft("Review", "<!-- ima:review {} -->"))
    assert [each for each in asked(http) if each.startswith("POST")] == [
        "POST /repos/acme/production/issues"
    ]


def test_another_issue_of_the_same_title_is_not_taken_for_the_lost_one(
    http: RequestsMock,
) -> None:
    body = "<!-- ima:declared {} -->"
    old = issue(title="API down", body=body, user=user("ima"), comments=3)
    other = issue(title="API down", body=body, user=user("eve"))
    http.post(f"{HERE}/issues", status=502)
    http.post(f"{HERE}/issues", json=issue(number=44, id=44))
    http.get(f"{HERE}/issues", json=[old, other])
    assert on().open(Draft("API down", body)) == "#44"


def unlisted(http: RequestsMock) -> None:
    """A token that may not list the collaborators: each costs a request."""
    http.get(f"{HERE}/collaborators", status=403, json={"message": "Must have push access"})
    one = re.compile(rf"{HERE}/collaborators/[\w-]+/permission")
    http.get(one, json=may(pull=True))
    http.get(HERE, json={"private": False})


def test_who_can_be_assigned_is_no_member_for_that(http: RequestsMock) -> None:
    """GitHub lets people be assigned who may only read: the owner's other repositories' members."""
    unlisted(http)
    http.get(f"{HERE}/assignees/olga", status=204)
    first = on()
    assert first._people.unassignable(["olga"]) == []
    second = on(members=first.members)
    assert second.outsiders(["olga"]) == {"olga"}
    ways = asked(http)
    assert second._people.unassignable(["olga"]) == []
    assert asked(http) == ways, "what is known need not be asked again"


def test_one_run_asks_about_so_many_strangers_and_the_next_about_the_others(
    http: RequestsMock,
) -> None:
    unlisted(http)
    crowd = [f"s{number}" for number in range(bounds.NEW_NAMES + 50)]
    first = on()
    assert first.outsiders(crowd) == set(crowd), "who was not asked about is no member"
    assert first.outsiders(crowd) == set(crowd)
    ways = [way for way in asked(http) if "permission" in way]
    assert len(ways) == bounds.NEW_NAMES
    second = on(strangers=first.strangers)
    assert second.outsiders(crowd) == set(crowd)
    ways = [way for way in asked(http) if "permission" in way]
    assert len(ways) == len(set(ways)) == len(crowd)


@pytest.mark.parametrize(
    ("status", "said", "fate"),
    [
        (200, {}, "here"),
        (410, {"message": "This issue was deleted"}, "deleted"),
        (404, {"message": "Not Found"}, "unknown"),  # a token that lost a right sees the same
    ],
)
def test_what_became_of_an_issue_that_is_on_no_list(
    http: RequestsMock, status: int, said: dict[str, str], fate: str
) -> None:
    http.get(f"{HERE}/issues/42", status=status, json=said)
    assert on().fate("#42") == fate


def test_an_issue_that_is_elsewhere_has_moved_if_the_repository_has_not(http: RequestsMock) -> None:
    moved(http, "/issues/42")
    http.get(HERE, json={"private": False})
    assert on().fate("#42") == "moved"
