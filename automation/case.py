"""The state of one issue while its history is being judged. Mutable, private to `fold`. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from automation import roles
from automation.incident import (
    NO_END,
    Choice,
    Fact,
    Note,
    OnCall,
    Request,
    Resolution,
    Seat,
    StoodDown,
)
from automation.model import INVESTIGATING, OPERATIONAL, SEVERITIES, Ack, Capabilities, Issue
from automation.policy import Policy

FAMILIES = ("severity", "state", "status")
IMPACT = {value: len(SEVERITIES) - rank for rank, value in enumerate(SEVERITIES)}


@dataclass(frozen=True, slots=True)
class Context:
    """What judging needs besides the issue itself."""

    policy: Policy
    me: str
    now: datetime
    since: datetime
    on_call: OnCall
    can: Capabilities = field(default_factory=Capabilities)
    outsiders: frozenset[str] = frozenset()
    acks: Mapping[str, Ack] = field(default_factory=dict)  # page key: who acknowledged it
    reviews: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # issue: kind: review

    def member(self, who: str | None) -> bool:
        return who is not None and who not in self.outsiders


@dataclass(slots=True)
class Family:
    """The labels of one exclusive family that are on the issue, with who chose each and when."""

    name: str
    present: dict[str, Choice] = field(default_factory=dict)
    last: Choice | None = None
    gone_at: datetime | None = None

    def add(self, choice: Choice) -> None:
        """A label was put on; what is there already stays until somebody takes it off."""
        stood = self.stands()
        if stood is not None and stood is not choice:
            choice = replace(choice, before=stood)
        self.present.pop(choice.value, None)
        self.present[choice.value] = choice
        self.last = self.current()

    def choose(self, choice: Choice) -> None:
        """A choice that leaves nothing else, but for severities chosen at the same time."""
        self.add(choice)
        alone = self.name != "severity"
        self.present = {
            value: chosen
            for value, chosen in self.present.items()
            if value == choice.value or (chosen.at == choice.at and not alone)
        }
        self.last = self.current()

    def restart(self, choice: Choice) -> None:
        """A choice that looks back on nothing."""
        self.present, self.last = {choice.value: choice}, choice

    def remove(self, value: str, at: datetime) -> None:
        if self.present.pop(value, None) and not self.present:
            self.gone_at = at

    def current(self) -> Choice | None:
        """The latest choice; of severities chosen at one time the one of higher impact (P-11)."""
        ranked = list(enumerate(self.present.values()))
        if not ranked:
            return None
        return max(ranked, key=lambda item: (item[1].at, IMPACT.get(item[1].value, 0), item[0]))[1]

    def stands(self) -> Choice | None:
        """The choice that holds. A state or status whose label was taken off still does."""
        return self.current() or (None if self.name == "severity" else self.last)

    def together(self) -> list[str]:
        """Values that were chosen at the very time of the current one, it first."""
        if len(self.present) < 2 or not (current := self.current()):
            return []
        others = [c.value for c in self.present.values() if c.at == current.at and c != current]
        return [current.value, *others] if others else []


@dataclass(slots=True)
class Attempt:
    """An act without the right to it, until IMA has undone it."""

    who: str | None
    what: str  # what was tried: "closed", "labelled" or "unlabelled"
    of: str
    first: str  # the first act of the same person that is not undone yet

    def undone(self, at: datetime) -> Fact:
        return Fact("undone", at, who=self.who or "", of=self.of, what=self.first)


@dataclass(slots=True)
class Case:
    """An issue, as far as its history has been judged."""

    issue: Issue
    ctx: Context
    facts: list[Fact] = field(default_factory=list)
    known: dict[str, Fact] = field(default_factory=dict)  # by the event or command that caused it
    wrote: frozenset[str] = frozenset()  # labels that we set ourselves
    declared_at: datetime | None = None
    began: datetime | None = None  # its clocks: declared, adopted or reopened
    adopted: bool = False
    released: bool = False
    moved: bool = False
    near_miss: bool = False  # has the label, now
    review: bool = False
    closed: bool = False
    origin: str = "label"
    wanted: dict[str, bool] = field(default_factory=dict)
    families: dict[str, Family] = field(
        default_factory=lambda: {name: Family(name) for name in FAMILIES}
    )
    services: dict[str, None] = field(default_factory=dict)
    resolution: Resolution | None = None
    seats: dict[str, Seat] = field(default_factory=dict)
    stood_down: dict[str, StoodDown] = field(default_factory=dict)
    engagements: Counter[str] = field(default_factory=Counter)
    extras: dict[str, str | None] = field(default_factory=dict)  # assigned besides: by whom
    contested_seat: str = ""
    seat_undone: dict[str, str] = field(default_factory=dict)  # by whom: the event
    attempts: list[Attempt] = field(default_factory=list)
    receipts: list[str] = field(default_factory=list)
    notes: dict[str, Note] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    touched_at: datetime | None = None

    @property
    def tracked(self) -> bool:
        """Ours to keep: an incident, not older than IMA here, not moved, not let go (P-48)."""
        if self.declared_at is None or self.moved or self.released:
            return False
        return self.adopted or self.declared_at >= self.ctx.since

    @property
    def active(self) -> bool:
        return self.tracked and self.resolution is None

    @property
    def owner(self) -> str | None:
        return roles.owner(self.ctx.policy, self.seats)

    @property
    def owner_seat(self) -> Seat | None:
        return next(iter(roles.owner_seats(self.ctx.policy, self.seats)), None)

    @property
    def entitled(self) -> list[str]:
        return roles.entitled(self.ctx.policy, self.seats)

    def allowed(self, command: str, who: str | None, role: str = "") -> bool:
        return roles.allowed(
            self.ctx.policy, self.seats, command, who, member=self.ctx.member(who), role=role
        )

    def note(self, key: str, template: str, *facts: Fact, **values: str) -> None:
        self.notes.setdefault(key, Note(key, template, tuple(values.items()), facts))

    def remember(self, fact: Fact) -> None:
        """Keep what was judged, so that nothing judges it again."""
        if fact.of:
            if fact.of in self.known:
                return
            self.known[fact.of] = fact
            self.facts.append(fact)
        elif fact not in self.facts:
            self.facts.append(fact)

    def undone(self, who: str | None, by_then: datetime) -> int:
        """How many attempts of a person IMA has undone."""
        return len(
            {
                fact.what
                for fact in self.facts
                if fact.kind == "undone" and fact.who == (who or "") and fact.at <= by_then
            }
        )

    # What acts and commands come down to.

    def declare(self, at: datetime, by: str | None) -> None:
        """The issue becomes an incident. One that was closed before is an old story."""
        self.declared_at = self.began = at
        for family, value in (("state", INVESTIGATING), ("status", OPERATIONAL)):
            if not self.families[family].present:
                self.families[family].add(Choice(value, at))
        if self.closed:
            self.resolution = Resolution(at, by, NO_END[1])

    def seat(self, fact: Fact) -> None:
        """Engage a role. ``fact.what`` says how."""
        self.remember(fact)
        self.engagements[fact.role] += 1
        self.seats[fact.role] = roles.seated(fact, self.engagements[fact.role])
        self.extras.pop(fact.who, None)

    def hand_over(self, fact: Fact) -> None:
        """The role goes to another person; its clock runs on (P-22)."""
        self.remember(fact)
        if seat := self.seats.get(fact.role):
            here = fact.at if fact.by == fact.who else None
            self.seats[fact.role] = replace(
                seat, person=fact.who, since=fact.at, how="handover", by=fact.by, here_at=here
            )
            self.extras.pop(fact.who, None)
            self.contested_seat = ""

    def stand_down(self, fact: Fact) -> None:
        self.remember(fact)
        self.seats.pop(fact.role, None)
        now = {name: family.current() for name, family in self.families.items()}
        self.stood_down[fact.role] = StoodDown(fact.at, **now)

    def shows_up(self, who: str | None, at: datetime) -> None:
        for role, seat in self.seats.items():
            if seat.person == who and seat.here_at is None and at >= seat.since:
                self.seats[role] = replace(seat, here_at=at)

    def resolve(self, fact: Fact) -> None:
        """The incident is over; ``fact.what`` is the reason."""
        self.remember(fact)
        self.attempts = []
        contested = fact.kind == "contested"
        self.resolution = Resolution(fact.at, fact.by or None, fact.what, contested)

    def reopen(self, fact: Fact) -> None:
        """The last state returns and its clock starts anew (P-05)."""
        self.remember(fact)
        self.resolution = None
        self.attempts = []
        state = self.families["state"]
        if last := state.stands():
            state.restart(Choice(fact.what or last.value, fact.at, fact.by or None))
        self.began = fact.at

    def adopt(self, fact: Fact) -> None:
        self.remember(fact)
        self.adopted = True
        self.began = fact.at

    def release(self, fact: Fact) -> None:
        """The owner took the incident label off: it was none."""
        self.remember(fact)
        self.released = True

    def touch(self, who: str | None, at: datetime) -> None:
        """For a review: its assignee has begun."""
        if self.touched_at is None and who in self.issue.assignees:
            self.touched_at = at

    def here(self, fact: Fact) -> None:
        self.remember(fact)
        self.shows_up(fact.who, fact.at)

    def apply(self, fact: Fact) -> None:
        """Do again what was judged once."""
        if act := _AGAIN.get(fact.kind):
            act(self, fact)


_AGAIN = {
    "engaged": Case.seat,
    "handed": Case.hand_over,
    "stood down": Case.stand_down,
    "here": Case.here,
    "resolved": Case.resolve,
    "contested": Case.resolve,
    "reopened": Case.reopen,
    "released": Case.release,
    "adopted": Case.adopt,
}
