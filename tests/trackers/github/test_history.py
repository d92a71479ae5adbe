"""What GitHub tells of an issue's life, as our events and comments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from automation.model.issue import Comment, Event, Label
from automation.text.escaping import mark
from automation.trackers.github.history_merging import Details, comment_of, history, login
from automation.trackers.github.records import (
    heads_of,
    is_issue,
    is_member,
    issue_of,
    label_of,
    parent,
    stamp,
)

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
Json = dict[str, Any]
REPOSITORY = "https://api.github.test/repos/acme/production"


def at(seconds: int = 0) -> str:
    return stamp(NINE + timedelta(seconds=seconds))


def user(name: str) -> Json:
    return {"login": name, "id": 1}


def issue(**more: Any) -> Json:
    return {
        "number": 42,
        "id": 9042,
        "title": "API errors",
        "body": "Since 9:00",
        "user": user("rita"),
        "state": "open",
        "labels": [],
        "assignees": [],
        "comments": 0,
        "created_at": at(),
        "updated_at": at(60),
        "html_url": "https://github.test/acme/production/issues/42",
        "repository_url": REPOSITORY,
        **more,
    }


def entry(what: str, seconds: int = 60, who: str | None = "rita", **more: Any) -> Json:
    actor = user(who) if who else None
    return {"id": seconds, "event": what, "created_at": at(seconds), "actor": actor, **more}


def label(name: str) -> Json:
    return {"label": {"name": name, "color": "ededed"}}


def acts(*timeline: Json, **row: Any) -> list[tuple[str | None, str, str]]:
    events, _ = history(issue(**row), Details(list(timeline)))
    return [(event.actor, event.kind, event.subject) for event in events]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param(entry("labeled", **label("S1")), ("rita", "labelled", "S1"), id="labelled"),
        pytest.param(
            entry("assigned", assignee=user("ian")), ("rita", "assigned", "ian"), id="assigned"
        ),
        pytest.param(
            entry("assigned", who="ian", assignee=user("ian"), assigner=user("rita")),
            ("rita", "assigned", "ian"),
            id="assigned, where the actor is who was assigned",
        ),
        pytest.param(
            entry("unassigned", assignee=user("ian")), ("rita", "unassigned", "ian"), id="left"
        ),
        pytest.param(entry("closed"), ("rita", "closed", ""), id="closed"),
        pytest.param(
            entry("closed", state_reason="completed"), ("rita", "closed", ""), id="completed"
        ),
        pytest.param(
            entry("closed", state_reason="not_planned"),
            ("rita", "closed", "not planned"),
            id="not planned",
        ),
        pytest.param(
            entry("closed", state_reason="duplicate"), ("rita", "closed", "duplicate"), id="double"
        ),
        pytest.param(entry("reopened"), ("rita", "reopened", ""), id="reopened"),
        pytest.param(
            entry("renamed", rename={"from": "a", "to": "b"}),
            ("rita", "edited", "title"),
            id="title",
        ),
        pytest.param(
            entry("converted_to_discussion"), ("rita", "moved", ""), id="it is a discussion now"
        ),
        pytest.param(entry("closed", who=None), (None, "closed", ""), id="by a deleted account"),
        pytest.param(entry("closed", who="ghost"), (None, "closed", ""), id="by a ghost"),
    ],
)
def test_what_people_do_is_an_event(told: Json, expected: tuple[str | None, str, str]) -> None:
    assert acts(told) == [expected]


@pytest.mark.parametrize(
    "what",
    ["mentioned", "subscribed", "cross-referenced", "milestoned", "locked", "pinned", "transferred",
     "opened", "edited", "sub_issue_added", "something_of_2030"],
)  # fmt: skip
def test_the_rest_is_left_out(what: str) -> None:
    assert acts({"event": what, "created_at": at(5)}) == []


def test_who_has_no_account_is_assigned_to_nothing() -> None:
    assert acts(entry("assigned", assignee=None), entry("unassigned", assignee=user("ghost"))) == []


def test_of_one_second_the_order_of_the_timeline_counts() -> None:
    timeline = [
        entry("labeled", 60, **label("S1")) | {"id": 9},
        comment(60, "looking") | {"id": 3},
        entry("unlabeled", 60, **label("S1")) | {"id": 5},
    ]
    events, comments = history(issue(), Details(timeline))
    assert [event.order for event in events] == [1, 3]
    assert comments[0].order == 2


def comment(seconds: int, body: str | None, who: str | None = "rita", **more: Any) -> Json:
    account = user(who) if who else None
    return {"id": seconds, "event": "commented", "created_at": at(seconds), "user": account,
            "updated_at": at(seconds), "body": body, **more}  # fmt: skip


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param(comment(60, "hello"), ("rita", "hello", None, None), id="a comment"),
        pytest.param(comment(60, None), ("rita", "", None, None), id="an empty one"),
        pytest.param(comment(60, "x", None), (None, "x", None, None), id="by a deleted account"),
        pytest.param(
            comment(60, "x", updated_at=at(90)),
            ("rita", "x", NINE + timedelta(seconds=90), None),
            id="an edited one",
        ),
        pytest.param(
            comment(60, "x", reactions={"eyes": 0}), ("rita", "x", None, False), id="no receipt"
        ),
        pytest.param(
            comment(60, "x", reactions={"eyes": 2}), ("rita", "x", None, True), id="a receipt"
        ),
    ],
)
def test_a_comment_is_read(row: Json, expected: tuple[Any, ...]) -> None:
    found = comment_of(row)
    assert (found.author, found.body, found.edited_at, found.receipt) == expected


def test_comments_that_the_timeline_lacks_come_from_their_own_list() -> None:
    details = Details(
        [entry("closed", 60), comment(30, "old")], [comment(30, "a"), comment(90, "b")]
    )
    events, comments = history(issue(), details)
    assert [each.body for each in comments] == ["a", "b"]
    assert [event.order for event in events] == [2]
    assert [each.order for each in comments] == [1, 3]


def test_receipts_that_were_asked_for_are_known() -> None:
    details = Details([comment(30, "a"), comment(60, "b")], receipts=frozenset({"60"}))
    _, comments = history(issue(), details)
    assert [each.receipt for each in comments] == [False, True]


def labelled(*names: str) -> list[str]:
    return list(names)


@pytest.mark.parametrize(
    ("timeline", "labels", "expected"),
    [
        pytest.param(
            [entry("labeled", 2, **label("S1"))], ["S1"], [("S1", 0)], id="a moment after opening"
        ),
        pytest.param(
            [entry("labeled", 9, **label("S1"))], ["S1"], [("S1", 9)], id="later by the author"
        ),
        pytest.param(
            [entry("labeled", 2, "erin", **label("S1"))], ["S1"], [("S1", 2)], id="by another"
        ),
        pytest.param([], ["S1"], [("S1", 0)], id="nobody tells how it came"),
        pytest.param(
            [entry("unlabeled", 9, **label("S1"))], [], [("S1", 0), ("-S1", 9)], id="it went again"
        ),
        pytest.param(
            [entry("labeled", 9, **label("s1"))], ["S1"], [("s1", 9)], id="in another case"
        ),
    ],
)
def test_a_label_came_at_the_opening_or_later(
    timeline: list[Json], labels: list[str], expected: list[tuple[str, int]]
) -> None:
    events, _ = history(issue(labels=labelled(*labels)), Details(timeline))
    found = [
        ("-" * (event.kind == "unlabelled") + event.subject, (event.at - NINE).seconds)
        for event in events
    ]
    assert found == expected
    assert all(event.actor in ("rita", "erin") for event in events)


def test_ids_of_acts_are_their_own() -> None:
    timeline = [entry("labeled", 9, **label("S2")), entry("closed", 10), comment(11, "x")]
    events, _ = history(issue(labels=labelled("S1", "S3")), Details(timeline))
    assert [event.id for event in events] == ["o-S1", "o-S3", "e9", "e10"]


def test_an_issue_is_read() -> None:
    row = issue(
        labels=labelled("Incident"),
        assignees=[user("ian"), user("erin")],
        state="closed",
        locked=True,
        body=None,
    )
    found = issue_of(row, Details([]))
    assert (found.ref, found.title, found.body, found.author) == ("#42", "API errors", "", "rita")
    assert (found.closed, found.locked, found.confidential) == (True, True, False)
    assert found.labels == {"Incident"}
    assert found.assignees == ("ian", "erin")
    assert (found.opened_at, found.updated_at) == (NINE, NINE + timedelta(seconds=60))
    assert found.url.endswith("/acme/production/issues/42")


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param({"parent_issue_url": f"{REPOSITORY}/issues/7"}, ["#7"], id="here"),
        pytest.param(
            {"parent_issue_url": "https://api.github.test/repos/ACME/Production/issues/7"},
            ["#7"],
            id="in another case",
        ),
        pytest.param(
            {"parent_issue_url": "https://api.github.test/repos/acme/other/issues/7"}, [], id="away"
        ),
        pytest.param({"parent_issue_url": None}, [], id="none"),
        pytest.param({}, [], id="an old server"),
    ],
)
def test_a_parent_of_the_same_repository_is_a_link(row: Json, expected: list[str]) -> None:
    assert list(parent(issue(**row))) == expected


def test_links_are_parent_children_and_what_our_comments_say() -> None:
    said = [
        comment(30, f"Linked\n\n{mark('linked', {'to': '#5'})}", "ima"),
        comment(60, mark("linked", {"to": "#6"}), "mallory"),
    ]
    row = issue(parent_issue_url=f"{REPOSITORY}/issues/7")
    found = issue_of(row, Details(said, children=frozenset({"#9"})), me="ima")
    assert found.links == {"#5", "#7", "#9"}


def test_pull_requests_are_no_issues() -> None:
    rows = [issue(), issue(number=43, pull_request={"url": "x"})]
    assert [is_issue(row) for row in rows] == [True, False]
    assert [head.ref for head in heads_of(rows, None)] == ["#42"]


@pytest.mark.parametrize(
    ("answered", "steady"), [(60, False), (61, False), (62, True), (3600, True), (None, True)]
)
def test_what_may_move_again_in_its_second_is_not_steady(
    answered: int | None, steady: bool
) -> None:
    now = None if answered is None else NINE + timedelta(seconds=answered)
    (head,) = heads_of([issue()], now)
    assert (head.updated_at, head.steady) == (NINE + timedelta(seconds=60), steady)


@pytest.mark.parametrize(
    ("may", "member"),
    [
        ({"pull": True}, False),
        ({"pull": True, "triage": True}, True),
        ({"pull": True, "push": True}, True),
        ({"admin": True}, True),
        ({}, False),
    ],
)
def test_who_may_triage_is_a_member(may: dict[str, bool], member: bool) -> None:
    assert is_member(may) == member


def test_a_label_is_read() -> None:
    row = {"name": "S1", "color": "C00000", "description": None}
    assert label_of(row, {"S1"}) == Label("S1", "c00000", "")
    assert not label_of(row, set()).ours


def test_a_time_is_asked_for_in_utc() -> None:
    there = datetime.fromisoformat("2026-03-02T10:00:00.9+01:00")
    assert stamp(there) == "2026-03-02T09:00:00Z"


def test_a_deleted_account_has_no_login() -> None:
    assert [login(None), login(user("ghost")), login(user("rita"))] == [None, None, "rita"]


def test_records_are_ours() -> None:
    events, comments = history(issue(), Details([entry("closed"), comment(90, "x")]))
    assert isinstance(events[0], Event)
    assert isinstance(comments[0], Comment)
