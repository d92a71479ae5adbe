"""What a pass did, and what failed outside: a value, for whoever shows it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field

from automation.changes.issue_changes import Change
from automation.errors import ServiceError
from automation.model.incident import Incident
from automation.planning.plan import Finding
from automation.records import dataclass


@dataclass(slots=True)
class Report:
    """What a pass did, and what failed outside."""

    done: list[Change] = field(default_factory=list)
    unfinished: set[str] = field(default_factory=set)  # issues that the next pass goes on with
    opened: dict[str, str] = field(default_factory=dict)  # what a plan calls it: its reference
    declared: list[str] = field(default_factory=list)  # incidents opened: no pass was on them yet
    fell_short: dict[str, Incident] = field(default_factory=dict)  # with effects that failed
    # By issue: what it has begun outside, with where that stands there (`begun_outside`).
    outside: dict[str, str] = field(default_factory=dict)
    unheard: list[str] = field(default_factory=list)  # incidents of which a page woke nobody
    failures: list[ServiceError] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)  # what only the writes brought to light
    dashboard_failed: bool = False
    cards: dict[str, str] = field(default_factory=dict)  # new ones: their comments, by issue
    handed: bool = False  # the next one on call was told
    digest_posted: set[str] = field(default_factory=set)  # the places where the week was told
    groups: dict[str, tuple[str, ...]] = field(default_factory=dict)  # of the chat, as they are now
    # By issue that is locked, and that we may not unlock: what the dashboard remembers of effects.
    locked: dict[str, frozenset[tuple[str, str]]] = field(default_factory=dict)

    @property
    def said(self) -> list[str]:
        """The failures in words, each once: two steps may have failed at the same call."""
        return list(dict.fromkeys(map(str, self.failures)))

    def exit(self, findings: Iterable[Finding]) -> int:
        """The exit code of a run that ends with these findings (P-52)."""
        return 1 if self.failures or any(found.fails for found in findings) else 0

    def add(self, other: Report) -> None:
        """Add what a further pass of the same run did."""
        self.done += other.done
        self.unfinished |= other.unfinished
        self.fell_short |= other.fell_short
        self.opened |= other.opened
        self.failures += other.failures
        self.findings += other.findings
        self.dashboard_failed |= other.dashboard_failed
        self.handed |= other.handed
        self.cards |= other.cards
        self.digest_posted |= other.digest_posted
        self.groups |= other.groups
        self.locked |= other.locked
