"""What people do on an issue, judged by the facts of that time. Pure.

Each function changes the issue's state from what it was when the event happened. An act of our own
account is IMA's where the state explains it; else it is one of a person who shares the account.
"""

from __future__ import annotations

from automation.history.drill_acts import drill_label_off
from automation.history.duplicates import reason_of_closing
from automation.history.issue_state import IssueState
from automation.history.maintenance_acts import label_put_on, taken_away, taken_up
from automation.history.monitoring_time import MonitoringTime, monitoring_left
from automation.history.opening_events import ends_own_mistake, why_it_ended
from automation.history.role_assignments import (
    assign_role,
    judge_assignment,
    judge_unassignment,
    takes_themselves_off,
)
from automation.model import bounds
from automation.model.facts import NOT_PLANNED, Attempt
from automation.model.incident import Choice, Fact, Resolution
from automation.model.issue import OPERATIONAL, RESOLVED, Event

# How often IMA undoes what one person does on one incident; then it asks the owner (P-05).
MOST_UNDONE = bounds.UNDONE


def judge_event(state: IssueState, event: Event) -> None:
    """Judge one event of the tracker, and change the state by it."""
    if not takes_themselves_off(state, event):
        state.acts_now(event.actor, event.at)
    _ACTS[event.kind](state, event)


def _labelled(state: IssueState, event: Event) -> None:
    meaning = state.ctx.policy.labels.meaning(event.subject)
    if meaning is None:
        return
    family, value = meaning
    if family == "incident":
        _incident_label_on(state, event)
    elif family == "near_miss":
        state.near_miss = event.at >= state.ctx.since and _takes_part(state, event)
    elif family == "security":
        state.secure(event.at)
    elif family == "service":
        state.services[value] = None
    elif family == "maintenance":
        label_put_on(state)
    elif family in state.families:
        _choose_value(state, event, family, value)


def _takes_part(state: IssueState, event: Event) -> bool:
    """Is it a member's, or ours? On GitHub anybody's issue by a form may have a label (P-12)."""
    return event.actor == state.ctx.me or state.ctx.member(event.actor)


def _incident_label_on(state: IssueState, event: Event) -> None:
    if state.declared_at is None:
        state.declare(event.at, event.actor)
        state.acts_now(event.actor, event.at)  # who declared it is here
        _assign_those_from_before(state, event)
    _act_was_undone(state, event, "unlabelled")
    if state.released:  # its label was off and is back: it begins anew
        state.reopen(Fact("reopened", event.at, by=event.actor or "", of=event.id))


def _assign_those_from_before(state: IssueState, event: Event) -> None:
    """Who was assigned before it became an incident counts as assigned now."""
    for person, by in list(state.extras.items()):
        if state.active:
            assign_role(state, person, by, event)


def _choose_value(state: IssueState, event: Event, family: str, value: str) -> None:
    if event.actor == state.ctx.me and _is_ours(state, event, family, value):
        _keep_our_label(state, event, family, value)
    elif family == "state" and value == RESOLVED:
        if state.resolution is None:
            judge_closing(state, event, "labelled")
    else:
        if family == "state":
            state.state_is_said(event.actor)
        choice = Choice(value, event.at, event.actor, state.ctx.member(event.actor))
        state.families[family].add(choice)
        if state.resolution and state.tracked:
            _label_after_end(state, event, family, value)


def _is_ours(state: IssueState, event: Event, family: str, value: str) -> bool:
    """Did IMA set this label itself? A review has no card that could say so: there our account
    did."""
    stands = state.families[family].stands()
    known = state.review or event.subject in state.labels_set
    return known or (stands is not None and stands.value == value)


def _keep_our_label(state: IssueState, event: Event, family: str, value: str) -> None:
    """A label that IMA set counts as a choice only as long as no person has chosen."""
    stands = state.families[family].stands()
    if stands is not None and stands.value == value:
        state.families[family].add(stands)  # it was put back, so it never changed
    elif value != RESOLVED and (stands is None or stands.by is None):
        state.families[family].add(Choice(value, event.at))


def _label_after_end(state: IssueState, event: Event, family: str, value: str) -> None:
    if family == "state":
        _reopen(state, event, value)
    elif family == "status" and value != OPERATIONAL:
        state.note(f"operational:{event.id}", "operational", who=event.actor or "", status=value)


def _unlabelled(state: IssueState, event: Event) -> None:
    meaning = state.ctx.policy.labels.meaning(event.subject)
    if meaning is None:
        return
    family, value = meaning
    if family == "incident":
        if state.active:
            judge_closing(state, event, "unlabelled")
    elif family == "near_miss":
        state.near_miss = False
    elif family == "security":
        _security_label_off(state, event)
    elif family == "service":
        state.services.pop(value, None)
    elif family in _LABEL_OFF:
        _LABEL_OFF[family](state, event)
    elif family in state.families and not _is_respelling(state, event, family, value):
        state.families[family].remove(value, event.at, event.actor == state.ctx.me)
        if value == RESOLVED:
            _act_was_undone(state, event, "labelled")


def _security_label_off(state: IssueState, event: Event) -> None:
    """The label was taken off. Where `/ima security` has said it, the next pass puts it on
    again."""
    if not state.secured_by_command:
        state.security_at = None
    elif state.active and event.actor != state.ctx.me:
        state.note(f"security stays:{event.id}", "security_stays", who=event.actor or "")


def _maintenance_label_off(state: IssueState, event: Event) -> None:
    taken_away(state, event)
    if state.maintenance and not state.maintenance.confirmed:
        state.maintenance = None


def _is_respelling(state: IssueState, event: Event, family: str, value: str) -> bool:
    """Did IMA take off a label that only its upper and lower case tell from the one of
    labels.yml?"""
    name = state.ctx.policy.labels.name(family, value)
    return event.actor == state.ctx.me and event.subject != name


def _closed(state: IssueState, event: Event) -> None:
    state.closed = True
    taken_away(state, event)
    if state.resolution is None and not state.moved:  # a forge closes what it has moved
        judge_closing(state, event, "closed")


def _reopened(state: IssueState, event: Event) -> None:
    state.closed = False
    taken_up(state, event)
    if state.resolution is None:
        _act_was_undone(state, event, "closed")
    else:
        _reopen(state, event)


def _reopen(state: IssueState, event: Event, value: str = "") -> None:
    """Reopen the incident where this person may. Else the owner is asked, once for each end
    (P-05)."""
    known = state.known.get(event.id)
    by = event.actor or ""
    if known and known.kind == "command":
        return
    if known or event.actor == state.ctx.me or state.allowed("reopen", event.actor, event.at):
        state.reopen(Fact("reopened", event.at, by=by, of=event.id, what=value))
        return
    state.remember(Fact("command", event.at, of=event.id, by=by, what="void"))
    if state.resolution and state.tracked:
        ended = state.resolution.at.isoformat()
        state.note(f"back:{ended}", "back", who=by, whom=state.owner or "", why="")


def judge_closing(state: IssueState, event: Event, what: str) -> None:
    """Judge an act that can end an incident: it ends it, or it is to be undone (P-05). ``what`` is
    "closed", "labelled" (with Resolved) or "unlabelled" (the incident label is gone)."""
    known = state.known.get(event.id)
    if state.declared_at is None or (state.released and known is None):
        return
    if known and known.kind == "undone":
        _undo_later(state, event, what)
    elif known:
        state.apply(known)
    else:
        _judge_end(state, event, what)


def _judge_end(state: IssueState, event: Event, what: str) -> None:
    early = None
    if not state.tracked or state.allowed("resolve", event.actor, event.at):
        early = _monitoring_time_left(state, event, what)
        if early is None:
            _end_incident(state, event, what)
            return
    elif ends_own_mistake(state, event.actor, event.at):
        _end_incident(state, event, what, why_it_ended(state, event.actor, event.at))
        return
    if state.undone(event.actor, event.at) >= MOST_UNDONE:
        _leave_and_ask_owner(state, event, what)
    else:
        _undo_later(state, event, what, early)


def _monitoring_time_left(state: IssueState, event: Event, what: str) -> MonitoringTime | None:
    """The monitoring time that is left; None where it is not too early. Taking the incident label
    off, or closing it as a duplicate or as not planned, needs no such time."""
    if not state.tracked or what == "unlabelled":
        return None
    reason = reason_of_closing(state.issue, event) if what == "closed" else ""
    if not Resolution(event.at, event.actor, reason).settled:
        return None
    return monitoring_left(state, event.at)


def _end_incident(state: IssueState, event: Event, what: str, why: str = "") -> None:
    if what == "unlabelled":
        state.release(Fact("released", event.at, by=event.actor or "", of=event.id))
        return
    reason = reason_of_closing(state.issue, event) if what == "closed" else ""
    reason = reason or why
    state.resolve(Fact("resolved", event.at, by=event.actor or "", of=event.id, what=reason))


def _leave_and_ask_owner(state: IssueState, event: Event, what: str) -> None:
    """Once a person's acts were undone often enough, the issue is left as it is and the owner is
    asked, once. The incident goes on until the owner says that it is over."""
    by, began = event.actor or "", state.began or event.at
    state.note(f"contested:{by}:{what}:{began.isoformat()}", "contested", who=by, what=what)
    state.leave(Fact("left", event.at, by=by, of=event.id, what=what))


def _undo_later(
    state: IssueState, event: Event, what: str, early: MonitoringTime | None = None
) -> None:
    first = next((a.first for a in state.attempts if a.who == event.actor), event.id)
    left = early.left_words if early else ""
    until = early.until.isoformat() if early and early.until else ""
    state.attempts.append(Attempt(event.actor, what, event.id, first, left, until))


def _act_was_undone(state: IssueState, event: Event, what: str) -> None:
    """An act was undone. By IMA it counts, once for each person; by people it does not."""
    if state.left and state.left.what == what:
        state.left = None
    if event.actor == state.ctx.me:  # one write of IMA undoes them all
        for attempt in state.attempts:
            state.remember(attempt.undone(event.at))
        state.attempts = []
    state.attempts = [attempt for attempt in state.attempts if attempt.what != what]


def _edited(state: IssueState, event: Event) -> None:
    state.touch(event.actor, event.at)


def _moved(state: IssueState, event: Event) -> None:
    if (
        state.tracked and event.actor != state.ctx.me
    ):  # IMA itself moves it to where it is confidential
        state.let_go = Resolution(event.at, event.actor, NOT_PLANNED)
    taken_away(state, event)
    state.moved = True


_LABEL_OFF = {"maintenance": _maintenance_label_off, "drill": drill_label_off}
_ACTS = {
    "labelled": _labelled,
    "unlabelled": _unlabelled,
    "closed": _closed,
    "reopened": _reopened,
    "assigned": judge_assignment,
    "unassigned": judge_unassignment,
    "edited": _edited,
    "moved": _moved,
}
