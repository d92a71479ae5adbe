"""``ExtendTimeline``: an open review is told what has happened since to what it reviews. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from automation.changes.issue_changes import Change
from automation.model.incident import Incident
from automation.model.team_words import COMMON, TeamWords
from automation.policy.planning_input import Context
from automation.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtendTimeline(Change):
    """Add to the timeline of a review what came later, up to ``until`` (P-51)."""

    until: datetime

    kind: ClassVar[str] = "extend timeline"
    sign: ClassVar[str] = "~"
    order: ClassVar[int] = 8

    def after(self, incident: Incident, ctx: Context) -> Incident:
        form = incident.form
        if form is None or form.told_until is None or form.told_until >= self.until:
            return incident
        return replace(incident, form=replace(form, told_until=self.until))

    def describe(self, words: TeamWords = COMMON) -> str:
        return "add to the timeline what has happened since"
