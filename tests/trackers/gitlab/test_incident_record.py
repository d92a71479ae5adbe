"""GitLab's own timeline and links of an incident: what is missing is added, and nothing twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from automation.changes.incident_record import Record, links_to_show, record
from automation.errors import ServiceError
from automation.model.incident import Fact, Incident
from automation.model.issue import Capabilities, Happened
from automation.trackers.gitlab.tracker import GitLabTracker
from tests import build
from tests.counterparts.gitlab import GitLabServer

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PROJECT = "acme/production"
ROOM = "https://acme.zoom.us/j/1"
Make = Callable[..., tuple[GitLabServer, GitLabTracker]]


@pytest.fixture
def make() -> Iterator[Make]:
    made: list[tuple[GitLabServer, GitLabTracker]] = []

    def make(tier: str = "premium", member: str = "developer", **more: Any) -> Any:
        seed = {
            "tier": tier,
            "tokens": {"t-ima": "ima"},
            "projects": {PROJECT: {"members": {"ima": member, "rita": "developer"}}},
        }
        server = GitLabServer(seed, clock=lambda: NINE).start()
        server.people.open("rita", "API errors", issue_type="incident")
        tracker = GitLabTracker(
            PROJECT, url=server.url, token="t-ima", timeline=True, sleep=lambda _: None, **more
        )
        made.append((server, tracker))
        return server, tracker

    yield make
    for server, tracker in made:
        tracker.close()
        server.stop()
        assert server.errors == []


def happened(*texts: str) -> list[Happened]:
    return [Happened(NINE + timedelta(minutes=nth), text) for nth, text in enumerate(texts)]


def told(server: GitLabServer) -> list[str]:
    rows = server.world.project().issues[1].timeline
    return [row.note for row in rows if not row.note.startswith("@")]


def test_what_is_there_is_not_added_again(make: Make) -> None:
    server, tracker = make()
    links = {"Room": ROOM, "Working document": "https://docs.example/d/1"}
    tracker.record("#1", happened("one", "two"), links)
    tracker.record("#1", happened("one", "two", "three"), links)
    assert told(server) == ["one", "two", "three"]
    shown = [(row.kind, row.text) for row in server.world.project().issues[1].resources]
    assert shown == [("zoom", "Room"), ("general", "Working document")]


def test_more_than_a_page_and_more_than_one_write(make: Make) -> None:
    server, tracker = make()
    tracker.record("#1", happened(*(f"step {n}" for n in range(130))), {})
    server.forget()
    tracker.record("#1", happened(*(f"step {n}" for n in range(131))), {})
    assert told(server) == [f"step {n}" for n in range(131)]
    assert len(server.requests(path="graphql")) == 3  # two pages, and what is missing


def test_an_issue_that_was_read_costs_no_further_request(make: Make) -> None:
    server, tracker = make()
    tracker.issues(["#1"])
    server.forget()
    tracker.record("#1", happened("one"), {})
    assert [each.path for each in server.requests()] == ["/api/graphql", "/api/graphql"]


def test_a_refusal_says_what_is_missing(make: Make) -> None:
    _, tracker = make(member="reporter")
    with pytest.raises(ServiceError, match="have permission") as refused:
        tracker.record("#1", happened("one"), {})
    assert "Developer role on acme/production" in refused.value.remedy


def test_a_text_that_gitlab_does_not_take_is_an_error(make: Make) -> None:
    _, tracker = make()
    with pytest.raises(ServiceError, match="too long"):
        tracker.record("#1", happened("x" * 300), {})


@pytest.mark.parametrize(
    ("tier", "role", "timeline", "resources"),
    [
        ("free", "developer", True, False),
        ("free", "reporter", False, False),
        ("premium", "reporter", False, True),
        ("premium", "maintainer", True, True),
        ("premium", "planner", False, False),
    ],
)
def test_tier_and_role_say_what_may_be(
    make: Make, tier: str, role: str, timeline: bool, resources: bool
) -> None:
    server, tracker = make(tier, role)
    assert (tracker.can.timeline, tracker.can.resources) == (timeline, resources)
    assert (tracker.can.timeline, tracker.can.resources) == (timeline, resources)
    assert len(server.requests()) == 1


def test_what_an_earlier_run_was_told_is_not_asked_again(make: Make) -> None:
    server, tracker = make(one_assignee=False, exclusive_labels=True, role=30)
    assert tracker.can.timeline
    assert tracker.can.resources
    assert server.requests() == []


# What is linked.


def an_incident(**more: Any) -> Incident:
    return Incident("#1", "API errors", "incident", "rita", NINE, **more)


def test_a_document_is_linked_once_it_is_somewhere() -> None:
    can = Capabilities(resources=True)
    ctx = replace(build.a_context(says="room: ''"), can=can)
    fact = Fact("document", NINE, what="doc.md.j2", done=False)
    about_to = an_incident(native_severity="S1", facts=(fact,))
    assert [where for _, text, where in links_to_show(about_to, ctx) if "document" in text] == [""]
    done = Fact("document", NINE, what="doc.md.j2", by="https://docs.example/d/1")
    there = an_incident(native_severity="S1", facts=(done,))
    (change,) = record(there, ctx)
    assert isinstance(change, Record)
    assert change.what == ("link Working document",)
    assert list(record(change.after(there, ctx), ctx)) == []
    a_file = Fact("document", NINE, what="doc.md.j2", by=".ima/documents/1.md")
    assert list(record(an_incident(native_severity="S1", facts=(a_file,)), ctx)) == []


def test_an_issue_that_is_none_of_gitlabs_incidents_has_no_links() -> None:
    done = Fact("document", NINE, what="doc.md.j2", by="https://docs.example/d/1")
    ctx = replace(build.a_context(), can=Capabilities(resources=True, timeline=True))
    assert list(record(an_incident(facts=(done,)), ctx)) == []
