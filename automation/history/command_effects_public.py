"""Commands about what the public hears: publish, withhold, next-update, security. Pure."""

from __future__ import annotations

from collections.abc import Callable

from automation.errors import PolicyError
from automation.history.command_effects import Refused
from automation.history.command_parsing import Command
from automation.history.issue_state import IssueState
from automation.model import bounds
from automation.model.commands import USAGE
from automation.model.incident import Fact, Request
from automation.model.publicity import SECURITY, SECURITY_ISSUE, post_of
from automation.text.typed import MARKUP, POINTS, length_in
from automation.times.durations import Duration


def for_security_alone(state: IssueState, command: Command) -> bool:
    """Is this a post that only the security team may make (P-32)?"""
    return command.name == "publish" and (
        state.security_at is not None or _is_security_issue(state)
    )


def is_security(state: IssueState, command: Command) -> bool:
    """Is this person the security engineer on call, or here as such?"""
    seat = state.seats.get(SECURITY)
    serves = state.ctx.on_call.serves(SECURITY, command.by, command.at)
    return serves or (seat is not None and seat.person == command.by)


def who_publishes(state: IssueState, command: Command) -> str:
    """What somebody who may not publish a security incident types to ask the one who may."""
    person = state.holder(SECURITY) or state.ctx.on_call.at(SECURITY, command.at)
    return f"need @{person} to publish it" if person else f"engage {_security(state)} @person"


def _security(state: IssueState) -> str:
    """How people type the role."""
    return state.ctx.policy.words.typed(SECURITY)


def _is_security_issue(state: IssueState) -> bool:
    status = state.families["status"].stands()
    return status is not None and status.value == SECURITY_ISSUE


def _is_public(state: IssueState) -> bool:
    """Has anything of it been published, or is about to be?"""
    asked = any(request.what == "publish" for request in state.requests)
    return asked or any(fact.kind == "published" for fact in state.facts)


def _end_is_public(state: IssueState) -> bool:
    """Has a post told users that it is over?"""
    posts = [fact for fact in state.facts if fact.kind == "published" and fact.done]
    return bool(posts) and post_of(posts[-1]).final


def _publish_update(state: IssueState, command: Command) -> None:
    text = command.said
    if state.drill:
        raise Refused("it is a drill, and users read nothing of one", "drill real")
    if not text:
        raise Refused("say what users should read", USAGE["publish"])
    if len(text) > bounds.PUBLIC:
        raise Refused(
            f"the text has {len(text):,} characters, and {bounds.PUBLIC:,} fit", USAGE["publish"]
        )
    if state.resolution and not _is_public(state):
        raise Refused("it is resolved, and users have read nothing of it", "reopen REASON")
    if state.resolution and _end_is_public(state) and not state.ctx.page_can.last_words:
        raise Refused("it has ended on the status page, which takes no more words", "reopen REASON")
    if state.resolution is None and state.security_at is not None and not _is_security_issue(state):
        words = state.ctx.policy.words
        why = f"a security incident is published as a {words.status(SECURITY_ISSUE)}"
        raise Refused(why, f"status {words.typed(SECURITY_ISSUE)}")
    state.requests.append(
        Request("publish", command.by or "", command.of, text=text, at=command.at)
    )


def _withhold_update(state: IssueState, command: Command) -> None:
    if not command.said:
        raise Refused("say why it is not posted: the review lists it", USAGE["withhold"])
    if _is_public(state):
        raise Refused("it is public already; say there what you have to say", USAGE["publish"])
    text = command.said[: bounds.NOTE]
    state.remember(Fact("withheld", command.at, by=command.by or "", of=command.of, text=text))


def _promise_next_update(state: IssueState, command: Command) -> None:
    try:
        length = Duration.parse(length_in(" ".join(command.words).strip(f"{POINTS}{MARKUP}+ ")))
        until = length.due(command.at, state.ctx.policy.calendar)
    except (OverflowError, PolicyError) as error:
        raise Refused("say in how long, such as 45m or 2h", USAGE["next-update"]) from error
    if until <= command.at:
        raise Refused("say in how long, such as 45m or 2h", USAGE["next-update"])
    if until - command.at > bounds.AHEAD:
        raise Refused("that is more than a year ahead", USAGE["next-update"])
    if not _is_public(state):
        raise Refused("nothing of it is public, so no update is due", USAGE["publish"])
    of, ends = command.of, until.isoformat()
    state.remember(Fact("next update", command.at, by=command.by or "", of=of, until=ends))


def _flag_security(state: IssueState, command: Command) -> None:
    if state.security_at is not None:
        raise Refused("it is a security incident already", f"engage {_security(state)} @person")
    state.flag_security(Fact("security", command.at, by=command.by or "", of=command.of))


EFFECTS: dict[str, Callable[[IssueState, Command], None]] = {
    "publish": _publish_update,
    "withhold": _withhold_update,
    "next-update": _promise_next_update,
    "security": _flag_security,
}
