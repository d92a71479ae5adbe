"""``AnnounceMove``: a channel for internal updates hears of each move of what is announced there.

Pure. The announcement itself is kept true in place, and calls nobody twice; this is a new message.
"""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from automation.changes.service_calls import OutsideEffect, with_fact_of_effect
from automation.model.incident import Fact, Incident
from automation.model.team_words import COMMON, TeamWords
from automation.policy.planning_input import Context
from automation.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnounceMove(OutsideEffect):
    """Tell a channel how the incident stands now; once for each move (P-34)."""

    channel: str

    kind: ClassVar[str] = "announce move"
    order: ClassVar[int] = 7
    limit: ClassVar[str] = "posts"

    def after(self, incident: Incident, ctx: Context) -> Incident:
        told, moved = incident.found("announced", self.channel), moved_at(incident)
        if told is None or not told.done or moved is None or moved <= told.at:
            return incident
        if ctx.is_unread(told):
            return incident
        _, what = self.fact_key(incident, ctx)
        return with_fact_of_effect(incident, Fact("announced", ctx.now, what=what))

    def fact_key(self, incident: Incident, ctx: Context) -> tuple[str, str]:
        moved = moved_at(incident)
        return "announced", f"moved:{moved.isoformat() if moved else ''}:{self.channel}"

    def describe(self, words: TeamWords = COMMON) -> str:
        return f"announce in {self.channel} how it stands"


def moved_at(incident: Incident) -> datetime | None:
    """When the state or status last moved, or when the incident ended."""
    last = (incident.state, incident.status, incident.resolution)
    return max((each.at for each in last if each), default=None)
