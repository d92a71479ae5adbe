"""Each kind of rule: one table of incidents, and what the rule changes on them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from automation.changes.comments import Say
from automation.changes.issue_changes import Change
from automation.model.incident import Fact, Incident, Request, Resolution, StoodDown
from automation.planning.planner import settle
from automation.policy.slo import Figure, Verdict, Word
from automation.rules import KINDS
from automation.rules.rule import Rule
from automation.rules.when import When
from automation.times.durations import Duration
from tests.build import a_context, a_fact, a_seat, an_incident, at, chosen


def a_rule(kind: str, when: dict[str, Any] | None = None, **effect: Any) -> Rule:
    return KINDS[kind](name="a-rule", why="Because.", when=When(**(when or {})), **effect)


def changes(rule: Rule, incident: Incident, **context: Any) -> list[Change]:
    """What this one rule changes, without what holds whatever the policy says."""
    _, made = settle(incident, [rule], a_context(**({"now": 10} | context)))
    return [change for change in made if change.rule == rule.name]


def described(rule: Rule, incident: Incident, **context: Any) -> list[str]:
    return [change.describe() for change in changes(rule, incident, **context)]


def a_verdict(service: str, word: Word) -> Verdict:
    return Verdict(service, service, (Figure(measure="errors", word=word, slo=0.001),))


EOC = {"eoc": "erin"}


def called(**people: str) -> dict[str, Any]:
    """Roles that were called, and nobody is here."""
    seats = {role: a_seat(role, who, here_at=None) for role, who in people.items()}
    return {"seats": seats, "owner": next(iter(people.values()))}


OVER = Resolution(at(5), "erin")
STOOD_DOWN = StoodDown(at(5), chosen("S2"), chosen("Investigating"), chosen("Operational"))


@pytest.mark.parametrize(
    ("incident", "context", "done"),
    [
        pytest.param(
            an_incident(severity="S2", engaged=EOC), {}, ["call @ian as IMOC", "page the IMOC"],
            id="user impact brings in the IMOC",
        ),
        pytest.param(an_incident(severity="S3", engaged=EOC), {}, [], id="low severity does not"),
        pytest.param(
            an_incident(severity="S1", engaged=EOC | {"imoc": "mia"}), {}, [],
            id="a filled role stays filled",
        ),
        pytest.param(
            an_incident(severity="S1", engaged=EOC), {"on_call": {"eoc": "erin"}}, [],
            id="nobody on call: nobody is engaged",
        ),
        pytest.param(
            an_incident(severity="S2", engaged=EOC, resolution=OVER), {}, [],
            id="what is over needs nobody",
        ),
        pytest.param(
            an_incident(severity="S2", engaged=EOC, wanted={"page:imoc": False}), {},
            ["call @ian as IMOC"], id="the declarer wanted nobody paged",
        ),
        pytest.param(
            an_incident(severity="S2", engaged=EOC, stood_down={"imoc": STOOD_DOWN}), {}, [],
            id="who was stood down stays down while nothing is new",
        ),
        pytest.param(
            an_incident(
                severity="S2", engaged=EOC,
                stood_down={"imoc": replace(STOOD_DOWN, severity=chosen("S3"))},
            ), {}, ["call @ian as IMOC", "page the IMOC"],
            id="a severity that came later is something new",
        ),
    ],
)  # fmt: skip
def test_engage(incident: Incident, context: dict[str, Any], done: list[str]) -> None:
    rule = a_rule("engage", {"severity": ("S1", "S2")}, role="imoc")
    assert described(rule, incident, **context) == done


def test_engage_without_a_page_wakes_nobody() -> None:
    rule = a_rule("engage", role="eoc", page=False)
    assert described(rule, an_incident()) == ["call @erin as EOC"]


UNCONFIRMED = replace(an_incident(), severity=chosen("S1", by="mallory", confirmed=False))


@pytest.mark.parametrize(
    ("incident", "done"),
    [
        pytest.param(
            an_incident(severity="S2", **called(eoc="erin", imoc="ian")),
            ["page the EOC", "page the IMOC"],
            id="those whom the severity names",
        ),
        pytest.param(
            an_incident(severity="S2", **called(eoc="erin")),
            ["page the EOC", "call @ian as IMOC", "page the IMOC"],
            id="an empty role is filled first",
        ),
        pytest.param(an_incident(severity="S3", engaged=EOC), [], id="S3 names nobody"),
        pytest.param(an_incident(engaged=EOC), [], id="no severity names nobody"),
        pytest.param(
            replace(UNCONFIRMED, **called(eoc="erin")),
            ["page the EOC"],
            id="an outsider's severity wakes the first role only",
        ),
        pytest.param(
            replace(
                an_incident(severity="S2"),
                seats={
                    "eoc": a_seat("eoc", "erin", how="assigned"),
                    "imoc": a_seat("imoc", "ian", how="assigned"),
                },
                owner="ian",
            ),
            [],
            id="who was assigned by hand is here already",
        ),
        pytest.param(
            an_incident(severity="S2", engaged=EOC, wanted={"page:eoc": False, "page:imoc": False}),
            ["call @ian as IMOC"],
            id="the declarer wanted nobody paged",
        ),
    ],
)
def test_page(incident: Incident, done: list[str]) -> None:
    assert described(a_rule("page", roles=("by_severity",)), incident) == done


REPORTED = an_incident(origin="report", engaged=EOC)
CALLED = an_incident(
    origin="report",
    owner="erin",
    seats={"eoc": a_seat("eoc", "erin", here_at=None), "imoc": a_seat("imoc", "rita")},
)


@pytest.mark.parametrize(
    ("incident", "whom", "told"),
    [
        pytest.param(REPORTED, "author", ["rita"], id="who reported it"),
        pytest.param(REPORTED, "owner", [], id="nobody is told that they themselves have come"),
        pytest.param(replace(REPORTED, owner="ian"), "owner", ["ian"], id="who owns it"),
        pytest.param(replace(REPORTED, assignees=("mia", "zoe")), "assignee", ["mia"],
                     id="the first assignee"),
        pytest.param(replace(REPORTED, seats={**REPORTED.seats, "imoc": a_seat("imoc", "ian")}),
                     "imoc", ["ian"], id="who holds a role"),
        pytest.param(REPORTED, "imoc", [], id="nobody holds it: nobody is told"),
        pytest.param(replace(REPORTED, said=frozenset({"told:here"})), "author", [], id="once"),
        pytest.param(CALLED, "author", [], id="not before the engineer is here"),
        pytest.param(replace(REPORTED, origin="declare"), "author", [], id="of no other origin"),
    ],
)  # fmt: skip
def test_tell(incident: Incident, whom: str, told: list[str]) -> None:
    rule = a_rule("tell", {"origin": ("report",), "here": ("eoc",)}, about="here", whom=whom)
    _, made = settle(incident, [rule], a_context(10))
    notes = [change.note for change in made if isinstance(change, Say)]
    assert [(dict(note.values)["whom"], note.template) for note in notes] == [
        (person, "tell_here") for person in told
    ]


def test_page_wakes_each_role_once() -> None:
    rule, context = a_rule("page", roles=("eoc",)), a_context(10)
    first, made = settle(an_incident(**called(eoc="erin")), [rule], context)
    assert "page the EOC" in [change.describe() for change in made]
    assert settle(first, [rule], context)[1] == []


PAGED = (
    a_fact("paged", 1, role="eoc", who="erin", what="#1:eoc:1"),
    a_fact("paged", 1, role="imoc", who="ian", what="#1:imoc:1"),
)
BY_ZOE = a_fact("acknowledged", 3, role="eoc", who="zoe")
TELL = "comment: tell @{} that {} does not come".format


@pytest.mark.parametrize(
    ("minute", "incident", "done"),
    [
        pytest.param(5.9, called(eoc="erin"), [], id="five minutes of an S1 are not over"),
        pytest.param(6, called(eoc="erin"), ["page the EOC once more", TELL("ian", "erin")],
                     id="once more, and the next role hears of it"),
        pytest.param(11, called(eoc="erin"), ["page the EOC once more", TELL("ian", "erin"),
                     "call @ian as IMOC", "page the IMOC"], id="then the next role is called"),
        pytest.param(11, called(eoc="erin", imoc="ian"),
                     ["page the EOC once more", TELL("ian", "erin"), "page the IMOC once more",
                      TELL("cara", "ian"), "call @cara as CMOC", "page the CMOC"],
                     id="each of those who do not come"),
        pytest.param(11, called(eoc="erin") | {"facts": (*PAGED[:1], BY_ZOE)},
                     ["comment: ask @zoe whether they have it"],
                     id="who answered in their place is asked"),
        pytest.param(99, {"seats": an_incident(engaged=EOC).seats, "owner": "erin"}, [],
                     id="who is here is left alone"),
    ],
)  # fmt: skip
def test_escalate(minute: float, incident: dict[str, Any], done: list[str]) -> None:
    facts = tuple(fact for fact in PAGED if fact.role in incident["seats"])
    made = an_incident(severity="S1", **({"facts": facts} | incident))
    rule = a_rule("escalate", again=Duration(1, "h"))
    told = [change for change in described(rule, made, now=minute) if "the same" not in change]
    assert [text for text in told if "assign" not in text] == done


@pytest.mark.parametrize(
    ("incident", "whom", "asked"),
    [
        pytest.param(an_incident(engaged=EOC), "owner", ["erin"], id="the owner is asked"),
        pytest.param(replace(an_incident(), tracked=False), "owner", [], id="it is left alone"),
        pytest.param(
            an_incident(engaged=EOC, said=frozenset({"asked:severity"})), "owner", [],
            id="what was asked is not asked again",
        ),
        pytest.param(
            an_incident(engaged=EOC, assignees=("mia", "zoe")), "assignee", ["mia"],
            id="the first assignee is asked",
        ),
        pytest.param(
            an_incident(severity="S1", engaged=EOC), "owner", [], id="the condition must hold"
        ),
    ],
)  # fmt: skip
def test_ask(incident: Incident, whom: str, asked: list[str]) -> None:
    rule = a_rule("ask", {"severity": ("unset",)}, about="severity", whom=whom)
    notes = [change.note for change in changes(rule, incident)]  # type: ignore[attr-defined]
    assert [dict(note.values)["whom"] for note in notes] == asked
    assert {note.template for note in notes} <= {"ask_severity"}


@pytest.mark.parametrize(
    ("incident", "done"),
    [
        pytest.param(an_incident(severity="S1"), ["announce in #ops"], id="S1 is announced"),
        pytest.param(an_incident(severity="S3"), [], id="S3 is not"),
        pytest.param(
            an_incident(severity="S3", wanted={"announcement": True}), ["announce in #ops"],
            id="unless somebody wants it",
        ),
        pytest.param(
            an_incident(severity="S1", wanted={"announcement": False}), [],
            id="nor S1 if somebody does not",
        ),
        pytest.param(an_incident(severity="S1", resolution=OVER), [], id="what is over is not"),
    ],
)  # fmt: skip
def test_announce(incident: Incident, done: list[str]) -> None:
    rule = a_rule("announce", {"wants": "announcement"}, channel="#ops")
    assert described(rule, incident) == done


def test_two_channels_are_two_announcements_and_one_channel_is_one() -> None:
    rules = [replace(a_rule("announce", channel=c), name=c) for c in ("#a", "#b", "#a")]
    _, made = settle(an_incident(engaged=EOC), rules, a_context(10))
    told = [change.describe() for change in made if change.kind == "announce"]
    assert told == ["announce in #a", "announce in #b"]


@pytest.mark.parametrize(
    ("incident", "done"),
    [
        pytest.param(
            an_incident(wanted={"document": True}), ["create the working document"], id="wanted"
        ),
        pytest.param(an_incident(severity="S1"), [], id="the shipped S1 asks for none"),
    ],
)
def test_document(incident: Incident, done: list[str]) -> None:
    assert described(a_rule("document", {"wants": "document"}), incident) == done


RESOLVED = {"state": ("Resolved",)}
ENDED = an_incident(severity="S1", engaged=EOC, resolution=OVER, closed=True)


@pytest.mark.parametrize(
    ("incident", "assignee"),
    [
        pytest.param(ENDED, "erin", id="for the EOC of the incident"),
        pytest.param(replace(ENDED, seats={}, owner=None), "erin", id="else for the one on call"),
        pytest.param(an_incident(severity="S1", engaged=EOC), None, id="not before its end"),
        pytest.param(replace(ENDED, reviews={"review": "#2"}), None, id="there is one already"),
        pytest.param(
            replace(ENDED, resolution=replace(OVER, reason="duplicate")), None,
            id="a duplicate is not reviewed",
        ),
        pytest.param(
            replace(ENDED, resolution=replace(OVER, contested=True)), None,
            id="nor what the owner has not confirmed",
        ),
    ],
)  # fmt: skip
def test_review(incident: Incident, assignee: str | None) -> None:
    rule = a_rule("review", RESOLVED, template="review.md.j2", assign="eoc")
    made = changes(rule, incident)
    assert [change.assignee for change in made] == ([assignee] if assignee else [])  # type: ignore[attr-defined]


def test_a_review_says_why_it_is_not_opened() -> None:
    rule = a_rule("review", RESOLVED, template="review.md.j2", assign="eoc")
    duplicate = replace(ENDED, resolution=replace(OVER, reason="duplicate"))
    assert rule.mismatch(duplicate, a_context(10)) == "its end is no real one (duplicate)"


NEAR = an_incident(kind="other", declared_at=None, labels=frozenset(), near_miss=True)
ASKED = Request("near miss", "mia", "c1/x", person="zoe", severity="S2")


@pytest.mark.parametrize(
    ("incident", "opened"),
    [
        pytest.param(NEAR, ("rita", ""), id="by its label: for the author"),
        pytest.param(replace(NEAR, severity=chosen("S3")), ("rita", "S3"), id="with its severity"),
        pytest.param(
            replace(NEAR, near_miss=False, requests=(ASKED,)), ("zoe", "S2"),
            id="by a command: for whom it names",
        ),
        pytest.param(replace(NEAR, near_miss=False), None, id="none, if it is no near miss"),
        pytest.param(replace(NEAR, reviews={"near miss": "#2"}), None, id="none, if there is one"),
    ],
)  # fmt: skip
def test_near_miss(incident: Incident, opened: tuple[str, str] | None) -> None:
    rule = a_rule("review", {"kind": "near miss"}, template="near_miss.md.j2", assign="author")
    made = [(c.assignee, c.severity) for c in changes(rule, incident)]  # type: ignore[attr-defined]
    assert made == ([opened] if opened else [])


@pytest.mark.parametrize(
    ("incident", "done"),
    [
        pytest.param(an_incident(), ["set severity to S3"], id="where nobody chose"),
        pytest.param(an_incident(severity="S1"), [], id="a person's choice is never overwritten"),
        pytest.param(
            replace(an_incident(), severity=chosen("S3", by=None)), [], id="what is so is so"
        ),
        pytest.param(
            replace(an_incident(), severity=chosen("S4", by=None)), ["set severity to S3"],
            id="what a rule chose, another may change",
        ),
    ],
)  # fmt: skip
def test_set(incident: Incident, done: list[str]) -> None:
    assert described(a_rule("set", severity="S3"), incident) == done


FIRST = "1/Investigating/Operational/"
PUBLISHED = Fact("published", at(0), by="erin", text="We look.", what=FIRST)


def shown(**rest: Any) -> Incident:
    """One of which the public knows."""
    return an_incident(engaged=EOC, facts=(PUBLISHED,), **rest)


@pytest.mark.parametrize(
    ("incident", "done"),
    [
        pytest.param(shown(), [], id="nothing has moved"),
        pytest.param(
            shown(state="Identified"),
            ["publish Identified, Operational: We believe that we know the cause and are working"
             " on it."],
            id="the state moved",
        ),
        pytest.param(
            shown(status="Service Disruption"),
            ["publish Investigating, Service Disruption: We are aware of a problem and are looking"
             " into it."],
            id="the status moved",
        ),
        pytest.param(
            shown(resolution=OVER, closed=True),
            ["publish Resolved, Operational: The problem is solved."],
            id="the end",
        ),
        pytest.param(an_incident(engaged=EOC, state="Identified"), [], id="never published"),
        pytest.param(
            shown(state="Identified", security_at=at(1)), [], id="now security's"
        ),
    ],
)  # fmt: skip
def test_publish(incident: Incident, done: list[str]) -> None:
    states = ("Investigating", "Identified", "Resolved")
    rule = a_rule("publish", {"public": ("yes",), "state": states})
    assert described(rule, incident) == done


NEED = Fact("needed", at(0), who="noah", by="erin", of="c1/0", text="logs")


def needing(severity: str, engaged: dict[str, str] = EOC, **rest: Any) -> Incident:
    """One that waits for noah."""
    return an_incident(severity=severity, engaged=engaged, waiting=(NEED,), **rest)


@pytest.mark.parametrize(
    ("now", "incident", "asked"),
    [
        pytest.param(9.9, needing("S2"), [], id="before"),
        pytest.param(10, needing("S2"), ["erin"], id="at"),
        pytest.param(10, needing("S3"), [], id="an hour"),
        pytest.param(10, an_incident(severity="S2", engaged=EOC), [], id="nobody is needed"),
        pytest.param(
            30, needing("S2", EOC | {"imoc": "ian"}), ["ian"],
            id="the incident manager hears",
        ),
        pytest.param(
            30, needing("S2", said=frozenset({"chased:c1/0"})), [],
            id="once",
        ),
    ],
)  # fmt: skip
def test_chase(now: float, incident: Incident, asked: list[str]) -> None:
    rule = a_rule("chase", tell=("imoc", "owner"))
    _, made = settle(incident, [rule], a_context(now))
    told = [dict(change.note.values) for change in made if isinstance(change, Say)]
    assert [values["whom"] for values in told] == asked


@pytest.mark.parametrize(
    ("minutes", "number"),
    [(29, 0), (30, 1), (89, 1), (90, 2), (150, 3), (1000, 3)],
)
def test_a_reminder_comes_once_a_period_and_so_often(minutes: float, number: int) -> None:
    rule = a_rule(
        "ask", {"lasting": Duration(30, "m")}, about="update", every=Duration(1, "h"), most=3
    )
    _, made = settle(an_incident(engaged=EOC), [rule], a_context(minutes))
    keys = [change.note.key for change in made if isinstance(change, Say)]
    assert keys == ([f"asked:update:{at(30).isoformat()}:{number}"] if number else [])


@pytest.mark.parametrize(
    ("minutes", "due"),
    [(0, 30), (29, 30), (30, 90), (100, 150), (150, 150), (1000, 150)],
)
def test_a_reminder_falls_due_again_until_it_came_often_enough(minutes: float, due: float) -> None:
    rule = a_rule(
        "ask", {"lasting": Duration(30, "m")}, about="update", every=Duration(1, "h"), most=3
    )
    assert rule.due(an_incident(engaged=EOC), a_context(minutes)) == at(due)


def test_a_reminder_in_working_hours_waits_for_the_morning() -> None:
    night = 6 * 60  # 18:00 UTC, 19:00 in Berlin
    rule = a_rule("ask", {"lasting": Duration(night, "m")}, about="action", hours="working")
    morning = at(20 * 60)  # 8:00 UTC, 9:00 in Berlin
    incident = an_incident(engaged=EOC)
    assert rule.due(incident, a_context(night + 1)) == morning
    assert rule.mismatch(incident, a_context(20 * 60 - 1)) == "not before 2026-03-03 08:00 UTC"
    assert rule.mismatch(incident, a_context(20 * 60)) is None


def test_every_kind_of_rule_is_tested_here() -> None:
    elsewhere = {"gate"}  # tests/test_gate.py
    assert {kind for kind in KINDS if f"test_{kind}" not in globals()} == elsewhere


WEB_IS_OUT = {"web": a_verdict("web", "outage"), "api": a_verdict("api", "operational")}
ALL_ARE_OUT = {"web": a_verdict("web", "outage")}
ON_WEB: dict[str, Any] = {"services": ("web",)}


@pytest.mark.parametrize(
    ("incident", "verdicts", "done"),
    [
        pytest.param(
            an_incident(**ON_WEB), WEB_IS_OUT,
            ["comment: propose severity S2", "comment: propose status Partial Service Disruption"],
            id="what is worse than it says",
        ),
        pytest.param(
            an_incident(**ON_WEB), ALL_ARE_OUT,
            ["comment: propose severity S1", "comment: propose status Service Disruption"],
            id="all are out",
        ),
        pytest.param(
            an_incident(**ON_WEB), {"web": a_verdict("web", "degraded")},
            ["comment: propose severity S3", "comment: propose status Degraded Performance"],
            id="degraded",
        ),
        pytest.param(
            an_incident(**ON_WEB), {"web": a_verdict("web", "unknown")}, [], id="nobody knows"
        ),
        pytest.param(an_incident(services=("api",)), WEB_IS_OUT, [], id="about another service"),
        pytest.param(an_incident(), WEB_IS_OUT, [], id="about no service"),
        pytest.param(
            an_incident(severity="S2", status="Service Disruption", **ON_WEB), WEB_IS_OUT, [],
            id="it says so already, or worse",
        ),
        pytest.param(
            an_incident(severity="S1", status="Security Issue", **ON_WEB), ALL_ARE_OUT, [],
            id="nothing is graver than a security issue",
        ),
        pytest.param(
            replace(an_incident(**ON_WEB), severity=chosen("S1", confirmed=False)), ALL_ARE_OUT,
            ["comment: propose severity S1", "comment: propose status Service Disruption"],
            id="an outsider's severity is none",
        ),
        pytest.param(
            an_incident(
                said=frozenset({"proposed:severity:S2", "proposed:status:Degraded Performance"}),
                **ON_WEB,
            ),
            WEB_IS_OUT, ["comment: propose status Partial Service Disruption"], id="said once each",
        ),
        pytest.param(an_incident(resolution=OVER, **ON_WEB), WEB_IS_OUT, [], id="it is over"),
    ],
)  # fmt: skip
def test_propose(incident: Incident, verdicts: dict[str, Verdict], done: list[str]) -> None:
    rules = [a_rule("propose", family=family) for family in ("severity", "status")]
    context = replace(a_context(10), verdicts=verdicts)
    settled, made = settle(incident, rules, context)
    assert [change.describe() for change in made if change.rule == "a-rule"] == done
    assert (settled.severity, settled.status) == (incident.severity, incident.status)


def test_propose_says_why_not() -> None:
    rule = a_rule("propose", family="status")
    context = replace(a_context(10), verdicts=WEB_IS_OUT)
    reasons = [
        rule.mismatch(an_incident(services=services), context) for services in ((), ("api",))
    ]
    assert reasons == [
        "it affects no service whose figures are known",
        "the figures ask for no graver status",
    ]


def test_every_change_names_its_rule_and_its_reason() -> None:
    (first, *_) = changes(a_rule("engage", role="eoc"), an_incident())
    assert (first.rule, first.why, first.ref) == ("a-rule", "Because.", "#1")
