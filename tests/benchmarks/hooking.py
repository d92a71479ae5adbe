"""What a webhook starts: one issue, from a new process to the last write."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from shutil import copy, copytree, rmtree
from statistics import median
from tempfile import TemporaryDirectory
from time import sleep
from typing import NamedTuple

from tests.benchmarks.echoing import goes_on, goes_on_at_github
from tests.benchmarks.figure import Figure
from tests.benchmarks.forges import FORGES, GITLAB, Forge
from tests.benchmarks.gitlab_server import LATENCY
from tests.benchmarks.starting import IMA, spent
from tests.benchmarks.sweeping import TICK
from tests.benchmarks.team import Team
from tests.benchmarks.yardstick import STARTS, bare

RUNS = 7
MANY = 300  # other issues of the project
BEYOND, JOB = 70, 75  # times the CPU of bare Python; measured 53 to 64, under load
BURST, BURSTS = 5, 3  # events, and how often
TOGETHER = 1.5  # of one event: each job looks first whether a pass has read its event
QUEUED = timedelta(seconds=10)  # from an event to the pass of its job: a runner, a clone
WHO = ("-c", "user.name=rita", "-c", "user.email=rita@example.com")


class Run(NamedTuple):
    requests: int
    wall: float  # seconds
    cpu: float  # seconds that its processes computed: a busy machine has the same


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
        bursts = [_burst(team) for _ in range(BURSTS)]
        # last: what sweeps after them takes on all the others
        cold = [_event(team, "S3", cold=True) for _ in range(RUNS)]
    started = median(spent(bare)[1] for _ in range(STARTS))
    what = f"{forge.name}: `ima apply --event`, a new S3 (labels, assignee, card, dashboard)"
    beyond = "– CPU of the process, by that of bare Python"
    yield Figure(f"{what}: requests", _most(new), "", forge.requests)
    yield Figure(beyond, _typical(new) / started, "×", BEYOND)
    yield Figure("– wall", median(run.wall for run in new) * 1000, "ms")
    yield Figure("– a new S1, with its pages and a call: requests", _most(grave), "")
    yield Figure(beyond, _typical(grave) / started, "×")
    yield Figure("– a new S3 without a cache: requests", _most(cold), "")
    yield Figure(beyond, _typical(cold) / started, "×")
    what = "– a new S3, the whole job in an image that has `ima`: clone, cache, pass"
    yield Figure(f"{what}: CPU, by that of bare Python", _typical(jobs) / started, "×", JOB)
    yield Figure("– wall", median(run.wall for run in jobs) * 1000, "ms")
    what = f"– {BURST} events of one burst, job after job: CPU by that of one"
    yield Figure(what, median(bursts), "×", TOGETHER)


def _most(runs: list[Run]) -> int:
    return max(run.requests for run in runs)


def _typical(runs: list[Run]) -> float:
    return median(run.cpu for run in runs)


def _event(team: Team, severity: str, *, cold: bool = False) -> Run:
    """Somebody opens an incident, the forge tells us, and we make it one."""
    iid = _opened(team, severity)
    if cold:
        rmtree(team.folder / ".ima", ignore_errors=True)
    (team.folder / "hook.json").write_text(json.dumps(team.forge.event(iid)), "utf-8")
    team.server.forget()
    took = spent(lambda: _ima(team.folder))
    return Run(len(team.server.log()), *took)


def _job(team: Team) -> Run:
    """The same in a fresh clone, with the cache brought and taken back."""
    iid = _opened(team, "S3")
    origin, clone = team.folder / "origin", team.folder / "clone"
    if not origin.exists():
        origin.mkdir()
        copy(team.folder / "policy.yml", origin)
        for words in (["init", "-q"], ["add", "."], [*WHO, "commit", "-qm", "x"]):
            subprocess.run(["git", *words], cwd=origin, check=True)
    rmtree(clone, ignore_errors=True)
    team.server.forget()

    def job() -> None:
        from_there = ["git", "clone", "-q", "--depth", "1", origin.as_uri(), str(clone)]
        subprocess.run(from_there, check=True)
        copytree(team.folder / ".ima", clone / ".ima")
        (clone / "hook.json").write_text(json.dumps(team.forge.event(iid)), "utf-8")
        _ima(clone)
        copytree(clone / ".ima", team.folder / ".ima", dirs_exist_ok=True)

    took = spent(job)
    return Run(len(team.server.log()), *took)


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
