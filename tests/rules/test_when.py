"""``when``: every key holds or says, as a sentence, why not; and since when, and until when."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from automation.model.incident import Incident, Request, Resolution
from automation.model.issue import MONITORING, STATES
from automation.rules.when import When
from automation.times.durations import Duration
from tests.build import a_context, a_seat, an_incident, at, chosen

OVER = Resolution(at(30), "erin")


def when(**keys: Any) -> When:
    lists = {"state", "status", "severity", "service", "engaged", "vacant", "origin"}
    values: dict[str, Any] = {
        k: (v,) if k in lists and isinstance(v, str) else v for k, v in keys.items()
    }
    if values.pop("for_", None):
        values["lasting"] = Duration.parse(keys["for_"])
    return When(**values)


S2 = an_incident(severity="S2", engaged={"eoc": "erin"})
REVIEW = an_incident(kind="review", declared_at=None, assignees=("erin",), opened_at=at(0))
OUTSIDE = an_incident(severity="S1")
OUTSIDE = replace(OUTSIDE, severity=chosen("S1", by="mallory", confirmed=False))
STEP = replace(S2, state=chosen("Identified", note="Roll back"))

CASES = [
    pytest.param({}, S2, None, id="nothing holds for every open incident"),
    pytest.param({}, an_incident(kind="other"), "it is no incident", id="but for no other issue"),
    pytest.param(
        {},
        an_incident(tracked=False),
        "IMA leaves it alone: older than `since`, moved, or let go",
        id="nor for one that is left alone",
    ),
    pytest.param({}, replace(S2, resolution=OVER), "it is Resolved", id="nor for one that is over"),
    pytest.param({"state": "Investigating"}, S2, None, id="the state is this"),
    pytest.param(
        {"state": ("Identified", "Monitoring")},
        S2,
        "state is Investigating, not Identified or Monitoring",
        id="the state is none of these",
    ),
    pytest.param(
        {"state": "Resolved"}, replace(S2, resolution=OVER), None, id="over, where that is meant"
    ),
    pytest.param({"step": False}, S2, None, id="no step"),
    pytest.param({"step": True}, S2, "no step was agreed on", id="a step is missing"),
    pytest.param({"step": True}, STEP, None, id="a step"),
    pytest.param({"step": False}, STEP, "a step was agreed on", id="a step is there"),
    pytest.param(
        {"state": "Resolved"}, S2, "state is Investigating, not Resolved", id="not over yet"
    ),
    pytest.param(
        {"state": STATES}, replace(S2, resolution=OVER), None, id="all states, the last included"
    ),
    pytest.param({"status": "Operational"}, S2, None, id="the status is this"),
    pytest.param(
        {"status": "Service Disruption"},
        S2,
        "status is Operational, not Service Disruption",
        id="the status is another",
    ),
    pytest.param({"severity": ("S1", "S2")}, S2, None, id="the severity is one of these"),
    pytest.param({"severity": "S1"}, S2, "severity is S2, not S1", id="the severity is another"),
    pytest.param({"severity": "unset"}, S2, "severity is S2, not unset", id="there is a severity"),
    pytest.param({"severity": "unset"}, an_incident(), None, id="there is none, as is meant"),
    pytest.param({"severity": "S1"}, an_incident(), "it has no severity", id="there is none"),
    pytest.param(
        {"severity": "S1"},
        OUTSIDE,
        "S1 was set by mallory, no member; a member has to confirm it",
        id="a severity that no member chose is none to act by",
    ),
    pytest.param({"service": "web"}, replace(S2, services=("api", "web")), None, id="it affects"),
    pytest.param(
        {"service": ("web", "git")}, S2, "it does not affect web or git", id="it does not affect"
    ),
    pytest.param({"engaged": "eoc"}, S2, None, id="the role is filled"),
    pytest.param(
        {"engaged": ("eoc", "imoc")}, S2, "the IMOC is not engaged", id="all roles must be filled"
    ),
    pytest.param({"vacant": "imoc"}, S2, None, id="the role is empty"),
    pytest.param({"vacant": ("imoc", "eoc")}, S2, "erin is the EOC", id="all roles must be empty"),
    pytest.param({"origin": "report"}, replace(S2, origin="report"), None, id="so it was opened"),
    pytest.param(
        {"origin": ("report", "alert")},
        S2,
        "it was opened by label, not by report or alert",
        id="it was opened otherwise",
    ),
    pytest.param({"wants": "announcement"}, S2, None, id="the severity asks for it"),
    pytest.param(
        {"wants": "announcement"},
        an_incident(severity="S3"),
        "nobody asked for an announcement, and S3 asks for none",
        id="neither severity nor person asks for it",
    ),
    pytest.param(
        {"wants": "announcement"},
        replace(S2, wanted={"announcement": False}),
        "whoever declared it wanted no announcement",
        id="the declarer said no",
    ),
    pytest.param(
        {"wants": "document"}, replace(S2, wanted={"document": True}), None, id="the declarer did"
    ),
    pytest.param(
        {"wants": "announcement"},
        OUTSIDE,
        "nobody asked for an announcement, and S4 asks for none",
        id="a severity that no member chose asks for nothing",
    ),
    pytest.param(
        {"wants": "review"},
        replace(S2, requests=(Request("review", "rita", "c1/x"),)),
        None,
        id="a review was asked for by command",
    ),
    pytest.param(
        {"for_": "30m", "state": "Investigating"},
        S2,
        "not before 2026-03-02 12:30 UTC",
        id="it has not lasted long enough",
    ),
    pytest.param({"kind": "review"}, REVIEW, None, id="it is a review"),
    pytest.param({"kind": "review"}, S2, "it is no review", id="an incident is none"),
    pytest.param(
        {"kind": "review"}, replace(REVIEW, closed=True), "the review is closed", id="closed"
    ),
    pytest.param(
        {"kind": "review", "touched": False},
        replace(REVIEW, touched_at=at(1)),
        "its assignee has begun",
        id="it is begun",
    ),
    pytest.param(
        {"kind": "review", "touched": True}, REVIEW, "nobody has begun it", id="it is not begun"
    ),
    pytest.param({"kind": "review", "touched": False}, REVIEW, None, id="not begun, as is meant"),
    pytest.param({"kind": "near miss"}, S2, "it is no near miss", id="an incident is no near miss"),
    pytest.param({"kind": "near miss"}, replace(S2, near_miss=True), None, id="by its label it is"),
    pytest.param(
        {"kind": "near miss"},
        replace(S2, requests=(Request("near miss", "rita", "c1/x"),)),
        None,
        id="by a command it is",
    ),
]


@pytest.mark.parametrize(("keys", "incident", "reason"), CASES)
def test_it_holds_or_says_why_not(
    keys: dict[str, Any], incident: Incident, reason: str | None
) -> None:
    assert when(**keys).mismatch(incident, a_context(10)) == reason


def test_the_first_reason_is_given_state_before_severity_before_time() -> None:
    rule = when(state="Identified", severity="S1", for_="1w")
    assert rule.mismatch(S2, a_context(1)) == "state is Investigating, not Identified"


@pytest.mark.parametrize(
    ("minute", "reason"),
    [
        pytest.param(29.99, "not before 2026-03-02 12:30 UTC", id="a moment too early"),
        pytest.param(30, None, id="at the very instant it has run out"),
        pytest.param(31, None, id="later"),
    ],
)
def test_a_clock_has_run_out_at_its_instant(minute: float, reason: str | None) -> None:
    rule = when(state="Investigating", engaged="eoc", for_="30m")
    assert rule.mismatch(S2, a_context(minute)) == reason


BACK = replace(S2, state=replace(chosen("Investigating", 9), before=chosen("Monitoring", 3)))
UNBROKEN = replace(S2, severity=replace(chosen("S1", 9), before=chosen("S2", 3)))
UNCONFIRMED = replace(
    S2, severity=replace(chosen("S1", 9), before=chosen("S2", 3, confirmed=False))
)


@pytest.mark.parametrize(
    ("keys", "incident", "minute"),
    [
        pytest.param({}, S2, 0, id="the beginning of the incident"),
        pytest.param({}, replace(S2, began=at(7)), 7, id="its beginning anew"),
        pytest.param({"state": "Investigating"}, BACK, 9, id="the move into the state"),
        pytest.param(
            {"state": ("Investigating", MONITORING)}, BACK, 3, id="into the first of several"
        ),
        pytest.param({"severity": ("S1", "S2")}, UNBROKEN, 3, id="one of these without a break"),
        pytest.param({"severity": "S1"}, UNBROKEN, 9, id="this severity"),
        pytest.param(
            {"severity": ("S1", "S2")}, UNCONFIRMED, 9, id="not what no member had chosen"
        ),
        pytest.param(
            {"severity": "unset"}, an_incident(severity_unset_at=at(4)), 4, id="the label's end"
        ),
        pytest.param(
            {"engaged": "eoc"},
            replace(S2, seats={"eoc": a_seat("eoc", "mia", 2, since=at(8))}),
            2,
            id="the role's engagement, which a handover does not restart",
        ),
        pytest.param({"state": "Resolved"}, replace(S2, resolution=OVER), 30, id="the end"),
        pytest.param({"kind": "review"}, replace(REVIEW, opened_at=at(6)), 6, id="its opening"),
        pytest.param(
            {"state": "Investigating", "severity": "S2", "engaged": "eoc"},
            replace(S2, severity=chosen("S2", 5)),
            5,
            id="all of it together: the latest",
        ),
    ],
)
def test_since(keys: dict[str, Any], incident: Incident, minute: float) -> None:
    assert when(**keys).since(incident) == at(minute)


PEOPLE = """
people:
  erin: {zone: America/New_York}
working_hours: {zone: Europe/Berlin, days: Mon-Fri, hours: 9-17}
"""


@pytest.mark.parametrize(
    ("kind", "assignees", "opened", "due"),
    [
        pytest.param("review", ("mia",), 0, 4 * 60, id="17:00 in the zone of the policy"),
        pytest.param("review", ("erin",), 0, 10 * 60, id="17:00 where the assignee works"),
        pytest.param("review", (), 0, 4 * 60, id="nobody: the zone of the policy"),
        pytest.param("review", ("mia",), 240, 28 * 60, id="from the closing on: the next day"),
        pytest.param("review", ("mia",), 4 * 1440 + 300, 7 * 1440 + 240, id="Friday night: Monday"),
        pytest.param("incident", ("erin",), 0, 4 * 60, id="only a review goes by its assignee"),
    ],
)
def test_due_at_the_end_of_the_day(
    kind: Any, assignees: tuple[str, ...], opened: float, due: float
) -> None:
    values: dict[str, Any] = {"opened_at": at(opened), "began": at(opened), "assignees": assignees}
    incident = an_incident(kind=kind, **values)
    rule = when(kind=kind, for_="eod")
    assert rule.due(incident, a_context(says=PEOPLE)) == at(due)


def test_without_for_it_is_due_at_once() -> None:
    assert when(severity="S2").due(S2, a_context()) == at(0)
