"""What only the local tracker promises: its numbers, its history, its switches."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from automation.errors import ServiceError
from automation.model.issue import Capabilities, Comment, Draft, Event, Issue, Label, Update
from automation.trackers.local.tracker import LocalTracker
from automation.trackers.local.writer import CloseReason

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LATER = START + timedelta(minutes=5)


def start() -> datetime:
    return START


class Clock:
    now = START

    def __call__(self) -> datetime:
        return self.now


def local(*, clock: Callable[[], datetime] = start, **settings: Any) -> LocalTracker:
    return LocalTracker(":memory:", project="acme/production", clock=clock, **settings)


def read(tracker: LocalTracker, ref: str) -> Issue:
    (issue,) = tracker.issues([ref])
    return issue


def acts(issue: Issue) -> list[tuple[str, str]]:
    return [(event.kind, event.subject) for event in issue.events]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def tracker(clock: Clock) -> LocalTracker:
    return local(clock=clock)


# References and the dashboard


def test_numbers_start_at_one_and_the_dashboard_stands_apart() -> None:
    tracker = local()
    refs = [tracker.open(Draft(title, dashboard=title == "board")) for title in ("a", "board", "b")]
    assert refs == ["#1", "#0", "#2"]
    assert [issue.ref for issue in tracker.issues()] == ["#0", "#1", "#2"]


def test_a_second_dashboard_is_the_first_one_as_it_was() -> None:
    tracker = local()
    tracker.open(Draft("Board", "facts", dashboard=True))
    before = read(tracker, "#0")
    assert tracker.open(Draft("Another", "empty", ("x",), dashboard=True)) == "#0"
    assert read(tracker, "#0") == before


def test_a_draft_with_an_unknown_link_opens_nothing() -> None:
    tracker = local()
    with pytest.raises(ServiceError, match="no issue #9"):
        tracker.open(Draft("Review", labels=("Incident Review",), links=("#9",)))
    assert (tracker.issues(), tracker.labels()) == ([], [])
    assert tracker.open(Draft("Review")) == "#1"


@pytest.mark.parametrize("ref", ["#9", "#99999999999999999999", "#-1", "#01", "#１", "9", "#9\n"])
def test_an_unknown_issue_is_named_and_the_command_that_lists_them(ref: str) -> None:
    with pytest.raises(ServiceError) as refusal:
        local().link(ref, ref)
    assert str(refusal.value) == (
        f"local tracker: acme/production has no issue {ref}\n  ima board lists them"
    )


def test_a_comment_of_another_issue_is_unknown(tracker: LocalTracker) -> None:
    for title in ("one", "two"):
        tracker.open(Draft(title))
    comment = tracker.comment("#1", "hello")
    for act in (tracker.receipt, lambda ref, c: tracker.edit_comment(ref, c, "changed")):
        with pytest.raises(ServiceError, match=f"acme/production#2 has no comment {comment}"):
            act("#2", comment)
    assert read(tracker, "#1").comments[0].body == "hello"


# History


def test_the_history_holds_every_act_in_one_order() -> None:
    tracker = local()
    erin = tracker.acting("erin")
    ref = erin.open(Draft("API errors", labels=("S2", "Incident"), assignees=("erin",)))
    tracker.update(ref, Update(frozenset({"S1"}), frozenset({"S2"}), assignees=("ian", "mia")))
    erin.comment(ref, "on it")
    erin.update(ref, Update(closed=True))
    tracker.edit(ref, title="API down", body="Since 9:00")
    issue = read(tracker, ref)
    assert issue.author == "erin"
    assert issue.events == (
        Event("e1", START, "erin", "labelled", "S2", 1),
        Event("e2", START, "erin", "labelled", "Incident", 2),
        Event("e3", START, "erin", "assigned", "erin", 3),
        Event("e4", START, "ima", "unlabelled", "S2", 4),
        Event("e5", START, "ima", "labelled", "S1", 5),
        Event("e6", START, "ima", "unassigned", "erin", 6),
        Event("e7", START, "ima", "assigned", "ian", 7),
        Event("e8", START, "ima", "assigned", "mia", 8),
        Event("e10", START, "erin", "closed", "", 10),
        Event("e11", START, "ima", "edited", "title", 11),
        Event("e12", START, "ima", "edited", "body", 12),
    )
    assert issue.comments == (Comment("c9", START, "erin", "on it", order=9),)


@pytest.mark.parametrize("reason", ["", "duplicate", "not planned", "completed"])
def test_a_reason_for_closing_is_the_subject_of_the_event(
    tracker: LocalTracker, reason: CloseReason
) -> None:
    ref = tracker.open(Draft("API errors"))
    tracker.close_as(ref, reason)
    tracker.close_as(ref, "duplicate")
    assert acts(read(tracker, ref)) == [("closed", reason)]


Act = Callable[[LocalTracker], object]
MOVING: dict[str, Act] = {
    "a new label": lambda t: t.update("#1", Update(frozenset({"S1"}))),
    "a label less": lambda t: t.update("#1", Update(remove_labels=frozenset({"Incident"}))),
    "a new assignee": lambda t: t.update("#1", Update(assignees=("erin", "ian", "mia"))),
    "another order of assignees": lambda t: t.update("#1", Update(assignees=("ian", "erin"))),
    "nobody assigned": lambda t: t.update("#1", Update(assignees=())),
    "closing": lambda t: t.update("#1", Update(closed=True)),
    "another title": lambda t: t.edit("#1", title="API down"),
    "another body": lambda t: t.edit("#1", body=""),
    "a comment": lambda t: t.comment("#1", "hello"),
    "another text of a comment": lambda t: t.edit_comment("#1", "c4", "bye"),
    "a link": lambda t: t.link("#1", "#2"),
    "a link from another issue": lambda t: t.open(Draft("Review", links=("#1",))),
    "a deleted label": lambda t: t.delete_label("Incident"),
}
RESTING: dict[str, Act] = {
    "a label that is there": lambda t: t.update("#1", Update(frozenset({"Incident"}))),
    "no such label to remove": lambda t: t.update("#1", Update(remove_labels=frozenset({"S4"}))),
    "the same assignees": lambda t: t.update("#1", Update(assignees=("erin", "ian", "erin"))),
    "reopening an open issue": lambda t: t.update("#1", Update(closed=False)),
    "the same title and body": lambda t: t.edit("#1", title="API errors", body="Since 9:00"),
    "the same text of a comment": lambda t: t.edit_comment("#1", "c4", "hello"),
    "a receipt": lambda t: t.receipt("#1", "c4"),
    "a link that is there": lambda t: t.link("#3", "#1"),
    "a link to itself": lambda t: t.link("#1", "#1"),
    "a renamed label": lambda t: t.change_label("Incident", Label("incident")),
    "a deleted label of others": lambda t: t.delete_label("Other"),
}


@pytest.fixture
def busy_tracker(tracker: LocalTracker, clock: Clock) -> LocalTracker:
    tracker.open(Draft("API errors", "Since 9:00", ("Incident",), assignees=("erin", "ian")))
    tracker.comment("#1", "hello")
    tracker.open(Draft("Registry slow", labels=("Other",)))
    tracker.open(Draft("Web slow", links=("#1",)))
    clock.now = LATER
    return tracker


@pytest.mark.parametrize("act", MOVING.values(), ids=MOVING.keys())
def test_a_change_moves_the_issue(busy_tracker: LocalTracker, act: Act) -> None:
    act(busy_tracker)
    assert read(busy_tracker, "#1").updated_at == LATER


@pytest.mark.parametrize("act", RESTING.values(), ids=RESTING.keys())
def test_what_changes_nothing_moves_nothing(busy_tracker: LocalTracker, act: Act) -> None:
    before = read(busy_tracker, "#1")
    act(busy_tracker)
    after = read(busy_tracker, "#1")
    assert (after.updated_at, after.events) == (before.updated_at, before.events)


def test_a_clock_that_goes_back_does_not_hide_a_change(
    busy_tracker: LocalTracker, clock: Clock
) -> None:
    busy_tracker.edit("#1", title="API down")
    clock.now = START
    busy_tracker.comment("#1", "hello")
    assert read(busy_tracker, "#1").updated_at == LATER


def test_assignees_keep_the_order_in_which_they_were_given(busy_tracker: LocalTracker) -> None:
    busy_tracker.update("#1", Update(assignees=("mia", "ian", "erin")))
    assert read(busy_tracker, "#1").assignees == ("mia", "ian", "erin")


def test_an_edited_comment_tells_when(busy_tracker: LocalTracker) -> None:
    busy_tracker.edit_comment("#1", "c4", "bye")
    (comment,) = read(busy_tracker, "#1").comments
    assert comment == Comment("c4", START, "ima", "bye", LATER, order=4)


def test_everything_that_a_draft_holds_is_kept(tracker: LocalTracker) -> None:
    ref = tracker.open(Draft("Leak", confidential=True, due=date(2026, 3, 9)))
    issue = read(tracker, ref)
    assert (issue.confidential, issue.due) == (True, date(2026, 3, 9))
    assert issue.url == "local:acme/production#1"


# Accounts


def test_a_person_acts_in_the_same_tracker_under_their_own_name(tracker: LocalTracker) -> None:
    erin = tracker.acting("erin")
    ref = tracker.open(Draft("API errors"))
    erin.comment(ref, "on it")
    assert [comment.author for comment in read(tracker, ref).comments] == ["erin"]
    assert (erin.actor, erin.me(), tracker.actor) == ("erin", "ima", "ima")
    assert erin.acting("ian").actor == "ian"


def test_a_receipt_is_only_the_reaction_of_our_account(tracker: LocalTracker) -> None:
    ref = tracker.open(Draft("API errors"))
    comment = tracker.comment(ref, "/ima severity S1")
    tracker.acting("erin").receipt(ref, comment)
    assert not read(tracker, ref).comments[0].receipt
    tracker.receipt(ref, comment)
    assert read(tracker, ref).comments[0].receipt


def test_outsiders_are_those_it_was_told_of() -> None:
    tracker = local(outsiders=frozenset({"eve"}))
    assert tracker.outsiders(["erin", "eve"]) == {"eve"}
    assert tracker.outsiders(["erin"]) == frozenset()


# Labels


def test_a_label_that_is_merely_used_is_not_ours(tracker: LocalTracker) -> None:
    tracker.create_label(Label("S1", "c00000", "Service down"))
    tracker.open(Draft("API errors", labels=("S1", "s1")))
    assert tracker.labels() == [
        Label("S1", "c00000", "Service down"),
        Label("s1", "ededed", ours=False),
    ]


def test_a_label_is_not_renamed_over_another(busy_tracker: LocalTracker) -> None:
    with pytest.raises(ServiceError, match="acme/production already has a label 'Other'"):
        busy_tracker.change_label("Incident", Label("Other"))
    assert [label.name for label in busy_tracker.labels()] == ["Incident", "Other"]


# Capabilities


@pytest.mark.parametrize(
    ("there", "added", "expected"),
    [
        pytest.param(["S::1"], ["S::2"], ["-S::1", "+S::2"], id="the same key is replaced"),
        pytest.param(["S::1", "x"], ["T::1"], ["+T::1"], id="another key is left alone"),
        pytest.param(["a::b::1"], ["a::2"], ["+a::2"], id="the key ends at the last colons"),
        pytest.param(["a::b::1"], ["a::b::2"], ["-a::b::1", "+a::b::2"], id="a key may be nested"),
        pytest.param(["S::1"], ["S::1"], [], id="a label does not replace itself"),
        pytest.param(["S"], ["S::1"], ["+S::1"], id="a plain label has no key"),
        pytest.param([], ["S::1", "S::2"], ["+S::2"], id="the last of two stays"),
        pytest.param(["::1"], ["::2"], ["-::1", "+::2"], id="an empty key is a key"),
    ],
)
def test_exclusive_labels_replace_those_of_their_key(
    there: list[str], added: list[str], expected: list[str]
) -> None:
    tracker = local(can=Capabilities(exclusive_labels=True))
    ref = tracker.open(Draft("API errors", labels=tuple(there)))
    tracker.acting("erin").update(ref, Update(add_labels=frozenset(added)))
    events = read(tracker, ref).events[len(there) :]
    signs = {"labelled": "+", "unlabelled": "-"}
    assert [signs[event.kind] + event.subject for event in events] == expected
    assert {event.actor for event in events} <= {"erin"}


def test_labels_of_one_key_stay_together_unless_they_are_exclusive(tracker: LocalTracker) -> None:
    ref = tracker.open(Draft("API errors", labels=("S::1", "S::2")))
    assert read(tracker, ref).labels == {"S::1", "S::2"}


def test_a_tracker_of_one_assignee_keeps_the_first() -> None:
    tracker = local(can=Capabilities(one_assignee=True))
    ref = tracker.open(Draft("API errors", assignees=("erin", "ian")))
    assert read(tracker, ref).assignees == ("erin",)
    tracker.update(ref, Update(assignees=("mia", "erin")))
    assert read(tracker, ref).assignees == ("mia",)
    changes = [("assigned", "erin"), ("unassigned", "erin"), ("assigned", "mia")]
    assert acts(read(tracker, ref)) == changes


def test_a_tracker_that_lacks_a_capability_ignores_what_needs_it() -> None:
    tracker = local(can=Capabilities(confidential=False, receipts=False, links=False))
    tracker.open(Draft("API errors"))
    ref = tracker.open(Draft("Leak", confidential=True, links=("#1", "#9")))
    tracker.link(ref, "#1")
    tracker.receipt(ref, tracker.comment(ref, "hello"))
    issue = read(tracker, ref)
    assert (issue.confidential, issue.comments[0].receipt) == (False, False)
    assert issue.links == frozenset()


@pytest.mark.parametrize(
    ("act", "problem"),
    [
        pytest.param(
            lambda t: t.open(Draft("x" * 256)),
            "the title of a new issue has 256 characters; it may have 255",
            id="title",
        ),
        pytest.param(
            lambda t: t.edit("#1", body="x" * 1001),
            "the body of acme/production#1 has 1,001 characters; it may have 1,000",
            id="body",
        ),
        pytest.param(
            lambda t: t.edit_comment("#1", "c1", "x" * 1001),
            "the comment on acme/production#1 has 1,001 characters; it may have 1,000",
            id="comment",
        ),
    ],
)
def test_a_text_may_be_as_long_as_the_limit_and_no_longer(act: Act, problem: str) -> None:
    tracker = local(can=Capabilities(body_limit=1000))
    tracker.comment(tracker.open(Draft("x" * 255, "x" * 1000)), "x" * 1000)
    with pytest.raises(ServiceError) as refusal:
        act(tracker)
    assert str(refusal.value) == f"local tracker: {problem}\n  shorten it"


# Texts that SQLite cannot keep


@pytest.mark.parametrize("bad", ["\0", "\ud800"])
def test_what_cannot_be_stored_is_replaced_everywhere(bad: str) -> None:
    text, kept = f"a{bad}b", "a\ufffdb"
    tracker = local(account=text)
    ref = tracker.open(Draft(text, text, labels=(text,), assignees=(text,)))
    tracker.edit_comment(ref, tracker.comment(ref, text), text + text)
    tracker.edit(ref, title=text + text, body=text + text)
    issue = read(tracker, ref)
    assert (issue.title, issue.body, issue.author) == (kept + kept, kept + kept, kept)
    assert (issue.labels, issue.assignees) == (frozenset({kept}), (kept,))
    assert issue.comments[0].body == kept + kept
    tracker.change_label(text, Label(text + text, text, text))
    assert tracker.labels() == [Label(kept + kept, kept, kept)]
    tracker.update(ref, Update(remove_labels=frozenset({text + text})))
    assert read(tracker, ref).labels == frozenset()


@pytest.mark.parametrize(
    "text", ["", "'; DROP TABLE issue; --", "🔥 e\u0301 \u202e\r\n", "%s {} ?"]
)
def test_all_other_text_is_kept_to_the_letter(tracker: LocalTracker, text: str) -> None:
    ref = tracker.open(Draft(text, text, labels=(text,)))
    assert (read(tracker, ref).title, read(tracker, ref).body) == (text, text)
    assert read(tracker, ref).labels == {text}


# Cost


def test_the_number_of_queries_does_not_grow_with_the_issues(tracker: LocalTracker) -> None:
    def cost() -> int:
        queries: list[str] = []
        connection = tracker._store._connection
        connection.set_trace_callback(queries.append)
        tracker.issues()
        connection.set_trace_callback(None)
        return len(queries)

    tracker.comment(tracker.open(Draft("one", labels=("S1",), assignees=("erin",))), "hello")
    few = cost()
    for number in range(600):
        tracker.comment(tracker.open(Draft(f"{number}", labels=("S1",))), "hello")
    assert cost() == few < 10
