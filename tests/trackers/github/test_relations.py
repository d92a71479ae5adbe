"""Types of issues and dependencies: used where there are any, and no failure where not."""

from __future__ import annotations

from typing import Any

import pytest

from automation.model.issue import Draft
from automation.trackers.github.tracker import GitHubTracker
from tests.counterparts.github import GitHubServer

pytestmark = pytest.mark.needs("emulate")
INCIDENT = Draft("API down", "<!-- ima:declared {} -->", ("Incident",), incident=True)
ACTION = Draft("Alert earlier", "<!-- ima:action {} -->", links=("#1",), blocks=("#1",))


def tracker(server: GitHubServer, **more: Any) -> GitHubTracker:
    limits: dict[str, Any] = {"pace": 0.0, "sleep": lambda _: None}
    return GitHubTracker("acme/production", url=server.url, token="t-ima", **limits, **more)


@pytest.mark.parametrize(
    ("types", "wanted", "typed"),
    [
        ({"acme": ["Bug", "Incident"]}, "incident", {1: "Incident", 2: "Incident"}),
        ({"acme": ["Bug"]}, "incident", {}),
        ({}, "incident", {}),
        ({"acme": ["Incident"]}, "issue", {}),
    ],
    ids=["where it has it", "where it has others", "where it has none", "unless it is wanted"],
)
def test_an_incident_has_the_type_of_its_organisation(
    types: dict[str, list[str]], wanted: str, typed: dict[int, str]
) -> None:
    with GitHubServer({"types": types}, validate=True) as server:
        ours = tracker(server, issue_type=wanted)
        for _ in range(2):
            ours.open(INCIDENT)
        ours.open(Draft("A review"))
        assert server.beyond.types == typed
        posts = [each.status for each in server.requests("POST", "/issues$")]
        refused = 1 if wanted == "incident" and not typed else 0  # it is not asked for again
        assert posts == [422] * refused + [201] * 3
        assert server.violations == []


@pytest.mark.parametrize(
    ("there", "wanted", "blocked"),
    [(True, True, {1: [2, 3]}), (False, True, {}), (True, False, {})],
    ids=["where there are any", "on an older server", "unless they are wanted"],
)
def test_a_review_waits_for_its_actions(
    there: bool, wanted: bool, blocked: dict[int, list[int]]
) -> None:
    with GitHubServer({"dependencies": there}, validate=True) as server:
        ours = tracker(server, dependencies=wanted)
        ours.open(Draft("Review"))
        for _ in range(2):
            ours.open(ACTION)
        assert server.beyond.blocked == blocked
        assert len(server.requests("POST", "/blocked_by$")) == (2 if there else 1) * wanted
        assert next(each["children"] for each in server.people.look()) == [2, 3]
        assert server.violations == []
