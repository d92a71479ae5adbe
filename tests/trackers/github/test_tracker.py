"""The adapter against a GitHub: what it asks for, how often, and what is never done twice."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from contextlib import closing, nullcontext
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from automation.errors import ServiceError
from automation.http.answers import Refusal
from automation.model.issue import Draft, Issue, Label, Update
from automation.stored_state.dashboard import Dashboard, encode
from automation.text.escaping import mark
from automation.trackers.github.records import heads_of
from automation.trackers.github.tracker import GitHubTracker
from tests.counterparts.github import GitHubServer

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PROJECT = "acme/production"
DASHBOARD = mark("dashboard", {"v": 1})
CARD = f"**Owner**: erin\n\n{mark('card', {'v': 1})}\n"


class Clock:
    def __init__(self) -> None:
        self.now = NINE

    def __call__(self) -> datetime:
        return self.now

    def advance(self, minutes: float = 1) -> None:
        self.now += timedelta(minutes=minutes)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(clock: Clock) -> Iterator[GitHubServer]:
    with GitHubServer({"tokens": {"ghs_app": "ima"}}, clock=clock, validate=True) as made:
        yield made
        assert made.violations == []


def on(server: GitHubServer, token: str = "t-ima", **more: Any) -> GitHubTracker:
    quiet: dict[str, Any] = {"pace": 0, "sleep": lambda _seconds: None}
    return GitHubTracker(PROJECT, url=server.url, token=token, **(quiet | more))


def locked(server: GitHubServer, number: int) -> str:
    """Why it is locked; empty where it is not."""
    row = server.people.issue(number)
    return row["active_lock_reason"] or "locked" if row["locked"] else ""


@pytest.fixture
def tracker(server: GitHubServer) -> Iterator[GitHubTracker]:
    made = on(server)
    yield made
    made.close()


def read(tracker: GitHubTracker, ref: str) -> Issue:
    (issue,) = tracker.issues([ref])
    return issue


def asked(server: GitHubServer) -> list[str]:
    """The requests so far, within the repository; forgets them."""
    paths = [f"{each.method} {each.path.removeprefix(f'/repos/{PROJECT}')}" for each in server.log]
    server.forget()
    return paths


# Reading.


def test_what_people_did_is_told_as_it_happened(
    server: GitHubServer, tracker: GitHubTracker, clock: Clock
) -> None:
    people = server.people
    number = people.open("erin", "API errors", labels=["Incident"])
    for step in (
        lambda: people.assign("rita", number, ["erin"]),
        lambda: people.label("ian", number, "S1"),
        lambda: people.comment("ian", number, "/ima resolve"),
        lambda: people.unlabel("ian", number, "S1"),
        lambda: people.unassign("ian", number, ["erin"]),
        lambda: people.change("ian", number, state="closed", state_reason="not_planned"),
        lambda: people.change("rita", number, state="open"),
    ):
        clock.advance()
        step()
    issue = read(tracker, f"#{number}")
    assert [(event.actor, event.kind, event.subject) for event in issue.events] == [
        ("erin", "labelled", "Incident"),
        ("rita", "assigned", "erin"),
        ("ian", "labelled", "S1"),
        ("ian", "unlabelled", "S1"),
        ("ian", "unassigned", "erin"),
        ("ian", "closed", "not planned"),
        ("rita", "reopened", ""),
    ]
    assert [(c.author, c.body, c.receipt) for c in issue.comments] == [
        ("ian", "/ima resolve", False)
    ]


def test_an_issue_is_two_reads(server: GitHubServer, tracker: GitHubTracker) -> None:
    number = server.people.open("erin", "API errors")
    server.people.comment("rita", number, "hello")
    tracker.me()
    server.forget()
    assert read(tracker, f"#{number}").comments
    assert asked(server) == [f"GET /issues/{number}", f"GET /issues/{number}/timeline"]


@pytest.mark.parametrize("path", ["/issues/1$", r"/issues/1/timeline"], ids=["row", "history"])
@pytest.mark.parametrize("how", [404, 500])
def test_one_issue_that_cannot_be_read_is_noted(server: GitHubServer, path: str, how: int) -> None:
    for title in ("one", "two"):
        server.people.open("erin", title)
    server.fail("GET", path, how=how, times=99)
    failed: dict[str, Exception] = {}
    found = on(server).issues(["#1", "#2"], unreadable=failed)
    assert [issue.ref for issue in found] == ["#2"]
    unknown = how == 404 and path.endswith("$")  # a number that somebody typed may be of no issue
    assert [*failed] == ([] if unknown else ["#1"])


def test_an_issue_that_is_gone_for_good_while_we_read_is_left_out(server: GitHubServer) -> None:
    for title in ("one", "two"):
        server.people.open("erin", title)
    server.fail("GET", r"/issues/1/timeline", how=410, times=99)
    failed: dict[str, Exception] = {}
    assert [each.ref for each in on(server).issues(["#1", "#2"], unreadable=failed)] == ["#2"]
    assert not failed


def test_where_no_issue_can_be_read_it_is_raised(server: GitHubServer) -> None:
    for title in ("one", "two"):
        server.people.open("erin", title)
    server.fail("GET", r"/issues/\d/timeline", how=502, times=99)
    for refs in (None, ["#1", "#2"]):
        failed: dict[str, Exception] = {}
        with pytest.raises(ServiceError, match="502"):
            on(server).issues(refs, unreadable=failed)
        assert not failed


def test_pull_requests_are_never_issues(server: GitHubServer, tracker: GitHubTracker) -> None:
    number = server.people.open("erin", "API errors")
    pull = server.people.pull_request("erin", "Fix the API")
    assert [issue.ref for issue in tracker.issues()] == [f"#{number}"]
    assert [head.ref for head in tracker.heads()] == [f"#{number}"]
    assert tracker.issues([f"#{pull}"]) == []


def test_a_list_that_is_empty_is_asked_for_once_more(
    server: GitHubServer, tracker: GitHubTracker
) -> None:
    server.people.open("erin", "API errors")
    server.fail("GET", "/issues", how="empty")
    assert [head.ref for head in tracker.heads()] == ["#1"]
    asked(server)
    tracker.heads(NINE + timedelta(hours=1))  # nothing has moved: that is as usual
    assert asked(server) == ["GET /issues"]


def test_the_dashboard_is_looked_for_twice_before_there_is_none(
    server: GitHubServer, tracker: GitHubTracker
) -> None:
    ref = tracker.open(Draft("IMA dashboard", DASHBOARD, dashboard=True))
    other = on(server)
    server.fail("GET", "/issues", how="empty")
    found = other.dashboard()
    assert found
    assert (found.ref, other.dashboard_ref) == (ref, ref)
    other.close()


def test_a_marker_that_was_moved_onto_an_incident_makes_no_dashboard_of_it(
    server: GitHubServer, tracker: GitHubTracker
) -> None:
    incident = tracker.open(Draft("The site is down", DASHBOARD, ("Incident",)))
    board = tracker.open(Draft("IMA dashboard", DASHBOARD, dashboard=True))
    for known in ("", incident):
        with closing(on(server, ours="Incident".__eq__, dashboard_ref=known)) as other:
            page = other.dashboard()
        assert page is not None
        assert page.ref == board


def test_an_account_that_was_renamed_is_recognised(
    server: GitHubServer, tracker: GitHubTracker
) -> None:
    board = tracker.open(Draft("IMA dashboard", DASHBOARD, dashboard=True))
    with closing(on(server, me="what-it-was-called", dashboard_ref=board)) as again:
        page = again.dashboard()
        assert page is not None
        assert (page.ref, again.me()) == (board, "ima")


def test_the_account_of_the_policy_is_ours_whatever_the_token_answers(
    server: GitHubServer,
) -> None:
    tracker = on(server, account="ima-app[bot]", me="an-earlier-name")
    assert tracker.dashboard() is None
    assert tracker.me() == "ima-app[bot]"


def test_the_dashboard_of_a_former_account_is_ours(server: GitHubServer) -> None:
    number = server.people.open("erin", "IMA dashboard", DASHBOARD)
    for known in ("", f"#{number}"):
        with closing(on(server, former=("erin",), dashboard_ref=known)) as other:
            page = other.dashboard()
        assert page is not None
        assert page.ref == f"#{number}"


def test_nobody_else_opens_our_dashboard(server: GitHubServer, tracker: GitHubTracker) -> None:
    server.people.open("mallory", "IMA dashboard", DASHBOARD)
    assert tracker.dashboard() is None


def test_what_moved_last_answers_a_quiet_sweep(
    server: GitHubServer, tracker: GitHubTracker, clock: Clock
) -> None:
    tracker.open(Draft("IMA dashboard", DASHBOARD, dashboard=True))
    numbers = [server.people.open("erin", f"Errors {nth}") for nth in range(3)]
    clock.advance(10)
    server.people.label("erin", numbers[1], "S1")
    tracker.me()
    server.forget()
    assert tracker.dashboard()
    (head,) = tracker.heads(clock.now - timedelta(minutes=2))
    assert head.ref == f"#{numbers[1]}"
    assert read(tracker, head.ref).labels == {"S1"}
    seen = ["GET /issues", "GET /issues/1/comments", f"GET /issues/{numbers[1]}/timeline"]
    assert asked(server) == seen
    assert read(tracker, head.ref).labels == {"S1"}  # what was read once is read anew
    assert asked(server)[0] == f"GET /issues/{numbers[1]}"


def test_a_row_that_a_long_list_has_shown_is_not_asked_for_again(
    server: GitHubServer, tracker: GitHubTracker, clock: Clock
) -> None:
    old = server.people.open("erin", "Errors of last week")
    clock.advance(60 * 24 * 7)
    new = server.people.open("erin", "Errors", labels=["S1"])
    tracker.me()
    server.forget()
    assert [head.ref for head in tracker.heads()] == [f"#{old}", f"#{new}"]
    assert read(tracker, f"#{new}").labels == {"S1"}
    assert read(tracker, f"#{old}").title == "Errors of last week"
    seen = ["GET /issues", f"GET /issues/{new}/timeline"]
    assert asked(server) == [*seen, f"GET /issues/{old}", f"GET /issues/{old}/timeline"]


def test_what_a_long_list_has_shown_is_asked_for_anew_once_we_have_written(
    server: GitHubServer, tracker: GitHubTracker
) -> None:
    number = server.people.open("erin", "Errors", labels=["S1"])
    assert [head.ref for head in tracker.heads()] == [f"#{number}"]
    tracker.update(f"#{number}", Update(add_labels=frozenset({"S2"})))
    assert read(tracker, f"#{number}").labels == {"S1", "S2"}


def test_the_memory_of_the_dashboard_is_read_where_the_page_tells_of_another(
    server: GitHubServer, tracker: GitHubTracker
) -> None:
    texts = encode(Dashboard(handed="erin"), "page")
    board = tracker.open(Draft("IMA dashboard", texts.page, dashboard=True))
    tracker.comment(board, texts.memory)
    for page, forged, reads in (
        (texts.page, False, ["GET /issues"]),
        (texts.page, True, ["GET /issues", "GET /issues/comments/1"]),
        ("somebody emptied it", False, ["GET /issues", "GET /issues/comments/1"]),
    ):
        server.people.change("erin", 1, body=page)
        known = dict(tracker.dashboard_memory)
        known["text"] = known["text"].replace("erin", "mallory") if forged else known["text"]
        with closing(on(server, me="ima", dashboard_ref=board, dashboard_memory=known)) as again:
            server.forget()
            found = again.dashboard()
        assert found is not None
        assert [(each.id, each.body) for each in found.comments] == [("1", texts.memory)]
        assert asked(server) == reads


def test_of_two_dashboards_the_signed_one_counts(
    server: GitHubServer, tracker: GitHubTracker
) -> None:
    first, second = (tracker.open(Draft(f"{n}", DASHBOARD, dashboard=True)) for n in range(2))
    for signed, ref in ((first, first), (second, second), ("", first)):
        with closing(on(server)) as other:
            page = other.dashboard(lambda issue, signed=signed: issue.ref == signed)  # type: ignore[misc]
        assert page is not None
        assert page.ref == ref


def test_after_a_write_nothing_old_is_shown(server: GitHubServer, tracker: GitHubTracker) -> None:
    tracker.open(Draft("IMA dashboard", DASHBOARD, dashboard=True))
    ref = tracker.open(Draft("Errors"))
    tracker.dashboard()
    tracker.update(ref, Update(add_labels=frozenset({"S1"})))
    assert read(tracker, ref).labels == {"S1"}
    assert {head.ref: head.labels for head in tracker.heads(NINE)}[ref] == {"S1"}


def test_a_full_sweep_is_a_request_for_a_hundred(
    server: GitHubServer, tracker: GitHubTracker
) -> None:
    for nth in range(101):
        server.people.open("erin", f"Errors {nth}")
    server.forget()
    assert len(tracker.heads(closed_since=NINE)) == 101
    assert asked(server) == ["GET /issues"] * 3


# Who we are, who may command, who can be assigned.


def test_we_are_who_the_token_is(server: GitHubServer, tracker: GitHubTracker) -> None:
    assert tracker.me() == "ima"
    tracker.me()
    assert asked(server) == ["GET /user"]


def test_who_may_command_is_asked_once_and_kept(
    server: GitHubServer, tracker: GitHubTracker
) -> None:
    server.people.role("ian", "triage")
    tracker.me()
    server.forget()
    assert tracker.outsiders(["ian", "mallory", "dependabot[bot]", "ima"]) == {
        "mallory",
        "dependabot[bot]",
    }
    tracker.outsiders(["ian", "mallory"])
    ways = [each for each in asked(server) if "permission" in each]
    assert len(ways) == 2
    later = on(server, members=tracker.members, me="ima")
    assert later.outsiders(["Ian"]) == frozenset()
    assert asked(server) == []
    later.close()


def test_of_many_all_collaborators_are_listed(server: GitHubServer, tracker: GitHubTracker) -> None:
    tracker.me()
    server.forget()
    people = ["rita", "erin", "ian", "cara", "mallory"]
    assert tracker.outsiders(people) == {"mallory"}
    assert asked(server)[0] == "GET /collaborators"


def test_who_cannot_be_assigned_is_told_and_stops_nothing(
    server: GitHubServer, tracker: GitHubTracker
) -> None:
    ref = tracker.open(Draft("API errors", assignees=("erin", "mallory")))
    assert (read(tracker, ref).assignees, tracker.unassigned(ref)) == (("erin",), ("mallory",))
    tracker.update(ref, Update(assignees=("mallory", "ian")))
    assert (read(tracker, ref).assignees, tracker.unassigned(ref)) == (("ian",), ("mallory",))
    assert tracker.unassigned(ref) == ()
    server.forget()
    tracker.update(ref, Update(assignees=("mallory",)))  # would take everybody off
    assert asked(server) == []
    assert tracker.unassigned(ref) == ("mallory",)


def test_members_are_not_looked_up_before_they_are_assigned(
    server: GitHubServer, tracker: GitHubTracker
) -> None:
    ref = tracker.open(Draft("API errors"))
    tracker.outsiders(["erin"])
    server.forget()
    tracker.update(ref, Update(assignees=("erin",)))
    assert asked(server) == [f"PATCH /issues/{ref[1:]}"]


# Writing.


def test_a_label_comes_before_another_goes(server: GitHubServer, tracker: GitHubTracker) -> None:
    ref = tracker.open(Draft("API errors", labels=("S3",)))
    server.forget()
    update = Update(frozenset({"S1", "A"}), frozenset({"S3", "gone"}), closed=True)
    tracker.update(ref, update)
    assert asked(server) == [
        f"POST /issues/{ref[1:]}/labels",
        f"PATCH /issues/{ref[1:]}",
        f"DELETE /issues/{ref[1:]}/labels/S3",
        f"DELETE /issues/{ref[1:]}/labels/gone",
    ]
    assert read(tracker, ref).labels == {"S1", "A"}


def test_a_name_with_odd_characters_goes_off_alone(tracker: GitHubTracker) -> None:
    names = ("State::Identified", "a/b", "Near Miss", "100%", "zoë?#")
    ref = tracker.open(Draft("API errors", labels=names))
    tracker.update(ref, Update(remove_labels=frozenset(names)))
    assert read(tracker, ref).labels == frozenset()


LOST = [
    pytest.param({"how": "reset", "after": True}, id="done, and the connection reset"),
    pytest.param({"how": 502, "after": True}, id="done, and 502"),
    pytest.param({"how": "reset"}, id="not done, and the connection reset"),
    pytest.param({"how": 500}, id="not done, and 500"),
]


@pytest.mark.parametrize("fault", LOST)
def test_a_comment_whose_answer_is_lost_is_made_once(
    server: GitHubServer, tracker: GitHubTracker, fault: dict[str, Any]
) -> None:
    ref = tracker.open(Draft("API errors"))
    server.fail("POST", "/comments$", **fault)
    comment = tracker.comment(ref, CARD)
    assert [(each.id, each.body.strip()) for each in read(tracker, ref).comments] == [
        (comment, CARD.strip())
    ]


@pytest.mark.parametrize("what", ["comment", "issue"])
def test_what_a_list_shows_only_after_seconds_is_made_once(
    server: GitHubServer, clock: Clock, what: str
) -> None:
    """GitHub's lists lag: that something is not on one yet does not say that it is not there."""
    tracker = on(server, pace=1.0, sleep=lambda seconds: clock.advance(seconds / 60))
    review = Draft("Review", mark("review", {"for": "#1"}))
    ref = tracker.open(Draft("API errors"))
    tracker.comment(ref, "an older one")
    clock.advance()
    server.lag = timedelta(seconds=4)
    server.fail("POST", "/comments$" if what == "comment" else "/issues$", how=502, after=True)
    made = tracker.comment(ref, CARD) if what == "comment" else tracker.open(review)
    server.lag = timedelta()
    assert made
    assert len(read(tracker, ref).comments) == (2 if what == "comment" else 1)
    assert len(tracker.heads()) == (1 if what == "comment" else 2)
    assert clock.now - NINE < timedelta(minutes=2), "some seconds"
    tracker.close()


@pytest.mark.parametrize("empty", [1, 4])
def test_an_empty_list_does_not_say_that_a_lost_comment_is_not_there(
    server: GitHubServer, tracker: GitHubTracker, empty: int
) -> None:
    ref = tracker.open(Draft("API errors"))
    server.fail("POST", "/comments$", how=502, after=True)
    server.fail("GET", "/comments", how="empty", times=empty)
    with pytest.raises(Refusal, match="502") if empty == 4 else nullcontext():
        tracker.comment(ref, CARD)
    assert len(read(tracker, ref).comments) == 1


@pytest.mark.parametrize("empty", [1, 4])
def test_an_empty_list_does_not_say_that_a_lost_issue_is_not_there(
    server: GitHubServer, tracker: GitHubTracker, empty: int
) -> None:
    server.fail("POST", "/issues$", how=502, after=True)
    server.fail("GET", "/issues", how="empty", times=empty)
    with pytest.raises(Refusal, match="502") if empty == 4 else nullcontext():
        tracker.open(Draft("Review", mark("review", {"for": "#1"})))
    assert len(tracker.heads()) == 1


@pytest.mark.parametrize("fault", LOST)
def test_an_issue_whose_answer_is_lost_is_opened_once(
    server: GitHubServer, tracker: GitHubTracker, fault: dict[str, Any]
) -> None:
    review = mark("review", {"for": "#1"})
    tracker.open(Draft("Review", review))
    server.people.comment("rita", 1, "I was here before")
    server.fail("POST", "/issues$", **fault)
    assert tracker.open(Draft("Review", review)) == "#2"
    assert [issue.ref for issue in tracker.issues()] == ["#1", "#2"]


def test_what_has_no_marker_is_not_repeated(server: GitHubServer, tracker: GitHubTracker) -> None:
    ref = tracker.open(Draft("API errors"))
    server.fail("POST", "/comments$", how=502)
    with pytest.raises(ServiceError, match="502"):
        tracker.comment(ref, "hello")
    assert read(tracker, ref).comments == ()


def test_a_link_is_a_sub_issue_once(server: GitHubServer, tracker: GitHubTracker) -> None:
    ref = tracker.open(Draft("API errors"))
    review = tracker.open(Draft("Review", links=(ref,)))
    tracker.link(ref, review)
    tracker.link(review, ref)
    tracker.link(ref, ref)
    assert read(tracker, ref).links == {review}
    assert read(tracker, review).links == {ref}
    assert read(tracker, ref).comments == ()


def test_what_cannot_be_a_sub_issue_is_said_on_both_ends_once(
    server: GitHubServer, tracker: GitHubTracker
) -> None:
    one, two, three = (tracker.open(Draft(title)) for title in ("one", "two", "three"))
    tracker.link(one, two)
    for _ in range(2):
        tracker.link(three, two)  # it has a parent
    assert read(tracker, two).links == {one, three}
    assert read(tracker, three).links == {two}
    assert [comment.body.splitlines()[0] for comment in read(tracker, three).comments] == [
        f"Linked: {two}"
    ]


def test_a_server_without_sub_issues_is_asked_for_them_once(
    server: GitHubServer, tracker: GitHubTracker
) -> None:
    refs = [tracker.open(Draft(title)) for title in ("one", "two", "three")]
    server.fail("POST", "/sub_issues$", how=404, times=9)
    tracker.link(refs[0], refs[1])
    tracker.link(refs[0], refs[2])
    assert read(tracker, refs[0]).links == set(refs[1:])
    assert len([each for each in server.log if each.path.endswith("/sub_issues")]) == 1


# Labels.


def test_a_label_that_is_too_long_is_refused_before_it_is_sent(
    server: GitHubServer, tracker: GitHubTracker
) -> None:
    for label in (Label("x" * 51), Label("S1", "", "x" * 101)):
        with pytest.raises(ServiceError, match="characters; it may have"):
            tracker.create_label(label)
    assert asked(server) == []


def test_which_labels_are_ours_is_kept(server: GitHubServer, tracker: GitHubTracker) -> None:
    server.people.open("erin", "API errors", labels=["theirs"])
    tracker.create_label(Label("S1", "c00000"))
    tracker.change_label("S1", Label("S2", "c00000"))
    later = on(server, known_labels=tracker.known_labels)
    assert {label.name: label.ours for label in later.labels()} == {"S2": True, "theirs": False}
    later.close()


# Memory.


def test_heads_are_slim() -> None:
    rows = [_row(number) for number in range(100)]
    tracemalloc.start()
    kept = [list(heads_of(rows, None)) for _ in range(100)]
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert sum(map(len, kept)) == 10_000
    assert size / 10_000 < 600, "bytes for each issue: 100,000 must fit beside everything else"


def _row(number: int) -> dict[str, Any]:
    return {
        "number": number, "updated_at": "2026-03-02T09:00:00Z", "state": "open", "comments": 3,
        "labels": ["Incident", "S1"], "user": {"login": "rita"},
    }  # fmt: skip


# Locked issues, on which no bot may speak.


def test_on_a_locked_issue_a_bot_writes_and_locks_it_again(
    server: GitHubServer, clock: Clock
) -> None:
    number = server.people.open("erin", "API")
    order = server.people.comment("erin", number, "/ima severity S1")
    tracker = on(server, "ghs_app")
    server.people.lock("erin", number, "too heated")
    server.forget()
    card = tracker.comment("#1", CARD)
    tracker.edit_comment("#1", card, CARD.replace("erin", "sam"))
    tracker.receipt("#1", str(order))
    assert [each["body"] for each in server.people.comments(number)][1:] == [
        CARD.replace("erin", "sam")
    ]
    assert locked(server, number) == "too heated", "as it was, with the same reason"
    assert asked(server)[:5] == [
        "POST /issues/1/comments",
        "GET /issues/1",
        "DELETE /issues/1/lock",
        "POST /issues/1/comments",
        "PUT /issues/1/lock",
    ]
    tracker.close()


def test_it_is_locked_again_also_where_the_write_fails(server: GitHubServer) -> None:
    number = server.people.open("erin", "API")
    server.people.lock("erin", number, "spam")
    tracker = on(server, "ghs_app")
    server.fail("POST", "/comments$", nth=2, how=500)
    with pytest.raises(ServiceError):
        tracker.comment("#1", "without a marker")
    assert locked(server, number) == "spam"
    tracker.close()


def test_what_a_killed_run_has_left_unlocked_the_next_one_that_writes_locks(
    server: GitHubServer,
) -> None:
    number = server.people.open("erin", "API")
    server.people.lock("erin", number, "spam")
    server.people.unlock("ima", number)
    later = on(server, "ghs_app")
    read(later, "#1")
    assert locked(server, number) == "", "who only reads changes nothing"
    with later.exclusive():
        read(later, "#1")
    assert locked(server, number) == "spam"
    server.people.unlock("erin", number)
    with later.exclusive():
        read(later, "#1")
    assert locked(server, number) == "", "a person's word counts"
    later.close()
