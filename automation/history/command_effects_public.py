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
from automation.text.typed import POINTS, length_in
from automation.times.durations import Duration


def for_security_alone(case: IssueState, order: Command) -> bool:
    """Is this a post that only the security team may make (P-32)?"""
    return order.name == "publish" and (case.security_at is not None or _is_security_issue(case))


def is_security(case: IssueState, order: Command) -> bool:
    """Is this person the security engineer on call, or here as such?"""
    seat = case.seats.get(SECURITY)
    serves = case.ctx.on_call.serves(SECURITY, order.by, order.at)
    return serves or (seat is not None and seat.person == order.by)


def who_publishes(case: IssueState, order: Command) -> str:
    """What somebody types who may not publish a security incident: it asks who may."""
    person = case.holder(SECURITY) or case.ctx.on_call.at(SECURITY, order.at)
    return f"need @{person} to publish it" if person else f"engage {SECURITY} @person"


def _is_security_issue(case: IssueState) -> bool:
    status = case.families["status"].stands()
    return status is not None and status.value == SECURITY_ISSUE


def _shown(case: IssueState) -> bool:
    """Has anything of it been published, or is about to be?"""
    asked = any(request.what == "publish" for request in case.requests)
    return asked or any(fact.kind == "published" for fact in case.facts)


def _ended(case: IssueState) -> bool:
    """Do users read already that it is over?"""
    posts = [fact for fact in case.facts if fact.kind == "published" and fact.done]
    return bool(posts) and post_of(posts[-1]).final


def _publish(case: IssueState, order: Command) -> None:
    text = order.said
    if case.drill:
        raise Refused("it is a drill, and users read nothing of one", "drill real")
    if not text:
        raise Refused("say what users should read", USAGE["publish"])
    if len(text) > bounds.PUBLIC:
        raise Refused(
            f"the text has {len(text):,} characters, and {bounds.PUBLIC:,} fit", USAGE["publish"]
        )
    if case.resolution and not _shown(case):
        raise Refused("it is resolved, and users have read nothing of it", "reopen REASON")
    if case.resolution and _ended(case) and not case.ctx.page.last_words:
        raise Refused("it has ended on the status page, which takes no more words", "reopen REASON")
    if case.resolution is None and case.security_at is not None and not _is_security_issue(case):
        raise Refused(
            f"a security incident is published as a {SECURITY_ISSUE}", f'status "{SECURITY_ISSUE}"'
        )
    case.requests.append(Request("publish", order.by or "", order.of, text=text, at=order.at))


def _withhold(case: IssueState, order: Command) -> None:
    if not order.text:
        raise Refused("say why it is not posted: the review lists it", USAGE["withhold"])
    if _shown(case):
        raise Refused("it is public already; say there what you have to say", USAGE["publish"])
    text = order.said[: bounds.NOTE]
    case.remember(Fact("withheld", order.at, by=order.by or "", of=order.of, text=text))


def _next_update(case: IssueState, order: Command) -> None:
    try:
        length = Duration.parse(length_in(" ".join(order.words).strip(POINTS)))
        until = length.due(order.at, case.ctx.policy.calendar)
    except (OverflowError, PolicyError) as error:
        raise Refused("say in how long, such as 45m or 2h", USAGE["next-update"]) from error
    if until - order.at > bounds.AHEAD:
        raise Refused("that is more than a year ahead", USAGE["next-update"])
    if not _shown(case):
        raise Refused("nothing of it is public, so no update is due", USAGE["publish"])
    of, ends = order.of, until.isoformat()
    case.remember(Fact("next update", order.at, by=order.by or "", of=of, until=ends))


def _security(case: IssueState, order: Command) -> None:
    if case.security_at is not None:
        raise Refused("it is a security incident already", f"engage {SECURITY} @person")
    case.flag_security(Fact("security", order.at, by=order.by or "", of=order.of))


DO: dict[str, Callable[[IssueState, Command], None]] = {
    "publish": _publish,
    "withhold": _withhold,
    "next-update": _next_update,
    "security": _security,
}
