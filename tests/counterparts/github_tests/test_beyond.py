"""What stands beside emulate: statuses of commits, teams, dependencies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.counterparts.github import GitHubServer
from tests.counterparts.github.oracle import VERSION
from tests.counterparts.messages import Request

COMMIT = "a" * 40
SEED = {
    "teams": {"acme/oncall": ["erin", "ian"]},
    "types": {"acme": ["Incident"]},
    "tokens": {"ghs_job": "github-actions[bot]"},
    "grants": {"ghs_job": {"issues": "write", "statuses": "read"}},
}
pytestmark = pytest.mark.needs("emulate")


@pytest.fixture(scope="module")
def server() -> Iterator[GitHubServer]:
    with GitHubServer(SEED, validate=True) as running:
        yield running
        assert running.violations == []


def ask(server: GitHubServer, method: str, path: str, token: str = "t-ima", **body: Any) -> Any:
    headers = {"authorization": f"Bearer {token}", "x-github-api-version": VERSION}
    data = json.dumps(body) if body else None
    return requests.request(method, f"{server.url}{path}", headers=headers, data=data, timeout=10)


def test_the_last_status_of_a_name_counts(server: GitHubServer) -> None:
    for state in ("failure", "success"):
        where = f"/repos/acme/production/statuses/{COMMIT}"
        assert ask(server, "POST", where, state=state, context="ima/gate").status_code == 201
    found = ask(server, "GET", f"/repos/acme/production/commits/{COMMIT}/status").json()
    assert [(each["context"], each["state"]) for each in found["statuses"]] == [
        ("ima/gate", "success")
    ]


def test_a_status_needs_a_right_of_its_own_and_is_short(server: GitHubServer) -> None:
    where = f"/repos/acme/production/statuses/{COMMIT}"
    assert ask(server, "POST", where, "ghs_job", state="success").status_code == 403
    assert ask(server, "POST", where, state="success", description="x" * 141).status_code == 422


def test_a_team_is_told_to_members_of_its_organisation_and_to_no_job(server: GitHubServer) -> None:
    where = "/orgs/acme/teams/oncall/members"
    assert [each["login"] for each in ask(server, "GET", where).json()] == ["erin", "ian"]
    assert ask(server, "GET", where, "ghs_job").status_code == 403
    assert ask(server, "GET", "/orgs/acme/teams/gone/members").status_code == 404


def test_an_issue_waits_for_another_once(server: GitHubServer) -> None:
    one, two = (server.people.open("rita", title) for title in ("Review", "Action"))
    where = f"/repos/acme/production/issues/{one}/dependencies/blocked_by"
    other = server.people.issue(two)["id"]
    assert ask(server, "POST", where, issue_id=other).status_code == 201
    assert ask(server, "POST", where, issue_id=other).status_code == 422
    assert [each["number"] for each in ask(server, "GET", where).json()] == [two]


def test_an_organisation_has_types_of_issues(server: GitHubServer) -> None:
    found = ask(server, "GET", "/orgs/acme/issue-types").json()
    assert [each["name"] for each in found] == ["Incident"]
    assert ask(server, "GET", "/orgs/rita/issue-types").status_code == 404


def test_what_a_pull_request_changes_is_read_at_its_commit_of_a_fork_too(
    server: GitHubServer,
) -> None:
    number = server.people.pull_request("rita", "A change")
    long = b"#" * 1_100_000
    server.beyond.propose(number, {"a/policy.yml": b"x", "gone.yml": None, "long": long}, fork=True)
    here = "/repos/acme/production"
    head = server.beyond.proposed[number]["commit"]

    def content(path: str) -> Any:
        asked = Request("GET", f"{here}/contents/{path}?ref={head}", {}, b"")
        answer = server.beyond.answer(asked)
        assert answer
        return answer

    assert content("a/policy.yml").body["content"] == "eA=="
    assert (content("long").body["content"], content("gone.yml").status) == ("", 404)
