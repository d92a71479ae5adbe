"""Is the chat set up? What was seen of it, judged. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from automation.doctor.setup_check import Line, ok, todo
from automation.policy.policy import Policy


@dataclass(frozen=True, slots=True)
class Room:
    """A channel. ``unseen``: why the token may not ask."""

    name: str
    there: bool = True
    member: bool = False
    archived: bool = False
    unseen: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the chat says."""

    account: str
    rooms: tuple[Room, ...]
    groups: int
    missing: tuple[str, ...] = ()  # groups that there are not
    unseen: str = ""  # why the token may not ask for groups


def lines(seen: Seen, policy: Policy) -> Iterator[Line]:
    """Account, channels, groups, and people who cannot be written to."""
    yield ok("chat", f"{seen.account}, as the token says")
    for room in seen.rooms:
        yield _room(room)
    if seen.unseen:
        yield _unseen("the groups", seen.unseen)
    elif seen.missing:
        whom = ", ".join(seen.missing)
        remedy = "make it in Slack, or write its id (S…) in `chat.groups` or `roles.*.group`"
        yield todo("chat", f"there is no user group {whom}", remedy)
    elif seen.groups:
        yield ok("chat", f"all groups are there ({seen.groups})")
    if unknown := sorted(_unknown(policy)):
        names = ", ".join(f"@{login}" for login in unknown)
        remedy = f"set `people.{unknown[0]}.chat` and so on to their member ids (U…)"
        yield todo("chat", f"nobody knows who {names} is there", remedy)


def _room(room: Room) -> Line:
    if room.unseen:
        return _unseen(f"the channel {room.name}", room.unseen)
    if not room.there:
        remedy = "correct its name in the policy; a private channel is seen once the app is invited"
        return todo("chat", f"there is no channel {room.name}", remedy)
    if room.archived:
        return todo("chat", f"{room.name} is archived", "un-archive it, or name another one")
    if not room.member:
        remedy = f"type `/invite @` and the app's name in {room.name}"
        return todo("chat", f"we are not in {room.name}", remedy)
    return ok("chat", f"we are in {room.name}")


def _unseen(what: str, why: str) -> Line:
    return Line("chat", "unseen", f"{what}: {why}", "give the app that scope, for the doctor only")


def _unknown(policy: Policy) -> Iterator[str]:
    """People who may be on call, without an id in the chat."""
    roles = policy.roles.values()
    named = {role.on_call for role in roles} | {who for r in roles if r.rota for who in r.rota.who}
    known = {login.casefold() for login, person in policy.people.items() if person.chat}
    return (each for each in {*named, *policy.people} - {""} if each.casefold() not in known)
