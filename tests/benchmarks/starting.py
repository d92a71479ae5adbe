"""What a person waits for: the start of a process, runs of each kind in turn."""

from __future__ import annotations

import os
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
WHAT = {
    "version": "`ima --version`",
    "idle": "`ima apply --event`, an event of no interest",
    "plan": "`ima plan` on an empty tracker",
}
PUSH = '{"object_kind": "push", "project": {"path_with_namespace": "acme/production"}}'


def figures() -> Iterator[Figure]:
    """Medians, so that one hiccup of the machine says nothing; of the CPU, which a busy machine
    spends as a calm one does."""
    with TemporaryDirectory(prefix="ima-") as folder:
        _run("plan", Path(folder))  # makes the tracker's file, and compiles what was edited since
        (Path(folder) / "push.json").write_text(PUSH, "utf-8")
        took: dict[str, list[tuple[float, float]]] = {name: [] for name in COMMANDS}
        for _ in range(RUNS):
            for name, times in took.items():
                times.append(spent(partial(_run, name, Path(folder))))
    walls, cpus = ({name: median(t[nth] for t in took[name]) for name in took} for nth in (0, 1))
    aims = {"version": 5.5, "idle": 4, "plan": 22}  # the version stands in the package's metadata
    for name, what in WHAT.items():
        whole = f"{what}: CPU, by the start of bare Python"
        yield Figure(whole, cpus[name] / cpus["bare"], "×", aims[name])
    yield Figure("– wall", walls["plan"] * 1000, "ms")
    yield Figure("– bare Python", walls["bare"] * 1000, "ms")


def spent(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock, and those that the processes of ``work`` computed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall, _ = seconds(work)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _run(name: str, folder: Path) -> None:
    compiled = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    subprocess.run(COMMANDS[name], cwd=folder, check=True, capture_output=True, env=compiled)
