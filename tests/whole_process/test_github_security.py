"""A security incident on GitHub, from the command to where nobody else reads it (P-16)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from automation.cli import invoke
from automation.workspace.session import Session
from tests.counterparts.github.transfers import TransferringServer
from tests.leaks import secret

POLICY = """
version: 1
tracker: {{kind: github, project: acme/production, {private} url: "{url}"}}
roles:
  {{eoc: {{on_call: erin}}, imoc: {{on_call: ian}}, cmoc: {{on_call: cara}},
   security: {{on_call: sam}}}}
since: 2026-01-01T00:00:00Z
"""
BARE = "Nothing more is said here"
MEMBERS = dict.fromkeys(("ima", "rita", "erin", "ian", "cara", "sam"), "write")
SEED = {
    "repos": {
        "acme/production": {"members": MEMBERS},
        "acme/security": {"members": MEMBERS, "private": True},
    },
    "tokens": {"ghs_app": "ima", "github_pat_x": "ima", "github_pat_y": "ima"},
    "grants": {"github_pat_x": {"contents": "none"}},
}


class Team:
    def __init__(self, server: TransferringServer, folder: Path) -> None:
        self.server, self.folder, self.token, self.key = server, folder, "t-ima", ""
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
        server.clock = lambda: self.now
        self.policy("private: acme/security,")

    def policy(self, private: str) -> None:
        text = POLICY.format(url=self.server.url, private=private)
        (self.folder / "policy.yml").write_text(text, "utf-8")

    def apply(self) -> int:
        return self.run("apply")

    def run(self, *words: str) -> int:
        self.now += timedelta(minutes=1)
        self.server.forget()
        job = {"IMA_GITHUB_TOKEN": self.token, "CI": "true", "IMA_KEY": self.key}
        session = Session(
            lambda: self.now, "rita", folder=self.folder, environment=job, by_example=True
        )
        return invoke(list(words), session)

    def written(self, repo: str) -> list[str]:
        """What was said in a repository by the last run."""
        writes = self.server.writes()
        return [str(w.body["body"]) for w in writes if repo in w.path and "body" in w.body]


def not_of_the_dashboard(said: str) -> bool:
    return "ima:dashboard" not in said and "ima:memory" not in said


@pytest.fixture
def team(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Team]:
    monkeypatch.chdir(tmp_path)
    server = TransferringServer(deepcopy(SEED), validate=True)
    with server:
        made = Team(server, tmp_path)
        server.people.open("rita", "Keys in a log", labels=["Incident", "S2"])
        made.apply()
        server.people.comment("erin", 1, "/ima security")
        yield made
        assert server.violations == []


def test_it_is_moved_and_what_is_said_is_said_there(
    team: Team, capsys: pytest.CaptureFixture[str]
) -> None:
    assert team.apply() == 0
    assert team.server.moved == {"acme/production/1": "acme/security/1"}
    incident = [said for said in team.written("acme/production") if not_of_the_dashboard(said)]
    assert [BARE in said for said in incident] == [True]  # what was about to be done
    there = team.written("acme/security")
    assert any("@sam" in said and "SECURITY" in said.upper() for said in there)
    assert "IMA keeps this card" in there[-1]
    assert "Keys in a log" not in capsys.readouterr().out.partition("Done")[2]


def test_where_ima_works_in_the_private_repository_it_goes_on_though_signed_for_another(
    team: Team, capsys: pytest.CaptureFixture[str]
) -> None:
    team.key = secret("a-key-that-is-long-enough-to-sign")
    assert team.apply() == 0
    text = (team.folder / "policy.yml").read_text("utf-8")
    there = text.replace("project: acme/production", "project: acme/security")
    (team.folder / "policy.yml").write_text(there, "utf-8")
    (team.folder / ".ima" / "cache.json").unlink()
    assert team.apply() == 0
    said = capsys.readouterr()
    assert "another key" not in said.out + said.err
    assert "edited or copied" not in said.out + said.err
    assert any("@sam" in body for body in team.written("acme/security"))
    for _ in range(2):
        assert team.apply() == 0
    assert [each.path for each in team.server.writes()] == []


def test_the_next_run_takes_it_off_the_dashboard_and_the_one_after_leaves_it_alone(
    team: Team, capsys: pytest.CaptureFixture[str]
) -> None:
    team.apply()
    assert team.apply() == 0
    paths = [write.path.removeprefix("/repos/acme/production") for write in team.server.writes()]
    assert paths == ["/issues/comments/3", "/issues/2"]
    capsys.readouterr()
    assert team.apply() == 0
    assert team.server.writes() == []
    assert "No changes." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("token", "why"),
    [
        ("ghs_app", "Resource not accessible by integration"),
        ("github_pat_x", "Resource not accessible by personal access token"),
        ("t-ima", "Must have push access to repository"),
    ],
)
def test_where_the_token_may_not_move_it_it_is_locked_and_somebody_must(
    team: Team, capsys: pytest.CaptureFixture[str], token: str, why: str
) -> None:
    team.token = token
    if token == "t-ima":
        team.server.seed["repos"]["acme/security"]["members"] = {**MEMBERS, "ima": "triage"}
    assert team.apply() == 1
    told = capsys.readouterr().out
    assert "#1 is confidential, and only locked" in told
    assert why in told
    assert "Transfer issue" in told
    assert team.server.people.issue(1)["locked"] is True
    said = [body for body in team.written("acme/production") if not_of_the_dashboard(body)]
    assert all(BARE in body for body in said)
    team.apply()  # the dashboard says from now on what stays so
    assert "#1 is confidential, and everybody can read it" in capsys.readouterr().out
    team.server.forget()
    team.apply()
    assert team.server.writes() == []
    assert "#1 is confidential, and everybody can read it" in capsys.readouterr().out


def test_a_fine_grained_token_with_the_contents_of_both_moves_it(team: Team) -> None:
    team.token = "github_pat_y"
    assert team.apply() == 0
    assert team.server.moved == {"acme/production/1": "acme/security/1"}


def test_a_closed_one_is_locked_for_github_moves_open_issues_only(
    team: Team, capsys: pytest.CaptureFixture[str]
) -> None:
    team.server.people.change("erin", 1, state="closed")
    assert team.apply() == 1
    told = capsys.readouterr().out
    assert "it is closed, and GitHub moves open issues only" in told
    assert team.server.people.issue(1)["locked"] is True
    assert "acme/production/1" not in team.server.moved, "its review is open, and is"


def test_a_place_that_is_this_public_repository_is_none(
    team: Team, capsys: pytest.CaptureFixture[str]
) -> None:
    team.policy("private: acme/production,")
    assert team.apply() == 1
    assert team.server.people.issue(1)["locked"] is True
    said = [body for body in team.written("acme/production") if not_of_the_dashboard(body)]
    assert all(BARE in body for body in said)
    told = capsys.readouterr().out
    assert "acme/production is public: name another in `tracker.private`" in told


def test_without_a_place_who_is_paged_is_told(
    team: Team, capsys: pytest.CaptureFixture[str]
) -> None:
    team.policy("")
    assert team.apply() == 0
    assert team.server.people.issue(1)["locked"] is True
    log = (team.folder / ".ima" / "outbox.jsonl").read_text("utf-8")
    assert "Everybody can read it: move it to a private repository" in log
    assert "#1 is confidential, and everybody can read it" in capsys.readouterr().out


def test_declared_as_a_security_incident_it_is_opened_in_the_private_repository(
    team: Team, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert team.run("declare", "Unknown login on db-01", "--security") == 0
    assert capsys.readouterr().out == "acme/security#1  confidential\n"
    assert any("@sam" in said for said in team.written("acme/security"))
    public = [write for write in team.server.writes() if "acme/production" in write.path]
    assert all("db-01" not in str(write.body) for write in public)


def test_without_a_private_repository_it_is_not_declared(
    team: Team, capsys: pytest.CaptureFixture[str]
) -> None:
    team.policy("")
    assert team.run("declare", "Unknown login on db-01", "--security") == 2
    assert "name a private repository" in capsys.readouterr().err
    assert all("db-01" not in str(write.body) for write in team.server.writes())


def alert(name: str, at: str = "2026-03-02T09:00:00Z") -> dict[str, Any]:
    row = {"status": "firing", "labels": {"alertname": name}, "startsAt": at, "fingerprint": name}
    return {
        "version": "4", "groupKey": f"k-{name}", "status": "firing", "receiver": "ima",
        "groupLabels": {"alertname": name}, "commonLabels": {"alertname": name},
        "commonAnnotations": {}, "externalURL": "http://am.test", "alerts": [row],
    }  # fmt: skip


def comes(team: Team, name: str, at: str) -> int:
    team.now = max(team.now, datetime.fromisoformat(at))  # the alert begins, and comes
    (team.folder / "alert.json").write_text(json.dumps(alert(name, at)), "utf-8")
    return team.run("alert", "alert.json")


@pytest.mark.parametrize("passes", [1, 3], ids=["at once", "later"])
def test_the_alert_of_a_moved_incident_that_fires_again_opens_nothing_that_people_can_read(
    team: Team, capsys: pytest.CaptureFixture[str], passes: int
) -> None:
    assert comes(team, "VaultIsOpen", "2026-03-02T09:00:00Z") == 0
    number = max(int(row["issue"]["number"]) for row in team.server.people.look())
    team.server.people.comment("erin", number, "/ima security")
    for _ in range(passes):
        team.apply()
    assert f"acme/production/{number}" in team.server.moved
    before = len(team.server.people.look())
    capsys.readouterr()
    assert comes(team, "VaultIsOpen", "2026-03-02T09:30:00Z") == 0
    assert len(team.server.people.look()) == before
    assert "VaultIsOpen" not in capsys.readouterr().out
    assert any("VaultIsOpen" in said for said in team.written("acme/security"))
    assert not any("VaultIsOpen" in said for said in team.written("acme/production"))
    assert comes(team, "DiskFull", "2026-03-02T09:30:00Z") == 0, "another one opens its own"
    assert len(team.server.people.look()) == before + 1
