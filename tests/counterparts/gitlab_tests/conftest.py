"""A GitLab with one project, and a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.counterparts.gitlab import GitLabServer
from tests.counterparts.gitlab_tests.asking import Got, ask

ROOT = "/projects/1"
Ask = Callable[..., Got]


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, minutes: float = 1) -> None:
        self.now += timedelta(minutes=minutes)


SEED: dict[str, Any] = {
    "users": {"root": {"admin": True}, "bob": {"state": "blocked"}},
    "tokens": {
        "t-ima": "ima",
        "t-erin": "erin",
        "t-gus": "gus",
        "t-mallory": "mallory",
        "t-bob": "bob",
        "t-root": "root",
        "t-read": {"user": "ima", "scopes": ["read_api"]},
        "t-none": {"user": "ima", "scopes": ["read_user"]},
        "t-old": {"user": "ima", "expires_at": "2026-03-01"},
        "t-revoked": {"user": "ima", "revoked": True},
    },
    "projects": {
        "acme/production": {
            "members": {
                "ima": "maintainer",
                "erin": "developer",
                "ian": "developer",
                "gus": "guest",
                "bob": "developer",
            },
            "labels": ["Incident", {"name": "Company", "group": True}],
        },
        "acme/old": {"archived": True, "members": {"ima": "owner"}, "issues": [{"title": "Old"}]},
        "acme/open": {"visibility": "public", "issues": [{"title": "Seen by all"}]},
    },
    "moved": {"acme/prod": "acme/production"},
}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(clock: Clock) -> Iterator[GitLabServer]:
    with GitLabServer(SEED, clock=clock, validate=True) as running:
        yield running
        assert running.violations == []


@pytest.fixture
def premium(clock: Clock) -> Iterator[GitLabServer]:
    with GitLabServer({**SEED, "tier": "premium"}, clock=clock, validate=True) as running:
        yield running
        assert running.violations == []


@pytest.fixture
def say(server: GitLabServer) -> Ask:
    """Ask the server as IMA: ``say("GET", "/issues")`` is about the project."""

    def asked(method: str, path: str, body: Any = None, **more: Any) -> Got:
        whole = path if path.startswith(("/projects", "/_")) else ROOT + path
        return ask(server.url, method, whole, body, **more)

    return asked
