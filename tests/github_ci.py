"""Workflows that really run: act in a folder, without containers, on a GitHub of our own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
ACTIONS = ROOT / "tests" / "actions"  # what stands in for those of GitHub's that we use
ACT = Path(sys.executable).parent / "act"
REPOSITORY = {"full_name": "acme/production", "default_branch": "main"}
_STUBS = {
    "ima": f'PYTHONPATH={ROOT} exec {sys.executable} -m automation "$@"',
    "python3": (
        f'[ "$1" = -m ] || exec {sys.executable} "$@"\n'
        'if [ "$2" = venv ]; then\n'  # -m venv --without-pip DIR
        '  mkdir -p "$4/bin" && cp "$HOME/bin/ima" "$4/bin"\n'
        "else\n"  # -m pip --python DIR install ...
        '  shift 4 && echo "$@" >>"$HOME/pip"\n'
        "fi"
    ),
}


@dataclass
class Workflows:
    """A repository whose workflows can be run. Each run starts from what is committed."""

    folder: Path
    home: Path
    url: str  # of GitHub's API
    variables: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    stubs: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        programs = self.home / "bin"
        programs.mkdir(parents=True)
        for name, line in {**_STUBS, **self.stubs}.items():
            (programs / name).write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
            (programs / name).chmod(0o755)
        (self.home / ".config" / "act").mkdir(parents=True)
        (self.home / ".config" / "act" / "actrc").touch()  # else it asks
        self._call(["git", "init", "-q", "-b", "main"]).check_returncode()
        origin = "git@github.com:acme/production.git"
        self._call(["git", "remote", "add", "origin", origin]).check_returncode()
        self.commit()

    def commit(self) -> None:
        who = ("-c", "user.name=rita", "-c", "user.email=rita@example.com")
        self._call(["git", "add", "--all"]).check_returncode()
        self._call(["git", *who, "commit", "-q", "--allow-empty", "-m", "x"]).check_returncode()

    def run(self, event: str, payload: Mapping[str, Any], *words: str) -> tuple[int, str]:
        """Exit code and log of what an event starts."""
        file = self.home / "event.json"
        sender = {"repository": REPOSITORY, "sender": {"login": "rita"}}
        file.write_text(json.dumps({**sender, **payload}), encoding="utf-8")
        command = [str(ACT), event, "-P", "ubuntu-24.04=-self-hosted", "--action-offline-mode"]
        command += ["-e", str(file), "--env", f"GITHUB_API_URL={self.url}"]
        for name, value in self.variables.items():
            command += ["--var", f"{name}={value}"]
        for name, value in self.secrets.items():
            command += ["-s", f"{name}={value}"]
        for name in self._used():
            here = ACTIONS / name.partition("@")[0].removeprefix("actions/")
            command += ["--local-repository", f"{name}={here}"]
        done = self._call([*command, *words])
        return done.returncode, done.stdout + done.stderr

    def _used(self) -> set[str]:
        """Those of GitHub's actions that stand in the files; act brings its own checkout."""
        files = [*self.folder.glob(".github/workflows/*.yml"), *self.folder.glob("action.yml")]
        text = "".join(path.read_text("utf-8") for path in files)
        found = re.findall(r"uses: (actions/[\w-]+)(?:/\w+)?@(\w+)", text)
        return {f"{name}@{commit}" for name, commit in found if name != "actions/checkout"}

    def _call(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        environment = {
            "HOME": str(self.home),
            "PATH": path_with(self.home / "bin"),
            "LANG": "C.UTF-8",
        }
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, timeout=60
        )


def with_people(policy: str) -> str:
    """The policy that `ima init` writes, with the roles that stand there as a remark."""
    head, _, below = policy.partition("# roles:\n")
    roles, _, rest = below.partition("\n\n")
    return f"{head}roles:\n{roles.replace('#   ', '  ')}\n\n{rest}"


def path_with(programs: Path) -> str:
    """A PATH with these programs, and without the uv of this machine, if it has one."""
    there = [each for each in os.environ["PATH"].split(":") if not Path(each, "uv").exists()]
    return ":".join([str(programs), *there])


def write_workflow(folder: Path, text: str) -> None:
    """Without `queue`, which this act does not know; it runs one thing at a time anyway. A job's
    `cache-mode` is told to its steps, as GitHub's runner does."""
    path = folder / ".github" / "workflows" / "ima.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    text = re.sub(r"^ +queue: max\n", "", text, flags=re.MULTILINE)
    mode = r"\1env: {ACTIONS_CACHE_MODE: \2}"
    text = re.sub(r"^( +)cache-mode: (\S+).*$", mode, text, flags=re.MULTILINE)
    path.write_text(text, encoding="utf-8")
