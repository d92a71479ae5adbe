"""The state of one issue while its history is being judged. Mutable, private to `fold`. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import field
from datetime import datetime

from automation.model.engagement import (
    holders,
    with_call,
    with_coming,
    without_call,
)
from automation.model.facts import Attempt
from automation.model.incident import (
    NOT_PLANNED,
    Choice,
    Fact,
    Note,
    Request,
    Resolution,
    Seat,
    StoodDown,
)
from automation.model.issue import INVESTIGATING, OPERATIONAL, Issue
from automation.model.label_choices import FAMILIES, Family
from automation.model.maintenance import OVER, Maintenance
from automation.model.replacing import replace
from automation.policy import ownership
from automation.policy.planning_input import Context
from automation.records import dataclass


@dataclass(slots=True)
class IssueState:
    """An issue, as far as its history has been judged."""

    issue: Issue  # as the tracker has it
    ctx: Context
    facts: list[Fact] = field(default_factory=list)  # what was judged, by this pass or earlier ones
    known: dict[str, Fact] = field(default_factory=dict)  # by the event or command that caused it
    labels_set: frozenset[str] = frozenset()  # labels that IMA itself has set
    unseen_until: datetime | None = None  # no pass has seen what was done until then
    origin: str = "label"  # how it was declared
    wanted: dict[str, bool] = field(default_factory=dict)  # what its declarer asked for, or not

    # Is it an incident, and since when?
    declared_at: datetime | None = None
    began: datetime | None = None  # when its clocks began: it was declared, adopted or reopened
    adopted: bool = False  # IMA keeps it, though it is older than IMA here
    released: bool = False  # the incident label was taken off
    moved: bool = False  # to another project
    closed: bool = False
    resolution: Resolution | None = None
    let_go: Resolution | None = None  # its label was taken off, or it was moved away (P-58)
    left: Fact | None = None  # a close that IMA undoes no more: it stays, and ends nothing (P-05)
    attempts: list[Attempt] = field(default_factory=list)  # closes and labels that IMA will undo

    # What kind of issue is it besides?
    near_miss: bool = False  # it has the label now
    review: bool = False
    maintenance: Maintenance | None = None  # planned work (P-56)
    drill: bool = False  # an exercise: its owner has said so (P-57)
    security_at: datetime | None = None  # since when it is a matter of security
    was_security: bool = False  # it is, or was before its label was taken off
    secured_by_command: bool = False

    # What was chosen for it?
    families: dict[str, Family] = field(init=False)
    services: dict[str, None] = field(default_factory=dict)  # a set that keeps its order
    assessed: Fact | None = None  # the severity of its review, until the incident is over

    # Who is on it?
    seats: dict[str, Seat] = field(default_factory=dict)  # by role
    former: dict[str, Seat] = field(default_factory=dict)  # of the time before it was reopened
    stood_down: dict[str, StoodDown] = field(default_factory=dict)  # by role
    calls_made: Counter[str] = field(default_factory=Counter)  # by role
    calls_since: datetime | None = None  # calls that an earlier version made are not made again
    engagements: set[str] = field(default_factory=set)  # which were applied, by their cause
    answered: set[str] = field(default_factory=set)  # who acknowledged a page in the pager
    acts: dict[str, datetime] = field(default_factory=dict)  # when each person last did anything
    heard: dict[str, datetime] = field(default_factory=dict)  # when each last spoke or came
    touched_at: datetime | None = None  # of a review: when its assignee first did anything
    extras: dict[str, str | None] = field(default_factory=dict)  # who helps: assigned by whom
    contested_seat: str = ""  # whom somebody assigned a second time in the owner's place
    seat_undone: dict[str, str] = field(default_factory=dict)  # who assigned them: the event

    # What is still to be done about it?
    requests: list[Request] = field(default_factory=list)  # by people, for the next pass
    notes: dict[str, Note] = field(default_factory=dict)  # what people must be told, by key
    receipts: dict[str, str] = field(default_factory=dict)  # a comment to mark: its first command

    answers: Counter[str] = field(default_factory=Counter)  # to commands, by who gave them
    _spelt_here: dict[str, str] = field(default_factory=dict)  # logins of those who did anything

    def __post_init__(self) -> None:
        self.families = {name: Family(name, self.ctx.policy.rank) for name in FAMILIES}
        acted = [event.actor for event in self.issue.events]
        spoke = [comment.author for comment in self.issue.comments]
        for who in filter(None, (*acted, *spoke)):
            self._spelt_here.setdefault(who.casefold(), who)

    @property
    def tracked(self) -> bool:
        """Does IMA keep it? An incident that is not older than IMA here, not moved, not let go
        (P-48)."""
        if self.declared_at is None or self.moved or self.released:
            return False
        return self.adopted or self.declared_at >= self.ctx.since

    @property
    def active(self) -> bool:
        return self.tracked and self.resolution is None

    @property
    def owner(self) -> str | None:
        return ownership.owner(self.ctx.policy, self.seats)

    @property
    def owner_seat(self) -> Seat | None:
        return ownership.owner_seat(self.ctx.policy, self.seats)

    def holder(self, role: str) -> str | None:
        """Who has the role and is here."""
        return next((seat.person for seat in holders(self.seats) if seat.role == role), None)

    def is_here(self, person: str | None) -> bool:
        return any(seat.person == person for seat in holders(self.seats))

    def nobody_is_known(self, at: datetime) -> bool:
        """Is nobody of the chain of roles here, and nobody on call for one? Then any member may
        take it (P-50)."""
        chain = self.ctx.policy.chain
        on_call = any(self.ctx.on_call.at(role, at) for role in chain)
        return not on_call and not ownership.chain_here(self.ctx.policy, self.seats)

    def nobody_comes(self, at: datetime) -> bool:
        """Is nobody of the chain of roles here, though a page is older than `answer_within`
        (P-50)?"""
        if ownership.chain_here(self.ctx.policy, self.seats):
            return False
        within = self.ctx.policy.answer_within.get(self.grade)
        keys = {f":{name}:{seat.nth}" for name, seat in self.seats.items()}
        pages = [f for f in self.facts if f.kind == "paged" and f.done]
        waiting = [f for f in pages if any(f.what.endswith(key) for key in keys)]
        return within is not None and any(at - f.at >= within.length for f in waiting)

    @property
    def grade(self) -> str:
        """The severity to act by, as `Incident.grade`."""
        chosen = self.families["severity"].stands()
        return chosen.value if chosen and chosen.confirmed else self.ctx.policy.least_severity

    def people(self) -> Iterator[str]:
        """Everybody whom the policy, the shifts or this issue name."""
        yield from self._people_beside_the_issue()
        yield from self._spelt_here.values()

    def _people_beside_the_issue(self) -> Iterator[str]:
        yield from self.ctx.policy.people
        yield from (seat.person for seat in self.seats.values())
        for duties in self.ctx.on_call.shifts.values():
            yield from (duty.person for duty in duties)

    def login(self, name: str) -> str:
        """The login that somebody meant, in whatever case they typed it, and by whatever name they
        were called then."""
        name = self.ctx.renamed.get(name.casefold(), name)
        wanted = name.casefold()
        for known in self._people_beside_the_issue():
            if known and known.casefold() == wanted:
                return known
        return self._spelt_here.get(wanted, name)

    def allowed(self, command: str, who: str | None, at: datetime, role: str = "") -> bool:
        """Does the policy's `may` let this person give the command, for this role, at that time?"""
        asker = ownership.Asker(
            who, self.ctx.member(who), at, self.ctx.on_call, frozenset(self.answered)
        )
        if who and not self.ctx.has_place(who):
            return ownership.is_allowed(self.ctx.policy, {}, command, asker)
        nobody = not {*self.seats} & {*self.ctx.policy.chain}
        seats = self.former if nobody else self.seats  # the old holders' rights last (P-51)
        return ownership.is_allowed(self.ctx.policy, seats, command, asker, role)

    def note(self, key: str, template: str, *facts: Fact, **values: str) -> None:
        """Tell people something, once for each ``key``, by the template of that name."""
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

    # What acts and commands change. Each is known by the fact that says it.

    def declare(self, at: datetime, by: str | None) -> None:
        """The issue becomes an incident. One that is closed by then was over when it was
        declared."""
        self.declared_at = self.began = at
        for family, value in (("state", INVESTIGATING), ("status", OPERATIONAL)):
            self.families[family].last = self.families[family].stands() or Choice(value, at)
        if self.closed:
            self.resolution = Resolution(at, by, NOT_PLANNED)
        if self.maintenance and self.maintenance.phase(at) not in ("", *OVER):
            self.end_maintenance(Fact("ended", at, by=by or "", of="declared"))

    def call(self, fact: Fact) -> None:
        """Somebody is called for a role. ``fact.what`` says how."""
        self.remember(fact)
        who = self.login(fact.who)
        if self.holder(fact.role) == who:
            return  # had come before the call (version 1 called them all the same)
        self.calls_made[fact.role] += 1
        nth, former = self.calls_made[fact.role], self.former.get(fact.role)
        self.seats = with_call(self.seats, replace(fact, who=who), nth, former)
        self.extras.pop(who, None)

    def end_call(self, fact: Fact) -> None:
        """A call that nobody has answered counts as never made (P-12)."""
        self.remember(fact)
        seat = self.seats.get(fact.role)
        if seat and seat.here_at is None:
            self.seats = without_call(self.seats, fact.role)

    def engage(self, fact: Fact) -> None:
        """Somebody has come for a role, called or by themselves."""
        if fact.of and fact.of in self.engagements:
            return
        self.engagements.add(fact.of)
        self.remember(fact)
        who = self.login(fact.who)
        seat = self.seats.get(fact.role)
        if seat is None or seat.person != who:
            self.calls_made[fact.role] += 1
        nth = self.calls_made[fact.role]
        self.seats = with_coming(self.seats, replace(fact, who=who), nth)
        self.extras.pop(who, None)
        self.contested_seat = ""
        self._drop_requests_to_call(fact.role, who, fact)

    def _drop_requests_to_call(self, role: str, who: str, fact: Fact) -> None:
        """Whoever has come by themselves need not be called any more."""
        there = [r for r in self.requests if (r.what, r.role, r.person) == ("engage", role, who)]
        for request in there:
            self.remember(Fact("command", fact.at, of=request.of, by=request.by, what="void"))
        self.requests = [request for request in self.requests if request not in there]

    def hand_over(self, fact: Fact) -> None:
        """Version 1: the role went to another person at once; its clock runs on (P-22)."""
        self.remember(fact)
        if seat := self.seats.get(fact.role):
            who = self.login(fact.who)
            self.seats[fact.role] = replace(
                seat,
                person=who,
                since=fact.at,
                how="handover",
                by=fact.by,
                here_at=fact.at,
                engaged_at=seat.engaged_at or fact.at,
                before=None,
            )
            self.extras.pop(who, None)
            self.contested_seat = ""

    def stand_down(self, fact: Fact) -> None:
        """Somebody gave a role back; it is called again only once things get worse than now."""
        self.remember(fact)
        self.seats.pop(fact.role, None)
        now = {name: family.current() for name, family in self.families.items()}
        self.stood_down[fact.role] = StoodDown(fact.at, **now)

    def acts_now(self, who: str | None, at: datetime) -> None:
        """Whatever somebody does on the issue engages them in the role they are called for
        (P-03)."""
        if who is None or who == self.ctx.me:
            return
        self.acts[who] = max(at, self.acts.get(who, at))
        for role, seat in list(self.seats.items()):
            if seat.person == who and seat.here_at is None and at >= seat.since:
                self._comes(role, who, at, "act")
        first = self.ctx.policy.chain[0]
        never = not self.calls_made[first] and self.active
        if never and self.ctx.on_call.serves(first, who, at):  # they are about to be called (P-04)
            self._comes(first, who, at, "act")

    def _comes(self, role: str, who: str, at: datetime, how: str) -> None:
        seat = self.seats.get(role)
        nth = seat.nth if seat else self.calls_made[role] + 1
        self.engage(Fact("engaged", at, role, who, who, f"came/{role}/{nth}", how))

    def resolve(self, fact: Fact) -> None:
        """The incident is over; ``fact.what`` is the reason. Nobody is called any more."""
        self.remember(fact)
        self.left = None
        for request in self.requests:
            if request.what == "engage":
                self.remember(Fact("command", fact.at, of=request.of, by=request.by, what="void"))
        self.requests = [request for request in self.requests if request.what != "engage"]
        self.attempts = []
        contested = fact.kind == "contested"
        self.resolution = Resolution(fact.at, fact.by or None, fact.what, contested)
        if self.assessed:
            self.assess(self.assessed)

    def state_is_said(self, who: str | None) -> None:
        """A member says in which state it is: that supersedes a Resolved label that IMA has
        left."""
        if self.left and self.left.what == "labelled" and self.ctx.member(who):
            self.left = None

    def leave(self, fact: Fact) -> None:
        """The issue stays as somebody has left it; the incident goes on."""
        self.remember(fact)
        self.left = fact

    def join(self, fact: Fact) -> None:
        """Another issue was found to be the same outage: those who were on it help here (P-53)."""
        self.remember(fact)
        seated = {seat.person for seat in self.seats.values()}
        for helper in filter(None, fact.who.split(",")):
            if helper not in seated:
                self.extras.setdefault(helper, fact.by or None)
        values = {"ref": fact.what, "who": fact.by, "helpers": fact.who, "alerts": fact.text}
        self.note(f"joined:{fact.what}", "joined", fact, **values)

    def write_down_afterwards(self, fact: Fact) -> None:
        """The incident is written down afterwards, with its begin and end; nobody is called
        (P-54)."""
        begun = datetime.fromisoformat(fact.what)
        if self.declared_at is None:
            self.declare(begun, fact.by)
        self.resolve(fact)
        self.declared_at = self.began = begun
        self.adopted, self.released, self.let_go = True, False, None
        self.resolution = Resolution(fact.ends or fact.at, fact.by or None)

    def reopen(self, fact: Fact) -> None:
        """The last state returns and its clock starts anew (P-05)."""
        self.remember(fact)
        ended = self.let_go or self.resolution
        self.resolution = None
        self.released = False
        self.let_go = self.left = None
        self.attempts = []
        state = self.families["state"]
        if last := state.stands():
            value = fact.what or last.value
            note = last.note if value == last.value else ""  # the step that was agreed on
            state.restart(Choice(value, fact.at, fact.by or None, note=note))
        self.began = fact.at
        if ended and not ended.contested and (not self.calls_since or fact.at > self.calls_since):
            self._empty_the_roles(fact)

    def _empty_the_roles(self, fact: Fact) -> None:
        """Since the end nobody is here any more, except for whoever reopens it (P-51)."""
        held = [seat.holder or seat for seat in self.seats.values()]
        were_here = [seat.holder or seat.before for seat in self.seats.values()]
        self.former = {s.role: replace(s, gone=True, before=None) for s in were_here if s}
        self.seats, self.stood_down = {}, {}
        for seat in held:
            if fact.by and seat.person == fact.by:
                self._comes(seat.role, fact.by, fact.at, "act")
        called = {self.ctx.on_call.person(role) for role in self.ctx.policy.roles} | {fact.by}
        away = [seat.person for seat in held if seat.here_at and seat.person not in called]
        if whom := ",".join(dict.fromkeys(away)):
            key = f"returned:{fact.at.isoformat()}"
            self.note(key, "returned", whom=whom, who=fact.by, why=fact.text)

    def adopt(self, fact: Fact) -> None:
        """IMA keeps an incident that is older than IMA here; its clocks begin now."""
        self.remember(fact)
        self.adopted = True
        self.began = fact.at

    def release(self, fact: Fact) -> None:
        """The owner took the incident label off: it was no incident."""
        self.remember(fact)
        self.released = True
        if fact.what != "contested":  # version 1 let it go so, too
            self.let_go = Resolution(fact.at, fact.by or None, NOT_PLANNED)

    def touch(self, who: str | None, at: datetime) -> None:
        """Somebody did something. Where it is an assignee of a review, the review has begun."""
        if self.touched_at is None and who in self.issue.assignees:
            self.touched_at = at

    def assess(self, fact: Fact) -> None:
        """The incident's review chose a severity. It counts once the incident is over, so that
        nobody is woken for it."""
        self.remember(fact)
        self.assessed = None if self.resolution else fact
        chosen = self.families["severity"].current()
        if self.resolution and (chosen is None or chosen.at <= fact.at):
            self.families["severity"].choose(Choice(fact.what, fact.at, fact.by or None))

    def acknowledge(self, fact: Fact) -> None:
        """Somebody acknowledged a page in the pager: if they were called, they are here now
        (P-18)."""
        self.remember(fact)
        if fact.role:  # without a role it is the page of `/ima need`
            self.answered.add(fact.who)
        for role, seat in list(self.seats.items()):
            if seat.person == fact.who and seat.here_at is None and fact.at >= seat.since:
                self._comes(role, fact.who, fact.at, "acknowledged")

    def flag_security(self, fact: Fact) -> None:
        """A command said that it is a matter of security; no label takes that back."""
        self.remember(fact)
        self.secured_by_command = True
        self.secure(fact.at)

    def secure(self, at: datetime) -> None:
        """It is a matter of security from here on."""
        self.security_at = self.security_at or at
        self.was_security = True

    def want(self, fact: Fact) -> None:
        """Somebody asks for a document or an announcement that nobody wanted before (P-13)."""
        self.remember(fact)
        self.wanted = {**self.wanted, fact.what: True}

    def confirm(self, fact: Fact) -> None:
        """The window of planned work counts from now on (P-56)."""
        self.remember(fact)
        self.maintenance = replace(self.maintenance or Maintenance(), confirmed=fact, ended=None)

    def end_maintenance(self, fact: Fact) -> None:
        """Planned work is over before its time, or called off."""
        self.remember(fact)
        if self.maintenance and self.maintenance.confirmed:
            self.maintenance = replace(self.maintenance, ended=fact)

    def exercise(self, fact: Fact) -> None:
        """It is a drill from now on (P-57). With a ``fact.what`` it is an incident after all, and
        its clocks begin now."""
        self.remember(fact)
        self.drill = not fact.what
        if fact.what and self.began:
            self.began = fact.at

    def apply(self, fact: Fact) -> None:
        """Change the state by a fact that an earlier pass has judged."""
        if act := _APPLY.get(fact.kind):
            act(self, fact)


_APPLY = {
    "called": IssueState.call,
    "engaged": IssueState.engage,
    "call ended": IssueState.end_call,
    "handed": IssueState.hand_over,
    "stood down": IssueState.stand_down,
    "acknowledged": IssueState.acknowledge,
    "resolved": IssueState.resolve,
    "contested": IssueState.resolve,  # version 1: it ended it
    "left": IssueState.leave,
    "joined": IssueState.join,
    "reopened": IssueState.reopen,
    "happened": IssueState.write_down_afterwards,
    "released": IssueState.release,
    "adopted": IssueState.adopt,
    "security": IssueState.flag_security,
    "assessed": IssueState.assess,
    "wanted": IssueState.want,
    "confirmed": IssueState.confirm,
    "ended": IssueState.end_maintenance,
    "drill": IssueState.exercise,
}
