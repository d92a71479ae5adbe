"""The policy as typed values, the shipped one with the team's merged over it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from automation.durations import Calendar, Duration

if TYPE_CHECKING:
    from automation.labels import Labels
    from automation.rules import Rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Rota:
    """People who take turns, each for ``every``, the first one from ``start``."""

    who: tuple[str, ...]
    start: datetime
    every: Duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """A role of the process. Those of the chain are engaged in the order of the file."""

    name: str
    title: str
    chain: bool = True
    owns: Literal["always", "by_person", "never"] = "always"
    schedule: str = ""  # the pager's id of the schedule
    checklist: str = ""  # a template
    on_call: str = ""  # without a pager: always this person …
    rota: Rota | None = None  # … or these in turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Severity:
    """What a severity means, and what it asks for when nobody says otherwise."""

    name: str
    means: str = ""
    page: tuple[str, ...] = ()
    announce: bool = False
    document: bool = False
    public: Literal["ask", "auto", "no"] = "no"
    review_due: Duration | None = None
    action_due: Duration | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person's other names."""

    login: str
    pager: str = ""
    chat: str = ""
    zone: str = ""
    manager: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Outward effects of one run, gravest first; the rest waits for the next run."""

    pages: int = 5
    posts: int = 5
    opens: int = 10
    requests: float = 0.5  # the share of the forge's rate limit
    changes: int = 40  # stops labels sync and runs by hand


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The whole of ``policy.yml``; every field has a value after merging."""

    labels: Labels
    project: str
    tracker: str = "local"
    path: str = ".ima/incidents.db"
    url: str = ""
    issue_type: Literal["issue", "incident"] = "issue"
    roles: Mapping[str, Role]
    severities: Mapping[str, Severity]
    people: Mapping[str, Person] = field(default_factory=dict)
    services: Mapping[str, str] = field(default_factory=dict)  # name: component
    room: str = ""
    channel: str = ""
    documents: str = ".ima/documents"
    log: str = ".ima/outbox.jsonl"
    since: datetime | None = None
    look_back: Duration
    full_sweep: Duration
    calendar: Calendar
    limits: Limits = field(default_factory=Limits)
    may: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    digest: str = ""  # of the files it was read from

    @property
    def chain(self) -> tuple[str, ...]:
        """Names of the roles that pass the ownership on, the first one first."""
        return tuple(role.name for role in self.roles.values() if role.chain)
