"""The dashboard: what is written is read back, and what a person does to it stops nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.model.issue import Comment, Draft, Duty, Issue
from automation.stored_state.dashboard import (
    REMEMBERED,
    VERSION,
    Dashboard,
    Texts,
    encode,
    on_call_with_last_known,
    read,
)
from automation.stored_state.signatures import Keys
from automation.text.escaping import mark, marker_in
from automation.trackers.github.writer import BODY_LIMIT
from tests.build import an_issue, at
from tests.worlds import stage

moments = st.datetimes(
    min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(UTC)
)
rows = st.dictionaries(st.text(), st.dictionaries(st.text(), st.text()), max_size=3)
duties = st.lists(st.builds(Duty, st.text(), st.none() | moments), max_size=3).map(tuple)
boards = st.builds(
    Dashboard,
    st.just("#0"),
    st.none() | moments,
    st.dictionaries(st.text(), duties, max_size=3),
    st.frozensets(st.text(), max_size=3),
    rows,
    rows,
    st.lists(st.text(), max_size=3).map(tuple),
)
BOARD = Dashboard("#0", at(0), {"eoc": (Duty("erin", at(0)),)}, active={"#1": {"owner": "erin"}})
TEXTS = encode(BOARD, "a page")
MINE = replace(BOARD, comment="c1")
LOST = Dashboard("#0", comment="c1", stale=True)


def stands(texts: Texts, *more: Comment, author: str = "ima") -> Issue:
    """The issue with a dashboard on it."""
    memory = [Comment("c1", at(0), author, texts.memory)] if texts.memory else []
    page = an_issue(body=texts.page, author="ima")
    return replace(page, ref="#0", comments=(*memory, *more))


def test_the_facts_of_eight_hundred_incidents_have_room_in_a_comment_on_github() -> None:
    row = dict.fromkeys(("due", "owner", "rule", "severity", "state", "status"), "of one incident")
    many = {f"#{n}": {**row, "title": f"Pushes of {n * n} fail"} for n in range(800)}
    texts = encode(board := replace(BOARD, active=many), "page")
    assert len(texts.memory) < BODY_LIMIT
    assert read(stands(texts)) == replace(board, comment="c1")


@pytest.mark.parametrize("packed", ["", "eA==", "not base64 at all", 7, "eJxTKkktLlECAAgKAqE="])
def test_packed_facts_that_cannot_be_read_are_made_anew(packed: object) -> None:
    memory = mark("memory", {"v": VERSION, "packed": packed})
    assert read(stands(TEXTS._replace(memory=memory))) == LOST


@pytest.mark.property
@given(boards)
def test_what_is_written_is_read_back(board: Dashboard) -> None:
    found = read(stands(encode(board, "page")))
    assert found == replace(board, comment="c1")
    assert not board.moved(found)


@pytest.mark.property
@given(boards, boards)
def test_it_has_moved_if_it_would_remember_something_else(one: Dashboard, other: Dashboard) -> None:
    assert one.moved(other) == (encode(one, "").memory != encode(other, "").memory)


@pytest.mark.parametrize(
    "memory",
    [
        pytest.param(TEXTS.memory.replace("erin", "mallory"), id="changed by hand"),
        pytest.param(TEXTS.memory.replace('"sum":', '"some":'), id="without its sum"),
        pytest.param(TEXTS.memory[: TEXTS.memory.index("<!-- ima:") + 40], id="truncated"),
        pytest.param("<!-- ima:memory {x} -->", id="no JSON"),
        pytest.param("<!-- ima:memory " + "x" * 1_000_000, id="huge"),
    ],
)
def test_a_garbled_one_is_made_anew_in_its_place(memory: str) -> None:
    assert read(stands(TEXTS._replace(memory=memory))) == LOST


@pytest.mark.parametrize("page", ["", "hello", TEXTS.page.replace("memory", "mammary")])
def test_a_page_that_somebody_changed_is_written_anew_and_nothing_is_forgotten(page: str) -> None:
    found = read(stands(TEXTS._replace(page=page)))
    assert found == replace(MINE, stale=True)


def test_what_somebody_writes_into_the_page_is_never_memory() -> None:
    forged = TEXTS.memory.replace("erin", "mallory").replace("ima:memory", "ima:dashboard")
    assert read(stands(TEXTS._replace(page=forged))) == replace(MINE, stale=True)


def test_only_ours_is_memory_and_the_oldest() -> None:
    theirs = Comment("c0", at(0), "mallory", encode(replace(BOARD, handed="x"), "").memory)
    later = Comment("c9", at(9), "ima", encode(replace(BOARD, handed="y"), "").memory)
    assert read(stands(TEXTS, theirs, later)) == MINE
    assert read(stands(TEXTS, author="mallory")) == Dashboard("#0", stale=True)


def test_what_an_older_ima_kept_in_the_description_is_taken_over() -> None:
    before = TEXTS.memory.replace("ima:memory", "ima:dashboard")
    assert read(stands(Texts(before, ""))) == replace(BOARD, stale=True)


def test_without_its_comment_it_knows_nothing_and_is_written() -> None:
    assert read(stands(Texts(TEXTS.page, ""))) == Dashboard("#0", stale=True)
    assert read(None) is None


def test_of_a_newer_one_what_can_be_understood_is_read() -> None:
    later = mark("dashboard", {"v": VERSION + 1})
    assert read(stands(Texts(later, ""))) == Dashboard("#0", newer=VERSION + 1, stale=True)
    data = marker_in("memory", TEXTS.memory)
    assert data is not None
    newer = mark("memory", data | {"v": VERSION + 1, "unheard": [1]})
    found = read(stands(Texts(TEXTS.page, newer)))
    assert found == replace(MINE, newer=VERSION + 1, stale=True)


def test_the_body_does_not_depend_on_the_hour() -> None:
    world = stage()
    world.tracker.acting("rita").open(Draft("It breaks", labels=("Incident", "S3")))
    world.run_pass()
    before = world.tracker.dashboard()
    world.now = at(5)
    world.run_pass()
    assert before is not None
    assert world.tracker.dashboard() == before


ERIN, MIA, NOBODY = Duty("erin", at(0)), Duty("mia", at(60)), Duty("", at(90))
AWAY = Duty("the pager is away")


@pytest.mark.parametrize(
    ("known", "answer", "shifts", "unknown"),
    [
        pytest.param((), ERIN, (ERIN,), False, id="the first answer is kept"),
        pytest.param((ERIN,), ERIN, (ERIN,), False, id="the same answer changes nothing"),
        pytest.param((ERIN,), Duty("erin", at(5)), (ERIN,), False, id="nor does a second shift"),
        pytest.param((ERIN,), MIA, (ERIN, MIA), False, id="a shift change is remembered"),
        pytest.param(
            (ERIN,), Duty("mia"), (ERIN, Duty("mia", at(90))), False,
            id="without a time it counts from now",
        ),
        pytest.param((ERIN,), None, (ERIN, NOBODY), False, id="an empty schedule is remembered"),
        pytest.param((ERIN, NOBODY), None, (ERIN, NOBODY), False, id="once"),
        pytest.param((), None, (), False, id="nobody, and nobody was ever known"),
        pytest.param((ERIN,), AWAY, (ERIN,), True, id="no answer: the last known, marked so"),
        pytest.param((), AWAY, (), True, id="no answer, and nobody was ever known"),
    ],
)  # fmt: skip
def test_who_is_on_call(
    known: tuple[Duty, ...], answer: Duty | None, shifts: tuple[Duty, ...], unknown: bool
) -> None:
    before = Dashboard("#0", shifts={"eoc": known} if known else {})
    away = answer is AWAY
    answers = {"eoc": None if away else answer}
    after, on_call = on_call_with_last_known(before, answers, at(90), away)
    assert after.shifts.get("eoc", ()) == on_call.shifts.get("eoc", ()) == shifts
    assert (after.unknown == {"eoc"}) is (on_call.unknown == {"eoc"}) is unknown
    assert on_call.person("eoc") == ((shifts[-1].person or None) if shifts else None)
    assert on_call.last_known("eoc") == next((d.person for d in shifts[::-1] if d.person), None)


def test_only_the_last_shifts_are_remembered() -> None:
    board = Dashboard("#0")
    for number in range(10):
        board, _ = on_call_with_last_known(
            board, {"eoc": Duty(f"p{number}", at(number))}, at(number)
        )
    assert [duty.person for duty in board.shifts["eoc"]] == [
        f"p{number}" for number in range(10 - REMEMBERED, 10)
    ]


def test_a_role_that_the_policy_dropped_is_forgotten() -> None:
    board = Dashboard("#0", shifts={"old": (ERIN,)})
    after, on_call = on_call_with_last_known(board, {"eoc": ERIN}, at(0))
    assert set(after.shifts) == set(on_call.shifts) == {"eoc"}


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(lambda body: body.replace("dashboard {", "dashboard {x"), id="garbled"),
        pytest.param(
            lambda body: "",
            id="emptied",
        ),
    ],
)
def test_what_a_person_did_to_it_is_repaired_by_the_next_pass(edit: object) -> None:
    world = stage()
    world.keys = Keys()  # without one, nobody is told
    world.tracker.acting("rita").open(Draft("It breaks", labels=("Incident", "S3")))
    world.run_pass()
    before = world.tracker.dashboard()
    assert before is not None
    world.tracker.acting("mallory").edit("#0", body=edit(before.body))  # type: ignore[operator]
    world.run_pass()
    after = world.tracker.dashboard()
    assert after is not None
    assert after.body == before.body
    world.run_pass()
    assert world.meter.writes == 0


def test_a_garbled_dashboard_does_not_make_every_incident_an_old_one() -> None:
    world = stage()
    world.policy = replace(world.policy, since=None)
    world.tracker.acting("rita").open(Draft("It breaks", labels=("Incident", "S3")))
    world.run_pass()
    world.tracker.acting("mallory").edit("#0", body="<!-- ima:dashboard {} -->")
    (memory,) = world.tracker.issues(["#0"])[0].comments
    world.tracker.acting("mallory").edit_comment("#0", memory.id, "<!-- ima:memory {} -->")
    world.now = at(5)
    world.run_pass()
    assert world.run.plan().before.incidents["#1"].active
