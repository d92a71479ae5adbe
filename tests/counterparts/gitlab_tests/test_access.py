"""Who gets in: tokens, scopes, roles, archived and moved projects, labels of the group."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.counterparts.gitlab import GitLabServer, Refused, seeding
from tests.counterparts.gitlab_tests.asking import ask
from tests.counterparts.gitlab_tests.conftest import ROOT, Ask

NEW = {"title": "New"}


@pytest.mark.parametrize(
    ("token", "method", "path", "status"),
    [
        ("t-ima", "GET", f"{ROOT}/issues", 200),
        ("t-read", "GET", f"{ROOT}/issues", 200),
        ("t-read", "POST", f"{ROOT}/issues", 403),
        ("t-none", "GET", f"{ROOT}/issues", 403),
        ("t-none", "GET", "/user", 200),
        ("t-none", "GET", "/personal_access_tokens/self", 200),
        ("t-wrong", "GET", f"{ROOT}/issues", 401),
        ("t-old", "GET", "/user", 401),
        ("t-revoked", "GET", "/user", 401),
        ("t-bob", "GET", f"{ROOT}/issues", 403),
        ("t-mallory", "GET", f"{ROOT}/issues", 404),
        ("t-mallory", "POST", f"{ROOT}/issues", 404),
        (None, "GET", "/projects/3/issues", 200),
        (None, "POST", "/projects/3/issues", 401),
        ("t-mallory", "POST", "/projects/3/issues", 201),
        ("t-ima", "GET", "/projects/2/issues", 200),
        ("t-ima", "POST", "/projects/2/issues", 403),
        ("t-gus", "POST", f"{ROOT}/issues", 201),
        ("t-gus", "GET", f"{ROOT}/pipeline_schedules", 403),
        ("t-erin", "GET", f"{ROOT}/pipeline_schedules", 200),
        ("t-erin", "GET", f"{ROOT}/variables", 403),
        ("t-erin", "GET", f"{ROOT}/hooks", 403),
        ("t-ima", "GET", f"{ROOT}/hooks", 200),
        ("t-root", "GET", f"{ROOT}/variables", 200),
        ("t-ima", "GET", "/projects/acme%2Fprod/issues", 301),
        ("t-ima", "POST", "/projects/acme%2Fprod/issues", 405),
        ("t-ima", "GET", "/projects/acme%2Fnowhere", 404),
        ("t-ima", "GET", f"{ROOT}/nothing", 404),
        ("t-ima", "GET", f"{ROOT}/issues/99", 404),
    ],
)
def test_who_gets_what(
    server: GitLabServer, token: str | None, method: str, path: str, status: int
) -> None:
    body = NEW if method == "POST" else None
    assert ask(server.url, method, path, body, token=token).status == status


def test_an_archived_project_is_for_reading_only(server: GitLabServer, say: Ask) -> None:
    old = "/projects/2"
    for method, path, sent in (
        ("POST", "/labels", {"name": "x", "color": "red"}),
        ("PUT", "/issues/1", NEW),
        ("POST", "/issues/1/notes", {"body": "x"}),
    ):
        assert say(method, old + path, sent).status == 403
    with pytest.raises(Refused, match="403"):
        server.people.open("ima", "A", project="acme/old")


def test_the_documented_seed_is_one(tmp_path: Path) -> None:
    path = tmp_path / "seed.yml"
    path.write_text(seeding.FORMAT, encoding="utf-8")
    with GitLabServer(path, validate=True) as server:
        row = ask(server.url, "GET", f"{ROOT}/issues/1").body
        assert (row["severity"], row["user_notes_count"]) == ("HIGH", 1)
        assert row["updated_at"] == "2026-03-02T09:05:00.000Z"
        for what in ("hooks", "variables", "runners", "pipeline_schedules", "labels"):
            assert ask(server.url, "GET", f"{ROOT}/{what}").body
        assert server.violations == []


def test_a_wrong_seed_is_refused_with_the_format() -> None:
    with pytest.raises(ValueError, match="project acme/web has unknown keys: member"):
        GitLabServer({"projects": {"acme/web": {"member": {}}}})


def test_a_moved_project_says_where_to(server: GitLabServer, say: Ask) -> None:
    answer = say("GET", "/projects/acme%2Fprod/issues/1")
    assert answer.headers["location"] == f"{server.url}/api/v4/projects/1/issues/1"


def test_insufficient_scope_says_which(say: Ask) -> None:
    body = say("POST", "/issues", NEW, token="t-read").body
    assert (body["error"], body["scope"]) == ("insufficient_scope", "api")


@pytest.mark.parametrize(
    ("method", "path", "sent", "status"),
    [
        ("POST", "/labels", {"name": "S1", "color": "#ff0000", "priority": 1}, 201),
        ("POST", "/labels", {"name": "S1"}, 400),
        ("POST", "/labels", {"name": "a,b", "color": "red"}, 400),
        ("POST", "/labels", {"name": "S1", "color": "reddish"}, 400),
        ("POST", "/labels", {"name": "Incident", "color": "red"}, 409),
        ("PUT", "/labels/Incident", {"new_name": "Outage"}, 200),
        ("PUT", "/labels", {"name": "Incident", "color": "#000000"}, 200),
        ("PUT", "/labels/Incident", {}, 400),
        ("PUT", "/labels/Incident", {"new_name": "Company"}, 400),
        ("PUT", "/labels/Company", {"color": "#000000"}, 404),
        ("DELETE", "/labels/Company", None, 404),
        ("DELETE", "/labels/Incident", None, 204),
        ("DELETE", "/labels/S9", None, 404),
    ],
)
def test_labels(say: Ask, method: str, path: str, sent: Any, status: int) -> None:
    assert say(method, path, sent).status == status


def test_labels_of_the_group_are_listed_but_not_ours(say: Ask) -> None:
    ours = {row["name"]: row["is_project_label"] for row in say("GET", "/labels").body}
    assert ours == {"Company": False, "Incident": True}
    only = say("GET", "/labels?include_ancestor_groups=false").body
    assert [row["name"] for row in only] == ["Incident"]
    assert say("POST", "/labels", {"name": "x", "color": "red"}, token="t-gus").status == 403


def test_unknown_labels_are_created_by_whoever_may(server: GitLabServer, say: Ask) -> None:
    say("POST", "/issues", {"title": "A", "labels": "Brand new"})
    assert "Brand new" in [row["name"] for row in say("GET", "/labels").body]
    server.people.open("gus", "B", labels=["By a guest"])
    assert server.issue(2)["labels"] == []


def test_a_trigger_token_starts_a_pipeline_that_is_recorded(server: GitLabServer, say: Ask) -> None:
    payload = {"object_kind": "issue"}
    started = say("POST", "/ref/main/trigger/pipeline?token=secret", payload, token=None)
    assert (started.status, started.body["ref"]) == (201, "main")
    (pipeline,) = server.world.project().pipelines
    assert pipeline["payload"] == payload
    assert say("POST", "/ref/main/trigger/pipeline?token=t-ima", payload).status == 404


def test_the_program_serves_a_seed_and_takes_orders(tmp_path: Path) -> None:
    seed = tmp_path / "seed.yml"
    seed.write_text(
        "tier: premium\n"
        "tokens: {t-erin: erin}\n"
        "projects: {acme/web: {id: 7, members: {erin: owner}, issues: [{title: One}]}}\n"
    )
    command = [sys.executable, "-m", "tests.counterparts.gitlab", "--seed", str(seed)]
    root = Path(__file__).parents[3]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        try:
            ask(url, "POST", "/_control/clock", {"now": "2026-03-02T09:00:00Z"})
            act = {"who": "erin", "does": "comment", "with": [1, "hello"]}
            assert ask(url, "POST", "/_control/person", act).body == {"result": 1}
            notes = ask(url, "GET", "/projects/7/issues/1/notes", token="t-erin").body
            assert json.dumps(notes).count("2026-03-02T09:00:00.000Z") == 2
            assert len(ask(url, "GET", "/_control/log").body) == 1
        finally:
            process.terminate()
