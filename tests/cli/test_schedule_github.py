"""A schedule of GitHub's that comes late, has stopped, or will be switched off (P-52)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.counterparts.github import GitHubServer
from tests.counterparts.messages import Request
from tests.leaks import secret

from .conftest import POLICY, Ima

ROOT = Path(__file__).parents[2]
REPOSITORY = "/repos/acme/production"
MEMBERS = dict.fromkeys(("ima", "rita", "erin", "ian", "cara", "sam"), "write")
pytestmark = pytest.mark.needs("emulate")


class Job:
    """The workflow's runs: of the schedule, or for an issue."""

    def __init__(self, ima: Ima, server: GitHubServer) -> None:
        self.ima, self.server = ima, server
        server.clock = lambda: ima.now
        where = f"{{kind: github, project: acme/production, url: '{server.url}'}}"
        chat = "chat: {kind: log, channel: production}\n"
        text = POLICY.replace("{kind: local, project: acme/production}", where)
        ima.policy(text if "chat:" in text else text + chat)
        workflow = ima.folder / ".github" / "workflows" / "ima.yml"
        workflow.parent.mkdir(parents=True)
        workflow.write_text((ROOT / "templates/ci/github.yml").read_text("utf-8"), "utf-8")
        server.people.open("rita", "API down", labels=["Incident", "S3"])
        self.settled()

    def settled(self) -> None:
        for _ in range(3):
            self.sweep(15)

    def sweep(self, minutes: float) -> tuple[int, str]:
        return self._run(minutes, "apply")

    def event(self, minutes: float) -> tuple[int, str]:
        return self._run(minutes, "apply --issue 1")

    def _run(self, minutes: float, line: str) -> tuple[int, str]:
        self.ima.after(minutes)
        key = secret("the-key-that-signs-all-that-is-kept")
        job = {"IMA_GITHUB_TOKEN": "t-ima", "CI": "true", "IMA_KEY": key}
        self.ima.session = replace(self.ima.fresh(), environment=job)
        done = self.ima(line)
        return done.code, done.out + done.err

    def dashboard(self) -> str:
        rows = self.server.people.look()
        return str(next(r["issue"]["body"] for r in rows if "ima:dashboard" in r["issue"]["body"]))

    def told(self) -> str:
        return (self.ima.folder / ".ima" / "outbox.jsonl").read_text("utf-8")

    def pushed_at(self, at: str, *, private: bool = False) -> None:
        """The last commit; what GitHub says of the repository else stays."""
        self.server.settings.pop(REPOSITORY, None)
        request = Request("GET", REPOSITORY, {"authorization": "Bearer t-ima"}, b"")
        found = self.server.ask(request)
        row = json.loads(found.body) | {"pushed_at": at, "private": private}
        self.server.settings[REPOSITORY] = replace(found, body=json.dumps(row).encode(), headers={})


@pytest.fixture
def job(ima: Ima) -> Iterator[Job]:
    with GitHubServer({"repos": {"acme/production": {"members": MEMBERS}}}) as server:
        yield Job(ima, server)


def test_a_schedule_that_has_stopped_is_noticed_by_the_next_event(job: Job) -> None:
    code, said = job.event(120)
    assert "schedule" not in said, "GitHub is often late, and drops runs"
    assert code == 0, said
    code, said = job.event(180)
    assert code == 1
    assert "the schedule has stopped: the last sweep was at 12:45 UTC, 5 h ago" in said
    assert "the schedule has stopped" in job.dashboard()
    assert job.told().count("the schedule has stopped") == 1
    assert job.event(5)[0] == 0
    assert job.told().count("the schedule has stopped") == 1, "once"


def test_a_sweep_that_comes_hours_late_says_so_for_a_day(job: Job) -> None:
    said = job.sweep(240)[1]
    late = "no sweep came from 12:45 UTC to 16:45 UTC"
    assert late in said
    assert late in job.dashboard()
    job.sweep(15)
    assert late in job.dashboard()
    for _ in range(12):
        job.sweep(120)
    assert late not in job.dashboard()


def test_a_schedule_that_will_be_switched_off(job: Job) -> None:
    job.pushed_at("2026-02-01T10:00:00Z")
    assert "switches the schedule off" not in job.sweep(15)[1], "there is time"
    job.pushed_at("2026-01-10T10:00:00Z")
    (job.ima.folder / ".ima" / "cache.json").unlink()
    text = "GitHub switches the schedule off on 2026-03-11, 60 days after the last commit"
    assert text in job.sweep(15)[1]
    job.sweep(15)
    assert text in job.dashboard(), "until somebody pushes"
    job.pushed_at("2026-03-02T10:00:00Z")
    job.sweep(15)
    assert text not in job.dashboard()


def test_a_private_repository_keeps_its_schedule(job: Job) -> None:
    job.pushed_at("2025-10-10T10:00:00Z", private=True)
    (job.ima.folder / ".ima" / "cache.json").unlink()
    assert "switches the schedule off" not in job.sweep(15)[1]


def test_who_looks_by_hand_is_no_schedule(job: Job) -> None:
    job.ima.after(600)
    job.ima.session = replace(job.ima.fresh(), environment={"IMA_GITHUB_TOKEN": "t-ima"})
    assert "schedule" not in job.ima("plan").out
