"""Who is on call by the policy alone: by name, by a rota, or in a team of the forge. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from automation.errors import ServiceError
from automation.model.issue import Duty
from automation.policy.policy import Role, Rota

Teams = Callable[[str], tuple[str, ...]]  # logins in "acme/oncall"; may raise ServiceError


def no_teams(name: str) -> tuple[str, ...]:
    """Raises ServiceError: on this forge there are no teams."""
    raise ServiceError(f"roles: the team @{name} is not known here", "name logins, or use GitHub")


def duty_of(role: Role, now: datetime, teams: Teams = no_teams) -> Duty | None:
    """Who is on call for a role by the policy alone; None where nobody is: before a rota starts,
    and while a team is empty."""
    if role.rota:
        return _duty_of_rota(role.rota, now, teams)
    people = _people_of(role.on_call_names, teams)
    return Duty(people[0]) if people else None


def _people_of(names: Iterable[str], teams: Teams) -> list[str]:
    """The logins that ``names`` stand for, each once: those of a team in the order of the
    alphabet."""
    found: dict[str, None] = {}
    for name in names:
        team = sorted(teams(name[1:]), key=str.casefold) if name.startswith("@") else [name]
        found |= dict.fromkeys(team)
    return list(found)


def next_duty(role: Role, now: datetime) -> Duty | None:
    """Whose turn by the rota of the role is next, and from when; None where no rota says it."""
    rota = role.rota
    if not rota or len(rota.who) < 2 or any(name.startswith("@") for name in rota.who):
        return None
    turn = _turn(rota, now) + 1 if now >= rota.start else 0
    return Duty(rota.who[turn % len(rota.who)], _start_of(rota, turn))


def _duty_of_rota(rota: Rota, now: datetime, teams: Teams) -> Duty | None:
    """Whose turn it is."""
    if now < rota.start:
        return None
    turn, who = _turn(rota, now), _people_of(rota.who, teams)
    return Duty(who[turn % len(who)], _start_of(rota, turn)) if who else None


def _turn(rota: Rota, now: datetime) -> int:
    """Turns change at the same local time in the rota's zone, also where clocks change."""
    zone, start = rota.start.tzinfo, rota.start.replace(tzinfo=None)
    return (now.astimezone(zone).replace(tzinfo=None) - start) // rota.every.length


def _start_of(rota: Rota, turn: int) -> datetime:
    start = rota.start.replace(tzinfo=None) + turn * rota.every.length
    return start.replace(tzinfo=rota.start.tzinfo).astimezone(UTC)
