"""A quiet sweep plans what a full one does; the cache may be lost or garbled."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.model.issue import Head
from automation.planning.sweep_state import Cache, KnownIssue
from automation.reconcile.sweep import decode, encode, is_full, next_cache, split_by_room, to_read
from automation.scenarios.world import Stage
from tests.worlds import Act, comments, histories, opens, stage, world_after

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Kept:
    """A cache in memory that goes through its text each time."""

    def __init__(self) -> None:
        self.text = ""

    def read(self) -> Cache:
        return decode(self.text)

    def write(self, cache: Cache) -> None:
        self.text = encode(cache)


def cached() -> Stage:
    world = stage()
    world.cache = Kept()
    return world


@pytest.mark.property
@given(histories, histories)
def test_a_quiet_sweep_plans_what_a_full_one_does(first: list[Act], then: list[Act]) -> None:
    world = world_after(first, cached())
    world.run_pass()
    world_after(then, world)
    quiet = world.run.plan()
    full = replace(world.run, cache=None).plan()
    assert quiet.visible == full.visible
    assert quiet.dashboard == full.dashboard


@pytest.mark.parametrize("steady", [True, False])
def test_what_may_move_again_and_look_the_same_is_read_once_more(steady: bool) -> None:
    world = world_after([opens("rita", frozenset({"Incident", "S3"}), ())], cached())
    world.run_pass()
    world.run_pass()
    sweep = world.run.plan().before.sweep
    assert sweep
    heads = tuple(replace(head, steady=steady) for head in world.tracker.heads())
    made = world.run.plan()
    kept = next_cache(replace(sweep, heads=heads), made.world, made.before.ctx)
    read = to_read(kept, heads, world.now, kept.on_call)
    assert ("#1" in read) is not steady


def test_the_cache_does_not_say_whom_a_confidential_incident_waits_for() -> None:
    world = world_after([opens("rita", frozenset({"Incident", "S2"}), ())], cached())
    kept = world.cache
    assert isinstance(kept, Kept)
    world.run_pass()
    assert ":imoc:" in kept.text
    world_after([comments("erin", 0, "/ima security")], world)
    world.run_pass()
    world.run_pass()
    assert not re.search(":(eoc|imoc|security):", kept.text)
    bare = KnownIssue(datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC), True)
    assert decode(kept.text).issues == {"#1": bare}, "no time, no page: its bare reference"
    world.now += timedelta(minutes=2)
    world.roster.acknowledge("acme/production#1:security:1", "sam")
    world.run_pass()
    assert any(
        fact.kind == "acknowledged" and fact.who == "sam"
        for fact in world.run.plan(["#1"]).world["#1"].facts
    )


def test_the_cache_does_not_say_what_follows_a_confidential_incident() -> None:
    acts = [opens("rita", frozenset({"Incident", "S2"}), ())]
    world = world_after([*acts, comments("rita", 0, "/ima action Sort the keys @mia")], cached())
    kept = world.cache
    assert isinstance(kept, Kept)
    world.run_pass()
    world.run_pass()
    assert set(decode(kept.text).reviews) == {"#1"}
    world_after([comments("erin", 0, "/ima security")], world)
    world.run_pass()
    world.run_pass()
    assert decode(kept.text).reviews == {}
    seen = world.run.plan().before.incidents
    assert set(seen["#1"].reviews.values()) == {"#2"}, "it is read in each run"


@pytest.mark.property
@given(histories)
def test_a_quiet_sweep_reads_nothing_where_nothing_moved(history: list[Act]) -> None:
    world = world_after(history, cached())
    for _ in range(3):
        world.run_pass()
    made = world.run.plan()
    assert made.empty
    if not any(change.limit for change in made.changes):
        read = made.before.incidents.values()
        assert all(incident.confidential for incident in read), "whom these wait for is not kept"


times = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
knowns = st.builds(
    KnownIssue, times, st.none() | times, st.booleans(), st.lists(st.text(max_size=9)).map(tuple)
)
names = st.text(max_size=5)
caches = st.builds(
    Cache,
    st.text(max_size=9),
    st.text(max_size=9),
    st.none() | times,
    st.none() | times,
    st.dictionaries(names, st.none() | st.text(min_size=1, max_size=9), max_size=3),
    st.dictionaries(st.integers(1, 99).map("#{}".format), knowns, max_size=3),
    st.dictionaries(
        st.text(max_size=5), st.dictionaries(st.text(max_size=3), st.text()), max_size=2
    ),
)


@pytest.mark.property
@given(caches)
def test_the_cache_comes_back_as_it_went(cache: Cache) -> None:
    assert decode(encode(cache)) == cache


@pytest.mark.property
@given(st.text() | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_a_garbled_cache_is_an_empty_one(text: str) -> None:
    assert decode(text) == Cache()


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59+00:00", "soon"])
@pytest.mark.parametrize("where", ["seen", "full_at", "began"])
def test_a_cache_of_times_that_cannot_be_is_an_empty_one(where: str, at: str) -> None:
    text = json.loads(encode(Cache("p", "d", NOON, NOON, began=NOON)))
    assert decode(json.dumps(text)) != Cache()
    assert decode(json.dumps(text | {where: at})) == Cache()


@pytest.mark.parametrize(
    ("cache", "full"),
    [
        pytest.param(Cache(), True, id="none yet"),
        pytest.param(Cache("p", "d", NOON - HOUR, NOON), True, id="an hour old"),
        pytest.param(Cache("p", "d", NOON - HOUR / 2, NOON), False, id="fresh"),
        pytest.param(Cache("p", "e", NOON, NOON), True, id="of another policy"),
        pytest.param(Cache("q", "d", NOON, NOON), True, id="of another project"),
        pytest.param(Cache("p", "d", NOON + HOUR, NOON), True, id="from the future"),
    ],
)
def test_when_everything_is_listed(cache: Cache, full: bool) -> None:
    assert is_full(cache, "p", "d", NOON, HOUR) is full


def head(ref: str, at: datetime = NOON) -> Head:
    return Head(ref, at, False, frozenset({"Incident"}), "rita", 0)


KNOWN = Cache(
    on_call={"eoc": "erin"},
    issues={
        "#1": KnownIssue(NOON, active=True, pages=("p#1:eoc:1",)),
        "#2": KnownIssue(NOON, due=NOON + HOUR),
        "#3": KnownIssue(NOON),
    },
)


@pytest.mark.parametrize(
    ("heads", "now", "eoc", "acks", "read"),
    [
        pytest.param([], NOON, "erin", [], [], id="nothing moved, nothing is read"),
        pytest.param([head("#3")], NOON, "erin", [], [], id="listed again by the overlap"),
        pytest.param([head("#3", NOON + HOUR)], NOON, "erin", [], ["#3"], id="it moved"),
        pytest.param([head("#9")], NOON, "erin", [], ["#9"], id="a new one"),
        pytest.param([], NOON + HOUR, "erin", [], ["#2"], id="its clock has run out"),
        pytest.param([], NOON, "mia", [], ["#1"], id="a shift change concerns the active"),
        pytest.param([], NOON, "erin", ["p#1:eoc:1"], ["#1"], id="a page was acknowledged"),
    ],
)
def test_what_is_read_whole(
    heads: list[Head], now: datetime, eoc: str, acks: list[str], read: list[str]
) -> None:
    assert to_read(KNOWN, heads, now, {"eoc": eoc}, acks) == read


def test_what_a_bad_figure_may_concern_is_read() -> None:
    def read(recent: datetime) -> list[str]:
        return to_read(KNOWN, [], NOON, {"eoc": "erin"}, recent=recent)

    assert read(NOON) == ["#1"], "what is active"
    assert read(NOON - timedelta(seconds=1)) == ["#1", "#2", "#3"], "what has just moved"


def test_what_there_is_no_room_for_is_read_by_the_next_run() -> None:
    known = {"#2": KnownIssue(NOON, active=True), "#3": KnownIssue(NOON)}
    assert split_by_room(Cache(issues=known), ["#1", "#2"], 2) == (["#1", "#2"], ())
    assert split_by_room(Cache(issues=known), ["#1", "#3", "#2"], 1) == (["#2"], ("#1", "#3"))
