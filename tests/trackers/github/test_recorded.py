"""What GitHub itself has answered: the recordings of @octokit/fixtures, played to the tracker.

They also say what the counterpart, on which all other tests run, must not lack.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from responses import RequestsMock, matchers

from automation.errors import ServiceError
from automation.model.issue import Draft, Label, Update
from automation.trackers.github.tracker import GitHubTracker
from tests.counterparts.github import GitHubServer

FIXTURES = Path(__file__).parents[2] / "node/node_modules/@octokit/fixtures/scenarios"
OWNER = "octokit-fixture-org"
API = "https://api.github.com"


def recorded(scenario: str) -> list[dict[str, Any]]:
    """The requests of a recording, with their answers."""
    path = FIXTURES / "api.github.com" / scenario / "normalized-fixture.json"
    if not path.is_file():
        reason = "not run: needs @octokit/fixtures: make test installs it"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    found: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))
    return found


@pytest.fixture
def http() -> Iterator[RequestsMock]:
    with RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def played(http: RequestsMock, scenario: str) -> GitHubTracker:
    """A tracker on the repository of a recording. What GitHub's links call by the repository's
    number is there by its name, too: our tracker takes only the query from a link."""
    here = f"/repos/{OWNER}/{scenario}"
    for each in recorded(scenario):
        path, query = urlsplit(each["path"]).path, parse_qs(urlsplit(each["path"]).query)
        wanted = {name: values[0] for name, values in query.items() if name != "per_page"}
        headers = {k: str(v) for k, v in each["headers"].items() if k in ("link", "etag", "date")}
        http.add(
            each["method"].upper(),
            API + path.replace("/repositories/1000", here),
            json=each["response"] or None,
            status=each["status"],
            headers=headers,
            match=[matchers.query_param_matcher(wanted, strict_match=False)],
        )
    return GitHubTracker(f"{OWNER}/{scenario}", token="ghp_x", me="ima", pace=0)


def test_a_list_is_followed_through_its_links(http: RequestsMock) -> None:
    heads = played(http, "paginate-issues").heads()
    assert [head.ref for head in heads] == [f"#{number}" for number in range(1, 14)]
    assert {(head.author, head.closed) for head in heads} == {("octokit-fixture-user-a", False)}


def test_labels_are_made_renamed_and_deleted(http: RequestsMock) -> None:
    tracker = played(http, "labels")
    there = {label.name: label for label in tracker.labels()}
    assert (there["bug"].color, there["bug"].description) == ("d73a4a", "Something isn't working")
    tracker.create_label(Label("test-label", "663399"))
    tracker.change_label("test-label", Label("test-label-updated", "bada55"))
    tracker.delete_label("test-label-updated")
    verbs = [call.request.method for call in http.calls]
    assert [verb for verb in verbs if verb != "GET"] == ["POST", "PATCH", "DELETE"]


def test_what_is_wrong_with_a_label_is_told(http: RequestsMock) -> None:
    tracker = played(http, "errors")
    with pytest.raises(ServiceError, match=r"Validation Failed.*color") as refusal:
        tracker.create_label(Label("foo", "invalid"))
    assert refusal.value.remedy


def test_an_issue_is_opened_and_labelled(http: RequestsMock) -> None:
    tracker = played(http, "add-labels-to-issue")
    assert tracker.open(Draft("Issue without a label")) == "#1"
    tracker.update("#1", Update(add_labels=frozenset({"Foo", "bAr", "baZ"})))
    body = json.loads(http.calls[-1].request.body or "")
    assert body == {"labels": ["Foo", "bAr", "baZ"]}


def test_a_renamed_repository_is_an_error_and_is_not_followed(http: RequestsMock) -> None:
    played(http, "rename-repository")
    tracker = GitHubTracker(f"{OWNER}/rename-repository", token="ghp_x", me="ima", pace=0)
    (moved,) = (each for each in recorded("rename-repository") if each["status"] == 301)
    for path in ("/issues", "/issues/1"):
        http.add(
            "GET", f"{API}/repos/{OWNER}/rename-repository{path}", json=moved["response"],
            status=301, headers={"location": f"{API}/repositories/1000{path}"},
        )  # fmt: skip
    with pytest.raises(ServiceError, match="rename-repository"):
        tracker.heads()
    with pytest.raises(ServiceError, match="rename-repository"):
        tracker.issues(["#1"])
    assert all("/repositories/" not in str(call.request.url) for call in http.calls)


def _keys(value: Any, where: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, child in value.items():
            yield f"{where}.{name}"
            yield from _keys(child, f"{where}.{name}")
    elif isinstance(value, list) and value:
        yield from _keys(value[0], f"{where}[]")


@pytest.mark.needs("emulate")
def test_the_counterpart_lacks_nothing_that_github_has_sent() -> None:
    issue = recorded("paginate-issues")[0]["response"][0]
    label = recorded("labels")[0]["response"][0]
    error = recorded("errors")[0]["response"]
    here = {"acme/production": {"members": {"ima": "admin"}, "labels": ["Incident"]}}
    with GitHubServer({"repos": here}) as server:
        number = server.people.open("ima", "API")
        shown = server.people.issue(number)
        assert set(_keys(issue)) <= set(_keys(shown))
        assert type(issue["id"]) is type(shown["id"])
        server.people.label("ima", number, "Incident")
        assert set(_keys(label)) <= set(_keys(server.people.issue(number)["labels"][0]))
        tracker = GitHubTracker("acme/production", url=server.url, token="t-ima", pace=0)
        with pytest.raises(ServiceError, match=error["message"]):
            tracker.create_label(Label("foo", "invalid"))
        tracker.close()
