"""``FollowSeverity``: a review or a corrective action follows a severity that has changed. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from automation.changes.issue_changes import Change
from automation.model.incident import Choice, Incident
from automation.model.team_words import COMMON, TeamWords
from automation.policy.due_dates import parse_day
from automation.policy.planning_input import Context
from automation.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowSeverity(Change):
    """Change the severity that a review or corrective action says, and the day on which it is due;
    ``due`` "" leaves the day as it is (P-38)."""

    severity: str
    due: str = ""

    kind: ClassVar[str] = "follow severity"
    sign: ClassVar[str] = "~"
    order: ClassVar[int] = 8

    def after(self, incident: Incident, ctx: Context) -> Incident:
        opened = incident.opened_with
        if opened is None or (opened.severity == self.severity and not self._moves(incident)):
            return incident
        due = parse_day(self.due) or incident.due
        says = replace(opened, severity=self.severity, due=due)
        chosen = incident.severity
        if chosen is None or chosen.value != self.severity:
            chosen = Choice(self.severity, ctx.now)
        return replace(incident, severity=chosen, due=due, opened_with=says)

    def _moves(self, incident: Incident) -> bool:
        return bool(self.due) and parse_day(self.due) != incident.due

    def describe(self, words: TeamWords = COMMON) -> str:
        due = f", due {self.due}" if self.due else ""
        return f"follow the severity {self.severity}{due}"
