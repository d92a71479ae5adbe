"""The timeline and the links that GitLab's own incidents have, filled by what IMA knows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from automation.cli import invoke
from automation.workspace.session import Session
from tests.counterparts.gitlab import GitLabServer

POLICY = """
version: 1
tracker: {{kind: gitlab, project: acme/production, url: "{url}", issue_type: incident{more}}}
roles: {{eoc: {{on_call: erin}}, imoc: {{on_call: ian}}, cmoc: {{on_call: cara}}}}
room: "https://acme.zoom.us/j/123?pwd=x"
status_page: {{kind: site}}
since: 2026-01-01T00:00:00Z
"""


class World:
    def __init__(self, folder: Path, *, tier: str = "free", role: str = "developer") -> None:
        self.folder, self.now = folder, datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
        people = dict.fromkeys("rita erin ian cara mia".split(), "developer")
        self.server = GitLabServer(
            {
                "tier": tier,
                "tokens": {"t-ima": "ima"},
                "projects": {"acme/production": {"members": {**people, "ima": role}}},
            },
            clock=lambda: self.now,
            validate=True,
        )
        self.server.start()
        self.policy("")

    def policy(self, more: str) -> None:
        text = POLICY.format(url=self.server.url, more=more)
        (self.folder / "policy.yml").write_text(text, "utf-8")

    def opens(self, *labels: str, kind: str = "incident") -> int:
        every = ["Incident", *labels]
        return self.server.people.open("rita", "API errors", labels=every, issue_type=kind)

    def ima(self, *line: str) -> int:
        environment = {"IMA_GITLAB_TOKEN": "t-ima", "CI": "true"}
        session = Session(
            lambda: self.now, "rita", folder=self.folder, environment=environment, by_example=True
        )
        return invoke([*line], session)

    def passes(self, minutes: float = 2) -> list[str]:
        """The requests of a pass, so much later."""
        self.now += timedelta(minutes=minutes)
        self.server.forget()
        self.code = self.ima("apply")
        return [f"{each.method} {each.path}" for each in self.server.requests()]

    def timeline(self, iid: int) -> list[str]:
        """Without what GitLab notes by itself."""
        rows = self.server.world.project().issues[iid].timeline
        ours = (row for row in rows if not row.note.startswith("@"))
        return [f"{row.at:%H:%M} {row.note}" for row in sorted(ours, key=lambda row: row.at)]

    def links(self, iid: int) -> list[tuple[str, str, str]]:
        rows = self.server.world.project().issues[iid].resources
        return [(row.kind, row.text, row.link) for row in rows]


Make = Any


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[World] = []

    def make(**how: Any) -> World:
        made.append(World(tmp_path, **how))
        return made[0]

    yield make
    for world in made:
        world.server.stop()
        assert world.server.violations == []


def test_the_timeline_tells_what_happened_each_once(make: Make) -> None:
    world = make()
    iid = world.opens("S2")
    world.passes()
    world.server.people.comment("erin", iid, "looking")
    world.passes()
    world.server.people.comment("erin", iid, "/ima state identified -- restart the pool")
    world.passes()
    world.server.people.comment("erin", iid, "/ima status partial")
    world.server.people.comment("erin", iid, "/ima publish Some pushes fail.")
    world.passes()
    world.server.people.comment("erin", iid, "/ima severity S1")
    world.passes()
    told = world.timeline(iid)
    assert told == [
        "09:00 severity S2 by rita",
        "09:02 erin is here as EOC",
        "09:04 state Identified by erin: restart the pool",
        "09:06 status Partial Service Disruption by erin",
        "09:08 published by erin (Identified, Partial Service Disruption): Some pushes fail.",
        "09:08 severity S1 by erin",
    ]
    world.passes()
    assert not any("graphql" in each for each in world.passes(1))
    assert world.timeline(iid) == told
    assert world.links(iid) == []  # they come with Premium


def test_the_end_is_told_and_nothing_of_what_is_over_is_made_up(make: Make) -> None:
    world = make()
    before = world.opens("S3")
    world.policy(", timeline: false")
    world.passes()
    world.server.people.comment("erin", before, "/ima resolve restarted")
    world.passes()
    assert world.timeline(before) == []
    world.policy("")
    iid = world.opens("S3")
    world.passes()
    world.server.people.comment("erin", iid, "/ima resolve restarted")
    world.server.people.comment("mia", before, "thanks")
    world.passes()
    assert world.timeline(iid)[-1] == "09:06 resolved by erin: restarted"
    assert world.timeline(before) == []


def test_an_answer_that_came_too_late_doubles_nothing(make: Make) -> None:
    world = make()
    iid = world.opens("S2")
    world.server.people.comment("erin", iid, "looking")
    world.server.fail("POST", "graphql$", nth=2, how="reset", after=True)
    world.passes()
    assert world.code == 1
    once = world.timeline(iid)
    assert once
    world.passes()
    assert world.code == 0
    assert world.timeline(iid) == once
    assert not any("graphql" in each for each in world.passes())


def test_what_gitlab_refuses_stops_no_call(make: Make) -> None:
    world = make()
    iid = world.opens("S2")
    world.server.fail("POST", "graphql$", how=500)
    world.passes()
    assert world.code == 1
    assert [each["username"] for each in world.server.issue(iid)["assignees"]] == ["erin"]
    assert any("ima:card" in note["body"] for note in world.server.notes(iid))
    world.server.faults.clear()
    world.passes()
    assert world.timeline(iid) == ["09:00 severity S2 by rita"]


def test_words_of_people_are_harmless_and_those_of_internal_notes_stay_there(make: Make) -> None:
    world = make()
    iid = world.opens("S2")
    said = "@all <b>`x`</b> [l](https://evil.example) " + "_*" * 150
    world.server.people.comment("erin", iid, f"/ima state identified -- {said}")
    secret = "/ima state monitoring -- rotate the leaked key"
    world.server.people.comment("erin", iid, secret, internal=True)
    world.passes()
    told = {each.split()[2]: each for each in world.timeline(iid) if " state " in each}
    assert told["Monitoring"] == "09:00 state Monitoring by erin: said in an internal note"
    for part in ("@all", "<b>", "[l]("):
        assert part not in told["Identified"]


@pytest.mark.parametrize(
    ("role", "kind", "more"),
    [("reporter", "incident", ""), ("developer", "issue", ""),
     ("developer", "incident", ", timeline: false")],
)  # fmt: skip
def test_where_it_may_not_be_nothing_is_asked(make: Make, role: str, kind: str, more: str) -> None:
    world = make(role=role)
    world.policy(more)
    iid = world.opens("S2", kind=kind)
    assert not any("graphql" in each for each in world.passes())
    assert world.code == 0
    assert world.timeline(iid) == []


def test_the_room_is_linked_on_premium_and_no_file_of_the_job(make: Make) -> None:
    world = make(tier="premium", role="reporter")
    iid = world.opens("S1")
    world.passes()
    assert world.links(iid) == [("zoom", "Room", "https://acme.zoom.us/j/123?pwd=x")]
    assert world.timeline(iid) == []
    world.passes()
    assert not any("graphql" in each for each in world.passes())


def test_a_link_that_somebody_made_already_is_theirs(make: Make) -> None:
    world = make(tier="premium")
    world.passes()
    iid = world.opens("S1")
    world.passes()
    assert [text for _, text, _ in world.links(iid)].count("Room") == 1
    world.server.world.project().issues[iid].notes.clear()  # the card is lost
    world.passes(5)
    assert [text for _, text, _ in world.links(iid)].count("Room") == 1


def test_the_alert_of_gitlabs_own_incident_is_resolved_with_it(make: Make) -> None:
    world = make()
    world.policy(", adopt: [type]")
    iid = world.server.people.alert("Too many errors", severity="high")
    world.passes()
    world.server.people.comment("erin", iid, "/ima resolve restarted")
    world.passes()
    assert world.server.world.project().issues[iid].alert == "resolved"


def test_gitlabs_own_schedules_and_escalations_are_the_pager(make: Make) -> None:
    world = make(tier="premium")
    project = world.server.world.project()
    project.oncall, project.policies = {"Engineers": ["mia"]}, {"Page": "Engineers"}
    policy = (world.folder / "policy.yml").read_text("utf-8")
    eoc = "eoc: {schedule: Engineers, escalation: Page}, security: {on_call: sam}"
    policy = policy.replace("eoc: {on_call: erin}", eoc) + "pager: {kind: gitlab}\n"
    (world.folder / "policy.yml").write_text(policy, "utf-8")
    iid = world.opens("S2")
    world.passes()
    assert world.server.issue(iid)["assignees"][0]["username"] == "mia"
    assert project.issues[iid].paged == ["mia"]
    world.server.people.acknowledge("mia", iid)
    world.passes()
    assert world.timeline(iid)[-1] == "09:02 mia acknowledged the page as EOC"
    world.passes()
    assert [each for each in world.passes() if "graphql" in each] == ["POST /api/graphql"] * 3
    assert world.code == 0
