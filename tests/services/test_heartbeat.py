"""A dead man's switch hears of each sweep; that it does not is a finding, and blocks nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from automation.errors import PolicyError, ServiceError
from automation.scenarios.world import Stage
from automation.services.heartbeat import HeartbeatUrl
from automation.services.opening import open_services
from tests.build import policy
from tests.counterparts.messages import Answer
from tests.counterparts.small import SmallServer
from tests.worlds import opens, stage


@pytest.fixture
def switch() -> Iterator[SmallServer]:
    with SmallServer(lambda request: Answer(200, "OK")) as server:
        yield server


def test_a_beat_is_one_get_that_gives_nothing_away(switch: SmallServer) -> None:
    HeartbeatUrl(f"{switch.url}/ping/secret-id").beat()
    assert [(each.method, each.target) for each in switch.log] == [("GET", "/ping/secret-id")]
    assert "authorization" not in {name.lower() for name in switch.log[0].headers}


@pytest.mark.parametrize("status", [301, 404, 500, 503])
def test_what_is_not_heard_is_one_error_without_the_address(
    switch: SmallServer, status: int
) -> None:
    switch.refuses = lambda: status
    with pytest.raises(ServiceError, match=r"heartbeat: telling 127\.0\.0\.1:\d+ failed") as told:
        HeartbeatUrl(f"{switch.url}/ping/secret-id").beat()
    assert "secret-id" not in str(told.value)
    assert "`heartbeat` of the policy" in told.value.remedy


def test_a_redirect_to_what_is_no_address_is_an_error_too() -> None:
    def answer(_: object) -> Answer:
        return Answer(302, "", {"location": "http://["})

    with (
        SmallServer(answer) as switch,
        pytest.raises(ServiceError, match="failed: it answered 302"),
    ):
        HeartbeatUrl(f"{switch.url}/ping").beat()


def test_nobody_there_is_an_error_too(switch: SmallServer) -> None:
    switch.stop()
    with pytest.raises(ServiceError, match="failed: no answer"):
        HeartbeatUrl(f"{switch.url}/ping", timeout=1.0).beat()


@pytest.mark.parametrize(
    "url", ["http://switch.example/x", "ftp://a.example", "switch.example", "https://me@a.example"]
)
def test_the_policy_takes_https_alone(url: str) -> None:
    with pytest.raises(PolicyError, match="https:// URL"):
        policy(f'heartbeat: "{url}"')


def test_a_sweep_is_told_and_a_pass_on_one_issue_is_not(switch: SmallServer) -> None:
    world = stage()
    opens("erin", frozenset({"Incident", "S4"}), ())(world)
    services = replace(world.services, heartbeat=HeartbeatUrl(f"{switch.url}/ping"))
    run = replace(world.run, services=services)
    run.apply(["#1"])
    assert len(switch.log) == 0
    run.apply()
    run.plan()
    assert len(switch.log) == 1


def test_what_is_not_heard_blocks_nothing_and_is_grave_after_an_hour(switch: SmallServer) -> None:
    world = stage()
    opens("erin", frozenset({"Incident", "S4"}), ())(world)
    switch.refuses = lambda: 503
    services = replace(world.services, heartbeat=HeartbeatUrl(f"{switch.url}/ping"))
    for minutes, told in ((0, 0), (59, 0), (1, 1), (30, 1)):
        world.now += timedelta(minutes=minutes)
        made, report = replace(world.run, services=services).apply()
        assert report.exit(made.findings) == 0
        assert any("heartbeat: telling" in found.text for found in made.findings)
        posts = world.outbox.entries("announcement")
        assert sum("heartbeat" in post["text"] for post in posts) == told
    assert "heartbeat: telling 127" in shown(world)
    switch.refuses = lambda: None
    world.now += timedelta(minutes=1)
    replace(world.run, services=services).apply()
    assert "heartbeat: telling" not in shown(world)


def shown(world: Stage) -> str:
    board = world.tracker.dashboard()
    return board.body if board else ""


def test_without_an_address_nobody_is_asked() -> None:
    world = stage()
    made = open_services(world.policy, world.folder, world.clock, {})
    assert made.heartbeat is None
