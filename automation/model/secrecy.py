"""An error as a job's log may show it: that of a confidential incident names nobody. Pure."""

from __future__ import annotations

import re

from automation.errors import ServiceError
from automation.model.incident import Incident

_MENTION = r"@\w[\w.-]*"


def without_names(error: ServiceError, incident: Incident) -> ServiceError:
    """The error; that of a confidential incident without the people in its text (P-16)."""
    if not incident.confidential:
        return error
    names = re.compile("|".join([_MENTION, *map(_whole, _people(incident))]), re.IGNORECASE)
    hidden = (names.sub("somebody", text) for text in (error.problem, error.remedy))
    made = ServiceError(*hidden)  # whatever kind it is, only its words are told from here on
    made.tracker_away = error.tracker_away
    return made


def _whole(name: str) -> str:
    return rf"(?<![\w.-]){re.escape(name)}(?![\w-])"


def _people(incident: Incident) -> set[str]:
    seats = (seat.person for seat in incident.seats.values())
    named = {incident.author, incident.owner, *incident.assignees, *incident.extras, *seats}
    return {name for name in named if name}
