"""The workflows, really run by act: what each event starts, and what it changes."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from automation.cli import invoke
from automation.workspace.session import Session
from tests.counterparts.github import GitHubServer
from tests.github_ci import REPOSITORY, ROOT, Workflows, with_people, write_workflow
from tests.leaks import secret

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LABELS = [row["name"] for row in yaml.safe_load((ROOT / "labels.yml").read_text())]
PEOPLE = ("ima", "ima[bot]", "rita", "erin", "ian", "cara", "sam", "mia")
SEED = {
    "repos": {"acme/production": {"members": dict.fromkeys(PEOPLE, "write"), "labels": LABELS}},
    "tokens": {"ghs_app": "ima[bot]"},
}
TOKEN = "t-ima"
pytestmark = pytest.mark.needs("git", "act", "emulate")
SHIPPED = (ROOT / "templates" / "ci" / "github.yml").read_text("utf-8")
FIRING = {"labels": {"alertname": "DiskFull", "severity": "critical"}, "status": "firing"}
ALERT = {"version": "4", "receiver": "ima", "groupKey": "{}:{}", "alerts": [FIRING]}


@pytest.fixture
def server() -> Iterator[GitHubServer]:
    with GitHubServer(SEED, validate=True) as running:
        yield running
        assert running.violations == []


def initialised(folder: Path) -> Path:
    """What `ima init --forge github` writes, with people."""
    words = ["init", "--forge", "github", "--project", "acme/production", str(folder)]
    assert invoke(words, Session(lambda: START, "rita", folder=Path())) == 0
    policy = folder / "policy.yml"
    policy.write_text(with_people(policy.read_text()))
    write_workflow(folder, (folder / ".github" / "workflows" / "ima.yml").read_text("utf-8"))
    return folder


@pytest.fixture
def workflows(server: GitHubServer, tmp_path: Path) -> Workflows:
    return Workflows(
        initialised(tmp_path / "project"),
        tmp_path / "home",
        server.url,
        {"IMA_PACKAGE": "ima==0.1.0"},
        {"IMA_GITHUB_TOKEN": TOKEN, "GITHUB_TOKEN": "ghs_job"},
    )


ISSUE = {"action": "opened", "issue": {"number": 1}}
PROPOSED = {"number": 3, "pull_request": {"number": 3, "base": {"ref": "main"}}}
STARTED: list[tuple[str, dict[str, Any], set[str]]] = [
    ("issues", ISSUE, {"apply --event --catch-up --hourly"}),
    ("issue_comment", {"issue": {"number": 1, "pull_request": {}}}, set()),
    ("schedule", {"schedule": "* * * * *"}, {"apply --event --catch-up --hourly"}),
    ("workflow_dispatch", {"inputs": None}, {"apply --event --catch-up --hourly", "labels sync"}),
    ("repository_dispatch", {"action": "ima-chat"}, {"apply --event --catch-up --hourly"}),
    ("pull_request", {"number": 3}, {"check", "test"}),
    ("pull_request_target", PROPOSED, {"preview --event --post --days 90"}),
    ("push", {"ref": "refs/heads/main"}, {"labels sync"}),
    ("push", {"ref": "refs/tags/main"}, set()),
]


def test_what_each_event_starts(tmp_path: Path) -> None:
    write_workflow(tmp_path / "p", SHIPPED)
    stub = {name: f'echo "$@" >>"$HOME/{name}"' for name in ("ima", "uv")}
    made = Workflows(tmp_path / "p", tmp_path / "home", "", {"IMA_PACKAGE": "x"}, {}, stub)
    for event, payload, lines in STARTED:
        code, log = made.run(event, payload)
        assert code == 0, log
        ran = made.home / "ima"
        assert set(ran.read_text().splitlines() if ran.exists() else ()) == lines, event
        ran.unlink(missing_ok=True)
    for installed in (made.home / "uv").read_text("utf-8").splitlines():  # a runner that has uv
        assert re.fullmatch(r"pip install --quiet --python \S+/ima x", installed)


# What they change


def labels_of(server: GitHubServer, number: int) -> set[str]:
    return {row["name"] for row in server.people.issue(number)["labels"]}


def assigned(server: GitHubServer, number: int) -> set[str]:
    return {row["login"] for row in server.people.issue(number)["assignees"]}


def test_an_event_makes_a_pass_on_what_moved_and_the_job_that_waited_installs_nothing(
    workflows: Workflows, server: GitHubServer
) -> None:
    for title in ("Unheard of", "API down"):
        server.people.open("rita", title, labels=["Incident", "S1"])
    code, log = workflows.run("issues", {"action": "opened", "issue": {"number": 2}})
    assert code == 0, log
    for number in (1, 2):
        assert "ian" in assigned(server, number)
        assert "State::Investigating" in labels_of(server, number)
    assert list((workflows.home / "kept").rglob("cache.json")), "also for an issue"
    installed = (workflows.home / "pip").read_text()
    assert installed.splitlines() == [
        "install --quiet --require-hashes -r ima.lock",
        "install --quiet --no-deps --no-build-isolation ima==0.1.0",
    ]
    (kept,) = (workflows.home / "kept").rglob("cache.json")
    known = json.loads(kept.read_text())
    for row in known["sweep"]["issues"].values():
        row[1] = None  # as of a list that was read a second later: else it is read once more
    kept.write_text(json.dumps(known))
    server.forget()
    came = f"{datetime.now(UTC) - timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}"
    told = {"sender": {"login": "rita"}, "issue": {"number": 1, "updated_at": came}}
    code, log = workflows.run("issues", told)
    assert code == 0, log
    assert "has read that: nothing to do" in log
    assert (workflows.home / "pip").read_text() == installed
    assert server.requests() == []


def test_a_comment_is_obeyed_and_our_own_events_end_with_one_line(
    workflows: Workflows, server: GitHubServer
) -> None:
    number = server.people.open("rita", "API down", labels=["Incident", "S1"])
    event = {"action": "created", "issue": {"number": number}, "comment": {"id": 1}}
    assert workflows.run("issues", ISSUE)[0] == 0
    server.people.comment("ian", number, "/ima state identified -- roll back")
    code, log = workflows.run("issue_comment", event)
    assert code == 0, log
    assert "State::Identified" in labels_of(server, number)
    server.forget()
    installed = (workflows.home / "pip").read_text()
    code, log = workflows.run("issue_comment", event | {"sender": {"login": "ima"}})
    assert code == 0
    assert "ourselves: nothing to do" in log
    assert (workflows.home / "pip").read_text() == installed
    assert server.writes() == []


def test_the_schedule_sweeps_and_keeps_the_cache(
    workflows: Workflows, server: GitHubServer
) -> None:
    number = server.people.open("rita", "API down", labels=["Incident", "S1"])
    server.people.open("rita", "A wish")
    clock = {"schedule": "7-59/15 * * * *"}
    code, log = workflows.run("schedule", clock)
    assert code == 0, log
    assert "ian" in assigned(server, number)
    assert workflows.run("schedule", clock)[0] == 0, "our own writes have moved the issue"
    server.forget()
    assert workflows.run("schedule", clock)[0] == 0
    assert server.writes() == []
    assert len(server.requests()) <= 4, "the cache was restored; the issue has just moved"


def test_an_alert_opens_an_incident(workflows: Workflows, server: GitHubServer) -> None:
    told = ALERT | {"alerts": [FIRING | {"startsAt": datetime.now(UTC).isoformat()}]}
    code, log = workflows.run(
        "repository_dispatch", {"action": "ima-alert", "client_payload": told}
    )
    assert code == 0, log
    assert "DiskFull" in server.people.issue(1)["title"]
    assert "erin" in assigned(server, 1)


def test_chat_declares_and_no_shell_sees_the_line(
    workflows: Workflows, server: GitHubServer
) -> None:
    line = 'declare "API down; $(touch pwned) `touch pwned`" --severity S1 && touch pwned | \'x'
    told = {"text": line, "user": "mia"}
    code, log = workflows.run("repository_dispatch", {"action": "ima-chat", "client_payload": told})
    assert code == 0, log
    title = "API down; $(touch pwned) `touch pwned` && touch pwned | 'x"
    assert server.people.issue(1)["title"] == title
    assert "https://github.com/acme/production/issues/1" in log
    assert not [*workflows.folder.rglob("pwned"), *workflows.home.rglob("pwned")]


def test_a_pull_request_is_checked_without_a_token(
    workflows: Workflows, server: GitHubServer
) -> None:
    with (workflows.folder / "policy.yml").open("a") as file:
        file.write("roon: x\n")
    workflows.commit()
    server.forget()
    code, log = workflows.run("pull_request", {"number": 3})
    assert code != 0
    assert "did you mean 'room'?" in log
    assert server.requests() == []


def test_a_pass_that_fails_is_red_keeps_its_cache_and_tells_no_token(
    workflows: Workflows, server: GitHubServer
) -> None:
    server.people.open("rita", "API down", labels=["Incident", "S1"])
    server.fail("POST", "/issues/1/labels", how=500, times=9)
    code, log = workflows.run("schedule", {"schedule": "* * * * *"})
    assert code != 0
    assert "500" in log
    assert "::error title=IMA::github: " in log
    assert TOKEN not in log
    assert list((workflows.home / "kept").rglob("cache.json"))


def test_without_a_package_the_job_says_what_to_set(
    workflows: Workflows, server: GitHubServer
) -> None:
    workflows.variables["IMA_PACKAGE"] = ""
    code, log = workflows.run("issues", ISSUE)
    assert code != 0
    assert "IMA_PACKAGE: set it, or write it here" in log
    assert server.requests() == []


def test_the_site_follows_a_sweep_once_it_has_a_name_and_has_the_same_account(
    workflows: Workflows, server: GitHubServer
) -> None:
    """Here that of an App; with another one the site would say that all is well."""
    workflows.variables |= {"IMA_SITE": "Acme's status; $(touch pwned)", "IMA_APP_CLIENT_ID": "Iv1"}
    workflows.secrets["IMA_APP_KEY"] = "ghs_app"
    server.people.open("rita", "API down", labels=["Incident", "S1"])
    server.forget()
    code, log = workflows.run("schedule", {"schedule": "* * * * *"})
    assert code == 0, log
    page = (workflows.home / "pages" / "index.html").read_text()
    assert "Acme&#39;s status; $(touch pwned)" in page
    assert {each.user for each in server.requests()} == {"ima[bot]"}
    assert {*(workflows.home / "app").read_text().splitlines()} == {":"}, "of here, and no more"
    assert "https://acme.github.io/production" in (workflows.home / "pages/feed.xml").read_text()
    assert not [*workflows.folder.rglob("pwned"), *workflows.home.rglob("pwned")]


def test_a_pass_gets_the_secret_of_a_service_and_a_pull_request_does_not(tmp_path: Path) -> None:
    write_workflow(tmp_path / "p", SHIPPED)
    stub = {"ima": 'echo "$1:${IMA_SLACK_TOKEN:-none}" >>"$HOME/ima"'}
    held = {"IMA_SLACK_TOKEN": secret("slack")}
    made = Workflows(tmp_path / "p", tmp_path / "given", "", {"IMA_PACKAGE": "x"}, held, stub)
    for event, payload, line in (
        ("issues", ISSUE, f"apply:{held['IMA_SLACK_TOKEN']}"),
        ("pull_request", {"number": 3}, "check:none"),
    ):
        code, log = made.run(event, payload)
        assert code == 0, log
        assert line in (tmp_path / "given" / "ima").read_text().splitlines()


ACTION = """\
on: [issues]
jobs:
  incidents:
    runs-on: ubuntu-24.04
    cache-mode: write
    steps:
      - uses: actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1  # v7.0.1
      - uses: ./
        with:
          command: apply
          args: |
            --event
            --hourly
          token: ${{ secrets.IMA_GITHUB_TOKEN }}
        env:
          IMA_SLACK_TOKEN: ${{ secrets.IMA_SLACK_TOKEN }}
"""


def test_the_action_does_the_same(workflows: Workflows, server: GitHubServer) -> None:
    number = server.people.open("rita", "API down", labels=["Incident", "S1"])
    shutil.copy(ROOT / "action.yml", workflows.folder)
    write_workflow(workflows.folder, ACTION)
    workflows.commit()
    code, log = workflows.run("issues", {**ISSUE, "repository": REPOSITORY})
    assert code == 0, log
    assert "ian" in assigned(server, number)
    assert list((workflows.home / "kept").rglob("cache.json"))
    locked, itself = (workflows.home / "pip").read_text().splitlines()
    assert re.fullmatch(r"install --quiet --require-hashes -r \S+/requirements\.lock", locked)
    assert itself.startswith("install --quiet --no-deps --no-build-isolation ")
    assert "/hostexecutor" in itself, "itself, which act has copied there"
