"""The adapter against a GitLab: what it asks for, how often, and what people have done there."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import automation
from automation.errors import ServiceError
from automation.model.bounds import REACTIONS
from automation.model.issue import Draft, Event, Issue, Label, Update
from automation.text.escaping import ZERO_WIDTH_SPACE, mark
from automation.trackers.gitlab.tracker import GitLabTracker
from tests.counterparts.gitlab import GitLabServer

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PROJECT = "acme/production"
DASHBOARD = mark("dashboard", {"v": 1})
MEMORY = mark("memory", {"v": 2})


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


def seed(tier: str = "free") -> dict[str, Any]:
    people = ("rita", "erin", "ian")
    members = {"ima": "maintainer", **dict.fromkeys(people, "developer"), "gus": "guest"}
    return {
        "tier": tier,
        "users": {"gone": {"state": "blocked"}, "mallory": {}},
        "tokens": {
            **{f"t-{name}": name for name in ("ima", "gus", "mallory", "gone")},
            "t-read": {"user": "ima", "scopes": ["read_api"]},
        },
        "projects": {PROJECT: {"id": 7, "members": members}},
        "moved": {"acme/old": PROJECT},
    }  # fmt: skip


@pytest.fixture
def server(clock: Clock) -> Iterator[GitLabServer]:
    with GitLabServer(seed(), clock=clock, validate=True) as made:
        yield made
        assert made.violations == []


@pytest.fixture
def premium(clock: Clock) -> Iterator[GitLabServer]:
    with GitLabServer(seed("premium"), clock=clock, validate=True) as made:
        yield made
        assert made.violations == []


def on(server: GitLabServer, token: str = "t-ima", **more: Any) -> GitLabTracker:
    return GitLabTracker(
        more.pop("project", PROJECT),
        url=server.url,
        token=token,
        sleep=more.pop("sleep", lambda _seconds: None),
        **more,
    )


@pytest.fixture
def tracker(server: GitLabServer) -> Iterator[GitLabTracker]:
    made = on(server)
    yield made
    made.close()


def read(tracker: GitLabTracker, ref: str) -> Issue:
    (issue,) = tracker.issues([ref])
    return issue


def acts(issue: Issue) -> list[tuple[str | None, str, str]]:
    return [(event.actor, event.kind, event.subject) for event in issue.events]


def asked(server: GitLabServer) -> list[str]:
    """The requests so far, without the project; forgets them."""
    paths = [f"{each.method} {each.path.partition('production')[2] or each.path}" for each in
             server.requests()]  # fmt: skip
    server.forget()
    return paths


# What people do.


def test_what_people_did_is_told_as_it_happened(
    server: GitLabServer, tracker: GitLabTracker, clock: Clock
) -> None:
    iid = server.people.open("erin", "API errors", labels=["Incident"])
    people = server.people
    steps: list[Callable[[], object]] = [
        lambda: people.assign("rita", iid, "erin"),
        lambda: people.assign("erin", iid, "ian"),
        lambda: people.label("ian", iid, "S1"),
        lambda: people.comment("ian", iid, "/ima resolve"),
        lambda: people.unlabel("ian", iid, "S1"),
        lambda: people.unassign("ian", iid),
        lambda: people.close("ian", iid),
        lambda: people.reopen("rita", iid),
    ]
    for step in steps:
        clock.advance()
        step()
    issue = read(tracker, f"#{iid}")
    assert acts(issue) == [
        ("erin", "labelled", "Incident"),
        ("rita", "assigned", "erin"),
        ("erin", "unassigned", "erin"),
        ("erin", "assigned", "ian"),
        ("ian", "labelled", "S1"),
        ("ian", "unlabelled", "S1"),
        ("ian", "unassigned", "ian"),
        ("ian", "closed", ""),
        ("rita", "reopened", ""),
    ]
    assert [(c.author, c.body, c.receipt) for c in issue.comments] == [
        ("ian", "/ima resolve", False)
    ]
    assert issue.events[0].at == issue.opened_at


def test_several_assignees_are_told_apart(premium: GitLabServer) -> None:
    iid = premium.people.open("erin", "API errors", assignees=["erin", "ian"])
    premium.people.assign("rita", iid, "ian", "rita")
    tracker = on(premium, one_assignee=False)
    issue = read(tracker, f"#{iid}")
    assert set(acts(issue)) >= {("rita", "unassigned", "erin"), ("rita", "assigned", "rita")}
    assert len({event.id for event in issue.events}) == len(issue.events)
    assert set(issue.assignees) == {"ian", "rita"}


def test_an_edit_is_told_from_an_emoji_where_there_is_a_command(
    server: GitLabServer, tracker: GitLabTracker, clock: Clock
) -> None:
    iid = server.people.open("erin", "API errors")
    note = int(server.people.comment("erin", iid, "/ima resolve") or 0)
    clock.advance()
    server.people.react("ian", iid, note, "eyes")
    (comment,) = read(tracker, f"#{iid}").comments
    assert (comment.edited_at, comment.receipt) == (None, False)
    clock.advance()
    server.people.edit_comment("erin", iid, note, "/ima resolve it is over")
    (comment,) = read(tracker, f"#{iid}").comments
    assert comment.edited_at == NINE + timedelta(minutes=2)


def test_a_reply_makes_a_discussion_and_is_no_edit(
    server: GitLabServer, tracker: GitLabTracker, clock: Clock
) -> None:
    iid = server.people.open("erin", "API errors")
    note = server.people.comment("erin", iid, "/ima severity S2") or 0
    clock.advance(3)
    server.people.reply("ian", iid, note, "agreed")
    first, second = read(tracker, f"#{iid}").comments
    assert (first.edited_at, second.edited_at) == (None, None)
    clock.advance(3)
    server.people.edit_comment("erin", iid, note, "/ima severity S1")
    assert read(tracker, f"#{iid}").comments[0].edited_at == clock.now


def test_reactions_are_read_only_of_commands_that_were_touched_since_the_card(
    server: GitLabServer, tracker: GitLabTracker, clock: Clock
) -> None:
    iid = server.people.open("erin", "API errors")
    notes = [int(server.people.comment("erin", iid, "/ima explain") or 0) for _ in range(3)]
    clock.advance()
    tracker.receipt(f"#{iid}", str(notes[0]))
    tracker.comment(f"#{iid}", "card <!-- ima:card {} -->")
    clock.advance()
    server.people.react("ian", iid, notes[1], "eyes")
    server.forget()
    first, second, third = (c for c in read(tracker, f"#{iid}").comments if c.author == "erin")
    assert len(server.requests("GET", "award_emoji")) == 1
    assert [c.receipt for c in (first, second, third)] == [None, False, None]
    assert (second.edited_at, third.edited_at) == (None, None)


@pytest.mark.parametrize(
    ("who", "asked"),
    [
        pytest.param("mallory", 0, id="a stranger's commands have no receipt"),
        pytest.param("erin", REACTIONS, id="of a member's the newest"),
    ],
)
def test_who_touches_many_commands_does_not_spend_our_requests(
    server: GitLabServer, tracker: GitLabTracker, clock: Clock, who: str, asked: int
) -> None:
    server.world.project().visibility = "public"
    iid = server.people.open("rita", "API errors", labels=["Incident"])
    said = [
        server.people.comment(who, iid, f"/ima resolve {n}") or 0 for n in range(REACTIONS + 10)
    ]
    clock.advance()
    tracker.comment(f"#{iid}", mark("card", {"v": 1}))
    clock.advance()
    for note in said:
        server.people.react(who, iid, note, "eyes")
    server.forget()
    assert len(read(tracker, f"#{iid}").comments) == len(said) + 1
    assert len(server.requests("GET", "award_emoji")) == asked
    assert len(server.requests("GET", "members")) <= 1


def test_a_touch_counts_as_an_edit(
    server: GitLabServer, tracker: GitLabTracker, clock: Clock
) -> None:
    iid = server.people.open("erin", "API errors")
    note = server.people.comment("erin", iid, "hello")
    clock.advance()
    server.people.edit_comment("erin", iid, int(note or 0), "hello, world")
    (comment,) = read(tracker, f"#{iid}").comments
    assert comment.edited_at == NINE + timedelta(minutes=1)


def test_links_are_read_without_a_request_of_their_own(
    server: GitLabServer, tracker: GitLabTracker
) -> None:
    one, two = (server.people.open("erin", title) for title in ("one", "two"))
    tracker.link(f"#{one}", f"#{two}")
    assert read(tracker, f"#{one}").links == {f"#{two}"}
    assert read(tracker, f"#{two}").links == {f"#{one}"}


def test_a_deleted_account_breaks_nothing(server: GitLabServer, tracker: GitLabTracker) -> None:
    iid = server.people.open("ian", "API errors", labels=["Incident"])
    server.people.comment("ian", iid, "hello")
    server.people.delete_account("ian")
    issue = read(tracker, f"#{iid}")
    assert [event.kind for event in issue.events] == ["labelled"]
    assert issue.events[0].actor is None


def test_more_than_a_page_of_everything(server: GitLabServer, tracker: GitLabTracker) -> None:
    iid = server.people.open("erin", "API errors")
    for number in range(130):
        server.people.comment("erin", iid, str(number))
        server.people.label("erin", iid, f"L{number}")
    issue = read(tracker, f"#{iid}")
    assert [comment.body for comment in issue.comments] == [str(number) for number in range(130)]
    assert len(issue.events) == 130
    assert len(tracker.labels()) == 130


# What it costs.


def test_one_issue_costs_four_requests(server: GitLabServer, tracker: GitLabTracker) -> None:
    iid = server.people.open("erin", "API errors")
    read(tracker, f"#{iid}")
    assert sorted(asked(server)) == [  # the last three at a time
        "GET /issues",
        f"GET /issues/{iid}/notes",
        f"GET /issues/{iid}/resource_label_events",
        f"GET /issues/{iid}/resource_state_events",
    ]


def test_many_issues_cost_three_each_and_one_for_a_hundred(
    server: GitLabServer, tracker: GitLabTracker
) -> None:
    iids = [server.people.open("erin", str(number)) for number in range(120)]
    found = tracker.issues(f"#{iid}" for iid in iids)
    assert [issue.ref for issue in found] == [f"#{iid}" for iid in iids]
    assert tracker.requests == 2 + 3 * 120


def test_no_references_cost_nothing(server: GitLabServer, tracker: GitLabTracker) -> None:
    assert tracker.issues([]) == []
    assert tracker.issues(["#x", "", "erin"]) == []
    assert asked(server) == []


def test_only_what_can_matter_is_read_whole(server: GitLabServer) -> None:
    people = server.people
    silent = people.open("erin", "a typo", labels=["docs"], description="long text")
    ours = people.open("erin", "API errors", labels=["Incident"], description="text")
    talked = people.open("erin", "a question")
    people.comment("ian", talked, "hm")
    tracker = on(server, ours=lambda name: name == "Incident")
    found = {issue.ref: issue for issue in tracker.issues()}
    assert list(found) == [f"#{silent}", f"#{ours}", f"#{talked}"]
    assert (found[f"#{silent}"].body, found[f"#{silent}"].events) == ("", ())
    assert (found[f"#{ours}"].body, len(found[f"#{ours}"].events)) == ("text", 1)
    assert len(found[f"#{talked}"].comments) == 1
    assert tracker.requests == 1 + 1 + 2 * 3  # the list, who we are, two issues


@pytest.mark.parametrize(
    ("act", "requests"),
    [
        pytest.param(lambda t: t.comment("#1", "x"), ["POST /issues/1/notes"], id="comment"),
        pytest.param(
            lambda t: t.update("#1", Update(frozenset({"S1"}), closed=True)),
            ["PUT /issues/1"],
            id="labels and state",
        ),
        pytest.param(
            lambda t: t.update("#1", Update(assignees=("erin",))),
            ["GET /users", "PUT /issues/1"],
            id="somebody never seen",
        ),
        pytest.param(
            lambda t: t.update("#1", Update(assignees=())), ["PUT /issues/1"], id="nobody"
        ),
        pytest.param(lambda t: t.update("#1", Update()), [], id="nothing"),
        pytest.param(lambda t: t.edit("#1", body="x"), ["PUT /issues/1"], id="edit"),
        pytest.param(lambda t: t.edit("#1"), [], id="edit nothing"),
        pytest.param(lambda t: t.link("#1", "#2"), ["POST /issues/1/links"], id="link"),
        pytest.param(lambda t: t.link("#1", "#1"), [], id="link to itself"),
        pytest.param(
            lambda t: t.open(Draft("x", links=("#1", "#2"))),
            ["POST /issues", "POST /issues/3/links", "POST /issues/3/links"],
            id="open with links",
        ),
        pytest.param(lambda t: (t.me(), t.me()), ["GET /user"], id="who we are, twice"),
        pytest.param(
            lambda t: (t.outsiders(["erin", "x"]), t.outsiders(["y"])),
            ["GET /user", "GET /members/all"],
            id="outsiders, twice",
        ),
        pytest.param(lambda t: t.outsiders([]), [], id="no outsiders"),
        pytest.param(lambda t: t.heads(), ["GET /issues"], id="heads"),
        pytest.param(lambda t: t.create_label(Label("N")), ["POST /labels"], id="a new label"),
    ],
)  # fmt: skip
def test_each_verb_costs_what_it_must(
    server: GitLabServer,
    tracker: GitLabTracker,
    act: Callable[[GitLabTracker], object],
    requests: list[str],
) -> None:
    for title in ("one", "two"):
        server.people.open("rita", title, labels=["Incident"])
    act(tracker)
    assert asked(server) == requests


def test_who_was_seen_is_not_looked_up(server: GitLabServer, tracker: GitLabTracker) -> None:
    iid = server.people.open("erin", "API errors")
    server.people.comment("ian", iid, "mine")
    read(tracker, f"#{iid}")
    asked(server)
    tracker.update(f"#{iid}", Update(assignees=("Ian",)))
    assert asked(server) == [f"PUT /issues/{iid}"]
    assert (read(tracker, f"#{iid}").assignees, tracker.unassigned(f"#{iid}")) == (("ian",), ())


def test_heads_are_slim(server: GitLabServer) -> None:
    labels = [["Incident", f"S{n % 4 + 1}"] for n in range(8)]
    server.seed_issues(
        {"title": f"Alert {n}", "description": "x" * 999, "author": "erin", "labels": labels[n % 8]}
        for n in range(3_000)
    )
    tracker = on(server)
    tracker.me()
    tracemalloc.start()
    try:
        heads = tracker.heads()
        seen = tracemalloc.take_snapshot()
    finally:
        tracemalloc.stop()
    ours = seen.filter_traces([tracemalloc.Filter(True, f"{Path(automation.__file__).parent}/*")])
    kept = sum(part.size for part in ours.statistics("filename"))  # the counterpart's is not ours
    assert (len(heads), tracker.requests) == (3_000, 1 + 30)
    assert 100 * len(heads) < kept < 300 * len(heads)  # bytes: 30 MB for a hundred thousand


def test_heads_are_what_moved_or_what_is_there(
    server: GitLabServer, tracker: GitLabTracker, clock: Clock
) -> None:
    people = server.people
    old, shut, moved = (people.open("erin", title) for title in ("old", "shut", "moved"))
    people.close("erin", shut)
    clock.advance(60)
    people.comment("erin", moved, "x")
    assert [head.ref for head in tracker.heads()] == [f"#{old}", f"#{moved}"]
    assert [h.ref for h in tracker.heads(closed_since=NINE)] == [f"#{old}", f"#{shut}", f"#{moved}"]
    (head,) = tracker.heads(NINE + timedelta(minutes=60))
    assert (head.ref, head.notes, head.author, head.closed) == (f"#{moved}", 1, "erin", False)
    assert head.updated_at == NINE + timedelta(minutes=60)


# What it writes.


@pytest.mark.parametrize("body", ["/close", "Hello\r\n/close\n/label ~S1", "```\n/close\n```"])
def test_no_text_of_ours_is_executed(
    server: GitLabServer, tracker: GitLabTracker, body: str
) -> None:
    ref = tracker.open(Draft("API errors", body, labels=("Incident",)))
    note = tracker.comment(ref, body)
    tracker.edit_comment(ref, note, f"{body}\n!")
    tracker.edit(ref, body=f"{body}\n!")
    issue = read(tracker, ref)
    assert (issue.closed, issue.labels) == (False, frozenset({"Incident"}))
    assert all(f"{ZERO_WIDTH_SPACE}/close" in text for text in (issue.body, issue.comments[0].body))


def test_a_text_that_was_executed_all_the_same_is_an_error(
    server: GitLabServer, tracker: GitLabTracker, monkeypatch: pytest.MonkeyPatch
) -> None:
    iid = server.people.open("erin", "API errors")
    monkeypatch.setattr("automation.trackers.gitlab.writer.without_quick_actions", str)
    with pytest.raises(ServiceError) as error:
        tracker.comment(f"#{iid}", "/close")
    assert str(error.value) == (
        f"gitlab: commenting on {PROJECT}#{iid} failed: GitLab took the text for commands and kept"
        " nothing\n  ima guards its texts against this: please report it"
    )


def test_an_incident_can_be_opened_as_one(server: GitLabServer) -> None:
    tracker = on(server, issue_type="incident")
    drafts = (Draft("API errors", incident=True), Draft("Review: API errors"))
    kinds = [server.issue(int(tracker.open(each)[1:]))["issue_type"] for each in drafts]
    assert kinds == ["incident", "issue"]


@pytest.mark.parametrize("verb", ["POST", "PUT"])
def test_what_somebody_else_was_writing_is_written_again(
    server: GitLabServer, tracker: GitLabTracker, verb: str
) -> None:
    iid = server.people.open("erin", "API errors")
    server.fail(verb, f"/issues/{iid}", how=409)
    if verb == "POST":
        tracker.comment(f"#{iid}", "hello")
    else:
        tracker.update(f"#{iid}", Update(add_labels=frozenset({"S1"})))
    issue = read(tracker, f"#{iid}")
    assert len(issue.comments) + len(issue.labels) == 1
    assert [each.status for each in server.requests(verb)] == [409, 201 if verb == "POST" else 200]


def test_on_the_free_tier_the_owner_stays(server: GitLabServer) -> None:
    iid = server.people.open("erin", "API errors")
    tracker = on(server)
    tracker.update(f"#{iid}", Update(assignees=("ian", "erin")))
    assert (read(tracker, f"#{iid}").assignees, tracker.unassigned(f"#{iid}")) == (("ian",), ())
    assert tracker.can.one_assignee


def test_whom_gitlab_drops_is_remembered(premium: GitLabServer) -> None:
    iid = premium.people.open("erin", "API errors")
    tracker = on(premium, one_assignee=False)
    tracker.update(f"#{iid}", Update(assignees=("ian", "mallory", "nobody")))
    assert read(tracker, f"#{iid}").assignees == ("ian",)
    assert tracker.unassigned(f"#{iid}") == ("mallory", "nobody")
    assert tracker.unassigned(f"#{iid}") == ()


def test_an_unknown_owner_leaves_the_assignees_alone(
    server: GitLabServer, tracker: GitLabTracker
) -> None:
    iid = server.people.open("erin", "API errors", assignees=["erin"])
    tracker.update(f"#{iid}", Update(assignees=("nobody",)))
    assert read(tracker, f"#{iid}").assignees == ("erin",)
    assert tracker.unassigned(f"#{iid}") == ("nobody",)
    assert "PUT" not in " ".join(asked(server))


def test_exclusive_labels_are_left_to_gitlab_but_never_needed(premium: GitLabServer) -> None:
    iid = premium.people.open("erin", "API errors", labels=["severity::2"])
    tracker = on(premium, exclusive_labels=True)
    swap = Update(frozenset({"severity::1"}), frozenset({"severity::2"}))
    tracker.update(f"#{iid}", swap)
    assert read(tracker, f"#{iid}").labels == {"severity::1"}


def test_a_label_with_a_comma_is_never_sent(server: GitLabServer, tracker: GitLabTracker) -> None:
    iid = server.people.open("erin", "API errors")
    with pytest.raises(ServiceError, match="it has a comma"):
        tracker.update(f"#{iid}", Update(frozenset({"a, b"})))
    with pytest.raises(ServiceError, match="it has a comma"):
        tracker.open(Draft("x", labels=("a, b",)))
    with pytest.raises(ServiceError, match="it has a comma"):
        tracker.create_label(Label("a, b"))
    assert server.writes() == []


def test_labels_with_any_name_can_be_changed(server: GitLabServer, tracker: GitLabTracker) -> None:
    tracker.create_label(Label("Elephant"))
    for name in ("1", "a/b", "severity::1", "Near Miss", "ä?#%"):
        tracker.create_label(Label(name, "c00000"))
        tracker.change_label(name, Label(f"{name}!", "00c000", "x"))
        assert Label(f"{name}!", "00c000", "x") in tracker.labels()
        tracker.delete_label(f"{name}!")
    assert [label.name for label in tracker.labels()] == ["Elephant"]


def test_labels_are_ours_if_an_earlier_run_made_them(server: GitLabServer) -> None:
    server.people.open("erin", "x", labels=["S1", "S2"])
    tracker = on(server, known_labels=["S1"])
    assert [(label.name, label.ours) for label in tracker.labels()] == [("S1", True), ("S2", False)]
    tracker.create_label(Label("S3"))
    tracker.change_label("S2", Label("S2", "000000"))
    assert tracker.known_labels == {"S1", "S2", "S3"}
    tracker.delete_label("S1")
    assert tracker.known_labels == {"S2", "S3"}


def test_a_label_of_a_group_is_not_changed(clock: Clock) -> None:
    project = {"members": {"ima": "maintainer"}, "labels": [{"name": "S1", "group": True}]}
    with GitLabServer({"tokens": {"t-ima": "ima"}, "projects": {PROJECT: project}}) as server:
        tracker = on(server, known_labels=["S1"])
        assert [label.ours for label in tracker.labels()] == [False]
        with pytest.raises(ServiceError) as error:
            tracker.change_label("S1", Label("S1", "000000"))
    assert str(error.value) == (
        f"gitlab: changing label 'S1' of {PROJECT} failed: it is a label of a group\n"
        "  change it in the group; ima writes the project's only"
    )


# People and the dashboard.


def test_outsiders_are_those_who_are_not_there_or_blocked(
    server: GitLabServer, tracker: GitLabTracker
) -> None:
    server.people.role("gone", "developer")
    people = ["erin", "Rita", "gus", "ima", "mallory", "gone", "nobody"]
    assert tracker.outsiders(people) == {"mallory", "gone", "nobody"}


def test_members_that_are_known_cost_nothing(server: GitLabServer) -> None:
    tracker = on(server, members={"erin", "ian"})
    assert tracker.outsiders(["erin", "Ian"]) == frozenset()
    assert asked(server) == []
    assert tracker.outsiders(["mallory"]) == {"mallory"}
    assert {entry.split()[0] for entry in tracker.members} == {"ima", "rita", "erin", "ian", "gus"}


def test_members_that_are_known_are_looked_up_by_nobody(server: GitLabServer) -> None:
    first = on(server)
    first.outsiders(["erin"])
    iid = server.people.open("rita", "API errors")
    server.forget()
    on(server, members=first.members).update(f"#{iid}", Update(assignees=("Erin",)))
    assert asked(server) == [f"PUT /issues/{iid}"]
    assert [each["username"] for each in server.issue(iid)["assignees"]] == ["erin"]


def test_the_dashboard_is_found_again(server: GitLabServer, tracker: GitLabTracker) -> None:
    assert tracker.dashboard() is None
    server.people.open("erin", "mine", description=DASHBOARD)
    tracker.open(Draft("a review", "no marker"))
    ref = tracker.open(Draft("IMA dashboard", DASHBOARD, confidential=True, dashboard=True))
    tracker.open(Draft("IMA dashboard", DASHBOARD))
    again = on(server)
    page = again.dashboard()
    assert page is not None
    assert (page.ref, page.body, again.dashboard_ref) == (ref, DASHBOARD, ref)
    assert tracker.dashboard_ref == ref


def test_a_marker_that_was_moved_onto_an_incident_makes_no_dashboard_of_it(
    server: GitLabServer, tracker: GitLabTracker
) -> None:
    incident = tracker.open(Draft("The site is down", DASHBOARD, ("Incident",)))
    board = tracker.open(Draft("IMA dashboard", DASHBOARD, dashboard=True))
    for known in ("", incident):
        page = on(server, ours="Incident".__eq__, dashboard_ref=known).dashboard()
        assert page is not None
        assert page.ref == board


def test_an_account_that_was_renamed_is_recognised(
    server: GitLabServer, tracker: GitLabTracker
) -> None:
    board = tracker.open(Draft("IMA dashboard", DASHBOARD, dashboard=True))
    again = on(server, me="what-it-was-called", dashboard_ref=board)
    page = again.dashboard()
    assert page is not None
    assert (page.ref, again.me()) == (board, "ima")


def test_the_dashboard_of_a_former_account_is_ours(
    server: GitLabServer, tracker: GitLabTracker
) -> None:
    iid = server.people.open("erin", "IMA dashboard", description=DASHBOARD)
    for known in ("", f"#{iid}"):
        page = on(server, former=("erin",), dashboard_ref=known).dashboard()
        assert page is not None
        assert page.ref == f"#{iid}"


@pytest.mark.parametrize(
    ("known", "requests"), [("right", 2), ("wrong", 5), ("no reference", 3), ("#999", 5)]
)
def test_a_known_dashboard_costs_one_request(
    server: GitLabServer, tracker: GitLabTracker, known: str, requests: int
) -> None:
    wrong = tracker.open(Draft("x"))
    right = tracker.open(Draft("IMA dashboard", DASHBOARD, dashboard=True))
    comment = tracker.comment(right, MEMORY)
    ref = {"right": right, "wrong": wrong}.get(known, known)
    again = on(server, dashboard_ref=ref, dashboard_memory=tracker.dashboard_memory)
    page = again.dashboard()
    assert page is not None
    assert (page.ref, again.requests) == (right, requests)
    assert [(each.id, each.body) for each in page.comments] == [(comment, MEMORY)]


def test_the_memory_of_the_dashboard_is_a_comment_of_ours_and_nobody_elses(
    server: GitLabServer, tracker: GitLabTracker
) -> None:
    board = tracker.open(Draft("IMA dashboard", DASHBOARD, dashboard=True))
    theirs = server.people.comment("erin", int(board[1:]), MEMORY)
    known = {"comment": str(theirs), "opened_at": "2026-03-02T09:00:00+00:00"}
    for memory in ({}, known):
        page = on(server, dashboard_ref=board, dashboard_memory=memory).dashboard()
        assert page is not None
        assert (page.ref, page.comments) == (board, ())


def test_of_two_dashboards_the_signed_one_counts(
    server: GitLabServer, tracker: GitLabTracker
) -> None:
    first, second = (tracker.open(Draft(f"{n}", DASHBOARD, dashboard=True)) for n in range(2))
    for signed in (first, second):
        page = on(server).dashboard(lambda issue, signed=signed: issue.ref == signed)  # type: ignore[misc]
        assert page is not None
        assert page.ref == signed
    page = on(server).dashboard(lambda issue: False)
    assert page is not None
    assert page.ref == first


# What goes wrong.


@pytest.mark.parametrize(
    ("more", "problem", "remedy"),
    [
        (
            {"token": "t-wrong"},
            f"gitlab: commenting on {PROJECT}#1 failed: 401 Unauthorized",
            "the token is wrong, expired or revoked: set IMA_GITLAB_TOKEN to one that is valid",
        ),
        (
            {"token": "t-gone"},
            f"gitlab: commenting on {PROJECT}#1 failed: 403 Forbidden"
            " (403 Forbidden - Your account has been blocked.)",
            "the token's account is blocked: ask an administrator, or use another account's",
        ),
        (
            {"token": "t-read"},
            f"gitlab: commenting on {PROJECT}#1 failed: 403 Forbidden (insufficient_scope; The"
            " request requires higher privileges than provided by the access token.)",
            "the token needs the api scope: make one that has it",
        ),
        (
            {"token": "t-mallory"},
            f"gitlab: commenting on {PROJECT}#1 failed: 404 Not Found (404 Project Not Found)",
            f"there is no {PROJECT}, or it is private and the token's account no member",
        ),
        (
            {"project": "acme/old"},
            "gitlab: commenting on acme/old#1 failed: 405 Method Not Allowed"
            " (Non GET methods are not allowed for moved projects)",
            "if acme/old has moved, write its new path into `tracker:` of policy.yml",
        ),
    ],
)
def test_a_comment_that_may_not_be_is_explained(
    server: GitLabServer, more: dict[str, Any], problem: str, remedy: str
) -> None:
    server.people.open("erin", "API errors")
    with pytest.raises(ServiceError) as error:
        on(server, **more).comment("#1", "hello")
    assert str(error.value) == f"{problem}\n  {remedy}"


def test_a_moved_project_says_where_it_is(server: GitLabServer) -> None:
    with pytest.raises(ServiceError, match=r"redirects to .*/api/v4/projects/7/issues"):
        on(server, project="acme/old").issues()
    server.people.open("erin", "API errors")
    assert on(server, project="acme/old", project_id=7).comment("#1", "hello")


def test_a_comment_that_may_be_there_is_not_written_twice(
    server: GitLabServer, tracker: GitLabTracker
) -> None:
    iid = server.people.open("erin", "API errors")
    server.fail("POST", "/notes$", how="reset", after=True)
    with pytest.raises(ServiceError, match="it may have been done all the same"):
        tracker.comment(f"#{iid}", "hello")
    assert len(read(tracker, f"#{iid}").comments) == 1


@pytest.mark.parametrize("how", ["reset", 502, 503])
def test_an_update_over_a_broken_connection_is_made_once(
    server: GitLabServer, tracker: GitLabTracker, how: str | int
) -> None:
    iid = server.people.open("erin", "API errors")
    server.fail("PUT", f"/issues/{iid}$", how=how, after=True)
    tracker.update(f"#{iid}", Update(frozenset({"S1"}), assignees=("ian",), closed=True))
    issue = read(tracker, f"#{iid}")
    kinds = [event.kind for event in issue.events]
    assert kinds == ["labelled", "assigned", "closed"]
    assert len(server.requests("PUT")) == 2


@pytest.mark.parametrize("how", ["reset", "half", 500, 502, 429])
def test_reads_survive_what_passes(server: GitLabServer, how: str | int) -> None:
    iids = [server.people.open("erin", str(number)) for number in range(20)]
    server.fail("GET", "/notes", how=how, nth=5, times=2)
    assert len(on(server).issues(f"#{iid}" for iid in iids)) == 20


def test_a_history_that_is_not_there_is_no_proof_that_the_issue_is_gone(
    server: GitLabServer, tracker: GitLabTracker
) -> None:
    one, two = (server.people.open("erin", title) for title in ("one", "two"))
    server.fail("GET", f"/issues/{one}/notes", how=404, times=9)
    failed: dict[str, Exception] = {}
    found = tracker.issues([f"#{one}", f"#{two}"], unreadable=failed)
    assert [issue.ref for issue in found] == [f"#{two}"]
    assert f"reading {PROJECT}#{one} failed: 404" in str(failed[f"#{one}"])
    with pytest.raises(ServiceError, match="404"):
        tracker.issues([f"#{one}", f"#{two}"])


def test_where_no_issue_can_be_read_it_is_raised(server: GitLabServer) -> None:
    for number in range(3):
        server.people.open("erin", str(number))
    server.fail("GET", "/notes", how=403, times=9)
    failed: dict[str, Exception] = {}
    with pytest.raises(ServiceError, match="403 Forbidden"):
        on(server).issues(unreadable=failed)
    assert not failed


def test_a_forge_that_is_going_down_is_not_asked_for_every_issue(server: GitLabServer) -> None:
    iids = [server.people.open("erin", str(number)) for number in range(40)]
    server.fail("GET", r"/issues/([2-9]|\d\d)/notes", how=502, times=999)
    with pytest.raises(ServiceError, match="502"):
        on(server, workers=1).issues([f"#{iid}" for iid in iids], unreadable={})
    assert len(server.requests("GET", "/notes")) < 30


def test_a_failing_read_of_one_issue_stops_all(server: GitLabServer) -> None:
    iids = [server.people.open("erin", str(number)) for number in range(3)]
    server.fail("GET", f"/issues/{iids[1]}/resource_state_events", how=403)
    with pytest.raises(ServiceError, match=f"reading {PROJECT}#2 failed: 403 Forbidden"):
        on(server).issues()


def test_comments_wait_for_their_minute(server: GitLabServer, clock: Clock) -> None:
    server.limits.notes = 2
    iid = server.people.open("erin", "API errors")
    naps: list[float] = []

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        clock.advance(seconds / 60)

    tracker = on(server, sleep=sleep)
    for number in range(5):
        tracker.comment(f"#{iid}", str(number))
    assert len(read(tracker, f"#{iid}").comments) == 5
    assert naps == [60, 60]


def test_a_refusal_that_does_not_say_how_long_is_waited_for_a_minute(
    server: GitLabServer, clock: Clock
) -> None:
    server.limits.notes, server.limits.silent = 1, True
    iid = server.people.open("erin", "API errors")
    naps: list[float] = []

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        clock.advance(seconds / 60)

    tracker = on(server, sleep=sleep)
    for number in range(2):
        tracker.comment(f"#{iid}", str(number))
    assert naps == [60]


def test_somebody_with_another_login_is_the_same_person(
    server: GitLabServer, tracker: GitLabTracker
) -> None:
    iid = server.people.open("rita", "API errors")
    server.people.assign("rita", iid, "erin")
    server.people.comment("erin", iid, "looking")
    tracker.outsiders(["erin"])
    known = tracker.members
    server.people.rename("erin", "erin.doe")
    later = on(server, members=known)
    assert [e.subject for e in read(later, f"#{iid}").events] == ["erin.doe"]
    assert later.renamed() == {"erin": "erin.doe"}
    later.update(f"#{iid}", Update(assignees=("erin",)))
    assert read(later, f"#{iid}").assignees == ("erin.doe",)
    assert on(server, members=later.members).renamed() == {"erin": "erin.doe"}


def test_a_reaction_is_made_once(server: GitLabServer, tracker: GitLabTracker) -> None:
    iid = server.people.open("erin", "API errors")
    note = str(server.people.comment("erin", iid, "/ima resolve"))
    for _ in range(2):
        tracker.receipt(f"#{iid}", note)
    assert on(server, thorough=True).issues([f"#{iid}"])[0].comments[0].receipt is True
    with pytest.raises(ServiceError, match="404"):
        tracker.receipt(f"#{iid}", "999")


def test_a_closed_tracker_opens_again(server: GitLabServer, tracker: GitLabTracker) -> None:
    tracker.me()
    tracker.close()
    assert tracker.issues() == []


def test_premium_keeps_the_people_of_an_incident(premium: GitLabServer) -> None:
    iid = premium.people.open("erin", "API errors", issue_type="incident")
    tracker = on(premium)
    assert "weight" not in premium.issue(iid)
    read(tracker, f"#{iid}")
    tracker.update(f"#{iid}", Update(assignees=("ian", "erin")))
    assert read(tracker, f"#{iid}").assignees == ("ian", "erin")
    assert (tracker.can.one_assignee, tracker.can.exclusive_labels) == (False, True)


@pytest.mark.parametrize("kind", ["issue", "incident"])
def test_the_tier_is_asked_of_the_project_once(
    server: GitLabServer, premium: GitLabServer, kind: str
) -> None:
    for each, paid in ((server, False), (premium, True)):
        each.people.open("erin", "API errors", issue_type=kind)
        tracker = on(each)
        tracker.issues()
        for _ in range(2):
            assert (tracker.can.one_assignee, tracker.can.exclusive_labels) == (not paid, paid)
        assert len(each.requests("GET", "/projects/acme%2Fproduction$")) == 1


def test_a_tier_that_was_told_is_not_asked_for(premium: GitLabServer) -> None:
    tracker = on(premium, one_assignee=True, exclusive_labels=False)
    assert (tracker.can.one_assignee, tracker.can.exclusive_labels) == (True, False)
    assert premium.log == []


def test_events_have_the_kinds_that_there_are(server: GitLabServer, tracker: GitLabTracker) -> None:
    iid = server.people.open("erin", "API errors", labels=["Incident"])
    (event,) = read(tracker, f"#{iid}").events
    assert event == Event("l1", NINE, "erin", "labelled", "Incident", 1)
