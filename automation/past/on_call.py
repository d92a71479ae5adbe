"""Who was on call, as far as IMA remembers it: the shifts on the dashboard; before them whom rules
called; of a role that nobody was called for, who has it now. Or as the policy alone says it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from automation.model.facts import Fact
from automation.model.issue import Duty
from automation.past.services import Duties
from automation.policy.policy import Policy
from automation.services import Pager
from automation.services.embedded.embedded import next_turn
from automation.stored_state.dashboard import REMEMBERED

_A_MOMENT = timedelta(seconds=1)


def remembered_duties(
    shifts: Mapping[str, Sequence[Duty]],
    facts: Iterable[Fact],
    present: Mapping[str, Duty | None],
) -> Duties:
    """A function from a time to who was on call for each role. ``facts`` are those of all cards."""
    called: dict[str, list[Duty]] = {}
    for fact in sorted(facts, key=lambda fact: fact.at):
        if fact.kind == "called" and fact.what == "rule":
            called.setdefault(fact.role, []).append(Duty(fact.who, fact.at))
    known = {role: _timeline(shifts.get(role, ()), called.get(role, ())) for role in present}

    changes = sorted({d.since for duties in known.values() for d in duties if d.since})

    def at(now: datetime) -> Mapping[str, Duty | None]:
        found = {role: _at(known[role], now) or present[role] for role in present}
        return {role: duty if duty and duty.person else None for role, duty in found.items()}

    def next_change(now: datetime) -> datetime | None:
        number = bisect_right(changes, now)
        return changes[number] if number < len(changes) else None

    def before(now: datetime) -> Mapping[str, tuple[Duty, ...]]:
        begun = {
            role: [d for d in known[role] if d.since is None or d.since < now] for role in known
        }
        return {
            role: tuple(duties[duties[0] == Duty("") :])[-REMEMBERED:]
            for role, duties in begun.items()
            if duties
        }

    return Duties(at, next_change, before)


def policy_duties(policy: Policy, pager: Pager) -> Duties:
    """Who is on call by the policy alone, at any time."""
    rotas = [role.rota for role in policy.roles.values() if role.rota]

    def next_change(now: datetime) -> datetime | None:
        return min((next_turn(rota, now) for rota in rotas), default=None)

    def before(now: datetime) -> Mapping[str, tuple[Duty, ...]]:
        then = pager.on_call(now - _A_MOMENT)
        return {role: (duty,) for role, duty in then.items() if duty}

    return Duties(pager.on_call, next_change, before)


def _timeline(shifts: Sequence[Duty], called: Sequence[Duty]) -> list[Duty]:
    """What the dashboard remembers; before that nobody was on call, where it has forgotten
    nothing."""
    if not shifts:
        return [*called]
    first = shifts[0].since
    if first is None:
        return [*shifts]
    if len(shifts) < REMEMBERED:
        return [Duty(""), *shifts]
    return [*(duty for duty in called if duty.since and duty.since < first), *shifts]


def _at(known: Sequence[Duty], now: datetime) -> Duty | None:
    begun = [duty for duty in known if duty.since is None or duty.since <= now]
    return begun[-1] if begun else next(iter(known), None)
