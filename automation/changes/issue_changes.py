"""The closed set of changes, each with ``after``: what the incident is once it is made. Pure.

``after`` gives back the very same object where nothing moves, so that the planner can drop what
already holds.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any, ClassVar

from automation.model.engagement import with_call, with_coming, without_call
from automation.model.incident import Choice, Fact, How, Incident, Note
from automation.model.replacing import replace
from automation.model.team_words import COMMON, TeamWords
from automation.policy import ownership
from automation.policy.planning_input import Context
from automation.records import dataclass
from automation.times.json_answer import iso


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something that is to happen to one issue, and the rule that wants it."""

    ref: str
    rule: str
    why: str

    kind: ClassVar[str]
    sign: ClassVar[str] = "+"
    order: ClassVar[int]  # changes to one issue are made by it, the smallest first
    limit: ClassVar[str] = ""  # the key of `limits:` in the policy that counts it

    def after(self, incident: Incident, ctx: Context) -> Incident:
        """The incident once the change is made; the same object where it is so already."""
        raise NotImplementedError

    def describe(self, words: TeamWords = COMMON) -> str:
        """The change in a few words for a person, in those of the team."""
        raise NotImplementedError

    def row(self) -> dict[str, Any]:
        """The change as JSON."""
        rest = {f.name: _as_json(getattr(self, f.name)) for f in fields(self)[3:]}
        return {"issue": self.ref, "kind": self.kind, "rule": self.rule, "why": self.why, **rest}

    def subject(self) -> str:
        """A text that tells this change from the others of its kind on the same issue."""
        return self.describe()

    @property
    def slot(self) -> tuple[str, str, str]:
        """What the change does, whichever rule wants it: the issue, its kind and its subject."""
        return self.ref, self.kind, self.subject()


def _as_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, Note):
        return {"key": value.key, "template": value.template, **dict(value.values)}
    return list(value) if isinstance(value, tuple) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Change):
    """Call a person for a role. If they have acted since the reason for the call came up, they are
    here at once (P-03).

    A role that somebody is called for or has stays as it is, unless a command asks for the call
    (``of``), or ``anew`` says that an unanswered call follows the schedule to another person.
    """

    role: str
    person: str
    page: bool = False
    how: How = "rule"
    by: str = ""  # who wants it; "": the rule
    of: str = ""  # the command that asks for it
    since: datetime | None = None  # when the reason for the call came up
    anew: bool = False  # it follows the schedule to another person

    kind: ClassVar[str] = "call"
    order: ClassVar[int] = 0

    def after(self, incident: Incident, ctx: Context) -> Incident:
        if not incident.active or not self._may_be_filled(incident):
            return incident
        came = self._came(incident, ctx)
        fact = self._fact_of_call(incident, ctx, came)
        nth = incident.calls_made.get(self.role, 0) + 1
        former = incident.former.get(self.role)
        seats = incident.seats
        seats = with_coming(seats, fact, nth) if came else with_call(seats, fact, nth, former)
        return replace(
            incident,
            seats=seats,
            calls_made={**incident.calls_made, self.role: nth},
            owner=ownership.owner(ctx.policy, seats),
            extras=tuple(person for person in incident.extras if person != self.person),
            facts=(*incident.facts, fact),
            requests=tuple(r for r in incident.requests if not self.of or r.of != self.of),
        )

    def _may_be_filled(self, incident: Incident) -> bool:
        seat = incident.seats.get(self.role)
        if seat is None:
            return True
        if self.of:
            return any(request.of == self.of for request in incident.requests)
        return self.anew and seat.here_at is None and seat.person != self.person

    def _came(self, incident: Incident, ctx: Context) -> datetime | None:
        """When the person came without being called: by an act of their own, or by being here in
        another role. None if they have not come."""
        acted = incident.acts.get(self.person)
        if acted and self.since and acted >= self.since:
            return acted
        return ctx.now if incident.is_here(self.person) else None

    def _fact_of_call(self, incident: Incident, ctx: Context, came: datetime | None) -> Fact:
        by = self.by or self.rule
        if came:
            return Fact("engaged", came, self.role, self.person, by, self.of, "act")
        declined = incident.wanted.get(f"page:{self.role}") is False and self.how == "rule"
        page = self.page and not declined
        return Fact("called", ctx.now, self.role, self.person, by, self.of, self.how, page)

    def describe(self, words: TeamWords = COMMON) -> str:
        return f"call @{self.person} as {words.role(self.role)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EndCall(Change):
    """End a call that nobody has answered and nobody wants any more. It counts as never made
    (P-12)."""

    role: str
    person: str

    kind: ClassVar[str] = "end call"
    sign: ClassVar[str] = "-"
    order: ClassVar[int] = 0

    def after(self, incident: Incident, ctx: Context) -> Incident:
        seat = incident.seats.get(self.role)
        if seat is None or seat.here_at or seat.person != self.person:
            return incident
        seats = without_call(incident.seats, self.role)
        of = f"ended/{self.role}/{seat.nth}"
        fact = Fact("call ended", ctx.now, self.role, self.person, self.rule, of)
        owner = ownership.owner(ctx.policy, seats)
        return replace(incident, seats=seats, owner=owner, facts=(*incident.facts, fact))

    def describe(self, words: TeamWords = COMMON) -> str:
        return f"no longer call @{self.person} as {words.role(self.role)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag(Change):
    """Put on a label of ours."""

    label: str

    kind: ClassVar[str] = "label"
    order: ClassVar[int] = 2

    def after(self, incident: Incident, ctx: Context) -> Incident:
        if self.label in incident.labels:
            return incident
        return replace(
            incident,
            labels=incident.labels | {self.label},
            labels_set=incident.labels_set | {self.label},
        )

    def describe(self, words: TeamWords = COMMON) -> str:
        return f"label {self.label}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Untag(Change):
    """Take off a label of ours."""

    label: str

    kind: ClassVar[str] = "unlabel"
    sign: ClassVar[str] = "-"
    order: ClassVar[int] = 1

    def after(self, incident: Incident, ctx: Context) -> Incident:
        if self.label not in incident.labels:
            return incident
        return replace(incident, labels=incident.labels - {self.label})

    def describe(self, words: TeamWords = COMMON) -> str:
        return f"label {self.label}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign(Change):
    """Make these people the assignees, the owner first."""

    people: tuple[str, ...]

    kind: ClassVar[str] = "assign"
    sign: ClassVar[str] = "~"
    order: ClassVar[int] = 3

    def after(self, incident: Incident, ctx: Context) -> Incident:
        there = [login.casefold() for login in incident.assignees]
        wanted = [login.casefold() for login in self.people]  # somebody may have typed it so
        if there == wanted or (not ctx.can.ordered_assignees and set(there) == set(wanted)):
            return incident
        return replace(incident, assignees=self.people)

    def describe(self, words: TeamWords = COMMON) -> str:
        return "assign " + ", ".join(f"@{person}" for person in self.people)


@dataclass(frozen=True, slots=True, kw_only=True)
class Close(Change):
    """Close the issue of a resolved incident."""

    kind: ClassVar[str] = "close"
    sign: ClassVar[str] = "~"
    order: ClassVar[int] = 4

    def after(self, incident: Incident, ctx: Context) -> Incident:
        return incident if incident.closed else replace(incident, closed=True)

    def describe(self, words: TeamWords = COMMON) -> str:
        return "close"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen(Change):
    """Open the issue of an incident that is not resolved."""

    kind: ClassVar[str] = "reopen"
    sign: ClassVar[str] = "~"
    order: ClassVar[int] = 4

    def after(self, incident: Incident, ctx: Context) -> Incident:
        return replace(incident, closed=False) if incident.closed else incident

    def describe(self, words: TeamWords = COMMON) -> str:
        return "reopen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conceal(Change):
    """Hide a security incident and ``also`` what was opened from it, in the way that the tracker
    can (``how``; P-16)."""

    also: tuple[str, ...] = ()
    how: str = "make it confidential"

    kind: ClassVar[str] = "conceal"
    sign: ClassVar[str] = "~"
    order: ClassVar[int] = 0

    def after(self, incident: Incident, ctx: Context) -> Incident:
        return incident if incident.hidden else replace(incident, hidden=True)

    def describe(self, words: TeamWords = COMMON) -> str:
        return self.how


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowSeverity(Change):
    """Set the tracker's own field for the severity to what the label says."""

    severity: str
    native: str  # as the tracker calls it

    kind: ClassVar[str] = "severity"
    sign: ClassVar[str] = "~"
    order: ClassVar[int] = 5

    def after(self, incident: Incident, ctx: Context) -> Incident:
        if incident.native_severity in (None, self.native):
            return incident
        return replace(incident, native_severity=self.native)

    def describe(self, words: TeamWords = COMMON) -> str:
        return f"show severity {self.severity}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Set(Change):
    """Choose a value where no person has chosen one."""

    family: str
    value: str

    kind: ClassVar[str] = "set"
    order: ClassVar[int] = 0

    def after(self, incident: Incident, ctx: Context) -> Incident:
        current: Choice | None = getattr(incident, self.family)
        if current and (current.by is not None or current.value == self.value):
            return incident
        chosen = {self.family: Choice(self.value, ctx.now)}
        return replace(incident, **chosen)  # type: ignore[arg-type]

    def describe(self, words: TeamWords = COMMON) -> str:
        return f"set {self.family} to {words.value(self.family, self.value)}"
