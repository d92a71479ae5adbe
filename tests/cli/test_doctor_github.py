"""`ima doctor` on a GitHub."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.counterparts.github import GitHubServer
from tests.counterparts.github.settings import (
    OURS,
    named,
    policy_file,
    settings,
    sharing,
    variable,
)
from tests.leaks import secret

from .conftest import Ima
from .test_doctor import PEOPLE, verdicts

REPOSITORY = "acme/production"
TEXT = (Path(__file__).parents[2] / "templates/ci/github.yml").read_text("utf-8")
TEXT = TEXT.replace("7-59/15", "7-59/30")
RUN = {"event": "schedule", "run_started_at": "2026-03-02T11:45:00Z", "conclusion": "success"}
RUNS = {"total_count": 1, "workflow_runs": [RUN]}
SECRETS = named("secrets", "IMA_GITHUB_TOKEN")
HIDDEN = dict.fromkeys(("actions", "variables", "secrets", "pages"), 403)
pytestmark = pytest.mark.needs("emulate")


@pytest.fixture
def server(ima: Ima) -> Iterator[GitHubServer]:
    members = dict.fromkeys(("ima", "rita", "erin", "ian", "cara", "sam"), "write")
    # Half of the labels are there: more than twenty writes at once are a second apart on GitHub.
    entries = ima.session.policy.labels.entries[:10]
    there = [
        {"name": one.name, "color": one.color.lstrip("#"), "description": one.description}
        for one in entries
    ]
    seed = {
        "tokens": {"ghs_job": "github-actions[bot]"},
        "repos": {
            REPOSITORY: {"members": members, "labels": there},
            "acme/security": {"members": members, "private": True},
        },
    }
    with GitHubServer(seed, clock=lambda: ima.now, validate=True) as running:
        running.settings = settings(REPOSITORY, TEXT, runs=RUNS, secrets=SECRETS)
        yield running
        assert running.violations == []


@pytest.fixture
def github(ima: Ima, server: GitHubServer, monkeypatch: pytest.MonkeyPatch) -> Ima:
    monkeypatch.delenv("IMA_GITHUB_TOKEN", raising=False)
    where = f"project: {REPOSITORY}, private: acme/security, url: '{server.url}'"
    tracker = f"tracker: {{kind: github, {where}}}"
    text = f"version: 1\n{tracker}\n{PEOPLE}\nsince: 2026-03-02T00:00:00Z\n"
    ima.policy(text)
    server.settings |= policy_file(REPOSITORY, text)
    with_environment(ima)("labels sync")
    server.forget()
    return ima


def with_environment(ima: Ima, token: str = "t-ima", **more: str) -> Ima:
    known = {"IMA_GITHUB_TOKEN": token, "IMA_KEY": secret("the-key-that-signs-all-that-is-kept")}
    ima.session = replace(ima.fresh(), environment={**known, **more})
    return ima


def test_a_set_up_that_is_alive(github: Ima, server: GitHubServer) -> None:
    done = with_environment(github)("doctor --format json")
    assert done.code == 0, done.out
    assert list(verdicts(done.json)) == [
        "policy", "on call", "cache", "account", "token", "repository", "role", "security",
        "pager", "chat", "room",
        "labels", "dashboard", "heartbeat", "memory", "workflow", "actions", "hashes", "schedule",
        "cost",
        "last sweep", "activity", "variables", "secrets",
    ]  # fmt: skip
    assert set(verdicts(done.json).values()) == {"ok"}
    assert server.writes() == []
    assert "t-ima" not in done.out + done.err


def test_a_dashboard_of_an_account_that_the_policy_does_not_name(
    github: Ima, server: GitHubServer
) -> None:
    server.people.open("erin", "API down", labels=["Incident", "S1"])
    with_environment(github, CI="true")("apply")
    done = with_environment(github, "t-rita", IMA_KEY="")("doctor")
    assert re.search(r"! dashboard +#2 is that of @ima, whom this policy does not know", done.out)
    assert '`accounts: ["ima"]` in the policy' in done.out


def test_teams_on_call_are_asked_for(
    github: Ima, server: GitHubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(server.seed, "teams", {"acme/oncall": ["ian", "erin"], "acme/none": []})
    text = (github.folder / "policy.yml").read_text("utf-8")
    teams = 'eoc: {on_call: "@acme/oncall"}, cmoc: {on_call: "@acme/none"}'
    github.policy(text.replace(PEOPLE, f'roles: {{{teams}, imoc: {{on_call: "@acme/gone"}}}}'))
    done = with_environment(github)("doctor")
    assert "✓ team        @acme/oncall is @erin, @ian" in done.out
    assert "! team        nobody is in @acme/none" in done.out
    assert "! team        github: reading the team acme/gone failed: 404" in done.out


def test_where_the_package_is_and_whether_a_job_may_read_it(
    github: Ima, server: GitHubServer
) -> None:
    found = variable("IMA_PACKAGE", "git+https://localhost/acme/security.git@v0.1.0")
    server.settings |= settings(REPOSITORY, TEXT, variables=found)
    done = with_environment(github)("doctor")
    assert "! package     IMA_PACKAGE is at acme/security, which is private" in done.out
    text = f"{TEXT}\n      - uses: acme/security@{'a' * 40}\n"
    server.settings |= settings(REPOSITORY, text) | sharing("acme/security", "none")
    done = with_environment(github)("doctor")
    assert "! package     a public repository cannot use the action of acme/security" in done.out


def test_what_only_a_maintainer_may_see(github: Ima, server: GitHubServer) -> None:
    server.settings |= settings(REPOSITORY, TEXT, **HIDDEN)
    found = verdicts(with_environment(github)("doctor --format json").json)
    assert {about for about, verdict in found.items() if verdict == "unseen"} == {
        "actions", "variables", "secrets"
    }  # fmt: skip
    unsigned = with_environment(github, IMA_KEY="")("doctor --format json").json
    assert verdicts(unsigned)["memory"] == "unseen", "the jobs may have the key"
    with_environment(github, IMA_DOCTOR_TOKEN="t-rita")("doctor")
    asked = {each.user for each in server.requests("GET", "/actions/")}
    assert asked == {"ima", "rita"}


def test_green_and_dead_on_github(github: Ima, server: GitHubServer) -> None:
    late = RUN | {"event": "issues", "conclusion": "failure", "html_url": "https://x.example/7"}
    runs = {"total_count": 2, "workflow_runs": [RUN, late]}
    server.settings |= settings(REPOSITORY, TEXT, runs=runs, file=404)
    server.settings |= policy_file(REPOSITORY, "version: 1\n")
    done = with_environment(github)("doctor")
    assert re.search("! policy +policy.yml of the default branch is another one", done.out)
    assert re.search("! schedule +the workflow is not on the default branch", done.out)
    server.settings |= settings(REPOSITORY, TEXT, runs=runs)
    del server.settings[f"/repos/{REPOSITORY}/contents/policy.yml"]
    done = with_environment(github)("doctor")
    assert re.search("! policy +there is no policy.yml on the default branch", done.out)
    assert re.search("! last event +issues: failure, and what people do waits", done.out)


def test_a_workflow_that_github_has_switched_off(github: Ima, server: GitHubServer) -> None:
    off = {"total_count": 1, "workflows": [OURS | {"state": "disabled_inactivity"}]}
    server.settings |= settings(REPOSITORY, TEXT, workflows=off)
    done = with_environment(github)("doctor")
    assert done.code == 3
    assert "! workflow    GitHub has switched it off after 60 days without activity" in done.out


def test_nothing_is_set_up_yet(github: Ima, server: GitHubServer) -> None:
    none = {"total_count": 0, "workflows": []}
    lacking: Any = {"workflows": none, "file": 404, "variables": named("variables")}
    server.settings = settings(REPOSITORY, TEXT, **lacking)
    done = with_environment(github)("doctor")
    assert done.code == 3
    assert "there is no .github/workflows/ima.yml\n" in done.out
    assert "push to the default branch what `ima init --forge github` writes" in done.out


def test_whether_it_may_move_an_incident_is_asked_without_moving_one(
    github: Ima, server: GitHubServer
) -> None:
    server.seed["repos"]["acme/security"] = {"members": {"ima": "triage"}, "private": True}
    done = with_environment(github)("doctor")
    assert done.code == 3
    assert "may not move an incident to acme/security" in done.out
    assert server.writes() == []


def test_a_jobs_own_token_and_whom_it_shares_its_account_with(
    github: Ima, server: GitHubServer
) -> None:
    other = OURS | {"id": 8, "name": "deploy", "path": ".github/workflows/deploy.yml"}
    both = {"total_count": 2, "workflows": [other, OURS]}
    server.settings |= settings(REPOSITORY, TEXT, workflows=both)
    done = with_environment(github, "ghs_job")("doctor")
    assert "? account     @github-actions[bot], as which other workflows write, too: deploy" in (
        done.out
    )


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ("bad", "the token in IMA_DOCTOR_TOKEN is wrong, expired or revoked (401)"),
        ("a b", "set IMA_DOCTOR_TOKEN to the token alone, without quotes or line ends"),
    ],
)
def test_a_wrong_token_of_the_doctors_is_named(
    github: Ima, server: GitHubServer, other: str, said: str
) -> None:
    server.fail("GET", "/actions/variables", how=401)
    done = with_environment(github, IMA_DOCTOR_TOKEN=other)("doctor")
    assert done.code == 3
    assert said in done.out


def test_a_refusal_of_imas_own_token_does_not_blame_the_other(
    github: Ima, server: GitHubServer
) -> None:
    server.fail("GET", "/actions/variables", how=401)
    done = with_environment(github)("doctor")
    assert "cannot be seen with this token (401)" in done.out
    assert "the token in IMA_DOCTOR_TOKEN" not in done.out


def test_the_repository_is_asked_for_nothing_by_a_wrong_token(
    github: Ima, server: GitHubServer
) -> None:
    server.fail("GET", "/user", how=401)
    done = with_environment(github)("doctor")
    assert done.code == 3
    assert "401" in done.out
    assert len(server.log) == 1


def test_without_a_token(github: Ima) -> None:
    done = with_environment(github, "")("doctor")
    assert done.code == 3
    assert "! token    github: there is no token\n" in done.out


@pytest.mark.parametrize("path", [r"/actions/workflows($|\?)", "/labels", "/user$", "/pages"])
def test_what_does_not_answer_is_a_line(github: Ima, server: GitHubServer, path: str) -> None:
    server.settings |= settings(REPOSITORY, TEXT, variables=named("variables", "IMA_SITE"))
    server.fail("GET", path, how=502, times=9)
    done = with_environment(github)("doctor")
    assert done.code == 1
    assert done.err == ""
    assert "✗ " in done.out
    assert "502" in done.out


def test_what_a_job_installs_is_checked_by_hash(github: Ima, server: GitHubServer) -> None:
    assert "✓ hashes" in github("doctor").out
    server.settings |= settings(REPOSITORY, TEXT, runs=RUNS, secrets=SECRETS, lock=404)
    done = with_environment(github)("doctor")
    assert done.code == 3
    assert "there is no ima.lock: a job installs what it is given" in done.out
