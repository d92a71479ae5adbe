"""What the counterpart remembers: plain rows, no rules."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

GUEST, PLANNER, REPORTER, DEVELOPER, MAINTAINER, OWNER = 10, 15, 20, 30, 40, 50
ROLES = {
    "guest": GUEST,
    "planner": PLANNER,
    "reporter": REPORTER,
    "developer": DEVELOPER,
    "maintainer": MAINTAINER,
    "owner": OWNER,
}
SEVERITIES = ("UNKNOWN", "LOW", "MEDIUM", "HIGH", "CRITICAL")
FREE, PREMIUM = "free", "premium"


@dataclass(slots=True, eq=False)
class User:
    id: int
    username: str
    name: str
    state: str = "active"  # or "blocked"
    admin: bool = False
    bot: bool = False


@dataclass(slots=True, eq=False)
class Token:
    id: int
    value: str = field(repr=False)
    user: User
    scopes: tuple[str, ...]
    created_at: datetime
    name: str = "token"
    expires_at: date | None = None
    revoked: bool = False


@dataclass(slots=True, eq=False)
class Label:
    id: int
    title: str
    color: str
    created_at: datetime
    description: str | None = None
    priority: int | None = None
    group: bool = False  # inherited from the group: read only here
    updated_at: datetime | None = None


@dataclass(slots=True, eq=False)
class Event:
    """A label event (``subject`` is the label's id) or a state event."""

    id: int
    user: int
    created_at: datetime
    action: str  # add, remove, closed, reopened
    subject: int = 0


@dataclass(slots=True, eq=False)
class Award:
    id: int
    name: str
    user: int
    created_at: datetime


@dataclass(slots=True, eq=False)
class Note:
    id: int
    body: str
    author: int
    created_at: datetime
    updated_at: datetime
    system: bool = False
    internal: bool = False
    discussion: int = 0  # the note that began it, once somebody has replied
    awards: list[Award] = field(default_factory=list)
    edited_by: int = 0  # the account that edited it last; only GraphQL tells


@dataclass(slots=True, eq=False)
class Link:
    id: int
    source: Issue
    target: Issue
    kind: str
    created_at: datetime

    def other(self, issue: Issue) -> Issue:
        return self.target if issue is self.source else self.source

    def kind_from(self, issue: Issue) -> str:
        """The link's type as seen from ``issue``."""
        if self.kind == "blocks" and issue is self.target:
            return "is_blocked_by"
        return self.kind


@dataclass(slots=True, eq=False)
class Happened:
    """An event of an incident's timeline."""

    id: int
    at: datetime
    note: str
    by: int = 0
    action: str = "comment"


@dataclass(slots=True, eq=False)
class Resource:
    """A link that an incident shows beside its text."""

    id: int
    link: str
    text: str
    kind: str


@dataclass(slots=True, eq=False)
class Issue:
    id: int
    iid: int
    project: Project = field(repr=False)
    title: str
    author: int
    created_at: datetime
    updated_at: datetime
    description: str | None = None
    state: str = "opened"
    closed_at: datetime | None = None
    closed_by: int | None = None
    updated_by: int | None = None
    confidential: bool = False
    locked: bool = False
    due: date | None = None
    moved_to_id: int | None = None  # the issue that it goes on as, in another project
    kind: str = "issue"
    severity: str = "UNKNOWN"
    duplicate_of: Issue | None = None
    labels: set[int] = field(default_factory=set)
    assignees: list[int] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    label_events: list[Event] = field(default_factory=list)
    state_events: list[Event] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    awards: list[Award] = field(default_factory=list)
    timeline: list[Happened] = field(default_factory=list)
    resources: list[Resource] = field(default_factory=list)
    alert: str = ""  # the status of the alert that opened it; empty: none did
    status: str = "TRIGGERED"  # of an incident
    policy: int = 0  # the escalation policy that calls people for it
    paged: list[str] = field(default_factory=list)  # whom GitLab has sent an e-mail


@dataclass(slots=True, eq=False)
class Hook:
    id: int
    url: str
    created_at: datetime
    token: str = field(default="", repr=False)
    events: dict[str, bool] = field(default_factory=dict)  # issues_events, note_events, ...


@dataclass
class MergeRequest:
    iid: int
    title: str
    author: int
    source: int  # the project that its branch is in
    commit: str  # its head
    files: dict[str, bytes | None]  # what it changes: as it is there; None: it is gone
    target: str = "main"
    modes: dict[str, str] = field(default_factory=dict)
    merged_as: str = ""  # the commit that it became
    notes: list[Note] = field(default_factory=list)


@dataclass(slots=True, eq=False)
class Project:
    id: int
    path: str
    created_at: datetime
    visibility: str = "private"
    archived: bool = False
    premium: bool = False
    members: dict[int, int] = field(default_factory=dict)  # user id -> access level
    labels: dict[int, Label] = field(default_factory=dict)
    titles: dict[str, Label] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)  # by iid
    opened: dict[int, Issue] = field(default_factory=dict)  # those of them that are open
    hooks: list[Hook] = field(default_factory=list)
    schedules: list[dict[str, Any]] = field(default_factory=list)
    variables: list[dict[str, Any]] = field(default_factory=list)
    runners: list[dict[str, Any]] = field(default_factory=list)
    pipelines: list[dict[str, Any]] = field(default_factory=list)
    trigger_tokens: dict[str, str] = field(default_factory=dict)  # whose each is
    protected: dict[str, int] = field(default_factory=lambda: {"merge": 40, "push": 40})
    settings: dict[str, Any] = field(default_factory=dict)
    oncall: dict[str, list[str]] = field(default_factory=dict)  # schedule: who is on call now
    policies: dict[str, str] = field(default_factory=dict)  # escalation policy: its schedule
    ci_file: str = ""  # .gitlab-ci.yml of the default branch
    files: dict[str, str] = field(default_factory=dict)  # others there, by path
    pages: list[str] | None = field(default_factory=list)  # when Pages were published; None: off
    tags: list[str] = field(default_factory=list)
    merge_requests: dict[int, MergeRequest] = field(default_factory=dict)  # by iid
    statuses: list[dict[str, Any]] = field(default_factory=list)  # of commits, oldest first
    last_iid: int = 0
    version: int = 0  # moves with every change of an issue, so that lists can be kept
    lists: dict[Any, tuple[int, list[Issue]]] = field(default_factory=dict)
