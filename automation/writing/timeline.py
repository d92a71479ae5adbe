"""The timeline of an incident for people. Pure."""

from __future__ import annotations

from automation.history.timeline import steps
from automation.model.incident import Incident
from automation.planning.incident_view import time_in_words
from automation.policy.planning_input import Context
from automation.text.escaping import escape_inline


def timeline(incident: Incident, ctx: Context) -> list[dict[str, str]]:
    """What happened when, in the order of time: {"at", "what"} of each step."""
    told = steps(incident, ctx.policy.words)
    return [{"at": time_in_words(step.at, ctx), "what": step.what} for step in told]


def short_line(text: str, most: int) -> str:
    """Words of people, made harmless, in one line of at most ``most`` characters."""
    length = most
    while len(line := escape_inline(text, length)) > most:
        length -= max(1, (len(line) - most) // 2)
    return line
