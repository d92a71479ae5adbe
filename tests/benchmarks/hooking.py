"""What a webhook starts: one issue, from a new process to the last write."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from shutil import rmtree
from statistics import median
from tempfile import TemporaryDirectory

from tests.benchmarks.figure import Figure, seconds
from tests.benchmarks.forges import FORGES, Forge
from tests.benchmarks.gitlab_server import LATENCY
from tests.benchmarks.starting import IMA
from tests.benchmarks.team import Team
from tests.benchmarks.yardstick import STARTS, bare

RUNS = 7
MANY = 300  # other issues of the project
BEYOND = 34  # starts of bare Python
Run = tuple[int, float]  # requests, seconds


def figures() -> Iterator[Figure]:
    for forge in FORGES:
        yield from _figures(forge)


def _figures(forge: Forge) -> Iterator[Figure]:
    with forge.server(MANY) as server, TemporaryDirectory(prefix="ima-") as folder:
        team = Team(forge, server, Path(folder))
        team.settled(1)
        server.latency(LATENCY)
        _event(team, "S3")  # compiles what was edited since
        turns = [(_event(team, "S3"), _event(team, "S1")) for _ in range(RUNS)]
        new, grave = ([turn[nth] for turn in turns] for nth in (0, 1))
        cold = [_event(team, "S3", cold=True) for _ in range(RUNS)]
    started = median(bare() for _ in range(STARTS))
    what = f"{forge.name}: `ima apply --event`, a new S3 (labels, assignee, card, dashboard)"
    beyond = "– a new process, beyond the latency of its requests, by the start of bare Python"
    yield Figure(f"{what}: requests", _most(new), "", forge.requests)
    yield Figure(beyond, _typical(new) / started, "×", BEYOND)
    yield Figure("– wall", median(wall for _, wall in new) * 1000, "ms")
    yield Figure("– a new S1, with its pages and a call: requests", _most(grave), "")
    yield Figure(beyond, _typical(grave) / started, "×")
    yield Figure("– a new S3 without a cache: requests", _most(cold), "")
    yield Figure(beyond, _typical(cold) / started, "×")


def _most(runs: list[Run]) -> int:
    return max(count for count, _ in runs)


def _typical(runs: list[Run]) -> float:
    """Seconds beyond the latency of the requests."""
    return median(wall - count * LATENCY for count, wall in runs)


def _event(team: Team, severity: str, *, cold: bool = False) -> Run:
    """Somebody opens an incident, the forge tells us, and we make it one."""
    options = {"description": "It breaks.", "labels": ["Incident", severity]}
    iid = team.server.does("rita", "open", "Slow", **options)
    if cold:
        rmtree(team.folder / ".ima", ignore_errors=True)
    (team.folder / "hook.json").write_text(json.dumps(team.forge.event(iid)), "utf-8")
    team.server.forget()
    wall, _ = seconds(lambda: _ima(team.folder))
    count = len(team.server.log())
    return count, wall


def _ima(folder: Path) -> None:
    command = [IMA, "apply", "--event", "hook.json"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
