"""Judging `/ima` commands by the facts of their time: may this person give it, is it new? Pure."""

from __future__ import annotations

from contextlib import suppress

from automation.history import (
    command_effects,
    command_effects_clocks,
    command_effects_public,
    drill_acts,
)
from automation.history import command_effects_afterwards as afterwards
from automation.history import maintenance_acts as planned
from automation.history.command_effects import PutToOwner, Refused, whom_to_ask
from automation.history.command_effects_afterwards import for_the_author
from automation.history.command_effects_public import for_security_alone, is_security, who_publishes
from automation.history.command_parsing import Command
from automation.history.internal_notes import WHY
from automation.history.issue_state import IssueState
from automation.model.commands import USAGE
from automation.model.incident import Fact
from automation.model.issue import RESOLVED
from automation.policy import ownership
from automation.text.escaping import clean
from automation.text.typed import words_of

DO = {
    **command_effects.DO,
    **command_effects_public.DO,
    **command_effects_clocks.DO,
    **afterwards.DO,
    **planned.DO,
    **drill_acts.DO,
}
# Else only on a kept incident.
_ANYWHERE = {"help", "explain", "declare", "near-miss", "adopt", "happened"}
_REDONE = ("opened", "published")  # what leaves the issue is done again until it is done
_CHOICES = {"severity", "state", "status", "declare"}
_ON_REVIEWS = {"severity", "action", "near-miss", "help", "explain"}  # the third is told why not
_KEPT = _CHOICES | {"help", "explain"}  # the others leave a fact of their own


def judge_command(state: IssueState, command: Command) -> None:
    """Do what the order says, or answer why not. What was judged before is not judged again."""
    known = state.known.get(command.of)
    try:
        if known is None:
            _judge(state, command)
        if known is None or (known.kind in _REDONE and not known.done):
            DO[command.name](state, command)
        elif known.kind == "command":
            judge_remembered_command(state, known)
        else:
            state.apply(known)
    except Refused as refused:
        if known is None:
            _refuse(state, command, refused)
    else:
        if known is None and command.name in _KEPT:
            state.remember(
                Fact("command", command.at, of=command.of, by=command.by or "", what=_kept(command))
            )


def _kept(command: Command) -> str:
    """What still counts when the comment is deleted."""
    return clean(f"{command.name} {command.text}")[:300] if command.name in _CHOICES else ""


def judge_remembered_command(state: IssueState, fact: Fact) -> None:
    """A command whose comment is gone still counts, as far as it still means anything."""
    name, _, text = fact.what.partition(" ")
    if name in _CHOICES:
        command = Command(fact.of, "", fact.at, fact.by or None, name, text, words_of(text))
        with suppress(Refused):
            DO[name](state, command)


def _refuse(state: IssueState, command: Command, refused: Refused) -> None:
    fact = Fact("command", command.at, of=command.of, by=command.by or "", what="refused")
    state.remember(fact)
    state.note(
        f"answer:{command.of}",
        "back" if isinstance(refused, PutToOwner) else "refused",
        fact,
        whom=state.owner or "",
        typed=command.typed,
        who=command.by or "",
        why=WHY if command.internal else refused.why,
        instead=USAGE.get(command.name, "help") if command.internal else refused.instead,
    )


def _judge(state: IssueState, command: Command) -> None:
    """Is there such a command, does it mean anything here, may this person give it?"""
    if command.shown:
        quoted = "in code or quotation marks it is only shown"
        why = quoted if command.is_quoted else "a command begins with /ima and a space"
        raise Refused(why, f"{command.name} {command.text}".strip())
    if command.name not in DO:
        from difflib import get_close_matches

        close = get_close_matches(command.name, USAGE, 1)
        raise Refused("there is no such command", USAGE[close[0]] if close else "help")
    if command.name == "maintenance":
        _planned_work(state, command)
        return
    _of_its_kind(state, command)
    role = command.value.lower()
    if command.name == "state" and role == RESOLVED.lower():
        return  # judged as resolve
    if for_security_alone(state, command):
        if not is_security(state, command):
            raise Refused(
                "only the security engineer on call publishes a security incident",
                who_publishes(state, command),
            )
    elif command.name == "reopen" and state.resolution and not _allowed(state, command):
        raise PutToOwner(command.said[:200])
    elif not (_allowed(state, command, role) or _in_place(state, command)):
        words = state.ctx.policy.may.get(command.name, ("member",))
        who = ownership.who_in_words(state.ctx.policy, words, state.owner)
        raise Refused(f"{who} may do that", whom_to_ask(state, command))


def _of_its_kind(state: IssueState, command: Command) -> None:
    """Does it mean anything on this kind of issue?"""
    if state.review and state.declared_at is None:
        _review(state, command)
    elif (
        command.name == "happened" and state.declared_at is not None
    ) or command.name not in _ANYWHERE:
        _kept_incident(state, command)


def _planned_work(state: IssueState, command: Command) -> None:
    """Whoever may publish confirms it (P-56); that there is none is said to anybody."""
    if state.maintenance and not planned.may_confirm(state, command):
        who = planned.who_confirms(state)
        raise Refused(f"{who} may do that", "help")


def _allowed(state: IssueState, command: Command, role: str = "") -> bool:
    return state.allowed(command.name, command.by, command.at, role)


def _kept_incident(state: IssueState, command: Command) -> None:
    if state.declared_at is None or (state.released and command.name != "reopen"):
        raise Refused("this issue is not an incident", "declare S3")
    if not state.tracked and not state.released:
        raise Refused("this incident is older than IMA here, so IMA leaves it alone", "adopt")


def _review(state: IssueState, command: Command) -> None:
    """On a review only what is about reviews; one that is older than IMA here is left alone."""
    if command.name not in _ON_REVIEWS:
        raise Refused("this is a review, and that is for incidents", "help")
    if command.name in ("severity", "action") and state.issue.opened_at < state.ctx.since:
        raise Refused("this review is older than IMA here, so IMA leaves it alone", "explain")


def _in_place(state: IssueState, command: Command) -> bool:
    """Who may, though no role of the policy says so: the assignee of a review owns it."""
    if state.review and state.declared_at is None:
        words = state.ctx.policy.may.get(command.name, ())
        return command.by in state.issue.assignees and bool({"owner", "holder", "chain"} & {*words})
    if for_the_author(state, command):
        return True
    if drill_acts.says_it_is_real(command) and state.ctx.member(command.by):
        return True
    return _calls_first(state, command) or _takes_over(state, command)


def _calls_first(state: IssueState, command: Command) -> bool:
    """Any member may call the engineer on call; where nobody is, or nobody comes, name somebody
    (P-50)."""
    if command.name not in ("engage", "page") or not state.ctx.member(command.by):
        return False
    if state.nobody_is_known(command.at) or state.nobody_comes(command.at):
        return True
    first = state.ctx.policy.chain[0]
    role = command.value.lower()
    on_call = state.ctx.on_call.at(first, command.at)
    return role == first and all(state.login(name) == on_call for name in command.people)


def _takes_over(state: IssueState, command: Command) -> bool:
    """Whoever is on call now for the role may take it (P-08); where nobody is, or nobody comes,
    any member may (P-50)."""
    if command.name != "handover" or not state.ctx.member(command.by):
        return False
    if state.nobody_is_known(command.at) or state.nobody_comes(command.at):
        return True
    mine = command.people in (("me",), ("next",), (command.by,))
    role = command_effects.handed_role(state, command)
    return mine and state.ctx.on_call.serves(role, command.by, command.at)
