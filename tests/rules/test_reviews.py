"""What follows an incident: what its review is filled with, when things are due, what goes back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from automation.changes.service_calls import Open
from automation.history.command_effects import _title_and_person
from automation.history.command_parsing import commands_in
from automation.history.fold import fold
from automation.history.step_times import (
    in_each_state,
    length_in_words,
    review_conductor,
    step_times,
)
from automation.model.facts import Fact
from automation.model.incident import Choice, Form, Incident, Resolution
from automation.model.issue import Comment, Draft
from automation.planning.dashboard_rows import dashboard_now
from automation.planning.incident_view import deadlines
from automation.planning.plan import Snapshot
from automation.planning.planner import settle
from automation.planning.sweep_state import Cache, KnownIssue, Sweep
from automation.policy.due_dates import action_due, due_day_in, overdue_at, parse_day, review_due
from automation.reconcile.issue_reading import _has_unanswered_action
from automation.reconcile.sweep import next_cache
from automation.rules import rules_of
from automation.rules.gate import GateRule
from automation.rules.when import When
from automation.stored_state.card import CardText, comment_mark, encode
from automation.stored_state.dashboard import Dashboard
from automation.writing import new_issues
from automation.writing.templates import Templates
from automation.writing.timeline import timeline
from tests.build import (
    ME,
    a_context,
    a_fact,
    an_incident,
    an_issue,
    at,
    closed,
    labelled,
    policy,
    says,
)
from tests.worlds import shipped, stage

MONITORED = Choice(
    "Monitoring", at(40), "ian", before=Choice("Identified", at(10), "ian", note="roll back",
                                               before=Choice("Investigating", at(0))),
)  # fmt: skip
OVER = replace(
    an_incident(severity="S1", engaged={"eoc": "erin", "imoc": "ian"}),
    state=MONITORED,
    resolution=Resolution(at(75), "ian", "fixed"),
    facts=(
        a_fact("called", 0, role="eoc", who="erin", by="eoc-owns"),
        a_fact("paged", 1, role="eoc", who="erin", what="p#1:eoc:1"),
        a_fact("acknowledged", 4, role="eoc", who="erin"),
        a_fact("engaged", 4, role="eoc", who="erin", what="acknowledged"),
        a_fact("called", 5, role="imoc", who="ian", by="erin"),
        a_fact("paged", 6, role="imoc", who="ian", what="p#1:imoc:1", done=False),
        a_fact("engaged", 8, role="imoc", who="ian", by="ian", what="act"),
        a_fact("published", 12, what="1/Identified/Service Disruption/web", text="Sorry", by="ian"),
        a_fact("needed", 15, who="mia", by="ian", text="the database"),
        a_fact("waived", 20, what="cmoc-when-it-lasts", text="ian speaks", by="ian"),
        a_fact("late", 25, what="cmoc-when-it-lasts", text="660"),
        a_fact("withheld", 30, text="nobody noticed", by="ian"),
        a_fact("resolved", 75, by="ian", what="fixed"),
    ),
)


def test_the_timeline_tells_of_pages_for_a_role_that_is_none_any_more() -> None:
    page = a_fact("paged", 1, role="deputy", who="erin", what="p#1:deputy:1")
    ctx = a_context(says=WITH_ONE_POLICY)
    assert "erin paged" in str(timeline(replace(OVER, facts=(page,)), ctx))


ON_A_FORGE = "tracker: {kind: github, project: acme/production}"
WITH_ONE_POLICY = """
    tracker: {kind: gitlab, project: acme/production, issue_type: incident}
    pager: {kind: gitlab}
    roles: {eoc: {escalation: Page, on_call: erin}, imoc: {on_call: ian}, cmoc: {on_call: cara},
            security: {on_call: sam}}
"""


@pytest.mark.parametrize(
    ("says", "text", "told"),
    [
        pytest.param(ON_A_FORGE, "", [", by a comment only"] * 2, id="no pager"),
        pytest.param(WITH_ONE_POLICY, "", ["", ""], id="a policy of GitLab's"),
        pytest.param(WITH_ONE_POLICY, "comment", [", by a comment only"] * 2, id="but not for it"),
    ],
)
def test_the_timeline_says_who_was_called_by_a_comment_only(
    says: str, text: str, told: list[str]
) -> None:
    page = a_fact("paged", 1, role="eoc", who="erin", what="p#1:eoc:1", text=text)
    again = replace(page, kind="repeated", at=at(6), what="p#1:eoc:1:r")
    off = a_fact("called off", 8, what="p#1:eoc:1:r")
    rows = timeline(replace(OVER, facts=(page, again, off)), a_context(75, says=says))
    said = [row["what"] for row in rows if "paged" in row["what"] or "called off" in row["what"]]
    paged = [f"erin paged as EOC{told[0]}", f"erin paged once more as EOC{told[1]}"]
    assert said == paged + ["the pages were called off"] * (not told[0])


def test_the_timeline_tells_what_happened() -> None:
    rows = [(row["at"][11:16], row["what"]) for row in timeline(OVER, a_context(75))]
    assert rows == [
        ("12:00", "opened by rita"),
        ("12:00", "severity S1 by rita"),
        ("12:00", "erin called as EOC (eoc-owns)"),
        ("12:01", "erin paged as EOC"),
        ("12:04", "erin acknowledged the page as EOC"),
        ("12:05", "ian called as IMOC (erin)"),
        ("12:08", "ian is here as IMOC"),
        ("12:10", "state Identified by ian: roll back"),
        ("12:12", "published by ian (Identified, Service Disruption): Sorry"),
        ("12:15", "ian needed mia: the database"),
        ("12:20", "ian waived cmoc-when-it-lasts: ian speaks"),
        ("12:25", "cmoc-when-it-lasts came 11 min late"),
        ("12:30", "ian withheld it from the status page: nobody noticed"),
        ("12:40", "state Monitoring by ian"),
        ("13:15", "resolved by ian: fixed"),
    ]


def test_the_times_that_are_compared() -> None:
    assert step_times(OVER, a_context(75)) == [
        {"what": "to acknowledge", "for": "3 min"},
        {"what": "to engage", "for": "8 min"},
        {"what": "to mitigate", "for": "40 min"},
        {"what": "to resolve", "for": "1 h 15 min"},
    ]
    assert step_times(an_incident(), a_context(9)) == []


def test_how_long_it_was_in_each_state() -> None:
    assert in_each_state(OVER, a_context(600)) == [
        {"state": "Investigating", "for": "10 min"},
        {"state": "Identified", "for": "30 min"},
        {"state": "Monitoring", "for": "35 min"},
    ]


def test_a_reopened_incident_counts_both_times() -> None:
    issue = an_issue(
        says(10, "erin", "/ima state monitoring"),
        closed(20, "erin"),
        says(60, "erin", "/ima reopen it is back"),
        says(90, "erin", "/ima resolve"),
        labels=("Incident", "S3"),
        assignees=("erin",),
    )
    incident = fold(issue, a_context(90))
    assert incident.resolution is not None
    assert in_each_state(incident, a_context(90)) == [
        {"state": "Investigating", "for": "10 min"},
        {"state": "Monitoring", "for": "40 min"},
    ]
    assert [what for row in timeline(incident, a_context(90)) if "state" in (what := row["what"])]
    assert incident.state is not None
    assert incident.state.since(("Monitoring",)) == at(60)  # its clock began anew


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59, "59 s"), (60, "1 min"), (3600, "1 h"), (3660, "1 h 1 min"),
     (86400, "1 d"), (97200, "1 d 3 h"), (-5, "0 s")],
)  # fmt: skip
def test_lengths_for_people(seconds: int, text: str) -> None:
    assert length_in_words(timedelta(seconds=seconds)) == text


@pytest.mark.parametrize(
    ("incident", "person"),
    [
        pytest.param(an_incident(engaged={"eoc": "erin", "imoc": "mia"}), "mia", id="engaged"),
        pytest.param(an_incident(engaged={"eoc": "erin"}), "erin", id="the owner, as none was"),
        pytest.param(
            an_incident(facts=(a_fact("called", 1, role="imoc", who="mia"),)), "mia",
            id="called, and never here",
        ),
        pytest.param(
            an_incident(facts=(
                a_fact("engaged", 1, role="imoc", who="mia"),
                a_fact("called", 2, role="imoc", who="ian"),
            )), "mia",
            id="who was here, not who was called after",
        ),
        pytest.param(
            an_incident(facts=(a_fact("engaged", 1, role="imoc", who="mia"),)), "mia",
            id="stood down since",
        ),
    ],
)  # fmt: skip
def test_who_conducts_the_review(incident: Incident, person: str) -> None:
    assert review_conductor(incident, a_context(9)) == person


def noon(month: int, day_: int, hour: int = 12) -> datetime:
    return datetime(2026, month, day_, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    ("severity", "end", "due"),
    [
        ("S1", noon(3, 2), date(2026, 3, 5)),
        ("S1", noon(3, 2, 23), date(2026, 3, 6)),  # past midnight in Berlin
        ("S2", noon(3, 2), date(2026, 3, 9)),
        ("S2", noon(3, 7), date(2026, 3, 16)),  # from Monday morning
        ("S3", noon(3, 2), None),
        ("", noon(3, 2), None),
    ],
)
def test_when_a_review_is_due(severity: str, end: datetime, due: date | None) -> None:
    assert review_due(policy(), severity, end) == due


@pytest.mark.parametrize(
    ("severity", "due"),
    [("S1", date(2026, 3, 9)), ("S4", date(2026, 5, 31)), ("", date(2026, 5, 31))],
)
def test_when_an_action_is_due(severity: str, due: date) -> None:
    assert action_due(policy(), severity, noon(3, 2)) == due


ZONE = "people: {mia: {zone: America/New_York}}\n"


@pytest.mark.parametrize(
    ("due", "people", "end"),
    [
        (date(2026, 3, 5), ("erin",), noon(3, 5, 23)),
        (date(2026, 3, 5), (), noon(3, 5, 23)),
        (date(2026, 3, 5), ("mia", "erin"), noon(3, 6, 5)),
        (date(2026, 3, 28), ("erin",), noon(3, 28, 23)),
        (date(2026, 3, 29), ("erin",), noon(3, 29, 22)),  # summer has begun
        (date.max, (), None),
        (None, (), None),
    ],
)
def test_when_a_day_is_over(
    due: date | None, people: tuple[str, ...], end: datetime | None
) -> None:
    assert overdue_at(policy(ZONE), due, people) == end


@pytest.mark.parametrize("text", ["", None, 7, "soon", "2026-02-30", "2026-03-09T12:00:00"])
def test_what_is_no_day(text: object) -> None:
    assert parse_day(text) is None


@pytest.mark.parametrize(
    ("text", "title", "who"),
    [
        ("Test it @mia", "Test it", "mia"),
        ("Test it  @mia.", "Test it", "mia"),
        ('"Test it" @mia', "Test it", "mia"),
        ("Don't page @mia twice", "Don't page @mia twice", ""),
        ("@mia", "", "mia"),
        ("", "", ""),
        ("\u202etest\x00 it", "test it", ""),
        ("a\n/close", "a /close", ""),
        ("@all <!-- x -->", "@all <!-- x -->", ""),
        ("x" * 300, "x" * 250, ""),
        ("…!?", "", ""),
    ],
)
def test_the_title_and_the_person(text: str, title: str, who: str) -> None:
    assert _title_and_person(text) == (title, who)


# What a review's severity does to the incident.

ASSESSED = a_fact("assessed", 100, by="ian", of="#2@x", what="S1")


def judged(*acts: object, fact: Fact | None = ASSESSED, on_card: bool = False) -> Incident:
    facts = (Fact("engaged", at(0), "eoc", "erin", "eoc-owns", what="rule"),)
    card = CardText(facts=(*facts, *([fact] if fact and on_card else [])))
    comment = Comment("c0", at(0), ME, encode(card, "a table"))
    issue = an_issue(comment, *acts, labels=("Incident", "S3"))  # type: ignore[arg-type]
    ctx = a_context(200)
    told = {"#1": fact} if fact and not on_card else {}
    return fold(issue, replace(ctx, assessed=told))


@pytest.mark.parametrize("on_card", [False, True])
@pytest.mark.parametrize(
    ("acts", "severity"),
    [
        pytest.param([closed(50, "erin")], "S1", id="after the end"),
        pytest.param([closed(150, "erin")], "S1", id="before the end: it counts from there"),
        pytest.param([], "S3", id="while it lasts it waits"),
        pytest.param([closed(50, "erin"), labelled(150, "mia", "S4")], "S4", id="a later choice"),
        pytest.param([labelled(120, "mia", "S4"), closed(150, "erin")], "S4", id="later, waiting"),
        pytest.param([closed(50, "erin"), labelled(60, "mia", "S2")], "S1", id="an earlier one"),
    ],
)
def test_the_severity_of_the_review(acts: list[object], severity: str, on_card: bool) -> None:
    incident = judged(*acts, on_card=on_card)
    assert incident.severity is not None
    assert incident.severity.value == severity
    assert [f.what for f in incident.facts if f.kind == "assessed"] == ["S1"]
    _, changes = settle(incident, rules_of(policy()), a_context(200))
    by_severity = {"page-by-severity", "imoc-on-user-impact", "cmoc-when-it-lasts"}
    assert by_severity.isdisjoint(change.rule for change in changes)


def test_a_severity_that_stands_is_not_assessed_again() -> None:
    same = replace(ASSESSED, what="S3")
    incident = judged(closed(50, "erin"), fact=same)
    assert [fact for fact in incident.facts if fact.kind == "assessed"] == []


# What is due.

ACTION = an_incident(
    ref="#5", kind="action", assignees=("erin",), due=date(2026, 3, 4), overdue_at=noon(3, 4, 23),
    title="Test it", review_of="#1", labels=frozenset({"corrective action"}), declared_at=None,
)  # fmt: skip


def reminded(now: datetime, action: Incident = ACTION) -> list[str]:
    _, changes = settle(action, rules_of(policy()), replace(a_context(), now=now))
    return [change.subject() for change in changes]


def test_an_action_is_reminded_of_when_its_day_is_over() -> None:
    assert reminded(noon(3, 4, 23)) == [], "its day is over, and it is night in Berlin"
    assert reminded(noon(3, 5, 7)) == []
    assert reminded(noon(3, 5, 8)) != []
    assert reminded(noon(3, 6), replace(ACTION, closed=True)) == []
    assert reminded(noon(3, 6), replace(ACTION, due=None, overdue_at=None)) == []
    assert reminded(noon(3, 6), replace(ACTION, assignees=())) == []
    assert reminded(noon(3, 6), replace(ACTION, tracked=False)) == []


def test_the_end_of_its_day_is_a_deadline() -> None:
    due = deadlines(ACTION, a_context())
    assert [(one.at, one.rule.name) for one in due] == [(noon(3, 5, 8), "remind-action")]


def rows(incident: Incident, now: datetime, before: Dashboard | None = None) -> Dashboard:
    world = {incident.ref: incident}
    board = before or Dashboard()
    ctx = replace(a_context(), now=now)
    return dashboard_now(Snapshot(ctx, world, board, board, whole=False), world)


def test_what_is_due_stands_on_the_dashboard() -> None:
    row = {"title": "Test it", "owner": "erin", "for": "#1", "due": "2026-03-04"}
    row |= {"zone": "Europe/Berlin", "labels": "corrective action"}
    assert rows(ACTION, noon(3, 4, 22)).actions == {"#5": row | {"overdue": ""}}
    assert rows(ACTION, noon(3, 4, 23)).actions == {"#5": row | {"overdue": "yes"}}
    assert rows(replace(ACTION, closed=True), noon(3, 5)).actions == {}


def test_of_a_confidential_one_only_the_reference() -> None:
    for kind, rest in (("action", {}), ("review", {"begun": ""})):
        secret = replace(ACTION, kind=kind, confidential=True)  # type: ignore[arg-type]
        board = rows(secret, noon(3, 5))
        hidden = {"title": "(confidential)", "owner": "", "for": "", "due": "", "overdue": ""}
        assert {**board.actions, **board.reviews}["#5"].items() >= (hidden | rest).items()


def test_a_row_that_nobody_looked_at_becomes_overdue() -> None:
    old = {"#7": {"title": "Old", "owner": "mia", "for": "#3", "begun": "no"}}
    known = {"#8": {"title": "Known", "owner": "", "for": "#3", "due": "2026-03-04"}}
    before = Dashboard("#0", reviews=old, actions=known)
    board = rows(ACTION, noon(3, 5), before)
    assert (board.reviews["#7"]["due"], board.reviews["#7"]["overdue"]) == ("", "")
    assert board.actions["#8"]["overdue"] == "yes"


# What the shipped templates ask for is what the shipped gates want.


def a_draft(kind: str, severity: str = "S1") -> str:
    near = replace(OVER, near_miss=True)
    incident, ctx = (OVER, a_context(75)) if kind == "incident" else (near, a_context(75))
    _, changes = settle(incident, rules_of(policy()), ctx)
    what = {"incident": "review", "near miss": "near miss"}[kind]
    (change,) = [c for c in changes if isinstance(c, Open) and c.what == what]
    return new_issues.opened_body(incident, change, ctx, Templates(shipped().templates))


def test_the_review_names_its_conductor_and_its_day() -> None:
    body = a_draft("incident")
    assert "Conducted by ian · Due **2026-03-05** (Europe/Berlin)" in body
    assert "| Time to resolve | 1 h 15 min |" in body
    assert "ian waived `cmoc-when-it-lasts`: ian speaks" in body
    assert "Not posted on the status page, by ian: nobody noticed" in body


@pytest.mark.parametrize("kind", ["incident", "near miss"])
def test_a_fresh_review_misses_all_that_its_gate_wants(kind: str) -> None:
    labels = ("Incident Review", *(["Near Miss"] if kind == "near miss" else []))
    issue = an_issue(closed(9, "mia"), labels=labels, author=ME, body=a_draft(kind))
    review = fold(issue, a_context(10))
    gates = [rule for rule in rules_of(policy()) if isinstance(rule, GateRule)]
    (gate,) = [gate for gate in gates if gate.mismatch(review, a_context(10)) is None]
    assert len(gate.missing(review)) == 1 + len(gate.sections)
    body = issue.body.replace("- [ ]", "- [x]").replace("*Missing:", "It was")
    assert gate.missing(fold(replace(issue, body=body), a_context(10))) == []


def test_an_incident_that_could_not_be_written_is_read_again_with_its_review() -> None:
    known = {ref: KnownIssue(at(0)) for ref in ("#1", "#2", "#3")}
    ctx = replace(a_context(5, reviews={"#1": {"review": "#2", "near miss": "#3"}}))
    cache = next_cache(Sweep(Cache(issues=known), (), False, None), {}, ctx, ["#1"])
    assert {ref: one.due for ref, one in cache.issues.items()} == {
        "#1": at(5), "#2": at(5), "#3": None,
    }  # fmt: skip


REVIEW = an_incident(kind="review", severity="S2", form=Form(), review_of="#1")
COMPLETE = Form(
    confirmed=True,
    filled=frozenset({"what happened", "impact", "why it happened", "what we change"}),
    closing="e1",
    closed_at=at(0),
)
DONE = replace(REVIEW, closed=True, form=COMPLETE)


@pytest.mark.parametrize(
    ("when", "incident", "reason"),
    [
        ({"kind": "review"}, REVIEW, None),
        ({"kind": "review"}, DONE, "the review is closed"),
        ({"kind": "review"}, ACTION, "it is no review"),
        ({"kind": "action"}, REVIEW, "it is no action"),
        ({"kind": "action"}, replace(ACTION, closed=True), "the action is closed"),
        (
            {"kind": "review"},
            replace(REVIEW, tracked=False),
            "IMA leaves it alone: older than `since`, or moved",
        ),
        ({"kind": "review", "of": "incident"}, REVIEW, None),
        ({"kind": "review", "of": "near miss"}, REVIEW, "it reviews an incident"),
        (
            {"kind": "review", "of": "incident"},
            replace(REVIEW, form=Form(near_miss=True)),
            "it reviews a near miss",
        ),
        ({"kind": "review", "closed": True}, REVIEW, "nobody has closed it"),
        ({"kind": "review", "closed": True}, DONE, None),
        (
            {"kind": "review", "closed": True},
            replace(DONE, form=replace(COMPLETE, confirmed=False)),
            None,
        ),
        (
            {"kind": "review", "closed": True},
            replace(DONE, form=replace(COMPLETE, closed_at=at(-1441))),
            "it was closed more than a day ago",
        ),
        ({"kind": "review", "actions": False}, REVIEW, None),
        ({"kind": "review", "actions": True}, REVIEW, "it has no corrective action"),
        (
            {"kind": "review", "actions": False},
            replace(REVIEW, reviews={"action:c1/x": "#5"}),
            "it has a corrective action",
        ),
        (
            {"kind": "review", "actions": False},
            replace(REVIEW, form=Form(named=frozenset({"#5"}))),
            "it has a corrective action",
        ),
        (
            {"kind": "review", "actions": False},
            replace(REVIEW, form=Form(named=frozenset({"#1"}))),
            None,
        ),
        ({"kind": "action", "overdue": True}, ACTION, "not before 2026-03-04 23:00 UTC"),
        ({"kind": "action", "overdue": False}, ACTION, None),
        (
            {"kind": "action", "overdue": False},
            replace(ACTION, overdue_at=at(-1)),
            "it was due on 2026-03-04",
        ),
        ({"kind": "action", "overdue": True}, replace(ACTION, overdue_at=at(0)), None),
        (
            {"kind": "review", "overdue": True},
            REVIEW,
            "it is due on no known day",
        ),
    ],
)
def test_conditions_on_what_follows(
    when: dict[str, Any], incident: Incident, reason: str | None
) -> None:
    assert When(**when).mismatch(incident, a_context()) == reason


def test_an_action_of_its_incident_is_one_of_the_review() -> None:
    ctx = a_context(reviews={"#1": {"action:c1/x": "#5"}})
    assert When(kind="review", actions=True).mismatch(REVIEW, ctx) is None


@pytest.mark.parametrize(
    ("key", "waits"),
    [
        pytest.param("", True, id="nobody answered"),
        pytest.param("opened:action:c1/{}", False, id="it was opened"),
        pytest.param("answer:c1/{}", False, id="it was refused"),
        pytest.param("opened:action:c2/{}", True, id="another was opened"),
    ],
)
def test_an_action_that_a_killed_pass_may_have_opened_is_looked_for(key: str, waits: bool) -> None:
    asked = says(1, "erin", "/ima action Test it", comment="c1")
    (order,) = commands_in(asked, ())
    told = comment_mark([key.format(order.of.partition("/")[2])], [])
    issue = an_issue(asked, says(2, ME, told), labels=("Incident Review",), author=ME)
    assert _has_unanswered_action(issue, ME) is waits


@pytest.mark.parametrize("writes", [1, 2])
def test_an_event_on_its_review_finds_what_a_killed_pass_opened(writes: int) -> None:
    world = stage()
    world.people.add(world.tracker.acting("erin").open(REVIEW_DRAFT))
    world.run_pass()
    world.tracker.acting("erin").comment("#1", "/ima action Test it")
    world.now += timedelta(minutes=1)
    world.run_pass(writes)
    world.now += timedelta(minutes=1)
    world.run.apply(["#1"])
    world.now += timedelta(minutes=1)
    assert world.run.plan().empty
    assert [issue.title for issue in world.issues()] == ["Review: x", "Test it"]


REVIEW_DRAFT = Draft("Review: x", labels=("Incident Review", "S2"), assignees=("erin",))


@pytest.mark.parametrize(
    ("body", "day_"),
    [
        ("Owner: @mia · Due **2026-03-09** · Asked for by @ian", date(2026, 3, 9)),
        ("Due **2026-02-30**", None),
        ("Due 2026-03-09", None),
        ("Undue **2026-03-09**", None),
        ("", None),
    ],
)
def test_the_day_that_people_read_is_the_one_that_counts(body: str, day_: date | None) -> None:
    assert due_day_in(body) == day_
