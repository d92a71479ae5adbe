"""What every rule has: a name, a reason, a condition, and one effect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, ClassVar

from automation.changes.issue_changes import Change
from automation.model.incident import Fact, Incident
from automation.policy.key_types import NameOf
from automation.policy.planning_input import Context
from automation.policy.policy import Policy
from automation.records import dataclass
from automation.rules.when import When
from automation.schema.shapes import Text

CHAT = "tell them by a message of the chat, too, where it reaches them"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule of the policy: its name, its reason, its condition, and one effect."""

    name: Annotated[
        str,
        Text(r"[a-z0-9]+(-[a-z0-9]+)*", says="a name in kebab-case, such as `page-by-severity`"),
        "Unique, in kebab-case",
    ]
    why: Annotated[str, "The reason; people see it"]
    when: When

    word: ClassVar[str]  # the effect's key in the policy; the subclass describes the keys below it
    least: ClassVar[int] = 0  # how many of these keys have to be written

    @property
    def has_clock(self) -> bool:
        """Does it wait for a time? Such a rule can be waived."""
        return self.when.waits_for_time

    def reason(self, incident: Incident, ctx: Context) -> str | None:
        """The first reason why the rule does not apply, a waiver included; None where it
        applies."""
        reason = self.mismatch(incident, ctx)
        if reason is None and (waiver := waived(self.name, incident, ctx.now)):
            return f"waived by {waiver.by} until {waiver.ends:%Y-%m-%d %H:%M} UTC: {waiver.text}"
        return reason

    def mismatch(self, incident: Incident, ctx: Context) -> str | None:
        """The first reason why the rule does not apply, waivers aside; None where it applies."""
        return self.when.mismatch(incident, ctx)

    def never(self, policy: Policy) -> str:
        """Why it, or a part of it, can never apply, whatever happens; empty where it may."""
        return self.when.contradiction() or self.when.contradicts(policy)

    def due(self, incident: Incident, ctx: Context) -> datetime | None:
        """When its clock runs out, or has last run out; None where anything besides time is
        missing."""
        if not self.has_clock or self.when.mismatch_besides_time(incident, ctx) is not None:
            return None
        due = self.when.due(incident, ctx)
        waiver = waived(self.name, incident, ctx.now) or waived(self.name, incident, due)
        return max(due, waiver.ends) if waiver and waiver.ends else due

    def propose(self, incident: Incident, ctx: Context) -> Iterator[Change]:
        """The changes that make it so, whether or not it is so already: the planner drops what
        moves nothing."""
        raise NotImplementedError

    def holds_since(self, role: str, incident: Incident, ctx: Context) -> datetime:
        """Since when the rule has asked for this role without a break."""
        return self.when.since(incident)

    def asks_for(self, incident: Incident, ctx: Context) -> tuple[str, ...]:
        """The roles that the rule asks for by what people have chosen, such as the severity."""
        return ()

    def pages(self, incident: Incident, ctx: Context) -> tuple[str, ...]:
        """The roles of `asks_for` that the rule also pages."""
        return ()

    def reached_by_chat(self, people: Iterable[str], ctx: Context) -> tuple[str, ...]:
        """The logins among ``people`` that the chat can write to."""
        return tuple(person for person in people if ctx.policy.reaches(person))

    def reopens(self, incident: Incident, ctx: Context) -> bool:
        """Does the rule open again what somebody has closed?"""
        return False

    def next_times(self, incident: Incident, ctx: Context) -> Iterator[datetime]:
        """The times at which the rule may act next, the earliest first; some may be over."""
        if due := self.due(incident, ctx):
            yield due

    def deadline_now(self, incident: Incident, ctx: Context) -> datetime | None:
        """The deadline that the rule acts on, if it acts now."""
        return self.due(incident, ctx)


def channel_to_tell(incident: Incident, ctx: Context) -> str:
    """The channel where it is told that nobody answers: the stakeholders', but for a drill
    (P-57)."""
    outside = "" if incident.drill else ctx.policy.stakeholders
    return outside or ctx.policy.chat.channel


def template_part(file: str) -> NameOf:
    """A word that stands for the braces in the name of a template's file."""
    return NameOf("template", pattern=r"[a-z][a-z_]*", file=file)


def waived(name: str, incident: Incident, when: datetime) -> Fact | None:
    """The waiver of the rule ``name`` that counts at ``when``; None if there is none."""
    for fact in reversed(incident.facts):
        if fact.kind == "waived" and fact.what == name and fact.ends:
            return fact if fact.at <= when < fact.ends else None
    return None
