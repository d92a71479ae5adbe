"""``set``: choose a severity, state or status where no person has chosen one.

A person's choice is never overwritten (P-11), and a role or the end of an incident is never
reached this way: those have effects of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from automation.changes.issue_changes import Change, Set
from automation.model.incident import Incident
from automation.model.issue import STATES, STATUSES
from automation.policy.key_types import KeyOf, SeverityName
from automation.policy.planning_input import Context
from automation.policy.policy import Policy
from automation.records import dataclass
from automation.rules.rule import Rule


@dataclass(frozen=True, kw_only=True)
class SetRule(Rule):
    """Give a family a value until somebody chooses another."""

    severity: Annotated[SeverityName | None, "the severity to set"] = None
    state: Annotated[str | None, KeyOf("states", *STATES[:-1]), "the state to set"] = None
    status: Annotated[str | None, KeyOf("statuses", *STATUSES), "the status to set"] = None

    word: ClassVar[str] = "set"
    least: ClassVar[int] = 1

    def never(self, policy: Policy) -> str:
        for family in ("severity", "state", "status"):
            if getattr(self.when, family) == (getattr(self, family),):
                return f"it sets the {family} that `when` says it has already"
        return super().never(policy)

    def propose(self, incident: Incident, ctx: Context) -> Iterator[Change]:
        for family in ("severity", "state", "status"):
            if value := getattr(self, family):
                yield Set(
                    ref=incident.ref, rule=self.name, why=self.why, family=family, value=value
                )
