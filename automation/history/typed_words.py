"""What people type becomes keys: the team's word for a role, a state or a status, or the common
one. Pure."""

from __future__ import annotations

from dataclasses import replace

from automation.history.command_parsing import Command
from automation.model.team_words import TeamWords
from automation.policy.policy import Policy
from automation.text.typed import (
    MARKUP,
    POINTS,
    before_reason,
    narrow,
    person_named,
    plain_quotes,
    value_and_step,
)

_AROUND = f" {POINTS}{MARKUP}\"'()[]="
_BEGIN_WITH_A_ROLE = {"engage", "page", "stand-down", "handover"}
_OF_SEVERAL_ROLES = {"engage", "page", "stand-down"}
_AND = {"and", "und", "et", "&", "+", ","}
_FILLERS = {"to", "an", "à", "->", "=>", "→"}  # "handover to @mia"
_OFF_HAND = {"me", "next"}  # what stands in a person's place, also without the @


def one_for_each_role(command: Command, words: TeamWords) -> tuple[Command, ...]:
    """The command, once for each role where it names several: "engage imoc and cmoc". As it is
    where more stands behind them than a reason."""
    if command.name not in _OF_SEVERAL_ROLES:
        return (command,)
    named = before_reason(command.words)
    parts: list[list[str]] = []
    for word in named:
        if words.role_named(narrow(word.strip(_AROUND))) is not None:
            parts.append([word.strip(_AROUND)])
        elif parts and person_named(word):
            parts[-1].append(word)
        elif not parts or word.casefold() not in _AND:
            return (command,)
    if len(parts) < 2:
        return (command,)
    reason = command.words[len(named) :]
    return tuple(
        replace(
            command,
            of=f"{command.of}@{nth}" if nth else command.of,
            words=(*part, *reason),
            text=" ".join((*part, *reason)),
        )
        for nth, part in enumerate(parts)
    )


def with_keys(command: Command, policy: Policy) -> Command:
    """The command, with the key of the role, state or status that it names; as it is where it names
    none."""
    if command.name in _BEGIN_WITH_A_ROLE:
        return _with_role(command, policy.words)
    if command.name in ("state", "status"):
        key, step = _value_and_step(command, policy)
        step = step if command.name == "state" else ""
        text = " -- ".join([key, *([step] if step else [])]) if key else command.text
        return replace(command, text=text, as_typed=command.text)
    return command


def _value_and_step(command: Command, policy: Policy) -> tuple[str, str]:
    """The key of the state or status that somebody means, and what they say behind it; "" for
    none."""
    whole, parted = (command.text, ""), value_and_step(command.text)
    quoted = command.words[0] if plain_quotes(command.text)[:1] == '"' and command.words else ""
    for said, step in (whole, parted, (quoted, "")):
        if key := value_meant(command.name, said, policy):
            return key, step
    return "", ""


def role_meant(command: Command, words: TeamWords) -> str | None:
    """The key of the role that a command begins with."""
    return words.role_named(narrow(command.value))


def _with_role(command: Command, words: TeamWords) -> Command:
    role, typed, rest = role_meant(command, words), command.value, command.words
    if role is not None:
        rest = rest[next(n for n, word in enumerate(rest) if typed in word) + 1 :]
    while rest and rest[0].casefold() in _FILLERS:
        rest = rest[1:]
    if rest and (role or command.name == "handover") and rest[0].casefold() in _OFF_HAND:
        rest = (f"@{rest[0].casefold()}", *rest[1:])
    return replace(command, words=rest if role is None else (role, *rest))


def value_meant(family: str, text: str, policy: Policy) -> str | None:
    """The state, status or severity that somebody means: by its word or key, in any case, or only
    by its beginning; its label counts, too (``~"Status::Operational"``). None for none."""
    plain = narrow(plain_quotes(text)).strip(_AROUND)
    named = {
        "state": policy.words.state_named,
        "status": policy.words.status_named,
        "severity": policy.words.severity_named,
    }
    if value := named[family](plain.rpartition("::")[2].strip(_AROUND)):
        return value
    meant = policy.labels.meaning(plain)
    return meant[1] if meant and meant[0] == family else None
