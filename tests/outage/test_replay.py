"""``ima replay``: an outage's incidents come over once, whole, and nothing happens again."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given

from automation.changes.comments import WriteCard
from automation.cli import invoke
from automation.model.facts import Choice
from automation.model.incident import Incident
from automation.model.issue import Capabilities, Draft, Update
from automation.outage.replay import Replay
from automation.policy.policy import Limits
from automation.reconcile.one_pass import Run
from automation.scenarios.counting_world import CallMeter, CountingTracker, KilledInTheMiddle
from automation.scenarios.scenario_file import read_scenario
from automation.scenarios.world import Stage
from automation.schema.yaml_nodes import Source
from automation.text.escaping import ZERO_WIDTH_SPACE, without_mentions
from automation.trackers import Tracker
from automation.trackers.local.tracker import LocalTracker
from tests.ground.gitlab import FREE, PREMIUM, GitLabGround
from tests.worlds import (
    SCENARIO,
    Act,
    comments,
    histories,
    opens,
    passes,
    shipped,
    waits,
    world_after,
)

OUTSIDER = "mallory"
RESOLVED: list[Act] = [
    opens("rita", frozenset({"Incident", "S1"}), ()),
    passes,
    comments("erin", 0, "@all it was me\n/close\nsee #2 | <!-- ima:card {} -->"),
    comments("erin", 0, "/ima state identified -- roll back"),
    passes,
    waits(15),
    comments("ian", 0, "/ima resolve the rate is at its baseline"),
    passes,
]
OPEN = RESOLVED[:5]
_AS_IT_WAS = (
    "kind author opened_at declared_at began tracked origin closed resolution seats stood_down"
    " owner labels assignees extras services near_miss touched_at confidential"
).split()


def outage() -> Stage:
    """A world whose tracker knows no outsiders, as the embedded one."""
    scenario = read_scenario(Source("outage.yml", SCENARIO))
    stage = Stage(replace(scenario, outsiders=frozenset()), shipped(), Path("nowhere"), invoke)
    stage.policy = replace(stage.policy, limits=Limits(pages=99, posts=99, opens=99))
    return stage


def target(world: Stage, **more: Any) -> LocalTracker:
    values = {"outsiders": frozenset({OUTSIDER}), **more}
    made = LocalTracker(":memory:", project="acme/real", clock=world.clock, **values)
    made.acting("zoe").open(Draft("Something else"))  # so that numbers differ
    return made


def into(tracker: Tracker, world: Stage) -> Replay:
    policy = world.policy.with_tracker(project=tracker.project)
    run = Run(policy, tracker, world.services, world.templates, world.clock)
    return Replay(world.believed_tracker(), run)


def judged(incident: Incident) -> dict[str, Any]:
    """What must be as it was."""
    rest = [name for name in _AS_IT_WAS if incident.kind == "review" or name != "touched_at"]
    named = ("severity", "state", "status")
    families: dict[str, Any] = {name: chain(getattr(incident, name)) for name in named}
    families["title"] = without_mentions(incident.title)  # carried over it mentions nobody
    return families | {name: getattr(incident, name) for name in rest}


def chain(choice: Choice | None) -> list[Choice]:
    return [choice, *chain(choice.before)] if choice else []


@given(histories)
def test_it_comes_over_as_it_was_and_nothing_is_left_to_do(history: list[Act]) -> None:
    world = world_after(history, outage())
    world.run_pass()
    there, pages = target(world), len(list(world.outbox.entries("page")))
    replay = into(there, world)
    before = world.run.plan().before.incidents
    rows = replay.rows()
    made = replay.run.plan()
    moved = [c for c in made.changes if c.ref != "#1" and not isinstance(c, WriteCard)]
    assert moved == []
    assert rows
    for row in rows:
        assert judged(made.before.incidents[row.ref]) == judged(before[row.was])
    assert len(list(world.outbox.entries("page"))) == pages
    assert replay.rows() == [replace(row, whole=True) for row in rows]
    assert len(there.issues(closed_since=world.scenario.start)) == len(rows) + 1


@pytest.mark.parametrize("history", [OPEN, RESOLVED], ids=["open", "resolved"])
@pytest.mark.parametrize("dies_after", range(11))
def test_killed_anywhere_the_next_run_finishes_it(history: list[Act], dies_after: int) -> None:
    world = world_after(history, outage())
    real = target(world)
    meter = CallMeter()
    meter.most = dies_after
    try:
        into(CountingTracker(real, meter), world).rows()
    except KilledInTheMiddle:
        quiet = into(real, world).run.plan()
        assert [change for change in quiet.changes if not isinstance(change, WriteCard)] == []
    rows = into(real, world).rows()
    titles = [issue.title for issue in real.issues(closed_since=world.scenario.start)]
    assert len(titles) == len(set(titles)) == len(rows) + 1
    incident = into(real, world).run.plan().before.incidents["#2"]
    assert judged(incident) == judged(world.run.plan().before.incidents["#1"])


def test_what_refers_to_another_issue_refers_to_the_same() -> None:
    world = world_after(RESOLVED, outage())
    there = target(world)
    incident, review = into(there, world).rows()
    assert (incident.was, incident.ref, review.was, review.ref) == ("#1", "#2", "#2", "#3")
    seen = into(there, world).run.plan().before.incidents
    assert seen["#3"].review_of == "#2"
    assert seen["#2"].reviews == {"review": "#3"}
    assert seen["#2"].links == {"#3"}
    pages = [fact.what for fact in seen["#2"].facts if fact.kind == "paged"]
    assert pages == ["acme/real#2:eoc:1", "acme/real#2:imoc:1"]


def test_strangers_words_do_nothing_in_the_timeline() -> None:
    world = world_after(RESOLVED, outage())
    there = target(world)
    into(there, world).rows()
    body = there.issues(["#2"])[0].body
    line = next(line for line in body.splitlines() if "it was me" in line)
    assert line.startswith("| 2026-03-02 12:00 UTC (13:00 Berlin) | erin | ")
    assert "@all" not in body
    assert f"@{ZERO_WIDTH_SPACE}all it was me /close see #{ZERO_WIDTH_SPACE}2 \\|" in line
    assert "<!-- ima:card" not in body
    assert "\n/close" not in body


def test_a_body_stays_readable_and_acts_on_nothing() -> None:
    world = outage()
    body = "# Steps\n\n> /close\n/label ~x\n@all\n<!-- ima:review {} -->\n<details>"
    world.tracker.acting("rita").open(Draft("It breaks", body, ("Incident",)))
    there = target(world)
    into(there, world).rows()
    moved = there.issues(["#2"])[0].body
    space = ZERO_WIDTH_SPACE
    assert moved.startswith(
        f"# Steps\n\n> {space}/close\n{space}/label ~x\n@{space}all\n\n&lt;details>"
    )


def test_empty_lines_of_a_body_hold_nobody_up() -> None:
    world = outage()
    body = "> \n" + "\n" * 40_000 + "x"
    world.tracker.acting("rita").open(Draft("It breaks", body, ("Incident",)))
    there = target(world)
    began = time.process_time()
    assert [row.ref for row in into(there, world).rows()] == ["#2"]
    assert time.process_time() - began < 3


def test_a_choice_of_the_outage_counts_whoever_made_it() -> None:
    """Whoever could write the file was one of us; what they do here, they do as a stranger."""
    history = [opens(OUTSIDER, frozenset({"Incident", "S1"}), ()), passes]
    world = world_after(history, outage())
    there = target(world)
    into(there, world).rows()
    assert into(there, world).run.plan().before.incidents["#2"].grade == "S1"
    there.acting(OUTSIDER).update("#2", Update(frozenset({"S2"})))
    severity = into(there, world).run.plan().before.incidents["#2"].severity
    assert severity is not None
    assert (severity.value, severity.confirmed) == ("S2", False)


def test_only_our_own_comment_is_a_history() -> None:
    world = world_after(RESOLVED, outage())
    there = target(world)
    into(there, world).rows()
    ours = next(c.body for c in there.issues(["#2"])[0].comments if "ima:history" in c.body)
    forged = there.acting("mia").open(Draft("Mine", labels=("Incident",)))
    there.acting("mia").comment(forged, ours)
    world.now = world.now.replace(hour=18)
    incident = into(there, world).run.plan().before.incidents[forged]
    assert (incident.author, incident.resolution, incident.facts) == ("mia", None, ())


def test_what_is_confidential_goes_nowhere_where_all_would_see_it() -> None:
    world = outage()
    world.tracker.acting("rita").open(Draft("The leak", "", ("Incident",), confidential=True))
    there = target(world, can=Capabilities(confidential=False))
    (row,) = into(there, world).rows()
    assert (row.title, row.ref) == ("(confidential)", "")
    assert row.left.startswith("it is confidential")
    assert len(there.issues()) == 1


def test_a_preview_writes_nothing() -> None:
    world = world_after(RESOLVED, outage())
    there = target(world)
    rows = into(there, world).rows(write=False)
    assert [(row.was, row.ref, row.whole) for row in rows] == [("#1", "", False), ("#2", "", False)]
    assert len(there.issues(closed_since=world.scenario.start)) == 1


@pytest.mark.parametrize("tier", [PREMIUM, FREE])
@pytest.mark.parametrize("history", [OPEN, RESOLVED], ids=["open", "resolved"])
def test_on_gitlab(history: list[Act], tier: str) -> None:
    world = world_after(history, outage())
    before = world.run.plan().before.incidents
    with TemporaryDirectory(prefix="ima-") as folder:
        stage = Stage(
            world.scenario, shipped(), Path(folder), invoke, lambda made: GitLabGround(made, tier)
        )
        stage.now = stage.tracker_time = world.now
        with closing(stage.tracker), closing(stage.ima()) as real:
            rows = into(real, world).rows()
            stage.tracker_time = stage.now = world.now
            made = into(real, world).run.plan()
            assert [c for c in made.changes if not isinstance(c, WriteCard)] == []
            for row in rows:
                was, now = judged(before[row.was]), judged(made.before.incidents[row.ref])
                free = tier == FREE
                hidden = {"assignees": was["assignees"][:1] if free else was["assignees"]}
                assert now == was | hidden | ({"extras": ()} if free else {})
            again = into(real, world).rows()
            assert [row.ref for row in again] == [row.ref for row in rows]
            assert all(row.whole for row in again)


SECURED: list[Act] = [
    opens("rita", frozenset({"Incident", "S2"}), ()),
    passes,
    comments("erin", 0, "/ima security"),
]


def test_what_was_secured_after_the_last_pass_is_carried_over_confidentially() -> None:
    world = world_after(SECURED, outage())
    there = target(world)
    (row,) = into(there, world).rows()
    assert row.title == "(confidential)"
    (carried,) = there.issues([row.ref])
    assert carried.confidential


def test_where_everybody_would_read_it_it_stays_where_it_is() -> None:
    world = world_after(SECURED, outage())
    there = target(world, can=Capabilities(confidential=False))
    (row,) = into(there, world).rows()
    assert row.ref == ""
    assert row.left == "it is confidential, and this tracker would show it to everybody"
    assert len(there.issues()) == 1
