"""``set``: choose a severity, state or status where no person has chosen one.

A person's choice is never overwritten (P-11), and a role or the end of an incident is never
reached this way: those have effects of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from automation.changes.issue_changes import Change, Set
from automation.model.incident import Incident
from automation.model.issue import SEVERITIES, STATES, STATUSES
from automation.policy.planning_input import Context
from automation.rules.rule import Rule
from automation.schema.shapes import Field, Record, Text


@dataclass(frozen=True, kw_only=True)
class SetRule(Rule):
    """Give a family a value until somebody chooses another."""

    severity: str | None = None
    state: str | None = None
    status: str | None = None

    word: ClassVar[str] = "set"
    shape: ClassVar[Record] = Record(
        "set",
        Field("severity", Text(choices=SEVERITIES), doc="the severity to set"),
        Field("state", Text(choices=STATES[:-1]), doc="the state to set"),
        Field("status", Text(choices=STATUSES), doc="the status to set"),
    )

    def propose(self, incident: Incident, ctx: Context) -> Iterator[Change]:
        for family in ("severity", "state", "status"):
            if value := getattr(self, family):
                yield Set(
                    ref=incident.ref, rule=self.name, why=self.why, family=family, value=value
                )
