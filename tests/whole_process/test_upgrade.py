"""An incident that version 0.1.0 has kept goes on under this one: nobody is paged again for a call
that was made before, and the clocks of those who do not come count from the first pass.

``tests/golden/0.1.0/upgrade/`` holds the comments that 0.1.0 wrote, one below the other.
"""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from automation.model.incident import Incident
from automation.scenarios.world import Stage
from tests.build import at
from tests.worlds import comments, incidents, labels, opens, stage

FOLDER = Path(__file__).parents[1] / "golden" / "0.1.0" / "upgrade"


def kept(case: str, severity: str, minutes: float) -> Stage:
    """The world as 0.1.0 left it, so many minutes after noon."""
    world = stage()
    opens("rita", frozenset({"Incident", severity}), ())(world)
    for body in (FOLDER / f"{case}.txt").read_text("utf-8").split("\n\f\n"):
        world.tracker.ima().comment("#1", body)
    world.now = at(minutes)
    return world


def roles(incident: Incident) -> dict[str, str]:
    return {role: seat.person for role, seat in incident.seats.items()}


def pages(world: Stage) -> list[str]:
    return [str(page["role"]) for page in world.outbox.entries("page")]


@pytest.mark.parametrize(
    ("case", "severity", "people", "owner", "here"),
    [
        pytest.param("nobody-came", "S1", {"eoc": "erin", "imoc": "ian"}, "erin", set(),
                     id="a call was a call"),
        pytest.param("handed-over", "S1", {"eoc": "erin", "imoc": "mia"}, "mia", {"imoc"},
                     id="who was handed a role had it"),
        pytest.param("the-clock-called", "S3", {"eoc": "erin", "imoc": "ian"}, "erin", set(),
                     id="so was a call by the clock"),
    ],
)  # fmt: skip
def test_nobody_is_paged_again(
    case: str, severity: str, people: dict[str, str], owner: str, here: set[str]
) -> None:
    world = kept(case, severity, 10 if severity == "S1" else 20)
    world.run_pass()
    found = incidents(world)["#1"]
    assert (roles(found), found.owner, set(found.here)) == (people, owner, here)
    world.run_pass()
    assert (pages(world), world.meter.writes) == ([], 0)


def test_the_clocks_of_people_who_do_not_come_count_from_the_first_pass() -> None:
    world = kept("nobody-came", "S1", 5)
    world.run_pass()
    world.now += timedelta(minutes=4)
    world.run_pass()
    assert world.meter.writes == 0
    world.now += timedelta(minutes=1, seconds=1)
    world.run_pass()
    assert pages(world) == [], "what was paged before is not repeated"
    assert [message["person"] for message in world.outbox.entries("message")] == ["ian", "cara"]
    world.now += timedelta(minutes=5)
    world.run_pass()
    assert pages(world) == ["cmoc"], "the next role is a new call"


def test_who_comes_then_owns_it() -> None:
    world = kept("nobody-came", "S1", 5)
    world.run_pass()
    comments("ian", 0, "I am here.")(world)
    world.run_pass()
    assert incidents(world)["#1"].owner == "ian"


def asked(world: Stage, about: str) -> int:
    """How many comments have asked for it; the card remembers it, too."""
    bodies = (comment.body for comment in world.tracker.issues(["#1"])[0].comments)
    return sum(f'"asked:{about}' in body for body in bodies if "<!-- ima:said " in body)


def test_what_is_asked_again_and_again_counts_from_the_first_pass() -> None:
    world = kept("nobody-came", "S1", 60)
    world.run_pass()
    assert asked(world, "status") == 0, "nobody has set one for an hour, but it is the first pass"
    world.now += timedelta(minutes=14)
    world.run_pass()
    assert asked(world, "status") == 0
    world.now += timedelta(minutes=1, seconds=1)
    world.run_pass()
    assert asked(world, "status") == 1


def test_what_an_earlier_version_has_not_asked_is_asked_at_once() -> None:
    world = kept("nobody-came", "S1", 60)
    labels("erin", 0, "Status::Service Disruption", add=True)(world)
    world.run_pass()
    assert asked(world, "publish") == 1
