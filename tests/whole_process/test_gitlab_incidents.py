"""GitLab's own incidents: their type, their severity, and the quick actions of people."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from automation.cli import invoke
from automation.workspace.session import Session
from tests.counterparts.gitlab import GitLabServer

POLICY = """
version: 1
tracker: {{kind: gitlab, project: acme/production, url: "{url}", issue_type: incident{more}}}
roles: {{eoc: {{on_call: erin}}, imoc: {{on_call: ian}}, cmoc: {{on_call: cara}}}}
since: 2026-01-01T00:00:00Z
"""
ADOPT = ", adopt: [type]"


class World:
    def __init__(self, server: GitLabServer, folder: Path) -> None:
        self.server, self.folder = server, folder
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
        server.clock = lambda: self.now
        self.adopting("")

    def adopting(self, more: str) -> None:
        text = POLICY.format(url=self.server.url, more=more)
        (self.folder / "policy.yml").write_text(text, "utf-8")

    def passes(self, minutes: float = 2) -> list[str]:
        """What a pass writes, so much later."""
        self.now += timedelta(minutes=minutes)
        self.server.forget()
        environment = {"IMA_GITLAB_TOKEN": "t-ima", "CI": "true"}
        session = Session(
            lambda: self.now, "rita", folder=self.folder, environment=environment, by_example=True
        )
        assert invoke(["apply"], session) == 0
        return [f"{each.method} {each.path.rpartition('/')[2]}" for each in self.server.writes()]

    def opens(self, *labels: str, kind: str = "incident") -> int:
        every = ["Incident", *labels]
        return self.server.people.open("rita", "API errors", labels=every, issue_type=kind)

    def labels(self, iid: int) -> set[str]:
        return {*self.server.issue(iid)["labels"]}

    def card(self, iid: int) -> str:
        notes = self.server.notes(iid)
        return next((note["body"] for note in notes if "ima:card" in note["body"]), "")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with GitLabServer(validate=True) as server:
        yield World(server, tmp_path)
        assert server.violations == []


@pytest.mark.parametrize("by_rest", [True, False], ids=["19.1", "18"])
def test_their_severity_follows_the_label(world: World, by_rest: bool) -> None:
    world.server.world.severity_by_rest = by_rest
    iid = world.opens("S3")
    world.passes()
    assert world.server.issue(iid)["severity"] == "MEDIUM"
    world.server.people.label("erin", iid, "S2")
    world.server.people.unlabel("erin", iid, "S3")
    world.passes()
    assert world.server.issue(iid)["severity"] == "HIGH"
    assert world.passes(0) == []
    assert "S2" in world.labels(iid)


def test_an_issue_of_another_type_has_none(world: World) -> None:
    iid = world.opens("S3", kind="issue")
    world.passes()
    assert world.server.issue(iid)["severity"] == "UNKNOWN"


def test_a_severity_that_gitlab_does_not_take_stops_no_call(world: World) -> None:
    iid = world.opens("S1")
    world.server.fail("POST", "/notes$", nth=1, how=403)
    world.now += timedelta(minutes=1)
    environment = {"IMA_GITLAB_TOKEN": "t-ima", "CI": "true"}
    session = Session(
        lambda: world.now, "rita", folder=world.folder, environment=environment, by_example=True
    )
    invoke(["apply"], session)
    world.passes()
    assert "@ian" in world.card(iid)
    assert world.server.issue(iid)["severity"] == "CRITICAL"


def test_a_severity_that_a_member_chose_by_quick_action_or_page_counts(world: World) -> None:
    iid = world.opens("S3")
    world.passes()
    world.server.people.comment("erin", iid, "/severity S1")
    world.passes()
    assert "S1" in world.labels(iid)
    assert "S3" not in world.labels(iid)
    assert "called by comment only" in world.card(iid)
    assert "@ian" in world.card(iid)
    world.passes()
    assert world.passes(0) == []


def test_what_ima_wrote_there_is_nobodys_choice(world: World) -> None:
    iid = world.opens("S3")
    world.passes()
    world.server.people.comment("erin", iid, "/ima severity S2")
    world.passes()
    world.server.people.comment("erin", iid, "/ima severity S4")
    world.passes()
    assert {"S1", "S2", "S3", "S4"} & world.labels(iid) == {"S4"}
    assert world.server.issue(iid)["severity"] == "LOW"


def test_a_duplicate_by_quick_action_of_its_owner_is_one(world: World) -> None:
    first, second = world.opens("S3"), world.opens("S3")
    world.passes()
    world.server.people.comment("erin", second, f"/duplicate #{first}")
    world.passes()
    assert world.server.issue(second)["state"] == "closed"
    assert any(f"#{second}" in n["body"] for n in world.server.notes(first) if not n["system"])
    assert not any("Review" in world.server.issue(n)["title"] for n in (first, second))


def test_a_planner_gets_a_plain_issue_and_it_is_said(world: World) -> None:
    said = "#1 is a plain issue: with less than the Reporter role"
    world.server.people.role("ima", "planner")
    environment = {"IMA_GITLAB_TOKEN": "t-ima", "CI": "true"}
    session = Session(
        lambda: world.now, "erin", folder=world.folder, environment=environment, by_example=True
    )
    assert invoke(["declare", "API errors", "--severity", "S3"], session) == 0
    assert world.server.issue(1)["issue_type"] == "issue"
    assert "@erin" in world.card(1)
    assert said in world.server.issue(2)["description"], "on the dashboard"
    world.server.people.comment("erin", 1, "/promote_to_incident")
    world.passes()
    assert said not in world.server.issue(2)["description"]


def test_incidents_of_gitlab_are_taken_in_where_the_policy_says_so(world: World) -> None:
    world.adopting(ADOPT)
    iid = world.server.people.alert("Too many errors", severity="critical")
    world.passes()
    assert {"Incident", "S1"} <= world.labels(iid)
    assert "@erin" in world.card(iid)
    world.passes()
    assert world.passes(0) == []


def test_else_they_are_none_of_ours(world: World) -> None:
    iid = world.server.people.alert("Too many errors", severity="critical")
    world.passes()
    assert world.labels(iid) == set()


def test_a_promoted_issue_is_an_incident_from_then_on(world: World) -> None:
    world.adopting(ADOPT)
    iid = world.server.people.open("mia", "API errors")
    world.passes()
    assert world.labels(iid) == set()
    world.server.people.comment("mia", iid, "/promote_to_incident")
    world.passes()
    assert "Incident" in world.labels(iid)
    world.server.people.unlabel("erin", iid, "Incident")
    world.passes()
    assert "Incident" not in world.labels(iid)
    world.passes()
    assert "Incident" not in world.labels(iid)


def test_an_incident_stays_whose_it_is_when_they_get_another_login(world: World) -> None:
    iid = world.opens("S3")
    world.passes()
    world.server.people.comment("erin", iid, "looking")
    world.passes()
    world.server.people.rename("erin", "erin.doe")
    world.server.people.comment("erin.doe", iid, "found it")
    world.passes()
    world.passes(90)  # everything is read again
    assert [each["username"] for each in world.server.issue(iid)["assignees"]] == ["erin.doe"]
    assert "@erin.doe" in world.card(iid)
    assert world.passes(0) == []
