"""Merge requests: who reads what they change, what is said on them, the status of their commit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.counterparts.gitlab import GitLabServer

MEMBERS = {"ima": "developer", "rita": "reporter", "gus": "planner"}
SEED = {
    "tokens": {f"t-{name}": name for name in MEMBERS},
    "projects": {"acme/production": {"members": MEMBERS}},
}


@pytest.fixture(scope="module")
def server() -> Iterator[GitLabServer]:
    with GitLabServer(SEED) as made:
        yield made
        assert made.errors == []


def ask(server: GitLabServer, method: str, path: str, token: str = "t-ima", **body: Any) -> Any:
    where = f"{server.url}/api/v4/projects/acme%2Fproduction{path}"
    headers = {"private-token": token, "content-type": "application/json"}
    data = json.dumps(body) if body else None
    return requests.request(method, where, headers=headers, data=data, timeout=10)


def test_a_file_is_read_at_the_commit_by_a_reporter_and_by_no_planner(server: GitLabServer) -> None:
    number = server.people.propose("rita", {"a/policy.yml": b"x", "gone.yml": None})
    commit = ask(server, "GET", f"/merge_requests/{number}").json()["sha"]
    where = f"/repository/files/a%2Fpolicy.yml?ref={commit}"
    assert ask(server, "GET", where, "t-rita").json()["size"] == 1
    assert ask(server, "GET", where, "t-gus").status_code == 403
    assert ask(server, "GET", f"/repository/files/gone.yml?ref={commit}").status_code == 404
    rows = ask(server, "GET", f"/merge_requests/{number}/diffs").json()
    assert [(row["new_path"], row["deleted_file"]) for row in rows] == [
        ("a/policy.yml", False),
        ("gone.yml", True),
    ]


def test_a_line_of_a_note_that_is_a_quick_action_is_gone(server: GitLabServer) -> None:
    number = server.people.propose("rita", {})
    made = ask(server, "POST", f"/merge_requests/{number}/notes", body="one\n/merge\ntwo").json()
    assert made["body"] == "one\ntwo"
    where = f"/merge_requests/{number}/notes/{made['id']}"
    assert ask(server, "PUT", where, "t-rita", body="mine").status_code == 403


def test_a_status_is_a_developers_and_of_a_commit_that_is_here(server: GitLabServer) -> None:
    number = server.people.propose("rita", {})
    commit = ask(server, "GET", f"/merge_requests/{number}").json()["sha"]
    where = f"/statuses/{commit}"
    assert ask(server, "POST", where, "t-rita", state="success").status_code == 403
    assert ask(server, "POST", where, state="success").status_code == 201
    fork = server.people.propose("rita", {}, fork=True)
    commit = ask(server, "GET", f"/merge_requests/{fork}").json()["sha"]
    assert ask(server, "POST", f"/statuses/{commit}", state="success").status_code == 404
