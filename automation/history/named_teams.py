"""Teams in commands: `@acme/oncall` is the role that the policy gives to that team. Pure."""

from __future__ import annotations

import re
from dataclasses import replace

from automation.history.command_effects import Refused
from automation.history.command_parsing import Command
from automation.history.issue_state import IssueState
from automation.model.commands import USAGE
from automation.text.typed import POINTS

_TEAM = re.compile(r"@([\w.-]+/[\w.-]*\w)")
_NAME_PEOPLE = {"engage", "page", "stand-down", "handover", "need"}
_BEGIN_WITH_A_ROLE = {"engage", "page", "stand-down"}


def with_teams(state: IssueState, command: Command) -> Command:
    """The command, with each team that it begins with as the role, or as who is on call for it.
    Raises Refused for a team that no role has, or that nobody is on call for."""
    if command.name not in _NAME_PEOPLE or "/" not in command.text:
        return command
    words, text = list(command.words), command.text
    for place, word in enumerate(words):
        if not (found := _TEAM.fullmatch(word.strip(POINTS + "()[]"))):
            if word.startswith("@") or place == 0:
                continue  # a person, or a role, before it
            break  # from here on it is a reason
        meant = _meaning(state, command, found[1], as_role=place == 0)
        words[place] = meant
        text = text.replace(found[0], meant, 1)
    return replace(command, words=tuple(words), text=text)


def _meaning(state: IssueState, command: Command, team: str, *, as_role: bool) -> str:
    role = state.ctx.policy.teams.get(team.lower())
    if role is None:
        raise Refused(f"no role of the policy has the team {team}", USAGE[command.name])
    if as_role and command.name in _BEGIN_WITH_A_ROLE:
        return role
    if person := state.ctx.on_call.at(role, command.at):
        return f"@{person}"
    raise Refused(f"nobody is on call for {team}", USAGE[command.name])
