"""What may be said of a confidential incident outside it: its bare reference (P-16). Every output
takes its words from here, whatever it shows of others. Pure."""

from __future__ import annotations

import re

from automation.errors import ServiceError
from automation.model.incident import Incident

TITLE = "(confidential)"  # in the place of its title
_MENTION = r"@\w[\w.-]*"


def shown_title(incident: Incident) -> str:
    """The title, as it may be shown outside the issue."""
    return TITLE if incident.confidential else incident.title


def bare_row(ref: str) -> dict[str, str]:
    """What programs are told instead of a row about it."""
    return {"issue": ref, "kind": "confidential"}


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
