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
from automation.text.typed import MARKUP, POINTS, length_in
from automation.times.durations import Duration

CONFIRM = "maintenance confirm"
_TIMES = "say in the description from when to when: `From: 2026-03-02 22:00 UTC`, `To: 23:30 UTC`"


def may_confirm(state: IssueState, command: Command) -> bool:
    """May this person publish, and so confirm planned work? Nobody is called for planned work, so
    whoever is on call for a role has it here; its owners are its assignees and the first role of
    the chain."""
    person, policy = command.by, state.ctx.policy
    if person is None or not state.ctx.member(person):
        return False
    words = policy.may.get(RIGHT_OF["maintenance"], ("member",))
    if {"anyone", "member", f"@{person}"} & {*words}:
        return True
    roles = {word for word in words if word in policy.roles}
    if "owner" in words:
        if person in state.issue.assignees:
            return True
        roles.add(policy.chain[0])
    if "chain" in words:
        roles |= {*policy.chain}
    return any(_serves(state, role, person, command) for role in roles)


def _serves(state: IssueState, role: str, person: str, command: Command) -> bool:
    """Is this person on call for the role or, where nobody is, for the nearest one before it?"""
    chain, on_call = state.ctx.policy.chain, state.ctx.on_call
    before = chain[: chain.index(role) + 1][::-1] if role in chain else (role,)
    known = next((name for name in before if on_call.at(name, command.at)), role)
    return on_call.serves(known, person, command.at)


def who_confirms(state: IssueState) -> str:
    """Who may confirm planned work, in words: "the owner or @mia"."""
    return ownership.who_in_words(
        state.ctx.policy, state.ctx.policy.may.get(RIGHT_OF["maintenance"], ("member",))
    )


def _act_on_planned_work(state: IssueState, command: Command) -> None:
    if state.maintenance is None:
        raise Refused("this issue is no planned work: it has no label that says so", "help")
    if state.declared_at is not None:
        raise Refused("this is an incident, and planned work has an issue of its own", "help")
    what, _, rest = command.text.partition(" ")
    what = what.strip(".,:;!?").lower()
    if what not in _ACTS:
        raise Refused(f"it is one of {', '.join(_ACTS)}", USAGE["maintenance"])
    _ACTS[what](state, command, rest.strip())


def _confirm(state: IssueState, command: Command, text: str) -> None:
    said, known = _maintenance_of(state).said, _maintenance_of(state)
    if said is None:
        raise Refused(f"nobody knows when it is; {_TIMES}", CONFIRM)
    if said.end <= command.at:
        raise Refused(f"it would be over: it ends {said.end:%Y-%m-%d %H:%M} UTC; {_TIMES}", CONFIRM)
    if said.end - command.at > bounds.AHEAD:
        raise Refused("that is more than a year ahead", CONFIRM)
    if known.window == said and known.phase(command.at) not in OVER and not text:
        raise Refused("it is confirmed as its description says", "maintenance cancel")
    if len(text) > bounds.PUBLIC:
        raise Refused(f"the text has {len(text):,} characters, and {bounds.PUBLIC:,} fit", CONFIRM)
    state.confirm(window_fact(said, command.at, command.by or "", command.of, text))


def _extend(state: IssueState, command: Command, text: str) -> None:
    known = _maintenance_of(state)
    if known.confirmed is None or known.ended:
        raise Refused("it is not going on", CONFIRM)
    window = known.window
    assert window is not None  # it was confirmed
    try:
        longer = Duration.parse(length_in(text.strip(f" {POINTS}{MARKUP}+")))
        end = longer.due(max(window.end, command.at), state.ctx.policy.calendar)
    except (OverflowError, PolicyError) as error:
        raise Refused("say by how long, such as 30m or 2h", "maintenance extend 30m") from error
    if not longer.amount or end - command.at > bounds.AHEAD:
        raise Refused("that is more than a year ahead, or nothing", "maintenance extend 30m")
    made = window_fact(replace(window, end=end), command.at, command.by or "", command.of)
    state.confirm(replace(made, text=known.confirmed.text))


def _end(state: IssueState, command: Command, text: str) -> None:
    if _maintenance_of(state).phase(command.at) != IN_PROGRESS:
        raise Refused("it is not going on", "maintenance cancel")
    state.end_maintenance(_ended(command, text))


def _cancel(state: IssueState, command: Command, text: str) -> None:
    known = _maintenance_of(state)
    if known.confirmed is None or known.phase(command.at) in OVER:
        raise Refused("it is neither planned nor going on", CONFIRM)
    state.end_maintenance(_ended(command, text))


def _ended(command: Command, text: str) -> Fact:
    reason = text[: bounds.REASON]
    return Fact("ended", command.at, by=command.by or "", of=command.of, text=reason)


def _maintenance_of(state: IssueState) -> Maintenance:
    return state.maintenance or Maintenance()


_ACTS: dict[str, Callable[[IssueState, Command, str], None]] = {
    "confirm": _confirm,
    "extend": _extend,
    "end": _end,
    "cancel": _cancel,
}
EFFECTS: dict[str, Callable[[IssueState, Command], None]] = {"maintenance": _act_on_planned_work}


def label_put_on(state: IssueState) -> None:
    """The issue is planned work now; its text and labels say when, and on which services."""
    policy = state.ctx.policy
    meant = filter(None, map(policy.labels.meaning, state.issue.labels))
    labelled = [value for family, value in meant if family == "service"]
    said = said_window(state.issue.body, labelled, policy.services)
    state.maintenance = replace(_maintenance_of(state), said=said)


def taken_away(state: IssueState, event: Event) -> None:
    """A member closes planned work, takes its label off or moves it: it is over before its time.
    What anybody else closes is opened again, and they are told why."""
    known, by = state.known.get(event.id), event.actor or ""
    if known:
        state.apply(known)
    elif not _goes_on(state, event.at) or event.actor == state.ctx.me:
        return
    elif state.ctx.member(event.actor):
        state.end_maintenance(Fact("ended", event.at, by=by, of=event.id))
    elif event.kind == "closed":
        state.note(f"maintenance:goes on:{by}", "maintenance_goes_on", who=by)


def taken_up(state: IssueState, event: Event) -> None:
    """Planned work was opened again: what was over has to be confirmed anew."""
    over = state.maintenance and state.maintenance.phase(event.at) in OVER
    if over and event.actor != state.ctx.me:
        state.maintenance = Maintenance(said=_maintenance_of(state).said)


def _goes_on(state: IssueState, at: datetime) -> bool:
    return _maintenance_of(state).phase(at) in (SCHEDULED, IN_PROGRESS)
