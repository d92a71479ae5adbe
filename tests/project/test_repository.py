"""What a forge and other tools look for in this repository: hooks, issue templates, updates."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from automation.cli.command_group import ima as group

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
