"""Call off pages that nobody has to answer any more, so that the pager wakes nobody else. Pure."""

from __future__ import annotations

from typing import ClassVar

from automation.changes.service_calls import OutsideEffect, with_fact_of_effect
from automation.model.incident import Fact, Incident
from automation.model.team_words import COMMON, TeamWords
from automation.policy.planning_input import Context
from automation.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOff(OutsideEffect):
    """Call off pages of an incident: all of them once it is over, else those of a call that ended
    (P-12). ``last`` is the key of the newest of them, ``role`` the role that they are for; "" means
    all."""

    last: str
    role: str = ""

    kind: ClassVar[str] = "call off"
    order: ClassVar[int] = 9

    def after(self, incident: Incident, ctx: Context) -> Incident:
        if not self.role and incident.resolution is None:
            return incident
        return with_fact_of_effect(incident, Fact("called off", ctx.now, self.role, what=self.last))

    def fact_key(self, incident: Incident, ctx: Context) -> tuple[str, str]:
        return "called off", self.last

    def describe(self, words: TeamWords = COMMON) -> str:
        of = f"the page of the {words.role(self.role)}" if self.role else "the pages"
        return f"call off {of}"


def pages_made(incident: Incident) -> dict[str, str]:
    """The keys of the pages of an incident, the oldest first, with those that a killed pass may
    have made; and what each is called in the pager, "" where that is not known."""
    made = ("paged", "repeated")
    pages = sorted((fact.at, fact.what, fact.text) for fact in incident.facts if fact.kind in made)
    return {key: number for _, key, number in pages}
