"""What a job with secrets installs is known by hash, and is what the tests ran with."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from automation.workspace.lock_file import locked_requirements

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text("utf-8")
SAID = {
    part.partition("==")[0]: set(part.partition("# for ")[2].split(", ")) - {""}
    for part in re.split(r"\n(?=\w)", LOCK.strip())
}
PIN = re.compile(r"([A-Za-z0-9._-]+)==([^\s;\\]+)")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
BUILT_WITH = "hatchling"  # for an IMA_PACKAGE that is a folder or an address of git


def pins(text: str) -> dict[str, str]:
    found = (PIN.match(line) for line in text.splitlines())
    return {str(canonicalize_name(each[1])): each[2] for each in found if each}


def needed(name: str, extras: frozenset[str] = frozenset({""})) -> Iterator[str]:
    """A package and all that it needs here."""
    yield name
    try:
        rows = [Requirement(row) for row in requires(name) or ()]
    except PackageNotFoundError:
        pytest.fail(f"{name} is not installed: run `make`")
    for row in rows:
        if row.marker is None or any(row.marker.evaluate({"extra": extra}) for extra in extras):
            yield from needed(canonicalize_name(row.name), frozenset({"", *row.extras}))


def test_it_is_in_step_with_the_versions_that_are_tested() -> None:
    tested = pins((ROOT / "constraints.txt").read_text("utf-8"))
    locked = pins(LOCK)
    assert {name: tested.get(name) for name in locked} == locked, "run `make lock`"


def test_all_that_ima_needs_is_in_it_and_nothing_else() -> None:
    wanted = _closure((*PROJECT["project"]["dependencies"], BUILT_WITH))
    elsewhere = {"tomli", "colorama", "importlib-metadata", "backports-tarfile"}  # other systems
    locked = set(pins(LOCK))
    assert wanted - locked == set(), "run `make lock`"
    assert locked - wanted - elsewhere <= {"typing-extensions"}, "run `make lock`"


def test_each_has_its_hashes_and_no_address() -> None:
    parts = re.split(r"\n(?=\S)", LOCK.strip())
    assert len(parts) == len(pins(LOCK))
    for part in parts:
        head, *hashes = part.replace("\\", "").partition("\n    # for ")[0].splitlines()
        assert PIN.match(head)
        assert hashes, f"{head} has none"
        assert all(re.fullmatch(r"\s+--hash=sha256:[0-9a-f]{64}\s*", each) for each in hashes)
    assert "://" not in LOCK
    assert not re.search(r"^-", LOCK, re.MULTILINE), "no option of pip's, such as an index"


def test_a_package_that_not_every_job_needs_says_what_for() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    core = {*PROJECT["project"]["dependencies"], BUILT_WITH}
    wanted = {}
    for name in ("figures", "github", "gitlab", "google", "slack"):
        core -= set(extras[name])
        wanted[name] = _closure(extras[name])
    common = _closure(core)
    for name, said in SAID.items():
        expected = {extra for extra, names in wanted.items() if name in names}
        assert said == (set() if name in common else expected), f"{name}: run `make lock`"


def test_what_a_forge_needs_is_what_all_need_and_its_own() -> None:
    for uses in ({"gitlab"}, {"github", "google"}):
        left = set(pins(locked_requirements(frozenset(uses))))
        assert left == {name for name, said in SAID.items() if not said or said & uses}
    assert locked_requirements() == LOCK


def test_the_extras_are_of_what_is_installed_anyway() -> None:
    """pip can leave nothing out: whoever installs without an extra has all of them."""
    for name in ("figures", "github", "gitlab", "google", "slack"):
        rows = PROJECT["project"]["optional-dependencies"][name]
        assert set(rows) <= set(PROJECT["project"]["dependencies"]), name


def test_what_makes_a_release_is_known_by_hash() -> None:
    tested = pins((ROOT / "constraints.txt").read_text("utf-8"))
    locked = pins(text := (ROOT / ".ci" / "release.lock").read_text("utf-8"))
    assert {"hatchling", "twine"} <= set(locked)
    elsewhere = {"pywin32-ctypes"}
    assert {n: v for n, v in locked.items() if tested.get(n) != v}.keys() <= elsewhere
    assert text.count("--hash=sha256:") > len(locked)
    assert "://" not in text


def _closure(rows: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for line in rows:
        row = Requirement(line)
        found |= {*needed(canonicalize_name(row.name), frozenset({"", *row.extras}))}
    return found


FILES = ["templates/ci/gitlab.yml", "templates/ci/github.yml", "action.yml"]


@pytest.mark.parametrize("file", FILES)
def test_each_job_that_installs_asks_for_them(file: str) -> None:
    text = (ROOT / file).read_text("utf-8")
    installs = re.findall(r"^ +(?:pip )?install (?:--quiet )?(--\S.*|\"\$.*)", text, re.MULTILINE)
    asked = [line for line in installs if line.startswith("--require-hashes -r ")]
    others = [line for line in installs if line.startswith("--no-deps --no-build-isolation ")]
    assert len(asked) == len(others) == len(installs) / 3 > 0
    without = re.findall(r'else\n(.*)\n +(?:pip )?install (?:--quiet )?"\$IMA_PACKAGE"', text)
    told = [line for line in without if "$IMA_LOCK: nothing is checked by hash" in line]
    assert len(told) == (len(others) if "IMA_LOCK" in text else 0), "a job without them says so"
