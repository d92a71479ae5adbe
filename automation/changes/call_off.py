"""Once an incident is over, its pages call nobody further. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from automation.changes.service_calls import Outward, with_effect
from automation.model.incident import Fact, Incident
from automation.policy.planning_input import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class CallOff(Outward):
    """End the pages of an incident that is over; ``last`` is the newest of them."""

    last: str

    kind: ClassVar[str] = "call off"
    place: ClassVar[int] = 9

    def after(self, incident: Incident, ctx: Context) -> Incident:
        if incident.resolution is None:
            return incident
        return with_effect(incident, Fact("called off", ctx.now, what=self.last))

    def leaves(self, incident: Incident, ctx: Context) -> tuple[str, str]:
        return "called off", self.last

    def describe(self) -> str:
        return "call off the pages"


def paged_keys(incident: Incident) -> list[str]:
    """The pages of an incident, those that a killed pass may have made included, oldest first."""
    pages = sorted((fact.at, fact.what) for fact in incident.facts if fact.kind == "paged")
    return [key for _, key in pages]
