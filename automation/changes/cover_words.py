"""``CoverWords``: what a chat was told of an incident before it was confidential says nothing of it
any more. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from automation.changes.service_calls import OutsideEffect, with_fact_of_effect
from automation.model.facts import THREAD, Fact
from automation.model.incident import Incident
from automation.model.team_words import COMMON, TeamWords
from automation.policy.planning_input import Context
from automation.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverWords(OutsideEffect):
    """Change a message of ours, or our replies below an announcement (``thread``), once (P-16). The
    announcement itself is kept true anyway."""

    told: str  # the ``what`` of the fact by which the card remembers the message or the thread
    thread: bool = False

    kind: ClassVar[str] = "cover"
    sign: ClassVar[str] = "~"
    order: ClassVar[int] = 9

    @property
    def channel(self) -> str:
        return self.told.rpartition(":")[2]

    def after(self, incident: Incident, ctx: Context) -> Incident:
        return with_fact_of_effect(incident, Fact("covered", ctx.now, what=self.told))

    def fact_key(self, incident: Incident, ctx: Context) -> tuple[str, str]:
        return "covered", self.told

    def describe(self, words: TeamWords = COMMON) -> str:
        return f"take back what was said in {self.channel}"

    def subject(self) -> str:
        return self.told


def told_too_much(incident: Incident, ctx: Context) -> Iterator[tuple[str, bool]]:
    """What a chat was told before the incident was confidential: the ``what`` of each fact, and
    whether it is that of a thread."""
    secured = incident.security_at
    if secured is None or secured <= incident.opened_at or not incident.confidential:
        return
    for fact in incident.facts:
        if fact.kind == "announced" and fact.done and fact.at <= secured:
            if ctx.is_unread(fact):
                continue
            if ":" in fact.what:  # no announcement, but one message more
                yield fact.what, False
            elif incident.found(THREAD, fact.what):
                yield fact.what, True
