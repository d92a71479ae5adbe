"""GitLab's on-call schedules and escalation policies as the pager."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from automation.errors import PolicyError, ServiceError
from automation.model.issue import Ack, Duty
from automation.policy.policy import Policy
from automation.schema.yaml_nodes import parse
from automation.services.embedded.embedded import PolicyPager
from automation.services.gitlab.gitlab import GitLabPager
from automation.services.opening import open_services
from tests.counterparts.gitlab import GitLabServer
from tests.worlds import shipped

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
POLICY = """
version: 1
tracker: {{kind: {tracker}, project: acme/production, url: "{url}"}}
pager: {{kind: gitlab}}
roles:
  eoc: {{schedule: Engineers, escalation: Page engineers, on_call: mia}}
  imoc: {{schedule: Managers, escalation: Page managers}}
  cmoc: {{schedule: Speakers}}
  security: {{on_call: sam}}
"""
EOC, IMOC = "acme/production#1:eoc:1", "acme/production#1:imoc:1"
Make = Callable[..., tuple[GitLabServer, GitLabPager]]


def policy(url: str, tracker: str = "gitlab") -> Policy:
    return shipped().policy(parse(POLICY.format(url=url, tracker=tracker), "policy.yml"))


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[GitLabServer] = []

    def make(tier: str = "premium", member: str = "developer") -> Any:
        people = dict.fromkeys("erin ian mia rita".split(), "developer")
        seed = {
            "tier": tier,
            "tokens": {"t-ima": "ima"},
            "projects": {"acme/production": {
                "members": {**people, "ima": member},
                "oncall": {"Engineers": ["erin", "mia"], "Managers": ["ian"], "Speakers": []},
                "policies": {"Page engineers": "Engineers", "Page managers": "Managers"},
            }},
        }  # fmt: skip
        server = GitLabServer(seed, clock=lambda: NINE).start()
        made.append(server)
        server.people.open("rita", "API errors", issue_type="incident")
        environment = {"IMA_GITLAB_TOKEN": "t-ima"}
        services = open_services(policy(server.url), tmp_path, lambda: NINE, environment)
        assert isinstance(services.pager, GitLabPager)
        return server, services.pager

    yield make
    for server in made:
        server.stop()
        assert server.errors == []


def paged(server: GitLabServer) -> list[str]:
    return server.world.project().issues[1].paged


def test_who_is_on_call_is_asked_once_for_all(make: Make) -> None:
    server, pager = make()
    assert pager.on_call(NINE) == {
        "eoc": Duty("erin"), "imoc": Duty("ian"), "cmoc": None, "security": Duty("sam"),
    }  # fmt: skip
    assert len(server.requests(path="graphql")) == 1


def test_where_gitlab_has_no_schedules_the_policy_says_who(make: Make) -> None:
    _, pager = make("free")
    assert pager.on_call(NINE) == {
        "eoc": Duty("mia"), "imoc": None, "cmoc": None, "security": Duty("sam"),
    }  # fmt: skip


def test_a_page_is_the_incidents_escalation_policy_once(make: Make) -> None:
    server, pager = make()
    pager.page("eoc", "erin", EOC, "API errors")
    pager.page("eoc", "erin", EOC, "API errors")
    assert paged(server) == ["erin", "mia"]
    pager.page("imoc", "ian", IMOC, "API errors")
    assert paged(server) == ["erin", "mia"], "one policy an incident: the comment calls him"
    pager.page("cmoc", "cara", "acme/production#1:cmoc:1", "API errors")
    pager.page("eoc", "erin", f"{EOC}r", "API errors")
    assert paged(server) == ["erin", "mia"] * 2, "once more, from its beginning"


def test_who_acknowledges_it_there_is_told_and_we_are_not(make: Make) -> None:
    server, pager = make()
    pager.page("eoc", "erin", EOC, "API errors")
    assert pager.acks({EOC: "", "acme/production#1:cmoc:1": ""}) == {}
    server.people.acknowledge("erin", 1)
    assert pager.acks({EOC: ""}) == {}, "asked once a run"
    again = GitLabPager(pager.wire, policy(server.url))
    server.forget()
    assert again.acks({EOC: "", IMOC: ""}) == {
        key: [Ack("erin", NINE, of_all_pages=True)] for key in (EOC, IMOC)
    }
    assert len(server.requests()) == 2


def test_a_page_ends_with_its_own_policy_and_no_other(make: Make) -> None:
    server, pager = make()
    pager.page("eoc", "erin", EOC, "API errors")
    pager.end({IMOC: ""}, "not needed")
    assert server.world.project().issues[1].policy == 1
    pager.end({EOC: "", IMOC: ""}, "over")
    pager.end({EOC: ""}, "over")
    assert server.world.project().issues[1].policy == 0


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"member": "reporter"}, "have permission"),
        ({"tier": "free"}, "no escalation policy 'Page engineers'"),
    ],
)
def test_what_cannot_be_paged_says_why(make: Make, how: dict[str, str], why: str) -> None:
    _, pager = make(**how)
    with pytest.raises(ServiceError, match=why):
        pager.page("eoc", "erin", EOC, "API errors")


def test_an_issue_that_is_no_incident_says_how_it_becomes_one(make: Make) -> None:
    server, pager = make()
    server.people.open("rita", "API errors")
    with pytest.raises(ServiceError, match="no incident of GitLab's") as told:
        pager.page("eoc", "erin", "acme/production#2:eoc:1", "API errors")
    assert "/promote_to_incident" in told.value.remedy


def test_it_is_the_pager_only_beside_the_incidents(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="only where the incidents are there"):
        policy("https://api.github.com", "github")
    elsewhere = policy("https://gitlab.example").with_tracker(kind="local", url="")
    services = open_services(elsewhere, tmp_path, lambda: NINE, {"IMA_GITLAB_TOKEN": "t-ima"})
    assert isinstance(services.pager, PolicyPager), "the token goes to no other GitLab"
