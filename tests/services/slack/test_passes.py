"""Whole passes with Slack: what can never be done is said once, and not tried again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from automation.cli import invoke
from automation.model.issue import Draft
from automation.scenarios.scenario_file import read_scenario
from automation.scenarios.world import PlayedStep, Stage
from automation.schema.yaml_nodes import Source
from tests.counterparts.slack_parts import Message
from tests.ground.outside import Real
from tests.worlds import comments, shipped

WORLD = read_scenario(
    Source(
        "slack.yml",
        """
scenario: An announced incident
source: P-34
start: 2026-03-02T12:00:00Z
on_call: {eoc: erin, imoc: ian, cmoc: cara, security: sam}
policy: {chat: {thread: true}, limits: {posts: 99}}
steps:
  - {by: erin, opens: {title: API is down, labels: [Incident, S1]}}
""",
    )
)


class World:
    """An incident that Slack was told of."""

    def __init__(self, folder: Path) -> None:
        self.stage = Stage(WORLD, shipped(), folder, invoke, within=Real)
        assert isinstance(self.stage.outside, Real)
        self.slack = self.stage.outside.slack
        self.stage.acting("erin").open(Draft("API is down", "", ("Incident", "S1"), ()))
        assert self.stage.run_pass().exit == 0

    def says(self, text: str) -> PlayedStep:
        self.stage.now += timedelta(minutes=1)
        comments("erin", 0, text)(self.stage)
        return self.stage.run_pass()

    def texts(self) -> list[str]:
        return [text for _, text, _, _ in self.slack.messages()]


@pytest.fixture
def on(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.stage.tracker.close()
    made.stage.outside.close()


@pytest.mark.parametrize("why", ["edit_window_closed", "message_not_found"])
def test_an_announcement_that_can_be_changed_no_more_is_one_finding(on: World, why: str) -> None:
    on.slack.posted[0].fixed = why
    passed = on.says("/ima severity S2")
    (line,) = (line for line in passed.findings if "slack" in line)
    assert "#1: the announcement in #production stays as it is (slack: " in line
    assert why in line
    assert passed.exit == 0
    on.slack.log.clear()
    for text in ("/ima severity S1", "/ima severity S2"):
        passed = on.says(text)
        assert (passed.exit, [line for line in passed.findings if "slack" in line]) == (0, [])
    assert on.slack.requests("POST", "chat.update") == []
    on.says("/ima state identified -- roll back")
    assert "Identified" in on.slack.answered()[-1][1]  # the thread goes on


def test_a_thread_that_takes_no_replies_is_one_finding(on: World) -> None:
    on.slack.posted[0].locked = True
    passed = on.says("/ima state identified -- roll back")
    (line,) = (line for line in passed.findings if "slack" in line)
    assert "#1: the thread in #production takes no more news (slack: " in line
    assert passed.exit == 0
    for text in ("/ima state monitoring", "/ima severity S2"):
        passed = on.says(text)
        assert (passed.exit, [line for line in passed.findings if "slack" in line]) == (0, [])
    assert on.slack.answered() == []
    assert "(S2)" in on.texts()[0]  # the announcement goes on


def test_once_it_is_confidential_what_was_said_before_is_covered(on: World) -> None:
    """The announcement, the replies below it and messages of moves: what a person wrote stays."""
    on.says("/ima state identified -- rotate the key of db7")
    on.slack.posted.append(Message("C0000000", "9.9", "db7?", "", thread=on.slack.posted[0].ts))
    on.slack.posted[-1].user = "U0ERIN"
    assert "db7" in on.slack.answered()[0][1]
    before = len(on.slack.posted)
    assert on.says("/ima security").exit == 0
    said = [each.text for each in on.slack.posted[:before]]
    assert [text for text in said if "db7" in text or "API" in text] == ["db7?"]
    assert said[0] == "Incident #1 is open. Details are on the issue."
    writes = len(on.slack.requests("POST", "chat.update"))
    on.says("it goes on")
    assert len(on.slack.requests("POST", "chat.update")) == writes


def test_what_cannot_be_covered_is_said_once(on: World) -> None:
    on.says("/ima state identified -- rotate the key of db7")
    on.slack.scopes.discard("channels:history")
    passed = on.says("/ima security")
    (line,) = (line for line in passed.findings if "slack" in line)
    assert "#1: what was said below the announcement in #production stays there (slack: " in line
    assert (passed.exit, "db7" in line) == (0, False)
    assert [line for line in on.says("it goes on").findings if "slack" in line] == []
