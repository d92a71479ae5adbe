"""``propose``: say that the figures are worse than the incident's status or severity (P-27, P-40).

A person confirms with one command, or does not. Each value is proposed once, and nobody's choice
is overwritten. Services that nobody can judge propose nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from automation.changes.comments import Say
from automation.changes.issue_changes import Change
from automation.model.incident import Incident, Note
from automation.model.issue import STATUSES
from automation.policy.planning_input import Context
from automation.policy.slo import STATUS_OF, proposal_key, worst_level
from automation.records import dataclass
from automation.rules.rule import Rule


@dataclass(frozen=True, kw_only=True)
class ProposeRule(Rule):
    """Propose a status or a severity to people."""

    family: Annotated[
        Literal["severity", "status"], "what the figures of the affected services may propose"
    ]

    word: ClassVar[str] = "propose"

    def mismatch(self, incident: Incident, ctx: Context) -> str | None:
        if reason := self.when.mismatch(incident, ctx):
            return reason
        if not any(name in ctx.verdicts for name in incident.affects):
            return "it affects no service whose figures are known"
        if not self._value(incident, ctx):
            return f"the figures ask for no graver {self.family}"
        return None

    def propose(self, incident: Incident, ctx: Context) -> Iterator[Change]:
        if value := self._value(incident, ctx):
            values = (("family", self.family), ("value", value))
            note = Note(proposal_key(self.family, value), "propose", values)
            yield Say(ref=incident.ref, rule=self.name, why=self.why, note=note)

    def _value(self, incident: Incident, ctx: Context) -> str:
        """The status or severity that the figures speak for, if it is graver than what the incident
        has; else ""."""
        worst = worst_level(incident.affects, ctx.verdicts)
        if self.family == "status":
            value = STATUS_OF.get(worst, "")
            graver = value and STATUSES.index(value) > STATUSES.index(incident.status_now)
            return value if graver else ""
        value = ctx.policy.slo.severity.get(worst, "")
        has = incident.severity.value if incident.severity and incident.severity.confirmed else ""
        graver = value and (not has or ctx.policy.rank(value) < ctx.policy.rank(has))
        return value if graver else ""
