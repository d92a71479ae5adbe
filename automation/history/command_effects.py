"""What each `/ima` command does to an issue, once it is found that its author may give it. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from automation.history.command_parsing import Command
from automation.history.issue_state import IssueState
from automation.history.monitoring_time import monitoring_left
from automation.history.opening_events import ends_own_mistake, why_it_ended
from automation.history.typed_words import role_meant, value_meant
from automation.model import bounds
from automation.model.commands import USAGE
from automation.model.engagement import holders
from automation.model.facts import How
from automation.model.incident import Choice, Fact, Request
from automation.model.issue import OPERATIONAL, RESOLVED, STATES, STATUSES
from automation.policy import ownership
from automation.policy.team_time import team_time
from automation.text.escaping import clean
from automation.text.typed import (
    DASHES,
    POINTS,
    before_reason,
    person_named,
    said_in,
    value_and_step,
)

ANNOUNCED = "announced"


class Refused(Exception):
    """The command is not carried out. ``why`` stands in the answer; ``instead`` is what to type,
    without its `/ima`."""

    def __init__(self, why: str, instead: str) -> None:
        super().__init__(why)
        self.why, self.instead = why, instead


class PutToOwner(Refused):
    """Somebody without the right to reopen says that the outage is back, and why: the owner is
    asked."""

    def __init__(self, why: str) -> None:
        super().__init__(why, "help")


def _value_meant(state: IssueState, text: str, family: str, command: str) -> str:
    """The value of a family that somebody typed (`typed_words.py`). Raises Refused, with the usage
    of the ``command``."""
    if value := value_meant(family, text, state.ctx.policy):
        return value
    words = state.ctx.policy.words
    keys = {"state": STATES, "status": STATUSES}.get(family, words.severities)
    known = ", ".join(words.value(family, key) for key in keys)
    missing = f"there is no such {family}" if text.strip() else f"say which {family}"
    raise Refused(f"{missing}; it is one of {known}", USAGE[command])


def _severity_meant(state: IssueState, command: Command) -> str:
    return _value_meant(state, command.value, "severity", command.name)


def role_named(state: IssueState, command: Command) -> str:
    """The key of the role that a command names. Raises Refused where the policy has none such."""
    if (role := role_meant(command, state.ctx.policy.words)) is None:
        raise Refused(_roles_in_words(state), USAGE[command.name])
    return role


def _roles_in_words(state: IssueState) -> str:
    words = state.ctx.policy.words
    return f"the roles are {', '.join(map(words.typed, words.roles))}"


def _choice_of(state: IssueState, command: Command, value: str) -> Choice:
    return Choice(value, command.at, command.by, state.ctx.member(command.by))


def choose_severity(state: IssueState, command: Command) -> None:
    """Set the severity that a command names. Raises Refused."""
    value = _severity_meant(state, command)
    state.families["severity"].choose(_choice_of(state, command, value))


def _set_state(state: IssueState, command: Command) -> None:
    said, rest = value_and_step(command.text)
    first, _, step = command.text.partition(" ")
    whole, begun = (value_meant("state", text, state.ctx.policy) for text in (said, first))
    if step and begun and not whole:
        raise Refused("a dash stands before the step", f"state {first} -- {clean(step)}")
    value = _value_meant(state, said, "state", "state")
    step = said_in(clean(rest))[: bounds.REASON]
    family = state.families["state"]
    if value != RESOLVED:
        state.state_is_said(command.by)
    stands = family.stands()
    if value == RESOLVED:
        _resolve_incident(state, command, reason=step)
    elif state.resolution:
        state.reopen(Fact("reopened", command.at, by=command.by or "", of=command.of, what=value))
    elif stands and stands.value == value and (step or stands.note):
        family.note(step or stands.note)  # the same state: since when and by whom is kept (P-21)
    else:
        family.choose(replace(_choice_of(state, command, value), note=step))


def _set_status(state: IssueState, command: Command) -> None:
    value = _value_meant(state, command.text, "status", "status")
    if state.resolution and value != OPERATIONAL:
        words = state.ctx.policy.words
        resolved, operational = words.state(RESOLVED), words.status(OPERATIONAL)
        why = "a resolved incident is" if resolved == RESOLVED else f"what is {resolved} is"
        raise Refused(f"{why} {operational}", "reopen REASON")
    state.families["status"].choose(_choice_of(state, command, value))


def whom_to_ask(state: IssueState, command: Command) -> str:
    """What somebody who may not give a command can type instead: ask the owner, or call one."""
    if state.owner is None or not state.ctx.member(command.by):
        return "help"
    if state.is_here(state.owner):
        return f"need @{state.owner} {command.typed.partition(' ')[2]}"[:200].rstrip()
    return f"engage {_typed(state, state.ctx.policy.chain[0])}"


def _typed(state: IssueState, role: str) -> str:
    """A role as people type it."""
    return state.ctx.policy.words.typed(role)


def _shown(state: IssueState, role: str) -> str:
    """A role as people read it."""
    return state.ctx.policy.words.role(role)


def _call_role(state: IssueState, command: Command) -> None:
    """Call the person on call for a role, or the one who is named (P-06). Whoever has the role and
    is here keeps it."""
    role = role_named(state, command)
    if state.resolution:
        raise Refused("it is resolved", "reopen REASON")
    person = _person_named(state, command, role)
    instead = f"engage {_typed(state, role)} @person"
    if not person:
        raise Refused(f"nobody is on call as {_shown(state, role)}", instead)
    if not state.ctx.takes_part(person):
        raise Refused(f"{person} is not a member of this project", instead)
    if holder := state.holder(role):
        if holder == person == command.by:
            _remember_as_done(state, command)
            return
        instead = f"handover {_typed(state, role)} @{'person' if holder == person else person}"
        raise Refused(f"@{holder} is the {_shown(state, role)} and is here", instead)
    if person == command.by:
        _take_role(state, command, role)
        return
    _refuse_while_pages_ring(state, command, role, person)
    _request_call(state, command, role, person, "command")


def _person_named(state: IssueState, command: Command, role: str) -> str:
    """The login that a command names for a role, else of who is on call for it; "" if nobody is."""
    named = (
        state.login(command.people[0])
        if command.people
        else _login_without_at(state, command) or "next"
    )
    if named == "me":
        return command.by or ""
    return (state.ctx.on_call.at(role, command.at) or "") if named == "next" else named


def _login_without_at(state: IssueState, command: Command) -> str:
    """The login of somebody whom we know and whom the command names without the @; else ""."""
    known = {who.casefold(): who for who in state.people() if who}
    words = (word.strip(POINTS).casefold() for word in before_reason(command.words))
    names = (word for word in words if word not in state.ctx.policy.roles)
    return next((known[word] for word in names if word in known), "")


def _remember_as_done(state: IssueState, command: Command) -> None:
    """What the command asks for is so already, because whoever typed it is here by doing so."""
    state.remember(Fact("command", command.at, of=command.of, by=command.by or "", what="void"))


def _take_role(state: IssueState, command: Command, role: str) -> None:
    """Whoever gives the command takes the role themselves, and is here."""
    person = command.by or ""
    state.engage(Fact("engaged", command.at, role, person, person, command.of, "handover"))


def _refuse_while_pages_ring(state: IssueState, command: Command, role: str, person: str) -> None:
    """Raises Refused while a page of this person for this role still waits for an answer: nobody
    is called twice while their telephone rings."""
    instead = f"engage {_typed(state, role)} @person"
    if any((r.what, r.role, r.person) == ("engage", role, person) for r in state.requests):
        raise Refused(f"@{person} is being called already", instead)
    seat = state.seats.get(role)
    if seat is None or seat.person != person:
        return
    within = state.ctx.policy.answer_within.get(state.grade)
    for fact in state.facts:
        ours = fact.kind == "paged" and fact.done and fact.what.endswith(f":{role}:{seat.nth}")
        if ours and within and command.at - fact.at < within.length:
            paged, again = (
                team_time(state.ctx.policy, at, command.at)
                for at in (fact.at, fact.at + within.length)
            )
            raise Refused(
                f"@{person} was paged at {paged}, and is paged again at {again}",
                instead,
            )


def _request_call(state: IssueState, command: Command, role: str, person: str, how: How) -> None:
    """Ask the next pass to call and page this person. Of several calls for a role the last
    counts."""
    for before in [r for r in state.requests if (r.what, r.role) == ("engage", role)]:
        state.requests.remove(before)
        state.remember(Fact("command", command.at, of=before.of, by=before.by, what="void"))
    state.requests.append(
        Request(
            "engage",
            command.by or "",
            command.of,
            role=role,
            person=person,
            at=command.at,
            how=how,
            named=bool(command.people),
        )
    )


def handed_role(state: IssueState, command: Command) -> str:
    """The role that `/ima handover` is about (P-06): the one that it names; else, where somebody
    takes it for themselves, the role that they are on call for; else the role of whoever gives
    the command; else the owner's."""
    named = command.words[0].lower() if command.words else ""
    policy, at = state.ctx.policy, command.at
    if named in policy.roles:
        return named
    owner = state.owner_seat
    first = owner.role if owner else policy.chain[0]
    if command.people in (("me",), (command.by,)):
        theirs = [r for r in policy.chain if state.ctx.on_call.serves(r, command.by, at)]
        return first if first in theirs or not theirs else theirs[-1]
    held = [s.role for s in holders(state.seats) if s.person == command.by]
    return first if first in held or not held else held[-1]


def _hand_over_role(state: IssueState, command: Command) -> None:
    """Hand a role over to somebody else, who has it once they are here (P-06)."""
    if state.resolution:
        raise Refused("it is resolved", "reopen REASON")
    said = command.words[0].lower() if command.words else ""
    named = bool(command.people or _login_without_at(state, command))
    to_person = (
        person_named(said) or said.strip(POINTS) == _login_without_at(state, command).lower()
    )
    if said and not to_person and said not in state.ctx.policy.roles:
        raise Refused(_roles_in_words(state), USAGE["handover"])
    role = handed_role(state, command)
    person = _person_named(state, command, role) if named else ""
    if not person or not state.ctx.takes_part(person):
        raise Refused("say to which member of the project", USAGE["handover"])
    if state.holder(role) == person:
        if person == command.by and state.seats[role].here_at == command.at:
            _remember_as_done(
                state, command
            )  # they were called, and this comment says they are here
            return
        instead = f"handover {_typed(state, role)} @person"
        raise Refused(f"@{person} is the {_shown(state, role)} already", instead)
    if person == command.by:
        _take_role(state, command, role)
        return
    _refuse_while_pages_ring(state, command, role, person)
    _request_call(state, command, role, person, "handover")


def _give_role_back(state: IssueState, command: Command) -> None:
    """Give a role back. The last one who is here for the chain of roles has to hand it over
    instead."""
    role = role_named(state, command)
    seat, policy = state.seats.get(role), state.ctx.policy
    if seat is None:
        why = f"nobody is called or here as {_shown(state, role)}"
        raise Refused(why, f"engage {_typed(state, role)}")
    holder, by = state.holder(role), command.by or ""
    if holder and holder != by == seat.person:  # the role was only offered to them
        state.end_call(Fact("call ended", command.at, role, by, by, command.of))
        return
    if (
        holder
        and role in policy.chain
        and not any(name in state.seats for name in policy.chain if name != role)
    ):
        why = f"@{holder} is the only one, and somebody has to own it"
        raise Refused(why, f"handover {_typed(state, role)} @person")
    state.requests = [r for r in state.requests if (r.what, r.role) != ("engage", role)]
    state.stand_down(Fact("stood down", command.at, role=role, by=by, of=command.of))


def _resolve_incident(state: IssueState, command: Command, reason: str | None = None) -> None:
    if state.resolution and not state.resolution.contested:
        raise Refused("it is resolved already", "reopen REASON")
    mistake = ends_own_mistake(state, command.by, command.at)
    if not (mistake or state.allowed("resolve", command.by, command.at)):
        words = state.ctx.policy.may["resolve"]
        who = ownership.who_in_words(state.ctx.policy, words, state.owner)
        raise Refused(f"only {who} may resolve it", whom_to_ask(state, command))
    text = command.said if reason is None else reason
    if not text and not mistake and (early := monitoring_left(state, command.at)):
        raise Refused(early.why(state.ctx.policy, command.at), "resolve REASON")
    if mistake and not state.allowed("resolve", command.by, command.at):
        text = why_it_ended(state, command.by, command.at) or text
    state.resolve(
        Fact("resolved", command.at, by=command.by or "", of=command.of, what=text[: bounds.REASON])
    )


def _reopen_incident(state: IssueState, command: Command) -> None:
    if state.resolution is None and not state.released and not state.left:
        raise Refused("it is open", "help")
    if not (reason := command.said[: bounds.REASON]):
        raise Refused("say what is wrong again", USAGE["reopen"])
    state.reopen(Fact("reopened", command.at, by=command.by or "", of=command.of, text=reason))


def _declare_incident(state: IssueState, command: Command) -> None:
    if state.declared_at is not None and not state.released:
        instead = USAGE["severity"] if state.tracked else "adopt"
        raise Refused("it is an incident already", instead)
    severity = _severity_meant(state, command) if command.words else ""
    if state.released:  # its owner had let it go: it comes back
        of = f"{command.of}@reopened"
        state.reopen(Fact("reopened", command.at, by=command.by or "", of=of))
    else:
        state.declare(command.at, command.by)
    state.origin = "declare"
    state.acts_now(command.by, command.at)  # who declares it is here
    if severity:
        state.families["severity"].choose(_choice_of(state, command, severity))


def _want_document(state: IssueState, command: Command) -> None:
    _ask_for(state, command, "document", "document", "it has a working document already")


def _want_announcement(state: IssueState, command: Command) -> None:
    if not state.ctx.policy.chat.channel:
        raise Refused("the policy names no channel of a chat (`chat: {channel: …}`)", "document")
    _ask_for(
        state, command, "announcement", ANNOUNCED, "it is announced already, and kept true there"
    )


def _ask_for(state: IssueState, command: Command, what: str, made: str, there: str) -> None:
    """Ask for a document or an announcement that nobody wanted when it was declared (P-13).

    ``what`` is the word for it, ``made`` the kind of fact that says it is there, ``there`` the
    answer if it is."""
    if state.resolution:
        raise Refused("it is resolved", "reopen REASON")
    of_it = (
        f
        for f in state.facts
        if f.kind == made
        and f.done
        and (made != ANNOUNCED or (f.text and not state.ctx.is_unread(f)))
    )
    if found := next(of_it, None):
        where = f" in {found.what}" if made == ANNOUNCED else f": {found.by}"
        raise Refused(f"{there}{where}", "explain")
    state.want(Fact("wanted", command.at, by=command.by or "", of=command.of, what=what))


def _adopt_incident(state: IssueState, command: Command) -> None:
    if state.declared_at is None:
        raise Refused("this issue is not an incident", "declare {severity}")
    if state.tracked:
        raise Refused("IMA keeps this incident already", "explain")
    state.adopt(Fact("adopted", command.at, by=command.by or "", of=command.of))


def _open_near_miss_review(state: IssueState, command: Command) -> None:
    if state.review:
        raise Refused("this is a review already", USAGE["severity"])
    _refuse_second_review(state, "near miss")
    if any(request.what == "near miss" for request in state.requests):
        raise Refused("its review is being opened already", "explain")
    severity = _severity_meant(state, command)
    person = state.login(command.people[0]) if command.people else ""
    if person == "me":
        person = command.by or ""
    if person and not state.ctx.takes_part(person):
        raise Refused(f"{person} is not a member of this project", USAGE["near-miss"])
    state.requests.append(
        Request("near miss", command.by or "", command.of, person=person, severity=severity)
    )


def _refuse_second_review(state: IssueState, what: str) -> None:
    """Raises Refused where people were told of a review. One that a killed pass has opened does not
    count: it is yet to be told."""
    told = (f for f in state.facts if f.kind == "opened" and f.what == what and f.done)
    if opened := next(told, None):
        raise Refused(f"its review is {opened.by}", USAGE["action"])


def _open_review(state: IssueState, command: Command) -> None:
    _refuse_second_review(state, "review")
    if any(request.what == "review" for request in state.requests):
        state.remember(Fact("command", command.at, of=command.of, by=command.by or "", what="void"))
        return
    state.requests.append(Request("review", command.by or "", command.of))


def _open_action(state: IssueState, command: Command) -> None:
    title, who = _title_and_person(command.text)
    first, _, rest = clean(command.text).partition(" ")
    if not who and (named := person_named(first)) and state.ctx.takes_part(state.login(named)):
        title, who = _title_and_person(rest)[0], named  # "@mia: Test it"
    person = command.by or "" if who in ("", "me") else state.login(who)
    if not title:
        raise Refused("a corrective action needs a title", USAGE["action"])
    if not state.ctx.takes_part(person):
        raise Refused(f"{person or 'nobody'} is not a member of this project", USAGE["action"])
    state.requests.append(
        Request("action", command.by or "", command.of, person=person, text=title, at=command.at)
    )


def _title_and_person(text: str) -> tuple[str, str]:
    """The title of a corrective action, and the login that its last word names; each may be ""."""
    text = clean(text)
    title, _, last = text.rpartition(" ")
    who = person_named(last)
    title = said_in((title if who else text).rstrip(f" ,;:-{DASHES}"))
    return title[: bounds.TITLE], who


def _answer_help(state: IssueState, command: Command) -> None:
    about = command.value.lower()
    template = "help_severity" if about == "severity" else "help"
    state.note(f"answer:{command.of}", template, _fact_of_answer(command))


def _answer_explain(state: IssueState, command: Command) -> None:
    state.note(f"answer:{command.of}", "explain", _fact_of_answer(command))


def _fact_of_answer(command: Command) -> Fact:
    return Fact("command", command.at, of=command.of, by=command.by or "")


EFFECTS: dict[str, Callable[[IssueState, Command], None]] = {
    "help": _answer_help,
    "declare": _declare_incident,
    "severity": choose_severity,
    "state": _set_state,
    "status": _set_status,
    "engage": _call_role,
    "page": _call_role,
    "handover": _hand_over_role,
    "stand-down": _give_role_back,
    "resolve": _resolve_incident,
    "reopen": _reopen_incident,
    "near-miss": _open_near_miss_review,
    "review": _open_review,
    "document": _want_document,
    "announce": _want_announcement,
    "adopt": _adopt_incident,
    "action": _open_action,
    "explain": _answer_explain,
}
