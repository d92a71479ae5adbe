"""Command lines in a folder of their own, by a clock that stands still."""

from __future__ import annotations

import json
import shlex
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from automation.cli import invoke
from automation.workspace.session import Session
from automation.writing.templates import Templates
from tests.worlds import shipped

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
POLICY = """\
version: 1
tracker: {kind: local, project: acme/production}
roles:
  eoc: {on_call: erin}
  imoc: {on_call: ian}
  cmoc: {on_call: cara}
  security: {on_call: sam}
since: 2026-03-02T00:00:00Z
"""


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The answer, without the number of its form."""
        data = json.loads(self.out)
        assert data.pop("format") == 1
        return data


class Ima:
    """`ima` as rita types it in ``folder``."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.now, self._capsys = folder, START, capsys
        self.environment: dict[str, str] = {}  # of the session; the machine's own has no say
        self.by_example = True  # at the company of the handbook: its services, its room, its chat
        (folder / "policy.yml").write_text(POLICY, encoding="utf-8")
        self.session = self.fresh()

    def fresh(self) -> Session:
        """A session that has read nothing yet, as each process has."""
        return Session(
            clock=lambda: self.now,
            user="rita",
            folder=self.folder,
            environment=self.environment,
            by_example=self.by_example,
        )

    def __call__(self, line: str | list[str]) -> Result:
        words = shlex.split(line) if isinstance(line, str) else line
        code = invoke(words, self.session)
        said = self._capsys.readouterr()
        return Result(code, said.out, said.err)

    def after(self, minutes: float) -> None:
        self.now += timedelta(minutes=minutes)

    def policy(self, text: str) -> None:
        """Another policy from now on."""
        (self.folder / "policy.yml").write_text(text, encoding="utf-8")
        self.session = self.fresh()


@cache
def compile_templates() -> None:
    """The shipped templates are compiled once: `ima check` and the doctor try them in children of
    this process, which take over what it has."""
    templates = Templates(shipped().templates)
    for name in templates.texts:
        templates.check(name, {})


@pytest.fixture
def ima(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> Ima:
    compile_templates()
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.chdir(tmp_path)
    return Ima(tmp_path, capsys)
