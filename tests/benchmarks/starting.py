"""What a person waits for: the start of a process, runs of each kind in turn."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from tests.benchmarks.figure import Figure, seconds

RUNS = 15
IMA = str(Path(sys.executable).with_name("ima"))
COMMANDS = {
    "bare": [sys.executable, "-c", "pass"],
    "version": [IMA, "--version"],
    "plan": [IMA, "plan"],
    "idle": [IMA, "apply", "--event", "push.json", "--hourly"],
}
PUSH = '{"object_kind": "push", "project": {"path_with_namespace": "acme/production"}}'


def figures() -> Iterator[Figure]:
    """Medians, so that one hiccup of the machine says nothing."""
    with TemporaryDirectory(prefix="ima-") as folder:
        _run("plan", Path(folder))  # makes the tracker's file
        (Path(folder) / "push.json").write_text(PUSH, "utf-8")
        took: dict[str, list[float]] = {name: [] for name in COMMANDS}
        for _ in range(RUNS):
            for name, times in took.items():
                times.append(seconds(partial(_run, name, Path(folder)))[0] * 1000)
    bare, version, plan, idle = (median(times) for times in took.values())
    yield Figure("`ima --version`, by the start of bare Python", version / bare, "×", 4)
    what = "`ima apply --event`, an event of no interest, by the start of bare Python"
    yield Figure(what, idle / bare, "×", 4)
    yield Figure(
        "`ima plan` on an empty tracker, by the start of bare Python", plan / bare, "×", 22
    )
    yield Figure("– wall", plan, "ms")
    yield Figure("– bare Python", bare, "ms")


def spent(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock, and those that the processes of ``work`` computed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall, _ = seconds(work)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _run(name: str, folder: Path) -> None:
    subprocess.run(COMMANDS[name], cwd=folder, check=True, capture_output=True)
