"""Sweeps of a GitLab project: what they ask for, and how long they take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time

from automation.policy import Policy
from automation.session import Session
from tests.benchmarks.figure import Figure
from tests.benchmarks.floor import CONNECTIONS, floor
from tests.benchmarks.gitlab_server import LATENCY, Logged, Server
from tests.benchmarks.gitlab_team import HELD, Team

QUIET, MOVED = 10_000, 20
FULL, CHANGED = 1_000, 100
DASHBOARD = 1
EACH = 3  # reads of a changed issue: notes, events of labels, events of states
RULES = (1, 50)


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep asked for, and what it took."""

    log: list[Logged]
    wall: float
    cpu: float

    @property
    def details(self) -> int:
        return sum(_is_detail(each) for each in self.log)

    @property
    def writes(self) -> list[Logged]:
        return [each for each in self.log if each["method"] != "GET"]


def figures() -> Iterator[Figure]:
    yield from _quiet()
    yield from _full()


def _quiet() -> Iterator[Figure]:
    with Server(QUIET - MOVED - DASHBOARD) as server, TemporaryDirectory(prefix="ima-") as folder:
        team = Team(server, Path(folder))
        for iid in team.settled(MOVED):
            server.does("rita", "comment", iid, "looking at the graphs of the last hour")
        swept = sweep(server, team.session())
        assert not swept.writes, len(swept.writes)
    what = f"GitLab: a quiet sweep of {QUIET:,} issues, {MOVED} changed, none to write"
    yield Figure(f"{what}: requests", len(swept.log), "", 3 + EACH * MOVED)
    yield Figure("– wall", swept.wall * 1000, "ms")
    yield Figure("– CPU", swept.cpu * 1000, "ms")


def _full() -> Iterator[Figure]:
    with Server(FULL - CHANGED - DASHBOARD) as server, TemporaryDirectory(prefix="ima-") as folder:
        team = Team(server, Path(folder))
        iids = team.settled(CHANGED)
        swept = _changed(team, iids, None, LATENCY)
        assert len(swept.writes) == CHANGED, len(swept.writes)
        server.latency(LATENCY)
        own = floor(server.url, swept.log)
        reads = [each for each in swept.log if each["method"] == "GET"]
        patient = floor(server.url, reads) + floor(server.url, swept.writes, 1)
        server.latency(0)
        few, many = (_ruled(team, iids, count) for count in RULES)
    lists = -(-FULL // 100)
    least = lists + CHANGED
    what = f"GitLab: a full sweep of {FULL:,} issues, {CHANGED} to write"
    beyond = len(swept.log) - swept.details
    yield Figure(f"{what}: requests beyond the details", beyond, "", round(1.1 * least))
    yield Figure(f"– its floor: {lists} lists and one write per change", least, "")
    yield Figure("– wall, by the floor of its own requests", swept.wall / own, "×", 1.5)
    yield Figure("– wall", swept.wall * 1000, "ms")
    yield Figure(f"– that floor: raw HTTP on {CONNECTIONS} connections", own * 1000, "ms")
    yield Figure("– wall, by the same floor with one write at a time", swept.wall / patient, "×")
    yield Figure("– CPU", swept.cpu * 1000, "ms")
    yield from _by_rules(few, many)


def _by_rules(few: Swept, many: Swept) -> Iterator[Figure]:
    less, more = RULES
    apart = abs(len(many.log) - len(few.log))
    yield Figure(f"– requests with {more} rules more than with {less}", apart, "", 0)
    ratio = many.cpu / few.cpu
    yield Figure(f"– CPU with {more} rules by that with {less}", ratio, "×", 3)


def _ruled(team: Team, iids: list[int], rules: int) -> Swept:
    """The same by another policy, once its cards are written."""
    policy = team.policy(rules)
    assert len(policy.rules) == rules
    _changed(team, iids, policy, latency=0)
    return _changed(team, iids, policy, latency=0)


def _changed(team: Team, iids: list[int], policy: Policy | None, latency: float) -> Swept:
    """Somebody takes a label off each of these, and everything is looked at."""
    for iid in iids:
        team.server.does("rita", "unlabel", iid, HELD)
    return sweep(team.server, team.due(policy), latency)


def sweep(server: Server, session: Session, latency: float = LATENCY) -> Swept:
    """One run as a new process would make it, the answers late."""
    run = session.run
    server.forget()
    server.latency(latency)
    start, cpu = perf_counter(), process_time()
    _, report = run.apply()
    wall, spent = perf_counter() - start, process_time() - cpu
    server.latency(0)
    assert not report.failures, report.failures[0]
    session.tracker.close()
    return Swept(server.log(), wall, spent)


def _is_detail(request: Logged) -> bool:
    path = str(request["path"])
    return request["method"] == "GET" and path.endswith(("/notes", "_events"))
