"""Playing a scenario: people act on the embedded tracker, IMA passes, expectations are checked."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from automation.errors import ImaError
from automation.files import ProcessFiles
from automation.model import Draft, Duty, Issue, Update
from automation.plan import Plan
from automation.policy import Policy
from automation.run import Run
from automation.scenarios.counted import (
    CountedChat,
    CountedDocuments,
    CountedPager,
    CountedTracker,
    Killed,
    Meter,
)
from automation.scenarios.expect import Mismatch, check
from automation.scenarios.script import Scenario, Step, people_on_call, strings
from automation.services import Services
from automation.services.embedded import FileDocuments, LogChat, Outbox, PolicyPager
from automation.session import Session
from automation.source import Node
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
        return Run(self.policy, self.counted, self.services, self.templates, self.clock)

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


def play(scenario: Scenario, files: ProcessFiles) -> list[Mismatch]:
    """Play it; what did not come out as expected, with the plan of that pass."""
    with TemporaryDirectory(prefix="ima-") as folder:
        stage = Stage(scenario, files, Path(folder))
        try:
            return list(_steps(stage))
        finally:
            stage.tracker.close()


def _steps(stage: Stage) -> Iterator[Mismatch]:
    for step in stage.scenario.steps:
        found = list(_step(stage, step))
        yield from found
        if found:
            return  # what comes after a failure says nothing


def _step(stage: Stage, step: Step) -> Iterator[Mismatch]:
    stage.now = step.when(stage.now)
    before = Before.of(stage)
    ran: int | None = None
    for name, node in step.actions:
        code = _ACTIONS[name](stage, step.by, node)
        ran = code if name == "runs" else ran
    passed = stage.pass_(step.dies_after)
    writes = stage.meter.writes
    if ran is not None:
        passed.exit, passed.ran = ran, True
    wrong = check(stage, step, before, passed, writes) if step.expect else []
    if passed.killed and step.settles:  # the next pass must repair everything
        again = stage.pass_()
        again.killed = True
        if wrong and step.expect:
            wrong = check(stage, step, before, again, writes + stage.meter.writes)
    yield from wrong
    if step.settles and not wrong:
        yield from _unsettled(stage, step)


def _unsettled(stage: Stage, step: Step) -> Iterator[Mismatch]:
    second = stage.pass_()
    if stage.meter.writes:
        yield Mismatch(
            step.node, "a second pass changes nothing", f"{stage.meter.writes} writes", second.plan
        )


@dataclass(frozen=True)
class Before:
    """What there was before a step."""

    issues: frozenset[str]
    comments: frozenset[str]
    pages: int
    posts: int
    documents: int

    @classmethod
    def of(cls, stage: Stage) -> Before:
        issues = stage.issues()
        return cls(
            frozenset(issue.ref for issue in issues),
            frozenset(comment.id for issue in issues for comment in issue.comments),
            len(list(stage.outbox.entries("page"))),
            len(list(stage.outbox.entries("announcement"))),
            count_documents(stage),
        )


def count_documents(stage: Stage) -> int:
    return len(list(stage.documents.glob("*.md"))) if stage.documents.is_dir() else 0


def _opens(stage: Stage, by: str, node: Node) -> None:
    for item in node.items if node.kind == "list" else [node]:
        values = item.plain()
        draft = Draft(
            values["title"],
            values.get("body") or "",
            tuple(values.get("labels") or ()),
            tuple(values.get("assignees") or ()),
            bool(values.get("confidential", False)),
        )
        stage.people.add(stage.tracker.acting(by).open(draft))


def _comments(stage: Stage, by: str, node: Node) -> None:
    for ref, (_, texts) in node.entries.items():
        for text in strings(texts):
            stage.tracker.acting(by).comment(ref, text)


def _labels(stage: Stage, by: str, node: Node) -> None:
    for ref, (_, changes) in node.entries.items():
        for change in strings(changes):
            names = frozenset({change[1:]})
            update = Update(add_labels=names) if change[0] == "+" else Update(remove_labels=names)
            stage.tracker.acting(by).update(ref, update)


def _assigns(stage: Stage, by: str, node: Node) -> None:
    for ref, (_, changes) in node.entries.items():
        for change in strings(changes):
            now = stage.tracker.issues([ref])[0].assignees
            person = change[1:]
            rest = tuple(login for login in now if login != person)
            people = (*rest, person) if change[0] == "+" else rest
            if change[0] == "+" and stage.scenario.can.one_assignee:
                people = (person,)
            stage.tracker.acting(by).update(ref, Update(assignees=people))


def _closes(stage: Stage, by: str, node: Node) -> None:
    if node.kind == "map":  # with a reason, where the tracker knows such
        for ref, (_, reason) in node.entries.items():
            stage.tracker.acting(by).close_as(ref, reason.value)
        return
    for ref in strings(node):
        stage.tracker.acting(by).update(ref, Update(closed=True))


def _reopens(stage: Stage, by: str, node: Node) -> None:
    for ref in strings(node):
        stage.tracker.acting(by).update(ref, Update(closed=False))


def _edits(stage: Stage, by: str, node: Node) -> None:
    for ref, (_, texts) in node.entries.items():
        values = texts.plain()
        stage.tracker.acting(by).edit(ref, title=values.get("title"), body=values.get("body"))


def _edits_comment(stage: Stage, by: str, node: Node) -> None:
    """The person's newest comment."""
    for ref, (_, text) in node.entries.items():
        theirs = [c for c in stage.tracker.issues([ref])[0].comments if c.author == by]
        stage.tracker.acting(by).edit_comment(ref, theirs[-1].id, str(text.value))


def _on_call(stage: Stage, by: str, node: Node) -> None:
    stage.roster.change(people_on_call(node), stage.now)


def _acknowledges(stage: Stage, by: str, node: Node) -> None:
    for ref in strings(node):
        pages = [p for p in stage.outbox.entries("page") if f"{ref}:" in str(p["key"])]
        theirs = [page for page in pages if page["person"] == by] or pages
        for page in theirs:
            stage.roster.acknowledge(str(page["key"]), by)


def _fails(stage: Stage, by: str, node: Node) -> None:
    for service, (_, answer) in node.entries.items():
        stage.meter.failing[service] = answer.value


def _runs(stage: Stage, by: str, node: Node) -> int:
    from automation.cli import invoke

    session = Session(stage.clock, by, folder=stage.folder)
    session.__dict__ |= {  # opened already: the scenario's world
        "files": stage.files,
        "policy": stage.policy,
        "templates": stage.templates,
        "tracker": stage.tracker,
        "services": stage.services,
    }
    return invoke(shlex.split(str(node.value)), session)


_ACTIONS: dict[str, Callable[[Stage, str, Node], int | None]] = {
    "opens": _opens,
    "comments": _comments,
    "labels": _labels,
    "assigns": _assigns,
    "closes": _closes,
    "reopens": _reopens,
    "edits": _edits,
    "edits_comment": _edits_comment,
    "on_call": _on_call,
    "acknowledges": _acknowledges,
    "fails": _fails,
    "runs": _runs,
}
