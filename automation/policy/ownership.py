"""Who owns an incident, who may act for the owner, and who is assigned. Pure functions of the
roles' seats."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from automation.model.engagement import holders
from automation.model.facts import Seat
from automation.model.on_call import OnCall
from automation.records import dataclass

if TYPE_CHECKING:
    from automation.policy.policy import Policy


def takes_ownership(policy: Policy, seat: Seat) -> bool:
    """Does the role take the ownership from an earlier one of the chain, by the way in which its
    person was engaged (P-03)?"""
    role = policy.roles[seat.role]
    return role.chain and (role.owns == "always" or (role.owns == "by_person" and seat.by_person))


def chain_here(policy: Policy, seats: Mapping[str, Seat]) -> list[Seat]:
    """The seats of the chain whose people are here, in the order of the chain."""
    here = {seat.role: seat for seat in holders(seats)}
    return [here[role] for role in policy.chain if role in here]


def owner_seat(policy: Policy, seats: Mapping[str, Seat]) -> Seat | None:
    """The seat of the owner (P-01, P-03): the last role of the chain that takes the ownership and
    whose person is here; else the only one who is here. While nobody is, the first one of the chain
    who was called. None without any."""
    here = chain_here(policy, seats) or _seats_before_end(policy, seats)
    if here:
        owning = [seat for seat in here if takes_ownership(policy, seat)]
        return (owning or here)[-1]
    return next((seats[role] for role in policy.chain if role in seats), None)


def _seats_before_end(policy: Policy, seats: Mapping[str, Seat]) -> list[Seat]:
    """While nobody is here, the seats that the incident had before it ended and came back
    (P-51)."""
    before = (seats[role].before for role in policy.chain if role in seats)
    return [seat for seat in before if seat and seat.gone]


def owner(policy: Policy, seats: Mapping[str, Seat]) -> str | None:
    """The login of the owner; None where nobody owns it."""
    seat = owner_seat(policy, seats)
    return seat.person if seat else None


def duty_holder(policy: Policy, seats: Mapping[str, Seat], role: str) -> str | None:
    """The login of whoever has the duties of a role (P-03): its person once here; until then the
    last one before it in the chain who is here; else the owner."""
    order = policy.chain[: policy.chain.index(role) + 1] if role in policy.chain else (role,)
    here = [seat.person for seat in chain_here(policy, seats) if seat.role in order]
    return here[-1] if here else owner(policy, seats)


def assignees(
    policy: Policy, seats: Mapping[str, Seat], extras: Iterable[str], one_seat: bool
) -> tuple[str, ...]:
    """Who is to be assigned, in this order: the owner, the others who are here and then those who
    are called, the newest first, and those who help (P-02). With ``one_seat`` only the first of
    them."""
    first = owner(policy, seats)
    if first is None:
        return tuple(extras)[:1] if one_seat else tuple(extras)
    if one_seat:
        return (first,)
    order = [*policy.roles]

    def newest(seat: Seat) -> tuple[datetime, int]:
        return (seat.here_at or seat.since, order.index(seat.role))

    present = [seat for seat in holders(seats) if seat.role in order]
    here = sorted(present, key=newest, reverse=True)
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
    """Does the policy's `may` let ``who`` give this command? ``role`` is the one that the command
    is about."""
    words = policy.may.get(command, ("member",))
    if "anyone" in words:
        return True
    return who.login is not None and any(_fits(word, policy, seats, who, role) for word in words)


def _fits(word: str, policy: Policy, seats: Mapping[str, Seat], who: Asker, role: str) -> bool:
    """Does a word of `may` stand for this person?"""
    if word == "member":
        return who.member
    if word == "owner":
        return who.login == owner(policy, seats)
    if word == "holder":
        return _has_role(seats, role, who)
    if word == "chain":
        return who.login in who.answered or any(
            _has_role(seats, name, who) or who.on_call.serves(name, who.login, who.at)
            for name in policy.chain
        )
    if word in policy.roles:
        return _has_role(seats, word, who)
    return word == f"@{who.login}"


def _has_role(seats: Mapping[str, Seat], role: str, who: Asker) -> bool:
    """Does the person have the role? Being called for it is enough: what they do engages them
    first."""
    seat = seats.get(role)
    people = {seat.person, seat.holder.person if seat.holder else ""} if seat else set()
    if seat and seat.before and seat.before.gone and not any(holders(seats)):
        people.add(seat.before.person)
    return who.login in people


def who_in_words(policy: Policy, words: Sequence[str], owner: str | None = None) -> str:
    """The words of `may` for a person, such as "the owner, the CMOC or @mia". A role outside the
    chain has its title; with ``owner`` the owner is named."""
    named = f" (@{owner})" if owner else ""
    spoken = {
        "owner": f"the owner{named}",
        "holder": f"whoever holds the role{named}",
        "chain": f"whoever is called, here or on call for a role of the chain{named}",
        "member": "a member of the project",
        "anyone": "anyone",
    }
    spoken |= {name: f"the {role.title}" for name, role in policy.roles.items()}
    spoken |= {name: f"the {policy.words.role(name)}" for name in policy.chain}
    *most, last = [spoken.get(word, word) for word in words] or ["nobody"]
    return f"{', '.join(most)} or {last}" if most else last
