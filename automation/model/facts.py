"""The pieces of a judged incident: facts that were kept, choices, seats, requests. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Literal

NOT_PLANNED = "not planned"
_NO_END = re.compile(r"duplicate( of .*)?|not planned( .*)?", re.IGNORECASE | re.DOTALL)
_DUPLICATE = re.compile(r"duplicate of (#[1-9]\d{0,9})", re.IGNORECASE)
How = Literal[  # who called: a rule, a person's words or deed, the pager itself, nobody's coming
    "rule", "command", "assigned", "declared", "handover", "pager", "unanswered"
]
ACTION = "action:"  # an opened corrective action is called so, and after its command


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that IMA did or judged, kept on the card because no tracker remembers it.

    ``of`` is the event or command line that caused it, so that it is judged once only;
    ``done`` is false between *about to* and *done* of an effect that leaves the issue.
    """

    kind: Literal[
        "called",
        "engaged",
        "call ended",
        "handed",
        "stood down",
        "acknowledged",
        "resolved",
        "contested",
        "left",
        "reopened",
        "undone",
        "released",
        "adopted",
        "command",
        "paged",
        "repeated",
        "messaged",
        "wanted",
        "called off",
        "upgraded",
        "announced",
        "document",
        "opened",
        "security",
        "published",
        "shown",
        "withheld",
        "next update",
        "needed",
        "tell next",
        "waived",
        "assessed",
        "late",
        "happened",
        "joined",
        "confirmed",
        "ended",
        "drill",
    ]
    at: datetime
    role: str = ""
    who: str = ""
    by: str = ""
    of: str = ""
    what: str = ""
    page: bool = False
    done: bool = True
    text: str = ""  # words of people: what was published, why something was withheld
    until: str = ""  # a time in ISO 8601: when a waiver ends, when something is due

    @property
    def ends(self) -> datetime | None:
        """``until`` as a time."""
        return datetime.fromisoformat(self.until).astimezone(UTC) if self.until else None


@dataclass(frozen=True, slots=True)
class Choice:
    """The value of a label family, who chose it and when."""

    value: str
    at: datetime
    by: str | None = None
    confirmed: bool = True  # chosen by a member
    note: str = ""  # the step that was agreed on
    before: Choice | None = field(default=None, compare=False, repr=False)
    anew: bool = field(default=False, compare=False, repr=False)  # its clock looks back on nothing

    def since(self, values: tuple[str, ...]) -> datetime:
        """Since when it has been one of ``values`` without a break."""
        first = self
        while (before := first.before) and before.value in values and before.confirmed:
            if first.anew:
                break
            first = before
        return first.at


@dataclass(frozen=True, slots=True)
class Seat:
    """A role: who was called for it and, once they act, is here (P-03)."""

    role: str
    person: str
    since: datetime  # when this person was called or, if nobody called them, came
    how: How = "rule"
    by: str = ""  # the rule, or the login
    here_at: datetime | None = None  # engaged; None: called, and not here yet
    engaged_at: datetime | None = None  # the role's clock; a handover does not restart it
    wants_page: bool = False
    nth: int = 1  # how often somebody was called for the role, or came, on this incident
    before: Seat | None = None  # who is here in the role until the person who was called comes
    gone: bool = False  # was here until the incident ended; it came back since (P-51)

    @property
    def holder(self) -> Seat | None:
        """Who has the role's duties: this person once here, until then the one before."""
        if self.here_at:
            return self
        return None if self.before is None or self.before.gone else self.before

    @property
    def by_person(self) -> bool:
        return self.how not in ("rule", "pager", "unanswered")


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
        return not self.contested and not self.withdrawn

    @property
    def duplicate_of(self) -> str:
        """The issue that it is a duplicate of, where that is known (P-53)."""
        found = _DUPLICATE.fullmatch(self.reason)
        return found[1] if found else ""

    @property
    def withdrawn(self) -> bool:
        """Was it no incident of its own?"""
        return _NO_END.fullmatch(self.reason) is not None


@dataclass(frozen=True, slots=True)
class StoodDown:
    """A role that somebody gave back, and how the incident stood then."""

    at: datetime
    severity: Choice | None
    state: Choice | None
    status: Choice | None


@dataclass(frozen=True, slots=True)
class Form:
    """What people have put into a review, and what became of its closings."""

    near_miss: bool = False  # of a near miss, which has headings of its own
    confirmed: bool = False  # a person has assessed the severity
    filled: frozenset[str] = frozenset()  # headings that say more than the template asks for
    named: frozenset[str] = frozenset()  # issues and addresses among what is to change
    closing: str = ""  # the event that closed it last
    closed_by: str = ""
    closed_at: datetime | None = None
    undone: int = 0  # how often IMA has opened it again
    opened_again: bool = False  # after that closing, by IMA
    unowned: bool = False  # nobody is its assignee, or ever was
    told_until: datetime | None = None  # its timeline says what happened until then
    body: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class OpenedWith:
    """What a review or an action of ours says of itself, until it follows another severity."""

    severity: str
    due: date | None
    since: datetime  # from when its due date is counted
    by_person: bool = False  # a person has chosen another date
    body: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Note:
    """Something that a person must know, keyed by the fact so that it is said once."""

    key: str
    template: str
    values: tuple[tuple[str, str], ...] = ()
    facts: tuple[Fact, ...] = ()  # what a lost card is rebuilt from
    tell: tuple[str, ...] = ()  # who is told of it by the chat, too


@dataclass(frozen=True, slots=True)
class Owed:
    """A message that is *about to* be sent, as the comment says that says the same."""

    key: str  # of the comment's note
    person: str
    comment: str = ""  # its id
    body: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """What a person asked IMA to do, by a command or when declaring."""

    what: Literal["engage", "near miss", "review", "publish", "action"]
    by: str
    of: str
    role: str = ""
    person: str = ""
    severity: str = ""
    text: str = ""
    at: datetime | None = None
    how: How = "command"  # how a role is called
    named: bool = False  # the person was named; else it is who is on call


def is_action(what: str) -> bool:
    """Is what was opened a corrective action? Else it is a review."""
    return what.startswith(ACTION)


@dataclass(frozen=True, slots=True)
class CardRead:
    """Our card as found on the issue."""

    comment: str
    digest: str
    facts: frozenset[Fact] = frozenset()
    stale: bool = False  # to be signed anew
    seconds: tuple[str, ...] = ()  # comments with further cards of ours, which go


@dataclass(slots=True)
class Attempt:
    """An act without the right to it, or too early, until IMA has undone it."""

    who: str | None
    what: str  # what was tried: "closed", "labelled" or "unlabelled"
    of: str
    first: str  # the first act of the same person that is not undone yet
    left: str = ""  # by the owner, but too early: the time that was left …
    until: str = ""  # … and when it ends, in ISO 8601 (P-23)

    def undone(self, at: datetime) -> Fact:
        who, of = self.who or "", self.of
        return Fact("undone", at, who=who, of=of, what=self.first, text=self.left, until=self.until)
