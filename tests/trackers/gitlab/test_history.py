"""GitLab's JSON as our records: tables, no network."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.model.issue import Comment, Event, Issue, Label
from automation.trackers.gitlab.history_merging import (
    Details,
    Reactions,
    assignments,
    comment_of,
    history,
    linked,
)
from automation.trackers.gitlab.records import (
    concerns,
    heads_of,
    is_member,
    issue_of,
    label_of,
)
from automation.trackers.list_rows import by_number, query_time
from automation.trackers.ordered_history import parse_time

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
Json = dict[str, Any]


def time(minutes: float) -> str:
    return query_time(NINE + timedelta(minutes=minutes))


def user(login: str | None) -> Json | None:
    return {"id": 7, "username": login, "state": "active"} if login else None


def row(**fields: Any) -> Json:
    """An issue as a list shows it, opened by erin at nine."""
    return {
        "iid": 42,
        "project_id": 1,
        "title": "API errors",
        "description": "Since 9:00",
        "state": "opened",
        "created_at": time(0),
        "updated_at": time(30),
        "labels": ["Incident", "S1"],
        "assignees": [user("ian"), user("erin")],
        "author": user("erin"),
        "confidential": False,
        "due_date": None,
        "user_notes_count": 2,
        "web_url": "https://gitlab.test/acme/production/-/issues/42",
        "moved_to_id": None,
        "_links": {"closed_as_duplicate_of": None},
    } | fields


def note(number: int, body: str, at: float = 1, *, by: str | None = "erin", **fields: Any) -> Json:
    return {
        "id": number,
        "body": body,
        "author": user(by),
        "created_at": time(at),
        "updated_at": time(at),
        "system": False,
    } | fields


def said(number: int, body: str, at: float = 1, **fields: Any) -> Json:
    """A system note."""
    return note(number, body, at, **fields) | {"system": True}


def label(number: int, name: str | None, at: float, action: str = "add", by: str = "ian") -> Json:
    shown = {"id": 1, "name": name} if name else None
    fields = {"id": number, "user": user(by), "created_at": time(at)}
    return fields | {"label": shown, "action": action}


def state(number: int, name: str, at: float, by: str | None = "ian") -> Json:
    return {"id": number, "user": user(by), "created_at": time(at), "state": name}


def told(
    issue: Json | None = None,
    notes: list[Json] | None = None,
    labels: list[Json] | None = None,
    states: list[Json] | None = None,
) -> list[Event | Comment]:
    """The one history."""
    acts = history(issue or row(), Details(notes or [], labels or [], states or []))
    return sorted([*acts[0], *acts[1]], key=lambda act: act.order)


def ids(acts: list[Event | Comment]) -> list[str]:
    return [act.id for act in acts]


@pytest.mark.parametrize(
    ("body", "people"),
    [
        ("assigned to @a", [("assigned", "a")]),
        ("assigned to @a and @b", [("assigned", "a"), ("assigned", "b")]),
        ("assigned to @a, @b, and @c", [("assigned", "a"), ("assigned", "b"), ("assigned", "c")]),
        ("assigned to @a, @b and @c", [("assigned", "a"), ("assigned", "b"), ("assigned", "c")]),
        ("unassigned @c", [("unassigned", "c")]),
        ("assigned to @a and unassigned @c", [("unassigned", "c"), ("assigned", "a")]),
        (
            "assigned to @a and @b and unassigned @c and @d",
            [("unassigned", "c"), ("unassigned", "d"), ("assigned", "a"), ("assigned", "b")],
        ),
        ("assigned to @a.b-c_d", [("assigned", "a.b-c_d")]),
        ("assigned to @unassigned and unassigned @assigned",
         [("unassigned", "assigned"), ("assigned", "unassigned")]),
        ("assigned to @a.", [("assigned", "a")]),
        ("assigned to @jürgen", [("assigned", "jürgen")]),
    ],
)  # fmt: skip
def test_system_notes_say_who_was_assigned(body: str, people: list[tuple[str, str]]) -> None:
    assert assignments(body) == people


@given(st.text())
def test_no_system_note_is_too_strange(body: str) -> None:
    assert all(person for _, person in assignments(body))
    told(notes=[said(1, body)])
    linked([said(1, body)])


def test_everything_that_happened_is_told_in_one_order() -> None:
    acts = told(
        notes=[note(70, "hello", 5), said(67, "assigned to @a and unassigned @b", 2)],
        labels=[label(123, "S1", 2), label(124, "S2", 2, "remove")],
        states=[state(45, "closed", 2), state(46, "reopened", 9)],
    )
    assert ids(acts) == ["l123", "l124", "n67", "n67.1", "s45", "70", "s46"]
    assert [act.order for act in acts] == [1, 2, 3, 4, 5, 6, 7]
    assert [(act.kind, act.subject) for act in acts if isinstance(act, Event)] == [
        ("labelled", "S1"),
        ("unlabelled", "S2"),
        ("unassigned", "b"),
        ("assigned", "a"),
        ("closed", ""),
        ("reopened", ""),
    ]


def test_the_order_does_not_depend_on_the_pages() -> None:
    notes = [note(number, "x", 1) for number in (100, 9, 21)]
    assert ids(told(notes=notes)) == ids(told(notes=notes[::-1])) == ["9", "21", "100"]


@pytest.mark.parametrize(
    "body",
    [
        "mentioned in #4",
        "reassigned to @a",
        "requested review from @a",
        "moved to acme/other#3",
    ],
)
def test_other_system_notes_tell_nothing(body: str) -> None:
    assert told(notes=[said(1, body)]) == []


@pytest.mark.parametrize(
    ("body", "what"),
    [("changed the description", "body"), ("changed title from **{-a-}** to **{+b+}**", "title")],
)
def test_edits_are_known_by_their_system_notes(body: str, what: str) -> None:
    (event,) = told(notes=[said(1, body)])
    assert isinstance(event, Event)
    assert (event.kind, event.subject) == ("edited", what)


def test_a_person_who_writes_like_gitlab_is_still_a_person() -> None:
    (comment,) = told(notes=[note(1, "assigned to @mallory")])
    assert isinstance(comment, Comment)


@pytest.mark.parametrize(
    ("seconds", "by", "action", "snapped"),
    [
        pytest.param(0.2, "erin", "add", True, id="put on while it was opened"),
        pytest.param(3.0, "erin", "add", True, id="a slow server"),
        pytest.param(3.1, "erin", "add", False, id="put on afterwards"),
        pytest.param(0.2, "ian", "add", False, id="put on by another"),
        pytest.param(0.2, "erin", "remove", False, id="taken off"),
    ],
)
def test_labels_of_the_opening_have_its_time(
    seconds: float, by: str, action: str, snapped: bool
) -> None:
    (act,) = told(labels=[label(1, "S1", seconds / 60, action, by)])
    assert (act.at == NINE) == snapped


def test_a_deleted_label_has_no_event() -> None:
    assert ids(told(labels=[label(1, None, 1), label(2, "S1", 1)])) == ["l2"]


def test_a_deleted_account_is_nobody() -> None:
    acts = told(states=[state(1, "closed", 1, None)], notes=[note(5, "x", 2, by=None)])
    assert [act.actor if isinstance(act, Event) else act.author for act in acts] == [None, None]


def test_only_the_last_close_has_the_reason() -> None:
    issue = row(state="closed", _links={"closed_as_duplicate_of": "https://gitlab.test/1"})
    states = [state(1, "closed", 1), state(2, "reopened", 2), state(3, "closed", 3)]
    subjects = [act.subject for act in told(issue, states=states) if isinstance(act, Event)]
    assert subjects == ["", "", "duplicate"]


def test_a_reopened_duplicate_has_no_reason() -> None:
    issue = row(_links={"closed_as_duplicate_of": "https://gitlab.test/1"})
    states = [state(1, "closed", 1), state(2, "reopened", 2)]
    assert [act.subject for act in told(issue, states=states) if isinstance(act, Event)] == ["", ""]


def test_states_of_other_kinds_are_left_out() -> None:
    assert told(states=[state(1, "merged", 1)]) == []


def test_a_move_is_told_by_its_note() -> None:
    acts = told(row(moved_to_id=9), [said(5, "moved to acme/other#3", 4, by="rita")])
    assert [(a.id, a.kind, a.actor) for a in acts if isinstance(a, Event)] == [
        ("n5", "moved", "rita")
    ]


def test_a_move_without_a_note_is_told_all_the_same() -> None:
    issue = row(moved_to_id=9, closed_at=time(6), closed_by=user("rita"))
    assert told(issue) == [Event("m9", parse_time(time(6)), "rita", "moved", order=1)]


@pytest.mark.parametrize(
    ("notes", "links"),
    [
        pytest.param(["marked this issue as related to #7"], {"#7"}, id="one"),
        pytest.param(["marked this incident as related to #7, #8, and #9"], {"#7", "#8", "#9"},
                     id="three"),
        pytest.param(["marked this issue as related to acme/other#7 and #8"], {"#8"},
                     id="of another project"),
        pytest.param(["marked this issue as related to #7", "removed the relation with #7"], set(),
                     id="gone"),
        pytest.param(["marked this issue as related to #7", "removed the relation with #7",
                      "marked this issue as related to #7"], {"#7"}, id="back"),
        pytest.param(["mentioned in #7"], set(), id="only mentioned"),
    ],
)  # fmt: skip
def test_system_notes_say_what_is_linked(notes: list[str], links: set[str]) -> None:
    assert linked([said(n, body, n) for n, body in enumerate(notes, 1)]) == links


def test_a_person_links_nothing_by_talking() -> None:
    assert linked([note(1, "marked this issue as related to #7")]) == frozenset()


@pytest.mark.parametrize(
    ("touched", "edited"),
    [
        pytest.param(1, None, id="never touched"),
        pytest.param(8, NINE + timedelta(minutes=8), id="touched later"),
        pytest.param(0.5, None, id="a clock that went back"),
    ],
)
def test_a_comment_that_was_touched_counts_as_edited(touched: float, edited: object) -> None:
    assert comment_of(note(1, "x", 1, updated_at=time(touched))).edited_at == edited


@pytest.mark.parametrize(
    ("at", "edited"),
    [
        pytest.param([], NINE + timedelta(minutes=8), id="no emoji"),
        pytest.param([8 - 1 / 60], None, id="an emoji a second before"),
        pytest.param([3, 8], None, id="the second emoji"),
        pytest.param([7], NINE + timedelta(minutes=8), id="an emoji, and then an edit"),
        pytest.param([9], NINE + timedelta(minutes=8), id="an emoji that moved nothing"),
    ],
)
def test_an_emoji_is_no_edit_where_it_was_asked_for(at: list[float], edited: object) -> None:
    times = tuple(NINE + timedelta(minutes=minute) for minute in at)
    found = comment_of(note(1, "x", 1, updated_at=time(8)), Reactions(False, times))
    assert found.edited_at == edited


@pytest.mark.parametrize(
    ("read", "known"), [(None, None), (Reactions(True), True), (Reactions(False), False)]
)
def test_receipts_are_not_known_unless_they_were_read(
    read: Reactions | None, known: bool | None
) -> None:
    assert comment_of(note(1, "x"), read).receipt is known


def test_an_issue_reads_as_a_record() -> None:
    issue = issue_of(
        row(state="closed", confidential=True, due_date="2026-04-01"),
        Details([said(3, "marked this issue as related to #7")], [], []),
    )
    assert issue == Issue(
        ref="#42",
        title="API errors",
        body="Since 9:00",
        author="erin",
        opened_at=NINE,
        updated_at=NINE + timedelta(minutes=30),
        closed=True,
        labels=frozenset({"Incident", "S1"}),
        assignees=("ian", "erin"),
        confidential=True,
        due=date(2026, 4, 1),
        links=frozenset({"#7"}),
        url="https://gitlab.test/acme/production/-/issues/42",
    )


def test_an_issue_may_have_no_text_and_no_author() -> None:
    issue = issue_of(row(description=None, author=None))
    assert (issue.body, issue.author) == ("", None)


def test_an_issue_without_details_can_be_without_text() -> None:
    assert issue_of(row(), text=False).body == ""


def test_all_times_are_in_utc() -> None:
    assert parse_time("2026-03-02T10:00:00.000+01:00") == NINE
    assert parse_time("2026-03-02T09:00:00.000Z").tzinfo is UTC


def test_a_time_for_a_query_is_never_later() -> None:
    at = NINE + timedelta(microseconds=999_999)
    assert query_time(at) == "2026-03-02T09:00:00.999Z"


def test_heads_share_their_labels_and_are_counted_once() -> None:
    heads = by_number(heads_of([row(iid=7), row(iid=3), row(iid=7, state="closed")], None))
    assert [(head.ref, head.closed, head.notes) for head in heads] == [
        ("#3", False, 2),
        ("#7", True, 2),
    ]
    assert heads[0].labels is heads[1].labels


@pytest.mark.parametrize(
    ("seconds", "steady"), [(0, False), (61, False), (75, False), (76, True), (None, True)]
)
def test_what_moved_a_minute_before_the_list_was_read_is_not_steady(
    seconds: int | None, steady: bool
) -> None:
    shown = row()
    moved = parse_time(shown["updated_at"])
    (head,) = heads_of([shown], None if seconds is None else moved + timedelta(seconds=seconds))
    assert head.steady is steady


@pytest.mark.parametrize(
    ("fields", "matters"),
    [
        pytest.param({}, False, id="a stranger's silent issue"),
        pytest.param({"labels": ["S1"]}, True, id="a label of ours"),
        pytest.param({"author": user("ima")}, True, id="opened by us"),
        pytest.param({"user_notes_count": 1}, True, id="talked about"),
        pytest.param({"description": "<!-- ima:declared {} -->"}, True, id="declared"),
        pytest.param({"author": None, "description": None}, False, id="nobody's"),
    ],
)
def test_only_some_issues_are_read_whole(fields: Json, matters: bool) -> None:
    silent = row(labels=["backend"], user_notes_count=0)
    assert concerns(silent | fields, "ima", lambda name: name == "S1") == matters


@pytest.mark.parametrize(
    ("fields", "ours"),
    [({}, True), ({"is_project_label": False}, False), ({"name": "S9"}, False)],
)
def test_only_known_labels_of_the_project_are_ours(fields: Json, ours: bool) -> None:
    shown = {"name": "S1", "color": "#C00000", "description": None, "is_project_label": True}
    found = label_of(shown | fields, {"S1"})
    assert found == Label(found.name, "c00000", "", ours)


@pytest.mark.parametrize(
    ("fields", "member"),
    [({}, True), ({"state": "blocked"}, False), ({"access_level": 5}, False),
     ({"access_level": 10}, True), ({"state": None}, False)],
)  # fmt: skip
def test_blocked_and_minimal_accounts_are_no_members(fields: Json, member: bool) -> None:
    assert is_member({"username": "erin", "state": "active", "access_level": 30} | fields) == member


@pytest.mark.parametrize(
    ("of", "reason"),
    [
        ("https://gitlab.test/api/v4/projects/3/issues/7", "duplicate of #7"),
        ("https://gitlab.test/api/v4/projects/93/issues/7", "duplicate"),
    ],
)
def test_of_which_issue_of_this_project_it_is_a_duplicate(of: str, reason: str) -> None:
    issue = row(state="closed", project_id=3, _links={"closed_as_duplicate_of": of})
    acts = told(issue, states=[state(1, "closed", 1)])
    assert [act.subject for act in acts if isinstance(act, Event)] == [reason]


@pytest.mark.parametrize("word", ["internal", "confidential"])
def test_an_internal_note_has_no_text_but_for_commands(word: str) -> None:
    shown = note(1, "/ima severity S1 -- the vault", 1)
    told = comment_of(shown | {word: True})
    assert told.body == ""
    assert told.typed == "/ima severity S1 -- the vault"
    assert comment_of(shown | {word: False}).body == told.typed
