"""Wake and write to somebody who is needed by name, where their address is known (P-47). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from automation.changes.issue_changes import Change
from automation.changes.service_calls import OutsideEffect, nobody_is_paged, with_fact_of_effect
from automation.model.incident import Fact, Incident
from automation.model.team_words import COMMON, TeamWords
from automation.policy.planning_input import Context
from automation.records import dataclass

NEEDED = {"rule": "commands", "why": "Somebody is needed on the issue. (P-47)"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PagePerson(OutsideEffect):
    """Wake somebody who was not called for a role, because they are needed."""

    person: str
    of: str  # the command that needs them

    kind: ClassVar[str] = "page person"
    order: ClassVar[int] = 5
    limit: ClassVar[str] = "pages"

    def after(self, incident: Incident, ctx: Context) -> Incident:
        if not incident.active or nobody_is_paged(incident, ctx):
            return incident
        _, key = self.fact_key(incident, ctx)
        return with_fact_of_effect(incident, Fact("paged", ctx.now, who=self.person, what=key))

    def fact_key(self, incident: Incident, ctx: Context) -> tuple[str, str]:
        """The pager's key. It has the person's name where that of a call has the role."""
        command = self.of.partition("@")[0]
        return "paged", f"{ctx.policy.project}{incident.ref}:{self.person}:{command}"

    def describe(self, words: TeamWords = COMMON) -> str:
        return f"page @{self.person}"


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePerson(OutsideEffect):
    """Write to somebody in the chat that they are needed."""

    person: str
    by: str
    of: str
    text: str  # why

    kind: ClassVar[str] = "message person"
    order: ClassVar[int] = 7
    limit: ClassVar[str] = "posts"

    def after(self, incident: Incident, ctx: Context) -> Incident:
        if not incident.active:
            return incident
        return with_fact_of_effect(
            incident, Fact("messaged", ctx.now, who=self.person, what=self.of)
        )

    def fact_key(self, incident: Incident, ctx: Context) -> tuple[str, str]:
        return "messaged", self.of

    def describe(self, words: TeamWords = COMMON) -> str:
        return f"message @{self.person}: they are needed"


def calls_of_needed_people(incident: Incident, ctx: Context) -> Iterator[Change]:
    """A page and a message for each person who is waited for. A need that an older version of IMA
    recorded calls nobody."""
    for need in incident.waiting:
        person = ctx.policy.people.get(need.who)
        if not need.page:
            continue
        if person and person.pager:
            yield PagePerson(ref=incident.ref, person=need.who, of=need.of, **NEEDED)
        if ctx.policy.reaches(need.who):
            yield MessagePerson(
                ref=incident.ref,
                person=need.who,
                by=need.by,
                of=need.of,
                text=need.text,
                **NEEDED,
            )
