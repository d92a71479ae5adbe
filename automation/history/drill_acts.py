"""An exercise: its owner says that it is one, and any member that it is none (P-57). Pure.

What has woken anybody, what an alert or a reporter stands behind, and what users have read of is
an incident, whatever somebody says of it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from automation.history.command_effects import Refused, choose_severity
from automation.history.command_parsing import Command
from automation.history.issue_state import IssueState
from automation.model.drills import behind
from automation.model.incident import Fact
from automation.model.issue import Event
from automation.stored_state.alert_marker import alert_of, alerts_seen

REAL = "real"


def says_it_is_real(command: Command) -> bool:
    """Is it `/ima drill real`? Any member may say so: no drill may hide an incident."""
    return command.name == "drill" and command.value.lower() == REAL


def _start_or_end_drill(state: IssueState, command: Command) -> None:
    if says_it_is_real(command):
        if not state.drill:
            raise Refused("it is no drill", "help")
        state.exercise(_fact(command.at, command.by, command.of, REAL))
        return
    if state.drill and not command.words:
        raise Refused("it is a drill already", "drill real")
    if not state.ctx.policy.labels.has("drill"):
        raise Refused("labels.yml has no label that means `drill`", "help")
    if state.resolution:
        raise Refused("it is resolved", "reopen REASON")
    if why := _behind_it(state):
        raise Refused(f"{why}, so it is an incident; open another issue for a drill", "help")
    if command.words:
        choose_severity(state, command)
    state.exercise(_fact(command.at, command.by, command.of, ""))


def drill_label_off(state: IssueState, event: Event) -> None:
    """A member who takes the label off says that it is real."""
    if known := state.known.get(event.id):
        state.apply(known)
    elif state.drill and event.actor != state.ctx.me and state.ctx.member(event.actor):
        state.exercise(_fact(event.at, event.actor, event.id, REAL))


def _behind_it(state: IssueState) -> str:
    """What real thing stands behind the issue, so that it cannot be a drill; "" if nothing does."""
    _, names = alert_of(state.issue, state.ctx.me)
    seen = alerts_seen(state.issue, state.ctx.me)
    return behind(state.facts, bool(names or seen.keys), state.origin)


def _fact(at: datetime, by: str | None, of: str, what: str) -> Fact:
    return Fact("drill", at, by=by or "", of=of, what=what)


EFFECTS: dict[str, Callable[[IssueState, Command], None]] = {"drill": _start_or_end_drill}
