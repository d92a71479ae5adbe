"""Commands about what an incident was after all: written down when it was over. Pure."""

from __future__ import annotations

from collections.abc import Callable

from automation.history.command_effects import Refused
from automation.history.command_parsing import Command
from automation.history.duplicates import duplicate_named
from automation.history.issue_state import IssueState
from automation.history.opening_events import opener
from automation.model.commands import USAGE
from automation.model.incident import Fact
from automation.times.moments import past_span

_SPAN = "happened 2026-03-02 14:05 to 15:20"


def for_the_author(case: IssueState, order: Command) -> bool:
    """Is it about an issue that nobody was called for yet, by the member who opened it?"""
    mine = order.by is not None and order.by == opener(case) and case.ctx.member(order.by)
    called = any(seat.person != order.by for seat in case.seats.values())
    called = called or any(fact.kind in ("called", "paged") for fact in case.facts)
    return order.name in DO and mine and not called


def _happened(case: IssueState, order: Command) -> None:
    span = past_span(order.text.rstrip(".!"), order.at)
    if span is None:
        raise Refused("say from when to when it was, in UTC; both are over", _SPAN)
    start, end = (at.isoformat() for at in span)
    case.happened(Fact("happened", order.at, by=order.by or "", of=order.of, what=start, until=end))


def _duplicate(case: IssueState, order: Command) -> None:
    other = duplicate_named(order)
    if not other:
        raise Refused("say of which issue", USAGE["duplicate"])
    if other == case.issue.ref:
        raise Refused("an issue is no duplicate of itself", USAGE["duplicate"])
    if case.resolution and not case.resolution.contested:
        raise Refused("it is resolved already", USAGE["reopen"])
    if other not in case.ctx.active:
        raise Refused(f"{other} is no incident that is going on", USAGE["duplicate"])
    what = f"duplicate of {other}"
    case.resolve(Fact("resolved", order.at, by=order.by or "", of=order.of, what=what))


DO: dict[str, Callable[[IssueState, Command], None]] = {
    "duplicate": _duplicate,
    "happened": _happened,
}
