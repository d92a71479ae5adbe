"""What people type becomes keys: the team's word for a role, a state or a status, or the common
one. Pure."""

from __future__ import annotations

from dataclasses import replace

from automation.history.command_parsing import Command
from automation.model.team_words import TeamWords
from automation.policy.policy import Policy
from automation.text.typed import MARKUP, POINTS, narrow, plain_quotes, value_and_step

_AROUND = f" {POINTS}{MARKUP}\"'()[]="
_BEGIN_WITH_A_ROLE = {"engage", "page", "stand-down", "handover"}


def with_keys(command: Command, policy: Policy) -> Command:
    """The command, with the key of the role, state or status that it names; as it is where it names
    none."""
    if command.name in _BEGIN_WITH_A_ROLE:
        return _with_role(command, policy.words)
    if command.name in ("state", "status"):
        said, step = value_and_step(command.text) if command.name == "state" else (command.text, "")
        key = value_meant(command.name, said, policy)
        text = " -- ".join([key, *([step] if step else [])]) if key else command.text
        return replace(command, text=text, as_typed=command.text)
    return command


def role_meant(command: Command, words: TeamWords) -> str | None:
    """The key of the role that a command begins with."""
    return words.role_named(narrow(command.value))


def _with_role(command: Command, words: TeamWords) -> Command:
    role, typed = role_meant(command, words), command.value
    if role is None:
        return command
    place = next(n for n, word in enumerate(command.words) if typed in word)
    return replace(command, words=(role, *command.words[place + 1 :]))


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
