"""One pass of IMA: observe, plan, apply. The same for a schedule, a webhook and a person."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from automation.errors import PolicyError, StalePlan
from automation.model.replacing import replace
from automation.planning.plan import Finding, Plan
from automation.planning.planner import plan
from automation.planning.report import Report
from automation.planning.sweep_state import Cache
from automation.policy.policy import Policy
from automation.reconcile.observe import observe, with_status_page
from automation.reconcile.schedule import Schedule, schedule_findings
from automation.reconcile.sweep import due_now, next_cache
from automation.reconcile.tracker_time import now_on_tracker
from automation.records import dataclass
from automation.services import Services
from automation.trackers import Tracker

if TYPE_CHECKING:  # what writes is imported by `apply`: `ima plan` does without it
    from automation.reconcile.apply import Progress, World
    from automation.writing.templates import Templates


class CacheFile(Protocol):
    """Where the cache is kept between runs; it may be lost at any time."""

    def read(self) -> Cache: ...

    def write(self, cache: Cache) -> None: ...


def plan_of(
    tracker: Tracker,
    services: Services,
    policy: Policy,
    clock: Callable[[], datetime],
    refs: Iterable[str] | None = None,
    cache: Cache | None = None,
    said_gone: Collection[str] = (),
    schedule: tuple[Schedule, datetime | None] | None = None,
) -> Plan:
    """What should change now in this world, by this policy. ``schedule`` is that of the job, and
    when it last made a sweep, if that is known."""
    seen = observe(tracker, services, policy, clock, refs, cache, said_gone)
    if schedule:
        seen = replace(
            seen, findings=(*seen.findings, *schedule_findings(schedule[0], seen, schedule[1]))
        )
    if refs is None:
        seen = with_status_page(seen, tracker, services.status_page)
    return plan(seen)


@dataclass(frozen=True, slots=True)
class Run:
    """Everything that a pass works with."""

    policy: Policy
    tracker: Tracker
    services: Services
    templates: Templates
    clock: Callable[[], datetime]
    cache: CacheFile | None = None  # where the tracker's requests cost
    schedule: Schedule | None = None  # of the job that runs this pass, if it has one

    def now(self) -> datetime:
        """The time by the tracker's clock; by the machine's as long as the tracker has not answered
        (P-60)."""
        return now_on_tracker(self.tracker, self.clock)

    def plan(self, refs: Iterable[str] | None = None, besides: Iterable[str] = ()) -> Plan:
        """What should change now: on all issues, or on those of ``refs``. A sweep of all issues
        also compares the status page; it reads the issues ``besides`` even if they have not moved.
        Raises ServiceError."""
        known = self.cache.read() if self.cache else None
        cache = due_now(known, besides) if known else None
        before = self.schedule and (self.schedule, known.began if known else None)
        world = (self.tracker, self.services, self.policy, self.clock)
        return plan_of(*world, refs, cache, schedule=before or None)

    def apply_gone(self, ref: str) -> tuple[Plan, Report]:
        """End outside what was begun for an incident whose issue, as a person says, was deleted
        (P-58). Raises ServiceError."""
        from automation.reconcile.apply import World, apply

        with self.tracker.exclusive():
            planned = plan_of(
                self.tracker, self.services, self.policy, self.clock, [ref], said_gone=[ref]
            )
            _refuse_account_of_a_person(planned)
            report = apply(planned, World(self.tracker, self.services, self.templates))
            return replace(planned, findings=_findings_of_run(planned, report)), report

    def apply(
        self,
        refs: Iterable[str] | None = None,
        digest: str | None = None,
        check: Callable[[Plan], None] = lambda plan: None,
        progress: Progress = lambda done, of: None,
        besides: Iterable[str] = (),
    ) -> tuple[Plan, Report]:
        """Plan, and make it so. ``digest`` is that of the plan which must still fit; ``check`` may
        raise to stop before anything is written; ``progress`` hears how many of how many issues are
        done. Raises StalePlan, PolicyError, ServiceError."""
        from automation.reconcile.apply import World, apply

        with self.tracker.exclusive():
            planned = self.plan(refs, besides)
            _refuse_account_of_a_person(planned)
            if digest is not None and planned.digest != digest:
                raise StalePlan(
                    f"the plan {digest} no longer fits: things have changed since it was made",
                    "run `ima plan` again, look at it, and apply the new one",
                )
            check(planned)
            world = World(self.tracker, self.services, self.templates)
            report = apply(planned, world, progress)
            self._remember(planned, report)
            planned = self._further_pass(planned, report, world)
            return replace(planned, findings=_findings_of_run(planned, report)), report

    def _further_pass(self, planned: Plan, report: Report, world: World) -> Plan:
        """Give the incidents that this run has opened their first pass, and those of which a page
        woke nobody another one, which calls the next role. Returns the plan of both."""
        from automation.reconcile.apply import apply

        refs = [*report.declared, *report.unheard]
        if not refs:
            return planned
        if (
            report.declared and not planned.before.dashboard.ref and planned.dashboard is None
        ):  # the first one shows all
            refs = [*planned.before.incidents, *report.opened.values()]
        first = self.plan(refs)
        report.add(apply(first, world))
        return planned.joined(first)

    def keep_facts(self) -> None:
        """Keep in the cache what the tracker has learnt of people and labels, where no sweep was
        made."""
        if self.cache:
            self.cache.write(self.cache.read())

    def _remember(self, planned: Plan, report: Report) -> None:
        """Keep in the cache what was listed and read, so that the next run need not do it again."""
        before = planned.before
        if self.cache and not before.sweep:
            self.keep_facts()
        elif self.cache and before.sweep:
            unfinished = planned.waiting | report.unfinished | before.aside
            self.cache.write(next_cache(before.sweep, planned.world, before.ctx, unfinished))


def _findings_of_run(planned: Plan, report: Report) -> tuple[Finding, ...]:
    """The findings of the plan and of its writes. That a service did not answer is left out where
    the writes failed at the same service, but not what failed on one issue."""
    failed = {error.problem.partition(": ")[0] for error in report.failures}
    known = (
        f
        for f in planned.findings
        if not (f.failed and not f.ref and f.text.partition(": ")[0] in failed)
    )
    return (*known, *report.findings)


def _refuse_account_of_a_person(planned: Plan) -> None:
    """Raises PolicyError where the token is that of somebody who works on incidents: what they do
    would count as IMA's, and their own page as answered."""
    ctx = planned.before.ctx
    people = {ctx.on_call.person(role) or "" for role in ctx.policy.roles} | {*ctx.policy.people}
    if ctx.me.casefold() in {login.casefold() for login in people}:
        raise PolicyError(
            f"the token is @{ctx.me}'s, who works on incidents: IMA needs an account of its own",
            "its job, with its own token, makes the pass; yours is for `ima plan` and `ima board`",
        )
