"""What a release is made of: the wheel has all that ima ships, and works alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from email import message_from_string
from pathlib import Path
from zipfile import ZipFile

import pytest
from trove_classifiers import classifiers
from uv import find_uv_bin

ROOT = Path(__file__).parents[2]
SHIPPED = ("base", "templates", "tests/scenarios")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the two files of a release."""
    folder = tmp_path_factory.mktemp("made")
    _build(ROOT, folder)
    return folder


@pytest.fixture(scope="module")
def wheel(made: Path) -> Path:
    (found,) = made.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def version(wheel: Path) -> str:
    return wheel.name.split("-")[1]


@pytest.fixture(scope="module")
def ima(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, installed from the wheel into an environment that has nothing else."""
    made = tmp_path_factory.mktemp("clean") / "env"
    uv("venv", made)
    into: list[str | Path] = ["pip", "install", "--python", made / "bin" / "python"]
    locked = uv(*into, "--require-hashes", "-r", ROOT / "requirements.lock")
    if locked.returncode and not os.environ.get("CI"):
        pytest.skip("not run: needs a package index")
    assert locked.returncode == 0, locked.stderr
    assert uv(*into, "--no-deps", "--no-index", wheel).returncode == 0
    return made / "bin" / "ima"


def uv(*words: str | Path) -> subprocess.CompletedProcess[str]:
    command = [find_uv_bin(), "--quiet", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True)


def run(ima: Path, folder: Path, *words: str) -> str:
    bare = {"PATH": "/usr/bin:/bin", "HOME": str(folder)}
    done = subprocess.run([ima, *words], cwd=folder, env=bare, capture_output=True, text=True)
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


def test_nothing_else_is_in_the_wheel(wheel: Path, version: str) -> None:
    with ZipFile(wheel) as archive:
        tops = {name.split("/")[0] for name in archive.namelist()}
    assert tops == {"automation", f"ima-{version}.dist-info"}


def test_the_installed_ima_is_that_of_the_wheel(ima: Path, version: str, tmp_path: Path) -> None:
    assert run(ima, tmp_path, "--version") == f"ima {version}\n"
    code = "from automation.workspace.files import shipped_folder; print(shipped_folder())"
    command = [str(ima.parent / "python"), "-c", code]
    found = subprocess.run(command, cwd=tmp_path, env={}, capture_output=True, text=True)
    assert found.stdout.startswith(str(ima.parent.parent))
    assert found.stdout.endswith("/automation/shipped\n")


def test_it_begins_in_an_empty_folder(ima: Path, tmp_path: Path) -> None:
    run(ima, tmp_path, "init")
    assert (tmp_path / "policy.yml").is_file()
    run(ima, tmp_path, "check")
    assert run(ima, tmp_path, "plan").startswith("No changes")


def test_the_wheel_says_what_it_is(wheel: Path, version: str) -> None:
    with ZipFile(wheel) as archive:
        text = archive.read(f"ima-{version}.dist-info/METADATA").decode()
    said = message_from_string(text)
    assert said["Description-Content-Type"] == "text/markdown"
    assert said["Requires-Python"] == ">=3.11"
    assert said["License-Expression"] == "MIT"
    told = said.get_all("Classifier") or []
    assert "Topic :: System :: Monitoring" in told
    assert [each for each in told if each not in classifiers] == []
    assert said.get_payload() == (ROOT / "README.md").read_text("utf-8")


def test_an_index_would_take_both_files(made: Path) -> None:
    command = [sys.executable, "-m", "twine", "check", "--strict", *map(str, made.iterdir())]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count("PASSED") == 2


def test_what_the_source_archive_makes_is_the_same_wheel(
    made: Path, wheel: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("source")  # with words of the tests, no place for canaries
    (source,) = made.glob("*.tar.gz")
    with tarfile.open(source) as archive:
        archive.extractall(folder, filter="data")
    _build(folder / source.name.removesuffix(".tar.gz"), folder, "-t", "wheel")
    (again,) = folder.glob("*.whl")
    assert again.name == wheel.name, "the version, too, which no tag says there"
    with ZipFile(wheel) as first, ZipFile(again) as second:
        assert sorted(first.namelist()) == sorted(second.namelist())


def python_of(minor: int) -> str | None:
    """A Python of this version on this machine, if there is one."""
    found = [shutil.which(f"python3.{minor}")]
    found += [str(each) for each in Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/python")]
    asked = f"import ssl, venv, sys; sys.exit(sys.version_info[:2] != (3, {minor}))"
    for each in filter(None, found):
        if subprocess.run([each, "-c", asked], capture_output=True).returncode == 0:
            return each
    return None


@pytest.mark.soak
@pytest.mark.parametrize("minor", range(11, 16))
def test_the_job_that_makes_a_release_runs_without_publishing(
    minor: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """As the workflow does, but for the last step; in a clone, for it writes into its folder."""
    python = python_of(minor)
    if python is None:
        pytest.skip(f"not run: needs Python 3.{minor}")
    folder = tmp_path_factory.mktemp("release")  # with packages of others, no place for canaries
    there = folder / "ima"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(there)], check=True)
    command = ["sh", ".ci/release"]
    environment = {**os.environ, "PYTHON": python}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(command, cwd=there, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("PASSED") == 2
    assert "No changes" in done.stdout
    assert {path.suffix for path in (there / "dist").iterdir()} == {".whl", ".gz"}


def _build(here: Path, into: Path, *what: str) -> None:
    command = [sys.executable, "-m", "hatchling", "build", *what, "-d", str(into)]
    subprocess.run(command, cwd=here, check=True, capture_output=True)


def _below(path: Path) -> list[Path]:
    if path.is_file():
        return [path]
    return [one for one in path.rglob("*") if one.is_file() and "__pycache__" not in one.parts]
