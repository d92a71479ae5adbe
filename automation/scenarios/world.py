"""The world of one scenario: a virtual clock, a tracker, the embedded services, and passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path

from automation.errors import ImaError
from automation.model.issue import Issue
from automation.model.team_words import TeamWords
from automation.outage.outage_card import error_with_outage_card
from automation.planning.plan import Plan
from automation.planning.report import Report
from automation.policy.policy import Policy
from automation.reconcile.one_pass import CacheFile, Run
from automation.records import dataclass
from automation.scenarios.alertmanager import Alertmanager
from automation.scenarios.counting_world import CallMeter, CountingTracker, KilledInTheMiddle
from automation.scenarios.issue_names import IssueNames
from automation.scenarios.outside_services import EmbeddedServices, MakeServices, OutsideServices
from automation.scenarios.played_tracker import (
    MakeTracker,
    PersonOnTracker,
    PlayedTracker,
    embedded_tracker,
)
from automation.scenarios.scenario_file import Scenario, Step
from automation.services import Services
from automation.stored_state.signatures import Keys, keys_of
from automation.trackers import Tracker
from automation.trackers.named_labels import NamedLabels
from automation.trackers.signed_memory import SignedTracker
from automation.workspace.files import ProcessFiles
from automation.workspace.session import Session
from automation.writing.templates import Templates

KEYS = keys_of("a scenario", "the key of all scenarios, which is no secret".replace(" ", "-"), "")
Command = Callable[[list[str], Session], int]  # runs a command line of `ima`: its exit code


@dataclass
class PlayedStep:
    """What one step did: its plan, what IMA said, and the exit code."""

    plan: Plan | None = None
    report: Report | None = None
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
    command: Command
    make: MakeTracker = embedded_tracker
    within: MakeServices = EmbeddedServices
    now: datetime = field(init=False)  # the scenario's time, and what acts took besides
    scenario_time: datetime = field(init=False)  # the time that the scenario has come to
    tracker_time: datetime = field(init=False)  # on the tracker's clock, which may be behind
    runner_ahead: timedelta = timedelta()  # how far IMA's machine is ahead of the world
    meter: CallMeter = field(default_factory=CallMeter)
    names: IssueNames = field(default_factory=IssueNames)
    cache: CacheFile | None = None  # what one run leaves for the next
    keys: Keys = KEYS  # what signs the memory

    def __post_init__(self) -> None:
        self.now = self.tracker_time = self.scenario_time = self.scenario.start
        self.policy = self._policy()
        self.outside: OutsideServices = self.within(self)
        self.policy = self.outside.policy(self.policy)
        self.outbox, self.roster = self.outside.outbox, self.outside.roster
        self.samples = self.outside.samples
        self.tracker: PlayedTracker = self.make(self)
        self.meter.wrote = self._wrote
        self.documents = self.folder / "documents"  # of the embedded services
        self.templates = _compiled(tuple(self.files.templates.items()), self.policy.words)
        self.counted = CountingTracker(self.ima(), self.meter)
        self.monitoring = Alertmanager()
        self.stderr = ""  # what the last command said on stderr
        self.printed = ""  # all that the command of this step said
        self.people: set[str] = set()  # names of the issues that people opened

    def clock(self) -> datetime:
        return self.now + self.runner_ahead

    def ima(self) -> Tracker:
        """The tracker as the next run of IMA opens it."""
        return self._believed(self.tracker.ima())

    def believed_tracker(self) -> Tracker:
        """The tracker as it is, read as IMA reads it: without markers that IMA does not believe."""
        return self._believed(self.tracker)

    def _believed(self, tracker: Tracker) -> Tracker:
        signed = SignedTracker(tracker, self.keys, self.clock, self.policy.accounts)
        return NamedLabels(signed, self.policy.labels)

    def _policy(self) -> Policy:
        """The policy under test; adopted at the start unless the scenario says otherwise. Its
        services are always measured: by what `slo` gives."""
        policy = self.files.policy(self.scenario.policy)
        policy = replace(policy, metrics=replace(policy.metrics, kind="file"))
        said = self.scenario.policy and self.scenario.policy.get("since")
        return policy if said else replace(policy, since=self.scenario.start)

    @property
    def services(self) -> Services:
        """The services, as the next run of IMA opens them."""
        return self.outside.services()

    @property
    def run(self) -> Run:
        return Run(self.policy, self.counted, self.services, self.templates, self.clock, self.cache)

    def go(self, step: Step) -> None:
        """Let time pass up to this step. Where acts took time on the tracker, that is not taken
        off."""
        before, self.scenario_time = self.scenario_time, step.when(self.scenario_time)
        self.now += self.scenario_time - before

    def acting(self, by: str) -> PersonOnTracker:
        """The tracker, as somebody who acts on it now, a moment after all that was done before."""
        self.tracker_time = max(self.tracker_time + self.tracker.tick, self.now)
        self.now = max(self.tracker_time, self.now)
        return self.tracker.acting(by)

    def _wrote(self) -> None:
        self.tracker_time += self.tracker.tick

    def issues(self) -> list[Issue]:
        """Every issue but the dashboard, oldest first, by the scenario's names."""
        everything = self.believed_tracker().issues(closed_since=self.scenario.start)
        self.names = IssueNames.of(everything, self.tracker.me())
        return [each for each in map(self.names.issue, everything) if each.ref != "#0"]

    def run_pass(self, dies_after: int | None = None) -> PlayedStep:
        """One pass of IMA, which is killed after so many writes as ``dies_after`` says."""
        self.tracker_time = max(self.tracker_time, self.now)
        self.counted.renew(self.ima())
        self.meter.writes, self.meter.most = 0, dies_after
        passed = PlayedStep()
        try:
            passed.plan, passed.report = self.run.apply()
            passed.findings += [finding.text for finding in passed.plan.findings]
            passed.findings += passed.report.said
            passed.exit = passed.report.exit(passed.plan.findings)
        except KilledInTheMiddle:
            passed.killed = True
        except ImaError as error:
            ask = self.services.pager.on_call
            passed.findings.append(
                error_with_outage_card(error, self.policy, lambda: ask(self.now))
            )
            passed.exit = error.exit_code
        finally:
            self.meter.most = None
        return passed


@lru_cache(maxsize=4)
def _compiled(texts: tuple[tuple[str, str], ...], words: TeamWords) -> Templates:
    """Many scenarios have the same templates: they are compiled once."""
    return Templates(dict(texts), words=words)
