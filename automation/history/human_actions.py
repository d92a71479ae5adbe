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


def judge_event(case: IssueState, event: Event) -> None:
    """Judge one event."""
    if not leaves(case, event):
        case.acts_now(event.actor, event.at)
    _ACTS[event.kind](case, event)


def _labelled(case: IssueState, event: Event) -> None:
    meaning = case.ctx.policy.labels.meaning(event.subject)
    if meaning is None:
        return
    family, value = meaning
    if family == "incident":
        _flag(case, event)
    elif family == "near_miss":
        case.near_miss = event.at >= case.ctx.since and _takes_part(case, event)
    elif family == "security":
        case.secure(event.at)
    elif family == "service":
        case.services[value] = None
    elif family == "maintenance":
        label_put_on(case)
    elif family in case.families:
        _choose(case, event, family, value)


def _takes_part(case: IssueState, event: Event) -> bool:
    """Is it a member's, or ours? On GitHub anybody's issue by a form may have a label (P-12)."""
    return event.actor == case.ctx.me or case.ctx.member(event.actor)


def _flag(case: IssueState, event: Event) -> None:
    if case.declared_at is None:
        case.declare(event.at, event.actor)
        case.acts_now(event.actor, event.at)  # who declared it is here
        _assigned_before(case, event)
    _undo_done(case, event, "unlabelled")
    if case.released:  # let go, and taken up again: it begins anew
        case.reopen(Fact("reopened", event.at, by=event.actor or "", of=event.id))


def _assigned_before(case: IssueState, event: Event) -> None:
    """Who was assigned before it became an incident counts as assigned now."""
    for person, by in list(case.extras.items()):
        if case.active:
            assign_role(case, person, by, event)


def _choose(case: IssueState, event: Event, family: str, value: str) -> None:
    if event.actor == case.ctx.me and _explained(case, event, family, value):
        _ours(case, event, family, value)
    elif family == "state" and value == RESOLVED:
        if case.resolution is None:
            judge_closing(case, event, "labelled")
    else:
        if family == "state":
            case.state_is_said(event.actor)
        choice = Choice(value, event.at, event.actor, case.ctx.member(event.actor))
        case.families[family].add(choice)
        if case.resolution and case.tracked:
            _after_the_end(case, event, family, value)


def _explained(case: IssueState, event: Event, family: str, value: str) -> bool:
    """Did we set it ourselves? A review has no card that could say so."""
    stands = case.families[family].stands()
    known = case.review or event.subject in case.wrote
    return known or (stands is not None and stands.value == value)


def _ours(case: IssueState, event: Event, family: str, value: str) -> None:
    """What we set ourselves is a choice only as long as nobody has chosen."""
    stands = case.families[family].stands()
    if stands is not None and stands.value == value:
        case.families[family].add(stands)  # put back: it never changed
    elif value != RESOLVED and (stands is None or stands.by is None):
        case.families[family].add(Choice(value, event.at))


def _after_the_end(case: IssueState, event: Event, family: str, value: str) -> None:
    if family == "state":
        _reopen(case, event, value)
    elif family == "status" and value != OPERATIONAL:
        case.note(f"operational:{event.id}", "operational", who=event.actor or "", status=value)


def _unlabelled(case: IssueState, event: Event) -> None:
    meaning = case.ctx.policy.labels.meaning(event.subject)
    if meaning is None:
        return
    family, value = meaning
    if family == "incident":
        if case.active:
            judge_closing(case, event, "unlabelled")
    elif family == "near_miss":
        case.near_miss = False
    elif family == "security":
        _security_off(case, event)
    elif family == "service":
        case.services.pop(value, None)
    elif family in _LABEL_OFF:
        _LABEL_OFF[family](case, event)
    elif family in case.families and not _respelt(case, event, family, value):
        case.families[family].remove(value, event.at, event.actor == case.ctx.me)
        if value == RESOLVED:
            _undo_done(case, event, "labelled")


def _security_off(case: IssueState, event: Event) -> None:
    """What a command has said no label takes back: the next pass puts it on again."""
    if not case.secured_by_command:
        case.security_at = None
    elif case.active and event.actor != case.ctx.me:
        case.note(f"security stays:{event.id}", "security_stays", who=event.actor or "")


def _no_planned_work(case: IssueState, event: Event) -> None:
    taken_away(case, event)
    if case.maintenance and not case.maintenance.confirmed:
        case.maintenance = None


def _respelt(case: IssueState, event: Event, family: str, value: str) -> bool:
    """We took off a label in another case, to put on the one of labels.yml."""
    name = case.ctx.policy.labels.name(family, value)
    return event.actor == case.ctx.me and event.subject != name


def _closed(case: IssueState, event: Event) -> None:
    case.closed = True
    taken_away(case, event)
    if case.resolution is None and not case.moved:  # a forge closes what it has moved
        judge_closing(case, event, "closed")


def _reopened(case: IssueState, event: Event) -> None:
    case.closed = False
    taken_up(case, event)
    if case.resolution is None:
        _undo_done(case, event, "closed")
    else:
        _reopen(case, event)


def _reopen(case: IssueState, event: Event, state: str = "") -> None:
    """Whoever may do so; of anybody else the owner is asked, once for each end (P-05)."""
    known = case.known.get(event.id)
    by = event.actor or ""
    if known and known.kind == "command":
        return
    if known or event.actor == case.ctx.me or case.allowed("reopen", event.actor, event.at):
        case.reopen(Fact("reopened", event.at, by=by, of=event.id, what=state))
        return
    case.remember(Fact("command", event.at, of=event.id, by=by, what="void"))
    if case.resolution and case.tracked:
        ended = case.resolution.at.isoformat()
        case.note(f"back:{ended}", "back", who=by, whom=case.owner or "", why="")


def judge_closing(case: IssueState, event: Event, what: str) -> None:
    """A close, a Resolved label or a removed incident label: an end, or an act to undo (P-05)."""
    if case.declared_at is None:
        return
    known = case.known.get(event.id)
    if known and known.kind == "undone":
        _attempt(case, event, what)
    elif known:
        case.apply(known)
    else:
        _judge_end(case, event, what)


def _judge_end(case: IssueState, event: Event, what: str) -> None:
    early = None
    if not case.tracked or case.allowed("resolve", event.actor, event.at):
        early = _too_early(case, event, what)
        if early is None:
            _end(case, event, what)
            return
    elif _before_its_first_pass(case, event, what):
        _end(case, event, what, NOT_PLANNED)
        return
    if case.undone(event.actor, event.at) >= UNDO_MOST:
        _contest(case, event, what)
    else:
        _attempt(case, event, what, early)


def _too_early(case: IssueState, event: Event, what: str) -> MonitoringTime | None:
    """Letting it go, or closing it as a duplicate or not planned, is no resolve."""
    if not case.tracked or what == "unlabelled":
        return None
    reason = reason_of_closing(case.issue, event) if what == "closed" else ""
    if not Resolution(event.at, event.actor, reason).settled:
        return None
    return monitoring_left(case, event.at)


def _before_its_first_pass(case: IssueState, event: Event, what: str) -> bool:
    """An author who closes at once what they opened has ended it: nobody was called (P-05)."""
    return what == "closed" and case.new and event.actor is not None and event.actor == opener(case)


def _end(case: IssueState, event: Event, what: str, why: str = "") -> None:
    if what == "unlabelled":
        case.release(Fact("released", event.at, by=event.actor or "", of=event.id))
        return
    reason = reason_of_closing(case.issue, event) if what == "closed" else ""
    reason = reason or why
    case.resolve(Fact("resolved", event.at, by=event.actor or "", of=event.id, what=reason))


def _contest(case: IssueState, event: Event, what: str) -> None:
    """The third time the issue is left as it is, and the owner is asked, once; the incident goes
    on until they say so."""
    by, began = event.actor or "", case.began or event.at
    case.note(f"contested:{by}:{what}:{began.isoformat()}", "contested", who=by, what=what)
    case.leave(Fact("left", event.at, by=by, of=event.id, what=what))


def _attempt(
    case: IssueState, event: Event, what: str, early: MonitoringTime | None = None
) -> None:
    first = next((a.first for a in case.attempts if a.who == event.actor), event.id)
    left = early.left_words if early else ""
    until = early.until.isoformat() if early and early.until else ""
    case.attempts.append(Attempt(event.actor, what, event.id, first, left, until))


def _undo_done(case: IssueState, event: Event, what: str) -> None:
    """What we put right counts, once for each person; what people put right does not."""
    if case.left and case.left.what == what:
        case.left = None
    if event.actor == case.ctx.me:  # one write puts right everything
        for attempt in case.attempts:
            case.remember(attempt.undone(event.at))
        case.attempts = []
    case.attempts = [attempt for attempt in case.attempts if attempt.what != what]


def _edited(case: IssueState, event: Event) -> None:
    case.touch(event.actor, event.at)


def _moved(case: IssueState, event: Event) -> None:
    if case.tracked and event.actor != case.ctx.me:  # else we moved it to where it is shut in
        case.let_go = Resolution(event.at, event.actor, NOT_PLANNED)
    taken_away(case, event)
    case.moved = True


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
