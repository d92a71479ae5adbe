"""Who is assigned to an issue and what role that gives them; who answers in the pager. Pure."""

from __future__ import annotations

from datetime import datetime

from automation.history.issue_state import IssueState
from automation.model.facts import How
from automation.model.incident import Fact, Request, Seat
from automation.model.issue import Ack, Event


def judge_acknowledgement(state: IssueState, page: Fact, ack: Ack) -> None:
    """A page was acknowledged in the pager: by whom it called, or, where the pager has gone on
    to the next, by the person on call for a vacant role of the chain, who is here then (P-18)."""
    person = state.login(ack.person)
    state.acknowledge(Fact("acknowledged", ack.at, role=page.role, who=person))
    state.heard[person] = max(ack.at, state.heard.get(person, ack.at))
    of = f"ack/{page.what}"
    if of in state.known or not state.active:
        return
    if any(seat.person == person for seat in state.seats.values()):
        return
    if role := _vacant_role_of(state, person, ack.at):
        state.engage(Fact("engaged", ack.at, role, person, person, of, what="acknowledged"))


def judge_pager_escalation(state: IssueState, page: Fact, ack: Ack) -> None:
    """The pager itself has called the next one: a vacant role of the chain that this person is
    on call for is called, and needs no page of ours (P-18)."""
    person, of = state.login(ack.person), f"passed/{page.what}@{ack.person}"
    if of in state.known or not state.active:
        return
    if any(seat.person == person for seat in state.seats.values()):
        return
    if role := _vacant_role_of(state, person, ack.at):
        state.call(Fact("called", ack.at, role, person, "the pager", of, what="pager"))


def _vacant_role_of(state: IssueState, person: str, at: datetime) -> str:
    """The first vacant role of the chain that this person was on call for then; empty if none."""
    for role in state.ctx.policy.chain:
        if role not in state.seats and state.ctx.on_call.serves(role, person, at):
            return role
    return ""


def takes_themselves_off(state: IssueState, event: Event) -> bool:
    """Does somebody take themselves off the issue? That act does not engage them."""
    return event.kind == "unassigned" and event.actor == state.login(event.subject)


def judge_assignment(state: IssueState, event: Event) -> None:
    """Somebody was assigned: by us, by themselves, or by somebody else."""
    person = state.login(event.subject)
    if event.actor == person:
        state.heard[person] = event.at
    if event.actor == state.ctx.me:
        _assigned_by_us(state, person, event)
        return
    if not state.active:
        state.extras.setdefault(person, event.actor)
        return
    assign_role(state, person, event.actor, event)


def _assigned_by_us(state: IssueState, person: str, event: Event) -> None:
    """Our account assigned somebody. Where neither a seat nor a fact explains that, a pass was
    killed before it could write the card: they are called for a vacant role, or have come for
    it."""
    state.contested_seat = ""
    if not state.active or any(seat.person == person for seat in state.seats.values()):
        return
    if any(fact.who == person for fact in state.facts) or person in state.extras:
        return
    vacant = next((role for role in state.ctx.policy.chain if role not in state.seats), "")
    if not (role := _vacant_role_of(state, person, event.at) or vacant):
        return
    if acted := state.acts.get(person):  # no comment calls them: they had come by themselves
        state.engage(Fact("engaged", acted, role, person, person, what="act"))
    else:
        state.call(Fact("called", event.at, role=role, who=person, by="", what="rule"))


def assign_role(state: IssueState, person: str, by: str | None, event: Event) -> None:
    """Assigned by hand: the person on call who takes a role engages in it (P-07), who is assigned
    by somebody else is called for it (P-06); anybody else helps (P-09) or, where the tracker has
    one seat, is called to take over or is sent back (P-02)."""
    held = [seat for seat in state.seats.values() if person == seat.person]
    if held and not state.ctx.can.one_assignee:
        return
    same = event.subject.casefold() == person.casefold()
    of = event.id if same else f"{event.id}@{person}"  # somebody who was assigned before the event
    if known := state.known.get(of):
        state.apply(known)
    elif person == state.owner:
        return
    elif not state.ctx.takes_part(person):
        _assigned_stranger(state, person, by, event)
    elif role := _vacant_role(state, person, event):
        _take_role(state, role, person, by, event, of)
    elif _may_take_unowned(state, by, event):
        _take_role(state, state.ctx.policy.chain[0], person, by, event, of)
    elif state.ctx.can.one_assignee:
        _assigned_beside_owner(state, person, by, event)
    else:
        state.extras[person] = by


def _assigned_stranger(state: IssueState, person: str, by: str | None, event: Event) -> None:
    """A forge lets more people be assigned than may command: they get no role, and no right. Where
    there is one seat, its owner gets it back."""
    if state.ctx.can.one_assignee and state.owner_seat:
        _send_back(state, person, by, event)
    else:
        state.extras[person] = by


def _take_role(
    state: IssueState, role: str, person: str, by: str | None, event: Event, of: str
) -> None:
    """Whoever assigns themselves is here; whoever others assign is called by the next pass."""
    if person == by:
        state.engage(Fact("engaged", event.at, role, person, person, of, what="assigned"))
    else:
        ask_to_call(state, role, person, by, of, event, "assigned")


def ask_to_call(
    state: IssueState, role: str, person: str, by: str | None, of: str, event: Event, how: How
) -> None:
    """The next pass is to call this person for the role, as ``by`` wants; ``of`` is the act that
    asks for it. A later request for the same role takes the place of an earlier one."""
    state.requests = [r for r in state.requests if (r.what, r.role) != ("engage", role)]
    state.requests.append(
        Request("engage", by or "", of, role=role, person=person, at=event.at, how=how, named=True)
    )


def _vacant_role(state: IssueState, person: str, event: Event) -> str | None:
    for role in state.ctx.policy.roles:
        if role not in state.seats and state.ctx.on_call.serves(role, person, event.at):
            return role
    return None


def _may_take_unowned(state: IssueState, by: str | None, event: Event) -> bool:
    """Where nobody is on call, any member may take it or name an owner (P-50)."""
    return state.ctx.member(by) and state.nobody_is_known(event.at)


def _assigned_beside_owner(state: IssueState, person: str, by: str | None, event: Event) -> None:
    seat = state.owner_seat
    if seat is None or _owned_by_nobody_yet(state, seat, event):
        return  # nobody owns it yet, and the first owner takes the assignment (P-04)
    if by == state.owner:
        ask_to_call(state, seat.role, person, by, event.id, event, "handover")
        return
    _send_back(state, person, by, event)


def _send_back(state: IssueState, person: str, by: str | None, event: Event) -> None:
    """Only one person can be assigned, and this is not who owns it: undone once, then left, and the
    owner is asked."""
    key = f"seat:{by or ''}"
    if key in state.seat_undone and state.seat_undone[key] != event.id:
        state.contested_seat = person
        state.note(f"contested-{key}", "contested", who=by or "", what="assigned", whom=person)
        return
    state.seat_undone[key] = event.id
    state.note(key, "seat_undone", who=by or "", whom=person)


def _owned_by_nobody_yet(state: IssueState, seat: Seat, event: Event) -> bool:
    """Did it happen before the pass that found the owner here, by what they had done before?"""
    found = ("engaged", seat.role, seat.person, "act")
    by_pass = (f for f in state.facts if f.by != f.who)  # else it is their own act that says so
    if not any((fact.kind, fact.role, fact.who, fact.what) == found for fact in by_pass):
        return False
    me, opened = state.ctx.me, state.issue.opened_at
    ours = [e for e in state.issue.events if e.actor == me and e.at > opened]
    return not any(seat.since <= each.at and each.order < event.order for each in ours)


def judge_unassignment(state: IssueState, event: Event) -> None:
    """Somebody was taken off the issue. That does not take a role from them, and they are told
    so."""
    person = state.login(event.subject)
    state.extras.pop(person, None)
    if event.actor == state.ctx.me or not state.active or state.ctx.can.one_assignee:
        return
    if any(seat.person == person for seat in state.seats.values()):
        state.note(f"kept:{person}", "kept", who=event.actor or "", whom=person)
