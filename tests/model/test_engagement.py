"""Who was called and has come: pages that wait, acknowledgements, and what rules make of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from automation.changes.announcement import Reannounce, announcement_digest
from automation.changes.hush import pages_to_hush
from automation.changes.service_calls import Announce
from automation.config.policy_file import Source, load
from automation.errors import PolicyError
from automation.history.fold import fold
from automation.model.engagement import acknowledged, awaited_since, paged_at
from automation.model.incident import Fact, Incident
from automation.model.issue import Ack, Duty
from automation.planning.planner import settle
from automation.rules.announce import AnnounceRule
from automation.rules.when import When
from automation.stored_state.card import CardText, encode
from tests.build import (
    ME,
    a_context,
    a_fact,
    a_seat,
    an_incident,
    an_issue,
    at,
    closed,
    labelled,
    says,
)
from tests.config.test_policy_refusals import LABELS, SHIPPED
from tests.services.pagerduty.world import ROLES

KEY = "acme/production#1:eoc:1"
AGAIN_KEY = "acme/production#1:eoc:2"
PAGED = a_fact("paged", 1, role="eoc", who="erin", what=KEY)
ACK = a_fact("acknowledged", 4, role="eoc", who="erin")
BY_IAN = replace(ACK, who="ian")
ABSENT = a_seat("eoc", "erin", here_at=None)
IAN = a_seat("imoc", "ian", 4)


def called(seat: Any = ABSENT, *facts: Fact, **seats: Any) -> Incident:
    return an_incident(seats={"eoc": seat, **seats}, owner="erin", facts=(PAGED, *facts))


@pytest.mark.parametrize(
    ("incident", "since"),
    [
        pytest.param(called(), 1, id="paged and not here"),
        pytest.param(called(a_seat("eoc", "erin")), None, id="here"),
        pytest.param(replace(called(), facts=()), None, id="never paged"),
        pytest.param(
            replace(called(), facts=(replace(PAGED, done=False),)), None, id="about to be paged"
        ),
        pytest.param(called(replace(ABSENT, nth=2)), None, id="paged in a call before"),
        pytest.param(called(replace(ABSENT, how="handover")), 1, id="it is handed to them"),
        pytest.param(called(ABSENT, BY_IAN, imoc=IAN), None, id="the next one has acknowledged"),
        pytest.param(called(ABSENT, replace(ACK, who="zoe")), None, id="somebody else has"),
        pytest.param(replace(called(), seats={}), None, id="nobody is called"),
    ],
)
def test_who_is_awaited(incident: Incident, since: float | None) -> None:
    found = awaited_since(incident, "eoc")
    assert found == (None if since is None else at(since))
    held = When(awaited=("eoc",)).mismatch(incident, a_context(10)) is None
    assert held is (since is not None)
    if found:
        assert When(awaited=("eoc",)).since(incident) == found


def test_a_page_of_another_role_is_none_of_theirs() -> None:
    other = replace(PAGED, role="imoc", what="acme/production#1:imoc:1")
    assert paged_at(replace(called(), facts=(other,)), "eoc") is None


@pytest.mark.parametrize(
    ("incident", "who"),
    [
        pytest.param(called(), None, id="nobody yet"),
        pytest.param(called(a_seat("eoc", "erin", here_at=at(4)), ACK), "erin", id="who was paged"),
        pytest.param(called(ABSENT, BY_IAN, imoc=IAN), "ian", id="the next one"),
        pytest.param(called(ABSENT, BY_IAN), None, id="somebody without a role"),
        pytest.param(called(ABSENT, replace(ACK, at=at(0))), None, id="a page before this one"),
    ],
)
def test_who_acknowledged(incident: Incident, who: str | None) -> None:
    ack = acknowledged(incident, "eoc")
    assert (ack.who if ack else None) == who
    assert (When(acknowledged=("eoc",)).mismatch(incident, a_context(10)) is None) is bool(who)
    if ack:
        assert When(acknowledged=("eoc",)).since(incident) == at(4)


def test_here_is_since_they_came() -> None:
    come = called(a_seat("eoc", "erin", here_at=at(7)))
    assert When(here=("eoc",)).since(come) == at(7)
    assert When(here=("eoc",)).mismatch(called(), a_context(10)) == "the EOC is not here"


CALLED = a_fact("called", 0.5, role="eoc", who="erin", by="eoc-owns", what="rule")


def judged(who: str, minutes: float, *acts: Any, facts: tuple[Fact, ...] = (), **rest: Any) -> Any:
    """A page of erin's that ``who`` has acknowledged."""
    card = says(1, ME, encode(CardText((CALLED, PAGED, *facts)), ""))
    context = a_context(60, acks={KEY: Ack(who, at(minutes))}, **rest)
    return fold(an_issue(card, *acts), context)


@pytest.mark.parametrize(
    ("who", "seats"),
    [
        pytest.param("erin", {"eoc": "erin"}, id="who was paged"),
        pytest.param("ian", {"eoc": "erin", "imoc": "ian"}, id="who is on call for the next role"),
        pytest.param("IAN", {"eoc": "erin", "imoc": "ian"}, id="in another case"),
        pytest.param("cara", {"eoc": "erin", "cmoc": "cara"}, id="for another one of the chain"),
        pytest.param("sam", {"eoc": "erin"}, id="not for a role outside the chain"),
        pytest.param("zoe", {"eoc": "erin"}, id="nobody on call"),
    ],
)
def test_whom_an_acknowledgement_engages(who: str, seats: dict[str, str]) -> None:
    incident = judged(who, 4)
    assert {role: seat.person for role, seat in incident.seats.items()} == seats
    for seat in incident.seats.values():
        if seat.role != "eoc" or who == "erin":
            assert (seat.here_at, seat.wants_page) == (at(4), False)


def test_it_is_judged_by_the_shift_of_its_time() -> None:
    shifts = {"eoc": (Duty("erin"),), "imoc": (Duty("ian"), Duty("mia", at(10)))}
    assert judged("ian", 4, shifts=shifts).seats["imoc"].person == "ian"
    assert "imoc" not in judged("ian", 20, shifts=shifts).seats


def test_it_is_judged_once() -> None:
    first = judged("ian", 4)
    engaged = first.found("engaged")
    assert engaged is not None
    assert engaged.of == f"ack/{KEY}"
    again = judged("ian", 4, facts=first.facts[2:], shifts={"eoc": (Duty("erin"),)})
    assert again.seats["imoc"] == first.seats["imoc"]
    assert again.facts == first.facts


def test_the_end_comes_before_a_later_acknowledgement() -> None:
    assert "imoc" not in judged("ian", 4, closed(3, "erin")).seats


def test_whatever_they_do_answers_the_page() -> None:
    card = says(1, ME, encode(CardText((CALLED, PAGED)), ""))
    issue = an_issue(card, labelled(3, "erin", "S3"), labelled(4, "erin", "S4"))
    assert fold(issue, a_context(60)).seats["eoc"].here_at == at(3)
    other = an_issue(card, labelled(3, "mia", "S3"))
    assert fold(other, a_context(60)).seats["eoc"].here_at is None


JOINS = AnnounceRule(name="joins", why="Because.", when=When(acknowledged=("eoc",)), about="joins")


def test_announce_about_somebody_who_comes_is_said_once_and_stays_as_it_is() -> None:
    incident = called(a_seat("eoc", "erin", here_at=at(4)), ACK)
    told = replace(
        incident,
        facts=(*incident.facts, a_fact("announced", 2, what="#production", text="old")),
    )
    after, made = settle(told, [JOINS], a_context(10))
    said = [c for c in made if isinstance(c, Announce)]
    assert [c.describe() for c in said] == ["announce in #production that the EOC joins"]
    assert [c.channel for c in made if isinstance(c, Reannounce)] == ["#production"]
    fact = after.found("announced", "joins:eoc:1:#production")
    assert fact is not None
    assert fact.text == ""
    assert announcement_digest(told, a_context(10)) == announcement_digest(after, a_context(10))
    assert settle(after, [JOINS], a_context(11))[1] == []


@pytest.mark.parametrize(
    ("rule", "problem", "remedy"),
    [
        pytest.param("when: {acknowledged: oec}, announce: {about: joins}",
                     "there is no role 'oec'", "did you mean 'eoc'?", id="no such role"),
        pytest.param("announce: {about: joins}", "`when` waits for nobody", "acknowledged: eoc",
                     id="nobody who could come"),
        pytest.param("when: {acknowledged: eoc}, announce: {about: join}",
                     "no template 'chat/join.txt.j2'", "did you mean 'joins'?", id="no such text"),
        pytest.param("tell: {about: her, whom: author}", "no template 'comments/tell_her.md.j2'",
                     "did you mean 'here'?", id="nothing to say"),
        pytest.param("tell: {about: here, whom: autor}", "no role or word 'autor'",
                     "did you mean 'author'?", id="nobody to tell"),
    ],
)  # fmt: skip
def test_mistakes_in_rules(rule: str, problem: str, remedy: str) -> None:
    text = f"rules: [{{name: mine, why: Because., {rule}}}]"
    names = frozenset({"chat/joins.txt.j2", "comments/tell_here.md.j2"})
    with pytest.raises(PolicyError) as refused:
        load(SHIPPED, Source("mine.yml", text), LABELS, templates=names)
    said = str(refused.value).splitlines()
    place = next(n for n, line in enumerate(said) if problem in line)
    assert said[place].startswith("mine.yml:1: rule 'mine'")
    assert remedy in said[place + 1]


@pytest.mark.parametrize(
    ("acknowledged_at", "hushed"),
    [
        pytest.param(2, [AGAIN_KEY], id="in an earlier call"),
        pytest.param(11, [], id="in this very call"),
    ],
)
def test_the_pager_hears_of_who_comes_unless_this_very_call_was_answered(
    acknowledged_at: float, hushed: list[str]
) -> None:
    again = replace(PAGED, at=at(10), who="mia", what=AGAIN_KEY)
    here = a_seat("eoc", "mia", 12, nth=2)
    incident = called(here, again, replace(ACK, at=at(acknowledged_at)))
    asked = pages_to_hush(incident, a_context(15, says=ROLES))
    assert [each.page for each in asked] == hushed
