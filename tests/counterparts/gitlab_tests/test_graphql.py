"""What GraphQL knows of incidents, and how it refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.request import Request, urlopen

import pytest

from tests.counterparts.gitlab import GitLabServer

EVENTS = """query($path: ID!, $incident: IssueID!) { project(fullPath: $path) {
  incidentManagementTimelineEvents(incidentId: $incident, first: 2) {
    nodes { note occurredAt } pageInfo { hasNextPage endCursor } } } }"""
TELL = """mutation($input: TimelineEventCreateInput!) {
  timelineEventCreate(input: $input) { errors timelineEvent { note } } }"""
LINK = """mutation($input: IssuableResourceLinkCreateInput!) {
  made: issuableResourceLinkCreate(input: $input) {
    errors issuableResourceLink { linkType linkText } } }"""


@pytest.fixture
def server() -> Iterator[GitLabServer]:
    members = {"ima": "developer", "rita": "reporter", "gus": "planner"}
    seed = {
        "tier": "premium",
        "tokens": {f"t-{name}": name for name in members},
        "projects": {"acme/production": {"members": members}},
    }
    with GitLabServer(seed) as made:
        yield made
        assert made.errors == []


def asked(server: GitLabServer, query: str, variables: Any, token: str = "t-ima") -> Any:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    body = json.dumps({"query": query, "variables": variables}).encode()
    with urlopen(Request(f"{server.url}/api/graphql", body, headers), timeout=5) as answer:
        return json.load(answer)


def gid(server: GitLabServer, kind: str = "incident") -> str:
    iid = server.people.open("ima", "API errors", issue_type=kind)
    return f"gid://gitlab/Issue/{server.issue(iid)['id']}"


def event(incident: str, note: str = "found it") -> dict[str, Any]:
    at = "2026-03-02T09:05:00Z"
    return {"input": {"incidentId": incident, "note": note, "occurredAt": at}}


def test_a_developer_writes_on_the_timeline_and_reads_it_in_pages(server: GitLabServer) -> None:
    incident = gid(server)
    for note in ("one", "two"):
        made = asked(server, TELL, event(incident, note))
        assert made["data"]["timelineEventCreate"]["errors"] == []
    path = {"path": "acme/production", "incident": incident}
    events = asked(server, EVENTS, path)["data"]["project"]["incidentManagementTimelineEvents"]
    assert [each["note"] for each in events["nodes"]] == ["one", "two"]
    assert events["pageInfo"]["hasNextPage"] is True  # that it was created is told, too


@pytest.mark.parametrize(("token", "kind"), [("t-rita", "incident"), ("t-ima", "issue")])
def test_nobody_else_and_nowhere_else(server: GitLabServer, token: str, kind: str) -> None:
    answer = asked(server, TELL, event(gid(server, kind)), token)
    assert answer["data"] == {"timelineEventCreate": None}
    assert "does not exist or you don't have permission" in answer["errors"][0]["message"]


def test_a_text_that_is_too_long_is_an_error_of_its_own(server: GitLabServer) -> None:
    made = asked(server, TELL, event(gid(server), "x" * 281))["data"]["timelineEventCreate"]
    assert made["timelineEvent"] is None
    assert "too long" in made["errors"][0]


def test_what_the_schema_does_not_have_is_refused_whole(server: GitLabServer) -> None:
    answer = asked(server, 'query { project(fullPath: "acme/production") { oncall } }', {})
    assert answer == {"errors": [{"message": "Field 'oncall' doesn't exist on type 'Project'"}]}


@pytest.mark.parametrize(
    ("link", "kind"),
    [
        ("https://acme.zoom.us/j/123", "zoom"),
        ("https://acme.slack.com/archives/C1", "slack"),
        ("https://acme.pagerduty.com/incidents/Q1", "pagerduty"),
        ("https://docs.example/d/1", "general"),
    ],
)
def test_gitlab_knows_what_a_link_leads_to(server: GitLabServer, link: str, kind: str) -> None:
    sent = {"input": {"id": gid(server), "link": link, "linkText": "Room"}}
    made = asked(server, LINK, sent, "t-rita")["data"]["made"]
    assert made["issuableResourceLink"] == {"linkType": kind, "linkText": "Room"}
    assert asked(server, LINK, sent, "t-rita")["data"]["made"]["errors"] == ["Link already exists"]


def test_linked_resources_come_with_premium(server: GitLabServer) -> None:
    server.world.project().premium = False
    sent = {"input": {"id": gid(server), "link": "https://docs.example/d/1"}}
    assert asked(server, LINK, sent)["data"] == {"made": None}


def test_the_alert_of_an_incident_is_resolved_with_it(server: GitLabServer) -> None:
    iid = server.people.alert("Too many errors")
    issue = server.world.project().issues[iid]
    assert issue.alert == "triggered"
    server.people.close("ima", iid)
    assert issue.alert == "resolved"
