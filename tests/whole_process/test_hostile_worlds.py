"""Whatever people and strangers make of the project: one line at most, and nobody else is lost."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.errors import PolicyError
from automation.scenarios.people import ACTIONS
from automation.scenarios.world import Stage
from automation.schema.yaml_nodes import parse
from tests import hostile as generated
from tests.counterparts.lies import lie
from tests.ground.jobs import Kept
from tests.hostile import ended_as_documented, hostile, new_incidents_get_their_people
from tests.payloads import a_page, an_alert, single_alert
from tests.worlds import Act, acts, essence, passes, shipped, stage, world_after

pytestmark = pytest.mark.property
seeds = st.integers(0, 10**9).map(str)
POLICY = parse(shipped().shipped.text, "policy.yml").plain()


@hostile
@given(generated.usual_acts, st.lists(acts | generated.hostile_comments, max_size=8))
def test_hostile_comments(first: Act, rest: list[Act]) -> None:
    new_incidents_get_their_people(world_after([first, *rest], stage()))


@hostile
@given(generated.usual_acts, st.lists(acts | generated.hostile_labels, max_size=8))
def test_hostile_labels(first: Act, rest: list[Act]) -> None:
    new_incidents_get_their_people(world_after([first, *rest], stage()))


@hostile
@given(
    st.lists(acts | generated.hostile_issues | generated.hostile_comments, min_size=1, max_size=12)
)
def test_hostile_histories(history: list[Act]) -> None:
    new_incidents_get_their_people(world_after(history, stage()))


@hostile
@given(
    st.lists(acts | generated.hostile_acts, min_size=1, max_size=12),
    st.integers(1, 20),
)
def test_hostile_histories_with_a_killed_pass(history: list[Act], most: int) -> None:
    """Nothing is lost or done twice: it is as if the pass had come to its end."""
    whole, killed = (world_after(history, stage()) for _ in range(2))
    whole.run_pass()
    killed.run_pass(most)
    for world in (whole, killed):
        world.now += timedelta(seconds=1)
        ended_as_documented(world.run_pass())
    assert essence(killed) == essence(whole)


@hostile
@given(generated.usual_acts, st.lists(acts, max_size=6), st.lists(seeds, min_size=1, max_size=3))
def test_hostile_cards_and_dashboards(first: Act, rest: list[Act], lies: list[str]) -> None:
    world = world_after([first, *rest, passes, *map(generated.with_changed_memory, lies)], stage())
    new_incidents_get_their_people(world)


@hostile
@given(generated.usual_acts, st.lists(acts, max_size=4), seeds)
def test_hostile_caches(first: Act, rest: list[Act], seed: str) -> None:
    world, kept = stage(), Kept()
    world.cache = kept
    world_after([first, *rest, passes], world)
    kept.text = json.dumps(lie(json.loads(kept.text or "{}"), seed))
    new_incidents_get_their_people(world)


@hostile
@given(generated.usual_acts, st.lists(acts, max_size=4), seeds)
def test_hostile_policies(first: Act, rest: list[Act], seed: str) -> None:
    """What is no policy is refused; with any other each pass ends as documented."""
    changed = parse(json.dumps(generated.value_changed(POLICY, Random(seed))), "policy.yml")
    world = stage()
    try:
        made = shipped().policy(changed)
    except PolicyError:
        return
    world.policy = replace(made, since=world.scenario.start, metrics=world.policy.metrics)
    world_after([first, *rest], world)
    for minutes in (0, 31, 60 * 24):
        world.now += timedelta(minutes=minutes)
        ended_as_documented(world.run_pass())


@hostile
@given(st.sampled_from(["alert", "page", "bytes"]), st.lists(acts, max_size=4), seeds)
def test_hostile_payloads(kind: str, history: list[Act], seed: str) -> None:
    world = world_after(history, stage())
    for payload in (_payload(kind, seed), _payload(kind, "")):
        assert _alerted(world, payload) in (0, 1, 2)
    new_incidents_get_their_people(world)


def _payload(kind: str, seed: str) -> bytes:
    """Of a monitoring system; with a ``seed``, with one thing in it that cannot be."""
    data: Any = (
        a_page()
        if kind == "page"
        else an_alert(single_alert(), single_alert("Slow", "b", service="web"))
    )
    if kind == "bytes" and seed:
        return Random(seed).randbytes(300)
    return json.dumps(lie(data, seed) if seed else data).encode()


def _alerted(world: Stage, payload: bytes) -> int | None:
    file = world.folder / "payload.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(payload)
    return ACTIONS["runs"](world, "rita", parse(json.dumps(f"alert {file}"), "runs"))
