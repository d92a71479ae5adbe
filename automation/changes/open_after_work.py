"""``OpenAfterWork``: alerts still fire when planned work is over, and get an incident. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from automation.changes.service_calls import OutsideEffect, with_fact_of_effect
from automation.model.incident import Fact, Incident
from automation.model.team_words import COMMON, TeamWords
from automation.policy.planning_input import Context
from automation.records import dataclass

ALERTS = "alerts"  # what is opened, as the card has it


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAfterWork(OutsideEffect):
    """Open an incident for alerts that planned work has listed and that still fire when it is
    over."""

    kind: ClassVar[str] = "open after work"
    order: ClassVar[int] = 8
    limit: ClassVar[str] = "opens"

    @property
    def symbol(self) -> str:
        """What a plan calls the new issue until it has a number."""
        return f"new incident after {self.ref}"

    def after(self, incident: Incident, ctx: Context) -> Incident:
        if incident.reviews.get(ALERTS):
            return incident
        planned = with_fact_of_effect(incident, Fact("opened", ctx.now, what=ALERTS))
        if planned is incident:
            return incident
        return replace(planned, reviews={**incident.reviews, ALERTS: self.symbol})

    def fact_key(self, incident: Incident, ctx: Context) -> tuple[str, str]:
        return "opened", ALERTS

    def describe(self, words: TeamWords = COMMON) -> str:
        return "open an incident for the alerts that still fire"
