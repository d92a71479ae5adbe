"""What a webhook starts: one issue, from a new process to the last write; and the whole job around
it, which is what a person waits for."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from shutil import copy, copytree, rmtree
from statistics import median
from tempfile import TemporaryDirectory
from time import sleep
from typing import NamedTuple

from automation.workspace.lock_file import locked_requirements
from tests.benchmarks.echoing import goes_on, goes_on_at_github
from tests.benchmarks.figure import Figure
from tests.benchmarks.forges import FORGES, GITLAB, Forge
from tests.benchmarks.gitlab_server import LATENCY
from tests.benchmarks.installing import by_pip, by_uv, install
from tests.benchmarks.starting import IMA, spent
from tests.benchmarks.sweeping import TICK
from tests.benchmarks.team import Team
from tests.benchmarks.yardstick import bare

RUNS = 7
MANY = 300  # other issues of the project
BEYOND, JOB, COLD = 60, 65, 500  # times the CPU of bare Python
INSTALLS = 3
BURST, BURSTS = 5, 3  # events, and how often
TOGETHER = 1.5  # of one event: each job looks first whether a pass has read its event
QUEUED = timedelta(seconds=10)  # from an event to the pass of its job: a runner, a clone
WHO = ("-c", "user.name=rita", "-c", "user.email=rita@example.com")


class Run(NamedTuple):
    requests: int
    wall: float  # seconds
    cpu: float  # seconds that its processes computed
    bare: float  # those of bare Python, started just before


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
        jobs = [_job(team) for _ in range(RUNS)]
        pip = [_job(team, by_pip("")) for _ in range(INSTALLS)]
        uv = [_job(team, by_uv(str(team.folder / "uv"))) for _ in range(INSTALLS + 1)][1:]
        bursts = [_burst(team) for _ in range(BURSTS)]
        # last: what sweeps after them takes on all the others
        cold = [_event(team, "S3", cold=True) for _ in range(RUNS)]
    what = f"{forge.name}: `ima apply --event`, a new S3 (labels, assignee, card, dashboard)"
    beyond = "– CPU, by that of bare Python"
    yield Figure(f"{what}: requests", _most(new), "", forge.requests)
    yield Figure(beyond, _typical(new), "×", BEYOND)
    yield Figure("– wall", min(run.wall for run in new), "s")
    yield Figure("– a new S1, with its pages and a call: requests", _most(grave), "")
    yield Figure(beyond, _typical(grave), "×")
    yield Figure("– a new S3 without a cache: requests", _most(cold), "")
    yield Figure(beyond, _typical(cold), "×")
    what = f"{forge.name}: the whole job of a new S3, in an image: clone, cache, start, pass"
    yield from _whole(what, jobs, JOB)
    what = "– without an image, what it needs installed by pip, nothing of it in a cache"
    yield from _whole(what, pip, COLD)
    yield from _whole("– by uv, from its cache", uv)
    what = f"– {BURST} events of one burst, job after job: CPU by that of one"
    yield Figure(what, median(bursts), "×", TOGETHER)


def _most(runs: list[Run]) -> int:
    return max(run.requests for run in runs)


def _typical(runs: list[Run]) -> float:
    """Their CPU by that of bare Python."""
    return median(run.cpu for run in runs) / median(run.bare for run in runs)


def _whole(what: str, runs: list[Run], most: float | None = None) -> Iterator[Figure]:
    """Of the clock the shortest, for others compute here, too."""
    yield Figure(f"{what}: CPU, by that of bare Python", _typical(runs), "×", most)
    yield Figure("– wall", min(run.wall for run in runs), "s")


def _event(team: Team, severity: str, *, cold: bool = False) -> Run:
    """Somebody opens an incident, the forge tells us, and we make it one."""
    iid = _opened(team, severity)
    if cold:
        rmtree(team.folder / ".ima", ignore_errors=True)
    (team.folder / "hook.json").write_text(json.dumps(team.forge.event(iid)), "utf-8")
    return _run(team, lambda: _ima(team.folder))


def _run(team: Team, work: Callable[[], None]) -> Run:
    _, started = spent(bare)
    team.server.forget()
    took = spent(work)
    return Run(len(team.server.log()), *took, started)


def _job(team: Team, installs: list[str] | None = None) -> Run:
    """The same in a fresh clone, with the cache brought and taken back, and first what the forge
    needs by the command ``installs``."""
    iid = _opened(team, "S3")
    origin, clone = team.folder / "origin", team.folder / "clone"
    if not origin.exists():
        origin.mkdir()
        copy(team.folder / "policy.yml", origin)
        lock = locked_requirements(frozenset({team.forge.kind}))
        (origin / "ima.lock").write_text(lock, "utf-8")
        for words in (["init", "-q"], ["add", "."], [*WHO, "commit", "-qm", "x"]):
            subprocess.run(["git", *words], cwd=origin, check=True)
    rmtree(clone, ignore_errors=True)

    def job() -> None:
        from_there = ["git", "clone", "-q", "--depth", "1", origin.as_uri(), str(clone)]
        subprocess.run(from_there, check=True)
        if installs:
            install(clone, "ima", installs)
        copytree(team.folder / ".ima", clone / ".ima")
        (clone / "hook.json").write_text(json.dumps(team.forge.event(iid)), "utf-8")
        _ima(clone)
        copytree(clone / ".ima", team.folder / ".ima", dirs_exist_ok=True)

    return _run(team, job)


def _burst(team: Team) -> float:
    """What the jobs of several new incidents cost, each with all that moved, by what one does.
    Those that waited look first whether a pass that began after their event has read it."""
    costs = []
    for number in (1, BURST):
        payloads = [team.forge.event(_opened(team, "S3")) for _ in range(number)]
        sleep(TICK)  # GitHub's times are whole seconds: what has just moved is read once more
        came, cost = datetime.now(UTC), 0.0
        for nth, payload in enumerate(payloads):
            (team.folder / "hook.json").write_text(json.dumps(payload), "utf-8")
            waited = QUEUED if nth else timedelta()  # for the first one's pass
            cost += spent(partial(_job_of_burst, team, came - waited))[1]
        costs.append(cost)
    return costs[1] / costs[0]


def _job_of_burst(team: Team, came: datetime) -> None:
    looks = goes_on if team.forge is GITLAB else goes_on_at_github
    if looks(team.folder, team.folder / "hook.json", came):
        _ima(team.folder, "--catch-up")


def _opened(team: Team, severity: str) -> int:
    options = {"description": "It breaks.", "labels": ["Incident", severity]}
    iid: int = team.server.does("rita", "open", "Slow", **options)
    return iid


def _ima(folder: Path, *words: str) -> None:
    command = [IMA, "apply", "--event", "hook.json", *words]
    job = {**os.environ, "CI": "true"}  # a pass by hand is refused
    job.pop("PYTHONDONTWRITEBYTECODE", None)  # what is installed is compiled
    subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, env=job)
