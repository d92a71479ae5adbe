"""Living incidents again: people do what they did then, and passes by any policy follow at each of
their acts and at each of its clocks.

It is the same pass as ever, of the same planner, on a tracker in memory. Two policies that only
rules tell apart are lived as one until they do something else: most incidents go alike by both.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import field
from datetime import datetime, timedelta

from automation.changes.issue_changes import Call, Change
from automation.changes.need import MessagePerson, PagePerson
from automation.changes.open_after_work import OpenAfterWork
from automation.changes.service_calls import Declare, Page, Repeat
from automation.errors import PolicyError
from automation.model.issue import Capabilities
from automation.model.replacing import replace
from automation.model.status_page import Abilities
from automation.past.deeds import History
from automation.past.services import Duties, past_services
from automation.past.tracker import DASHBOARD, PastTracker
from automation.planning.incident_view import next_look
from automation.planning.past import Act
from automation.planning.plan import Plan
from automation.planning.planner import plan
from automation.policy.policy import Policy
from automation.reconcile.one_pass import Run
from automation.records import dataclass
from automation.stored_state.dashboard import Dashboard
from automation.writing.templates import Templates

NEXT_RUN = timedelta(minutes=5)  # what the limits hold back is done by the next run
MOST_PASSES = 400  # of one life: what nobody ends is reminded of for ever


@dataclass
class Life:
    """What IMA did on a few issues by one policy."""

    acts: list[Act] = field(default_factory=list)
    lost: int = 0  # acts of people on what is not there in this life
    passes: int = 0
    cut_at: datetime | None = None  # where it came to no end
    hidden: bool = False  # it was confidential
    failures: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class World:
    """What stays the same, whoever lives in it."""

    templates: Templates
    can: Capabilities
    since: datetime  # since when IMA keeps the project
    until: datetime  # now: what comes later is not known
    duties: Duties
    page_can: Abilities = field(default_factory=Abilities)
    outsiders: frozenset[str] = frozenset()


def live(history: History, policy: Policy, world: World) -> tuple[Life, PastTracker]:
    """What IMA does by this policy where people do what they did; and how the issues are then."""
    again = _Again(history, policy, world)
    again.go_on()
    return again.life, again.tracker


def live_both(history: History, base: Policy, head: Policy, world: World) -> tuple[Life, Life]:
    """What IMA does by each of two policies that only rules tell apart: one life, as long as both
    do the same in it."""
    again = _Again(history, base, world, head)
    again.go_on()
    if again.parted is None:
        return again.life, again.life
    again.parted.go_on()
    return again.life, again.parted.life


def only_rules_differ(base: Policy, head: Policy) -> bool:
    """Does all that people do mean the same by both policies? Which rule they waive is judged by
    the names of those with a clock."""
    rest = replace(head, rules=base.rules, labels=base.labels, digest=base.digest)
    alike = rest == base and head.labels.entries == base.labels.entries
    clocks = ({rule.name for rule in each.rules if rule.has_clock} for each in (base, head))
    return alike and next(clocks) == next(clocks)


class _PartWays(Exception):
    """By the other policy something else would be done now."""


@dataclass
class _Clock:
    now: datetime

    def __call__(self) -> datetime:
        return self.now


class _Again:
    """One life while it goes on; by two policies, as long as both do the same."""

    def __init__(
        self, history: History, policy: Policy, world: World, other: Policy | None = None
    ) -> None:
        self.history, self.world = history, world
        self.place = 0  # in the deeds of the history: what comes next
        self.clock = _Clock(history.began)
        self.policy = _as_lived(policy, world)
        self.other = other and _as_lived(other, world)
        self.due: datetime | None = None
        self.due_by_other: datetime | None = None
        self.parted: _Again | None = None  # the life by the other policy from there on
        self.life = Life()
        can = replace(world.can, readers=False)
        self.tracker = PastTracker(
            policy.project, history.me, can, self.clock, world.outsiders, history.opened
        )
        services = past_services(
            policy.project,
            world.page_can,
            world.duties,
            self.clock,
            history,
        )
        if history.began > world.since:
            self.tracker.remember(_board(history.began, world))
        self.run = Run(self.policy, self.tracker, services, world.templates, self.clock)

    def go_on(self) -> None:
        """Live on to the end."""
        until = self.world.until
        for deeds in self.history.deeds[self.place :]:
            if deeds[0].at > until or not self._passes_until(deeds[0].at):
                break
            self.place += 1
            self.clock.now = deeds[0].at
            self.life.lost += sum(not self.tracker.happens(deed) for deed in deeds)
            self._run_pass()
        self._passes_until(until, and_then=True)

    def _passes_until(self, end: datetime, and_then: bool = False) -> bool:
        """The passes at the clocks that run out before; False where there were too many."""

        def comes(due: datetime | None) -> bool:
            return due is not None and (due < end or (and_then and due == end))

        while True:
            differ = self.other is not None and self.due != self.due_by_other
            if differ and (comes(self.due) or comes(self.due_by_other)):
                self._part()
            if self.due is None or not comes(self.due):
                return True
            if self.life.passes >= MOST_PASSES:
                self.life.cut_at = self.due
                return False
            self.clock.now = self.due
            self._run_pass()

    def _run_pass(self) -> None:
        self.life.passes += 1
        self._passes(2)

    def _passes(self, most: int) -> None:
        """A pass; what it has just opened gets its own first pass."""
        try:
            planned, report = self.run.apply(check=self._stay_together)
        except _PartWays:
            self._part()._passes(most)
            self._passes(most)
            return
        except PolicyError as error:  # a run refuses: IMA's own account was on call
            self.life.failures.append(error.problem)
            self.due = self.due_by_other = self.world.duties.next_change(self.clock.now)
            return
        life = self.life
        life.hidden |= any(incident.confidential for incident in planned.world.values())
        life.acts += (Act(self.clock.now, change, _whom(change, planned)) for change in report.done)
        life.failures += report.said
        if report.opened and most > 1:
            self._passes(most - 1)
            return
        self.due = self._next_due(planned, self.policy)
        if self.other:
            self.due_by_other = self._next_due(planned, self.other)

    def _stay_together(self, planned: Plan) -> None:
        """Raises _PartWays where the other policy plans something else. An issue that gets its
        first pass at once is planned by one policy alone."""
        if self.other is None:
            return
        before = planned.before
        theirs = plan(replace(before, ctx=replace(before.ctx, policy=self.other)))
        alone = any(isinstance(change, Declare | OpenAfterWork) for change in planned.changes)
        if alone or replace(theirs, before=before) != planned:
            raise _PartWays

    def _part(self) -> _Again:
        """From here on there are two lives; returns that by the other policy. It is a copy of this
        one, but for what never changes."""
        history, world = self.history, self.world
        never_changes = (
            *(history, *vars(history).values(), self.policy, self.other),
            *(world, world.templates, world.duties, *self.tracker.now.values(), *self.life.acts),
        )
        other = deepcopy(self, {id(each): each for each in never_changes})
        other.policy, other.due = self.other or self.policy, self.due_by_other
        other.run = replace(other.run, policy=other.policy)
        self.other = other.other = None
        self.parted = other
        return other

    def _next_due(self, planned: Plan, policy: Policy) -> datetime | None:
        """When the next of its clocks runs out, or the next shift begins while it goes on."""
        ctx, now = replace(planned.before.ctx, policy=policy), self.clock.now
        times = [next_look(incident, ctx) for incident in planned.world.values()]
        if planned.waiting:
            times.append(now + NEXT_RUN)
        if any(incident.active for incident in planned.world.values()):
            times.append(self.world.duties.next_change(now))
        return min((at for at in times if at and at > now), default=None)


def _as_lived(policy: Policy, world: World) -> Policy:
    """The policy, but for when it began and for what belongs to no incident."""
    return replace(policy, since=world.since, weekly_digest=None, digest="")


def _board(began: datetime, world: World) -> Dashboard:
    """The dashboard as it was when they began: it knows who was on call."""
    known = {role: duties for role, duties in world.duties.before(began).items() if duties}
    return Dashboard(DASHBOARD, world.since, known)


def _whom(change: Change, planned: Plan) -> str:
    """Whom it calls."""
    if isinstance(change, Call | PagePerson | MessagePerson):
        return change.person
    if isinstance(change, Page | Repeat) and (incident := planned.world.get(change.ref)):
        seat = incident.seats.get(change.role)
        return seat.person if seat else ""
    return ""
