"""Judging: what somebody did at 12:03 is judged by the facts of 12:03.

Histories begin with erin, ian and cara on call. `CALLED` is what the first pass leaves: erin
is called as the EOC, and owns the incident while nobody is here.
"""

from __future__ import annotations

import time
from typing import Any

import pytest

from automation.history.fold import fold
from automation.model.incident import Fact, Incident, Request
from automation.model.issue import Ack, Comment, Duty
from automation.policy.planning_input import Context
from automation.stored_state.card import CardText, comment_mark, encode
from tests.build import (
    ME,
    Act,
    a_context,
    a_fact,
    an_event,
    an_issue,
    assigned,
    at,
    closed,
    labelled,
    reopened,
    says,
    unassigned,
    unlabelled,
)

CALLED = a_fact("called", 0.5, role="eoc", who="erin", by="eoc-owns", what="rule")
IMOC = a_fact("called", 2, role="imoc", who="ian", by="a-rule", what="rule", page=True)
HANDED = a_fact("called", 4, role="eoc", who="mia", by="erin", what="handover", page=True)
LATE = 60.0


def card(*facts: Fact, minutes: float = 0.5, labels_set: frozenset[str] = frozenset()) -> Comment:
    return says(minutes, ME, encode(CardText(facts, labels_set=labels_set), ""))


def judged(*acts: Act, facts: tuple[Fact, ...] = (CALLED,), **rest: Any) -> Incident:
    """What the history comes to, by a card with ``facts``; ``rest`` for issue and context."""
    context = {key: rest.pop(key) for key in CONTEXT & rest.keys()}
    now = context.pop("now", LATE)
    return fold(an_issue(card(*facts), *acts, **rest), a_context(now, **context))


CONTEXT = {"now", "on_call", "shifts", "outsiders", "one_seat", "acks", "reviews"}


def told(incident: Incident) -> set[str]:
    return {note.template for note in incident.notes}


def undone(number: int, who: str) -> Fact:
    return a_fact("undone", number, who=who, of=f"x{number}", what=f"x{number}")


@pytest.mark.parametrize(
    ("acts", "facts", "ended", "notes"),
    [
        pytest.param((closed(5, "erin"),), (CALLED,), True, set(), id="the owner closes"),
        pytest.param(
            (closed(5, "rita"),), (CALLED,), False, {"undone"}, id="the reporter closes"
        ),
        pytest.param((closed(5, None),), (CALLED,), False, {"undone"}, id="a deleted account"),
        pytest.param(
            (closed(5, ME),), (CALLED,), False, {"undone"}, id="somebody with our account"
        ),
        pytest.param(
            (labelled(5, "erin", "State::Resolved"),), (CALLED,), True, set(),
            id="the owner puts the label on",
        ),
        pytest.param(
            (labelled(5, "mia", "State::Resolved"),), (CALLED,), False, {"undone"},
            id="somebody else puts the label on",
        ),
        pytest.param(
            (says(5, "erin", "/ima resolve"),), (CALLED,), True, set(), id="the owner types it"
        ),
        pytest.param(
            (says(5, "mia", "/ima resolve"),), (CALLED,), False, {"refused"},
            id="somebody else types it",
        ),
        pytest.param(
            (closed(5, "erin"),), (CALLED, IMOC), True, set(),
            id="the one before keeps the right until the one called is here",
        ),
        pytest.param(
            (says(4, "ian", "here"), closed(5, "erin")), (CALLED, IMOC), False, {"undone"},
            id="and loses it once they have commented",
        ),
        pytest.param(
            (closed(5, "erin"), says(6, "ian", "here")), (CALLED, IMOC), True, set(),
            id="but not by what happens later",
        ),
        pytest.param(
            (closed(1, "erin"),), (CALLED, IMOC), True, set(), id="nor by who is engaged later"
        ),
        pytest.param(
            (closed(5, "ian"),), (CALLED, IMOC), True, set(), id="the one called may too"
        ),
        pytest.param(
            (says(4, "erin", "/ima handover @mia"), closed(5, "erin")), (CALLED,), True,
            set(), id="who hands it over may until the other is here",
        ),
        pytest.param(
            (says(5, "mia", "here"), closed(6, "erin")), (CALLED, HANDED), False,
            {"undone"}, id="and may not then",
        ),
        pytest.param(
            (closed(5, "mia"),), (CALLED, HANDED), True, set(), id="who comes by it may",
        ),
        pytest.param(
            (closed(5, "mia"), says(6, "erin", "/ima handover @mia")), (CALLED,), False,
            {"undone"}, id="getting it later mends nothing",
        ),
        pytest.param(
            (closed(5, "mia"), closed(6, "erin")), (CALLED,), True, set(),
            id="the owner confirms before it is undone",
        ),
        pytest.param(
            (closed(5, "mia"), reopened(6, "mia")), (CALLED,), False, set(),
            id="who puts it right themselves hears nothing",
        ),
    ],
)  # fmt: skip
def test_who_may_resolve_and_when(
    acts: tuple[Act, ...], facts: tuple[Fact, ...], ended: bool, notes: set[str]
) -> None:
    incident = judged(*acts, facts=facts)
    assert (incident.resolution is not None) is ended
    assert told(incident) == notes


def test_before_anybody_is_called_only_the_engineer_on_call_may_resolve_it() -> None:
    assert judged(closed(0.1, "mia"), facts=()).resolution is None
    assert judged(closed(0.1, "erin"), facts=()).resolution is not None


@pytest.mark.parametrize(
    ("past", "who", "contested"),
    [
        pytest.param((), "mia", False, id="the first time it is undone"),
        pytest.param(((1, "mia"),), "mia", False, id="the second time too"),
        pytest.param(((1, "mia"), (2, "mia")), "mia", True, id="the third time it is left"),
        pytest.param(((1, "mia"), (2, "mia")), "rita", False, id="it is counted by person"),
        pytest.param(((1, "mia"), (2, "rita")), "mia", False, id="others' acts do not add up"),
        pytest.param(((1, ""), (2, "")), None, True, id="deleted accounts count as one"),
        pytest.param(((1, "mia"), (9, "mia")), "mia", False, id="what was undone later counts not"),
    ],
)
def test_undone_acts_are_counted_by_person(
    past: tuple[tuple[int, str], ...], who: str | None, contested: bool
) -> None:
    facts = (CALLED, *(undone(number, person) for number, person in past))
    incident = judged(closed(5, who), facts=facts)
    assert incident.resolution is None
    assert (incident.left is not None) is contested
    assert ("contested" in told(incident)) is contested


def test_several_acts_undone_by_one_write_are_one() -> None:
    incident = judged(labelled(5, "mia", "State::Resolved"), closed(5, "mia"), facts=(CALLED,))
    acts = {fact.what for fact in incident.facts if fact.kind == "undone"}
    assert len(acts) == 1


def test_a_third_close_is_no_end_until_the_owner_says_so() -> None:
    facts = (CALLED, undone(1, "mia"), undone(2, "mia"))
    left = judged(closed(5, "mia"), facts=facts)
    assert left.active
    assert left.closed
    confirmed = judged(closed(5, "mia"), says(6, "erin", "/ima resolve"), facts=facts)
    assert confirmed.resolution
    assert confirmed.resolution.settled
    assert confirmed.resolution.by == "erin"


@pytest.mark.parametrize(
    ("reason", "settled"),
    [
        pytest.param("", True, id="no reason is a real end"),
        pytest.param("completed", True, id="completed is one"),
        pytest.param("duplicate", False, id="a duplicate is none"),
        pytest.param("not planned", False, id="nor what was not planned"),
    ],
)
def test_the_reason_for_closing(reason: str, settled: bool) -> None:
    incident = judged(closed(5, "erin", reason))
    assert incident.resolution
    assert incident.resolution.settled is settled


def test_a_reason_that_only_begins_like_duplicate_is_a_real_end() -> None:
    incident = judged(says(5, "erin", "/ima resolve duplicated writes are cleaned up"))
    assert incident.resolution
    assert incident.resolution.settled


OVER = (labelled(3, "erin", "State::Monitoring"), closed(5, "erin"))


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(reopened(9, "mallory"), id="an outsider opens it"),
        pytest.param(reopened(9, None), id="nobody knows who opened it"),
        pytest.param(says(9, "mallory", "/ima reopen it is back"), id="an outsider says so"),
    ],
)
def test_whether_it_is_back_a_stranger_only_asks(act: Act) -> None:
    incident = judged(*OVER, act, outsiders=frozenset({"mallory"}))
    assert incident.resolution
    assert [note.template for note in incident.notes] == ["back"]


@pytest.mark.parametrize(
    ("act", "state"),
    [
        pytest.param(reopened(9, "rita"), "Monitoring", id="the issue is opened by a member"),
        pytest.param(
            says(9, "rita", "/ima reopen it is back"), "Monitoring", id="a member says so"
        ),
        pytest.param(labelled(9, "rita", "State::Identified"), "Identified", id="a state label"),
        pytest.param(says(9, "rita", "/ima state identified"), "Identified", id="a state typed"),
    ],
)
def test_reopened_the_last_state_returns_and_clocks_start_anew(act: Act, state: str) -> None:
    incident = judged(*OVER, act, outsiders=frozenset({"mallory"}))
    assert incident.resolution is None
    assert incident.state
    assert (incident.state.value, incident.state.at, incident.began) == (state, at(9), at(9))


def test_after_the_end_the_status_stays_operational_and_its_setter_is_told() -> None:
    incident = judged(*OVER, labelled(9, "rita", "Status::Service Disruption"))
    assert incident.resolution
    assert incident.status_now == "Operational"
    assert told(incident) == {"operational"}


@pytest.mark.parametrize(
    ("acts", "stands", "notes"),
    [
        pytest.param((labelled(3, "mia", "S2"),), "S2", set(), id="one choice stands"),
        pytest.param(
            (labelled(3, "mia", "S1"), labelled(4, "mia", "S3")), "S3", set(),
            id="a later choice replaces an earlier one",
        ),
        pytest.param(
            (labelled(3, "mia", "S3"), labelled(3, "mia", "S1")), "S1", {"together"},
            id="of two at one time the higher impact stands",
        ),
        pytest.param(
            (labelled(3, "mia", "S1"), says(3, "mia", "/ima severity S3")), "S1", {"together"},
            id="also if one is typed",
        ),
        pytest.param(
            (labelled(3, "mia", "S1"), unlabelled(4, "mia", "S1")), None, set(),
            id="taken off there is none",
        ),
        pytest.param(
            (labelled(3, "mia", "S2"), says(4, "mia", "/ima severity s1")), "S1", set(),
            id="typed in any case",
        ),
        pytest.param((says(4, "mia", "/ima severity S9"),), None, {"refused"}, id="no such one"),
    ],
)  # fmt: skip
def test_severity(acts: tuple[Act, ...], stands: str | None, notes: set[str]) -> None:
    incident = judged(*acts)
    assert (incident.severity.value if incident.severity else None) == stands
    assert told(incident) == notes


def test_two_severities_at_opening_are_together() -> None:
    incident = fold(an_issue(labels=("Incident", "S3", "S1")), a_context(1))
    assert incident.severity
    assert incident.severity.value == "S1"
    (note,) = incident.notes
    assert dict(note.values) == {"stands": "S1", "others": "S3"}


def test_an_outsiders_severity_is_not_acted_by_until_a_member_confirms_it() -> None:
    outsiders = frozenset({"mallory"})
    alone = judged(labelled(3, "mallory", "S1"), outsiders=outsiders)
    assert (alone.severity and alone.severity.confirmed, alone.grade) == (False, "S4")
    both = judged(
        labelled(3, "mallory", "S1"), says(4, "mia", "/ima severity S1"), outsiders=outsiders
    )
    assert both.grade == "S1"


def test_spelling_an_outsiders_label_right_does_not_confirm_it() -> None:
    incident = judged(
        labelled(3, "mallory", "s1"),
        unlabelled(4, ME, "s1"),
        labelled(4, ME, "S1"),
        facts=(CALLED,),
        outsiders=frozenset({"mallory"}),
    )
    assert incident.grade == "S4"


@pytest.mark.parametrize(
    ("acts", "state", "minute"),
    [
        pytest.param((), "Investigating", 0, id="new"),
        pytest.param((labelled(3, "mia", "State::Identified"),), "Identified", 3, id="by label"),
        pytest.param((says(3, "mia", "/ima state mon"),), "Monitoring", 3, id="by its beginning"),
        pytest.param(
            (labelled(3, "mia", "State::Identified"), unlabelled(4, "mia", "State::Identified")),
            "Identified", 3, id="a label taken off changes nothing",
        ),
        pytest.param(
            (says(3, "mia", "/ima state mon"), labelled(4, ME, "State::Monitoring")),
            "Monitoring", 3, id="our label for it neither",
        ),
    ],
)  # fmt: skip
def test_state_is_the_last_choice_with_its_time(
    acts: tuple[Act, ...], state: str, minute: float
) -> None:
    incident = judged(*acts)
    assert incident.state
    assert (incident.state.value, incident.state.at) == (state, at(minute))


@pytest.mark.parametrize(
    ("act", "roles", "extras"),
    [
        pytest.param(assigned(3, "rita", "ian"), {}, (), id="on call: asked for"),
        pytest.param(assigned(3, "ian", "ian"), {"imoc": "ian"}, (), id="by themselves: engaged"),
        pytest.param(assigned(3, "rita", "zoe"), {}, ("zoe",), id="not on call: helps"),
        pytest.param(assigned(3, "rita", "erin"), {}, (), id="who has a role has it already"),
        pytest.param(assigned(3, "sam", "sam"), {"security": "sam"}, (), id="beside the chain"),
    ],
)
def test_assigned_by_hand(act: Act, roles: dict[str, str], extras: tuple[str, ...]) -> None:
    incident = judged(act)
    seats = {role: seat.person for role, seat in incident.seats.items()}
    assert seats == {"eoc": "erin"} | roles
    assert incident.extras == extras


def test_who_assigns_themselves_is_here_from_then() -> None:
    seat = judged(assigned(3, "ian", "ian")).seats["imoc"]
    assert (seat.engaged_at, seat.here_at, seat.wants_page) == (at(3), at(3), False)


def test_who_is_assigned_by_somebody_else_is_to_be_called() -> None:
    (asked,) = judged(assigned(3, "rita", "ian")).requests
    assert (asked.role, asked.person, asked.by, asked.how) == ("imoc", "ian", "rita", "assigned")


def test_an_assignment_is_judged_by_the_shift_of_its_time() -> None:
    shifts = {"eoc": (Duty("erin"),), "imoc": (Duty("ian"), Duty("mia", at(10)))}
    seats = [
        judged(assigned(minute, "ian", "ian"), shifts=shifts).seats.get("imoc")
        for minute in (9, 11)
    ]
    assert [seat and seat.person for seat in seats] == ["ian", None]


def test_who_holds_a_role_is_assigned_again_and_whoever_did_it_is_told() -> None:
    assert told(judged(unassigned(3, "rita", "erin"), assignees=("erin",))) == {"kept"}
    assert told(judged(unassigned(3, "rita", "zoe"), assignees=("zoe",))) == set()


@pytest.mark.parametrize(
    ("acts", "owner", "notes"),
    [
        pytest.param((assigned(3, "erin", "mia"),), "erin", set(), id="the owner hands over"),
        pytest.param((assigned(3, "ian", "ian"),), "ian", set(), id="the one on call engages"),
        pytest.param((assigned(3, "rita", "mia"),), "erin", {"seat_undone"}, id="others: undone"),
        pytest.param(
            (assigned(3, "rita", "mia"), assigned(4, "rita", "zoe")), "erin",
            {"seat_undone", "contested"}, id="a second time it is left, and the owner asked",
        ),
        pytest.param(
            (assigned(3, "rita", "mia"), assigned(4, "zoe", "mia")), "erin", {"seat_undone"},
            id="it is counted by person",
        ),
    ],
)  # fmt: skip
def test_one_seat(acts: tuple[Act, ...], owner: str, notes: set[str]) -> None:
    incident = judged(*acts, one_seat=True)
    assert incident.owner == owner
    assert told(incident) == notes


@pytest.mark.parametrize(
    ("text", "by", "roles"),
    [
        pytest.param("/ima stand-down imoc", "ian", {"eoc": "erin"}, id="the holder may"),
        pytest.param("/ima stand-down imoc", "erin", {"eoc": "erin"}, id="the owner may"),
        pytest.param(
            "/ima stand-down imoc", "rita", {"eoc": "erin", "imoc": "ian"}, id="others may not"
        ),
        pytest.param("/ima stand-down eoc", "erin", {"imoc": "ian"}, id="where another is called"),
    ],
)
def test_standing_down(text: str, by: str, roles: dict[str, str]) -> None:
    incident = judged(says(5, by, text), facts=(CALLED, IMOC))
    assert {role: seat.person for role, seat in incident.seats.items()} == roles


@pytest.mark.parametrize(
    ("act", "here"),
    [
        pytest.param(says(5, "ian", "looking"), at(5), id="who comments is here"),
        pytest.param(assigned(5, "rita", "ian"), None, id="who is assigned by another is not"),
        pytest.param(labelled(5, "ian", "S2"), at(5), id="any act"),
        pytest.param(says(5, "ian", "/ima stand-down cmoc"), at(5), id="any command"),
        pytest.param(says(1, "ian", "early"), None, id="not by what came before the call"),
        pytest.param(says(5, "erin", "@ian?"), None, id="nor by being mentioned"),
    ],
)
def test_who_has_shown_up(act: Act, here: object) -> None:
    assert judged(act, facts=(CALLED, IMOC)).seats["imoc"].here_at == here


def test_who_acknowledges_the_page_is_here() -> None:
    paged = a_fact("paged", 2, role="imoc", who="ian", what="key:imoc:1")
    incident = judged(facts=(CALLED, IMOC, paged), acks={"key:imoc:1": Ack("ian", at(4))})
    assert incident.seats["imoc"].here_at == at(4)


DONE = a_fact("resolved", 5, by="mia", of="e2")
GONE = a_fact("handed", 3, role="eoc", who="mia", by="erin", of="c9/1234")


def test_a_fact_stands_in_for_judging_its_cause_again() -> None:
    assert judged(closed(5, "mia"), facts=(CALLED,)).resolution is None
    assert judged(closed(5, "mia"), facts=(CALLED, DONE)).resolution, "judged once: it was right"


@pytest.mark.parametrize("may", ["[owner]", "[imoc]", "[anyone]"])
def test_a_changed_policy_rewrites_nothing(may: str) -> None:
    context = a_context(LATE, says=f"may: {{resolve: {may}}}")
    incident = fold(an_issue(card(CALLED, DONE), closed(5, "mia")), context)
    assert incident.resolution
    assert incident.resolution.by == "mia"


def test_what_was_undone_stays_undone_whatever_the_policy_says_now() -> None:
    fact = a_fact("undone", 6, who="mia", of="e2", what="e2")
    context = a_context(LATE, says="may: {resolve: [anyone]}")
    acts = (closed(5, "mia"), reopened(6, ME))
    assert fold(an_issue(card(CALLED, fact), *acts), context).resolution is None


def test_a_choice_that_was_judged_counts_though_its_author_may_no_longer_make_it() -> None:
    asked = judged(says(5, "mia", "/ima severity S2", comment="c7"))
    (fact,) = (fact for fact in asked.facts if fact.kind == "command")
    context = a_context(LATE, says="may: {severity: [owner]}")
    typed = says(5, "mia", "/ima severity S2", comment="c7")
    incident = fold(an_issue(card(CALLED, fact), typed), context)
    assert incident.grade == "S2"
    assert incident.notes == ()


def test_a_changed_shift_rewrites_nothing() -> None:
    on_call = {"eoc": "zoe", "imoc": "zoe", "cmoc": "zoe"}
    fact = a_fact("engaged", 3, role="imoc", who="ian", by="rita", of="e2", what="assigned")
    incident = judged(assigned(3, "rita", "ian"), facts=(CALLED, fact), on_call=on_call)
    assert incident.seats["imoc"].person == "ian"


def test_a_role_that_the_policy_dropped_stops_nothing() -> None:
    old = a_fact("engaged", 1, role="commander", who="zoe", what="rule")
    assert judged(facts=(CALLED, old)).owner == "erin"


@pytest.mark.parametrize(
    ("fact", "owner", "severity"),
    [
        pytest.param(GONE, "mia", None, id="a handover"),
        pytest.param(
            a_fact("command", 3, by="mia", of="c9/1", what="severity S2"), "erin", "S2",
            id="a choice",
        ),
        pytest.param(
            a_fact("command", 3, by="mia", of="c9/1", what="refused"), "erin", None,
            id="a refusal is not tried again",
        ),
    ],
)  # fmt: skip
def test_what_a_deleted_comment_did_still_counts(
    fact: Fact, owner: str, severity: str | None
) -> None:
    incident = judged(facts=(CALLED, fact))
    assert incident.owner == owner
    assert (incident.severity.value if incident.severity else None) == severity


def test_a_deleted_command_that_means_nothing_any_more_stops_nothing() -> None:
    facts = (CALLED, a_fact("command", 5, by="erin", of="c9/1", what="status degraded"))
    assert judged(closed(5, "erin"), facts=facts).resolution


def test_a_comment_that_told_a_fact_restores_it_when_the_card_is_lost() -> None:
    lost = says(2, ME, "<!-- ima:card {} -->")
    told_it = says(3, ME, comment_mark(["k"], [CALLED, GONE]))
    assert fold(an_issue(lost, told_it), a_context(LATE)).owner == "mia"


OLD = "since: 2026-03-02T12:30:00Z"


@pytest.mark.parametrize(
    ("acts", "tracked"),
    [
        pytest.param((), False, id="older than IMA: left alone"),
        pytest.param((says(40, "rita", "/ima adopt"),), True, id="adopted by a member"),
        pytest.param((says(20, "rita", "/ima adopt"),), False, id="commands of old are old"),
        pytest.param((says(40, "mallory", "/ima adopt"),), False, id="not by an outsider"),
    ],
)
def test_adoption(acts: tuple[Act, ...], tracked: bool) -> None:
    context = a_context(LATE, says=OLD, outsiders=frozenset({"mallory"}))
    assert fold(an_issue(*acts), context).tracked is tracked


def test_an_adopted_incident_begins_when_it_is_adopted() -> None:
    incident = fold(an_issue(says(40, "rita", "/ima adopt")), a_context(LATE, says=OLD))
    assert (incident.declared_at, incident.began) == (at(0), at(40))


def test_what_happened_before_adoption_is_nobodys_offence() -> None:
    incident = fold(an_issue(closed(20, "mallory")), a_context(LATE, says=OLD))
    assert incident.resolution
    assert incident.notes == ()


def test_an_incident_that_was_closed_before_it_was_declared_is_an_old_story() -> None:
    issue = an_issue(closed(1, "rita"), labelled(2, "rita", "Incident"), labels=())
    incident = fold(issue, a_context(LATE))
    assert incident.resolution
    assert not incident.resolution.settled


@pytest.mark.parametrize(
    ("act", "tracked", "notes"),
    [
        pytest.param(unlabelled(5, "erin", "Incident"), False, set(), id="the owner lets it go"),
        pytest.param(unlabelled(5, "mia", "Incident"), True, {"undone"}, id="others may not"),
        pytest.param(
            an_event(5, "mia", "moved"), False, set(), id="moved away it is no longer ours"
        ),
    ],
)
def test_what_is_no_longer_ours(act: Act, tracked: bool, notes: set[str]) -> None:
    incident = judged(act)
    assert incident.tracked is tracked
    assert told(incident) == notes


DECLARED = '<!-- ima:declared {"by":"zoe","origin":"report","wanted":{"page:imoc":true}} -->'


@pytest.mark.parametrize(
    ("author", "origin", "pages"),
    [
        pytest.param("rita", "report", ["imoc"], id="a member's marker is believed"),
        pytest.param(ME, "report", ["imoc"], id="ours too"),
        pytest.param("mallory", "label", [], id="an outsider's is text"),
        pytest.param(None, "label", [], id="a deleted account's too"),
    ],
)
def test_a_marker_in_the_body(author: str | None, origin: str, pages: list[str]) -> None:
    context = a_context(1, outsiders=frozenset({"mallory"}))
    incident = fold(an_issue(author=author, body=DECLARED), context)
    assert incident.origin == origin
    assert [request.role for request in incident.requests] == pages


@pytest.mark.parametrize(
    ("author", "reviews"),
    [
        pytest.param(ME, "#7", id="ours names what it reviews"),
        pytest.param("mallory", "", id="somebody else's names nothing"),
    ],
)
def test_a_review_marker(author: str, reviews: str) -> None:
    body = '<!-- ima:review {"for":"#7","kind":"review"} -->'
    incident = fold(an_issue(author=author, body=body, labels=()), a_context(1))
    assert (incident.review_of, incident.kind) == (reviews, "review" if reviews else "other")


def test_our_own_comments_give_no_commands() -> None:
    incident = judged(says(5, ME, "/ima severity S1\n/ima help"))
    assert (incident.severity, incident.receipts, incident.notes) == (None, (), ())


def test_a_person_who_quotes_our_comment_tells_us_nothing() -> None:
    quoted = says(5, "mallory", f"> hello\n{comment_mark(['k'], [GONE])}")
    incident = judged(quoted)
    assert (incident.owner, "k" in incident.said) == ("erin", False)


def test_a_command_is_judged_once_even_if_its_comment_is_edited() -> None:
    refused = judged(says(5, "mia", "/ima resolve", comment="c7"))
    (fact,) = (fact for fact in refused.facts if fact.kind == "command")
    edited = says(5, "mia", "/ima resolve\nplease", comment="c7", edited=6)
    answer = says(6, ME, comment_mark([f"answer:{fact.of}"], [fact]))
    assert [note.key for note in judged(edited).notes] == [f"answer:{fact.of}"], "unanswered"
    assert judged(edited, answer).notes == ()


def test_an_order_to_engage_becomes_a_request_and_a_known_one_none() -> None:
    asked = judged(says(5, "erin", "/ima engage imoc @zoe", comment="c7"))
    (request,) = asked.requests
    assert request == Request(
        "engage", "erin", request.of, role="imoc", person="zoe", at=at(5), named=True
    )
    done = a_fact("called", 6, role="imoc", who="zoe", by="erin", of=request.of, what="command")
    known = judged(says(5, "erin", "/ima engage imoc @zoe", comment="c7"), facts=(CALLED, done))
    assert known.requests == ()
    assert known.seats["imoc"].person == "zoe"


def test_judging_is_pure() -> None:
    issue, context = an_issue(card(CALLED), closed(5, "mia")), a_context(LATE)
    assert fold(issue, context) == fold(issue, context)
    assert isinstance(context, Context)


def test_only_a_comment_whose_command_is_done_gets_the_mark_of_a_done_one() -> None:
    refused, done = says(1, "mia", "/ima resolve"), says(2, "erin", "/ima severity S2")
    incident = fold(an_issue(card(CALLED), refused, done), a_context(3))
    assert [typed for _, typed in incident.receipts] == ["/ima severity S2"]


@pytest.mark.parametrize(
    ("by", "came"),
    [
        pytest.param("erin", {"eoc"}, id="of whom one page was: that one only"),
        pytest.param("zoe", {"eoc", "imoc"}, id="of somebody who was not paged: all of them"),
    ],
)
def test_one_state_for_all_pages_of_an_incident(by: str, came: set[str]) -> None:
    pages = [
        a_fact("paged", 2, role=role, who=who, what=f"key:{role}:1")
        for role, who in (("eoc", "erin"), ("imoc", "ian"))
    ]
    acks = {page.what: Ack(by, at(4), of_all_pages=True) for page in pages}
    incident = judged(facts=(CALLED, IMOC, *pages), acks=acks)
    assert {fact.role for fact in incident.facts if fact.kind == "acknowledged"} == came


def test_thousands_who_are_assigned_hold_nobody_up() -> None:
    many = [assigned(n / 200, "mallory", f"p{n}") for n in range(8_000)]
    issue = an_issue(*many)
    began = time.process_time()
    assert len(fold(issue, a_context(60)).extras) == 8_000
    assert time.process_time() - began < 4


def test_of_a_review_without_end_the_beginning_is_read() -> None:
    """A megabyte of a list takes a quarter of a minute, and others wait for it."""
    body = f"## What happened\n\nIt fell.\n\n{'x' * 200_000}\n\n## What we change\n\nIt all.\n"
    form = fold(an_issue(labels=("Incident Review",), body=body), a_context(9)).form
    assert form is not None
    assert form.filled == {"what happened"}
    assert form.body == body
