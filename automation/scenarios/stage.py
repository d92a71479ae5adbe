"""The world of one scenario: a virtual clock, the embedded tracker and services, and passes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from automation.errors import ImaError
from automation.files import ProcessFiles
from automation.model import Duty, Issue
from automation.plan import Plan
from automation.policy import Policy
from automation.run import CacheFile, Run
from automation.scenarios.counted import (
    CountedChat,
    CountedDocuments,
    CountedPager,
    CountedTracker,
    Killed,
    Meter,
)
from automation.scenarios.script import Scenario
from automation.services import Services
from automation.services.embedded import FileDocuments, LogChat, Outbox, PolicyPager
from automation.templates import Templates
from automation.trackers.local import LocalTracker


class Roster(PolicyPager):
    """Who is on call as the scenario says."""

    def __init__(self, policy: Policy, outbox: Outbox, people: dict[str, str | None]) -> None:
        super().__init__(policy, outbox)
        self._duties = {
            role: Duty(person) if (person := people.get(role)) else None for role in policy.roles
        }

    def on_call(self, now: datetime) -> dict[str, Duty | None]:
        return dict(self._duties)

    def change(self, people: dict[str, str | None], now: datetime) -> None:
        """The shift changes now; nobody at all where ``people`` is empty."""
        for role in people or self._duties:
            person = people.get(role)
            self._duties[role] = Duty(person, now) if person else None


@dataclass
class Passed:
    """What one step did: its plan, what IMA said, and the exit code."""

    plan: Plan | None = None
    findings: list[str] = field(default_factory=list)
    exit: int = 0
    killed: bool = False
    ran: bool = False  # the exit code is a command's


@dataclass
class Stage:
    """The world of one scenario."""

    scenario: Scenario
    files: ProcessFiles
    folder: Path
    now: datetime = field(init=False)
    meter: Meter = field(default_factory=Meter)

    def __post_init__(self) -> None:
        self.now = self.scenario.start
        self.policy = self._policy()
        self.outbox = Outbox(None, self.clock)
        self.roster = Roster(self.policy, self.outbox, dict(self.scenario.on_call))
        self.tracker = LocalTracker(
            ":memory:",
            project=self.policy.project,
            clock=self.clock,
            can=self.scenario.can,
            outsiders=self.scenario.outsiders,
        )
        self.documents = self.folder / "documents"
        self.services = Services(
            CountedPager(self.roster, self.meter),
            CountedChat(LogChat(self.outbox), self.meter),
            CountedDocuments(FileDocuments(self.documents), self.meter),
        )
        self.templates = Templates(self.files.templates)
        self.counted = CountedTracker(self.tracker, self.meter)
        self.cache: CacheFile | None = None
        self.people: set[str] = set()  # references that people opened

    def clock(self) -> datetime:
        return self.now

    def _policy(self) -> Policy:
        """The policy under test; adopted at the start unless the scenario says otherwise."""
        policy = self.files.policy(self.scenario.policy)
        said = self.scenario.policy and self.scenario.policy.get("since")
        return policy if said else replace(policy, since=self.scenario.start)

    @property
    def run(self) -> Run:
        return Run(self.policy, self.counted, self.services, self.templates, self.clock, self.cache)

    def issues(self) -> list[Issue]:
        """Every issue but the dashboard, oldest first."""
        everything = self.tracker.issues(closed_since=self.scenario.start)
        return [issue for issue in everything if issue.ref != "#0"]

    def pass_(self, dies_after: int | None = None) -> Passed:
        """One pass of IMA."""
        self.meter.writes, self.meter.most = 0, dies_after
        passed = Passed()
        try:
            passed.plan, report = self.run.apply()
            passed.findings += [finding.text for finding in passed.plan.findings]
            passed.findings += [str(failure) for failure in report.failures]
            failed = report.failures or any(f.failed for f in passed.plan.findings)
            passed.exit = 1 if failed else 0
        except Killed:
            passed.killed = True
        except ImaError as error:
            passed.findings.append(str(error))
            passed.exit = error.exit_code
        finally:
            self.meter.most = None
        return passed
