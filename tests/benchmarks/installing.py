"""What a job without an image installs before its pass, from the lock, as the jobs do: all that ima
can need, or what a project on GitLab needs; by pip, or by uv where an image has it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from shutil import rmtree
from statistics import median
from tempfile import TemporaryDirectory

from uv import find_uv_bin

from automation.workspace.lock_file import locked_requirements
from tests.benchmarks.figure import Figure
from tests.benchmarks.starting import spent
from tests.benchmarks.yardstick import STARTS, bare

RUNS = 3


def figures() -> Iterator[Figure]:
    """Cold: all is downloaded. Warm: it is in the cache. The index is that of this machine."""
    with TemporaryDirectory(prefix="ima-") as name:
        folder = Path(name)
        (folder / "all.lock").write_text(locked_requirements(), "utf-8")
        (folder / "gitlab.lock").write_text(locked_requirements(frozenset({"gitlab"})), "utf-8")
        started = median(spent(bare)[1] for _ in range(STARTS))
        for what, lock, by in (
            ("installing all that ima can need, by pip, nothing in the cache", "all", _pip),
            ("– what a project on GitLab needs", "gitlab", _pip),
            ("– the same by uv", "gitlab", _uv),
        ):
            cold = [_installed(folder, lock, by("")) for _ in range(RUNS)]
            yield from _rows(what, cold, started)
        cache = str(folder / "cache")
        _installed(folder, "gitlab", _uv(cache))
        warm = [_installed(folder, "gitlab", _uv(cache)) for _ in range(RUNS)]
        yield from _rows("– the same by uv, from its cache", warm, started)


def _rows(what: str, runs: list[tuple[float, float]], started: float) -> Iterator[Figure]:
    yield Figure(f"{what}: wall", median(wall for wall, _ in runs), "s")
    yield Figure("– CPU, by that of bare Python", median(cpu for _, cpu in runs) / started, "×")


def _pip(cache: str) -> list[str]:
    where = ["--cache-dir", cache] if cache else ["--no-cache-dir"]
    return [sys.executable, "-m", "pip", "--python", "made", "install", "--no-compile", *where]


def _uv(cache: str) -> list[str]:
    where = ["--cache-dir", cache] if cache else ["--no-cache"]
    return [find_uv_bin(), "pip", "install", "--python", "made", *where]


def _installed(folder: Path, lock: str, command: list[str]) -> tuple[float, float]:
    """Seconds by the clock, and those computed, for an environment that has nothing yet."""
    rmtree(folder / "made", ignore_errors=True)
    venv = [sys.executable, "-m", "venv", "--without-pip", "made"]
    subprocess.run(venv, check=True, cwd=folder)
    words = [*command, "--quiet", "--require-hashes", "-r", f"{lock}.lock"]
    run = partial(subprocess.run, words, check=True, cwd=folder, stderr=subprocess.DEVNULL)
    return spent(run)
