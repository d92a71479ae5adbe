"""The policy as typed values, the shipped one with the team's merged over it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from automation.policy.labels import Labels
from automation.policy.outside_services import Google, PagerDuty, Prometheus, Slack, StatusIo
from automation.times.durations import Calendar, Duration

_FIVE_MINUTES, _HALF_A_MINUTE = Duration(5, "m"), Duration(30, "s")
_TEN_MINUTES, _SIX_HOURS, _A_WEEK = Duration(10, "m"), Duration(6, "h"), Duration(7, "d")


class NamedRule(Protocol):
    """What the policy itself knows of a rule; the whole of it gives `automation.rules.rules_of`."""

    @property
    def name(self) -> str:
        """Unique, in kebab case."""

    @property
    def why(self) -> str:
        """The reason that people read."""

    @property
    def has_clock(self) -> bool:
        """Does it wait for a time to run out?"""


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
    escalation: str = ""  # the pager's id of the escalation policy, through which it is paged
    checklist: str = ""  # a template
    on_call: str = ""  # without a pager: always this person …
    rota: Rota | None = None  # … or these in turn
    group: str = ""  # the chat's group that follows who is on call


@dataclass(frozen=True, slots=True, kw_only=True)
class Severity:
    """What a severity means, and what it asks for when nobody says otherwise."""

    name: str
    means: str = ""
    page: tuple[str, ...] = ()
    announce: bool = False
    document: bool = False
    public: Literal["ask", "auto", "no"] = "no"
    broadcast: tuple[str, ...] = ()  # media that the status page passes its posts on to
    tell: tuple[str, ...] = ()  # groups of the chat that its announcement calls
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
    """Outward effects within ``window``, over all runs: gravest first; the rest waits."""

    pages: int = 5
    posts: int = 5
    opens: int = 10
    window: Duration = _TEN_MINUTES
    requests: float = 0.5  # the share of the forge's rate limit
    changes: int = 40  # stops labels sync and runs by hand


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A part that users see, its promises and where its numbers are."""

    name: str
    component: str = ""  # its name on the status page
    container: str = ""  # the part of the component there; empty: all of it
    errors: float | None = None  # the share of requests that may fail
    apdex: float | None = None  # the least that must be kept
    outage: float = 2  # how many times ``errors`` are an outage
    queries: Mapping[str, str] = field(default_factory=dict)  # "errors" and "apdex"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """How samples become verdicts, and what a verdict leads to (P-27, P-40)."""

    declare: bool = False  # open an incident
    window: Duration = _FIVE_MINUTES
    interval: Duration = _HALF_A_MINUTE
    severity: Mapping[str, str] = field(default_factory=dict)  # degraded, outage, all: severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Alerts:
    """Which alerts are one event, and so one incident (P-17)."""

    join: Literal["service", "group", "never"] = "service"
    within: Duration = _SIX_HOURS  # of the incident's opening, or of its last alert


@dataclass(frozen=True, slots=True, kw_only=True)
class Flappy:
    """An alert is flappy that opened ``count`` incidents within ``window`` (P-19)."""

    count: int = 3
    window: Duration = _A_WEEK


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Incidents that hold deployments back: of these severities, or of these statuses."""

    severity: tuple[str, ...] = ()
    status: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The whole of ``policy.yml``; every field has a value after merging."""

    labels: Labels
    project: str
    tracker: str = "local"
    path: str = ".ima/incidents.db"
    url: str = ""
    issue_type: Literal["issue", "incident"] = "issue"
    private: str = ""  # where security incidents are moved to
    account: str = ""  # IMA's login on the forge, where the token does not tell
    roles: Mapping[str, Role]
    severities: Mapping[str, Severity]
    people: Mapping[str, Person] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)
    room: str = ""
    channel: str = ""
    stakeholders: str = ""  # the channel that also hears of an S1
    groups: Mapping[str, str] = field(default_factory=dict)  # of the chat: name: handle
    status_page: str = "none"
    metrics: str = "none"
    samples: str = ""  # the file of the embedded metrics
    sentences: Mapping[str, str] = field(default_factory=dict)  # state: what users are told
    update_every: Mapping[str, Mapping[str, Duration]] = field(default_factory=dict)
    monitor_for: Mapping[str, Duration] = field(default_factory=dict)  # status: in Monitoring
    need_within: Mapping[str, Duration] = field(default_factory=dict)  # severity: to answer
    late: Duration = _TEN_MINUTES  # more is recorded on the card
    verdicts: Verdicts = field(default_factory=Verdicts)
    alerts: Alerts = field(default_factory=Alerts)
    flappy: Flappy = field(default_factory=Flappy)
    gate: Gate = field(default_factory=Gate)
    goal: float = 0.9995  # of availability
    outage_document: str = ""
    outage_mirror: str = ""
    runbooks: tuple[str, ...] = ()
    documents: str = ".ima/documents"
    log: str = ".ima/outbox.jsonl"
    pagerduty: PagerDuty | None = None  # None: the embedded service stands in
    statusio: StatusIo | None = None
    slack: Slack | None = None
    google: Google | None = None
    prometheus: Prometheus | None = None
    since: datetime | None = None
    look_back: Duration
    full_sweep: Duration
    calendar: Calendar
    limits: Limits = field(default_factory=Limits)
    may: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rules: tuple[NamedRule, ...] = ()
    digest: str = ""  # of the files it was read from

    def reaches(self, login: str) -> bool:
        """Can the chat write to them? An outside one wants to know who they are there."""
        known = {name.casefold() for name, person in self.people.items() if person.chat}
        return bool(self.channel) and (self.slack is None or login.casefold() in known)

    @property
    def chain(self) -> tuple[str, ...]:
        """Names of the roles that pass the ownership on, the first one first."""
        return tuple(role.name for role in self.roles.values() if role.chain)
