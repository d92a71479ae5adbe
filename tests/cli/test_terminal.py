"""What a person sees on a terminal: colours, widths, nothing broken inside a word."""

from __future__ import annotations

import os
import pty
import re
import subprocess
from pathlib import Path

import pytest

from automation.text.columns import width

from .conftest import Ima
from .test_main import ENVIRONMENT, PROCESS

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
