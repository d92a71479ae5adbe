"""A GitHub with one repository, a clock that stands still, and PyGithub to ask it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from github import Auth, Github
from github.Repository import Repository

from tests.counterparts.github import GitHubServer
from tests.counterparts.github.oracle import VERSION


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 9, 0, 0, 123_000, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, minutes: float = 1) -> None:
        self.now += timedelta(minutes=minutes)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(clock: Clock) -> Iterator[GitHubServer]:
    labels = ["Incident", {"name": "S1", "color": "c00000", "description": "Service down"}]
    members = {"ima": "admin", "erin": "write", "tom": "triage"}
    repos = {
        "acme/production": {"members": members, "labels": labels},
        "acme/secret": {"members": {"ima": "admin"}, "private": True},
    }
    seed = {"users": ["rita"], "repos": repos, "tokens": {"ghs_ima": "ima"}}
    with GitHubServer(seed, clock=clock, validate=True) as running:
        yield running
        assert running.violations == []


class Versioned(Auth.Token):
    """A token, and with it the version of the API that every request must name."""

    def authentication(self, headers: dict[str, Any]) -> None:
        super().authentication(headers)
        headers["X-GitHub-Api-Version"] = VERSION


def as_(server: GitHubServer, login: str, repo: str = "acme/production") -> Repository:
    """The repository as somebody sees it, without retries and pauses."""
    client = Github(
        auth=Versioned(login if "_" in login else f"t-{login}"),
        base_url=server.url,
        retry=None,
        seconds_between_requests=None,
        seconds_between_writes=None,
    )
    return client.get_repo(repo)


@pytest.fixture
def repo(server: GitHubServer) -> Repository:
    return as_(server, "ima")
