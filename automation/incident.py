"""An incident as `fold` judges it: who owns it, how bad it is, what was done and said. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from automation.model import OPERATIONAL, RESOLVED

Kind = Literal["incident", "review", "other"]
NOT_PLANNED = "not planned"
_NO_END = re.compile(r"duplicate( of .*)?|not planned( .*)?", re.IGNORECASE | re.DOTALL)
How = Literal["rule", "command", "assigned", "declared", "handover"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that IMA did or judged, kept on the card because no tracker remembers it.

    ``of`` is the event or command line that caused it, so that it is judged once only;
    ``done`` is false between *about to* and *done* of an effect that leaves the issue.
    """

    kind: Literal[
        "engaged",
        "handed",
        "stood down",
        "here",
        "resolved",
        "contested",
        "reopened",
        "undone",
        "released",
        "adopted",
        "command",
        "paged",
        "announced",
        "document",
        "opened",
    ]
    at: datetime
    role: str = ""
    who: str = ""
    by: str = ""
    of: str = ""
    what: str = ""
    page: bool = False
    done: bool = True


@dataclass(frozen=True, slots=True)
class Choice:
    """The value of a label family, who chose it and when."""

    value: str
    at: datetime
    by: str | None = None
    confirmed: bool = True  # chosen by a member
    note: str = ""  # the step that was agreed on
    before: Choice | None = field(default=None, compare=False, repr=False)

    def since(self, values: tuple[str, ...]) -> datetime:
        """Since when it has been one of ``values`` without a break."""
        first = self
        while (before := first.before) and before.value in values and before.confirmed:
            first = before
        return first.at


@dataclass(frozen=True, slots=True)
class Seat:
    """A role that is filled."""

    role: str
    person: str
    engaged_at: datetime  # the role's clock; a handover does not restart it
    since: datetime  # this person's
    how: How = "rule"
    by: str = ""  # the rule, or the login
    here_at: datetime | None = None  # shown up
    wants_page: bool = False
    nth: int = 1  # how often the role has been engaged on this incident

    @property
    def awaited(self) -> bool:
        """Called by IMA and not here yet: the one before keeps the owner's rights (P-03)."""
        return self.here_at is None and self.how != "handover"

    @property
    def by_person(self) -> bool:
        return self.how != "rule"


@dataclass(frozen=True, slots=True)
class Resolution:
    """The end of an incident."""

    at: datetime
    by: str | None
    reason: str = ""
    contested: bool = False  # left as it is, not confirmed by the owner

    @property
    def settled(self) -> bool:
        """A real end, which may be reviewed: no duplicate, not unplanned, not contested (P-05)."""
        return not self.contested and not _NO_END.fullmatch(self.reason)


@dataclass(frozen=True, slots=True)
class StoodDown:
    """A role that somebody gave back, and how the incident stood then."""

    at: datetime
    severity: Choice | None
    state: Choice | None
    status: Choice | None


@dataclass(frozen=True, slots=True)
class Note:
    """Something that a person must know, keyed by the fact so that it is said once."""

    key: str
    template: str
    values: tuple[tuple[str, str], ...] = ()
    facts: tuple[Fact, ...] = ()  # what a lost card is rebuilt from


@dataclass(frozen=True, slots=True)
class Request:
    """What a person asked IMA to do, by a command or when declaring."""

    what: Literal["engage", "near miss", "review"]
    by: str
    of: str
    role: str = ""
    person: str = ""
    severity: str = ""


@dataclass(frozen=True, slots=True)
class CardRead:
    """Our card as found on the issue."""

    comment: str
    digest: str
    facts: frozenset[Fact] = frozenset()


@dataclass(frozen=True, slots=True)
class Incident:
    """One issue, judged. ``kind`` "other" is an issue that IMA has nothing to do with."""

    ref: str
    title: str
    kind: Kind
    author: str | None
    opened_at: datetime
    closed: bool = False
    confidential: bool = False
    labels: frozenset[str] = frozenset()
    assignees: tuple[str, ...] = ()
    links: frozenset[str] = frozenset()
    url: str = ""
    declared_at: datetime | None = None
    began: datetime | None = None  # its clocks: when declared, adopted or last reopened
    tracked: bool = True  # false: older than the adoption of IMA (P-48), moved, or let go
    origin: str = "label"  # label | declare | report | alert
    wanted: Mapping[str, bool] = field(default_factory=dict)  # what the declarer asked for
    severity: Choice | None = None
    severity_unset_at: datetime | None = None
    state: Choice | None = None
    status: Choice | None = None
    services: tuple[str, ...] = ()
    resolution: Resolution | None = None
    seats: Mapping[str, Seat] = field(default_factory=dict)
    stood_down: Mapping[str, StoodDown] = field(default_factory=dict)
    owner: str | None = None
    extras: tuple[str, ...] = ()
    contested_seat: str = ""
    notes: tuple[Note, ...] = ()
    requests: tuple[Request, ...] = ()
    receipts: tuple[tuple[str, str], ...] = ()  # comments that wait for our reaction: what they say
    said: frozenset[str] = frozenset()
    facts: tuple[Fact, ...] = ()
    wrote: frozenset[str] = frozenset()  # labels that we set
    near_miss: bool = False  # has the label
    reviews: Mapping[str, str] = field(default_factory=dict)  # what kind of review: its issue
    review_of: str = ""  # for a review: the issue it reviews
    touched_at: datetime | None = None  # for a review: its assignee's first edit or comment
    card: CardRead | None = None

    @property
    def active(self) -> bool:
        """An incident that IMA keeps and that is not resolved."""
        return self.kind == "incident" and self.tracked and self.resolution is None

    @property
    def grade(self) -> str:
        """The severity to act by: S4 while there is none, or none that a member chose (P-11)."""
        return self.severity.value if self.severity and self.severity.confirmed else "S4"

    @property
    def state_now(self) -> str:
        return RESOLVED if self.resolution else self.state.value if self.state else ""

    @property
    def status_now(self) -> str:
        return self.status.value if self.status and not self.resolution else OPERATIONAL

    def asked(self, what: str) -> Request | None:
        """What somebody asked for by command, first of its kind."""
        return next((request for request in self.requests if request.what == what), None)

    def seat_of(self, person: str) -> Iterator[Seat]:
        """The roles that a person fills."""
        return (seat for seat in self.seats.values() if seat.person == person)

    def found(self, kind: str, what: str = "") -> Fact | None:
        """The newest fact of this kind (and this ``what``)."""
        for fact in reversed(self.facts):
            if fact.kind == kind and (not what or fact.what == what):
                return fact
        return None
