"""Sweeps of a project on a forge: what they ask for, and how long they take."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory
from time import perf_counter, process_time, sleep

from automation.policy.policy import Policy
from automation.workspace.session import Session
from tests.benchmarks import plainly
from tests.benchmarks.figure import Figure
from tests.benchmarks.floor import CONNECTIONS, floor
from tests.benchmarks.forges import FORGES, Forge
from tests.benchmarks.gitlab_server import LATENCY, Logged
from tests.benchmarks.memory import peak_of
from tests.benchmarks.team import HELD, Team
from tests.benchmarks.yardstick import unit

QUIET, MOVED = 10_000, 20
FULL, CHANGED = 1_000, 100
PAST, BESIDES = (1_000, 10_000), 5
FIRST, EACH_FIRST = 200, 7
DASHBOARD = 1
LISTS = 3  # of a quiet sweep, and of a full one besides its pages
RULES = (1, 50)
TICK = 1.1  # seconds
NEAR = 1.25  # of the floor
TURNS, MOST_TURNS = 3, 15  # a sweep and its floor; the best pair counts


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep asked for, and what it took."""

    forge: Forge
    log: list[Logged]
    wall: float
    cpu: float

    @property
    def details(self) -> int:
        return sum(map(self.forge.is_detail, self.log))

    @property
    def writes(self) -> list[Logged]:
        return [each for each in self.log if each["method"] != "GET"]


def figures() -> Iterator[Figure]:
    for forge in FORGES:
        yield from _quiet(forge)
        yield from _full(forge)
        for count in PAST:
            yield from _past(forge, count)
        yield from _first(forge)


@contextmanager
def _team(forge: Forge, others: int) -> Iterator[Team]:
    with forge.server(others) as server, TemporaryDirectory(prefix="ima-") as folder:
        yield Team(forge, server, Path(folder))


def _quiet(forge: Forge) -> Iterator[Figure]:
    with _team(forge, QUIET - MOVED - DASHBOARD) as team:
        server = team.server
        for iid in team.settled(MOVED):
            server.does("rita", "comment", iid, "looking at the graphs of the last hour")
        swept = sweep(team, team.session())
        assert not swept.writes, len(swept.writes)
    what = f"{forge.name}: a quiet sweep of {QUIET:,} issues, {MOVED} changed, none to write"
    most = LISTS + forge.each * (MOVED + DASHBOARD)
    yield Figure(f"{what}: requests", len(swept.log), "", most)
    yield Figure("– wall", swept.wall * 1000, "ms")
    yield Figure("– CPU", swept.cpu * 1000, "ms")


def _full(forge: Forge) -> Iterator[Figure]:
    with _team(forge, FULL - CHANGED - DASHBOARD) as team:
        numbers = team.settled(CHANGED)
        swept, least = _best_turn(team, numbers)
        few, many = (_ruled(team, numbers, count) for count in RULES)
        plain = list(_plainly(team, numbers))
    yield from _asked(forge, swept)
    yield Figure("– wall, by the floor of its own requests", swept.wall / least, "×", NEAR)
    yield Figure("– wall", swept.wall * 1000, "ms")
    yield Figure(
        f"– that floor: raw HTTP on {CONNECTIONS} connections, in order", least * 1000, "ms"
    )
    yield Figure("– CPU", swept.cpu * 1000, "ms")
    yield from _by_rules(few, many)
    yield from plain


def _past(forge: Forge, count: int) -> Iterator[Figure]:
    """A project that had incidents before IMA came."""
    with _team(forge, count) as team:
        path = team.folder / "policy.yml"
        text = path.read_text("utf-8")
        since = datetime.now(UTC) - timedelta(minutes=1)
        path.write_text(re.sub(r"since: .*", f"since: {since:%Y-%m-%dT%H:%M:%SZ}", text), "utf-8")
        swept = sweep(team, team.session())
        assert not swept.writes, len(swept.writes)
        rmtree(team.folder / ".ima")  # as in the first run
        peak = peak_of(team.folder, "plan")
    what = f"{forge.name}: adopting a project with {count:,} old open incidents: requests"
    yield Figure(what, len(swept.log), "", -(-count // 100) + BESIDES)
    yield Figure("– wall", swept.wall * 1000, "ms")
    yield Figure("– peak memory of `ima plan`", peak, "MB", 120)


def _first(forge: Forge) -> Iterator[Figure]:
    """IMA's first run where that many open incidents are to be taken on at once."""
    with _team(forge, FIRST) as team:
        swept = sweep(team, team.session(), latency=0)
        now = unit()
        rmtree(team.folder / ".ima")
        peak = peak_of(team.folder, "plan")
    what = f"{forge.name}: a first run with {FIRST} to take on: requests for each"
    yield Figure(what, len(swept.log) / FIRST, "", EACH_FIRST)
    yield Figure("– CPU for each", swept.cpu / FIRST / now, "units")
    yield Figure("– peak memory of `ima plan` that reads them all", peak, "MB", 120)


def _plainly(team: Team, numbers: list[int]) -> Iterator[Figure]:
    """What else people use on this forge."""
    if team.forge.kind == "github":
        for number in numbers:
            team.server.does("rita", "unlabel", number, HELD)
        yield from plainly.figures(team, len(numbers))


def _best_turn(team: Team, numbers: list[int]) -> tuple[Swept, float]:
    """A sweep and its floor, at the best of some turns; more of them while others compute here so
    much that none is as it should be."""
    turns: list[tuple[Swept, float]] = []
    while True:
        turns.append(_beside_floor(team, numbers))
        swept, least = min(turns, key=lambda turn: turn[0].wall / turn[1])
        if len(turns) >= (TURNS if swept.wall <= NEAR * least else MOST_TURNS):
            return swept, least


def _beside_floor(team: Team, numbers: list[int]) -> tuple[Swept, float]:
    """A sweep, and right after it the least that its requests take."""
    swept = _changed(team, numbers, None, LATENCY)
    assert len(swept.writes) == CHANGED, len(swept.writes)
    team.server.latency(LATENCY)
    least = floor(team.forge, team.server.url, swept.log)
    team.server.latency(0)
    return swept, least


def _asked(forge: Forge, swept: Swept) -> Iterator[Figure]:
    what = f"{forge.name}: a full sweep of {FULL:,} issues, {CHANGED} to write"
    lists, beyond = -(-FULL // 100), len(swept.log) - swept.details
    if not forge.apart:
        least = lists + CHANGED
        yield Figure(f"{what}: requests beyond the details", beyond, "", round(1.1 * least))
        yield Figure(f"– its floor: {lists} lists and one write per change", least, "")
    else:
        yield Figure(f"{what}: lists", beyond - len(swept.writes), "", lists + LISTS)
        yield Figure("– reads of each changed issue", swept.details / CHANGED, "", 1.1)
        yield Figure("– writes, not held apart here", len(swept.writes), "", CHANGED)


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
    sleep(TICK)  # GitHub's times are whole seconds: a change is to be seen as one
    for iid in iids:
        team.server.does("rita", "unlabel", iid, HELD)
    return sweep(team, team.due(policy), latency)


def sweep(team: Team, session: Session, latency: float = LATENCY) -> Swept:
    """One run as a new process would make it, the answers late."""
    run, server = session.run, team.server
    server.forget()
    server.latency(latency)
    start, cpu = perf_counter(), process_time()
    _, report = run.apply()
    wall, spent = perf_counter() - start, process_time() - cpu
    server.latency(0)
    assert not report.failures, report.failures[0]
    session.tracker.close()
    return Swept(team.forge, server.log(), wall, spent)
