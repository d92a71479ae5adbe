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
from tests.benchmarks.yardstick import bare

RUNS = 3
Run = tuple[float, float, float]  # seconds by the clock, those computed, and those of bare Python


def figures() -> Iterator[Figure]:
    """Cold: all is downloaded. Warm: it is in the cache. The index is that of this machine."""
    with TemporaryDirectory(prefix="ima-") as name:
        folder = Path(name)
        (folder / "all.lock").write_text(locked_requirements(), "utf-8")
        (folder / "gitlab.lock").write_text(locked_requirements(frozenset({"gitlab"})), "utf-8")
        (folder / "github.lock").write_text(locked_requirements(frozenset({"github"})), "utf-8")
        for what, lock, by in (
            ("installing all that ima can need, by pip, nothing in the cache", "all", by_pip),
            ("– what a project on GitLab needs", "gitlab", by_pip),
            ("– what a project on GitHub needs", "github", by_pip),
            ("– what a project on GitLab needs, by uv", "gitlab", by_uv),
        ):
            cold = [_installed(folder, lock, by("")) for _ in range(RUNS)]
            yield from _rows(what, cold)
        cache = str(folder / "cache")
        _installed(folder, "gitlab", by_uv(cache))
        warm = [_installed(folder, "gitlab", by_uv(cache)) for _ in range(RUNS)]
        yield from _rows("– the same by uv, from its cache", warm)


def _rows(what: str, runs: list[Run]) -> Iterator[Figure]:
    walls, cpus, starts = zip(*runs, strict=True)
    yield Figure(f"{what}: wall", min(walls), "s")
    yield Figure("– CPU, by that of bare Python", median(cpus) / median(starts), "×")


def by_pip(cache: str) -> list[str]:
    where = ["--cache-dir", cache] if cache else ["--no-cache-dir"]
    return [sys.executable, "-m", "pip", "--python", "made", "install", "--no-compile", *where]


def by_uv(cache: str) -> list[str]:
    where = ["--cache-dir", cache] if cache else ["--no-cache"]
    return [find_uv_bin(), "pip", "install", "--python", "made", *where]


def _installed(folder: Path, lock: str, command: list[str]) -> Run:
    rmtree(folder / "made", ignore_errors=True)
    _, started = spent(bare)
    return (*spent(partial(install, folder, lock, command)), started)


def install(folder: Path, lock: str, command: list[str]) -> None:
    """An environment ``made`` in ``folder``, with what stands in a lock there."""
    venv = [sys.executable, "-m", "venv", "--without-pip", "made"]
    subprocess.run(venv, check=True, cwd=folder)
    words = [*command, "--quiet", "--require-hashes", "-r", f"{lock}.lock"]
    subprocess.run(words, check=True, cwd=folder, stderr=subprocess.DEVNULL)
