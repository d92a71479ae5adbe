"""A world to measure in: the shipped policy, people on call, an embedded tracker in a file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from automation.model.issue import Draft, Update
from automation.policy.policy import Limits, Policy
from automation.schema.yaml_nodes import parse
from automation.trackers.local.tracker import LocalTracker
from automation.workspace.session import Session

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PEOPLE = """
since: 2026-03-02T12:00:00Z
roles: {eoc: {on_call: erin}, imoc: {on_call: ian}, cmoc: {on_call: cara}, security: {on_call: sam}}
"""
ALL_AT_ONCE = Limits(pages=100_000, posts=100_000, opens=100_000, changes=100_000)


@dataclass
class World:
    """A session in ``folder`` whose clock the benchmark moves."""

    folder: Path
    now: datetime = START

    def __post_init__(self) -> None:
        self.session = Session(lambda: self.now, "rita", folder=self.folder, by_example=True)
        self.policy: Policy = self.session.files.policy(parse(PEOPLE, "bench"))
        self.session.__dict__["policy"] = self.policy
        # Setting a world up waits for no disk: ten thousand incidents are eighty thousand writes.
        self.session.local._store._connection.execute("PRAGMA synchronous = OFF")

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)

    def opens(self, title: str, *labels: str) -> str:
        """Somebody labels a new issue as an incident."""
        return self.by("rita").open(Draft(title, "It breaks.", ("Incident", *labels)))

    def says(self, who: str, ref: str, text: str) -> None:
        self.by(who).comment(ref, text)

    def labels(self, who: str, ref: str, label: str) -> None:
        self.by(who).update(ref, Update(add_labels=frozenset({label})))

    def by(self, who: str) -> LocalTracker:
        return self.session.local.acting(who)

    def settle(self) -> None:
        """Passes until nothing is left to do, without the limits of a single run."""
        for _ in range(5):
            if self.take_on():
                return
        raise AssertionError("five passes and still something to do")

    def take_on(self) -> bool:
        """One pass without these limits. Was there nothing to do?"""
        run = replace(self.session.run, policy=replace(self.policy, limits=ALL_AT_ONCE))
        made, report = run.apply()
        if report.failures:
            raise report.failures[0]
        return made.empty
