"""What ima asks of GitHub: counts, which no busy machine changes. Times are for `make bench`."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from automation.cli import invoke
from automation.workspace.session import Session
from tests.counterparts.github import GitHubServer

POLICY = """
version: 1
tracker: {{kind: github, project: acme/production, url: "{url}"}}
roles: {{eoc: {{on_call: erin}}, imoc: {{on_call: ian}}, cmoc: {{on_call: cara}}}}
since: 2026-01-01T00:00:00Z
"""
HERE = "/repos/acme/production"
MOST_READS = 2  # of each changed issue
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class Team:
    """People, ima and GitHub, all at one time that stands still unless it is moved."""

    def __init__(self, server: GitHubServer, folder: Path) -> None:
        self.server, self.folder = server, folder
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
        server.clock = lambda: self.now
        (folder / "policy.yml").write_text(POLICY.format(url=server.url), "utf-8")

    def session(self) -> Session:
        job = {"IMA_GITHUB_TOKEN": "t-ima", "CI": "true"}
        return Session(
            lambda: self.now, "rita", folder=self.folder, environment=job, by_example=True
        )

    def ima(self, *words: str) -> list[str]:
        """Run a command as a new process would, and return what it asked for."""
        self.server.forget()
        assert invoke([*words], self.session()) == 0
        self.now += MINUTE
        return [f"{each.method} {each.path.removeprefix(HERE)}" for each in self.server.log]

    def opens(self, severity: str) -> int:
        self.now += MINUTE
        return self.server.people.open("rita", "Slow API", labels=["Incident", severity])

    def settled(self) -> int:
        """An S3 that IMA has taken up, a while ago, and looked at once more."""
        number = self.opens("S3")
        self.ima("apply")
        self.now += 5 * MINUTE
        self.ima("apply")
        return number

    def event(self, number: int) -> list[str]:
        hook = {"action": "opened", "issue": {"number": number}, "sender": {"login": "rita"},
                "repository": {"full_name": "acme/production"}}  # fmt: skip
        (self.folder / "event.json").write_text(json.dumps(hook), "utf-8")
        return self.ima("apply", "--event", "event.json")


@pytest.fixture
def team(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Team]:
    monkeypatch.chdir(tmp_path)
    with GitHubServer(validate=True) as server:
        yield Team(server, tmp_path)
        assert server.violations == []


def test_a_preview_by_two_policies_asks_what_one_full_sweep_does(team: Team) -> None:
    number = team.settled()
    team.server.people.comment("erin", number, "looking")
    there = team.folder / "then"
    there.mkdir()
    rule = "{name: at-once, why: Now., when: {severity: [S3]}, engage: {role: imoc}}"
    proposal = POLICY.format(url=team.server.url) + f"rules: [{rule}]"
    (there / "policy.yml").write_text(proposal, "utf-8")
    (team.folder / ".ima" / "cache.json").unlink()
    sweep = team.ima("plan")
    assert sorted(team.ima("preview", "--base", ".", "--head", "then")) == sorted(sweep)


def test_a_quiet_sweep_is_one_request(team: Team) -> None:
    team.settled()
    assert team.ima("apply") == ["GET /issues"]  # what moved last, the dashboard among it


def test_a_quiet_sweep_is_one_request_also_while_people_are_called_and_react(team: Team) -> None:
    number = team.opens("S1")
    for _ in range(2):
        team.ima("apply")
    assert team.ima("apply") == ["GET /issues"]
    calls = [each["id"] for each in team.server.people.comments(number) if "@erin" in each["body"]]
    team.server.people.react("erin", max(calls), "+1")
    assert team.ima("apply") == ["GET /issues"]
    team.server.people.comment("rita", number, "looking at the graphs")
    asked = team.ima("apply")
    assert len([each for each in asked if each.endswith("/reactions")]) == 1, asked
    assert team.session().run.plan().world[f"#{number}"].is_here("erin")


def test_a_quiet_sweep_costs_the_same_whatever_moves_elsewhere(team: Team) -> None:
    team.settled()
    for nth in range(40):  # the dashboard is not among what moved last
        team.server.people.open("rita", f"Please buy milk {nth}")
    team.ima("apply")
    asked = team.ima("apply")
    assert len(asked) <= 3, asked
    assert {each for each in asked if "timeline" in each} == set()


def test_a_project_with_a_past_is_adopted_for_a_request_for_a_hundred(team: Team) -> None:
    for _ in range(150):
        team.server.people.open("rita", "Slow API", labels=["Incident", "S2"])
    team.now += 30 * 24 * HOUR
    text = POLICY.format(url=team.server.url)
    since = f"since: {team.now:%Y-%m-%dT%H:%M:%SZ}"
    text = text.replace("since: 2026-01-01T00:00:00Z", since)
    (team.folder / "policy.yml").write_text(text, "utf-8")
    team.now += 5 * MINUTE
    asked = team.ima("apply")
    assert {each for each in asked if not each.startswith("GET")} == set()
    assert len(asked) <= 2 + 5, "\n".join(asked)
    team.server.people.comment("erin", 7, "/ima adopt")
    team.now += 5 * MINUTE
    assert "PATCH /issues/7" in team.ima("apply")


def test_a_full_sweep_costs_a_request_for_a_hundred(team: Team) -> None:
    number = team.settled()
    team.server.people.change("erin", number, state="closed")
    for _ in range(2):
        team.ima("apply")
    for nth in range(150):
        team.server.people.open("rita", f"Please buy milk {nth}")
    team.now += 12 * HOUR
    asked = team.ima("apply")
    assert asked.count("GET /issues") == 1 + 2 + 1  # what moved last, two pages, what is closed
    assert len(asked) <= 2 + 3, asked


@pytest.mark.parametrize("changed", [1, 3])
def test_a_changed_issue_costs_two_reads_at_most(team: Team, changed: int) -> None:
    numbers = [team.settled() for _ in range(changed)]
    for number in numbers:
        team.server.people.comment("rita", number, "looking at the graphs")
    asked = team.ima("apply")
    assert all(each.startswith("GET") for each in asked)
    assert len(asked) <= 2 + MOST_READS * changed, asked


@pytest.mark.parametrize(("severity", "most"), [("S3", 7), ("S1", 10)])
def test_an_event_costs_few_requests(team: Team, severity: str, most: int) -> None:
    team.settled()
    number = team.opens(severity)
    asked = team.event(number)
    assert f"PATCH /issues/{number}" in asked
    assert len(asked) <= most, asked
    assert len(team.event(number)) <= 2


def test_what_is_written_where_an_s3_opens(team: Team) -> None:
    team.settled()
    number = team.opens("S3")
    assert [each for each in team.event(number) if not each.startswith("GET")] == [
        f"POST /issues/{number}/labels",
        f"PATCH /issues/{number}",  # the assignee
        f"POST /issues/{number}/comments",  # the card
        "PATCH /issues/comments/2",  # the memory of the dashboard
        "PATCH /issues/2",  # the dashboard
    ]


@pytest.mark.parametrize("line", ["check", "policy show", "apply --event event.json"])
def test_what_concerns_no_issue_asks_for_nothing(team: Team, line: str) -> None:
    (team.folder / "event.json").write_text('{"zen": "Keep it simple"}', "utf-8")
    assert team.ima(*line.split()) == []


def test_a_hundred_thousand_heads_take_little_memory() -> None:
    code = """
from datetime import datetime
from automation.trackers.github.records import heads_of
from automation.trackers.list_rows import by_number
def row(n):
    return {"number": n, "updated_at": f"2026-03-02T09:{n % 60:02}:00Z", "state": "open",
            "labels": ["Incident", f"S{n % 4}"], "user": {"login": "u"},
            "comments": 2, "body": "x" * 2000}
import github
pages = ([row(n) for n in range(start, start + 100)] for start in range(1, 100_001, 100))
heads = by_number(head for page in pages for head in heads_of(page, None))
assert len(heads) == 100_000
from pathlib import Path
said = Path("/proc/self/status").read_text()  # getrusage would count who started us, too
print(int(said.partition("VmHWM:")[2].split()[0]) // 1024)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) <= 120, "MB at the peak, PyGithub included"


def test_what_there_is_no_room_to_read_is_left_for_the_next_run(
    team: Team, capsys: pytest.CaptureFixture[str]
) -> None:
    team.settled()
    numbers = [team.opens("S3") for _ in range(6)]
    team.server.limits.requests = 30  # an hour: 15 of them are ours, 9 for reading
    team.server.forget()
    capsys.readouterr()
    assert invoke(["apply"], replace(team.session(), patience=0)) == 1
    told = capsys.readouterr()
    assert len(team.server.log) <= 15
    assert "to read wait for the next run: our share of the requests" in told.out
    assert "our 50% of 30 are used up, the rest waits for the next run" in told.out + told.err
    team.server.limits.requests = 5_000
    for _ in range(3):
        team.ima("apply")
    assert all(team.server.people.issue(each)["assignees"] for each in numbers)
    assert team.ima("apply") == ["GET /issues"]
