"""What people do on an issue, judged by the facts of that time. Pure.

Each function takes the case as it was when the event happened and moves it. An act of our own
account is ours when the case explains it; else it is somebody's who shares the account.
"""

from __future__ import annotations

from automation.history.drill_acts import drill_label_off
from automation.history.duplicates import reason_of_closing
from automation.history.issue_state import IssueState
from automation.history.maintenance_acts import label_put_on, taken_away, taken_up
from automation.history.monitoring_time import MonitoringTime, monitoring_left
from automation.history.opening_events import opener
from automation.history.role_assignments import (
    assign_role,
    judge_assignment,
    judge_unassignment,
    leaves,
)
from automation.model import bounds
from automation.model.facts import NOT_PLANNED, Attempt
from automation.model.incident import Choice, Fact, Resolution
from automation.model.issue import OPERATIONAL, RESOLVED, Event

UNDO_MOST = (
    bounds.UNDONE
)  # undone acts of one person on one incident, then the owner is asked (P-05)


def judge_event(state: IssueState, event: Event) -> None:
    """Judge one event."""
    if not leaves(state, event):
        state.acts_now(event.actor, event.at)
    _ACTS[event.kind](state, event)


def _labelled(state: IssueState, event: Event) -> None:
    meaning = state.ctx.policy.labels.meaning(event.subject)
    if meaning is None:
        return
    family, value = meaning
    if family == "incident":
        _flag(state, event)
    elif family == "near_miss":
        state.near_miss = event.at >= state.ctx.since
    elif family == "security":
        state.secure(event.at)
    elif family == "service":
        state.services[value] = None
    elif family == "maintenance":
        label_put_on(state)
    elif family in state.families:
        _choose(state, event, family, value)


def _flag(state: IssueState, event: Event) -> None:
    if state.declared_at is None:
        state.declare(event.at, event.actor)
        state.acts_now(event.actor, event.at)  # who declared it is here
        _assigned_before(state, event)
    _undo_done(state, event, "unlabelled")
    if state.released:  # let go, and taken up again: it begins anew
        state.reopen(Fact("reopened", event.at, by=event.actor or "", of=event.id))


def _assigned_before(state: IssueState, event: Event) -> None:
    """Who was assigned before it became an incident counts as assigned now."""
    for person, by in list(state.extras.items()):
        if state.active:
            assign_role(state, person, by, event)


def _choose(state: IssueState, event: Event, family: str, value: str) -> None:
    if event.actor == state.ctx.me and _explained(state, event, family, value):
        _ours(state, event, family, value)
    elif family == "state" and value == RESOLVED:
        if state.resolution is None:
            judge_closing(state, event, "labelled")
    else:
        if family == "state":
            state.state_is_said(event.actor)
        choice = Choice(value, event.at, event.actor, state.ctx.member(event.actor))
        state.families[family].add(choice)
        if state.resolution and state.tracked:
            _after_the_end(state, event, family, value)


def _explained(state: IssueState, event: Event, family: str, value: str) -> bool:
    """Did we set it ourselves? A review has no card that could say so."""
    stands = state.families[family].stands()
    known = state.review or event.subject in state.wrote
    return known or (stands is not None and stands.value == value)


def _ours(state: IssueState, event: Event, family: str, value: str) -> None:
    """What we set ourselves is a choice only as long as nobody has chosen."""
    stands = state.families[family].stands()
    if stands is not None and stands.value == value:
        state.families[family].add(stands)  # put back: it never changed
    elif value != RESOLVED and (stands is None or stands.by is None):
        state.families[family].add(Choice(value, event.at))


def _after_the_end(state: IssueState, event: Event, family: str, value: str) -> None:
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
        _security_off(state, event)
    elif family == "service":
        state.services.pop(value, None)
    elif family in _LABEL_OFF:
        _LABEL_OFF[family](state, event)
    elif family in state.families and not _respelt(state, event, family, value):
        state.families[family].remove(value, event.at, event.actor == state.ctx.me)
        if value == RESOLVED:
            _undo_done(state, event, "labelled")


def _security_off(state: IssueState, event: Event) -> None:
    """What a command has said no label takes back: the next pass puts it on again."""
    if not state.secured_by_command:
        state.security_at = None
    elif state.active and event.actor != state.ctx.me:
        state.note(f"security stays:{event.id}", "security_stays", who=event.actor or "")


def _no_planned_work(state: IssueState, event: Event) -> None:
    taken_away(state, event)
    if state.maintenance and not state.maintenance.confirmed:
        state.maintenance = None


def _respelt(state: IssueState, event: Event, family: str, value: str) -> bool:
    """We took off a label in another case, to put on the one of labels.yml."""
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
        _undo_done(state, event, "closed")
    else:
        _reopen(state, event)


def _reopen(state: IssueState, event: Event, value: str = "") -> None:
    """Whoever may do so; of anybody else the owner is asked, once for each end (P-05)."""
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
    """A close, a Resolved label or a removed incident label: an end, or an act to undo (P-05)."""
    if state.declared_at is None:
        return
    known = state.known.get(event.id)
    if known and known.kind == "undone":
        _attempt(state, event, what)
    elif known:
        state.apply(known)
    else:
        _judge_end(state, event, what)


def _judge_end(state: IssueState, event: Event, what: str) -> None:
    early = None
    if not state.tracked or state.allowed("resolve", event.actor, event.at):
        early = _too_early(state, event, what)
        if early is None:
            _end(state, event, what)
            return
    elif _before_its_first_pass(state, event, what):
        _end(state, event, what, NOT_PLANNED)
        return
    if state.undone(event.actor, event.at) >= UNDO_MOST:
        _contest(state, event, what)
    else:
        _attempt(state, event, what, early)


def _too_early(state: IssueState, event: Event, what: str) -> MonitoringTime | None:
    """Letting it go, or closing it as a duplicate or not planned, is no resolve."""
    if not state.tracked or what == "unlabelled":
        return None
    reason = reason_of_closing(state.issue, event) if what == "closed" else ""
    if not Resolution(event.at, event.actor, reason).settled:
        return None
    return monitoring_left(state, event.at)


def _before_its_first_pass(state: IssueState, event: Event, what: str) -> bool:
    """An author who closes at once what they opened has ended it: nobody was called (P-05)."""
    return (
        what == "closed" and state.new and event.actor is not None and event.actor == opener(state)
    )


def _end(state: IssueState, event: Event, what: str, why: str = "") -> None:
    if what == "unlabelled":
        state.release(Fact("released", event.at, by=event.actor or "", of=event.id))
        return
    reason = reason_of_closing(state.issue, event) if what == "closed" else ""
    reason = reason or why
    state.resolve(Fact("resolved", event.at, by=event.actor or "", of=event.id, what=reason))


def _contest(state: IssueState, event: Event, what: str) -> None:
    """The third time the issue is left as it is, and the owner is asked, once; the incident goes
    on until they say so."""
    by, began = event.actor or "", state.began or event.at
    state.note(f"contested:{by}:{what}:{began.isoformat()}", "contested", who=by, what=what)
    state.leave(Fact("left", event.at, by=by, of=event.id, what=what))


def _attempt(
    state: IssueState, event: Event, what: str, early: MonitoringTime | None = None
) -> None:
    first = next((a.first for a in state.attempts if a.who == event.actor), event.id)
    left = early.left_words if early else ""
    until = early.until.isoformat() if early and early.until else ""
    state.attempts.append(Attempt(event.actor, what, event.id, first, left, until))


def _undo_done(state: IssueState, event: Event, what: str) -> None:
    """What we put right counts, once for each person; what people put right does not."""
    if state.left and state.left.what == what:
        state.left = None
    if event.actor == state.ctx.me:  # one write puts right everything
        for attempt in state.attempts:
            state.remember(attempt.undone(event.at))
        state.attempts = []
    state.attempts = [attempt for attempt in state.attempts if attempt.what != what]


def _edited(state: IssueState, event: Event) -> None:
    state.touch(event.actor, event.at)


def _moved(state: IssueState, event: Event) -> None:
    if state.tracked and event.actor != state.ctx.me:  # else we moved it to where it is shut in
        state.let_go = Resolution(event.at, event.actor, NOT_PLANNED)
    taken_away(state, event)
    state.moved = True


_LABEL_OFF = {"maintenance": _no_planned_work, "drill": drill_label_off}
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
