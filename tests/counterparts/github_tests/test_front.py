"""What the server before emulate adds: it counts, limits, fails, and checks."""

from __future__ import annotations

import pytest
import requests
from github import GithubException
from github.Repository import Repository

from tests.counterparts.faults import How
from tests.counterparts.github import GitHubServer
from tests.counterparts.github.oracle import VERSION
from tests.counterparts.github_tests.conftest import Clock, as_

VERSIONED = {"x-github-api-version": VERSION}
OLD = {"x-github-api-version": "2019-01-01"}
pytestmark = pytest.mark.needs("emulate")


def test_requests_are_logged_with_who_asked(server: GitHubServer, repo: Repository) -> None:
    repo.create_issue("API")
    logged = server.log[-1]
    assert (logged.method, logged.path) == ("POST", "/repos/acme/production/issues")
    assert (logged.user, logged.status, logged.body) == ("ima", 201, {"title": "API"})
    server.people.comment("rita", 1, "nobody counts this")
    assert len(server.writes()) == 1


def test_pages_lead_back_to_us(server: GitHubServer, repo: Repository) -> None:
    server.order("issues", repo="acme/production", rows=[{"title": "API"}] * 45)
    assert len(list(repo.get_issues())) == 45
    assert len(server.requests("GET", "/issues$")) == 2


def test_the_hour_of_a_token_is_counted(server: GitHubServer, clock: Clock) -> None:
    server.limits.requests = 3
    repo = as_(server, "ima")
    for _ in range(2):
        repo.get_issues().get_page(0)
    with pytest.raises(GithubException) as refusal:
        repo.get_issues().get_page(0)
    headers = refusal.value.headers or {}
    assert (refusal.value.status, headers["x-ratelimit-remaining"]) == (403, "0")
    assert as_(server, "erin").name == "production"
    clock.advance(60)
    repo.get_issues().get_page(0)


def test_too_much_new_content_is_refused_for_a_minute(
    server: GitHubServer, repo: Repository, clock: Clock
) -> None:
    server.limits.contents = 2
    issue = repo.create_issue("API")
    issue.create_comment("one")
    with pytest.raises(GithubException, match="secondary") as refusal:
        issue.create_comment("two")
    assert (refusal.value.headers or {})["retry-after"] == "60"
    clock.advance()
    issue.create_comment("two")


@pytest.mark.parametrize(
    ("how", "after", "comments"), [(502, False, 0), (502, True, 1), ("reset", True, 1)]
)
def test_a_request_fails_as_planned(
    server: GitHubServer, repo: Repository, how: How, after: bool, comments: int
) -> None:
    issue = repo.create_issue("API")
    server.fail("POST", "/comments$", how=how, after=after)
    with pytest.raises((GithubException, requests.ConnectionError)):
        issue.create_comment("hello")
    assert len(server.people.comments(1)) == comments
    issue.create_comment("hello")


def test_one_that_is_worked_on_twice_is_there_twice(server: GitHubServer, repo: Repository) -> None:
    server.fail("POST", "/comments$", how="twice")
    repo.create_issue("API").create_comment("hello")
    assert len(server.people.comments(1)) == 2


def test_a_list_is_empty_once(server: GitHubServer, repo: Repository) -> None:
    repo.create_issue("API")
    server.fail("GET", "/issues", how="empty")
    assert [list(repo.get_issues()), len(list(repo.get_issues()))] == [[], 1]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/issues?per_page=100&sort=name", None),
        ("/issues?nonsense=1", None),
        ("/nonsense", None),
        ("/issues/1/labels", {"labels": []}),
    ],
)
def test_what_github_does_not_know_is_found(server: GitHubServer, path: str, body: object) -> None:
    for title in ("API", "Review"):
        server.people.open("ima", title)
    assert server.oracle
    url = f"{server.url}/repos/acme/production{path}"
    sent = {"headers": {"authorization": "Bearer t-ima", **VERSIONED}, "timeout": 10}
    if body is None:
        requests.get(url, **sent)  # type: ignore[arg-type]
    else:
        requests.post(url, json=body, **sent)  # type: ignore[arg-type]
    assert server.violations != []
    server.oracle.violations.clear()


@pytest.mark.parametrize(("named", "status"), [({}, 200), ({**VERSIONED}, 200), (OLD, 400)])
def test_the_version_of_the_api_is_named_and_one_that_is_gone_refused(
    server: GitHubServer, named: dict[str, str], status: int
) -> None:
    assert server.oracle
    url = f"{server.url}/repos/acme/production/issues"
    headers = {"authorization": "Bearer t-ima", **named}
    assert requests.get(url, headers=headers, timeout=10).status_code == status
    found = [each.partition(": ")[2] for each in server.oracle.violations]
    assert bool(found) == (not named)
    assert all(each.startswith("names no version of the API") for each in found)
    server.oracle.violations.clear()


def test_states_are_saved_and_restored(server: GitHubServer, repo: Repository) -> None:
    issue = repo.create_issue("API")
    saved = server.order("save")["number"]
    issue.create_comment("hello").create_reaction("rocket")
    issue.edit(state="closed")
    server.order("restore", number=saved)
    assert (server.people.issue(1)["state"], server.people.comments(1)) == ("open", [])
