"""The wheel: has all that ima ships, and works alone in an empty folder."""

from __future__ import annotations

import os
import subprocess
import sys
from email import message_from_string
from pathlib import Path
from zipfile import ZipFile

import pytest
from trove_classifiers import classifiers

from automation import __version__

ROOT = Path(__file__).parents[2]
SHIPPED = ("base", "templates", "tests/scenarios")


def pip(*words: str | Path) -> None:
    """pip without any network."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *map(str, words)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", ".", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", folder)
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("installed")
    pip("install", "--no-deps", "--no-index", "--target", folder, wheel)
    return folder


def ima(installed: Path, folder: Path, *words: str) -> str:
    """The installed ima, in ``folder``; its dependencies are those of this process."""
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    command = [sys.executable, "-m", "automation", *words]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_everything_that_ima_ships_is_in_the_wheel(wheel: Path) -> None:
    files = [path for name in SHIPPED for path in _below(ROOT / name)]
    expected = {
        f"automation/shipped/{path.relative_to(ROOT).as_posix().removeprefix('tests/')}"
        for path in files
    }
    expected.add("automation/shipped/examples/handbook/policy.yml")
    with ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert expected - names == set()
    assert {name.split("/")[1] for name in expected} == {"shipped"}
    assert any("/scenarios/" in name for name in expected)


def test_nothing_else_is_in_the_wheel(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
    assert tops == {"automation", f"ima-{__version__}.dist-info"}


def test_the_installed_ima_is_that_of_the_wheel(installed: Path, tmp_path: Path) -> None:
    assert ima(installed, tmp_path, "--version") == f"ima {__version__}\n"
    environment = {**os.environ, "PYTHONPATH": str(installed)}
    code = "from automation.workspace.files import shipped_folder; print(shipped_folder())"
    command = [sys.executable, "-c", code]
    found = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert found.stdout == f"{installed / 'automation' / 'shipped'}\n"


def test_it_begins_in_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    ima(installed, tmp_path, "init")
    assert (tmp_path / "policy.yml").is_file()
    ima(installed, tmp_path, "check")
    assert ima(installed, tmp_path, "plan").startswith("No changes")


def test_the_wheel_says_what_it_is(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        text = archive.read(f"ima-{__version__}.dist-info/METADATA").decode()
    said = message_from_string(text)
    assert said["Description-Content-Type"] == "text/markdown"
    assert said["Requires-Python"] == ">=3.11"
    assert said["License-Expression"] == "MIT"
    told = said.get_all("Classifier") or []
    assert "Topic :: System :: Monitoring" in told
    assert [each for each in told if each not in classifiers] == []
    assert said.get_payload() == (ROOT / "README.md").read_text("utf-8")


@pytest.mark.soak
def test_what_the_source_archive_makes_is_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (source,) = tmp_path.glob("*.tar.gz")
    no_network = ("--no-deps", "--no-build-isolation", "--no-index")
    pip("wheel", source, *no_network, "--wheel-dir", tmp_path)
    (made,) = tmp_path.glob("*.whl")
    with ZipFile(wheel) as first, ZipFile(made) as second:
        assert sorted(first.namelist()) == sorted(second.namelist())


def _below(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return [one for one in path.rglob("*") if one.is_file() and "__pycache__" not in one.parts]
