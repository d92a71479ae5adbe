"""``PostNotice``: tell a channel what somebody was told on the issue without an answer, once.
Pure."""

from __future__ import annotations

from typing import ClassVar

from automation.changes.service_calls import OutsideEffect, with_fact_of_effect
from automation.model.incident import Fact, Incident
from automation.model.team_words import COMMON, TeamWords
from automation.policy.planning_input import Context
from automation.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PostNotice(OutsideEffect):
    """Post the template ``chat/ABOUT`` in a channel, once for what it is about (``of``)."""

    channel: str
    about: str
    of: str
    whom: str  # who has not answered

    kind: ClassVar[str] = "post notice"
    order: ClassVar[int] = 7
    limit: ClassVar[str] = "posts"

    def after(self, incident: Incident, ctx: Context) -> Incident:
        _, what = self.fact_key(incident, ctx)
        return with_fact_of_effect(incident, Fact("announced", ctx.now, what=what))

    def fact_key(self, incident: Incident, ctx: Context) -> tuple[str, str]:
        return "announced", f"notice:{self.of}:{self.channel}"

    def describe(self, words: TeamWords = COMMON) -> str:
        return f"tell {self.channel} that @{self.whom} does not answer"

    def subject(self) -> str:
        return f"{self.of} {self.channel}"
