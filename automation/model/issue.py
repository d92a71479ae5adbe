"""The words of the process as values. Pure: no clock, no network.

``Issue``, ``Event`` and ``Comment`` are what a tracker shows; ``Incident`` is what they mean
once `fold` has judged them. All times are aware datetimes in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime
from typing import Literal

from automation.records import dataclass

INVESTIGATING, IDENTIFIED, MONITORING, RESOLVED = (
    "Investigating",
    "Identified",
    "Monitoring",
    "Resolved",
)
STATES = (INVESTIGATING, IDENTIFIED, MONITORING, RESOLVED)
ENDS = (RESOLVED, "Completed", "Cancelled")  # of an incident, of planned work (P-56)
WITHDRAWN = "Withdrawn"  # what the public is told where it was no incident of its own
OPERATIONAL = "Operational"
STATUSES = (  # by gravity, the least first
    OPERATIONAL,
    "Degraded Performance",
    "Partial Service Disruption",
    "Service Disruption",
    "Security Issue",
)
UNSET = "unset"  # a severity or status that nobody has chosen, in `when:` of a rule

EventKind = Literal[
    "labelled",
    "unlabelled",
    "assigned",
    "unassigned",
    "closed",
    "reopened",
    "edited",
    "moved",
]


Fate = Literal["here", "deleted", "moved", "unknown"]  # of an issue that was there
Did = Literal["acknowledged", "snoozed", "resolved", "passed", "reassigned"]  # with a page


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that somebody did to an issue, as the tracker remembers it."""

    id: str
    at: datetime
    actor: str | None  # None: a deleted account
    kind: EventKind
    subject: str = ""  # the label, the login, the reason for closing
    order: int = 0  # breaks ties of `at`, over events and comments alike


@dataclass(frozen=True, slots=True)
class Reaction:
    """Somebody's emoji on a comment."""

    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment by anybody, ours included."""

    id: str
    at: datetime
    author: str | None
    body: str
    edited_at: datetime | None = None
    receipt: bool | None = False  # our reaction is on it; None: this tracker did not say
    order: int = 0
    reactions: tuple[Reaction, ...] = ()  # by people; read only where we call somebody
    internal: str = ""  # of a note for members only, what it says: its body is empty, so that what
    # repeats bodies has none of it; only commands are read from here
    stale: bool = False  # it is ours, and its markers are not signed with the key of now
    unsearched: bool = False  # for commands: there is too much of its author's, or others wrote it

    @property
    def typed(self) -> str:
        """What somebody typed, to be searched for commands. Never to be shown."""
        return "" if self.unsearched else self.body or self.internal


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue as the tracker has it now, with its history."""

    ref: str  # "#42" within the project
    title: str
    body: str
    author: str | None
    opened_at: datetime
    updated_at: datetime
    closed: bool = False
    labels: frozenset[str] = frozenset()
    assignees: tuple[str, ...] = ()
    confidential: bool = False
    locked: bool = False  # only members may comment
    due: date | None = None
    links: frozenset[str] = frozenset()
    url: str = ""
    native_severity: str | None = None  # the tracker's own; "": unset; None: it has none
    events: tuple[Event, ...] = ()
    comments: tuple[Comment, ...] = ()
    distrusted: tuple[str, ...] = ()  # what of ours somebody has changed: it does not count
    stale: bool = False  # its own markers are not signed with the key of now


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a tracker can do. Data, so that tests can switch it."""

    one_assignee: bool = False  # GitLab Free: the first one stays, the others are dropped
    ordered_assignees: bool = True  # they come back in the order in which they were sent
    confidential: bool = True
    locks: bool = False  # what cannot be hidden is locked instead
    moves: bool = False  # or moved to where only members see it
    exclusive_labels: bool = False  # `key::value` labels replace each other by themselves
    receipts: bool = True  # reactions on comments
    links: bool = True
    due_dates: bool = True  # else only the body says when something is due
    tells_deleted: bool = True  # what is deleted looks other than what we may not see
    closing_reasons: bool = True  # an issue is closed as a duplicate, or as not planned
    timeline: bool = False  # incidents of its own type have one, and our account may write on it
    resources: bool = False  # … and links beside their text
    writers: int = 1  # issues that may be written at once
    room: int = 1_000_000  # issues that this run may still read whole
    body_limit: int = 1_000_000  # characters of a body or comment
    line_limit: int = 280  # … of an event on the timeline
    readers: bool = True  # people read what stands there; else nothing is shown, only remembered
    anchor: str = ""  # of a comment behind its issue's address, such as "#note_{}"


@dataclass(frozen=True, slots=True)
class Draft:
    """An issue to be opened."""

    title: str
    body: str = ""
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    confidential: bool = False
    due: date | None = None
    links: tuple[str, ...] = ()
    dashboard: bool = False
    incident: bool = False  # forges have a type of their own for these
    blocks: tuple[str, ...] = ()  # what waits for it, where the tracker shows that


@dataclass(frozen=True, slots=True)
class Update:
    """One write on one issue: deltas of labels, the whole of the assignees, when it is due (where
    the tracker can), open or closed."""

    add_labels: frozenset[str] = frozenset()
    remove_labels: frozenset[str] = frozenset()
    assignees: tuple[str, ...] | None = None  # None: as they are
    closed: bool | None = None  # None: as it is
    confidential: bool | None = None  # None: as it is
    due: date | None = None  # None: as it is

    def __bool__(self) -> bool:
        return self != Update()


@dataclass(frozen=True, slots=True)
class Duty:
    """Who is on call for a role, and since when (None: as long as anybody remembers)."""

    person: str
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Ack:
    """What became of a page: what ``person`` did about it in the pager; where it was ``passed`` on
    or ``reassigned``, they are whom it calls from then on."""

    person: str
    at: datetime
    did: Did = "acknowledged"
    of_all_pages: bool = False  # of the incident: the pager has one state for all of them

    @property
    def passed(self) -> bool:
        """Does it call somebody else now?"""
        return self.did in ("passed", "reassigned")


@dataclass(frozen=True, slots=True)
class Sample:
    """A measured value; NaN where the metrics say that there is none."""

    at: datetime
    value: float


@dataclass(frozen=True, slots=True)
class Unmeasured:
    """Why there are no samples of something."""

    why: str


@dataclass(frozen=True, slots=True)
class Post:
    """One public update, as the status page shows it. ``services`` are the policy's names."""

    at: datetime
    state: str
    status: str
    text: str
    services: tuple[str, ...] = ()
    by: str = ""  # who typed it; empty: the policy's sentence
    broadcast: tuple[str, ...] = ()  # media that the page passes it on to

    @property
    def final(self) -> bool:
        return self.state in ENDS


@dataclass(frozen=True, slots=True)
class Paper:
    """A working document to be made. A copy of a confidential
    incident's holds its reference only."""

    key: str
    title: str
    text: str  # Markdown, where a document is a file
    fields: Mapping[str, str]  # where it is a copy: what its placeholders stand for
    confidential: bool = False


@dataclass(frozen=True, slots=True)
class Happened:
    """An event for the tracker's own timeline of an incident: Markdown, in one line."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Label:
    """A label as the tracker has it."""

    name: str
    color: str = ""
    description: str = ""
    ours: bool = True  # created by us, or adopted
    id: str = field(default="", compare=False)  # stays when people rename it


@dataclass(frozen=True, slots=True)
class Head:
    """An issue as one row of a list, without its text: enough to choose those to read whole."""

    ref: str
    updated_at: datetime
    closed: bool
    labels: frozenset[str]  # shared between heads
    author: str | None
    notes: int  # comments by people and us
    steady: bool = True  # else it may move again and look the same: read it once more

    def is_before(self, since: datetime | None) -> bool:
        """Was it opened before, and has nothing happened on it since?"""
        return since is not None and self.updated_at < since
