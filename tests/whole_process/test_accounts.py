"""The account of IMA changes: what the one before did counts, and nothing is done twice (P-59)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from automation.cli import invoke
from automation.model.issue import Draft
from automation.stored_state.signatures import keys_of
from automation.trackers.github.tracker import GitHubTracker
from automation.trackers.gitlab.tracker import GitLabTracker
from automation.trackers.signed_memory import SignedTracker
from automation.workspace.session import Session
from tests.counterparts.github import GitHubServer
from tests.counterparts.gitlab import GitLabServer
from tests.leaks import secret

KEY = secret("a-key-that-is-long-enough-to-sign")
POLICY = """
version: 1
tracker: {{kind: {kind}, project: acme/production, url: "{url}"}}
roles: {{eoc: {{on_call: erin}}, imoc: {{on_call: ian}}, cmoc: {{on_call: cara}}}}
since: 2026-01-01T00:00:00Z
"""
SEED: dict[str, Any] = {
    "gitlab": {
        "users": {"mallory": {}},
        "tokens": {"t-ima": "ima", "t-new": "ima-2", "t-third": "ima-3"},
        "projects": {"acme/production": {"id": 7, "visibility": "public", "members": {
            "ima": "maintainer", "ima-2": "maintainer", "ima-3": "maintainer", "rita": "developer",
            "erin": "developer", "ian": "developer", "cara": "developer",
        }}},
    },
    "github": {
        "users": {"mallory": {}},
        "tokens": {"t-ima": "ima", "t-new": "ima-2", "t-third": "ima-3"},
        "repos": {"acme/production": {"members": {
            "ima": "maintain", "ima-2": "maintain", "ima-3": "maintain", "rita": "write",
            "erin": "write", "ian": "write", "cara": "write",
        }}},
    },
}  # fmt: skip


@dataclass
class Team:
    """People and IMA on one forge."""

    kind: str
    server: Any
    folder: Path
    key: str
    now: datetime = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    token: str = "t-ima"
    former: str = ""

    def apply(self) -> None:
        self.run("apply")
        self.now += timedelta(seconds=90)

    def run(self, *words: str) -> None:
        text = POLICY.format(kind=self.kind, url=self.server.url) + self.former
        (self.folder / "policy.yml").write_text(text, "utf-8")
        name = f"IMA_{self.kind.upper()}_TOKEN"
        job = {name: self.token, "CI": "true", "IMA_KEY": self.key}
        session = Session(
            lambda: self.now, "rita", folder=self.folder, environment=job, by_example=True
        )
        assert invoke([*words], session) == 0

    def written(self) -> list[str]:
        """What the last run has written, by verb and path."""
        writes = [f"{each.method} {each.path}" for each in self.server.writes()]
        self.server.forget()
        return [each for each in writes if "graphql" not in each]


@pytest.fixture(params=["gitlab", "github"])
def forge(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=[KEY, ""], ids=["signed", "without a key"])
def team(request: pytest.FixtureRequest, forge: str, tmp_path: Path) -> Iterator[Team]:
    servers: dict[str, Callable[..., Any]] = {"gitlab": GitLabServer, "github": GitHubServer}
    with servers[forge](SEED[forge]) as server:
        made = Team(forge, server, tmp_path, request.param)
        server.clock = lambda: made.now
        yield made


def settled(team: Team) -> None:
    """An incident that is resolved, with its review; another one with a refused command."""
    team.run("labels", "sync")  # else the ids of those that IMA makes are learnt in a later sweep
    people = team.server.people
    over = people.open("rita", "Slow API", labels=["Incident", "S2"])
    team.apply()
    people.comment("erin", over, "/ima resolve it is over")
    team.apply()
    going_on = people.open("rita", "Git is slow", labels=["Incident", "S3"])
    team.apply()
    people.comment("mallory", going_on, "/ima resolve")
    people.comment("erin", going_on, "/ima severity S4")
    for _ in range(3):
        team.apply()
    team.server.forget()
    team.apply()
    assert team.written() == [], "it has come to rest"


@pytest.mark.parametrize("what", ["review", "dashboard"])
def test_what_was_opened_twice_is_closed_once_and_names_the_first(team: Team, what: str) -> None:
    """As where an answer was lost and the list did not show yet what was opened."""
    settled(team)
    kinds: dict[str, Any] = {"gitlab": GitLabTracker, "github": GitHubTracker}
    tracker = kinds[team.kind]("acme/production", url=team.server.url, token="t-ima")
    (first,) = (each for each in tracker.issues() if f"<!-- ima:{what} " in each.body)
    labels = tuple(sorted(first.labels))
    signed = SignedTracker(tracker, keys_of("acme/production", team.key, ""), lambda: team.now)
    second = signed.open(Draft(first.title, first.body, labels=labels))
    team.apply()
    (closed, kept) = tracker.issues([second, first.ref])[::-1]
    assert (kept.closed, closed.closed) == (False, True)
    assert [f"{first.ref} was there before" in each.body for each in closed.comments] == [True]
    team.apply()
    team.server.forget()
    team.apply()
    bodies = [each.body for each in team.server.writes()]
    assert (team.written(), bodies) == ([], [])
    tracker.close()


def test_after_the_account_was_replaced_nothing_is_done_twice(team: Team) -> None:
    team.former = "accounts: [ima]\n"
    settled(team)
    team.token = "t-new"
    for _ in range(2):
        team.apply()
        assert team.written() == []


def test_after_the_account_was_renamed_nothing_is_done_twice(team: Team) -> None:
    settled(team)
    team.server.people.rename("ima", "ima-bot")
    for _ in range(2):
        team.apply()
        assert team.written() == []
    (team.folder / ".ima" / "cache.json").unlink()
    team.apply()
    assert team.written() == []
    cache = json.loads((team.folder / ".ima" / "cache.json").read_text("utf-8"))
    assert cache["tracker"]["me"] == "ima-bot"


@pytest.mark.parametrize("team", [KEY], indirect=True, ids=["signed"])
def test_the_signed_dashboard_tells_a_new_account_which_ones_were_ours(team: Team) -> None:
    """Nobody has written `accounts:` into the policy."""
    settled(team)
    team.token = "t-new"
    for _ in range(2):
        team.apply()
        assert team.written() == []
    team.server.people.open("rita", "Pages are slow", labels=["Incident", "S3"])
    for _ in range(3):
        team.apply()
    team.server.forget()
    team.token = "t-third"
    for _ in range(2):
        team.apply()
        assert team.written() == []
    (team.folder / ".ima" / "cache.json").unlink()
    team.apply()
    assert team.written() == [], "nor does it hang on the cache"


@pytest.mark.soak
@pytest.mark.parametrize("team", [KEY], indirect=True, ids=["signed"])
def test_the_dashboard_of_another_account_is_found_among_hundreds_of_issues(team: Team) -> None:
    settled(team)
    for number in range(120):
        team.server.people.open("rita", f"Question {number}")
    team.server.forget()
    team.token = "t-new"
    team.apply()
    assert team.written() == []
