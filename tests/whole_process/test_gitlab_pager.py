"""GitLab's own schedules and escalation policies are the pager, and GraphQL fails: the tracker's
part is done, the run says so, and the next one pages, hears and ends what is due, once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from tests.whole_process.test_gitlab_timeline import World

BY_HAND = "eoc: {on_call: erin}, imoc: {on_call: ian}"
IN_GITLAB = (
    "eoc: {schedule: Engineers, escalation: Page, on_call: mia},"
    " imoc: {on_call: ian}, security: {on_call: sam}"
)
STEPS = [
    ("rita", "/ima engage eoc"),
    ("mia", ""),  # acknowledges it there
    ("mia", "/ima state identified -- the pool is empty"),
    ("mia", "/ima resolve restarted"),
]
FAULTS: list[dict[str, Any]] = [
    {"how": 500, "times": 99},
    {"how": 401, "times": 99},
    {"how": "reset", "times": 99},
    {"how": "reset", "after": True},
    {"how": "empty"},
]
CALLS = [(0, 2), (0, 3), (1, 1), (2, 1), (3, 1), (3, 2), (3, 3)]  # step, request to GraphQL
ALL = [(step, nth, fault) for step, nth in CALLS for fault in FAULTS]


def paging(folder: Path) -> World:
    world = World(folder, tier="premium")
    project = world.server.world.project()
    project.oncall, project.policies = {"Engineers": ["mia"]}, {"Page": "Engineers"}
    policy = (folder / "policy.yml").read_text("utf-8").replace(BY_HAND, IN_GITLAB)
    (folder / "policy.yml").write_text(f"{policy}pager: {{kind: gitlab}}\n", "utf-8")
    world.opens("S3")
    return world


def life(failing: int | None = None, **fault: Any) -> dict[str, Any]:
    """How an incident stands at its end, where GraphQL fails in one step and is then back."""
    with TemporaryDirectory(prefix="ima-") as folder:
        world = paging(Path(folder))
        server = world.server
        for number, (who, said) in enumerate(STEPS):
            if said:
                server.people.comment(who, 1, said)
            else:
                server.people.acknowledge(who, 1)
            if number == failing:
                server.fail("POST", "/graphql", **fault)
            world.passes()
            if number == failing:
                assert world.code == ("times" in fault), "what is read again is no failure"
                server.faults.planned.clear()
                world.passes(0)
            assert world.code == 0
        issue = server.world.project().issues[1]
        stands = {
            "paged": list(issue.paged), "policy": issue.policy, "links": world.links(1),
            "timeline": [row.partition(" ")[2] for row in world.timeline(1)],
            "assigned": [each["username"] for each in server.issue(1)["assignees"]],
        }  # fmt: skip
        server.stop()
        assert server.violations == []
        return stands


@cache
def healthy() -> dict[str, Any]:
    stands = life()
    assert (stands["paged"], stands["policy"]) == (["mia"], 0)
    return stands


@pytest.mark.parametrize(("step", "nth"), [(0, 2), (1, 1), (3, 1)], ids=["page", "ack", "end"])
def test_what_gitlab_does_not_do_is_made_good_by_the_next_pass(step: int, nth: int) -> None:
    assert life(step, nth=nth, how=500, times=99) == healthy()


@pytest.mark.soak
@pytest.mark.parametrize(("step", "nth", "fault"), ALL, ids=str)
def test_each_request_of_its_pager_may_fail_in_each_way(
    step: int, nth: int, fault: dict[str, Any]
) -> None:
    assert life(step, nth=nth, **fault) == healthy()
