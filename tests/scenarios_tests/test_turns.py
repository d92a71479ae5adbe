"""Every scenario is played on a forge in `make test`, and every topic on each."""

from __future__ import annotations

from pathlib import Path

from tests.ground.gitlab import FREE, PREMIUM, TIERS
from tests.scenario_files import FILES, name
from tests.scenarios_tests.turns import (
    GITHUB,
    GITHUB_CACHED,
    SPOKEN,
    TURNS,
    scenario,
    turns,
    why_not,
)


def test_in_turn_within_a_topic_past_those_that_cannot() -> None:
    paths = [*map(Path, ("a/1", "a/2", "a/3", "b/1", "b/2"))]
    cannot = {(Path("a/3"), PREMIUM), (Path("b/1"), FREE), (Path("b/1"), GITHUB)}
    played = turns(paths, lambda path, place: "something" if (path, place) in cannot else "")
    assert [*played.values()] == [FREE, GITHUB, GITHUB_CACHED, PREMIUM, GITHUB]


def test_every_topic_is_played_on_each_forge() -> None:
    played: dict[str, set[bool]] = {}
    for path, place in TURNS.items():
        if not why_not(path, place):
            played.setdefault(path.parent.name, set()).add(place in TIERS)
    assert {topic: on for topic, on in played.items() if len(on) < 2} == {}
    assert {*played} == {path.parent.name for path in FILES}


def test_every_scenario_that_a_forge_can_play_is_played() -> None:
    """Left out are those of trackers that can what no forge can, or less than each."""
    for path in FILES:
        can = scenario(path).can
        if can.confidential and can.due_dates:
            assert not why_not(path, TURNS[path]), name(path)


def test_every_scenario_that_is_left_out_exists() -> None:
    assert SPOKEN - {name(path) for path in FILES} == set()
