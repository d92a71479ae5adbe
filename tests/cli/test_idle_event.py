"""Most webhooks ask for nothing: they are answered before anything heavy is imported."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from automation.cli.idle_event import ends_here

from .conftest import Ima
from .test_events import hook
from .test_main import ENVIRONMENT

case = pytest.param
HEAVY = (
    "click",
    "dataclasses",
    "yaml",
    "sqlite3",
    "jinja2",
    "automation.cli.command_group",
    "automation.policy",
    "automation.reconcile",
    "automation.trackers",
    "automation.workspace",
)
PUSH = {"object_kind": "push", "project": {"path_with_namespace": "acme/production"}}
OURS = hook("note", "acme/production", by="ima")
ACCOUNT = {"IMA_ACCOUNT": "ima"}
WORDS = ["apply", "--event", "hook.json", "--hourly"]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def written(event: Any, name: str = "hook.json") -> None:
    Path(name).write_text(json.dumps(event), encoding="utf-8")


@pytest.mark.parametrize("event", [case(PUSH, id="of no interest"), case(OURS, id="our own")])
def test_it_ends_without_importing_policy_tracker_or_options(event: Any, tmp_path: Path) -> None:
    written(event)
    words = [sys.executable, "-X", "importtime", "-m", "automation", *WORDS]
    done = subprocess.run(
        words, cwd=tmp_path, env=ENVIRONMENT | ACCOUNT, capture_output=True, text=True, check=True
    )
    loaded = re.findall(r"\| +([\w.]+)$", done.stderr, re.MULTILINE)
    assert ": nothing to do\n" in done.stderr
    assert "automation.alerts.webhook_events" in loaded
    assert [name for name in loaded if name.startswith(HEAVY)] == []


@pytest.mark.parametrize(
    "event",
    [
        case(PUSH, id="push"),
        case(OURS, id="our own"),
        case(hook("issue", "acme/production", by="IMA"), id="our own in capitals"),
        case({"object_kind": "emoji", "user": {"username": "ima"}}, id="an emoji of ours"),
        case({"issue": {"number": 4, "pull_request": {}}}, id="pull request"),
        case([], id="no event"),
    ],
)
def test_it_says_what_the_command_would_say(ima: Ima, event: Any) -> None:
    ima('declare "API down" --severity S3')
    written(event)
    said = ends_here(WORDS, ACCOUNT)
    (ima.folder / "hook.json").write_text(json.dumps(event), encoding="utf-8")
    done = ima("apply --event hook.json --hourly")
    assert (done.code, done.out, done.err) == (0, "", f"{said}\n")


@pytest.mark.parametrize(
    "event",
    [
        case(hook("note", "acme/production", by="mia"), id="a person"),
        case(hook("note", "acme/production"), id="nobody is named"),
        case({"object_kind": "push", "project": {"path_with_namespace": "acme/café"}}, id="café"),
        case({"receiver": "x", "alerts": []}, id="an alert"),
        case({"event": {"event_type": "incident.triggered"}}, id="a page"),
        case({"action": "ima-alert", "client_payload": {}}, id="an alert that cannot be read"),
        case({"action": "ima-chat", "client_payload": {"text": "board"}}, id="a line of a chat"),
        case({"schedule": "7 * * * *"}, id="the clock"),
        case({"inputs": {}}, id="by hand"),
        case({"inputs": {"issue": "4"}}, id="by hand, one issue"),
    ],
)
def test_what_may_ask_for_something_goes_on(event: Any) -> None:
    written(event)
    assert ends_here(WORDS, ACCOUNT) is None


def test_who_we_are_is_not_guessed() -> None:
    written(OURS)
    assert ends_here(WORDS, {}) is None


@pytest.mark.parametrize(
    "line",
    [
        "plan --event hook.json",
        "apply --event hook.json --issue 4",
        "apply plan.json --event hook.json",
        "apply --event nowhere.json",
        "apply --event",
        "apply --event hook.json --format xml",
        "apply --event hook.json --event hook.json",
        "apply --event hook.json --help",
        "--event hook.json apply",
        "apply",
    ],
)
def test_any_other_line_goes_on(line: str) -> None:
    written(PUSH)
    assert ends_here(line.split(), {}) is None


def test_the_options_of_a_job_do_not_hinder_it() -> None:
    written(PUSH)
    line = "--policy process/policy.yml apply --event hook.json --catch-up --hourly"
    said = "a push event of acme/production concerns nothing of ours: nothing to do"
    assert ends_here(line.split(), {}) == said
    assert ends_here([*line.split(), "-q"], {}) == ""


@pytest.mark.parametrize("variable", ["TRIGGER_PAYLOAD", "GITHUB_EVENT_PATH"])
def test_it_finds_the_payload_of_the_job(variable: str) -> None:
    written(PUSH, "given.json")
    assert ends_here(["apply", "--event", "--hourly"], {variable: "given.json"})


def test_github_says_the_kind_beside_the_payload() -> None:
    written({"object_kind": "push", "issue": {"number": 4}}, "given.json")
    job = {"GITHUB_EVENT_PATH": "given.json", "GITHUB_EVENT_NAME": "issues"}
    assert ends_here(["apply", "--event"], job) is None
