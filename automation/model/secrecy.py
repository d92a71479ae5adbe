"""What may be said of a confidential incident outside it: its bare reference (P-16). Every output
takes its words from here, whatever it shows of others.

What goes out is made of a `Tellable`: only `tellable` makes one, and mypy refuses what reads an
incident otherwise (`tests/confidential_reads.py`). Pure."""

from __future__ import annotations

import re
from typing import NewType

from automation.errors import ServiceError
from automation.model.incident import Incident
from automation.model.issue import Issue

TITLE = "(confidential)"  # in the place of its title
_MENTION = r"@\w[\w.-]*"


Tellable = NewType("Tellable", Incident)  # all of it may be told outside
TellableIssue = NewType("TellableIssue", Issue)


def tellable(incident: Incident | None) -> Tellable | None:
    """The incident, as outputs take it; None where nothing but its reference may leave it."""
    return None if incident is None or incident.confidential else Tellable(incident)


def tellable_issue(issue: Issue, kept_in: bool) -> TellableIssue | None:
    """The same of an issue as the tracker has it; ``kept_in``: it is, or follows, a confidential
    one."""
    return None if kept_in else TellableIssue(issue)


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
