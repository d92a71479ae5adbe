"""What a person sees on a terminal: colours, widths, nothing broken inside a word."""

from __future__ import annotations

import os
import pty
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from automation.text.columns import width
from automation.workspace.session import Session

from .conftest import Ima
from .test_main import ENVIRONMENT, PROCESS

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TITLE = "API error rate above SLO since the deployment of the new storage backend 日本"


def on_terminal(folder: Path, *words: str, columns: int = 80, **more: str) -> str:
    ours, theirs = pty.openpty()
    environment = {**ENVIRONMENT, "TERM": "xterm", "COLUMNS": str(columns), **more}
    with subprocess.Popen(
        [*PROCESS, *words], cwd=folder, env=environment, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        chunks = []
        while chunk := _read(ours):
            chunks.append(chunk)
        process.wait(30)
    os.close(ours)
    return b"".join(chunks).decode().replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


@pytest.fixture
def folder(ima: Ima) -> Path:
    from automation.model.issue import Draft

    ima.session.local.acting("rita").open(Draft(TITLE, labels=("Incident", "S1")))
    return ima.folder


def test_colours_only_where_they_are_wanted(folder: Path, ima: Ima) -> None:
    assert "\x1b[32m+\x1b[0m call" in on_terminal(folder, "plan")
    assert "\x1b" not in on_terminal(folder, "plan", NO_COLOR="1")
    assert "\x1b" not in on_terminal(folder, "plan", TERM="dumb")
    assert "\x1b" not in ima("plan").out


@pytest.mark.parametrize("columns", [40, 60, 80, 120])
@pytest.mark.parametrize("words", [["plan", "-v"], ["board"], ["explain", "1"], ["oncall"]])
def test_lines_fit_and_break_between_words(folder: Path, words: list[str], columns: int) -> None:
    shown = re.sub(r"\x1b\[[0-9;]*m", "", on_terminal(folder, *words, columns=columns))
    for line in shown.splitlines():
        assert width(line) <= columns or " " not in line.strip(), line


def test_a_log_is_never_cut(ima: Ima, folder: Path) -> None:
    assert TITLE in ima("plan").out
    assert TITLE in ima("board").out


def answering(folder: Path, answers: str) -> str:
    """What a person sees who types these lines at `ima init`."""
    ours, theirs = pty.openpty()
    environment = {**ENVIRONMENT, "TERM": "xterm"}
    with subprocess.Popen(
        [*PROCESS, "init"],
        cwd=folder,
        env=environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        os.write(ours, answers.encode())
        said = b""
        while chunk := _read(ours):
            said += chunk
        process.wait(30)
    os.close(ours)
    return said.decode()


def test_init_asks_six_questions_and_what_it_writes_is_right(tmp_path: Path) -> None:
    lines = (
        "gitlab",
        "no path",
        "acme/shop",
        "Shop, Payments API",
        "SEV1, SEV2",
        "erin, -, @ian, -",
    )
    said = answering(tmp_path, "\n".join([*lines, "ops", ""]))
    assert "write it as in the address bar" in said  # what cannot be right is asked for again
    assert "6. The Slack channel for announcements" in said
    assert "1. `ima check` validates" in said, "who is on call was asked"
    policy = Session(lambda: NOON, "rita", folder=tmp_path).policy
    assert (policy.tracker.kind, policy.project) == ("gitlab", "acme/shop")
    assert {name: each.component for name, each in policy.services.items()} == {
        "shop": "Shop",
        "payments-api": "Payments API",
    }
    assert policy.labels.values("severity") == tuple(policy.severities) == ("SEV1", "SEV2")
    assert policy.labels.values("service") == ("shop", "payments-api")
    assert [role.on_call for role in policy.roles.values()] == ["erin", "", "ian", ""]
    assert policy.chat.channel == "#ops"
    again = answering(tmp_path, "")
    assert "Six questions" not in again
    assert "Kept as they are: policy.yml" in again
