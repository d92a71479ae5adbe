"""A plan: what should change, why, and what a person must know. Data only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from datetime import datetime
from typing import Any

from automation.changes.comments import WriteCard
from automation.changes.issue_changes import Change
from automation.model.incident import Incident
from automation.model.secrecy import bare_row
from automation.model.status_page import StatusPageRead
from automation.planning.digest import DigestDue, DigestPost
from automation.planning.finding import Finding as Finding
from automation.planning.findings import Telling
from automation.planning.handover import Handover
from automation.planning.sweep_state import Sweep
from automation.policy.planning_input import Context
from automation.records import dataclass
from automation.stored_state.card import short_digest
from automation.stored_state.dashboard import Dashboard


def cannot_assign(logins: Iterable[str], ref: str, confidential: bool) -> list[Finding]:
    """A finding for each login that the tracker did not assign; of a confidential incident without
    the name (P-16)."""
    why = "could not be assigned: no such account, blocked, or it may not see the issue"
    remedy = "give access and assign by hand; or whoever is on call writes `/ima handover @me`"
    names = ("somebody" if confidential else f"@{login}" for login in logins)
    return [Finding(f"{name} {why}; {remedy}", ref) for name in names]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The world at one instant, as far as a plan needs it."""

    ctx: Context
    incidents: Mapping[str, Incident]
    dashboard: Dashboard  # with the shifts as they are now
    stored: Dashboard  # as it stands on the tracker
    findings: tuple[Finding, ...] = ()
    whole: bool = True  # every issue was read
    sweep: Sweep | None = None  # what was listed and read, where a cache is kept
    status_page: StatusPageRead | None = None  # what it shows, where people may have changed that
    aside: frozenset[str] = frozenset()  # issues that could not be judged: each has its finding
    gone: frozenset[str] = frozenset()  # active incidents whose issues are gone for good
    lost: frozenset[str] = frozenset()  # active incidents whose issues cannot be found
    digest: DigestDue | None = None  # all that it tells of was read

    @property
    def now(self) -> datetime:
        return self.ctx.now


@dataclass(frozen=True, slots=True)
class Plan:
    """Changes in the order in which they are made, and the world as it is then."""

    changes: tuple[Change, ...]
    findings: tuple[Finding, ...]
    before: Snapshot
    world: Mapping[str, Incident]
    dashboard: Dashboard | None = None  # None: it stands as it is
    held: int = 0  # how many effects outside the tracker wait for the next run
    waiting: frozenset[str] = frozenset()  # the issues of these effects
    handover: Handover | None = None  # what the next one on call is told
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # of the chat, to be set
    digest_post: DigestPost | None = None  # the week, where it is to be told
    tellings: tuple[Telling, ...] = ()  # messages of the chat about grave findings
    first_by: str = ""  # the policy's digest, where no sweep was made by it before
    first_plan: str = ""  # of a joined plan: the digest of the first one

    @property
    def empty(self) -> bool:
        """Would applying the plan write nothing at all?"""
        return not self.changes and self.dashboard is None

    @property
    def visible(self) -> tuple[Change, ...]:
        """The changes that people see in a plan: all but those of our own card."""
        return tuple(change for change in self.changes if not isinstance(change, WriteCard))

    @property
    def digest(self) -> str:
        """A fingerprint that is the same for the same changes, whenever they are planned."""
        return short_digest([(c.ref, c.kind, c.subject()) for c in self.visible])

    def joined(self, other: Plan) -> Plan:
        """One plan of two passes of the same run, this one first."""
        incidents = {**self.before.incidents, **other.before.incidents}
        return replace(
            self,
            changes=(*self.changes, *other.changes),
            findings=tuple(dict.fromkeys((*self.findings, *other.findings))),
            before=replace(self.before, incidents=incidents),
            world={**self.world, **other.world},
            dashboard=other.dashboard or self.dashboard,
            held=self.held + other.held,
            waiting=self.waiting | other.waiting,
            handover=other.handover or self.handover,
            groups={**self.groups, **other.groups},
            digest_post=other.digest_post or self.digest_post,
            tellings=(*self.tellings, *other.tellings),
            first_plan=self.first_plan or self.digest,
        )

    def of(self, ref: str) -> tuple[Change, ...]:
        """The changes to one issue."""
        return tuple(change for change in self.changes if change.ref == ref)

    def as_json(self) -> dict[str, Any]:
        """What ``ima plan --format json`` prints."""
        return {
            "changes": rows(self.visible, self.before.incidents),
            "cards": [c.ref for c in self.changes if isinstance(c, WriteCard)],
            "findings": [{"issue": f.ref, "text": f.text} for f in self.findings],
            "handover": self.handover.whom if self.handover else "",
            "groups": {handle: list(people) for handle, people in self.groups.items()},
            "digest": self.digest,
            "digest_post": list(self.digest_post.places) if self.digest_post else [],
            "first_by": self.first_by,
        }


def rows(changes: Iterable[Change], incidents: Mapping[str, Incident]) -> list[dict[str, Any]]:
    """Changes as JSON; of a confidential incident nothing but its reference (P-16)."""
    made: list[dict[str, Any]] = []
    for change in changes:
        incident = incidents.get(change.ref)
        hidden = incident is not None and incident.confidential
        row = bare_row(change.ref) if hidden else change.row()
        if row not in made[-1:]:
            made.append(row)
    return made


def by_ref(ref: str) -> tuple[int, str]:
    """A key that sorts references by number: "#9" before "#10"."""
    number = re.search(r"\d+$", ref)
    return (int(number[0]) if number else 0, ref)


def in_order(changes: Iterable[Change]) -> tuple[Change, ...]:
    """The changes in the order of a plan: by issue, then in the order of `Change.order`."""
    return tuple(sorted(changes, key=lambda c: (by_ref(c.ref), c.order, c.kind, c.subject())))
