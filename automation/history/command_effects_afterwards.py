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

_EXAMPLE = "happened 2026-03-02 14:05 to 15:20"


def for_the_author(state: IssueState, command: Command) -> bool:
    """Is it a command of this file, by the member who opened the issue, before anybody else was
    called?"""
    by_opener = (
        command.by is not None and command.by == opener(state) and state.ctx.member(command.by)
    )
    called = any(seat.person != command.by for seat in state.seats.values())
    called = called or any(fact.kind in ("called", "paged") for fact in state.facts)
    return command.name in EFFECTS and by_opener and not called


def _write_down_afterwards(state: IssueState, command: Command) -> None:
    span = past_span(command.text.rstrip(".!"), command.at)
    if span is None:
        raise Refused("say from when to when it was, in UTC; both are over", _EXAMPLE)
    start, end = (at.isoformat() for at in span)
    state.write_down_afterwards(
        Fact("happened", command.at, by=command.by or "", of=command.of, what=start, until=end)
    )


def _resolve_as_duplicate(state: IssueState, command: Command) -> None:
    other = duplicate_named(command)
    if not other:
        raise Refused("say of which issue", USAGE["duplicate"])
    if other == state.issue.ref:
        raise Refused("an issue is no duplicate of itself", USAGE["duplicate"])
    if state.resolution and not state.resolution.contested:
        raise Refused("it is resolved already", USAGE["reopen"])
    if other not in state.ctx.active:
        raise Refused(f"{other} is no incident that is going on", USAGE["duplicate"])
    what = f"duplicate of {other}"
    state.resolve(Fact("resolved", command.at, by=command.by or "", of=command.of, what=what))


EFFECTS: dict[str, Callable[[IssueState, Command], None]] = {
    "duplicate": _resolve_as_duplicate,
    "happened": _write_down_afterwards,
}
