"""Living incidents again: people do what they did then, and passes by any policy follow at each of
their acts and at each of its clocks.

It is the same pass as ever, of the same planner, on a tracker in memory.
"""

from __future__ import annotations

from dataclasses import field, replace
from datetime import datetime, timedelta

from automation.changes.issue_changes import Call, Change
from automation.changes.need import MessagePerson, PagePerson
from automation.changes.service_calls import Page, Repeat
from automation.errors import PolicyError
from automation.model.issue import Capabilities
from automation.model.status_page import Abilities
from automation.past.deeds import History
from automation.past.services import Duties, past_services
from automation.past.tracker import DASHBOARD, PastTracker
from automation.planning.incident_view import next_look
from automation.planning.past import Act
from automation.planning.plan import Plan
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
    for deeds in history.deeds:
        if deeds[0].at > world.until or not again.passes_until(deeds[0].at):
            break
        again.now = deeds[0].at
        again.life.lost += sum(not again.tracker.happens(deed) for deed in deeds)
        again.run_pass()
    again.passes_until(world.until, and_then=True)
    return again.life, again.tracker


class _Again:
    """One life while it goes on."""

    def __init__(self, history: History, policy: Policy, world: World) -> None:
        self.now = history.began
        self.due: datetime | None = None
        self.life = Life()
        self.duties = world.duties
        self.policy = replace(policy, since=world.since, weekly_digest=None)

        def clock() -> datetime:
            return self.now

        can = replace(world.can, readers=False)
        self.tracker = PastTracker(
            policy.project, history.me, can, clock, world.outsiders, history.opened
        )
        services = past_services(
            policy.project,
            world.page_can,
            world.duties,
            clock,
            history,
        )
        if history.began > world.since:
            self.tracker.remember(_board(history.began, world))
        self.run = Run(self.policy, self.tracker, services, world.templates, clock)

    def passes_until(self, end: datetime, and_then: bool = False) -> bool:
        """The passes at the clocks that run out before; False where there were too many."""
        while self.due and (self.due < end or (and_then and self.due == end)):
            if self.life.passes >= MOST_PASSES:
                self.life.cut_at = self.due
                return False
            self.now = self.due
            self.run_pass()
        return True

    def run_pass(self) -> None:
        self.life.passes += 1
        try:
            planned, opened = self._pass()
            if opened:  # what was just opened gets its own first pass
                planned, _ = self._pass()
        except PolicyError as error:  # a run refuses: IMA's own account was on call
            self.life.failures.append(error.problem)
            self.due = self.duties.next_change(self.now)
            return
        self.due = self._next_due(planned)

    def _pass(self) -> tuple[Plan, bool]:
        planned, report = self.run.apply()
        life = self.life
        life.hidden |= any(incident.confidential for incident in planned.world.values())
        life.acts += (Act(self.now, change, _whom(change, planned)) for change in report.done)
        life.failures += report.said
        return planned, bool(report.opened)

    def _next_due(self, planned: Plan) -> datetime | None:
        """When the next of its clocks runs out, or the next shift begins while it goes on."""
        ctx = planned.before.ctx
        times = [next_look(incident, ctx) for incident in planned.world.values()]
        if planned.waiting:
            times.append(self.now + NEXT_RUN)
        if any(incident.active for incident in planned.world.values()):
            times.append(self.duties.next_change(self.now))
        return min((at for at in times if at and at > self.now), default=None)


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
