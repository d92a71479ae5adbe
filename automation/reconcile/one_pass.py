"""One pass of IMA: observe, plan, apply. The same for a schedule, a webhook and a person."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from automation.errors import PolicyError, StalePlan
from automation.planning.plan import Finding, Plan
from automation.planning.planner import plan
from automation.planning.report import Report
from automation.planning.sweep_state import Cache
from automation.policy.policy import Policy
from automation.reconcile.observe import observe, with_status_page
from automation.reconcile.sweep import due_now, next_cache
from automation.reconcile.tracker_time import present
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
) -> Plan:
    """What should change now in this world, by this policy."""
    seen = observe(tracker, services, policy, clock, refs, cache)
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

    def now(self) -> datetime:
        """By the tracker's clock, as soon as it has answered (P-60)."""
        return present(self.tracker, self.clock)

    def plan(self, refs: Iterable[str] | None = None, besides: Iterable[str] = ()) -> Plan:
        """What should change now, on all issues or on those of ``refs``; a sweep also compares
        the status page, and reads those of ``besides`` for sure."""
        cache = due_now(self.cache.read(), besides) if self.cache else None
        return plan_of(self.tracker, self.services, self.policy, self.clock, refs, cache)

    def apply(
        self,
        refs: Iterable[str] | None = None,
        digest: str | None = None,
        check: Callable[[Plan], None] = lambda plan: None,
        progress: Progress = lambda done, of: None,
        besides: Iterable[str] = (),
    ) -> tuple[Plan, Report]:
        """Plan and make it so. With ``digest``, exactly that plan or StalePlan; ``check`` may
        raise to stop it before anything is written."""
        from automation.reconcile.apply import World, apply

        with self.tracker.exclusive():
            made = self.plan(refs, besides)
            _of_its_own(made)
            if digest is not None and made.digest != digest:
                raise StalePlan(
                    f"the plan {digest} no longer fits: things have changed since it was made",
                    "run `ima plan` again, look at it, and apply the new one",
                )
            check(made)
            world = World(self.tracker, self.services, self.templates)
            report = apply(made, world, progress)
            self._remember(made, report)
            made = self._first_pass(made, report, world)
            return replace(made, findings=_findings(made, report)), report

    def _first_pass(self, made: Plan, report: Report, world: World) -> Plan:
        """The incidents that this run has opened get their first pass in it."""
        from automation.reconcile.apply import apply

        if not report.declared:
            return made
        refs = report.declared
        if not made.before.dashboard.ref and made.dashboard is None:  # the first one shows all
            refs = [*made.before.incidents, *report.opened.values()]
        first = self.plan(refs)
        report.add(apply(first, world))
        return made.joined(first)

    def keep_facts(self) -> None:
        """Keep what the tracker has learnt of people and labels, where no sweep was made."""
        if self.cache:
            self.cache.write(self.cache.read())

    def _remember(self, made: Plan, report: Report) -> None:
        """What was listed and read spares the next run from doing it again."""
        before = made.before
        if self.cache and not before.sweep:
            self.keep_facts()
        elif self.cache and before.sweep:
            unfinished = made.waiting | report.unfinished | before.aside
            self.cache.write(next_cache(before.sweep, made.world, before.ctx, unfinished))


def _findings(made: Plan, report: Report) -> tuple[Finding, ...]:
    """Those of the plan and of its writes; that a service did not answer is no news where it
    failed at more than that. What failed on one issue is."""
    failed = {error.problem.partition(": ")[0] for error in report.failures}
    known = (
        f
        for f in made.findings
        if not (f.failed and not f.ref and f.text.partition(": ")[0] in failed)
    )
    return (*known, *report.findings)


def _of_its_own(made: Plan) -> None:
    """Nobody may work with the account of IMA: what they do would count as IMA's, their own page
    as answered. Raises PolicyError."""
    ctx = made.before.ctx
    people = {ctx.on_call.person(role) or "" for role in ctx.policy.roles} | {*ctx.policy.people}
    if ctx.me.casefold() in {login.casefold() for login in people}:
        raise PolicyError(
            f"the token is @{ctx.me}'s, who works on incidents: IMA needs an account of its own",
            "its job, with its own token, makes the pass; yours is for `ima plan` and `ima board`",
        )
