"""What every rule has: a name, a reason, a condition, and one effect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from automation.changes.issue_changes import Change
from automation.model.incident import Fact, Incident
from automation.policy.key_types import NameOf
from automation.policy.planning_input import Context
from automation.rules.when import When
from automation.schema.shapes import Text

CHAT = "tell them by a message of the chat, too, where it reaches them"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One named sentence of the policy."""

    name: Annotated[
        str,
        Text(r"[a-z0-9]+(-[a-z0-9]+)*", says="a name in kebab-case, such as `page-by-severity`"),
        "Unique, in kebab-case",
    ]
    why: Annotated[str, "The reason; people see it"]
    when: When

    word: ClassVar[str]  # of its effect, whose keys a subclass describes
    least: ClassVar[int] = 0  # so many of these keys have to be written

    @property
    def has_clock(self) -> bool:
        """Does it wait for a time? Such a rule can be waived."""
        return self.when.timed

    def reason(self, incident: Incident, ctx: Context) -> str | None:
        """The first reason why the rule does not apply, or None: it may have been waived."""
        reason = self.mismatch(incident, ctx)
        if reason is None and (waiver := waived(self.name, incident, ctx.now)):
            return f"waived by {waiver.by} until {waiver.ends:%Y-%m-%d %H:%M} UTC: {waiver.text}"
        return reason

    def mismatch(self, incident: Incident, ctx: Context) -> str | None:
        """The first reason besides a waiver."""
        return self.when.mismatch(incident, ctx)

    def due(self, incident: Incident, ctx: Context) -> datetime | None:
        """When its clock runs out next or has run out last, if only the clock is missing."""
        if not self.has_clock or self.when.differs(incident, ctx) is not None:
            return None
        due = self.when.due(incident, ctx)
        waiver = waived(self.name, incident, ctx.now) or waived(self.name, incident, due)
        return max(due, waiver.ends) if waiver and waiver.ends else due

    def propose(self, incident: Incident, ctx: Context) -> Iterator[Change]:
        """What should be so, whether or not it already is."""
        raise NotImplementedError

    def asks_for(self, incident: Incident, ctx: Context) -> tuple[str, ...]:
        """The roles that it asks for, by what people have chosen: severity, status, …"""
        return ()

    def pages(self, incident: Incident, ctx: Context) -> tuple[str, ...]:
        """Those of them that it pages."""
        return ()

    def reached(self, people: Iterable[str], ctx: Context) -> tuple[str, ...]:
        """Whom of ``people`` the chat can write to."""
        return tuple(person for person in people if ctx.policy.reaches(person))

    def undoes(self, incident: Incident, ctx: Context) -> bool:
        """Does the rule open again what somebody has closed?"""
        return False

    def dues(self, incident: Incident, ctx: Context) -> Iterator[datetime]:
        """Times at which it may act next, the earliest first."""
        if due := self.due(incident, ctx):
            yield due

    def acted(self, incident: Incident, ctx: Context) -> datetime | None:
        """The deadline that it acts on, if it acts now."""
        return self.due(incident, ctx)


def channel_to_tell(incident: Incident, ctx: Context) -> str:
    """Where it is told that nobody answers: to the stakeholders, but of a drill (P-57)."""
    outside = "" if incident.drill else ctx.policy.stakeholders
    return outside or ctx.policy.chat.channel


def template_part(file: str) -> NameOf:
    """A word that stands for the braces in the name of a template's file."""
    return NameOf("template", pattern=r"[a-z][a-z_]*", file=file)


def waived(name: str, incident: Incident, when: datetime) -> Fact | None:
    """The waiver of a rule that holds at ``when``."""
    for fact in reversed(incident.facts):
        if fact.kind == "waived" and fact.what == name and fact.ends:
            return fact if fact.at <= when < fact.ends else None
    return None
