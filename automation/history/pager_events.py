"""What people did in the pager about a page, and calls that the pager has made by itself. Pure.

An incident of the pager's own that belongs to an issue is *adopted*: it is the page of whom it
called, and nobody is paged a second time for it (P-17).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from automation.history.issue_state import IssueState
from automation.history.role_assignments import judge_acknowledgement, judge_pager_escalation
from automation.model.alerts_seen import ADOPTED, SAME_PAGE, THE_PAGER, PagerEvent
from automation.model.incident import Fact
from automation.model.issue import Ack, Did

_MEANINGS: dict[str, Did] = {  # the pager's word: what became of the page
    "acknowledged": "acknowledged",
    "resolved": "resolved",
    "merged": "resolved",
    "escalated": "passed",
    "reassigned": "reassigned",
    "delegated": "reassigned",
}


def judge_page(state: IssueState, page: Fact, ack: Ack) -> None:
    """What became of a page, as the pager's log has it. Where it has one state for all pages of the
    incident, what somebody does who was paged says nothing of the others' pages."""
    who = state.login(ack.person)
    paged = (fact.who for fact in state.facts if fact.kind == "paged")
    if ack.of_all_pages and who != page.who and who in paged:
        return
    if ack.did == "acknowledged":
        judge_acknowledgement(state, page, ack)
    elif ack.did == "passed":
        judge_pager_escalation(state, page, ack)
    elif ack.did == "reassigned":
        _reassigned(state, page, ack)
    elif page.role:  # snoozed or resolved: nobody has come, and the pager calls nobody else (P-18)
        who = state.login(ack.person)
        state.acknowledge(Fact("acknowledged", ack.at, page.role, by=who, what=ack.did))


def _reassigned(state: IssueState, page: Fact, ack: Ack) -> None:
    """Somebody gave the page to another person, who is called for its role now, unless somebody has
    answered it. Who is on call for a role of the chain that nobody has is called for that role."""
    person, of = state.login(ack.person), f"reassigned/{page.what}@{ack.person}"
    if of in state.known or not state.active or not page.role:
        return
    if any(seat.person == person for seat in state.seats.values()):
        return
    vacant = (r for r in state.ctx.policy.chain if r not in state.seats)
    role = next((r for r in vacant if state.ctx.on_call.serves(r, person, ack.at)), page.role)
    seat = state.seats.get(role)
    if seat is None or seat.here_at is None:
        _call(state, role, person, ack, of, f"{page.what}{SAME_PAGE}", page)


def _call(
    state: IssueState, role: str, person: str, ack: Ack, of: str, key: str, page: Fact | None = None
) -> None:
    """The pager calls this person for the role. Its page is known by ``key``; its time counts from
    ``page``, the one that it follows, where there is one."""
    state.call(Fact("called", ack.at, role, person, THE_PAGER, of, what="pager"))
    nth, at = state.seats[role].nth, page.at if page else ack.at
    state.remember(Fact("paged", at, role, person, THE_PAGER, what=f"{key}:{role}:{nth}"))


def judge_pager_event(state: IssueState, event: PagerEvent) -> None:
    """What the pager told of an incident of its own. Where it can be asked, its log counts and
    not what came by a webhook."""
    page = _known_page(state, event) or _adopt(state, event)
    did = _MEANINGS.get(event.did)
    if page is None or did is None or state.ctx.policy.pagerduty:
        return
    by_person = did not in ("passed", "reassigned")
    people = [event.by] if by_person and event.by else [] if by_person else [*event.whom]
    for person in people:
        known = next(_logins(state, (person,)), "")
        if known or by_person:
            judge_page(state, page, Ack(known, _counted_time(state, event), did))


def _known_page(state: IssueState, event: PagerEvent) -> Fact | None:
    """The page that this incident of the pager's is, as far as it is known."""
    start = f"{ADOPTED}{event.id}:"
    ours = (f for f in state.facts if f.kind == "paged" and f.what.startswith(start))
    return next(ours, None)


def _adopt(state: IssueState, event: PagerEvent) -> Fact | None:
    """Take an incident of the pager's own for the page of the person whom it called, who may be
    called for a role already. Returns the fact of that page; None where it called nobody whom we
    know."""
    for person in _logins(state, event.whom) if state.active else ():
        role = _role_called_for(state, event, person)
        seat = state.seats.get(role)
        if not role or (seat and seat.here_at and seat.person != person):
            continue
        key, ack = f"{ADOPTED}{event.id}", Ack(person, _counted_time(state, event))
        if seat and seat.person == person:
            what = f"{key}:{role}:{seat.nth}"
            state.remember(Fact("paged", ack.at, role, person, THE_PAGER, what=what))
        else:
            _call(state, role, person, ack, f"adopted/{event.id}@{person}", key)
        return _known_page(state, event)
    return None


def _role_called_for(state: IssueState, event: PagerEvent, person: str) -> str:
    """The role that the pager called this person for: the one with its escalation policy; else one
    that they have; else one that they are on call for, and a vacant one first. "" if none."""
    roles = state.ctx.policy.roles
    for name, role in roles.items():
        if event.policy and role.escalation == event.policy:
            return name
    held = [name for name, seat in state.seats.items() if seat.person == person]
    on_call = [
        name
        for name in roles
        if state.ctx.on_call.serves(name, person, _counted_time(state, event))
    ]
    vacant = [name for name in on_call if name not in state.seats]
    return next(iter([*held, *vacant, *on_call]), "")


def _counted_time(state: IssueState, event: PagerEvent) -> datetime:
    """Its own time; what came before the issue was opened counts from then on."""
    return max(event.at, state.issue.opened_at)


def _logins(state: IssueState, names: tuple[str, ...]) -> Iterator[str]:
    """Logins of people of the pager: by what `people` says of them, or as they are."""
    people, shifts = state.ctx.policy.people, state.ctx.on_call.shifts.values()
    known = {p.pager.casefold(): p.login for p in people.values() if p.pager}
    logins = {*people, *(duty.person for duties in shifts for duty in duties)}
    known |= {login.casefold(): login for login in logins}
    yield from (known[name.casefold()] for name in names if name.casefold() in known)
