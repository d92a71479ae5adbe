"""Who comes for a role or is called for it: by hand or by the pager; who helps. Pure."""

from __future__ import annotations

from datetime import datetime

from automation.history.issue_state import IssueState
from automation.model.facts import How
from automation.model.incident import Fact, Request
from automation.model.issue import Ack, Event


def judge_acknowledgement(case: IssueState, page: Fact, ack: Ack) -> None:
    """A page was acknowledged in the pager: by whom it called, or, where the pager has gone on
    to the next, by the person on call for a vacant role of the chain, who is here then (P-18)."""
    person = case.login(ack.person)
    case.acknowledge(Fact("acknowledged", ack.at, role=page.role, who=person))
    case.heard[person] = max(ack.at, case.heard.get(person, ack.at))
    of = f"ack/{page.what}"
    if of in case.known or not case.active:
        return
    if any(seat.person == person for seat in case.seats.values()):
        return
    if role := _vacant_role_of(case, person, ack.at):
        case.engage(Fact("engaged", ack.at, role, person, person, of, what="acknowledged"))


def judge_pager_escalation(case: IssueState, page: Fact, ack: Ack) -> None:
    """The pager itself has called the next one: a vacant role of the chain that this person is
    on call for is called, and needs no page of ours (P-18)."""
    person, of = case.login(ack.person), f"passed/{page.what}@{ack.person}"
    if of in case.known or not case.active:
        return
    if any(seat.person == person for seat in case.seats.values()):
        return
    if role := _vacant_role_of(case, person, ack.at):
        case.call(Fact("called", ack.at, role, person, "the pager", of, what="pager"))


def _vacant_role_of(case: IssueState, person: str, at: datetime) -> str:
    """The first vacant role of the chain that this person was on call for then; empty if none."""
    for role in case.ctx.policy.chain:
        if role not in case.seats and case.ctx.on_call.serves(role, person, at):
            return role
    return ""


def leaves(case: IssueState, event: Event) -> bool:
    """Does somebody take themselves off the issue? That is no coming."""
    return event.kind == "unassigned" and event.actor == case.login(event.subject)


def judge_assignment(case: IssueState, event: Event) -> None:
    """Somebody was assigned: by us, by themselves, or by somebody else."""
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
    vacant = next((role for role in case.ctx.policy.chain if role not in case.seats), "")
    if not (role := _vacant_role_of(case, person, event.at) or vacant):
        return
    if acted := case.acts.get(person):  # no comment calls them: they had come by themselves
        case.engage(Fact("engaged", acted, role, person, person, what="act"))
    else:
        case.call(Fact("called", event.at, role=role, who=person, by="", what="rule"))


def assign_role(case: IssueState, person: str, by: str | None, event: Event) -> None:
    """Assigned by hand: the person on call who takes a role engages in it (P-07), who is assigned
    by somebody else is called for it (P-06); anybody else helps (P-09) or, where the tracker has
    one seat, is called to take over or is sent back (P-02)."""
    held = [seat for seat in case.seats.values() if person == seat.person]
    if held and not case.ctx.can.one_assignee:
        return
    same = event.subject.casefold() == person.casefold()
    of = event.id if same else f"{event.id}@{person}"  # assigned before
    if known := case.known.get(of):
        case.apply(known)
    elif person == case.owner:
        return
    elif role := _vacant_role(case, person, event):
        _take_role(case, role, person, by, event, of)
    elif _may_take_unowned(case, by, event):
        _take_role(case, case.ctx.policy.chain[0], person, by, event, of)
    elif case.ctx.can.one_assignee:
        _assigned_beside_owner(case, person, by, event)
    else:
        case.extras[person] = by


def _take_role(
    case: IssueState, role: str, person: str, by: str | None, event: Event, of: str
) -> None:
    """Who assigns themselves is here; who is assigned is called, by the next pass."""
    if person == by:
        case.engage(Fact("engaged", event.at, role, person, person, of, what="assigned"))
    else:
        ask_to_call(case, role, person, by, of, event, "assigned")


def ask_to_call(
    case: IssueState, role: str, person: str, by: str | None, of: str, event: Event, how: How
) -> None:
    """The next pass is to call this person for the role, as ``by`` wants; ``of`` is the act that
    asks for it. A later request for the same role takes the place of an earlier one."""
    case.requests = [r for r in case.requests if (r.what, r.role) != ("engage", role)]
    case.requests.append(
        Request("engage", by or "", of, role=role, person=person, at=event.at, how=how, named=True)
    )


def _vacant_role(case: IssueState, person: str, event: Event) -> str | None:
    for role in case.ctx.policy.roles:
        if role not in case.seats and case.ctx.on_call.serves(role, person, event.at):
            return role
    return None


def _may_take_unowned(case: IssueState, by: str | None, event: Event) -> bool:
    """Where nobody is on call, any member may take it or name an owner (P-50)."""
    return case.ctx.member(by) and case.nobody_is_known(event.at)


def _assigned_beside_owner(case: IssueState, person: str, by: str | None, event: Event) -> None:
    seat = case.owner_seat
    if seat is None:
        return  # nobody's yet: the first owner takes it (P-04)
    if by == case.owner:
        ask_to_call(case, seat.role, person, by, event.id, event, "handover")
        return
    key = f"seat:{by or ''}"
    if key in case.seat_undone and case.seat_undone[key] != event.id:
        case.contested_seat = person
        case.note(f"contested-{key}", "contested", who=by or "", what="assigned", whom=person)
        return
    case.seat_undone[key] = event.id
    case.note(key, "seat_undone", who=by or "", whom=person)


def judge_unassignment(case: IssueState, event: Event) -> None:
    """Somebody was taken off the issue. A role is not given up so, and its person is told."""
    person = case.login(event.subject)
    case.extras.pop(person, None)
    if event.actor == case.ctx.me or not case.active or case.ctx.can.one_assignee:
        return
    if any(seat.person == person for seat in case.seats.values()):
        case.note(f"kept:{person}", "kept", who=event.actor or "", whom=person)
