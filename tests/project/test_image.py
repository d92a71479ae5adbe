"""The image in which jobs find ima: its form, and that its steps give an ima that runs."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
Instruction = tuple[str, str]


def instructions() -> list[Instruction]:
    lines = (ROOT / "Dockerfile").read_text("utf-8").replace("\\\n", " ").splitlines()
    said = [line.split(maxsplit=1) for line in lines if line.strip() and line[0] != "#"]
    return [(word, rest) for word, rest in said]


def of(word: str) -> list[str]:
    return [rest for each, rest in instructions() if each == word]


def test_it_has_instructions_that_are_known_and_begins_with_the_version_of_python() -> None:
    known = {"ARG", "FROM", "RUN", "COPY", "ENV", "USER", "WORKDIR", "CMD"}
    assert {word for word, _ in instructions()} == known
    assert instructions()[0] == ("ARG", "PYTHON=3.11-slim")
    assert {each.split()[0] for each in of("FROM")} == {"python:${PYTHON}"}


def test_it_does_not_run_as_root() -> None:
    *_, last = of("USER")
    assert last not in ("root", "0")
    assert any(f" {last}" in each for each in of("RUN") if each.startswith("useradd "))
    behind = instructions()[instructions().index(("USER", last)) :]
    assert not [each for each in behind if each[0] in ("RUN", "COPY")]


def test_what_it_installs_is_known_by_hash() -> None:
    installs = [each for each in of("RUN") if "pip install" in each]
    assert len(installs) == 2
    assert "--require-hashes -r /src/requirements.lock" in installs[0]
    assert "--no-deps --no-build-isolation /src" in installs[1]
    assert not re.search(r"curl|wget|://", " ".join(rest for _, rest in instructions()))


def test_it_takes_only_files_of_ours_that_are_there() -> None:
    for each in of("COPY"):
        if not each.startswith("--from="):
            *taken, _ = each.split()
            assert [name for name in taken if not (ROOT / name).exists()] == []
            assert "." not in taken, "a token in the folder would be in the image"


def test_it_takes_all_that_the_wheel_is_made_of() -> None:
    said = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    hatch = said["tool"]["hatch"]
    wheel = hatch["build"]["targets"]["wheel"]
    needed = {*wheel["packages"], *wheel["force-include"], hatch["version"]["path"]}
    needed |= {"pyproject.toml", "CHANGELOG.md", said["project"]["readme"]}
    needed |= set(said["project"]["license-files"])
    taken = {name for each in of("COPY") for name in each.split()[:-1]}
    assert needed - taken == set()


def test_a_job_in_it_installs_nothing() -> None:
    assert any("IMA_INSTALLED=yes" in each.split() for each in of("ENV"))
    for name in ("templates/ci/gitlab.yml", "templates/ci/github.yml"):
        text = (ROOT / name).read_text("utf-8")
        asked = re.findall(r'if \[ -n "\$\{?IMA_INSTALLED(?::-\})?" \]; then', text)
        assert len(asked) == text.count("--require-hashes") > 0


def test_every_job_that_would_install_runs_in_the_image_that_the_variable_names() -> None:
    jobs = yaml.safe_load((ROOT / "templates/ci/github.yml").read_text("utf-8"))["jobs"].values()
    installing = [job for job in jobs if any("pip" in step.get("run", "") for step in job["steps"])]
    assert installing
    for job in installing:  # as the user that GitHub's folders belong to
        assert job["container"] == {"image": "${{ vars.IMA_IMAGE }}", "options": "--user 1001"}


def test_its_bill_of_materials_names_all_of_the_lock() -> None:
    program = [sys.executable, str(ROOT / ".ci/sbom")]
    bill = json.loads(subprocess.run(program, capture_output=True, check=True).stdout)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    known = {part["purl"].partition("@")[0] for part in bill["components"]}
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    locked = {f"pkg:pypi/{name}" for name in re.findall(r"^([\w-]+)==", lock, re.MULTILINE)}
    assert locked - known == set()
    assert any(rest.endswith(">/opt/ima/sbom.json") for rest in of("RUN"))


@pytest.mark.soak
def test_its_steps_give_an_ima_that_runs(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("image")  # with packages of others, no place for our canaries
    places = {"/opt/ima": str(folder / "ima"), "/src": str(folder / "src")}

    def here(text: str) -> str:
        for place, mine in places.items():
            text = re.sub(rf"{place}(?=[/\s]|$)", mine, text)
        return text

    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    for word, rest in instructions():
        if word == "RUN" and not rest.startswith("useradd "):
            subprocess.run(here(rest), shell=True, check=True, env={**os.environ, "PATH": path})
        elif word == "COPY" and not rest.startswith("--from="):
            *taken, into = here(rest).split()
            for name in taken:
                _copy(ROOT / name, Path(into), into.endswith("/"))
    bare = {"PATH": f"{folder}/ima/bin:/usr/bin:/bin", "HOME": str(folder)}
    work = folder / "work"
    work.mkdir()
    for words in (["--version"], ["check"], ["plan"]):
        subprocess.run([f"{folder}/ima/bin/ima", *words], cwd=work, env=bare, check=True)


def _copy(what: Path, into: Path, folder: bool) -> None:
    if what.is_dir():
        shutil.copytree(what, into, ignore=shutil.ignore_patterns("__pycache__"))
        return
    target = into / what.name if folder else into
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(what, target)
