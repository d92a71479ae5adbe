"""Issues of GitHub that are locked, and that IMA may not even unlock (P-52)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from automation.cli import invoke
from automation.workspace.session import Session
from tests.counterparts.github import GitHubServer

POLICY = """
version: 1
tracker: {{kind: github, project: acme/production, url: "{url}"}}
roles:
  {{eoc: {{on_call: erin}}, imoc: {{on_call: ian}}, cmoc: {{on_call: cara}}}}
since: 2026-01-01T00:00:00Z
"""
SEED = {"tokens": {"ghs_app": "ima"}, "grants": {"ghs_app": {"locks": "none"}}}

ALERT = {
    "version": "4",
    "groupKey": "pushes",
    "status": "firing",
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "PushesFail", "service": "Git"},
            "annotations": {},
            "startsAt": "2026-03-02T09:00:00Z",
            "fingerprint": "f1",
        }
    ],
}


class Team:
    def __init__(self, server: GitHubServer, folder: Path) -> None:
        self.server, self.folder = server, folder
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
        server.clock = lambda: self.now
        (folder / "policy.yml").write_text(POLICY.format(url=server.url), "utf-8")

    def run(self, *words: str) -> int:
        self.now += timedelta(minutes=1)
        self.server.forget()
        job = {"IMA_GITHUB_TOKEN": "ghs_app", "CI": "true"}
        session = Session(
            lambda: self.now, "rita", folder=self.folder, environment=job, by_example=True
        )
        return invoke(list(words), session)

    def sent(self) -> list[str]:
        """To whom the last run has sent something; forgets it, as a chat without keys."""
        box = self.folder / ".ima" / "outbox.jsonl"
        lines = box.read_text("utf-8").splitlines() if box.exists() else []
        box.unlink(missing_ok=True)
        rows = [json.loads(line) for line in lines]
        return [row.get("person") or row["channel"] for row in rows]

    def done(self) -> list[str]:
        """The writes of the last run that GitHub took."""
        return [
            f"{each.method} {each.path.removeprefix('/repos/acme/production')}"
            for each in self.server.writes()
            if each.status < 300
        ]


@pytest.fixture
def team(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Team]:
    monkeypatch.chdir(tmp_path)
    with GitHubServer(SEED, validate=True) as server:
        made = Team(server, tmp_path)
        made.run("labels", "sync")
        server.people.open("rita", "Pushes fail", labels=["Incident", "S1", "Service::Git"])
        server.people.lock("erin", 1, "spam")
        yield made
        assert server.violations == []


def test_all_else_is_done_and_it_is_told_once(
    team: Team, capsys: pytest.CaptureFixture[str]
) -> None:
    assert team.run("apply", "--hourly") == 1, "the first time somebody is told"
    assert "#1 is locked, and IMA's account may not unlock it" in capsys.readouterr().out
    assert len(team.server.people.issue(1)["assignees"]) == 2
    assert team.sent() == ["erin", "ian", "#production", "#production"], "the last says why"
    for minutes, called in ((0, []), (0, []), (60, ["cara"]), (0, [])):
        team.now += timedelta(minutes=minutes)
        assert team.run("apply", "--hourly") == 0
        assert team.sent() == called
        assert bool(team.done()) is bool(called)
    assert "works again" not in capsys.readouterr().err


def test_an_alert_of_it_opens_nothing_else_and_says_why(
    team: Team, capsys: pytest.CaptureFixture[str]
) -> None:
    team.run("apply")
    (team.folder / "alert.json").write_text(json.dumps(ALERT), "utf-8")
    assert team.run("alert", "alert.json") == 0
    assert "not noted, for the issue is locked" in capsys.readouterr().out
    assert len(team.server.people.look()) == 2, "the incident and the dashboard"


def test_once_it_is_unlocked_the_card_is_there_and_nothing_is_done_again(team: Team) -> None:
    team.run("apply")
    team.sent()
    team.server.people.unlock("erin", 1)
    assert team.run("apply") == 0
    assert any("ima:card" in each["body"] for each in team.server.people.comments(1))
    assert team.sent() == []
    team.run("apply")
    team.run("apply")
    assert team.done() == []
