"""Each counterpart as a program, tried as a newcomer does: what it says is set, the doctor asks."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.cli.conftest import Ima
from tests.cli.test_doctor import with_environment
from tests.counterparts.google import FOLDER, TEMPLATE
from tests.counterparts.statusio_page import PAGE
from tests.counterparts.statuspage import PAGE as STATUSPAGE

ROOT = Path(__file__).parents[2]
POLICY = f"""\
version: 1
tracker: {{kind: local, project: acme/production}}
pager: {{kind: pagerduty, service: PSERVICE, from: ima@acme.example}}
roles:
  eoc: {{schedule: SEOC, escalation: EEOC}}
  imoc: {{schedule: SIMOC, escalation: EIMOC}}
  cmoc: {{schedule: SCMOC, escalation: ECMOC}}
  security: {{schedule: SSECURITY, escalation: ESECURITY}}
status_page: {{kind: status.io, page: {PAGE}, host: status.acme.example}}
chat: {{kind: slack, channel: "#production"}}
documents: {{kind: google, template: {TEMPLATE}, folder: {FOLDER}}}
since: 2026-03-02T00:00:00Z
"""


@pytest.fixture
def said(tmp_path: Path) -> Iterator[dict[str, str]]:
    """What all of them say is to be set."""
    more = {"google": ["--credentials", str(tmp_path / "given")]}
    with ExitStack() as stack:
        started = []
        for name in ("pagerduty", "statusio", "statuspage", "slack", "google"):
            words = [sys.executable, "-m", f"tests.counterparts.{name}", "--port", "0"]
            process = stack.enter_context(
                subprocess.Popen([*words, *more.get(name, [])], cwd=ROOT, stdout=subprocess.PIPE)
            )
            stack.callback(process.kill)
            started.append(process)
        lines = [process.stdout.readline().decode() for process in started if process.stdout]
        yield dict(word.split("=", 1) for line in lines for word in line.split())


@pytest.fixture
def ima(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Ima:
    return Ima(tmp_path, capsys)


@pytest.mark.parametrize("page", ["", f"kind: statuspage, page: {STATUSPAGE}"])
def test_the_doctor_finds_every_service(ima: Ima, said: dict[str, str], page: str) -> None:
    ima.policy(POLICY.replace(f"kind: status.io, page: {PAGE}", page) if page else POLICY)
    done = with_environment(ima, **said)("doctor --format json")
    answered = {line["about"] for line in done.json["checks"] if line["verdict"] == "ok"}
    assert {"on call", "pager service", "pager eoc", "status page", "documents"} <= answered
    assert {"chat"} <= answered
    assert "there is no channel" not in done.out
    assert "failed" not in {line["verdict"] for line in done.json["checks"]}, done.out
