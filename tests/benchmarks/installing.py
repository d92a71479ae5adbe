"""What a job without an image installs before its pass: by pip from the lock, as the jobs do."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from shutil import rmtree
from statistics import median
from tempfile import TemporaryDirectory

from tests.benchmarks.figure import Figure
from tests.benchmarks.starting import spent
from tests.benchmarks.yardstick import STARTS, bare

LOCK = Path(__file__).parents[2] / "requirements.lock"
RUNS = 3


def figures() -> Iterator[Figure]:
    """Cold: all is downloaded. Warm: pip has it in its cache. The index is that of this machine."""
    with TemporaryDirectory(prefix="ima-") as name:
        folder = Path(name)
        cold = [_installed(folder, "--no-cache-dir") for _ in range(RUNS)]
        _installed(folder, "--cache-dir", str(folder / "cache"))
        warm = [_installed(folder, "--cache-dir", str(folder / "cache")) for _ in range(RUNS)]
    started = median(spent(bare)[1] for _ in range(STARTS))
    needed = "installing what a job needs from `requirements.lock`, nothing in the cache"
    for what, runs in ((needed, cold), ("– from pip's cache", warm)):
        yield Figure(f"{what}: wall", median(wall for wall, _ in runs), "s")
        yield Figure("– CPU, by that of bare Python", median(cpu for _, cpu in runs) / started, "×")


def _installed(folder: Path, *options: str) -> tuple[float, float]:
    """Seconds by the clock, and those computed, for an environment that has nothing yet."""
    made = folder / "made"
    rmtree(made, ignore_errors=True)
    subprocess.run([sys.executable, "-m", "venv", str(made)], check=True)
    words = ["install", "--quiet", "--no-compile", "--require-hashes", "-r", str(LOCK), *options]
    command = [str(made / "bin" / "pip"), *words]
    return spent(partial(subprocess.run, command, check=True, stderr=subprocess.DEVNULL))
