"""Teams of GitHub's as who is on call."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.counterparts.github import GitHubServer

from .conftest import POLICY, Ima

TEAMS = {"acme/oncall": ["mia", "erin"], "acme/managers": ["ian"], "acme/nobody": []}
SEED = {"teams": TEAMS, "tokens": {"ghs_job": "github-actions[bot]"}}


@pytest.fixture
def server(ima: Ima) -> Iterator[GitHubServer]:
    with GitHubServer(SEED, clock=lambda: ima.now, validate=True) as running:
        yield running
        assert running.violations == []


def with_roles(ima: Ima, server: GitHubServer, roles: str, token: str = "t-ima") -> None:
    said = POLICY.replace("kind: local", f"kind: github, url: '{server.url}'")
    ima.policy(f"{said[: said.index('roles:')]}roles: {roles}\n")
    ima.session = replace(ima.fresh(), environment={"IMA_GITHUB_TOKEN": token, "CI": "true"})


def on_call(ima: Ima) -> dict[str, str]:
    rows = ima("oncall --format json").json["on_call"]
    return {row["role"]: row["person"] for row in rows if row["role"] != "security"}


@pytest.mark.needs("emulate")
def test_who_is_in_the_team_now_is_on_call(ima: Ima, server: GitHubServer) -> None:
    turns = '{who: ["@acme/oncall", cara], from: "2026-03-01T12:00 UTC", every: 1d}'
    with_roles(
        ima, server,
        f'{{eoc: {{on_call: "@Acme/OnCall"}}, imoc: {{rota: {turns}}}, '
        'cmoc: {on_call: "@acme/nobody"}}',
    )  # fmt: skip
    assert on_call(ima) == {"eoc": "erin", "imoc": "mia", "cmoc": ""}
    assert len(server.requests("GET", "/teams/oncall/")) == 1, "once a run"


@pytest.mark.needs("emulate")
def test_a_token_that_sees_no_teams_says_what_it_lacks_and_the_last_known_stay(
    ima: Ima, server: GitHubServer
) -> None:
    team = '{eoc: {on_call: "@acme/oncall"}, imoc: {on_call: ian}, cmoc: {on_call: cara}}'
    with_roles(ima, server, team)
    server.people.open("rita", "API down", labels=["Incident", "S1"])
    assert ima("apply").code == 0
    with_roles(ima, server, team, "ghs_job")
    done = ima("oncall")
    assert done.code == 1
    assert "github: reading the team acme/oncall failed: 403" in done.err
    assert "a job's GITHUB_TOKEN never does" in done.err
    with_roles(ima, server, team.replace("oncall", "gone"))
    done = ima("apply")
    assert done.code == 1
    said = done.out + done.err
    assert "reading the team acme/gone failed: 404" in said
    assert "the token must see the teams: an App's with Members: read" in said
    assert "the last known is @erin, who stays on call until it is answered" in said
    assert "nobody is on call as IMOC" not in said, "the policy itself names them"
    assert server.people.issue(1)["assignees"][0]["login"] in ("erin", "ian")


def test_on_gitlab_a_team_is_a_mistake_and_in_a_file_nobody_knows_one(ima: Ima) -> None:
    ima.policy(POLICY.replace("eoc: {on_call: erin}", 'eoc: {on_call: "@acme/oncall"}'))
    done = ima("oncall")
    assert done.code == 1
    assert "roles: @acme/oncall is a team of GitHub's" in done.err
    ima.policy(
        POLICY.replace("kind: local", "kind: gitlab").replace(
            "eoc: {on_call: erin}", 'eoc: {rota: {who: ["@acme/oncall"], '
            'from: "2026-03-01T12:00 UTC", every: 1d}}',
        )
    )  # fmt: skip
    done = ima("check")
    assert done.code == 2
    assert "'@acme/oncall' is a team of GitHub's, and the tracker is GitLab" in done.err
