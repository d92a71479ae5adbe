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


def judge_command(case: IssueState, order: Command) -> None:
    """Do what the order says, or answer why not. What was judged before is not judged again."""
    known = case.known.get(order.of)
    try:
        if known is None:
            _judge(case, order)
        if known is None or (known.kind in _REDONE and not known.done):
            DO[order.name](case, order)
        elif known.kind == "command":
            judge_remembered_command(case, known)
        else:
            case.apply(known)
    except Refused as refused:
        if known is None:
            _refuse(case, order, refused)
    else:
        if known is None and order.name in _KEPT:
            case.remember(
                Fact("command", order.at, of=order.of, by=order.by or "", what=_kept(order))
            )


def _kept(order: Command) -> str:
    """What still counts when the comment is deleted."""
    return clean(f"{order.name} {order.text}")[:300] if order.name in _CHOICES else ""


def judge_remembered_command(case: IssueState, fact: Fact) -> None:
    """A command whose comment is gone still counts, as far as it still means anything."""
    name, _, text = fact.what.partition(" ")
    if name in _CHOICES:
        order = Command(fact.of, "", fact.at, fact.by or None, name, text, words_of(text))
        with suppress(Refused):
            DO[name](case, order)


def _refuse(case: IssueState, order: Command, refused: Refused) -> None:
    fact = Fact("command", order.at, of=order.of, by=order.by or "", what="refused")
    case.remember(fact)
    case.note(
        f"answer:{order.of}",
        "back" if isinstance(refused, PutToOwner) else "refused",
        fact,
        whom=case.owner or "",
        typed=order.typed,
        who=order.by or "",
        why=WHY if order.internal else refused.why,
        instead=USAGE.get(order.name, "help") if order.internal else refused.instead,
    )


def _judge(case: IssueState, order: Command) -> None:
    """Is there such a command, does it mean anything here, may this person give it?"""
    if order.shown:
        quoted = "in code or quotation marks it is only shown"
        why = quoted if order.is_quoted else "a command begins with /ima and a space"
        raise Refused(why, f"{order.name} {order.text}".strip())
    if order.name not in DO:
        from difflib import get_close_matches

        close = get_close_matches(order.name, USAGE, 1)
        raise Refused("there is no such command", USAGE[close[0]] if close else "help")
    if order.name == "maintenance":
        _planned_work(case, order)
        return
    _of_its_kind(case, order)
    role = order.value.lower()
    if order.name == "state" and role == RESOLVED.lower():
        return  # judged as resolve
    if for_security_alone(case, order):
        if not is_security(case, order):
            raise Refused(
                "only the security engineer on call publishes a security incident",
                who_publishes(case, order),
            )
    elif order.name == "reopen" and case.resolution and not _allowed(case, order):
        raise PutToOwner(order.said[:200])
    elif not (_allowed(case, order, role) or _in_place(case, order)):
        words = case.ctx.policy.may.get(order.name, ("member",))
        who = ownership.who_in_words(case.ctx.policy, words, case.owner)
        raise Refused(f"{who} may do that", whom_to_ask(case, order))


def _of_its_kind(case: IssueState, order: Command) -> None:
    """Does it mean anything on this kind of issue?"""
    if case.review and case.declared_at is None:
        _review(case, order)
    elif (order.name == "happened" and case.declared_at is not None) or order.name not in _ANYWHERE:
        _kept_incident(case, order)


def _planned_work(case: IssueState, order: Command) -> None:
    """Whoever may publish confirms it (P-56); that there is none is said to anybody."""
    if case.maintenance and not planned.may_confirm(case, order):
        who = planned.who_confirms(case)
        raise Refused(f"{who} may do that", "help")


def _allowed(case: IssueState, order: Command, role: str = "") -> bool:
    return case.allowed(order.name, order.by, order.at, role)


def _kept_incident(case: IssueState, order: Command) -> None:
    if case.declared_at is None or (case.released and order.name != "reopen"):
        raise Refused("this issue is not an incident", "declare S3")
    if not case.tracked and not case.released:
        raise Refused("this incident is older than IMA here, so IMA leaves it alone", "adopt")


def _review(case: IssueState, order: Command) -> None:
    """On a review only what is about reviews; one that is older than IMA here is left alone."""
    if order.name not in _ON_REVIEWS:
        raise Refused("this is a review, and that is for incidents", "help")
    if order.name in ("severity", "action") and case.issue.opened_at < case.ctx.since:
        raise Refused("this review is older than IMA here, so IMA leaves it alone", "explain")


def _in_place(case: IssueState, order: Command) -> bool:
    """Who may, though no role of the policy says so: the assignee of a review owns it."""
    if case.review and case.declared_at is None:
        words = case.ctx.policy.may.get(order.name, ())
        return order.by in case.issue.assignees and bool({"owner", "holder", "chain"} & {*words})
    if for_the_author(case, order):
        return True
    if drill_acts.says_it_is_real(order) and case.ctx.member(order.by):
        return True
    return _calls_first(case, order) or _takes_over(case, order)


def _calls_first(case: IssueState, order: Command) -> bool:
    """Any member may call the engineer on call; where nobody is, or nobody comes, name somebody
    (P-50)."""
    if order.name not in ("engage", "page") or not case.ctx.member(order.by):
        return False
    if case.nobody_is_known(order.at) or case.nobody_comes(order.at):
        return True
    first = case.ctx.policy.chain[0]
    role = order.value.lower()
    on_call = case.ctx.on_call.at(first, order.at)
    return role == first and all(case.login(name) == on_call for name in order.people)


def _takes_over(case: IssueState, order: Command) -> bool:
    """Whoever is on call now for the role may take it (P-08); where nobody is, or nobody comes,
    any member may (P-50)."""
    if order.name != "handover" or not case.ctx.member(order.by):
        return False
    if case.nobody_is_known(order.at) or case.nobody_comes(order.at):
        return True
    mine = order.people in (("me",), ("next",), (order.by,))
    role = command_effects.handed_role(case, order)
    return mine and case.ctx.on_call.serves(role, order.by, order.at)
