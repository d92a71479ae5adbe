"""Changes outside the issue: pages, announcements, documents, and new reviews, corrective actions
and incidents. Pure."""

from __future__ import annotations

from typing import ClassVar

from automation.changes.announcement import announcement_digest
from automation.changes.issue_changes import Change
from automation.model.alerts_seen import THE_PAGER
from automation.model.engagement import REPEATED, unanswered
from automation.model.facts import Seat, is_action
from automation.model.incident import Fact, Incident
from automation.model.replacing import replace
from automation.model.team_words import COMMON, TeamWords
from automation.policy.planning_input import Context
from automation.records import dataclass

NEW = "new incident"  # what a plan calls an incident that it opens, until it exists


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideEffect(Change):
    """An effect outside the issue. The card says that it is *about to* be made before it is
    made."""

    def fact_key(self, incident: Incident, ctx: Context) -> tuple[str, str]:
        """The kind and the ``what`` of the fact by which the card remembers the effect."""
        raise NotImplementedError


def with_fact_of_effect(incident: Incident, fact: Fact) -> Incident:
    """The incident with the fact that an effect is made; the same object where the card has it as
    done already."""
    before = incident.found(fact.kind, fact.what)
    if before is not None and before.done:
        return incident
    rest = tuple(f for f in incident.facts if f is not before)
    return replace(incident, facts=(*rest, fact))


def nobody_is_paged(incident: Incident, ctx: Context) -> bool:
    """Is it a drill, in which the policy wakes nobody (P-57)?"""
    return incident.drill and not ctx.policy.drills.page


def paged_by_the_pager(incident: Incident, seat: Seat) -> bool:
    """Has an incident of the pager's own called this person for the role (P-17)?"""
    call = f":{seat.role}:{seat.nth}"
    pages = (f.what for f in incident.facts if f.kind == "paged" and f.by == THE_PAGER)
    return any(key.endswith(call) for key in pages)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(OutsideEffect):
    """Wake the person who is called for a role, once for each call. Nobody who is here is woken,
    and somebody who is called for several roles is woken once."""

    role: str

    kind: ClassVar[str] = "page"
    order: ClassVar[int] = 5
    limit: ClassVar[str] = "pages"

    def after(self, incident: Incident, ctx: Context) -> Incident:
        seat = incident.seats.get(self.role)
        if seat and paged_by_the_pager(incident, seat):
            return incident
        if seat is None or seat.here_at or seat.how == "pager" or not incident.active:
            return incident
        if nobody_is_paged(incident, ctx):
            return incident
        if incident.wanted.get(f"page:{self.role}") is False and seat.how == "rule":
            return incident  # whoever declared it wanted no page, but a command asks anew (P-06)
        if self._woken_already(incident, seat):
            return incident
        _, key = self.fact_key(incident, ctx)
        return with_fact_of_effect(
            incident, Fact("paged", ctx.now, self.role, seat.person, self.rule, what=key)
        )

    def _woken_already(self, incident: Incident, seat: Seat) -> bool:
        """Was the same person paged for another role that they are called for?"""
        others = [each for each in incident.seats.values() if each.role != self.role]
        paged = {f.what.rpartition("#")[2].partition(":")[2] for f in pages_out(incident)}
        return any(
            each.person == seat.person and f"{each.role}:{each.nth}" in paged for each in others
        )

    def fact_key(self, incident: Incident, ctx: Context) -> tuple[str, str]:
        """The pager's `incident_key`: the same for a retry, so that nobody is woken twice."""
        nth = incident.seats[self.role].nth
        return "paged", f"{ctx.policy.project}{incident.ref}:{self.role}:{nth}"

    def describe(self, words: TeamWords = COMMON) -> str:
        return f"page the {words.role(self.role)}"


def pages_out(incident: Incident) -> list[Fact]:
    """The pages that were made, or are about to be made, and were not called off."""
    off = {fact.what for fact in incident.facts if fact.kind == "called off"}
    return [f for f in incident.facts if f.kind == "paged" and f.what not in off]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat(OutsideEffect):
    """Page once more somebody who was called and does not come (P-50)."""

    role: str

    kind: ClassVar[str] = "repeat"
    order: ClassVar[int] = 5

    def after(self, incident: Incident, ctx: Context) -> Incident:
        if unanswered(incident, self.role) is None or nobody_is_paged(incident, ctx):
            return incident
        seat, (_, key) = incident.seats[self.role], self.fact_key(incident, ctx)
        return with_fact_of_effect(
            incident, Fact("repeated", ctx.now, self.role, seat.person, self.rule, what=key)
        )

    def fact_key(self, incident: Incident, ctx: Context) -> tuple[str, str]:
        nth = incident.seats[self.role].nth
        return "repeated", f"{ctx.policy.project}{incident.ref}:{self.role}:{nth}{REPEATED}"

    def describe(self, words: TeamWords = COMMON) -> str:
        return f"page the {words.role(self.role)} once more"


@dataclass(frozen=True, slots=True, kw_only=True)
class Open(OutsideEffect):
    """Open a review or a corrective action."""

    what: str  # "review", "near miss" or "action:" and the command that asked for it
    template: str
    assignee: str
    severity: str = ""
    of: str = ""
    due: str = ""  # a date
    since: str = ""  # a time: from when that is counted
    title: str = ""  # of an action; a review is called after its incident
    by: str = ""  # who asked for it
    nth: int = 0  # the place of an action among those that were asked for

    kind: ClassVar[str] = "open"
    order: ClassVar[int] = 8
    limit: ClassVar[str] = "opens"

    @property
    def symbol(self) -> str:
        """What a plan calls the new issue until it has a number."""
        what = f"action {self.nth + 1}" if is_action(self.what) else self.what
        return f"new {what} of {self.ref}"

    def after(self, incident: Incident, ctx: Context) -> Incident:
        if incident.reviews.get(self.what):
            return incident
        fact = Fact(
            "opened", ctx.now, who=self.assignee, of=self.of, what=self.what, until=self.due
        )
        planned = with_fact_of_effect(incident, fact)
        if planned is incident:
            return incident
        return replace(
            planned,
            reviews={**incident.reviews, self.what: self.symbol},
            links=incident.links | {self.symbol},
            requests=tuple(r for r in incident.requests if r.of != self.of or not self.of),
        )

    def fact_key(self, incident: Incident, ctx: Context) -> tuple[str, str]:
        return "opened", self.what

    def subject(self) -> str:
        return f"{self.nth:04} {self.of}" if is_action(self.what) else self.describe()

    def describe(self, words: TeamWords = COMMON) -> str:
        if is_action(self.what):
            due = f", due {self.due}" if self.due else ""
            return f"open a corrective action for @{self.assignee}{due}"
        near = f"{self.severity} near-miss ".lstrip() if self.what == "near miss" else ""
        return f"open a {near}review for @{self.assignee}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declare(Change):
    """Open an incident for services that miss their SLO. ``ref`` is what a plan calls it until it
    has a number."""

    title: str
    services: tuple[str, ...]
    status: str
    figures: tuple[str, ...]  # why, in sentences

    kind: ClassVar[str] = "declare"
    order: ClassVar[int] = 0
    limit: ClassVar[str] = "opens"

    def after(self, incident: Incident, ctx: Context) -> Incident:
        return incident  # a new one: its own first pass says what becomes of it

    def describe(self, words: TeamWords = COMMON) -> str:
        return f"declare {self.title!r} ({words.status(self.status)})"

    def subject(self) -> str:
        return f"{' '.join(self.services)} {self.status}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link(OutsideEffect):
    """Link a review or a corrective action that a killed pass has opened and not yet linked."""

    what: str
    other: str
    of: str = ""
    assignee: str = ""
    due: str = ""

    kind: ClassVar[str] = "link"
    order: ClassVar[int] = 8

    def after(self, incident: Incident, ctx: Context) -> Incident:
        begun = incident.found("opened", self.what) or Fact(
            "opened", ctx.now, who=self.assignee, of=self.of, what=self.what, until=self.due
        )
        fact = replace(begun, by=self.other, done=True)
        planned = with_fact_of_effect(incident, fact)
        if planned is incident:
            return incident
        return replace(planned, links=incident.links | {self.other})

    def fact_key(self, incident: Incident, ctx: Context) -> tuple[str, str]:
        return "opened", self.what

    def describe(self, words: TeamWords = COMMON) -> str:
        return f"link {self.other}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Announce(OutsideEffect):
    """Tell a channel that there is an incident or, with ``about``, something about the ``role``."""

    channel: str
    about: str = ""
    role: str = ""
    times: int = 0  # how often the same was announced before

    kind: ClassVar[str] = "announce"
    order: ClassVar[int] = 7
    limit: ClassVar[str] = "posts"

    def after(self, incident: Incident, ctx: Context) -> Incident:
        if self.role and self.role not in incident.seats:
            return incident
        _, what = self.fact_key(incident, ctx)
        before = incident.found("announced", what)
        if before and not self.about and incident.active and ctx.is_unread(before):
            rest = tuple(fact for fact in incident.facts if fact is not before)
            incident = replace(incident, facts=rest)  # it reached nobody
        text = "" if self.about else announcement_digest(incident, ctx)
        return with_fact_of_effect(incident, Fact("announced", ctx.now, what=what, text=text))

    def fact_key(self, incident: Incident, ctx: Context) -> tuple[str, str]:
        if not self.about:
            return "announced", self.channel
        seat = incident.seats.get(self.role)
        call = f"{self.role}:{seat.nth if seat else 0}" + (f"+{self.times}" if self.times else "")
        return "announced", f"{self.about}:{call}:{self.channel}"

    def describe(self, words: TeamWords = COMMON) -> str:
        who = f"the {words.role(self.role)} " if self.role else ""
        about = f" that {_ABOUT.get(self.about, who + self.about)}" if self.about else ""
        again = f" (message {self.times + 1})" if self.times else ""
        return f"announce in {self.channel}{about.format(who=who)}{again}"


_ABOUT = {"unanswered": "{who}does not come"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Document(OutsideEffect):
    """Create the working document of the incident."""

    template: str

    kind: ClassVar[str] = "document"
    order: ClassVar[int] = 6
    limit: ClassVar[str] = "opens"

    def after(self, incident: Incident, ctx: Context) -> Incident:
        return with_fact_of_effect(incident, Fact("document", ctx.now, what=self.template))

    def fact_key(self, incident: Incident, ctx: Context) -> tuple[str, str]:
        return "document", self.template

    def describe(self, words: TeamWords = COMMON) -> str:
        return "create the working document"
