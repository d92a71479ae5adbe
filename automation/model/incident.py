"""An incident as `fold` judges it: who owns it, how bad it is, what was done and said. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
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
    PromisedMessage,
    Request,
    Resolution,
    Seat,
    StoodDown,
)
from automation.model.issue import OPERATIONAL, RESOLVED
from automation.model.maintenance import Maintenance
from automation.records import dataclass

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
    "PromisedMessage",
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
    """The key that says that the tracker did not assign somebody."""
    return f"unassigned:{login.casefold()}"


@dataclass(frozen=True, slots=True)
class Incident:
    """One issue, judged. The ``kind`` "other" stands for an issue that IMA has nothing to do
    with."""

    ref: str
    title: str
    kind: Kind
    author: str | None
    opened_at: datetime
    closed: bool = False
    closed_at: datetime | None = None  # if it is closed now, as far as its events tell
    confidential: bool = False  # only its reference may leave it (P-16)
    hidden: bool = False  # the tracker shows it to members only, or has locked it
    silent: bool = False  # a security incident that everybody can read: nothing is written on it
    native_severity: str | None = None  # the tracker's own field; None: it has none
    labels: frozenset[str] = frozenset()
    assignees: tuple[str, ...] = ()
    links: frozenset[str] = frozenset()
    url: str = ""
    declared_at: datetime | None = None
    began: datetime | None = None  # when its clocks began: declared, adopted or reopened
    tracked: bool = True  # false: older than the adoption of IMA (P-48), moved, or let go
    origin: str = "label"  # label | declare | report | alert
    wanted: Mapping[str, bool] = field(default_factory=dict)  # what the declarer asked for
    severity: Choice | None = None
    severity_unset_at: datetime | None = None
    state: Choice | None = None
    status: Choice | None = None
    services: tuple[str, ...] = ()
    measured: tuple[str, ...] = ()  # services that it was opened for by their figures
    resolution: Resolution | None = None
    former: Mapping[str, Seat] = field(default_factory=dict)  # of the time before it was reopened
    let_go: bool = False  # its label was taken off, or it moved: that is its end
    seats: Mapping[str, Seat] = field(default_factory=dict)  # by role
    stood_down: Mapping[str, StoodDown] = field(default_factory=dict)  # by role
    owner: str | None = None
    calls_made: Mapping[str, int] = field(default_factory=dict)  # by role, whoever was called
    acts: Mapping[str, datetime] = field(default_factory=dict)  # when each person last did anything
    upgraded_at: datetime | None = None  # when a newer IMA took its card over
    extras: tuple[str, ...] = ()  # who helps: assigned besides those with a role
    contested_seat: str = ""  # whom somebody assigned a second time in the owner's place
    left: Fact | None = None  # a close that IMA undoes no more: it stays, and ends nothing (P-05)
    notes: tuple[Note, ...] = ()  # what people must be told
    requests: tuple[Request, ...] = ()  # what people asked for
    receipts: tuple[tuple[str, str], ...] = ()  # comments to react to, and their first command
    said: frozenset[str] = frozenset()  # keys of what people were told
    owed: tuple[PromisedMessage, ...] = ()  # messages that our comments have promised
    facts: tuple[Fact, ...] = ()
    facts_off_card: frozenset[Fact] = frozenset()  # those with no room on it, in own comments
    labels_set: frozenset[str] = frozenset()  # labels that IMA has set
    opened_marker: str | None = None  # of its description, when its card was first written
    near_miss: bool = False  # has the label
    reviews: Mapping[str, str] = field(
        default_factory=dict
    )  # reference by what was opened: "review", "action:…"
    review_of: str = ""  # for a review or an action: the issue that it follows
    second_of: str = ""  # an older issue of IMA's for the same purpose, which counts
    touched_at: datetime | None = None  # for a review: its assignee's first edit or comment
    card: CardRead | None = None
    other_keepers: frozenset[str] = frozenset()  # other members whose IMA keeps a card on it
    form: Form | None = None  # of a review
    reviewed_returned_at: datetime | None = None  # of a review: when its incident came back last
    reviewed_moved_at: datetime | None = None  # of a review: when its incident came back or ended
    due: date | None = None  # of a review or an action
    opened_with: OpenedWith | None = None  # of a review or an action that IMA opened
    follows: Choice | None = None  # the severity of what it follows, if it is known
    overdue_at: datetime | None = None  # the end of that day, where its assignee is
    alerts: tuple[str, ...] = ()  # names of the alerts that opened it
    alerts_seen: AlertsSeen = field(default_factory=AlertsSeen)  # all alerts that it was told of
    security_at: datetime | None = None  # since when it is a security incident
    # By role, the id of our comment that last called somebody for it.
    call_comments: Mapping[str, str] = field(default_factory=dict)
    least_severity: str = ""  # of the policy
    maintenance: Maintenance | None = None  # planned work (P-56)
    drill: bool = False  # an exercise, as its owner has confirmed (P-57)
    waiting: tuple[Fact, ...] = ()  # facts of those who are needed and have not answered

    @property
    def active(self) -> bool:
        """Is it an incident that IMA keeps and that is not resolved?"""
        return self.kind == "incident" and self.tracked and self.resolution is None

    @property
    def counts(self) -> bool:
        """Does it count as an incident? IMA keeps it, it did not end as a duplicate or as no
        incident, and it was no drill."""
        end = self.resolution
        real = end is None or end.settled or end.contested
        return self.kind == "incident" and self.tracked and real and not self.drill

    @property
    def grade(self) -> str:
        """The severity to act by: the least while there is none, or none that a member has chosen
        (P-11)."""
        chosen = self.severity
        return chosen.value if chosen and chosen.confirmed else self.least_severity

    @property
    def state_now(self) -> str:
        """The state; "" where none was chosen."""
        return RESOLVED if self.resolution else self.state.value if self.state else ""

    @property
    def status_now(self) -> str:
        """The status; Operational where none was chosen, and once it is resolved."""
        return self.status.value if self.status and not self.resolution else OPERATIONAL

    @property
    def status_to_act_by(self) -> str:
        """The status to act by: Operational while there is none, or none that a member has
        chosen."""
        chosen = self.status
        return self.status_now if chosen is None or chosen.confirmed else OPERATIONAL

    @property
    def affects(self) -> tuple[str, ...]:
        """The services that it is about, by its labels and by the figures that opened it."""
        return tuple(dict.fromkeys((*self.services, *self.measured)))

    def asked(self, what: str) -> Request | None:
        """The first request of this kind, by a command."""
        return next((request for request in self.requests if request.what == what), None)

    @property
    def here(self) -> Mapping[str, Seat]:
        """The roles whose person is here, with that person."""
        return {role: seat.holder for role, seat in self.seats.items() if seat.holder}

    def is_here(self, person: str) -> bool:
        """Is this person here in any role?"""
        return any(seat.person == person for seat in self.here.values())

    def found(self, kind: str, what: str = "") -> Fact | None:
        """The newest fact of this kind and, if given, with this ``what``; None if there is none."""
        for fact in reversed(self.facts):
            if fact.kind == kind and (not what or fact.what == what):
                return fact
        return None
