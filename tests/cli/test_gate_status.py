"""``ima gate --commit``: the status of a commit, which a ruleset of GitHub's can require."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.counterparts.github import GitHubServer
from tests.leaks import secret

from .conftest import POLICY, Ima

COMMIT = "0123456789" * 4
SEED = {
    "tokens": {"ghs_job": "github-actions[bot]"},
    "grants": {"ghs_job": {"issues": "write", "contents": "read"}},
}
needs_emulate = pytest.mark.needs("emulate")


@pytest.fixture
def server(ima: Ima) -> Iterator[GitHubServer]:
    with GitHubServer(SEED, clock=lambda: ima.now, validate=True) as running:
        ima.policy(POLICY.replace("kind: local", f"kind: github, url: '{running.url}'"))
        as_token(ima, "t-ima")
        yield running
        assert running.violations == []


def as_token(ima: Ima, token: str) -> None:
    ima.session = replace(ima.fresh(), environment={"IMA_GITHUB_TOKEN": token, "CI": "true"})


def statuses(server: GitHubServer) -> list[tuple[str, str, str]]:
    rows = server.beyond.statuses.get(COMMIT, [])
    return [(row["context"], row["state"], row["description"]) for row in rows]


@needs_emulate
def test_the_status_follows_the_gate_and_is_written_once(ima: Ima, server: GitHubServer) -> None:
    shut = ("ima/gate", "failure", "held by acme/production#1")
    opened = ("ima/gate", "success", "no incident holds deployments")
    for _ in range(2):
        assert ima(f"gate --commit {COMMIT}").code == 0
    assert statuses(server) == [opened]
    server.people.open("rita", "Key of the vault leaked", labels=["Incident", "S1", "Security"])
    for _ in range(2):
        assert ima(f"gate --commit {COMMIT}").code == 3
    assert statuses(server) == [opened, shut], "of what everybody reads there is the reference"
    server.people.change("ima", 1, state="closed")
    ima(f"gate --commit {COMMIT} --service web")
    assert statuses(server)[2][0] == "ima/gate: web"


@needs_emulate
def test_a_token_that_may_set_no_status_is_told_what_it_lacks(
    ima: Ima, server: GitHubServer
) -> None:
    as_token(ima, "ghs_job")
    done = ima(f"gate --commit {COMMIT}")
    assert done.code == 1
    assert "setting the status of 012345678901 in acme/production failed: 403" in done.err
    assert "permissions: statuses: write" in done.err


@pytest.mark.parametrize(
    ("commit", "said"),
    [("main", "'main' is no commit"), (COMMIT, "only GitHub has statuses that IMA sets")],
)
def test_what_is_no_commit_or_no_github_is_a_mistake(ima: Ima, commit: str, said: str) -> None:
    done = ima(f"gate --commit {commit}")
    assert done.code == 2
    assert said in done.err


@needs_emulate
@pytest.mark.parametrize("key", ["", secret("a-key-that-is-long-enough-to-sign")])
def test_where_another_account_keeps_the_incidents_nobody_knows_and_nothing_is_copied(
    ima: Ima, server: GitHubServer, key: str
) -> None:
    server.people.open("rita", "Pushes fail", labels=["Incident", "S1"])
    ima.session = replace(ima.fresh(), environment={**ima.session.environment, "IMA_KEY": key})
    assert ima("apply").code == 0
    text = (ima.folder / "policy.yml").read_text("utf-8")
    ima.policy(text.replace("since: 2026-03-02T00:00:00Z\n", ""))
    for token, account in (("t-rita", ""), ("t-rita", "nobody-such")):
        as_token(ima, token)
        environment = {**ima.session.environment, "IMA_ACCOUNT": account}
        ima.session = replace(ima.session, environment=environment)
        done = ima("gate")
        assert done.code == 1, token
        assert "the cards here are @ima's" in done.err
    done = ima("mirror copy")
    assert (done.code, "nothing is copied" in done.err) == (2, True)
    assert not (ima.folder / "copy").exists()
    done = ima("board")
    assert (done.code, "how it stands there is not known" in done.err) == (1, True)
    ima.session = replace(ima.session, environment={**environment, "IMA_ACCOUNT": "ima"})
    assert ima("gate").code == 3
