"""An incident as `fold` judges it: who owns it, how bad it is, what was done and said. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from automation.model.alerts_seen import AlertsSeen
from automation.model.facts import (
    NOT_PLANNED,
    CardRead,
    Choice,
    Fact,
    Form,
    How,
    Note,
    OpenedWith,
    Owed,
    Request,
    Resolution,
    Seat,
    StoodDown,
)
from automation.model.issue import OPERATIONAL, RESOLVED
from automation.model.maintenance import Maintenance

__all__ = [
    "DRILL",
    "HAVE_CARDS",
    "NOT_PLANNED",
    "CardRead",
    "Choice",
    "Fact",
    "Form",
    "How",
    "Incident",
    "Kind",
    "Note",
    "OpenedWith",
    "Owed",
    "Request",
    "Resolution",
    "Seat",
    "StoodDown",
    "unassignable",
]

Kind = Literal["incident", "review", "action", "maintenance", "other"]

HAVE_CARDS: tuple[Kind, ...] = ("incident", "maintenance")

DRILL = "DRILL"  # before the title of an exercise


def unassignable(login: str) -> str:
    """What is said of somebody whom the tracker did not assign."""
    return f"unassigned:{login.casefold()}"


@dataclass(frozen=True, slots=True)
class Incident:
    """One issue, judged. ``kind`` "other" is an issue that IMA has nothing to do with."""

    ref: str
    title: str
    kind: Kind
    author: str | None
    opened_at: datetime
    closed: bool = False
    confidential: bool = False  # hidden, or a security incident where nothing can be hidden
    hidden: bool = False  # only members can see the issue; or nobody else comments on it
    silent: bool = False  # everybody can see it, and shall hear no more
    native_severity: str | None = None  # the tracker's own, besides the label; None: it has none
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
    measured: tuple[str, ...] = ()  # services whose figures opened it, whatever its labels say
    resolution: Resolution | None = None
    former: Mapping[str, Seat] = field(
        default_factory=dict
    )  # who had the roles before it came back
    let_go: bool = False  # that end is none of an incident: the label was taken off, or it moved
    seats: Mapping[str, Seat] = field(default_factory=dict)
    stood_down: Mapping[str, StoodDown] = field(default_factory=dict)
    owner: str | None = None
    calls_made: Mapping[str, int] = field(default_factory=dict)  # by role, whoever was called
    acts: Mapping[str, datetime] = field(default_factory=dict)  # when each person last did anything
    upgraded_at: datetime | None = None  # its card was written by a version that called otherwise
    extras: tuple[str, ...] = ()
    contested_seat: str = ""
    left: Fact | None = None  # closed or labelled a third time by who may not: ends nothing (P-05)
    notes: tuple[Note, ...] = ()
    requests: tuple[Request, ...] = ()
    receipts: tuple[tuple[str, str], ...] = ()  # comments that wait for our reaction: what they say
    said: frozenset[str] = frozenset()
    owed: tuple[Owed, ...] = ()  # messages that our comments have promised
    facts: tuple[Fact, ...] = ()
    stored: frozenset[Fact] = frozenset()  # of them, those that had no room on the card
    wrote: frozenset[str] = frozenset()  # labels that we set
    near_miss: bool = False  # has the label
    reviews: Mapping[str, str] = field(default_factory=dict)  # "review", "action:…": what we opened
    review_of: str = ""  # for a review or an action: the issue that it follows
    touched_at: datetime | None = None  # for a review: its assignee's first edit or comment
    card: CardRead | None = None
    other_keepers: frozenset[str] = frozenset()  # members besides us with a card of IMA's on it
    form: Form | None = None  # of a review
    returned_at: datetime | None = None  # of a review: when its incident last came back
    came_back_at: datetime | None = None  # of a review: when its incident last came back or ended
    due: date | None = None  # of a review or an action
    opened_with: OpenedWith | None = None  # of those that we opened
    follows: Choice | None = None  # of those: the severity of what they follow, if it is known
    overdue_at: datetime | None = None  # the end of that day, where its assignee is
    alerts: tuple[str, ...] = ()  # names of the alerts that opened it
    alerts_seen: AlertsSeen = field(default_factory=AlertsSeen)  # all that it was told of
    security_at: datetime | None = None  # flagged as a security incident since
    calls: Mapping[str, str] = field(default_factory=dict)  # role: the comment that called
    maintenance: Maintenance | None = None  # planned work (P-56)
    drill: bool = False  # an exercise, as its owner has confirmed (P-57)
    waiting: tuple[Fact, ...] = ()  # who is needed and has not answered

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

    @property
    def status_to_act_by(self) -> str:
        """Operational while there is none, or none that a member chose (as of the severity)."""
        chosen = self.status
        return self.status_now if chosen is None or chosen.confirmed else OPERATIONAL

    @property
    def affects(self) -> tuple[str, ...]:
        """The services that it is about, as far as its labels and figures say."""
        return tuple(dict.fromkeys((*self.services, *self.measured)))

    def asked(self, what: str) -> Request | None:
        """What somebody asked for by command, first of its kind."""
        return next((request for request in self.requests if request.what == what), None)

    @property
    def here(self) -> Mapping[str, Seat]:
        """The roles whose person is here, with that person."""
        return {role: seat.holder for role, seat in self.seats.items() if seat.holder}

    def is_here(self, person: str) -> bool:
        """Is this person here in any role?"""
        return any(seat.person == person for seat in self.here.values())

    def found(self, kind: str, what: str = "") -> Fact | None:
        """The newest fact of this kind (and this ``what``)."""
        for fact in reversed(self.facts):
            if fact.kind == kind and (not what or fact.what == what):
                return fact
        return None
