"""The closed set of changes, each with ``after``: what the incident is once it is made. Pure.

``after`` gives back the very same object where nothing moves, so that the planner can drop what
already holds.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar

from automation import roles
from automation.case import Context
from automation.incident import CardRead, Choice, Fact, How, Incident, Note


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is to happen to one issue, and which rule wants it."""

    ref: str
    rule: str
    why: str

    kind: ClassVar[str]
    sign: ClassVar[str] = "+"
    place: ClassVar[int]  # in the plan of an issue
    limit: ClassVar[str] = ""  # which of the policy's limits counts it

    def after(self, incident: Incident, ctx: Context) -> Incident:
        """The incident once this is done; the same object if it is so already."""
        raise NotImplementedError

    def describe(self) -> str:
        """The change in a few words for a person."""
        raise NotImplementedError

    def row(self) -> dict[str, Any]:
        """The change as JSON."""
        rest = {f.name: _plain(getattr(self, f.name)) for f in fields(self)[3:]}
        return {"issue": self.ref, "kind": self.kind, "rule": self.rule, "why": self.why, **rest}

    def subject(self) -> str:
        """What tells this change from the others of its kind on the issue."""
        return self.describe()


def _plain(value: Any) -> Any:
    if isinstance(value, Note):
        return {"key": value.key, "template": value.template, **dict(value.values)}
    return list(value) if isinstance(value, tuple) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class Engage(Change):
    """Bring a person in for a role. A filled role stays filled (P-06)."""

    role: str
    person: str
    page: bool = False
    how: How = "rule"
    by: str = ""
    of: str = ""

    kind: ClassVar[str] = "engage"
    place: ClassVar[int] = 0

    def after(self, incident: Incident, ctx: Context) -> Incident:
        if self.role in incident.seats or not incident.active:
            return incident
        page = self.page and incident.wanted.get(f"page:{self.role}") is not False
        fact = Fact(
            "engaged",
            ctx.now,
            self.role,
            self.person,
            self.by or self.rule,
            self.of,
            self.how,
            page,
        )
        nth = 1 + sum(f.kind == "engaged" and f.role == self.role for f in incident.facts)
        seats = {**incident.seats, self.role: roles.seated(fact, nth)}
        return replace(
            incident,
            seats=seats,
            owner=roles.owner(ctx.policy, seats),
            extras=tuple(person for person in incident.extras if person != self.person),
            facts=(*incident.facts, fact),
        )

    def describe(self) -> str:
        return f"engage @{self.person} as {self.role.upper()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outward(Change):
    """An effect that leaves the issue: written ahead on the card."""

    def leaves(self, incident: Incident, ctx: Context) -> tuple[str, str]:
        """The kind and the ``what`` of the fact that it leaves on the card."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Outward):
    """Wake the person who fills a role, once for each time that the role is engaged."""

    role: str

    kind: ClassVar[str] = "page"
    place: ClassVar[int] = 5
    limit: ClassVar[str] = "pages"

    def after(self, incident: Incident, ctx: Context) -> Incident:
        seat = incident.seats.get(self.role)
        if seat is None or seat.how == "assigned" or not incident.active:
            return incident
        if incident.wanted.get(f"page:{self.role}") is False:
            return incident
        _, key = self.leaves(incident, ctx)
        return _effect(incident, Fact("paged", ctx.now, self.role, seat.person, what=key))

    def leaves(self, incident: Incident, ctx: Context) -> tuple[str, str]:
        """The pager's `incident_key`: the same for a repeat, so that nobody is woken twice."""
        nth = incident.seats[self.role].nth
        return "paged", f"{ctx.policy.project}{incident.ref}:{self.role}:{nth}"

    def describe(self) -> str:
        return f"page the {self.role.upper()}"


def _effect(incident: Incident, fact: Fact) -> Incident:
    """An effect that leaves the issue: once done it is done."""
    before = incident.found(fact.kind, fact.what)
    if before is not None and before.done:
        return incident
    rest = tuple(f for f in incident.facts if f is not before)
    return replace(incident, facts=(*rest, fact))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag(Change):
    """Put on a label of ours."""

    label: str

    kind: ClassVar[str] = "label"
    place: ClassVar[int] = 2

    def after(self, incident: Incident, ctx: Context) -> Incident:
        if self.label in incident.labels:
            return incident
        return replace(
            incident,
            labels=incident.labels | {self.label},
            wrote=incident.wrote | {self.label},
        )

    def describe(self) -> str:
        return f"label {self.label}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Untag(Change):
    """Take off a label of ours."""

    label: str

    kind: ClassVar[str] = "unlabel"
    sign: ClassVar[str] = "-"
    place: ClassVar[int] = 1

    def after(self, incident: Incident, ctx: Context) -> Incident:
        if self.label not in incident.labels:
            return incident
        return replace(incident, labels=incident.labels - {self.label})

    def describe(self) -> str:
        return f"label {self.label}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Assign(Change):
    """Make the assignees these, the owner first."""

    people: tuple[str, ...]

    kind: ClassVar[str] = "assign"
    sign: ClassVar[str] = "~"
    place: ClassVar[int] = 3

    def after(self, incident: Incident, ctx: Context) -> Incident:
        if incident.assignees == self.people:
            return incident
        return replace(incident, assignees=self.people)

    def describe(self) -> str:
        return "assign " + ", ".join(f"@{person}" for person in self.people)


@dataclass(frozen=True, slots=True, kw_only=True)
class Close(Change):
    """Close the issue of a resolved incident."""

    kind: ClassVar[str] = "close"
    sign: ClassVar[str] = "~"
    place: ClassVar[int] = 4

    def after(self, incident: Incident, ctx: Context) -> Incident:
        return incident if incident.closed else replace(incident, closed=True)

    def describe(self) -> str:
        return "close"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen(Change):
    """Open the issue of an incident that is not resolved."""

    kind: ClassVar[str] = "reopen"
    sign: ClassVar[str] = "~"
    place: ClassVar[int] = 4

    def after(self, incident: Incident, ctx: Context) -> Incident:
        return replace(incident, closed=False) if incident.closed else incident

    def describe(self) -> str:
        return "reopen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Set(Change):
    """Choose a value where no person has chosen one."""

    family: str
    value: str

    kind: ClassVar[str] = "set"
    place: ClassVar[int] = 0

    def after(self, incident: Incident, ctx: Context) -> Incident:
        current: Choice | None = getattr(incident, self.family)
        if current and (current.by is not None or current.value == self.value):
            return incident
        chosen = {self.family: Choice(self.value, ctx.now)}
        return replace(incident, **chosen)  # type: ignore[arg-type]

    def describe(self) -> str:
        return f"set {self.family} to {self.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Say(Change):
    """Tell people something, once."""

    note: Note

    kind: ClassVar[str] = "say"
    place: ClassVar[int] = 9

    def after(self, incident: Incident, ctx: Context) -> Incident:
        if self.note.key in incident.said:
            return incident
        return replace(incident, said=incident.said | {self.note.key})

    def describe(self) -> str:
        return f"say: {self.note.key.partition(':')[0]}"

    def subject(self) -> str:
        return self.note.key


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt(Change):
    """React to a command: seen."""

    comment: str

    kind: ClassVar[str] = "receipt"
    place: ClassVar[int] = 10

    def after(self, incident: Incident, ctx: Context) -> Incident:
        if self.comment not in incident.receipts:
            return incident
        rest = tuple(comment for comment in incident.receipts if comment != self.comment)
        return replace(incident, receipts=rest)

    def describe(self) -> str:
        return f"mark the command in {self.comment} as seen"


@dataclass(frozen=True, slots=True, kw_only=True)
class Open(Outward):
    """Open a review."""

    what: str  # "review" or "near miss"
    template: str
    assignee: str
    severity: str = ""
    of: str = ""

    kind: ClassVar[str] = "open"
    place: ClassVar[int] = 8
    limit: ClassVar[str] = "opens"

    @property
    def symbol(self) -> str:
        """What the new issue is called until it exists."""
        return f"new {self.what} of {self.ref}"

    def after(self, incident: Incident, ctx: Context) -> Incident:
        if incident.reviews.get(self.what):
            return incident
        fact = Fact("opened", ctx.now, who=self.assignee, of=self.of, what=self.what)
        planned = _effect(incident, fact)
        if planned is incident:
            return incident
        return replace(
            planned,
            reviews={**incident.reviews, self.what: self.symbol},
            links=incident.links | {self.symbol},
            requests=tuple(r for r in incident.requests if r.of != self.of or not self.of),
        )

    def leaves(self, incident: Incident, ctx: Context) -> tuple[str, str]:
        return "opened", self.what

    def describe(self) -> str:
        article = f"a {self.severity} near-miss review" if self.what == "near miss" else "a review"
        return f"open {article} for @{self.assignee}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link(Outward):
    """Link a review that a killed pass opened."""

    what: str
    other: str

    kind: ClassVar[str] = "link"
    place: ClassVar[int] = 8

    def after(self, incident: Incident, ctx: Context) -> Incident:
        fact = Fact("opened", ctx.now, by=self.other, what=self.what)
        planned = _effect(incident, fact)
        if planned is incident:
            return incident
        return replace(planned, links=incident.links | {self.other})

    def leaves(self, incident: Incident, ctx: Context) -> tuple[str, str]:
        return "opened", self.what

    def describe(self) -> str:
        return f"link {self.other}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Announce(Outward):
    """Tell a channel that there is an incident."""

    channel: str

    kind: ClassVar[str] = "announce"
    place: ClassVar[int] = 7
    limit: ClassVar[str] = "posts"

    def after(self, incident: Incident, ctx: Context) -> Incident:
        return _effect(incident, Fact("announced", ctx.now, what=self.channel))

    def leaves(self, incident: Incident, ctx: Context) -> tuple[str, str]:
        return "announced", self.channel

    def describe(self) -> str:
        return f"announce in {self.channel}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document(Outward):
    """Create the working document."""

    template: str

    kind: ClassVar[str] = "document"
    place: ClassVar[int] = 6
    limit: ClassVar[str] = "opens"

    def after(self, incident: Incident, ctx: Context) -> Incident:
        return _effect(incident, Fact("document", ctx.now, what=self.template))

    def leaves(self, incident: Incident, ctx: Context) -> tuple[str, str]:
        return "document", self.template

    def describe(self) -> str:
        return "create the working document"


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteCard(Change):
    """Bring the card up to date."""

    digest: str

    kind: ClassVar[str] = "card"
    sign: ClassVar[str] = "~"
    place: ClassVar[int] = 11

    def after(self, incident: Incident, ctx: Context) -> Incident:
        if incident.card and incident.card.digest == self.digest:
            return incident
        comment = incident.card.comment if incident.card else ""
        return replace(incident, card=CardRead(comment, self.digest))

    def describe(self) -> str:
        return "update the card"
