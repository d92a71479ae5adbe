"""A list of very many issues: what it costs us, not the server.

``python -m tests.benchmarks.listing FORGE URL`` makes one and prints its cost.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

from automation.trackers import Tracker
from automation.trackers.github.tracker import GitHubTracker
from automation.trackers.gitlab.tracker import GitLabTracker
from tests.benchmarks.figure import Figure, computed
from tests.benchmarks.forges import FORGES, Forge
from tests.benchmarks.gitlab_server import PROJECT
from tests.benchmarks.yardstick import work

COUNT = 100_000
AIM = 36  # units for a thousand issues
TIMES = 3  # the least counts


def figures() -> Iterator[Figure]:
    for forge in FORGES:
        yield from _figures(forge)


def _figures(forge: Forge) -> Iterator[Figure]:
    with forge.server(COUNT) as server:
        command = [sys.executable, "-m", "tests.benchmarks.listing", forge.kind, server.url]
        costs = [_cost(command) for _ in range(TIMES)]
    assert all(cost["heads"] == COUNT for cost in costs)
    least = min(cost["cpu"] / cost["unit"] for cost in costs) / COUNT
    peak = max(cost["peak"] for cost in costs)
    what = f"{forge.name}: a list of {COUNT:,} issues"
    yield Figure(f"{what}: CPU for a thousand of them", least * 1000, "units", AIM)
    yield Figure("– peak memory of the process", peak / 1e6, "MB", 120)


def _cost(command: list[str]) -> dict[str, Any]:
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    cost: dict[str, Any] = json.loads(said)
    return cost


def main() -> int:
    kind, url = sys.argv[1:]
    how: dict[str, Any] = {"url": url, "token": "t-ima", "share": 1.0}
    tracker: Tracker = (
        GitHubTracker(PROJECT, **how, pace=0)  # else it waits where a minute has had its points
        if kind == "github"
        else GitLabTracker(PROJECT, **how)
    )
    units: list[float] = []  # one before each page: what a page costs hangs on who else computes
    tracker._wire._before = lambda writes: units.append(computed(work)[0])  # type: ignore[attr-defined]
    start = process_time()
    heads = tracker.heads()
    spent = process_time() - start - sum(units)
    unit = median(units)
    status = Path("/proc/self/status").read_text()  # getrusage would count who started us, too
    peak = int(status.partition("VmHWM:")[2].split()[0]) * 1024
    print(json.dumps({"heads": len(heads), "cpu": spent, "unit": unit, "peak": peak}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
