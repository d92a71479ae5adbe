"""Who takes a seat: by hand or by an acknowledged page; who helps, what is put back. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from automation.history.issue_state import IssueState
from automation.model.incident import Fact
from automation.model.issue import Ack, Event


def judge_acknowledgement(case: IssueState, page: Fact, ack: Ack) -> None:
    """A page was acknowledged in the pager: by whom it called, or, where the pager has gone on
    to the next, by the person on call for a vacant role of the chain, who is here then (P-18)."""
    person = case.login(ack.person)
    case.here(Fact("here", ack.at, role=page.role, who=person))
    case.heard[person] = max(ack.at, case.heard.get(person, ack.at))
    of = f"ack/{page.what}"
    if of in case.known or not case.active:
        return
    if any(seat.person == person for seat in case.seats.values()):
        return
    if role := _serves(case, person, ack.at):
        case.seat(Fact("engaged", ack.at, role, person, person, of, what="assigned"))


def judge_pager_escalation(case: IssueState, page: Fact, ack: Ack) -> None:
    """The pager itself has called the next one: a vacant role of the chain that this person is
    on call for is engaged, and needs no page of ours (P-18)."""
    person, of = case.login(ack.person), f"passed/{page.what}@{ack.person}"
    if of in case.known or not case.active:
        return
    if any(seat.person == person for seat in case.seats.values()):
        return
    if role := _serves(case, person, ack.at):
        case.seat(Fact("engaged", ack.at, role, person, "the pager", of, what="pager"))


def _serves(case: IssueState, person: str, at: datetime) -> str:
    """The first vacant role of the chain that this person was on call for; nothing if none."""
    for role in case.ctx.policy.chain:
        if role not in case.seats and case.ctx.on_call.serves(role, person, at):
            return role
    return ""


def judge_sign_of_life(case: IssueState, event: Event) -> None:
    """Whatever somebody does on the issue answers the page that called them (P-18)."""
    for role, seat in case.seats.items():
        if seat.person == event.actor and seat.acted_at is None and event.at >= seat.since:
            case.seats[role] = replace(seat, acted_at=event.at)


def judge_assignment(case: IssueState, event: Event) -> None:
    person = case.login(event.subject)
    if event.actor == person:
        case.heard[person] = event.at
    if event.actor == case.ctx.me:
        _assigned_by_us(case, person, event)
        return
    if not case.active:
        case.extras.setdefault(person, event.actor)
        return
    assign_role(case, person, event.actor, event)


def _assigned_by_us(case: IssueState, person: str, event: Event) -> None:
    """Explained by a seat; else by a pass that was killed before it could write the card."""
    case.contested_seat = ""
    if not case.active or any(seat.person == person for seat in case.seats.values()):
        return
    if any(fact.who == person for fact in case.facts) or person in case.extras:
        return
    for role in case.ctx.policy.chain:
        if role not in case.seats:
            case.seat(Fact("engaged", event.at, role=role, who=person, by="", what="rule"))
            return


def assign_role(case: IssueState, person: str, by: str | None, event: Event) -> None:
    """Assigned by hand: the person on call engages (P-07), anybody else helps (P-09) or, where
    the tracker has one seat, takes over or is sent back (P-02)."""
    for seat in case.seats.values():
        if seat.person == person:
            case.shows_up(person, event.at)
            if person == case.owner or not case.ctx.can.one_assignee:
                return
    same = event.subject.casefold() == person.casefold()
    of = event.id if same else f"{event.id}@{person}"  # assigned before
    if known := case.known.get(of):
        case.apply(known)
    elif role := _vacant_role(case, person, event):
        case.seat(Fact("engaged", event.at, role, person, by or "", of, what="assigned"))
    elif case.ctx.can.one_assignee:
        _one_seat(case, person, by, event)
    else:
        case.extras[person] = by


def _vacant_role(case: IssueState, person: str, event: Event) -> str | None:
    for role in case.ctx.policy.roles:
        if role not in case.seats and case.ctx.on_call.serves(role, person, event.at):
            return role
    return None


def _one_seat(case: IssueState, person: str, by: str | None, event: Event) -> None:
    seat = case.owner_seat
    if seat is None:
        return  # nobody's yet: the first owner takes it (P-04)
    if by in case.entitled:
        case.hand_over(
            Fact("handed", event.at, role=seat.role, who=person, by=by or "", of=event.id)
        )
        return
    key = f"seat:{by or ''}"
    if key in case.seat_undone and case.seat_undone[key] != event.id:
        case.contested_seat = person
        case.note(f"contested-{key}", "contested", who=by or "", what="assigned", whom=person)
        return
    case.seat_undone[key] = event.id
    case.note(key, "seat_undone", who=by or "", whom=person)


def judge_unassignment(case: IssueState, event: Event) -> None:
    person = case.login(event.subject)
    case.extras.pop(person, None)
    if event.actor == case.ctx.me or not case.active or case.ctx.can.one_assignee:
        return
    if any(seat.person == person for seat in case.seats.values()):
        case.note(f"kept:{person}", "kept", who=event.actor or "", whom=person)
