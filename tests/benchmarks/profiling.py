"""``python -m tests.benchmarks.profiling FOLDER``: where the time goes.

A pass, a plan and a sweep are profiled once each; a text file of each is left in FOLDER, the
costliest functions first: by their own time, and by all that they call.
"""

from __future__ import annotations

import cProfile
import pstats
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from automation.planning.planner import plan
from tests.benchmarks.forges import GITLAB
from tests.benchmarks.passing import settled
from tests.benchmarks.planning import snapshot_of
from tests.benchmarks.sweeping import FULL, sweep
from tests.benchmarks.team import Team

SHOWN = 25  # functions
PLANNED = 2_000  # incidents


def passing(profile: cProfile.Profile) -> None:
    with TemporaryDirectory(prefix="ima-") as folder:
        world = settled(Path(folder))
        profile.runcall(world.session.run.apply)
        world.session.tracker.close()


def planning(profile: cProfile.Profile) -> None:
    profile.runcall(plan, snapshot_of(PLANNED))


def sweeping(profile: cProfile.Profile) -> None:
    with GITLAB.server(FULL) as server, TemporaryDirectory(prefix="ima-") as folder:
        team = Team(GITLAB, server, Path(folder))
        team.settled(FULL // 10)
        profile.runcall(sweep, team, team.session(), 0)


WHAT: dict[str, Callable[[cProfile.Profile], None]] = {
    "pass": passing,
    "plan": planning,
    "sweep": sweeping,
}


def main() -> int:
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name, work in WHAT.items():
        profile = cProfile.Profile()
        work(profile)
        with redirect_stdout(StringIO()) as said:
            figures = pstats.Stats(profile).strip_dirs()
            figures.sort_stats("tottime").print_stats(SHOWN)
            figures.sort_stats("cumulative").print_stats(SHOWN)
        (folder / f"{name}.txt").write_text(said.getvalue(), "utf-8")
        print(f"{folder / name}.txt")
    return 0


if __name__ == "__main__":
    sys.exit(main())
