"""What a forge and other tools look for in this repository: hooks, issue templates, updates."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from automation.cli import invoke
from automation.cli.command_group import ima as group
from automation.workspace.session import Session

ROOT = Path(__file__).parents[2]
GITHUB, GITLAB = ROOT / ".github" / "ISSUE_TEMPLATE", ROOT / ".gitlab" / "issue_templates"


def read(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text("utf-8"))


HOOKS = {hook["id"]: hook for hook in read(".pre-commit-hooks.yaml")}


def test_the_page_of_commands_names_each_hook() -> None:
    page = (ROOT / "docs" / "commands.md").read_text("utf-8")
    assert set(re.findall(r"- id: ([\w-]+)", page)) == set(HOOKS) == {"ima-check", "ima-test"}


@pytest.mark.parametrize("hook", HOOKS.values(), ids=HOOKS)
def test_a_hook_runs_a_command_when_its_files_change(hook: Any) -> None:
    program, command = hook["entry"].split()
    assert (program, hook["language"], hook["pass_filenames"]) == ("ima", "python", False)
    assert command in group.list_commands(None)  # type: ignore[arg-type]
    for file in ("policy.yml", "process/labels.yml", "templates/card.md.j2"):
        assert re.search(hook["files"], file)
    assert not re.search(hook["files"], "src/policy.py")


def test_scenarios_are_played_when_they_change() -> None:
    assert re.search(HOOKS["ima-test"]["files"], "scenarios/first.yml")


@pytest.mark.soak
def test_the_hooks_run_and_hold_a_commit_up(tmp_path_factory: pytest.TempPathFactory) -> None:
    """By pre-commit itself, which installs ima from a clone of this repository."""
    folder = tmp_path_factory.mktemp("hooks")  # with packages of others, no place for canaries
    ours, theirs = folder / "ima", folder / "team"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(ours)], check=True)
    session = Session(lambda: datetime(2026, 3, 2, 12, 0, tzinfo=UTC), "rita", folder=folder)
    assert invoke(["init", str(theirs)], session) == 0
    environment = {**os.environ, "PRE_COMMIT_HOME": str(folder / "kept")}
    environment.pop("PYTHONPATH", None)

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=theirs, env=environment, capture_output=True, text=True, check=False
        )

    head = run("git", "-C", str(ours), "rev-parse", "HEAD").stdout.strip()
    hooks = [{"repo": str(ours), "rev": head, "hooks": [{"id": name} for name in HOOKS]}]
    (theirs / ".pre-commit-config.yaml").write_text(yaml.safe_dump({"repos": hooks}), "utf-8")
    policy = theirs / "policy.yml"
    right = policy.read_text("utf-8")
    policy.write_text(f"{right}roon: x\n", "utf-8")
    run("git", "init", "--quiet")
    run("git", "add", "--all")
    program = str(Path(sys.executable).parent / "pre-commit")
    done = run(program, "run", "--all-files")
    assert done.returncode != 0
    assert "did you mean 'room'?" in done.stdout
    policy.write_text(right, "utf-8")
    done = run(program, "run", "--all-files")
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("Passed") == 2


def test_what_is_asked_of_who_reports_is_asked_on_both_forges() -> None:
    for name in ("bug", "feature"):
        form = yaml.safe_load((GITHUB / f"{name}.yml").read_text("utf-8"))
        assert "labels" not in form  # else IMA, at work here, might take it for its own
        asked = {part["attributes"]["label"] for part in form["body"] if part["type"] != "markdown"}
        page = (GITLAB / f"{name.capitalize()}.md").read_text("utf-8")
        assert asked == set(re.findall(r"^### (.+)$", page, re.MULTILINE))


@pytest.mark.parametrize("file", [GITHUB / "bug.yml", GITLAB / "Bug.md"], ids=["github", "gitlab"])
def test_who_reports_a_bug_is_told_where_vulnerabilities_go(file: Path) -> None:
    assert "SECURITY.md" in file.read_text("utf-8")


def test_each_file_that_pins_something_is_kept_up_to_date() -> None:
    updates = {
        each["package-ecosystem"]: each["directory"]
        for each in read(".github/dependabot.yml")["updates"]
    }
    pins = {
        "pip": "pyproject.toml",
        "npm": "package-lock.json",
        "docker": "Dockerfile",
        "github-actions": "action.yml",
    }
    assert set(updates) == set(pins)
    for ecosystem, file in pins.items():
        assert (ROOT / updates[ecosystem].strip("/") / file).is_file()


def release(folder: Path, heading: str, tag: str) -> str:
    """What `.ci/release` says of a tag that it does not build."""
    shutil.copytree(ROOT / ".ci", folder / ".ci")
    (folder / "CHANGELOG.md").write_text(f"# Changes\n\n{heading}\n", "utf-8")
    command = ["sh", ".ci/release", tag]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert not (folder / "dist").exists()
    return done.stderr


def test_a_tag_of_another_version_is_no_release(tmp_path: Path) -> None:
    said = release(tmp_path, "## [1.2.3] - 2026-03-02", "v1.2.4")
    assert said.startswith("v1.2.4: what is here is 1.2.3\n  ")


def test_a_version_without_a_dated_section_is_no_release(tmp_path: Path) -> None:
    said = release(tmp_path, "## [1.2.3] - unreleased", "v1.2.3.dev0")
    assert said.startswith("CHANGELOG.md: there is no section of 1.2.3.dev0 with a day\n  ")
