"""What bites in GitLab's issues: deltas, tiers, roles, lists, events."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.counterparts.gitlab import GitLabServer, Refused
from tests.counterparts.gitlab_tests.asking import ask
from tests.counterparts.gitlab_tests.conftest import ROOT, Ask, Clock

ISSUE = "/issues/1"
Strings = list[str]


def opened(server: GitLabServer, *, as_: str = "erin", **params: Any) -> int:
    return server.people.open(as_, "API errors", **params)


def assignees(row: dict[str, Any]) -> Strings:
    return [person["username"] for person in row["assignees"]]


@pytest.mark.parametrize(
    ("before", "sent", "after"),
    [
        pytest.param(["a"], {"labels": ["b", "c"]}, ["b", "c"], id="labels replaces all"),
        pytest.param(["a"], {"labels": ""}, [], id="empty labels remove all"),
        pytest.param(["a"], {"labels": ["b,c"]}, ["b", "c"], id="commas split inside an array"),
        pytest.param(["a"], {"add_labels": "b, c"}, ["a", "b", "c"], id="a delta as text"),
        pytest.param(
            ["a", "b"], {"remove_labels": ["a", "x"]}, ["b"], id="absent ones are no error"
        ),
        pytest.param(
            ["a"], {"add_labels": ["b"], "remove_labels": ["a"]}, ["b"], id="both at once"
        ),
        pytest.param(["s::1"], {"add_labels": ["s::2"]}, ["s::1", "s::2"], id="Free has no scopes"),
    ],
)
def test_labels(
    server: GitLabServer, say: Ask, before: Strings, sent: dict[str, Any], after: Strings
) -> None:
    opened(server, labels=before)
    assert say("PUT", ISSUE, sent).body["labels"] == after


@pytest.mark.parametrize(
    ("before", "added", "after"),
    [
        pytest.param(["s::1"], ["s::2"], ["s::2"], id="a new value replaces the old one"),
        pytest.param(["a::b::x"], ["a::c::x"], ["a::b::x", "a::c::x"], id="the last :: counts"),
        pytest.param(
            ["s::1", "plain"], ["t::1"], ["plain", "s::1", "t::1"], id="other scopes stay"
        ),
    ],
)
def test_scoped_labels_on_premium(
    premium: GitLabServer, before: Strings, added: Strings, after: Strings
) -> None:
    opened(premium, labels=before)
    premium.people.label("erin", 1, *added)
    assert premium.issue(1)["labels"] == after


@pytest.mark.parametrize(
    ("asked", "free", "paid"),
    [
        pytest.param(["erin", "ima"], ["erin"], ["erin", "ima"], id="Free keeps the first"),
        pytest.param(["mallory"], ["ian"], ["ian"], id="strangers are dropped, so all stays"),
        pytest.param(["mallory", "erin"], ["ian"], ["erin"], id="Free cuts before it drops"),
        pytest.param(["bob"], ["ian"], ["ian"], id="a blocked user is dropped"),
        pytest.param([], [], [], id="an empty list unassigns"),
        pytest.param([0], [], [], id="zero unassigns"),
        pytest.param([999], ["ian"], ["ian"], id="unknown ids are dropped"),
    ],
)
def test_assignees(
    server: GitLabServer, premium: GitLabServer, asked: list[Any], free: Strings, paid: Strings
) -> None:
    for which, expected in ((server, free), (premium, paid)):
        opened(which, assignee_ids=[which.world.called("ian").id])
        ids = [each if isinstance(each, int) else which.world.called(each).id for each in asked]
        answer = ask(which.url, "PUT", ROOT + ISSUE, {"assignee_ids": ids})
        assert (answer.status, assignees(answer.body)) == (200, expected)


def test_assignments_are_told_in_english(premium: GitLabServer) -> None:
    opened(premium)
    for logins in (["erin", "ian", "ima"], ["erin", "gus"], []):
        premium.people.assign("erin", 1, *logins)
    assert [note["body"] for note in premium.notes(1)] == [
        "assigned to @erin, @ian, and @ima",
        "assigned to @gus and unassigned @ian and @ima",
        "unassigned @erin and @gus",
    ]


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"title": "API failures"}, "changed title from **API {-erro-}r{-s-}** to"),
        ({"description": "x"}, "changed the description"),
        ({"confidential": True}, "made the issue confidential"),
        ({"due_date": "2026-03-05"}, "changed due date to March 5, 2026"),
        ({"issue_type": "incident"}, "changed type from issue to incident"),
        ({"discussion_locked": True}, "locked the discussion in this issue"),
    ],
)
def test_other_changes_leave_system_notes(
    server: GitLabServer, say: Ask, sent: dict[str, Any], told: str
) -> None:
    opened(server)
    say("PUT", ISSUE, sent)
    (note,) = server.notes(1)
    assert note["system"]
    assert note["body"].startswith(told.partition("{")[0])


def test_guests_lose_what_they_may_not_set_silently(server: GitLabServer) -> None:
    sent = {"add_labels": ["x"], "due_date": "2026-03-05", "discussion_locked": True}
    opened(server, as_="gus", labels=["Incident"], assignees=["erin"], issue_type="incident")
    answer = ask(server.url, "PUT", ROOT + ISSUE, {**sent, "title": "New"}, token="t-gus")
    row = answer.body
    assert (answer.status, row["title"], row["labels"]) == (200, "New", ["Incident"])
    assert (row["due_date"], row["discussion_locked"], row["issue_type"]) == (None, None, "issue")
    assert assignees(row) == ["erin"]  # members may set it all when they open an issue


@pytest.mark.parametrize(
    ("sent", "wrong"),
    [
        ({"title": "x" * 256}, {"message": {"title": ["is too long (maximum is 255 characters)"]}}),
        ({"title": " "}, {"message": {"title": ["can't be blank"]}}),
        ({"state_event": "shut"}, {"error": "state_event does not have a valid value"}),
        ({"description": "x" * 1_048_577}, None),
        ({"severity": "S1"}, None),
        ({}, None),
    ],
)
def test_wrong_parameters(
    server: GitLabServer, say: Ask, sent: dict[str, Any], wrong: dict[str, Any] | None
) -> None:
    opened(server)
    answer = say("PUT", ISSUE, sent)
    assert answer.status == 400
    assert wrong in (None, answer.body)


def test_incidents_have_a_severity_and_reporters_open_them(server: GitLabServer, say: Ask) -> None:
    server.people.role("ian", "planner")
    assert server.issue(opened(server, as_="ian", issue_type="incident"))["issue_type"] == "issue"
    assert say("PUT", ISSUE, {"severity": "high"}).body["severity"] == "UNKNOWN"
    server.people.comment("erin", 1, "/promote_to_incident")
    assert say("PUT", ISSUE, {"severity": "high"}).body["severity"] == "HIGH"
    server.world.severity_by_rest = False
    assert say("PUT", ISSUE, {"severity": "low", "title": "x"}).body["severity"] == "HIGH"
    number = server.people.alert("Too many errors", severity="critical")
    row = server.issue(number)
    assert (row["author"]["username"], row["issue_type"]) == ("alert-bot", "incident")


def test_a_duplicate_is_closed_linked_and_says_of_what(server: GitLabServer) -> None:
    opened(server), opened(server)
    server.people.comment("erin", 2, "/duplicate #1")
    row = server.issue(2)
    assert row["state"] == "closed"
    assert row["_links"]["closed_as_duplicate_of"].endswith("/projects/1/issues/1")
    assert [note["body"] for note in server.notes(1)] == [
        "marked #2 as a duplicate of this issue", "marked this issue as related to #2"
    ]  # fmt: skip
    server.people.reopen("erin", 2)
    assert server.issue(2)["_links"]["closed_as_duplicate_of"] is None


def test_updated_at_moves_with_every_change(server: GitLabServer, clock: Clock) -> None:
    opened(server)
    people = server.people
    note = people.comment("erin", 1, "hello") or 0
    acts: list[tuple[Callable[[], object], bool]] = [
        (lambda: people.label("erin", 1, "x"), True),
        (lambda: people.label("erin", 1, "x"), False),
        (lambda: people.comment("erin", 1, "again"), True),
        (lambda: people.edit_comment("erin", 1, note, "hallo"), True),
        (lambda: people.react("erin", 1, note, "eyes"), False),
        (lambda: people.close("erin", 1), True),
        (lambda: people.close("erin", 1), False),
    ]
    for act, moves in acts:
        clock.advance(2)
        before = server.issue(1)["updated_at"]
        act()
        assert (server.issue(1)["updated_at"] > before) == moves


def test_what_only_touches_an_issue_is_not_seen_within_a_minute_of_its_last_change(
    server: GitLabServer, clock: Clock
) -> None:
    opened(server)
    people = server.people
    people.label("erin", 1, "x")
    acts: list[tuple[Callable[[], object], bool]] = [
        (lambda: people.comment("erin", 1, "hello"), False),
        (lambda: people.label("erin", 1, "y"), False),
        (lambda: people.label("ian", 1, "z"), True),  # who changed it last is in its own row
        (lambda: people.update("ian", 1, title="Worse"), True),
        (lambda: people.assign("ian", 1, "erin"), False),
        (lambda: people.close("erin", 1), True),
    ]
    for act, moves in acts:
        clock.advance(0.5)
        before = server.issue(1)["updated_at"]
        act()
        assert (server.issue(1)["updated_at"] > before) == moves


def test_lists_are_filtered_ordered_and_paged(server: GitLabServer, say: Ask, clock: Clock) -> None:
    for number in range(5):
        server.people.open("erin", f"{number}", labels=["odd"] if number % 2 else [])
        clock.advance()
    server.people.close("erin", 1)
    at = (clock.now - timedelta(minutes=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
    for query, expected in {
        "": "54321",
        "sort=asc&state=opened": "2345",
        "labels=odd": "42",
        "labels=None": "531",
        "labels=nowhere": "",
        "not[labels]=odd&state=opened": "53",
        "iids[]=2&iids[]=9": "2",
        "order_by=updated_at": "15432",
        f"updated_after={at}": "541",
        f"created_before={at}&sort=asc": "1234",
        "per_page=2&page=2": "32",
        "assignee_id=Any": "",
        "author_username=erin&per_page=1": "5",
    }.items():
        rows = say("GET", f"/issues?{query}").body
        assert "".join(str(row["iid"]) for row in rows) == expected, query


def test_lists_are_never_stale(server: GitLabServer, say: Ask) -> None:
    for expected in (1, 2, 3):
        opened(server, labels=["x"])
        assert len(say("GET", "/issues?labels=x&state=opened").body) == expected
    server.people.unlabel("erin", 1, "x")
    server.people.close("erin", 2)
    assert [row["iid"] for row in say("GET", "/issues?labels=x&state=opened").body] == [3]
    say("PUT", "/labels/x", {"new_name": "y"})
    assert say("GET", "/issues?labels=x&state=opened").body == []


def test_pages_say_where_they_are(server: GitLabServer, say: Ask) -> None:
    server.seed_issues({"title": f"{number}"} for number in range(250))
    answer = say("GET", "/issues?per_page=1000&page=2")
    headers = answer.headers
    assert len(answer.body) == 100
    told = [headers[f"x-{name}"] for name in ("page", "next-page", "prev-page", "per-page")]
    assert told == ["2", "3", "1", "100"]
    assert (headers["x-total"], headers["x-total-pages"]) == ("250", "3")
    assert 'rel="last"' in headers["link"]
    server.world.count_limit = 249
    headers = say("GET", "/issues?page=3").headers
    assert "x-total" not in headers
    assert 'rel="last"' not in headers["link"]
    assert headers["x-next-page"] == "4"


def test_confidential_issues_are_not_there_for_others(server: GitLabServer) -> None:
    opened(server, confidential=True)
    for token, status in {"t-erin": 200, "t-gus": 404}.items():
        assert ask(server.url, "GET", ROOT + ISSUE, token=token).status == status
        listed = ask(server.url, "GET", f"{ROOT}/issues", token=token).body
        assert bool(listed) == (status == 200)
    server.people.assign("erin", 1, "gus")
    assert ask(server.url, "GET", ROOT + ISSUE, token="t-gus").status == 200


def test_a_deleted_account_leaves_a_ghost(server: GitLabServer, say: Ask) -> None:
    opened(server, labels=["x"])
    server.people.delete_account("erin")
    assert say("GET", ISSUE).body["author"]["username"] == "ghost"
    assert say("GET", f"{ISSUE}/resource_label_events").body[0]["user"] is None


def test_people_are_refused_as_the_api_refuses(server: GitLabServer) -> None:
    opened(server)
    with pytest.raises(Refused, match="403"):
        server.people.close("gus", 1)
    with pytest.raises(Refused, match="404"):
        server.people.comment("mallory", 1, "let me in")
