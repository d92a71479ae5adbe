"""What every tracker must do. Asserts only what all forges can give.

The only login that surely exists is our own, and times are only compared, never expected.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, timedelta
from typing import Protocol

import pytest

from automation.errors import ServiceError
from automation.model.issue import Comment, Draft, Event, Issue, Label, Update
from automation.trackers import Tracker


class Clock(Protocol):
    def advance(self, minutes: float = 1) -> None: ...


def read(tracker: Tracker, ref: str) -> Issue:
    (issue,) = tracker.issues([ref])
    return issue


def history(issue: Issue) -> list[Event | Comment]:
    return sorted([*issue.events, *issue.comments], key=lambda act: (act.at, act.order))


def acts(issue: Issue) -> list[tuple[str, str]]:
    return [(event.kind, event.subject) for event in issue.events]


@pytest.fixture
def ref(tracker: Tracker, clock: Clock) -> str:
    opened = tracker.open(Draft("API errors", "Since 9:00", labels=("Incident",)))
    clock.advance(2)  # GitLab shows no touch within a minute of the last change
    return opened


def test_an_opened_issue_reads_back_as_it_was_drafted(tracker: Tracker) -> None:
    me = tracker.me()
    ref = tracker.open(Draft("API errors", "Since *9:00*", ("Incident", "S2"), assignees=(me,)))
    issue = read(tracker, ref)
    assert (issue.ref, issue.title, issue.body) == (ref, "API errors", "Since *9:00*")
    assert (issue.labels, issue.assignees) == (
        frozenset({"Incident", "S2"}),
        (me,),
    )
    assert (issue.author, issue.closed, issue.confidential) == (me, False, False)


def test_every_issue_has_an_address_of_its_own(tracker: Tracker, ref: str) -> None:
    other = tracker.open(Draft("Another"))
    assert ref != other
    assert len({issue.url for issue in tracker.issues([ref, other])} - {""}) == 2


def test_a_confidential_draft_stays_confidential_where_the_tracker_can(tracker: Tracker) -> None:
    ref = tracker.open(Draft("Leak", confidential=True))
    assert read(tracker, ref).confidential == tracker.can.confidential


def test_issues_come_oldest_first_however_they_are_asked_for(
    tracker: Tracker, clock: Clock
) -> None:
    refs = []
    for title in ("one", "two", "three"):
        refs.append(tracker.open(Draft(title)))
        clock.advance()
    mine = [issue.ref for issue in tracker.issues() if issue.ref in refs]
    assert mine == refs
    assert [issue.ref for issue in tracker.issues(reversed(refs))] == refs


@pytest.mark.parametrize("unknown", ["#999999", "#0999999", "999999", "", "#", "#x"])
def test_unknown_references_are_left_out(tracker: Tracker, ref: str, unknown: str) -> None:
    assert [issue.ref for issue in tracker.issues([unknown, ref])] == [ref]


def test_no_references_are_no_issues(tracker: Tracker, ref: str) -> None:
    assert tracker.issues([]) == []


def test_closed_issues_are_read_by_name_or_when_they_moved_lately(
    tracker: Tracker, ref: str
) -> None:
    tracker.update(ref, Update(closed=True))
    moved = read(tracker, ref).updated_at
    assert ref not in [issue.ref for issue in tracker.issues()]
    assert ref in [issue.ref for issue in tracker.issues(closed_since=moved)]
    later = moved + timedelta(minutes=1)
    assert ref not in [issue.ref for issue in tracker.issues(closed_since=later)]


def test_all_times_are_aware_and_in_utc(tracker: Tracker, ref: str) -> None:
    tracker.comment(ref, "hello")
    tracker.update(ref, Update(closed=True))
    issue = read(tracker, ref)
    times = [issue.opened_at, issue.updated_at, *(act.at for act in history(issue))]
    assert all(time.tzinfo is UTC for time in times)


@pytest.mark.parametrize(
    ("update", "labels", "expected"),
    [
        pytest.param(
            Update(add_labels=frozenset({"S1"})),
            {"Incident", "S1"},
            [("labelled", "S1")],
            id="a label is added to those there",
        ),
        pytest.param(
            Update(remove_labels=frozenset({"Incident"})),
            set(),
            [("unlabelled", "Incident")],
            id="a label is removed",
        ),
        pytest.param(
            Update(add_labels=frozenset({"Incident"})),
            {"Incident"},
            [],
            id="a label that is there is not added",
        ),
        pytest.param(
            Update(remove_labels=frozenset({"S4"})),
            {"Incident"},
            [],
            id="a label that is not there is not removed",
        ),
        pytest.param(Update(), {"Incident"}, [], id="an empty update does nothing"),
        pytest.param(Update(closed=False), {"Incident"}, [], id="an open issue is not reopened"),
    ],
)
def test_labels_change_by_deltas_and_leave_events(
    tracker: Tracker, ref: str, update: Update, labels: set[str], expected: list[tuple[str, str]]
) -> None:
    before = read(tracker, ref)
    tracker.update(ref, update)
    issue = read(tracker, ref)
    assert issue.labels == labels
    assert acts(issue)[len(before.events) :] == expected
    assert (issue.updated_at > before.updated_at) == bool(expected)


def test_closing_and_reopening_leave_events(tracker: Tracker, ref: str) -> None:
    tracker.update(ref, Update(closed=True))
    assert read(tracker, ref).closed
    tracker.update(ref, Update(closed=True))
    tracker.update(ref, Update(closed=False))
    issue = read(tracker, ref)
    assert not issue.closed
    kinds = [event.kind for event in issue.events]
    assert [kind for kind in kinds if kind != "labelled"] == ["closed", "reopened"]


def test_one_update_changes_labels_assignees_and_state(tracker: Tracker, ref: str) -> None:
    me = tracker.me()
    update = Update(frozenset({"S1"}), frozenset({"Incident"}), assignees=(me,), closed=True)
    tracker.update(ref, update)
    issue = read(tracker, ref)
    assert (issue.labels, issue.assignees, issue.closed) == (
        frozenset({"S1"}),
        (me,),
        True,
    )


def test_assignees_are_replaced_as_a_whole_and_leave_events(tracker: Tracker, ref: str) -> None:
    me = tracker.me()
    for assignees in ((me,), (me,), ()):
        tracker.update(ref, Update(assignees=assignees))
        assert read(tracker, ref).assignees == assignees
    changes = [act for act in acts(read(tracker, ref)) if act[0] != "labelled"]
    assert changes == [("assigned", me), ("unassigned", me)]


def test_events_know_who_acted(tracker: Tracker, ref: str) -> None:
    tracker.update(ref, Update(frozenset({"S1"}), closed=True))
    assert {event.actor for event in read(tracker, ref).events} == {tracker.me()}


def test_labels_at_opening_are_events_of_the_author(tracker: Tracker, ref: str) -> None:
    assert ("labelled", "Incident") in acts(read(tracker, ref))


def test_acts_have_lasting_ids_and_one_order(tracker: Tracker, ref: str, clock: Clock) -> None:
    tracker.comment(ref, "first")
    clock.advance()
    tracker.update(ref, Update(closed=True))
    clock.advance()
    tracker.comment(ref, "last")
    issue = read(tracker, ref)
    assert [getattr(act, "kind", "comment") for act in history(issue)] == [
        "labelled",
        "comment",
        "closed",
        "comment",
    ]
    assert len({act.id for act in issue.events}) == len(issue.events)
    assert read(tracker, ref) == issue


def test_comments_read_back_in_order_and_move_the_issue(tracker: Tracker, ref: str) -> None:
    before = read(tracker, ref)
    ids = [tracker.comment(ref, body) for body in ("one", "two\n\n`three`")]
    issue = read(tracker, ref)
    assert [(comment.id, comment.body) for comment in issue.comments] == [
        (ids[0], "one"),
        (ids[1], "two\n\n`three`"),
    ]
    assert {comment.author for comment in issue.comments} == {tracker.me()}
    assert issue.updated_at > before.updated_at


def test_an_edited_comment_keeps_its_id_and_says_that_it_was_edited(
    tracker: Tracker, ref: str, clock: Clock
) -> None:
    comment = tracker.comment(ref, "on call: erin")
    assert read(tracker, ref).comments[0].edited_at is None
    clock.advance()
    tracker.edit_comment(ref, comment, "on call: ian")
    (edited,) = read(tracker, ref).comments
    assert (edited.id, edited.body) == (comment, "on call: ian")
    assert edited.edited_at is not None
    assert edited.edited_at > edited.at


def test_title_and_body_are_edited_apart(tracker: Tracker, ref: str) -> None:
    tracker.edit(ref, title="API down")
    assert (read(tracker, ref).title, read(tracker, ref).body) == ("API down", "Since 9:00")
    tracker.edit(ref, body="Since 8:55")
    assert (read(tracker, ref).title, read(tracker, ref).body) == ("API down", "Since 8:55")


def test_a_receipt_shows_on_its_comment_where_the_tracker_can(tracker: Tracker, ref: str) -> None:
    plain, command = tracker.comment(ref, "hello"), tracker.comment(ref, "/ima severity S1")
    tracker.receipt(ref, command)
    tracker.receipt(ref, command)
    receipts = {comment.id: comment.receipt for comment in read(tracker, ref).comments}
    assert receipts == {plain: False, command: tracker.can.receipts}


def test_a_reaction_of_ours_on_a_call_is_nobodys_answer(tracker: Tracker, ref: str) -> None:
    call = tracker.comment(
        ref, '@erin, please come.\n\n<!-- ima:said {"keys":["called:eoc:1"]} -->'
    )
    tracker.receipt(ref, call)
    assert [comment.reactions for comment in read(tracker, ref).comments] == [()]


def test_links_show_on_both_ends_once_where_the_tracker_can(tracker: Tracker, ref: str) -> None:
    other = tracker.open(Draft("Review"))
    tracker.link(ref, other)
    tracker.link(ref, other)
    tracker.link(other, ref)
    assert read(tracker, ref).links == ({other} if tracker.can.links else set())
    assert read(tracker, other).links == ({ref} if tracker.can.links else set())


def test_a_draft_is_linked_when_it_is_opened(tracker: Tracker, ref: str) -> None:
    review = tracker.open(Draft("Review", links=(ref,)))
    assert read(tracker, review).links == ({ref} if tracker.can.links else set())


def test_a_write_touches_no_other_issue(tracker: Tracker, ref: str) -> None:
    other = tracker.open(Draft("Another", labels=("Incident",)))
    before = read(tracker, other)
    tracker.update(ref, Update(frozenset({"S1"}), frozenset({"Incident"}), closed=True))
    tracker.comment(ref, "hello")
    tracker.edit(ref, title="Changed")
    assert read(tracker, other) == before


Act = Callable[[Tracker, str], object]


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(lambda t, ref: t.update(ref, Update(closed=True)), id="update"),
        pytest.param(lambda t, ref: t.comment(ref, "hello"), id="comment"),
        pytest.param(lambda t, ref: t.edit_comment(ref, "c1", "hello"), id="edit_comment"),
        pytest.param(lambda t, ref: t.edit(ref, title="hello"), id="edit"),
    ],
)
@pytest.mark.parametrize("unknown", ["#999999", "", "#x"])
def test_a_write_on_an_unknown_issue_is_refused_in_two_lines(
    tracker: Tracker, act: Act, unknown: str
) -> None:
    with pytest.raises(ServiceError) as refusal:
        act(tracker, unknown)
    assert unknown in refusal.value.problem
    assert refusal.value.remedy


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(lambda t, ref, body: t.open(Draft("API errors", body)), id="open"),
        pytest.param(lambda t, ref, body: t.edit(ref, body=body), id="edit"),
        pytest.param(lambda t, ref, body: t.comment(ref, body), id="comment"),
    ],
)
def test_a_text_that_is_too_long_is_refused_with_both_lengths(
    tracker: Tracker, ref: str, act: Callable[[Tracker, str, str], object]
) -> None:
    limit = tracker.can.body_limit
    with pytest.raises(ServiceError, match=f"{limit + 1:,} .*{limit:,}"):
        act(tracker, ref, "x" * (limit + 1))


def label(tracker: Tracker, name: str) -> Label | None:
    return next((label for label in tracker.labels() if label.name == name), None)


def test_a_created_label_reads_back(tracker: Tracker) -> None:
    tracker.create_label(Label("S1", "c00000", "Service down"))
    assert label(tracker, "S1") == Label("S1", "c00000", "Service down")


def test_a_second_label_of_one_name_is_refused(tracker: Tracker) -> None:
    tracker.create_label(Label("S1", "c00000", "Service down"))
    with pytest.raises(ServiceError, match="S1"):
        tracker.create_label(Label("S1", "ffffff", "Another"))
    assert label(tracker, "S1") == Label("S1", "c00000", "Service down")


def test_a_renamed_label_stays_on_its_issues(tracker: Tracker, ref: str) -> None:
    tracker.change_label("Incident", Label("incident", "d9534f", "Something is wrong"))
    assert read(tracker, ref).labels == {"incident"}
    assert label(tracker, "Incident") is None
    assert label(tracker, "incident") == Label("incident", "d9534f", "Something is wrong")


def test_a_renamed_label_keeps_its_id_and_no_other_gets_it(tracker: Tracker, ref: str) -> None:
    tracker.create_label(Label("Maintenance", "d9534f"))
    made = label(tracker, "Maintenance")
    tracker.change_label("Maintenance", Label("Planned", "d9534f"))
    now = label(tracker, "Planned")
    assert made
    assert now
    assert made.id == now.id != ""
    tracker.delete_label("Planned")
    tracker.create_label(Label("Maintenance", "d9534f"))
    again = label(tracker, "Maintenance")
    assert again
    assert again.id not in ("", made.id)


def test_a_recoloured_label_keeps_its_name(tracker: Tracker, ref: str) -> None:
    tracker.change_label("Incident", Label("Incident", "000000"))
    assert read(tracker, ref).labels == {"Incident"}
    assert label(tracker, "Incident") == Label("Incident", "000000")


def test_a_deleted_label_leaves_its_issues(tracker: Tracker, ref: str) -> None:
    """Nobody has taken it off: that would be an act on the issue, as to end the incident is."""
    tracker.delete_label("Incident")
    assert label(tracker, "Incident") is None
    assert read(tracker, ref).labels == set()
    assert [each for each in read(tracker, ref).events if each.kind == "unlabelled"] == []


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(lambda t, name: t.change_label(name, Label("new", "000000")), id="change"),
        pytest.param(lambda t, name: t.delete_label(name), id="delete"),
    ],
)
def test_an_unknown_label_is_refused(tracker: Tracker, act: Act) -> None:
    with pytest.raises(ServiceError, match="nothing here"):
        act(tracker, "nothing here")


def test_we_are_no_outsider(tracker: Tracker) -> None:
    assert tracker.outsiders([tracker.me()]) == frozenset()


def test_it_tells_its_own_time_once_it_has_answered(tracker: Tracker, clock: Clock) -> None:
    tracker.dashboard()
    before = tracker.time()
    clock.advance(40)
    tracker.dashboard()
    after = tracker.time()
    assert before
    assert after
    assert round((after - before) / timedelta(minutes=1)) == 40


def test_a_pass_can_read_and_write_while_it_holds_off_others(tracker: Tracker, ref: str) -> None:
    for body in ("one", "two"):
        with tracker.exclusive():
            tracker.comment(ref, body)
    assert [comment.body for comment in read(tracker, ref).comments] == ["one", "two"]


def test_a_closed_tracker_may_be_closed_again(tracker: Tracker) -> None:
    tracker.close()
    tracker.close()


def test_an_issue_is_hidden_where_the_tracker_can(tracker: Tracker, ref: str) -> None:
    tracker.update(ref, Update(add_labels=frozenset({"Incident"}), confidential=True))
    (issue,) = tracker.issues([ref])
    assert issue.confidential is tracker.can.confidential
    assert "Incident" in issue.labels


def test_a_due_date_moves_where_the_tracker_has_one(tracker: Tracker) -> None:
    ref = tracker.open(Draft("Add an alert", due=date(2026, 5, 1)))
    tracker.update(ref, Update(due=date(2026, 3, 9)))
    assert read(tracker, ref).due == (date(2026, 3, 9) if tracker.can.due_dates else None)
    tracker.update(ref, Update(closed=True))
    assert read(tracker, ref).due == (date(2026, 3, 9) if tracker.can.due_dates else None)


def test_what_is_there_is_here_and_of_what_never_was_nobody_says_so(tracker: Tracker) -> None:
    ref = tracker.open(Draft("API errors"))
    assert tracker.fate(ref) == "here"
    assert tracker.fate("#999999") in ("deleted", "unknown")
