"""A list of very many issues: what it costs us, not the server.

``python -m tests.benchmarks.listing FORGE URL`` makes one and prints its cost.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import process_time

from automation.trackers import Tracker
from automation.trackers.github import GitHubTracker
from automation.trackers.gitlab import GitLabTracker
from tests.benchmarks.figure import Figure
from tests.benchmarks.forges import FORGES, Forge
from tests.benchmarks.gitlab_server import PROJECT

COUNT = 100_000


def figures() -> Iterator[Figure]:
    for forge in FORGES:
        yield from _figures(forge)


def _figures(forge: Forge) -> Iterator[Figure]:
    with forge.server(COUNT) as server:
        command = [sys.executable, "-m", "tests.benchmarks.listing", forge.kind, server.url]
        said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    cost = json.loads(said)
    assert cost["heads"] == COUNT
    what = f"{forge.name}: a list of {COUNT:,} issues"
    yield Figure(f"{what}: CPU for an issue", cost["cpu"] / COUNT * 1e6, "µs", 40)
    yield Figure("– peak memory of the process", cost["peak"] / 1e6, "MB", 120)


def main() -> int:
    kind, url = sys.argv[1:]
    opened = GitHubTracker if kind == "github" else GitLabTracker
    tracker: Tracker = opened(PROJECT, url=url, token="t-ima", share=1.0)
    start = process_time()
    heads = tracker.heads()
    spent = process_time() - start
    status = Path("/proc/self/status").read_text()  # getrusage would count who started us, too
    peak = int(status.partition("VmHWM:")[2].split()[0]) * 1024
    print(json.dumps({"heads": len(heads), "cpu": spent, "peak": peak}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
