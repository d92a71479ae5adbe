"""A pull request that changes the process says what it would do, made by trusted code (P-45)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from automation.cli import invoke
from automation.errors import ServiceError
from automation.model.proposal import Proposal
from automation.trackers.github.tracker import GitHubTracker
from automation.workspace.session import Session
from tests.counterparts.github import GitHubServer

pytestmark = pytest.mark.needs("emulate")
NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
POLICY = """
version: 1
tracker: {{kind: github, project: acme/production, url: "{url}"}}
roles: {{eoc: {{on_call: erin}}, imoc: {{on_call: ian}}, cmoc: {{on_call: cara}}}}
since: 2026-01-01T00:00:00Z
"""
LONGER = """
rules:
  - {name: it-lasts, why: Users wait., when: {severity: [S3], for: 20m}, engage: {role: cmoc}}
"""


class Team:
    """An incident on which the engineer is; and pull requests."""

    def __init__(self, server: GitHubServer, folder: Path) -> None:
        self.server, self.folder, self.now = server, folder, NOW
        server.clock = lambda: self.now
        self.policy = POLICY.format(url=server.url)
        (folder / "policy.yml").write_text(self.policy, "utf-8")
        incident = server.people.open("rita", "xqtitle", labels=["Incident", "S3"])
        assert self.ima("apply", "-q") == 0
        server.people.comment("erin", incident, "looking")
        self.now += timedelta(minutes=1)
        assert self.ima("apply", "-q") == 0
        self.now += timedelta(minutes=25)

    def ima(self, *words: str, commit: str = "") -> int:
        """The job's own token comments, and IMA's reads issues."""
        job = {"IMA_GITHUB_TOKEN": "t-ima", "GITHUB_TOKEN": "t-mia", "CI": "true"}
        job |= {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "acme/production"}
        job |= {"GITHUB_RUN_ID": "7", "GITHUB_EVENT_PATH": str(self.folder / "event.json")}
        job |= {"GITHUB_SHA": commit}
        session = Session(
            lambda: self.now, "rita", folder=self.folder, environment=job, by_example=True
        )
        session.patience = 0
        return invoke([*words], session)

    def proposes(self, files: dict[str, bytes | None], number: int = 0, fork: bool = False) -> int:
        number = number or self.server.people.pull_request("rita", "A change")
        self.server.beyond.propose(number, files, fork)
        told = {"number": number, "state": "open"}
        event = {"pull_request": told, "repository": {"full_name": "acme/production"}}
        (self.folder / "event.json").write_text(json.dumps(event), "utf-8")
        assert self.ima("preview", "--event", "--post") == 0
        return number

    def comments(self, number: int) -> list[tuple[str, str]]:
        rows = self.server.people.comments(number)
        return [(row["user"]["login"], row["body"]) for row in rows]


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    with GitHubServer() as server:
        yield Team(server, tmp_path_factory.mktemp("team"))
        assert server.violations == []


def test_one_comment_and_a_status_are_brought_up_to_date_with_each_push(team: Team) -> None:
    number = team.proposes({"policy.yml": (team.policy + LONGER).encode()})
    ((who, body),) = team.comments(number)
    assert (who, body.splitlines()[1]) == (
        "mia",
        "**1 incident changes; 1 page more; 0 public posts.**",
    )
    assert "| + | call @\u200bcara as CMOC | `it-lasts` |" in body
    assert "xq" not in body
    ((status,),) = team.server.beyond.statuses.values()
    assert (status["context"], status["state"]) == ("ima/preview", "success")
    assert status["target_url"] == "https://github.com/acme/production/actions/runs/7"
    team.proposes({"policy.yml": b"roles: ["}, number)
    ((_, body),) = team.comments(number)
    assert "**No run could work with these files:** policy.yml:2: not valid YAML" in body
    *_, (status,) = team.server.beyond.statuses.values()
    assert status["state"] == "failure"


def test_the_comment_tells_of_the_past(team: Team) -> None:
    number = team.proposes({"policy.yml": (team.policy + LONGER).encode()})
    assert team.ima("preview", "--proposal", str(number), "--post", "--days", "30") == 0
    ((_, body),) = team.comments(number)
    past = body.partition("**The past.** ")[2]
    assert "1 of 1 incident of the last 30 days would have gone otherwise" in past
    assert "| + | call @\u200bcara as CMOC 12:20 | `it-lasts` |" in past
    assert "xq" not in body


def test_after_the_merge_the_first_pass_says_that_it_did_what_the_preview_said(
    team: Team, capsys: pytest.CaptureFixture[str]
) -> None:
    number = team.proposes({"policy.yml": (team.policy + LONGER).encode()})
    team.server.beyond.proposed[number]["merged_as"] = "a" * 40
    (team.folder / "policy.yml").write_text(team.policy + LONGER, "utf-8")
    capsys.readouterr()
    assert team.ima("apply", commit="a" * 40) == 0
    assert "That is the plan that its preview showed." in capsys.readouterr().out
    (team.folder / "policy.yml").write_text(team.policy, "utf-8")


def test_a_fork_is_read_too_and_its_commit_is_left_alone(team: Team) -> None:
    team.server.beyond.statuses.clear()
    number = team.proposes({"policy.yml": b"#" * 1_100_000}, fork=True)
    ((_, body),) = team.comments(number)
    assert "policy.yml: longer than 1 MB" in body
    assert team.server.beyond.statuses == {}


@pytest.mark.parametrize("pulls", ["write", "read"])
def test_a_comment_on_a_pull_request_needs_the_right_to_write_there(pulls: str) -> None:
    """Not that to issues, which a job that only looks at them need not have."""
    grants = {"ghs_job": {"issues": "read", "pull-requests": pulls}}
    seed = {"tokens": {"ghs_job": "mia"}, "grants": grants}
    with GitHubServer(seed) as server:
        job = GitHubTracker("acme/production", url=server.url, token="ghs_job", pace=0, me="mia")
        proposal = Proposal(server.people.pull_request("rita", "A change"), "a" * 40, "main", False)
        if pulls == "write":
            assert job.proposals.say(proposal, "It changes nothing.")
            return
        with pytest.raises(ServiceError) as refused:
            job.proposals.say(proposal, "It changes nothing.")
    assert "`permissions: pull-requests: write`" in refused.value.remedy


def test_a_pull_request_of_other_files_is_left_alone(team: Team) -> None:
    assert team.comments(team.proposes({"README.md": b"x", "src/policy.yml": b"x"})) == []
