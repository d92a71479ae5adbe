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


def says_it_is_real(order: Command) -> bool:
    """Anybody who takes part may: no incident is hidden by an exercise."""
    return order.name == "drill" and order.value.lower() == REAL


def _drill(case: IssueState, order: Command) -> None:
    if says_it_is_real(order):
        if not case.drill:
            raise Refused("it is no drill", "help")
        case.exercise(_fact(order.at, order.by, order.of, REAL))
        return
    if case.drill and not order.words:
        raise Refused("it is a drill already", "drill real")
    if not case.ctx.policy.labels.has("drill"):
        raise Refused("labels.yml has no label that means `drill`", "help")
    if case.resolution:
        raise Refused("it is resolved", "reopen REASON")
    if why := _behind_it(case):
        raise Refused(f"{why}, so it is an incident; open another issue for a drill", "help")
    if order.words:
        choose_severity(case, order)
    case.exercise(_fact(order.at, order.by, order.of, ""))


def drill_label_off(case: IssueState, event: Event) -> None:
    """A member who takes the label off says that it is real."""
    if known := case.known.get(event.id):
        case.apply(known)
    elif case.drill and event.actor != case.ctx.me and case.ctx.member(event.actor):
        case.exercise(_fact(event.at, event.actor, event.id, REAL))


def _behind_it(case: IssueState) -> str:
    _, names = alert_of(case.issue, case.ctx.me)
    seen = alerts_seen(case.issue, case.ctx.me)
    return behind(case.facts, bool(names or seen.keys), case.origin)


def _fact(at: datetime, by: str | None, of: str, what: str) -> Fact:
    return Fact("drill", at, by=by or "", of=of, what=what)


DO: dict[str, Callable[[IssueState, Command], None]] = {"drill": _drill}
