"""What each `/ima` command does to an issue, once it is found that its author may give it. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from automation.history.command_parsing import Command
from automation.history.issue_state import IssueState
from automation.history.monitoring_time import monitoring_left
from automation.model import bounds
from automation.model.commands import USAGE
from automation.model.engagement import holders
from automation.model.facts import How
from automation.model.incident import Choice, Fact, Request
from automation.model.issue import RESOLVED, SEVERITIES, STATES, STATUSES
from automation.policy import ownership
from automation.text.escaping import clean, is_login
from automation.text.typed import (
    DASHES,
    POINTS,
    narrow,
    plain_quotes,
    unquoted,
    value_and_step,
)
from automation.times.moments import clock_time

ANNOUNCED = "announced"


class Refused(Exception):
    """Why not, and what to type instead."""

    def __init__(self, why: str, instead: str) -> None:
        super().__init__(why)
        self.why, self.instead = why, instead


class PutToOwner(Refused):
    """Somebody who may not says that it is back, and why: the owner is asked."""

    def __init__(self, why: str) -> None:
        super().__init__(why, "help")


def _one_of(text: str, values: tuple[str, ...], command: str) -> str:
    """The value that is meant: in any case, or its beginning when only one begins so."""
    spaced = re.sub(f"[-{DASHES}]+", " ", narrow(text).strip(f" {POINTS}\"'()[]="))
    wanted = " ".join(spaced.casefold().split())
    exact = [value for value in values if value.casefold() == wanted]
    begun = [value for value in values if wanted and value.casefold().startswith(wanted)]
    if len(found := exact or begun) == 1:
        return found[0]
    raise Refused(f"it is one of {', '.join(values)}", USAGE[command])


def _role(case: IssueState, order: Command) -> str:
    name = order.value.lower()
    if name not in case.ctx.policy.roles:
        raise Refused(f"the roles are {', '.join(case.ctx.policy.roles)}", USAGE[order.name])
    return name


def _choice(case: IssueState, order: Command, value: str) -> Choice:
    return Choice(value, order.at, order.by, case.ctx.member(order.by))


def choose_severity(case: IssueState, order: Command) -> None:
    """The severity that a command names. Raises Refused."""
    value = _one_of(order.value, SEVERITIES, order.name)
    case.families["severity"].choose(_choice(case, order, value))


def _state(case: IssueState, order: Command) -> None:
    said, rest = value_and_step(order.text)
    value, step = _one_of(said, STATES, "state"), unquoted(clean(rest))[: bounds.REASON]
    family = case.families["state"]
    if value != RESOLVED:
        case.state_is_said(order.by)
    stands = family.stands()
    if value == RESOLVED:
        _resolve(case, order, reason=step)
    elif case.resolution:
        case.reopen(Fact("reopened", order.at, by=order.by or "", of=order.of, what=value))
    elif stands and stands.value == value and (step or stands.note):
        family.note(step or stands.note)  # no move: since when and by whom stays (P-21)
    else:
        family.choose(replace(_choice(case, order, value), note=step))


def _status(case: IssueState, order: Command) -> None:
    value = _one_of(plain_quotes(order.text), STATUSES, "status")
    if case.resolution and value != STATUSES[0]:
        raise Refused("a resolved incident is Operational", "reopen REASON")
    case.families["status"].choose(_choice(case, order, value))


def whom_to_ask(case: IssueState, order: Command) -> str:
    """What somebody who may not give a command can type instead."""
    if case.owner is None or not case.ctx.member(order.by):
        return "help"
    if case.is_here(case.owner):
        return f"need @{case.owner} {order.typed.partition(' ')[2]}"[:200].rstrip()
    return f"engage {case.ctx.policy.chain[0]}"


def _engage(case: IssueState, order: Command) -> None:
    """Call a role: who is on call for it, or a stand-in (P-06). Who is here stays."""
    role = _role(case, order)
    if case.resolution:
        raise Refused("it is resolved", "reopen REASON")
    person = _person(case, order, role)
    if not person:
        raise Refused(f"nobody is on call as {role.upper()}", f"engage {role} @person")
    if not case.ctx.takes_part(person):
        raise Refused(f"{person} is not a member of this project", f"engage {role} @person")
    if holder := case.holder(role):
        if holder == person == order.by:
            _done(case, order)
            return
        instead = f"handover {role} @{'person' if holder == person else person}"
        raise Refused(f"@{holder} is the {role.upper()} and is here", instead)
    if person == order.by:
        _takes(case, order, role)
        return
    _not_ringing(case, order, role, person)
    _call(case, order, role, person, "command")


def _person(case: IssueState, order: Command, role: str) -> str:
    """Whom a command names for a role; who is on call where it names nobody."""
    named = case.login(order.people[0]) if order.people else _bare_login(case, order) or "next"
    if named == "me":
        return order.by or ""
    return (case.ctx.on_call.at(role, order.at) or "") if named == "next" else named


def _bare_login(case: IssueState, order: Command) -> str:
    """Somebody whom we know, named without the @."""
    known = {who.casefold(): who for who in case.people() if who}
    words = (word.strip(POINTS).casefold() for word in order.words[1:])
    return next((known[word] for word in words if word in known), "")


def _done(case: IssueState, order: Command) -> None:
    """It is so already: by the very act of typing it."""
    case.remember(Fact("command", order.at, of=order.of, by=order.by or "", what="void"))


def _takes(case: IssueState, order: Command, role: str) -> None:
    person = order.by or ""
    case.engage(Fact("engaged", order.at, role, person, person, order.of, "handover"))


def _not_ringing(case: IssueState, order: Command, role: str, person: str) -> None:
    """Nobody is called twice while their telephone rings."""
    if any((r.what, r.role, r.person) == ("engage", role, person) for r in case.requests):
        raise Refused(f"@{person} is being called already", f"engage {role} @person")
    seat = case.seats.get(role)
    if seat is None or seat.person != person:
        return
    within = case.ctx.policy.answer_within.get(case.grade)
    for fact in case.facts:
        ours = fact.kind == "paged" and fact.done and fact.what.endswith(f":{role}:{seat.nth}")
        if ours and within and order.at - fact.at < within.length:
            again = fact.at + within.length
            raise Refused(
                f"@{person} was paged at {clock_time(fact.at, order.at)}, and is paged again at "
                f"{clock_time(again, order.at)}",
                f"engage {role} @person",
            )


def _call(case: IssueState, order: Command, role: str, person: str, how: How) -> None:
    """The next pass calls and pages them; of several calls of a role the last one counts."""
    for before in [r for r in case.requests if (r.what, r.role) == ("engage", role)]:
        case.requests.remove(before)
        case.remember(Fact("command", order.at, of=before.of, by=before.by, what="void"))
    case.requests.append(
        Request(
            "engage",
            order.by or "",
            order.of,
            role=role,
            person=person,
            at=order.at,
            how=how,
            named=bool(order.people),
        )
    )


def handed_role(case: IssueState, order: Command) -> str:
    """The role that `/ima handover` is about: the one that it names; who takes it, takes the one
    that they are on call for; who gives, gives their own; else it is the owner's (P-06)."""
    named = order.words[0].lower() if order.words else ""
    policy, at = case.ctx.policy, order.at
    if named in policy.roles:
        return named
    owner = case.owner_seat
    first = owner.role if owner else policy.chain[0]
    if order.people in (("me",), (order.by,)):
        theirs = [r for r in policy.chain if case.ctx.on_call.serves(r, order.by, at)]
        return first if first in theirs or not theirs else theirs[-1]
    held = [s.role for s in holders(case.seats) if s.person == order.by]
    return first if first in held or not held else held[-1]


def _handover(case: IssueState, order: Command) -> None:
    """A role goes to somebody else, who has it once they are here (P-06)."""
    if case.resolution:
        raise Refused("it is resolved", "reopen REASON")
    said = order.words[0].lower() if order.words else ""
    if said and not said.startswith("@") and said not in case.ctx.policy.roles:
        raise Refused(f"the roles are {', '.join(case.ctx.policy.roles)}", USAGE["handover"])
    role = handed_role(case, order)
    person = _person(case, order, role) if order.people else ""
    if not person or not case.ctx.takes_part(person):
        raise Refused("say to which member of the project", USAGE["handover"])
    if case.holder(role) == person:
        if person == order.by and case.seats[role].here_at == order.at:
            _done(case, order)  # called, and here by this very comment
            return
        raise Refused(f"@{person} is the {role.upper()} already", f"handover {role} @person")
    if person == order.by:
        _takes(case, order, role)
        return
    _not_ringing(case, order, role, person)
    _call(case, order, role, person, "handover")


def _stand_down(case: IssueState, order: Command) -> None:
    """Give a role back. Somebody has to stay, unless nobody has come at all."""
    role = _role(case, order)
    seat, policy = case.seats.get(role), case.ctx.policy
    if seat is None:
        raise Refused(f"nobody is called or here as {role.upper()}", f"engage {role}")
    holder, by = case.holder(role), order.by or ""
    if holder and holder != by == seat.person:  # who is to take it over gives only that back
        case.end_call(Fact("call ended", order.at, role, by, by, order.of))
        return
    if (
        holder
        and role in policy.chain
        and not any(name in case.seats for name in policy.chain if name != role)
    ):
        raise Refused(
            f"@{holder} is the only one, and somebody has to own it", f"handover {role} @person"
        )
    case.requests = [r for r in case.requests if (r.what, r.role) != ("engage", role)]
    case.stand_down(Fact("stood down", order.at, role=role, by=by, of=order.of))


def _resolve(case: IssueState, order: Command, reason: str | None = None) -> None:
    if case.resolution and not case.resolution.contested:
        raise Refused("it is resolved already", "reopen REASON")
    if not case.allowed("resolve", order.by, order.at):
        words = case.ctx.policy.may["resolve"]
        who = ownership.who_in_words(case.ctx.policy, words, case.owner)
        raise Refused(f"only {who} may resolve it", whom_to_ask(case, order))
    text = order.said if reason is None else reason
    if not text and (early := monitoring_left(case, order.at)):
        raise Refused(early.why, "resolve REASON")
    case.resolve(
        Fact("resolved", order.at, by=order.by or "", of=order.of, what=text[: bounds.REASON])
    )


def _reopen(case: IssueState, order: Command) -> None:
    if case.resolution is None and not case.released and not case.left:
        raise Refused("it is open", "help")
    if not (reason := order.said[: bounds.REASON]):
        raise Refused("say what is wrong again", USAGE["reopen"])
    case.reopen(Fact("reopened", order.at, by=order.by or "", of=order.of, text=reason))


def _declare(case: IssueState, order: Command) -> None:
    if case.declared_at is not None and not case.released:
        instead = USAGE["severity"] if case.tracked else "adopt"
        raise Refused("it is an incident already", instead)
    severity = _one_of(order.value, SEVERITIES, "declare") if order.words else ""
    case.released = False
    case.origin = "declare"
    case.declare(order.at, order.by)
    case.acts_now(order.by, order.at)  # who declares it is here
    if severity:
        case.families["severity"].choose(_choice(case, order, severity))


def _document(case: IssueState, order: Command) -> None:
    _want(case, order, "document", "document", "it has a working document already")


def _announce(case: IssueState, order: Command) -> None:
    if not case.ctx.policy.chat.channel:
        raise Refused("the policy names no channel of a chat (`chat: {channel: …}`)", "document")
    _want(case, order, "announcement", ANNOUNCED, "it is announced already, and kept true there")


def _want(case: IssueState, order: Command, what: str, made: str, there: str) -> None:
    """Ask for what nobody wanted when it was declared (P-13)."""
    if case.resolution:
        raise Refused("it is resolved", "reopen REASON")
    of_it = (f for f in case.facts if f.kind == made and f.done and (f.text or made != ANNOUNCED))
    if found := next(of_it, None):
        where = f" in {found.what}" if made == ANNOUNCED else f": {found.by}"
        raise Refused(f"{there}{where}", "explain")
    case.want(Fact("wanted", order.at, by=order.by or "", of=order.of, what=what))


def _adopt(case: IssueState, order: Command) -> None:
    if case.declared_at is None:
        raise Refused("this issue is not an incident", "declare S3")
    if case.tracked:
        raise Refused("IMA keeps this incident already", "explain")
    case.adopt(Fact("adopted", order.at, by=order.by or "", of=order.of))


def _near_miss(case: IssueState, order: Command) -> None:
    if case.review:
        raise Refused("this is a review already", USAGE["severity"])
    _not_reviewed(case, "near miss")
    if any(request.what == "near miss" for request in case.requests):
        raise Refused("its review is being opened already", "explain")
    severity = _one_of(order.value, SEVERITIES, "near-miss")
    person = case.login(order.people[0]) if order.people else ""
    if person == "me":
        person = order.by or ""
    if person and not case.ctx.takes_part(person):
        raise Refused(f"{person} is not a member of this project", USAGE["near-miss"])
    case.requests.append(
        Request("near miss", order.by or "", order.of, person=person, severity=severity)
    )


def _not_reviewed(case: IssueState, what: str) -> None:
    """A review that people know of is enough; one that a killed pass opened is yet to be told."""
    told = (f for f in case.facts if f.kind == "opened" and f.what == what and f.done)
    if opened := next(told, None):
        raise Refused(f"its review is {opened.by}", USAGE["action"])


def _review(case: IssueState, order: Command) -> None:
    _not_reviewed(case, "review")
    if any(request.what == "review" for request in case.requests):
        case.remember(Fact("command", order.at, of=order.of, by=order.by or "", what="void"))
        return
    case.requests.append(Request("review", order.by or "", order.of))


def _action(case: IssueState, order: Command) -> None:
    title, who = _titled(order.text)
    person = order.by or "" if who in ("", "me") else case.login(who)
    if not title:
        raise Refused("a corrective action needs a title", USAGE["action"])
    if not case.ctx.takes_part(person):
        raise Refused(f"{person or 'nobody'} is not a member of this project", USAGE["action"])
    case.requests.append(
        Request("action", order.by or "", order.of, person=person, text=title, at=order.at)
    )


def _titled(text: str) -> tuple[str, str]:
    """The title, and the person whom its last word names."""
    text = clean(text)
    title, _, last = text.rpartition(" ")
    who = last[1:].rstrip(".,;:!?)")
    if not (last.startswith("@") and is_login(who)):
        title, who = text, ""
    title = unquoted(clean(title))[: bounds.TITLE]
    return title if any(map(str.isalnum, title)) else "", who


def _help(case: IssueState, order: Command) -> None:
    about = order.value.lower()
    template = "help_severity" if about == "severity" else "help"
    case.note(f"answer:{order.of}", template, _answer(order))


def _explain(case: IssueState, order: Command) -> None:
    case.note(f"answer:{order.of}", "explain", _answer(order))


def _answer(order: Command) -> Fact:
    return Fact("command", order.at, of=order.of, by=order.by or "")


DO: dict[str, Callable[[IssueState, Command], None]] = {
    "help": _help,
    "declare": _declare,
    "severity": choose_severity,
    "state": _state,
    "status": _status,
    "engage": _engage,
    "page": _engage,
    "handover": _handover,
    "stand-down": _stand_down,
    "resolve": _resolve,
    "reopen": _reopen,
    "near-miss": _near_miss,
    "review": _review,
    "document": _document,
    "announce": _announce,
    "adopt": _adopt,
    "action": _action,
    "explain": _explain,
}
