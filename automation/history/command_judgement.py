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
from automation.history.command_effects import PutToOwner, Refused, role_named, whom_to_ask
from automation.history.command_effects_afterwards import for_the_author
from automation.history.command_effects_public import for_security_alone, is_security, who_publishes
from automation.history.command_parsing import Command
from automation.history.internal_notes import WHY
from automation.history.issue_state import IssueState
from automation.history.named_teams import with_teams
from automation.history.opening_events import ends_own_mistake
from automation.history.typed_words import one_for_each_role, value_meant, with_keys
from automation.model import bounds
from automation.model.commands import OTHER_WORDS, USAGE, in_their_words
from automation.model.incident import Fact
from automation.model.issue import RESOLVED
from automation.model.publicity import SECURITY
from automation.policy import ownership
from automation.text.escaping import clean
from automation.text.typed import value_and_step, words_of

EFFECTS = {
    **command_effects.EFFECTS,
    **command_effects_public.EFFECTS,
    **command_effects_clocks.EFFECTS,
    **afterwards.EFFECTS,
    **planned.EFFECTS,
    **drill_acts.EFFECTS,
}
# These mean something on any issue; the others only on an incident that IMA keeps.
_ANYWHERE = {"help", "explain", "declare", "near-miss", "adopt", "happened"}
REFUSED = "refused"  # how a command is remembered that was not done
_DONE_AGAIN = ("opened", "published")  # what leaves the issue is done again until it is done
_CHOICES = {"severity", "state", "status", "declare"}
_ON_REVIEWS = {
    "severity",
    "action",
    "near-miss",
    "help",
    "explain",
}  # near-miss only to be told why not
_SERVICE = ("service", "services", "component")
_LABELS_NAMED = 10
_LETTERS_OF_A_COMMAND = 4  # by which it is known
_OF_A_ROLE = {"engage", "page", "stand-down"}
_QUESTIONS = {"help", "explain"}
_REMEMBERED = _CHOICES | _QUESTIONS  # the others leave a fact of their own


def judge_command(state: IssueState, command: Command) -> bool:
    """Carry out a command, once for each role that it names, or answer why not. Returns whether
    none of it was refused."""
    words = state.ctx.policy.words
    done = [_judge_one(state, one) for one in one_for_each_role(command, words)]
    return all(done)


def _judge_one(state: IssueState, command: Command) -> bool:
    """What was judged by an earlier pass is not judged again. Returns whether it was neither
    refused nor left without an answer."""
    known = state.known.get(command.of)
    carries_out = known is None or (known.kind in _DONE_AGAIN and not known.done)
    answered = True
    try:
        if carries_out and not command.shown:
            command = with_keys(with_teams(state, command), state.ctx.policy)
        if known is None:
            _check_command(state, command)
        if carries_out:
            answered = _carry_out(state, command, known)
        elif known and known.kind == "command":
            judge_remembered_command(state, known)
        elif known:
            state.apply(known)
    except Refused as refused:
        if known is None:
            _answer_refusal(state, command, refused)
            return False
    else:
        if known is None and command.name in _REMEMBERED:
            said, by = _words_remembered(command), command.by or ""
            state.remember(Fact("command", command.at, of=command.of, by=by, what=said))
    return answered and not _was_refused(known)


def _carry_out(state: IssueState, command: Command, known: Fact | None) -> bool:
    """Returns whether it was done, and not a question that is left without an answer."""
    if known is None and command.name in _QUESTIONS and not _is_answered(state, command):
        return False
    EFFECTS[command.name](state, command)
    return True


def _was_refused(known: Fact | None) -> bool:
    return known is not None and (known.kind, known.what) == ("command", REFUSED)


def _is_answered(state: IssueState, command: Command) -> bool:
    """Does this command get an answer, as one that asks or is refused? Whoever is no member gets
    only some."""
    state.answers[command.by or ""] += 1
    return state.ctx.member(command.by) or state.answers[command.by or ""] <= bounds.ANSWERS


def _words_remembered(command: Command) -> str:
    """What still counts when the comment is deleted."""
    return clean(f"{command.name} {command.text}")[:300] if command.name in _CHOICES else ""


def judge_remembered_command(state: IssueState, fact: Fact) -> None:
    """A command whose comment is gone still counts, as far as it still means anything."""
    name, _, text = fact.what.partition(" ")
    state.answers[fact.by] += not fact.what or fact.what == REFUSED
    if name in _CHOICES:
        command = Command(fact.of, "", fact.at, fact.by or None, name, text, words_of(text))
        with suppress(Refused):
            EFFECTS[name](state, command)


def _answer_refusal(state: IssueState, command: Command, refused: Refused) -> None:
    fact = Fact("command", command.at, of=command.of, by=command.by or "", what=REFUSED)
    if not _is_answered(state, command):
        state.remember(fact)
        return
    instead = USAGE.get(command.name, "help") if command.internal else refused.instead
    state.remember(fact)
    state.note(
        f"answer:{command.of}",
        "back" if isinstance(refused, PutToOwner) else "refused",
        fact,
        whom=state.owner or "",
        typed=command.typed,
        who=command.by or "",
        why=WHY if command.internal else refused.why,
        instead=in_their_words(instead, state.ctx.policy.words),
    )


def _check_command(state: IssueState, command: Command) -> None:
    """Raises Refused unless there is such a command, it means something on this issue, and this
    person may give it."""
    if command.shown:
        raise Refused(_why_only_shown(command), f"{command.name} {command.text}".strip())
    if command.name not in EFFECTS:
        instead = _command_meant(state, command)
        label = _label_meant(state, command) if instead == "help" else ""
        raise Refused(label or "there is no such command", instead)
    if command.name in _OF_A_ROLE and state.ctx.member(command.by):
        role_named(state, command)  # who may call it is asked of a role that there is
    if command.name == "maintenance":
        _check_planned_work(state, command)
        return
    _check_kind_of_issue(state, command)
    role = command.value.lower()
    if command.name == "state" and value_and_step(command.text)[0] == RESOLVED:
        return  # its effect asks who may resolve
    if for_security_alone(state, command):
        if not is_security(state, command):
            who = state.ctx.policy.words.called(SECURITY, "security engineer on call")
            why = f"only the {who} publishes a security incident"
            raise Refused(why, who_publishes(state, command))
    elif command.name == "reopen" and state.resolution and not _is_allowed(state, command):
        raise PutToOwner(command.said[:200])
    elif not (_is_allowed(state, command, role) or _may_without_role(state, command)):
        words = state.ctx.policy.may.get(command.name, ("member",))
        who = ownership.who_in_words(state.ctx.policy, words, state.owner)
        raise Refused(f"{who} may do that", whom_to_ask(state, command))


def _label_meant(state: IssueState, command: Command) -> str:
    """What to say where somebody types which service it is about: a label says so. Else ""."""
    labels = state.ctx.policy.labels
    names = [labels.name("service", value) for value in labels.values("service")]
    if command.name not in _SERVICE or not names:
        return ""
    return f"a label says which service it is: {', '.join(names[:_LABELS_NAMED])}"


def _why_only_shown(command: Command) -> str:
    if command.is_quoted:
        return "in code or quotation marks it is only shown"
    if command.is_misplaced:
        return "a command stands at the beginning of a line of its own"
    return "a command begins with /ima and a space"


def _command_meant(state: IssueState, command: Command) -> str:
    """What to type instead of a command that there is not: where a value or another word for a
    command is typed in its place, that one; else the command that is most like it."""
    from difflib import get_close_matches

    begun = [name for name in USAGE if name.startswith(command.name)]
    if len(begun) == 1 and len(command.name) >= _LETTERS_OF_A_COMMAND:
        return USAGE[begun[0]]  # "resolv" begins Resolved, too
    whole = f"{command.name} {clean(command.text)}".strip()
    for family in ("severity", "state", "status"):
        # Behind a status no other word may stand: "service" alone may begin one
        said = value_and_step(whole)[0] if family == "status" else command.name
        if value_meant(family, said, state.ctx.policy):
            return f"{family} {whole}"
    if command.name in _SERVICE:
        return "help"
    close = [OTHER_WORDS[command.name]] if command.name in OTHER_WORDS else []
    close = close or get_close_matches(command.name, USAGE, 1)
    return USAGE[close[0]] if close else "help"


def _check_kind_of_issue(state: IssueState, command: Command) -> None:
    """Raises Refused where the command means nothing on this kind of issue."""
    if state.review and state.declared_at is None:
        _check_review(state, command)
    elif (
        command.name == "happened" and state.declared_at is not None
    ) or command.name not in _ANYWHERE:
        _check_kept_incident(state, command)


def _check_planned_work(state: IssueState, command: Command) -> None:
    """Raises Refused unless this person may publish, and so confirm planned work (P-56). Where the
    issue is no planned work the effect says so, to anybody."""
    if state.maintenance and not planned.may_confirm(state, command):
        who = planned.who_confirms(state)
        raise Refused(f"{who} may do that", "help")


def _is_allowed(state: IssueState, command: Command, role: str = "") -> bool:
    return state.allowed(command.name, command.by, command.at, role)


def _check_kept_incident(state: IssueState, command: Command) -> None:
    if state.declared_at is None or (state.released and command.name != "reopen"):
        raise Refused("this issue is not an incident", "declare {severity}")
    if not state.tracked and not state.released:
        raise Refused("this incident is older than IMA here, so IMA leaves it alone", "adopt")


def _check_review(state: IssueState, command: Command) -> None:
    """Raises Refused for a command that is not for reviews, or on a review older than IMA here."""
    if command.name not in _ON_REVIEWS:
        raise Refused("this is a review, and that is for incidents", "help")
    if command.name in ("severity", "action") and state.issue.opened_at < state.ctx.since:
        raise Refused("this review is older than IMA here, so IMA leaves it alone", "explain")


def _may_without_role(state: IssueState, command: Command) -> bool:
    """May this person give it without a role of the policy that says so? The assignee of a review
    owns it, for one."""
    if state.review and state.declared_at is None:
        words = state.ctx.policy.may.get(command.name, ())
        return command.by in state.issue.assignees and bool({"owner", "holder", "chain"} & {*words})
    mistake = command.name == "resolve" and ends_own_mistake(state, command.by, command.at)
    if mistake or for_the_author(state, command):
        return True
    if drill_acts.says_it_is_real(command) and state.ctx.member(command.by):
        return True
    return _calls_engineer_on_call(state, command) or _takes_role_on_call(state, command)


def _calls_engineer_on_call(state: IssueState, command: Command) -> bool:
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


def _takes_role_on_call(state: IssueState, command: Command) -> bool:
    """Whoever is on call now for the role may take it (P-08); where nobody is, or nobody comes,
    any member may (P-50)."""
    if command.name != "handover" or not state.ctx.member(command.by):
        return False
    if state.nobody_is_known(command.at) or state.nobody_comes(command.at):
        return True
    for_themselves = command.people in (("me",), ("next",), (command.by,))
    role = command_effects.handed_role(state, command)
    return for_themselves and state.ctx.on_call.serves(role, command.by, command.at)
