"""Folded incidents by the thousand: a few are really played, the others are their twins."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import cycle, islice
from pathlib import Path

from automation.changes.announcement import announcement_digest
from automation.model.incident import Incident
from automation.model.issue import Update
from automation.planning.incident_view import card_digest
from automation.planning.plan import Snapshot
from automation.reconcile.observe import observe
from tests.benchmarks.world import World

QUIET, MOVING, OVER = "quiet", "needing changes", "resolved"
MIX = {QUIET: 70, MOVING: 10, OVER: 20}  # of a hundred


@dataclass(frozen=True, slots=True)
class Played:
    """What was played, judged, and which issue is in what condition."""

    snapshot: Snapshot
    refs: dict[str, list[str]]


def play(folder: Path) -> Played:
    """Issues that people and IMA have worked on for 50 minutes, read and folded."""
    world = World(folder)
    quiet = _quiet(world)
    old = [world.opens(f"Pages are slow {n}", severity) for n, severity in _severities(6)]
    moving = [world.opens(f"Git is slow {n}", severity) for n, severity in _severities(4)]
    world.settle()
    world.later(minutes=40)
    world.settle()
    for ref in old:
        world.says("erin", ref, "/ima resolve the cache is back")
    world.settle()
    world.later(minutes=9)
    for ref in (*quiet, *moving):
        _come(world, ref)
    world.settle()
    moving += _moving(world, moving)
    world.later(minutes=1)
    session = world.session
    snapshot = observe(session.tracker, session.services, world.policy, lambda: world.now)
    session.tracker.close()
    return Played(snapshot, {QUIET: quiet, MOVING: moving, OVER: old})


def _severities(count: int) -> list[tuple[int, str]]:
    return list(enumerate(islice(cycle(("S1", "S2", "S3", "S4")), count)))


def _quiet(world: World) -> list[str]:
    refs = [world.opens(f"API errors {n}", severity) for n, severity in _severities(8)]
    refs.append(world.opens("Nobody knows yet"))
    world.settle()
    for number, ref in enumerate(refs):
        world.later(seconds=20)
        _come(world, ref)
        world.says("erin", ref, "looking at the graphs of the last hour")
        world.says("rita", ref, "it began with the deploy at noon")
        if number % 2:
            world.says("erin", ref, "/ima state identified -- roll back")
        if number % 3 == 0:
            world.says("erin", ref, "/ima status degraded performance")
    return refs


def _come(world: World, ref: str) -> None:
    """Everybody who was called: who does not come is called again and again."""
    for login in ("erin", "ian", "cara"):
        world.says(login, ref, "I am here")


def _moving(world: World, settled: list[str]) -> list[str]:
    """People act on some, and open others, before the next pass."""
    first, second, third, fourth = settled
    world.says("rita", first, "/ima state monitoring")
    world.labels("erin", second, "Status::Service Disruption")
    world.says("erin", third, "/ima severity S2")
    world.by("erin").update(fourth, Update(closed=True))
    return [world.opens("New and grave", "S1"), world.opens("New"), world.opens("New, small", "S3")]


def many(played: Played, count: int) -> tuple[Snapshot, dict[str, str]]:
    """A snapshot of ``count`` incidents in the proportions of MIX, and the condition of each."""
    shares = {kind: count * share // 100 for kind, share in MIX.items()}
    kinds = [kind for kind, share in shares.items() for _ in range(share)]
    sources = {kind: cycle(played.refs[kind]) for kind in shares}
    incidents, conditions = {}, {}
    for number, kind in enumerate(kinds, start=1000):
        ref = f"#{number}"
        incidents[ref] = _twin(played, next(sources[kind]), ref)
        conditions[ref] = kind
    return replace(played.snapshot, incidents=incidents), conditions


def _twin(played: Played, ref: str, new: str) -> Incident:
    """The same incident under another reference; its card says as much as the first one's."""
    ctx = played.snapshot.ctx
    first = played.snapshot.incidents[ref]
    old, now = (f"{ctx.policy.project}{each}:" for each in (ref, new))
    twin = replace(
        first,
        ref=new,
        facts=tuple(replace(fact, what=fact.what.replace(old, now)) for fact in first.facts),
        said=frozenset(key.replace(old, now) for key in first.said),
        notes=tuple(replace(note, key=note.key.replace(old, now)) for note in first.notes),
    )
    text = announcement_digest(twin, ctx)
    told = tuple(replace(f, text=text) if f.kind == "announced" else f for f in twin.facts)
    twin = replace(twin, facts=told)
    if first.card and first.card.digest == card_digest(first, ctx):
        card = replace(first.card, digest=card_digest(twin, ctx))
        twin = replace(twin, card=card)
    return twin
