"""The world as it is read once, for several plans of the same instant.

What one plan has asked the tracker and the services, the next one is told without asking again;
only what nobody has asked for yet is asked. Nothing here writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import TypeVar, cast

from automation.errors import ServiceError
from automation.model.issue import Ack, Capabilities, Duty, Fate, Head, Issue, Sample, Unmeasured
from automation.model.status_page import Abilities, PageIncident
from automation.planning.plan import Plan, by_ref
from automation.planning.sweep_state import Cache
from automation.policy.policy import Policy, Service
from automation.reconcile.one_pass import Run, plan_of
from automation.services import Metrics, Pager, StatusPage
from automation.stored_state.dashboard import Row
from automation.trackers import Tracker

T = TypeVar("T")
Samples = Mapping[str, Mapping[str, Sequence[Sample] | Unmeasured]]


class RememberedWorld:
    """What a pass of ``run`` would see now, for plans by any policy."""

    def __init__(self, run: Run) -> None:
        services = run.services
        self._tracker = cast(Tracker, _RememberedTracker(run.tracker))
        self._pager = _RememberedPager(services.pager)
        page = cast(StatusPage, _RememberedStatusPage(services.status_page))
        metrics: Metrics = _RememberedMetrics(services.metrics)
        self._services = replace(services, status_page=page, metrics=metrics)
        self._clock = cache(run.clock)  # it stands still
        self._sweeps = run.cache is not None  # as a pass does whose policy has just changed

    def plan(
        self, policy: Policy, refs: Sequence[str] | None = None, pager: Pager | None = None
    ) -> Plan:
        """What should change by this policy, on all issues or on those of ``refs``. ``pager`` is
        who says who is on call, where that is not the one of the run."""
        services = replace(self._services, pager=cast(Pager, self._pager.with_duties_of(pager)))
        known = Cache() if self._sweeps else None
        return plan_of(self._tracker, services, policy, self._clock, refs, known)


class _Answers:
    """What a system answered, or why it did not, by what it was asked."""

    def __init__(self) -> None:
        self._known: dict[object, object] = {}

    def of(self, question: object, ask: Callable[[], T]) -> T:
        if question not in self._known:
            try:
                self._known[question] = ask()
            except ServiceError as error:
                self._known[question] = error
        answer = self._known[question]
        if isinstance(answer, ServiceError):
            raise answer
        return cast(T, answer)


class _RememberedTracker:
    """The verbs of a `Tracker` that read."""

    def __init__(self, tracker: Tracker) -> None:
        self._tracker, self._answers = tracker, _Answers()
        self.project = tracker.project
        self._issues: dict[str, Issue | Exception | None] = {}  # None: there is none
        self._time: datetime | None = None

    @property
    def can(self) -> Capabilities:
        """What it can; what was read once can be read again."""
        can = self._tracker.can
        return replace(can, room=can.room + len(self._issues))

    def me(self) -> str:
        return self._tracker.me()

    def left_out(self) -> Mapping[str, ServiceError]:
        return self._tracker.left_out()

    def renamed(self) -> Mapping[str, str]:
        return self._tracker.renamed()

    def label_memory(self, seen: Iterable[str]) -> Mapping[str, Row]:
        """It asks the tracker once itself."""
        return self._tracker.label_memory(seen)

    def time(self) -> datetime | None:
        return self._time

    def dashboard(self) -> Issue | None:
        """The first question of a pass: its answer says what time it is."""
        page = self._answers.of("dashboard", self._tracker.dashboard)
        self._time = self._answers.of("time", self._tracker.time)
        return page

    def outsiders(self, logins: Iterable[str]) -> frozenset[str]:
        asked = frozenset(logins)
        return self._answers.of(("outsiders", asked), lambda: self._tracker.outsiders(asked))

    def fate(self, ref: str) -> Fate:
        return self._answers.of(("fate", ref), lambda: self._tracker.fate(ref))

    def heads(
        self, since: datetime | None = None, *, closed_since: datetime | None = None
    ) -> list[Head]:
        question = "heads", since, closed_since
        ask = lambda: self._tracker.heads(since, closed_since=closed_since)  # noqa: E731
        return list(self._answers.of(question, ask))

    def issues(
        self,
        refs: Iterable[str] | None = None,
        *,
        closed_since: datetime | None = None,
        unreadable: dict[str, Exception] | None = None,
    ) -> list[Issue]:
        if refs is None:
            listed = self._answers.of(("all", closed_since), lambda: self._listed(closed_since))
            return self._found(listed, unreadable)
        wanted = list(dict.fromkeys(refs))
        if unread := [ref for ref in wanted if ref not in self._issues]:
            failed: dict[str, Exception] = {}
            read = self._tracker.issues(unread, unreadable=failed)
            self._issues |= dict.fromkeys(unread)
            self._keep(read, failed)
        return self._found(wanted, unreadable)

    def _listed(self, closed_since: datetime | None) -> list[str]:
        failed: dict[str, Exception] = {}
        read = self._tracker.issues(closed_since=closed_since, unreadable=failed)
        self._keep(read, failed)
        return [*(one.ref for one in read), *failed]

    def _keep(self, read: Iterable[Issue], failed: Mapping[str, Exception]) -> None:
        self._issues |= {one.ref: one for one in read}
        self._issues |= failed

    def _found(self, refs: Iterable[str], unreadable: dict[str, Exception] | None) -> list[Issue]:
        issues: list[Issue] = []
        for ref in refs:
            found = self._issues[ref]
            if isinstance(found, Issue):
                issues.append(found)
            elif found is not None and unreadable is None:
                raise found
            elif found is not None and unreadable is not None:
                unreadable[ref] = found
        return sorted(issues, key=lambda one: (one.opened_at, by_ref(one.ref)))


class _RememberedPager:
    """The verbs of a `Pager` that read."""

    def __init__(self, pager: Pager, duties: Pager | None = None) -> None:
        self._pager, self._duties = pager, duties
        self._answers = _Answers()

    def with_duties_of(self, pager: Pager | None) -> _RememberedPager:
        """The same, with another one who says who is on call."""
        if pager is None:
            return self
        other = _RememberedPager(self._pager, pager)
        other._answers = self._answers
        return other

    def on_call(self, now: datetime) -> Mapping[str, Duty | None]:
        if self._duties:
            return self._duties.on_call(now)
        return self._answers.of("on call", lambda: self._pager.on_call(now))

    def acks(self, pages: Mapping[str, str]) -> Mapping[str, Sequence[Ack]]:
        question = "acks", frozenset(pages.items())
        return self._answers.of(question, lambda: self._pager.acks(pages))


class _RememberedStatusPage:
    """The verbs of a `StatusPage` that read."""

    def __init__(self, page: StatusPage) -> None:
        self._page, self._answers = page, _Answers()

    @property
    def can(self) -> Abilities:
        return self._page.can

    def active(self) -> Sequence[PageIncident]:
        return self._answers.of("active", self._page.active)

    def overall(self) -> str:
        return self._answers.of("overall", self._page.overall)


class _RememberedMetrics:
    """What the first plan asked for; no other policy asks for more."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics, self._answers = metrics, _Answers()

    def samples(self, services: Iterable[Service], now: datetime) -> Samples:
        return self._answers.of("samples", lambda: self._metrics.samples(services, now))


__all__ = ["RememberedWorld"]
