"""Who owns an incident, who may act for the owner, who is assigned. Pure functions of the seats."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from automation.model.engagement import holders
from automation.model.facts import Seat
from automation.model.on_call import OnCall

if TYPE_CHECKING:
    from automation.policy.policy import Policy


def takes_ownership(policy: Policy, seat: Seat) -> bool:
    """Does this role, engaged in this way, take the ownership (P-03)?"""
    role = policy.roles[seat.role]
    return role.chain and (role.owns == "always" or (role.owns == "by_person" and seat.by_person))


def chain_here(policy: Policy, seats: Mapping[str, Seat]) -> list[Seat]:
    """Those of the chain who are here, in its order."""
    here = {seat.role: seat for seat in holders(seats)}
    return [here[role] for role in policy.chain if role in here]


def owner_seat(policy: Policy, seats: Mapping[str, Seat]) -> Seat | None:
    """Whose incident it is: the last role of the chain that is engaged and owns; the only one who
    is here; while nobody is, the first one who was called (P-01, P-03)."""
    here = chain_here(policy, seats) or _gone(policy, seats)
    if here:
        owning = [seat for seat in here if takes_ownership(policy, seat)]
        return (owning or here)[-1]
    return next((seats[role] for role in policy.chain if role in seats), None)


def _gone(policy: Policy, seats: Mapping[str, Seat]) -> list[Seat]:
    """While nobody is here, who had the roles before it came back (P-51)."""
    before = (seats[role].before for role in policy.chain if role in seats)
    return [seat for seat in before if seat and seat.gone]


def owner(policy: Policy, seats: Mapping[str, Seat]) -> str | None:
    """The one owner."""
    seat = owner_seat(policy, seats)
    return seat.person if seat else None


def duty_holder(policy: Policy, seats: Mapping[str, Seat], role: str) -> str | None:
    """Who has the duties of a role of the chain: its person once here, until then the one before
    who is here, else the owner (P-03)."""
    order = policy.chain[: policy.chain.index(role) + 1] if role in policy.chain else (role,)
    here = [seat.person for seat in chain_here(policy, seats) if seat.role in order]
    return here[-1] if here else owner(policy, seats)


def assignees(
    policy: Policy, seats: Mapping[str, Seat], extras: Iterable[str], one_seat: bool
) -> tuple[str, ...]:
    """The owner, the others who are here, the newest first, those who are called, those assigned
    besides (P-02)."""
    first = owner(policy, seats)
    if first is None:
        return tuple(extras)[:1] if one_seat else tuple(extras)
    if one_seat:
        return (first,)
    order = policy.chain

    def newest(seat: Seat) -> tuple[datetime, int]:
        return (seat.here_at or seat.since, order.index(seat.role))

    here = sorted(chain_here(policy, seats), key=newest, reverse=True)
    awaited = [seat for seat in seats.values() if seat.role in order and not seat.here_at]
    called = sorted(awaited, key=newest, reverse=True)
    people = (seat.person for seat in (*here, *called))
    return tuple(dict.fromkeys([first, *people, *extras]))


@dataclass(frozen=True, slots=True)
class Asker:
    """Somebody who gives a command, and what counts for their right to it."""

    login: str | None
    member: bool
    at: datetime
    on_call: OnCall
    answered: frozenset[str] = frozenset()  # who acknowledged a page, though called for no role


def is_allowed(
    policy: Policy, seats: Mapping[str, Seat], command: str, who: Asker, role: str = ""
) -> bool:
    """Does ``may:`` let ``who`` give this command (``role``: the one that it is about)?"""
    words = policy.may.get(command, ("member",))
    if "anyone" in words:
        return True
    return who.login is not None and any(_is(word, policy, seats, who, role) for word in words)


def _is(word: str, policy: Policy, seats: Mapping[str, Seat], who: Asker, role: str) -> bool:
    if word == "member":
        return who.member
    if word == "owner":
        return who.login == owner(policy, seats)
    if word == "holder":
        return _has(seats, role, who)
    if word == "chain":
        return who.login in who.answered or any(
            _has(seats, name, who) or who.on_call.serves(name, who.login, who.at)
            for name in policy.chain
        )
    if word in policy.roles:
        return _has(seats, word, who)
    return word == f"@{who.login}"


def _has(seats: Mapping[str, Seat], role: str, who: Asker) -> bool:
    """Who is called for the role counts, too: what they do engages them first."""
    seat = seats.get(role)
    people = {seat.person, seat.holder.person if seat.holder else ""} if seat else set()
    if seat and seat.before and seat.before.gone and not any(holders(seats)):
        people.add(seat.before.person)
    return who.login in people


def who_in_words(policy: Policy, words: Sequence[str], owner: str | None = None) -> str:
    """``may:`` as words for a person, e.g. "the owner, the CMOC or @mia"; a role outside the chain
    by its title. Where the ``owner`` may, they are named."""
    named = f" (@{owner})" if owner else ""
    spoken = {
        "owner": f"the owner{named}",
        "holder": f"whoever holds the role{named}",
        "chain": f"whoever is called, here or on call for a role of the chain{named}",
        "member": "a member of the project",
        "anyone": "anyone",
    }
    spoken |= {name: f"the {role.title}" for name, role in policy.roles.items()}
    spoken |= {name: f"the {name.upper()}" for name in policy.chain}
    *most, last = [spoken.get(word, word) for word in words] or ["nobody"]
    return f"{', '.join(most)} or {last}" if most else last
