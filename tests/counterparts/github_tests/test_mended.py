"""What emulate lacks or does otherwise than GitHub, and is mended here."""

from __future__ import annotations

import json
from typing import Any

import pytest
from github import GithubException
from github.Repository import Repository

from tests.counterparts.github import GitHubServer, node
from tests.counterparts.github_tests.conftest import Clock, as_
from tests.counterparts.messages import Answer, Request

pytestmark = pytest.mark.needs("emulate")


def kinds(issue: Any) -> list[str]:
    return [event.event for event in issue.get_timeline()]


def refused(act: Any) -> GithubException:
    with pytest.raises(GithubException) as refusal:
        act()
    return refusal.value


def test_times_are_whole_seconds_of_our_clock(
    server: GitHubServer, repo: Repository, clock: Clock
) -> None:
    assert repo.create_issue("API").raw_data["created_at"] == "2026-03-02T09:00:00Z"
    clock.advance(180)
    assert repo.create_issue("API").raw_data["created_at"] == "2026-03-02T12:00:00Z"


def test_what_is_given_at_opening_is_in_the_history(repo: Repository) -> None:
    issue = repo.create_issue("API", labels=["incident"], assignees=["erin"])
    assert kinds(issue) == ["labeled", "assigned"]
    assert [label.name for label in issue.labels] == ["Incident"]


def test_the_timeline_has_comments_in_their_place_and_nothing_of_emulates(
    repo: Repository,
) -> None:
    issue = repo.create_issue("API", "since 9:00")
    issue.create_comment("one")
    issue.add_to_labels("S1")
    issue.create_comment("two")
    issue.edit(title="API is down", body="since 8:55")
    issue.edit(state="closed", state_reason="duplicate")
    assert kinds(issue) == ["commented", "labeled", "commented", "renamed", "closed"]
    assert repo.get_issue(1).state_reason == "duplicate"
    closed = list(issue.get_timeline())[-1]
    assert closed.raw_data["state_reason"] == "duplicate"


def test_labels_are_one_whatever_their_case(repo: Repository) -> None:
    issue = repo.create_issue("API", labels=["S1"])
    issue.add_to_labels("s1", "INCIDENT")
    assert [label.name for label in issue.get_labels()] == ["S1", "Incident"]
    issue.remove_from_labels("s1")
    assert [found.number for found in repo.get_issues(labels=["incident"])] == [1]
    error = refused(lambda: repo.create_label("s1", "123456")).data["errors"][0]
    assert (error["field"], error["code"]) == ("name", "already_exists")
    assert refused(lambda: issue.remove_from_labels("S1")).data["message"] == (
        "Label does not exist"
    )


def test_what_changes_nothing_does_not_move_the_issue(repo: Repository, clock: Clock) -> None:
    issue = repo.create_issue("API", labels=["S1"])
    clock.advance()
    issue.add_to_labels("S1")
    issue.edit(title="API", state="open")
    assert repo.get_issue(1).updated_at == issue.created_at


def test_since_takes_what_moved_in_that_second(repo: Repository, clock: Clock) -> None:
    repo.create_issue("API")
    clock.advance()
    second = repo.create_issue("Web")
    assert [i.number for i in repo.get_issues(since=second.updated_at)] == [2]
    assert [i.number for i in repo.get_issues(since=second.created_at.replace(minute=0))] == [2, 1]


def test_reactions_stay_and_are_made_once(repo: Repository) -> None:
    comment = repo.create_issue("API").create_comment("/ima help")
    comment.create_reaction("rocket")
    comment.create_reaction("rocket")
    assert [each.content for each in comment.get_reactions()] == ["rocket"]
    (shown,) = repo.get_issue(1).get_comments()
    assert shown.raw_data["reactions"]["rocket"] == 1


def test_sub_issues_show_on_both_ends(repo: Repository) -> None:
    parent, child = repo.create_issue("API"), repo.create_issue("Review")
    parent.add_sub_issue(child)
    assert [each.number for each in parent.get_sub_issues()] == [2]
    assert repo.get_issue(1).raw_data["sub_issues_summary"]["total"] == 1
    assert repo.get_issue(2).raw_data["parent_issue_url"].endswith("/issues/1")
    assert (kinds(parent), kinds(child)) == (["sub_issue_added"], ["parent_issue_added"])
    assert refused(lambda: parent.add_sub_issue(child)).status == 422
    assert refused(lambda: child.add_sub_issue(parent)).status == 422


def test_a_reference_in_a_text_shows_on_the_other_issue_once(repo: Repository) -> None:
    first = repo.create_issue("API")
    second = repo.create_issue("Review", "of #1, not of &#1")
    second.create_comment("see #1")
    (entry,) = first.get_timeline()
    assert entry.raw_data["source"]["issue"]["number"] == 2


def test_pull_requests_are_listed_among_the_issues(server: GitHubServer, repo: Repository) -> None:
    repo.create_issue("API")
    number = server.people.pull_request("erin", "Mend the API")
    listed = {issue.number: issue.pull_request for issue in repo.get_issues()}
    assert listed[1] is None
    assert listed[number] is not None


def test_who_cannot_be_assigned_is_left_out_or_refused(repo: Repository) -> None:
    issue = repo.create_issue("API")
    assert repo.has_in_assignees("ERIN")
    assert not repo.has_in_assignees("rita")
    issue.add_to_assignees("erin", "rita", "nobody")
    assert [each.login for each in issue.assignees] == ["erin"]
    error = refused(lambda: issue.edit(assignees=["rita"])).data["errors"][0]
    assert error == {
        "resource": "Issue", "field": "assignees", "code": "invalid", "value": "rita",
    }  # fmt: skip


def test_who_only_reads_may_open_and_comment_and_no_more(server: GitHubServer) -> None:
    theirs = as_(server, "rita")
    issue = theirs.create_issue("API", labels=["S1"], assignees=["erin"])
    assert (issue.labels, issue.assignees) == ([], [])
    comment = as_(server, "ima").get_issue(1).create_comment("hello")
    issue.create_comment("hello")
    issue.edit(state="closed")
    assert refused(lambda: issue.add_to_labels("S1")).status == 403
    assert refused(lambda: theirs.get_issue(1).get_comment(comment.id).edit("no")).status == 403
    assert refused(lambda: as_(server, "rita", "acme/secret")).status == 404


def test_a_form_sets_labels_for_who_may_set_none(server: GitHubServer, repo: Repository) -> None:
    number = server.people.by_form(
        "rita", "API", "### What", labels=["S1", "Gone"], assignees=["erin"]
    )
    issue = repo.get_issue(number)
    assert [each.name for each in issue.labels] == ["S1"]
    assert [each.login for each in issue.assignees] == ["erin"]
    assert {(each.event, each.actor.login) for each in issue.get_timeline()} == {
        ("labeled", "rita"), ("assigned", "rita"),
    }  # fmt: skip
    assert issue.created_at == server.now().replace(microsecond=0)


@pytest.mark.parametrize(
    ("login", "permission"),
    [("ima", "admin"), ("erin", "write"), ("tom", "read"), ("rita", "read")],
)
def test_permissions_are_told(repo: Repository, login: str, permission: str) -> None:
    assert repo.get_collaborator_permission(login) == permission


def test_a_locked_issue_takes_no_comments_of_others(server: GitHubServer) -> None:
    ours = as_(server, "ima").create_issue("API")
    ours.lock("off-topic")
    ours.create_comment("we may")
    theirs = as_(server, "rita").get_issue(1)
    assert refused(lambda: theirs.create_comment("we may not")).status == 403


def test_a_bot_does_not_speak_on_a_locked_issue_but_opens_it(server: GitHubServer) -> None:
    as_(server, "ima").create_issue("API").lock("off-topic")
    ours = as_(server, "ghs_ima").get_issue(1)
    refused_for = refused(lambda: ours.create_comment("we may not"))
    assert (refused_for.status, "is locked" in refused_for.data["message"]) == (403, True)
    ours.unlock()
    said = ours.create_comment("we may")
    ours.lock("resolved")
    assert refused(lambda: said.create_reaction("eyes")).status == 403


def test_who_may_not_write_may_neither_speak_on_a_locked_issue_nor_unlock_it(clock: Clock) -> None:
    seed = {
        "repos": {"a/one": {"members": {"erin": "write", "tom": "triage"}}},
        "tokens": {"ghs_app": "erin"},
        "grants": {"ghs_app": {"locks": "none"}},
    }
    with GitHubServer(seed, clock=clock) as made:
        made.people.open("erin", "API")
        made.people.lock("erin", 1, "spam")
        for token in ("t-tom", "ghs_app"):
            for method, path in (("POST", "comments"), ("DELETE", "lock")):
                body = json.dumps({"body": "hello"}).encode()
                headers = {"authorization": f"Bearer {token}"}
                path = f"/repos/a/one/issues/1/{path}"
                assert made.ask(Request(method, path, headers, body)).status == 403


def test_a_token_may_what_its_kind_allows(clock: Clock) -> None:
    grants = {"ghs_job": {"repos": ["a/one"], "issues": "read"}, "github_pat_x": {"issues": "read"}}
    members = {"members": {"ima": "admin"}}
    repos = {"a/one": members, "a/two": {**members, "private": True}}
    seed = {"repos": repos, "tokens": dict.fromkeys(grants, "ima"), "grants": grants}
    query = '{viewer{login} here:repository(owner:"a",name:"one"){viewerPermission}'
    query += ' there:repository(owner:"a",name:"two"){viewerPermission}}'
    with GitHubServer(seed, clock=clock) as made:

        def asked(token: str, method: str, path: str, body: Any = None) -> Answer:
            sent = json.dumps(body).encode() if body else b""
            return made.ask(Request(method, path, {"authorization": f"Bearer {token}"}, sent))

        for token, kind in (("ghs_job", "integration"), ("github_pat_x", "personal access token")):
            said = asked(token, "POST", "/repos/a/one/issues", {"title": "API"})
            assert (said.status, said.body["message"].partition(" by ")[2]) == (403, kind)
        assert asked("ghs_job", "GET", "/repos/a/two").status == 404
        job, person = (
            asked(token, "POST", "/graphql", {"query": query}).body["data"] for token in grants
        )
        assert job["viewer"] == {"login": "ima"}
        assert job["there"] is None, "a job's token reaches one repository"
        assert [person[each]["viewerPermission"] for each in ("here", "there")] == ["ADMIN"] * 2


def test_tokens_are_known(server: GitHubServer) -> None:
    assert refused(lambda: as_(server, "nobody")).status == 401
    assert refused(lambda: as_(server, "ghs_ima")._requester.requestJsonAndCheck("GET", "/user"))
    assert as_(server, "ghs_ima").create_issue("API").user.login == "ima"


def test_texts_have_their_limits(repo: Repository) -> None:
    error = refused(lambda: repo.create_issue("API", "x" * 65_537)).data["errors"][0]
    assert error["message"] == "body is too long (maximum is 65536 characters)"
    assert refused(lambda: repo.create_label("x" * 51, "123456")).status == 422
    assert refused(lambda: repo.create_label("x", "123456", "x" * 101)).status == 422


def test_one_that_was_used_serves_again_from_the_beginning() -> None:
    repo = {"members": {"ima": "admin"}, "labels": ["S1"]}

    def seeded(emulate: node.Emulate, users: list[str], tokens: dict[str, str]) -> None:
        """At one moment: a repository begins with a commit, which has its date and by that its
        hash."""
        said = {"users": users, "tokens": tokens, "repos": {"acme/production": repo}}
        body, moment = json.dumps(said).encode(), {"x-moment": "1772442000000"}
        assert emulate.ask("POST", "/_control/seed", body, moment)[0] == 200

    def state_of_a_used_one() -> Any:
        emulate = node.lease()
        try:
            seeded(emulate, ["ima", "rita"], {"t": "rita"})
            emulate.order("issues", repo="acme/production", rows=[{"title": "API"}])
            body = b'{"body": "hello"}'
            where = "/repos/acme/production/issues/1/comments"
            assert emulate.ask("POST", where, body, {"authorization": "Bearer t"})[0] == 201
            seeded(emulate, ["ima"], {})
            return timeless(emulate.order("state"))
        finally:
            node.give_back(emulate)

    fresh = node.Emulate()
    seeded(fresh, ["ima"], {})
    there = timeless(fresh.order("state"))
    fresh.stop()
    assert state_of_a_used_one() == there


def timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: timeless(v) for k, v in value.items() if not k.endswith(("_at", "_url"))}
    return [timeless(each) for each in value] if isinstance(value, list) else value


def test_pages_of_issues_have_a_cursor_and_no_end(server: GitHubServer, repo: Repository) -> None:
    server.order("issues", repo="acme/production", rows=[{"title": "API"}] * 75)
    listed = repo.get_issues()
    assert len({issue.number for issue in listed}) == 75
    asked = server.requests("GET", "/issues$")
    assert [each.query.get("page") for each in asked] == [None, ["2"], ["3"]]
    assert [len(each.query.get("after", ())) for each in asked] == [0, 1, 1]
    assert "not supported" in str(refused(lambda: listed.get_page(1)))
