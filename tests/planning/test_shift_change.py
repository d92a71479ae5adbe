"""A change of shift: who is told, once, of what; and the chat's groups that follow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from automation.changes.comments import Say
from automation.model.incident import Fact, Incident
from automation.model.issue import Comment, Draft, Duty
from automation.model.on_call import OnCall
from automation.planning.handover import REMEMBERED, Handover
from automation.planning.plan import Plan, Snapshot
from automation.planning.planner import plan
from automation.planning.shift_change import chat_groups, groups_to_set, notes_left
from automation.stored_state.dashboard import Dashboard, Row, encode, read
from automation.writing.plan_text import plan_markdown, plan_text
from automation.writing.text_style import TextStyle
from tests.build import a_context, a_fact, an_incident, an_issue, at
from tests.worlds import stage

ERIN, MIA = Duty("erin"), Duty("mia", at(5))
ROW: Row = {
    "title": "It breaks",
    "severity": "S3",
    "state": "Investigating",
    "status": "Operational",
    "owner": "erin",
    "due": "",
    "rule": "",
}
REVIEW: Row = {"title": "Review", "owner": "erin", "for": "#1", "begun": "no"}
NOTE: Row = {"ref": "#9", "by": "erin", "at": at(2).isoformat(), "text": "Watch the disk"}
QUIET = Dashboard("#0", at(0), {"eoc": (ERIN,)})
BUSY = replace(QUIET, active={"#7": ROW})
NO_CHAT = 'chat: {channel: ""}'


def a_note(minutes: float = 2, of: str = "c1/0", text: str = "Watch the disk") -> Fact:
    return a_fact("tell next", minutes, by="erin", of=of, text=text)


def snapshot(
    stored: Dashboard,
    *incidents: Incident,
    now: float = 10,
    shifts: tuple[Duty, ...] = (ERIN, MIA),
    unknown: frozenset[str] = frozenset(),
    says: str = "",
    whole: bool = False,
) -> Snapshot:
    """What a pass sees; ``shifts`` of the engineer, the last one is now."""
    ctx = replace(a_context(now, says=says), on_call=OnCall({"eoc": shifts}, unknown))
    board = replace(stored, shifts={"eoc": shifts}, unknown=unknown)
    return Snapshot(ctx, {i.ref: i for i in incidents}, board, stored, whole=whole)


def handed(made: Plan) -> tuple[Handover, Dashboard]:
    assert made.handover is not None
    assert made.dashboard is not None
    return made.handover, made.dashboard


@pytest.mark.parametrize(
    ("stored", "seen", "whom"),
    [
        pytest.param(BUSY, {}, "mia", id="something is open"),
        pytest.param(QUIET, {}, None, id="nothing is"),
        pytest.param(replace(QUIET, tell={"c": NOTE}), {}, "mia", id="something was left"),
        pytest.param(replace(QUIET, reviews={"#2": REVIEW}), {}, "mia", id="a review is due"),
        pytest.param(
            replace(QUIET, reviews={"#2": {**REVIEW, "due": "2026-03-03"}}), {}, "mia",
            id="due tomorrow",
        ),
        pytest.param(
            replace(QUIET, reviews={"#2": {**REVIEW, "due": "2026-03-04"}}), {}, None,
            id="due later",
        ),
        pytest.param(BUSY, {"shifts": (ERIN,)}, None, id="no change of shift"),
        pytest.param(BUSY, {"shifts": (Duty("erin", at(5)),)}, "erin",
                     id="the same person in a new shift"),
        pytest.param(BUSY, {"unknown": frozenset({"eoc"})}, None, id="nobody answered"),
        pytest.param(replace(BUSY, shifts={}), {}, None, id="the first one ever"),
        pytest.param(BUSY, {"shifts": ()}, None, id="nobody is on call"),
        pytest.param(replace(BUSY, shifts={"eoc": (ERIN, MIA)}, handed="erin"), {}, "mia",
                     id="the last pass could not tell"),
        pytest.param(replace(BUSY, shifts={"eoc": (ERIN, MIA)}), {}, None, id="told already"),
    ],
)  # fmt: skip
def test_who_is_told(stored: Dashboard, seen: dict[str, Any], whom: str | None) -> None:
    turn = plan(snapshot(stored, **seen)).handover
    assert (turn.whom if turn else None) == whom


def test_who_was_told_is_not_told_again() -> None:
    turn, after = handed(plan(snapshot(replace(BUSY, tell={"c1/0": NOTE}))))
    assert (after.handed, after.tell, after.told) == ("", {}, {"c1/0": NOTE["at"]})
    assert turn.key == f"handover:erin>{turn.whom}"
    assert plan(snapshot(after)).handover is None
    incident = an_incident(ref="#9", facts=(a_note(),))
    assert notes_left(after, {"#9": incident}) == {}


def test_what_failed_is_remembered_until_it_works_whoever_is_away_meanwhile() -> None:
    turn, after = handed(plan(snapshot(replace(BUSY, tell={"c1/0": NOTE}))))
    failed = turn.dashboard_if_not_told(after)
    assert (failed.handed, failed.tell) == ("erin", {"c1/0": NOTE})
    away = plan(snapshot(failed, unknown=frozenset({"eoc"})))
    assert (away.dashboard or failed).handed == "erin"
    again, _ = handed(plan(snapshot(failed)))
    assert (again.key, again.left) == (turn.key, turn.left)


@pytest.mark.parametrize(
    ("incident", "told", "texts"),
    [
        pytest.param(an_incident(facts=(a_note(),)), {}, ["Watch the disk"], id="left"),
        pytest.param(an_incident(facts=(a_note(),)), {"c1/0": "x"}, [], id="passed on"),
        pytest.param(an_incident(facts=(a_note(),), confidential=True), {}, [""],
                     id="of a confidential one only that there is something"),
        pytest.param(an_incident(facts=(a_note(3, "b", "2nd"), a_note(2, "c", "1st"))), {},
                     ["1st", "2nd"], id="in the order of time"),
        pytest.param(an_incident(facts=(a_note(),)),
                     {str(n): at(n + 3).isoformat() for n in range(REMEMBERED)}, [],
                     id="older than all that is remembered"),
    ],
)  # fmt: skip
def test_what_was_left(incident: Incident, told: Mapping[str, str], texts: list[str]) -> None:
    rows = notes_left(replace(QUIET, told=told), {"#1": incident})
    assert [row["text"] for row in rows.values()] == texts
    assert {row["by"] for row in rows.values()} <= {"" if incident.confidential else "erin"}


def test_what_was_left_on_an_issue_that_was_not_read_stays() -> None:
    assert notes_left(replace(QUIET, tell={"c": NOTE}), {}) == {"c": NOTE}
    assert notes_left(replace(QUIET, tell={"c": NOTE}), {"#9": an_incident(ref="#9")}) == {}


def test_without_a_chat_each_open_incident_gets_a_comment_and_the_first_one_the_rest() -> None:
    open_ones = [an_incident(ref=f"#{n}", facts=(a_note(of=f"c{n}", text=f"Of {n}"),))
                 for n in (1, 2)]  # fmt: skip
    stored = replace(QUIET, tell={"c": NOTE}, reviews={"#3": REVIEW})
    made = plan(snapshot(stored, *open_ones, says=NO_CHAT))
    says = {c.ref: dict(c.note.values) for c in made.changes if isinstance(c, Say)
            and c.note.template == "handover"}  # fmt: skip
    assert {ref: values["left"] for ref, values in says.items()} == {
        "#1": "erin: Of 1",
        "#2": "erin: Of 2",
    }
    assert says["#1"]["rest"].splitlines() == [
        "#9, erin: Watch the disk",
        "reviews due: #3 Review (erin)",
    ]
    assert says["#2"]["rest"] == ""
    turn, after = handed(made)
    assert (turn.chat, after.handed, after.tell) == (False, "", {})


def test_comments_wait_for_the_incidents_that_were_not_read() -> None:
    made = plan(snapshot(BUSY, an_incident(ref="#1"), says=NO_CHAT))
    turn, after = handed(made)
    assert (turn.whole, after.handed) == (False, "erin")
    assert [say.ref for say in turn.comments] == ["#1"]
    later = plan(replace(made.before, incidents={**made.world, "#7": an_incident(ref="#7")},
                         stored=after))  # fmt: skip
    turn, after = handed(later)
    assert ([say.ref for say in turn.comments], after.handed) == (["#7"], "")


def test_without_a_chat_or_an_open_incident_it_waits_for_the_next_shift() -> None:
    made = plan(snapshot(replace(QUIET, tell={"c": NOTE}), says=NO_CHAT))
    assert made.handover is None
    assert made.dashboard is not None
    assert (made.dashboard.handed, made.dashboard.tell) == ("", {"c": NOTE})


GROUPS = "roles: {eoc: {group: '@sre'}, imoc: {group: '@boss'}, cmoc: {group: '@boss'}}"


def grouped(people: Mapping[str, str], unknown: tuple[str, ...] = (), **was: Any) -> Snapshot:
    stored = replace(QUIET, groups=was)
    shifts = {role: (Duty(person),) for role, person in people.items()}
    board = replace(stored, shifts=shifts, unknown=frozenset(unknown))
    return Snapshot(a_context(10, says=GROUPS), {}, board, stored)


ALL = {"eoc": "erin", "imoc": "ian", "cmoc": "cara"}


@pytest.mark.parametrize(
    ("seen", "now", "to_set"),
    [
        pytest.param(grouped(ALL), {"@boss": ("ian", "cara"), "@sre": ("erin",)},
                     {"@boss", "@sre"}, id="for the first time"),
        pytest.param(grouped(ALL, (), **{"@sre": ("erin",), "@boss": ("ian", "cara")}),
                     {"@boss": ("ian", "cara"), "@sre": ("erin",)}, set(), id="as it is"),
        pytest.param(grouped(ALL | {"eoc": "mia"}, (), **{"@sre": ("erin",)}),
                     {"@boss": ("ian", "cara"), "@sre": ("mia",)}, {"@boss", "@sre"},
                     id="somebody else"),
        pytest.param(grouped(ALL | {"eoc": "mia"}, ("eoc",), **{"@sre": ("erin",)}),
                     {"@boss": ("ian", "cara"), "@sre": ("erin",)}, {"@boss"},
                     id="nobody answered: as it was"),
        pytest.param(grouped({"eoc": "erin", "imoc": "ian"}), {"@sre": ("erin",)}, {"@sre"},
                     id="nobody was ever known for one of its roles"),
        pytest.param(grouped(ALL, (), **{"@old": ("erin",)}),
                     {"@boss": ("ian", "cara"), "@sre": ("erin",)}, {"@boss", "@sre"},
                     id="one that the policy dropped is forgotten"),
    ],
)  # fmt: skip
def test_who_belongs_into_a_group(
    seen: Snapshot, now: dict[str, tuple[str, ...]], to_set: set[str]
) -> None:
    assert chat_groups(seen) == now
    assert set(groups_to_set(seen)) == to_set


def test_the_dashboard_remembers_all_of_it() -> None:
    board = replace(
        BUSY, tell={"c": NOTE}, told={"d": "2026"}, handed="erin", groups={"@sre": ("erin",)}
    )
    texts = encode(board, "page")
    memory = Comment("c1", at(0), "ima", texts.memory)
    page = replace(an_issue(author="ima", body=texts.page), ref="#0", comments=(memory,))
    assert read(page) == replace(board, comment="c1")


def test_the_plan_shows_it_without_a_word_of_the_incidents() -> None:
    secret = an_incident(ref="#1", title="hunter2", confidential=True, facts=(a_note(),))
    made = plan(snapshot(QUIET, secret, says=GROUPS))
    for text in (plan_text(made, TextStyle()), plan_markdown(made)):
        shown = text.replace("\u200b", "")
        assert "@mia would be told of 1 open incident, 1 note." in shown
        assert "The group @sre would be set to @mia." in shown
        assert "hunter2" not in shown
    assert made.as_json()["handover"] == "mia"
    assert made.as_json()["groups"] == {"@sre": ["mia"]}


def test_killed_between_message_and_memory_it_may_come_twice_but_nothing_else() -> None:
    world = stage()
    world.tracker.acting("rita").open(Draft("It breaks", labels=("Incident", "S3")))
    world.run_pass()
    world.roster.change({"eoc": "mia"}, at(5))
    world.run_pass()
    writes = world.meter.writes
    (message,) = world.outbox.entries("message")
    assert message["person"] == "mia"
    for most in range(writes):
        other = stage()
        other.tracker.acting("rita").open(Draft("It breaks", labels=("Incident", "S3")))
        other.run_pass()
        other.roster.change({"eoc": "mia"}, at(5))
        assert other.run_pass(most).killed
        other.run_pass()
        assert [m["person"] for m in other.outbox.entries("message")] == ["mia"]
        other.run_pass()
        assert other.meter.writes == 0


SLACK = "chat: {kind: slack, channel: '#p'}"


@pytest.mark.parametrize(
    ("says", "chat"),
    [
        pytest.param(f"{SLACK}\npeople: {{Mia: {{chat: U0MIA}}}}", True, id="the chat knows them"),
        pytest.param(f"{SLACK}\npeople: {{mia: {{}}}}", False, id="but not by what"),
        pytest.param(SLACK, False, id="nor them at all"),
    ],
)
def test_whom_the_chat_does_not_know_is_told_by_comments(says: str, chat: bool) -> None:
    incident = an_incident(ref="#7")
    made = plan(snapshot(BUSY, incident, says=says))
    turn, _ = handed(made)
    assert turn.chat is chat
    assert [say.ref for say in turn.comments] == ([] if chat else ["#7"])
    told = [finding.text for finding in made.findings if "people.mia.chat" in finding.text]
    assert len(told) == (0 if chat else 1)
