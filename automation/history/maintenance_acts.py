"""What people do about planned work: confirm it, end it, call it off (P-56). Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from automation.errors import PolicyError
from automation.history.command_effects import Refused
from automation.history.command_parsing import Command
from automation.history.issue_state import IssueState
from automation.history.maintenance_form import said_window
from automation.model import bounds
from automation.model.commands import RIGHT_OF, USAGE
from automation.model.incident import Fact
from automation.model.issue import Event
from automation.model.maintenance import (
    IN_PROGRESS,
    OVER,
    SCHEDULED,
    Maintenance,
    window_fact,
)
from automation.policy import ownership
from automation.times.durations import Duration

CONFIRM = "maintenance confirm"
_TIMES = "say in the description from when to when: `From: 2026-03-02 22:00 UTC`, `To: 23:30 UTC`"


def may_confirm(case: IssueState, order: Command) -> bool:
    """May this person publish? Nobody is called for planned work: whoever is on call for a role
    has it here, the first role of the chain owns it, and so does who is assigned to do it."""
    person, policy = order.by, case.ctx.policy
    if person is None or not case.ctx.member(person):
        return False
    words = policy.may.get(RIGHT_OF["maintenance"], ("member",))
    if {"anyone", "member", f"@{person}"} & {*words}:
        return True
    roles = {word for word in words if word in policy.roles}
    if "owner" in words:
        if person in case.issue.assignees:
            return True
        roles.add(policy.chain[0])
    if "chain" in words:
        roles |= {*policy.chain}
    return any(_has(case, role, person, order) for role in roles)


def _has(case: IssueState, role: str, person: str, order: Command) -> bool:
    """Is this person on call for the role or, where nobody is, for the nearest one before it?"""
    chain, on_call = case.ctx.policy.chain, case.ctx.on_call
    before = chain[: chain.index(role) + 1][::-1] if role in chain else (role,)
    known = next((name for name in before if on_call.at(name, order.at)), role)
    return on_call.serves(known, person, order.at)


def who_confirms(case: IssueState) -> str:
    """Who may confirm planned work, in words: "the owner or @mia"."""
    return ownership.who_in_words(
        case.ctx.policy, case.ctx.policy.may.get(RIGHT_OF["maintenance"], ("member",))
    )


def _maintenance(case: IssueState, order: Command) -> None:
    if case.maintenance is None:
        raise Refused("this issue is no planned work: it has no label that says so", "help")
    if case.declared_at is not None:
        raise Refused("this is an incident, and planned work has an issue of its own", "help")
    what, _, rest = order.text.partition(" ")
    what = what.strip(".,:;!?").lower()
    if what not in _DO:
        raise Refused(f"it is one of {', '.join(_DO)}", USAGE["maintenance"])
    _DO[what](case, order, rest.strip())


def _confirm(case: IssueState, order: Command, text: str) -> None:
    said, known = _judged(case).said, _judged(case)
    if said is None:
        raise Refused(f"nobody knows when it is; {_TIMES}", CONFIRM)
    if said.end <= order.at:
        raise Refused(f"it would be over: it ends {said.end:%Y-%m-%d %H:%M} UTC; {_TIMES}", CONFIRM)
    if said.end - order.at > bounds.AHEAD:
        raise Refused("that is more than a year ahead", CONFIRM)
    if known.window == said and known.phase(order.at) not in OVER and not text:
        raise Refused("it is confirmed as its description says", "maintenance cancel")
    if len(text) > bounds.PUBLIC:
        raise Refused(f"the text has {len(text):,} characters, and {bounds.PUBLIC:,} fit", CONFIRM)
    case.confirm(window_fact(said, order.at, order.by or "", order.of, text))


def _extend(case: IssueState, order: Command, text: str) -> None:
    known = _judged(case)
    if known.confirmed is None or known.ended:
        raise Refused("it is not going on", CONFIRM)
    window = known.window
    assert window is not None  # it was confirmed
    try:
        longer = Duration.parse(text.strip(" ."))
        end = longer.due(max(window.end, order.at), case.ctx.policy.calendar)
    except (OverflowError, PolicyError) as error:
        raise Refused("say by how long, such as 30m or 2h", "maintenance extend 30m") from error
    if not longer.amount or end - order.at > bounds.AHEAD:
        raise Refused("that is more than a year ahead, or nothing", "maintenance extend 30m")
    made = window_fact(replace(window, end=end), order.at, order.by or "", order.of)
    case.confirm(replace(made, text=known.confirmed.text))


def _end(case: IssueState, order: Command, text: str) -> None:
    if _judged(case).phase(order.at) != IN_PROGRESS:
        raise Refused("it is not going on", "maintenance cancel")
    case.end_maintenance(
        Fact("ended", order.at, by=order.by or "", of=order.of, text=text[: bounds.REASON])
    )


def _cancel(case: IssueState, order: Command, text: str) -> None:
    known = _judged(case)
    if known.confirmed is None or known.phase(order.at) in OVER:
        raise Refused("it is neither planned nor going on", CONFIRM)
    case.end_maintenance(
        Fact("ended", order.at, by=order.by or "", of=order.of, text=text[: bounds.REASON])
    )


def _ended(order: Command, text: str) -> Fact:
    text = text[: bounds.REASON]
    return Fact("ended", order.at, by=order.by or "", of=order.of, text=text)


def _judged(case: IssueState) -> Maintenance:
    return case.maintenance or Maintenance()


_DO: dict[str, Callable[[IssueState, Command, str], None]] = {
    "confirm": _confirm,
    "extend": _extend,
    "end": _end,
    "cancel": _cancel,
}
DO: dict[str, Callable[[IssueState, Command], None]] = {"maintenance": _maintenance}


def label_put_on(case: IssueState) -> None:
    """It is planned work, as far as its text and labels say when and on what."""
    policy = case.ctx.policy
    meant = filter(None, map(policy.labels.meaning, case.issue.labels))
    labelled = [value for family, value in meant if family == "service"]
    said = said_window(case.issue.body, labelled, policy.services)
    case.maintenance = replace(_judged(case), said=said)


def taken_away(case: IssueState, event: Event) -> None:
    """A member closes it, takes its label off or moves it: it is over before its time."""
    known = case.known.get(event.id)
    if known:
        case.apply(known)
    elif _goes_on(case, event.at) and event.actor != case.ctx.me and case.ctx.member(event.actor):
        case.end_maintenance(Fact("ended", event.at, by=event.actor or "", of=event.id))


def taken_up(case: IssueState, event: Event) -> None:
    """Opened again: what was over has to be confirmed anew."""
    over = case.maintenance and case.maintenance.phase(event.at) in OVER
    if over and event.actor != case.ctx.me:
        case.maintenance = Maintenance(said=_judged(case).said)


def _goes_on(case: IssueState, at: datetime) -> bool:
    return _judged(case).phase(at) in (SCHEDULED, IN_PROGRESS)
