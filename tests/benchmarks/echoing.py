"""What the webhooks about one S1 cost on GitLab: jobs that install anything."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from automation.cli import invoke
from automation.workspace.files import shipped_folder
from automation.workspace.session import Session
from tests.benchmarks.figure import Figure
from tests.counterparts.gitlab import GitLabServer
from tests.counterparts.gitlab.hooks import SWITCHES
from tests.counterparts.gitlab.seeding import DEFAULT

POLICY = """
version: 1
tracker: {{kind: gitlab, project: acme/production, url: "{url}"}}
roles: {{eoc: {{on_call: erin}}, imoc: {{on_call: ian}}, cmoc: {{on_call: cara}}}}
since: 2026-01-01T00:00:00Z
"""
HOOK = {"url": "http://192.0.2.1/hook", **dict.fromkeys(SWITCHES, True)}
PLAIN = {**DEFAULT["projects"]["acme/production"], "hooks": [HOOK]}


def figures() -> Iterator[Figure]:
    made, installed = one_s1()
    yield Figure("GitLab: one S1: webhooks about it", made, "")
    yield Figure("– jobs that install anything for them", installed, "", 1)


def one_s1() -> tuple[int, int]:
    """How many webhooks an S1 and its first pass make, and how many of their jobs go on."""
    seed = {**DEFAULT, "projects": {"acme/production": PLAIN}}
    with GitLabServer(seed) as server, TemporaryDirectory(prefix="ima-") as name:
        folder = Path(name)
        (folder / "policy.yml").write_text(POLICY.format(url=server.url), "utf-8")
        _pass(folder, "apply")
        server.forget()
        server.people.open("rita", "API errors", labels=["Incident", "S1"])
        installed, came = 0, datetime.now(UTC) + timedelta(seconds=1)
        for delivery in _next(server):
            hook = folder / "hook.json"
            hook.write_text(json.dumps(delivery), "utf-8")
            if goes_on(folder, hook, came):
                installed += 1
                _pass(folder, "apply", "--event", str(hook), "--catch-up")
        return len(server.deliveries), installed


def _next(server: GitLabServer) -> Iterator[dict[str, Any]]:
    """The payloads as they come, those of our own writes among them."""
    nth = 0
    while nth < len(server.deliveries):
        yield server.deliveries[nth].payload
        nth += 1


def _pass(folder: Path, *words: str) -> None:
    environment = {"IMA_GITLAB_TOKEN": "t-ima", "CI": "true"}
    session = Session(
        lambda: datetime.now(UTC), "rita", folder=folder, environment=environment, by_example=True
    )
    assert invoke([*words], session) == 0


def goes_on(folder: Path, hook: Path, came: datetime) -> bool:
    """Does the job of this webhook, whose pipeline was made then, get past what it looks at
    first?"""
    early = _jobs("gitlab")["event"]["before_script"][0]
    job = {"TRIGGER_PAYLOAD": str(hook), "CI_PIPELINE_CREATED_AT": came.isoformat()}
    return "goes on" in _said(f"{early}\necho goes on", folder, job)


def goes_on_at_github(folder: Path, hook: Path, came: datetime) -> bool:
    """The same on GitHub, of an event of that time."""
    event = json.loads(hook.read_text("utf-8"))
    event["issue"]["updated_at"] = f"{came:%Y-%m-%dT%H:%M:%SZ}"
    hook.write_text(json.dumps({**event, "sender": {"login": "rita"}}), "utf-8")
    steps = _jobs("github")["jobs"]["pass"]["steps"]
    (look,) = (step["run"] for step in steps if step.get("id") == "look")
    job = {"GITHUB_EVENT_PATH": str(hook), "GITHUB_OUTPUT": os.devnull}
    return not _said(look, folder, job)


def _jobs(forge: str) -> Any:
    return yaml.safe_load((shipped_folder() / f"templates/ci/{forge}.yml").read_text("utf-8"))


def _said(script: str, folder: Path, job: dict[str, str]) -> str:
    python = Path(sys.base_prefix) / "bin"  # as in an image; a version manager's is a shell script
    path = f"{python}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-eo", "pipefail", "-c", script],
        cwd=folder, env={"PATH": path, **job}, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
