"""The version comes from the tag; where there is none to be seen, from the changes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
COMING, RELEASED = "## [1.2.0] - unreleased", "## [1.2.0] - 2026-03-02"


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=rita", "-c", "user.email=rita@example.com"]
    subprocess.run(["git", "-C", str(folder), *who, *words], check=True, capture_output=True)


def version(folder: Path) -> str:
    command = [sys.executable, str(folder / ".ci" / "version.py")]
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=True)
    return done.stdout.strip()


def commit(folder: Path, newest: str, tag: str = "") -> None:
    (folder / "CHANGELOG.md").write_text(f"# Changes\n\n{newest}\n\n## [1.1.0] - 2026-01-02\n")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", "as it is")
    if tag:
        git(folder, "tag", tag)


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    folder = tmp_path / "ima"
    (folder / ".ci").mkdir(parents=True)
    shutil.copy(ROOT / ".ci" / "version.py", folder / ".ci")
    git(folder, "init", "--quiet", "-b", "main")
    commit(folder, "## [1.1.0] - 2026-01-02", "v1.1.0")
    return folder


def test_the_commit_of_a_tag_has_the_version_of_the_tag(clone: Path) -> None:
    commit(clone, RELEASED, "v1.2.0")
    assert version(clone) == "1.2.0"


def test_a_commit_after_a_tag_is_on_its_way_to_the_next_one(clone: Path) -> None:
    commit(clone, COMING)
    commit(clone, COMING)
    assert version(clone).startswith("1.2.0.dev2+g")


def test_a_commit_after_the_newest_of_the_changes_comes_after_it(clone: Path) -> None:
    git(clone, "commit", "--quiet", "--allow-empty", "-m", "more")
    assert version(clone).startswith("1.1.0.post1+g")


@pytest.mark.parametrize(("newest", "said"), [(COMING, "1.2.0.dev0"), (RELEASED, "1.2.0")])
def test_a_shallow_clone_and_an_archive_take_it_from_the_changes(
    clone: Path, tmp_path: Path, newest: str, said: str
) -> None:
    commit(clone, newest)
    shallow = tmp_path / "shallow"
    subprocess.run(
        ["git", "clone", "--quiet", "--depth", "1", f"file://{clone}", str(shallow)], check=True
    )
    assert version(shallow) == said
    shutil.rmtree(shallow / ".git")
    assert version(shallow) == said


def test_an_archive_in_a_repository_of_others_does_not_take_their_tags(
    clone: Path, tmp_path: Path
) -> None:
    shutil.rmtree(clone / ".git")
    git(tmp_path, "init", "--quiet", "-b", "main")
    git(tmp_path, "commit", "--quiet", "--allow-empty", "-m", "theirs")
    git(tmp_path, "tag", "v9.0.0")
    assert version(clone) == "1.1.0"
