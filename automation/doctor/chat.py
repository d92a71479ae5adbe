"""Is the chat set up? Judges what it answered. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from automation.doctor.setup_check import Line, ok, todo
from automation.policy.policy import Policy
from automation.records import dataclass


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel that the policy names. ``not_told`` says why the token may not ask for it."""

    name: str
    there: bool = True
    member: bool = False
    archived: bool = False
    not_told: str = ""


@dataclass(frozen=True, slots=True)
class ChatAnswers:
    """What the chat answered to each question."""

    account: str
    channels: tuple[Channel, ...]
    groups: int  # how many user groups the policy names
    missing: tuple[str, ...] = ()  # those of them that do not exist
    not_told: str = ""  # why the token may not ask for groups


def judge_chat(
    answers: ChatAnswers, policy: Policy, on_call: Collection[str] = ()
) -> Iterator[Line]:
    """Lines about the account, the channels, the groups, and the people whom IMA cannot write to:
    whom the policy names, and who is ``on_call`` now, as a schedule may say."""
    yield ok("chat", f"{answers.account}, as the token says")
    for channel in answers.channels:
        yield _channel_line(channel)
    if answers.not_told:
        yield _not_told("the groups", answers.not_told)
    elif answers.missing:
        whom = ", ".join(answers.missing)
        remedy = "make it in Slack, or write its id (S…) in `chat.groups` or `roles.*.group`"
        yield todo("chat", f"there is no user group {whom}", remedy)
    elif answers.groups:
        yield ok("chat", f"all groups are there ({answers.groups})")
    if unknown := sorted(_without_id(policy, on_call)):
        names = ", ".join(f"@{login}" for login in unknown)
        remedy = f"set `people.{unknown[0]}.chat` and so on to their member ids (U…)"
        yield todo("chat", f"nobody knows who {names} is there", remedy)


def _channel_line(channel: Channel) -> Line:
    if channel.not_told:
        return _not_told(f"the channel {channel.name}", channel.not_told)
    if not channel.there:
        remedy = "correct its name in the policy; a private channel is seen once the app is invited"
        return todo("chat", f"there is no channel {channel.name}", remedy)
    if channel.archived:
        return todo("chat", f"{channel.name} is archived", "un-archive it, or name another one")
    if not channel.member:
        remedy = f"type `/invite @` and the app's name in {channel.name}"
        return todo("chat", f"we are not in {channel.name}", remedy)
    return ok("chat", f"we are in {channel.name}")


def _not_told(what: str, why: str) -> Line:
    return Line("chat", "unseen", f"{what}: {why}", "give the app that scope, for the doctor only")


def _without_id(policy: Policy, on_call: Collection[str]) -> Iterator[str]:
    """People who may be on call and whose id in the chat the policy does not say."""
    known = {login.casefold() for login, person in policy.people.items() if person.chat}
    named = {*policy.logins_on_call, *policy.people, *on_call}
    return (each for each in named if each.casefold() not in known)
