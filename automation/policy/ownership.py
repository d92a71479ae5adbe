"""Who owns an incident, who may act for the owner, who is assigned. Pure functions of the seats."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, cast

from automation.model.incident import Fact, How, Seat

if TYPE_CHECKING:
    from automation.policy.policy import Policy


def seat_of(fact: Fact, nth: int) -> Seat:
    """The seat that an engagement makes; the ``nth`` one of this role on this incident."""
    return Seat(
        fact.role,
        fact.who,
        engaged_at=fact.at,
        since=fact.at,
        how=cast(How, fact.what or "rule"),
        by=fact.by,
        here_at=fact.at if fact.what == "assigned" else None,
        wants_page=fact.page,
        nth=nth,
    )


def takes_ownership(policy: Policy, seat: Seat) -> bool:
    """Does this role, engaged in this way, take the ownership (P-03)?"""
    role = policy.roles[seat.role]
    return role.chain and (role.owns == "always" or (role.owns == "by_person" and seat.by_person))


def owner_seats(policy: Policy, seats: Mapping[str, Seat]) -> list[Seat]:
    """Filled roles that own or would own, the owner's first, then back along the chain."""
    return [
        seats[role]
        for role in reversed(policy.chain)
        if role in seats and takes_ownership(policy, seats[role])
    ]


def owner(policy: Policy, seats: Mapping[str, Seat]) -> str | None:
    """The one owner: the last role of the chain that is engaged (P-01, P-03)."""
    chain = owner_seats(policy, seats)
    return chain[0].person if chain else None


def who_may_act_as_owner(policy: Policy, seats: Mapping[str, Seat]) -> list[str]:
    """Who has the owner's rights: the owner and, until they show up, the one before (P-03)."""
    people: list[str] = []
    for seat in owner_seats(policy, seats):
        people.append(seat.person)
        if not seat.awaited:
            break
    return people


def assignees(
    policy: Policy, seats: Mapping[str, Seat], extras: Iterable[str], one_seat: bool
) -> tuple[str, ...]:
    """The owner, the other filled roles of the chain (newest first), those assigned besides."""
    first = owner(policy, seats)
    if first is None:
        return tuple(extras)[:1] if one_seat else tuple(extras)
    if one_seat:
        return (first,)
    order = policy.chain
    others = sorted(
        (seat for seat in seats.values() if seat.role in order),
        key=lambda seat: (seat.engaged_at, order.index(seat.role)),
        reverse=True,
    )
    return tuple(dict.fromkeys([first, *(seat.person for seat in others), *extras]))


def is_allowed(
    policy: Policy,
    seats: Mapping[str, Seat],
    command: str,
    who: str | None,
    *,
    member: bool,
    role: str = "",
) -> bool:
    """Does ``may:`` let ``who`` give this command (``role``: the one that it is about)?"""
    words = policy.may.get(command, ("member",))
    if "anyone" in words:
        return True
    if who is None:
        return False
    return any(_is(word, policy, seats, who, member, role) for word in words)


def _is(
    word: str, policy: Policy, seats: Mapping[str, Seat], who: str, member: bool, role: str
) -> bool:
    if word == "member":
        return member
    if word == "owner":
        return who in who_may_act_as_owner(policy, seats)
    if word == "holder":
        return role in seats and seats[role].person == who
    if word == "chain":
        return any(seats[name].person == who for name in policy.chain if name in seats)
    if word in policy.roles:
        return word in seats and seats[word].person == who
    return word == f"@{who}"


def who_in_words(policy: Policy, words: Sequence[str]) -> str:
    """``may:`` as words for a person, e.g. "the owner or an EOC"."""
    spoken = {
        "owner": "the owner",
        "holder": "whoever holds the role",
        "chain": "whoever holds a role on this incident",
        "member": "a member of the project",
        "anyone": "anyone",
    }
    return " or ".join(
        spoken.get(word) or (f"the {word.upper()}" if word in policy.roles else word)
        for word in words
    )
