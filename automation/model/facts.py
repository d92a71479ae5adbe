"""The pieces of a judged incident: facts that were kept, choices, seats, requests. Pure."""

from __future__ import annotations

import re
from dataclasses import field
from datetime import UTC, date, datetime
from typing import Literal

from automation.records import dataclass

NOT_PLANNED = "not planned"
_NO_END = re.compile(r"(?:duplicate|not planned)\b.*", re.IGNORECASE | re.DOTALL)
_DUPLICATE = re.compile(r"duplicate of (#[1-9]\d{0,9})\b.*", re.IGNORECASE | re.DOTALL)
How = Literal[  # who called: a rule, a person's words or deed, the pager itself, nobody's coming
    "rule", "command", "assigned", "declared", "handover", "pager", "unanswered"
]
THREAD: Literal["thread"] = "thread"  # what the thread of an announcement was told last
UNREAD = "unread"  # where an announcement stands that went into a file which nobody reads
ACTION = "action:"  # what an opened corrective action is called, with its command behind it


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that IMA did or judged, kept on the card because no tracker remembers it.

    An effect outside the tracker is first kept with ``done`` false, which is *about to*, and again
    once it is made.
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
        "unheard",
        "hushed",
        "upgraded",
        "announced",
        "thread",
        "covered",
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
    role: str = ""  # the role that it is about
    who: str = ""  # the login that it is about
    by: str = ""  # the login or rule that did it; of what was made, its reference or address
    of: str = ""  # the event or command that caused it, which is not judged once more
    what: str = ""  # what it is about, by kind: the key of a page, a channel, a severity, …
    page: bool = False  # a call that pages, too
    done: bool = True
    text: str = ""  # words of people: what was published, why something was withheld
    until: str = ""  # a time in ISO 8601: when a waiver ends, when something is due

    @property
    def ends(self) -> datetime | None:
        """``until`` as a time in UTC; None where it is ""."""
        return datetime.fromisoformat(self.until).astimezone(UTC) if self.until else None


@dataclass(frozen=True, slots=True)
class Choice:
    """The value of a label family, with who chose it and when."""

    value: str
    at: datetime
    by: str | None = None
    confirmed: bool = True  # chosen by a member
    note: str = ""  # the step that was agreed on
    before: Choice | None = field(default=None, compare=False, repr=False)
    anew: bool = field(
        default=False, compare=False, repr=False
    )  # it begins anew, whatever was chosen before

    def since(self, values: tuple[str, ...]) -> datetime:
        """Since when the value has been one of ``values`` without a break."""
        first = self
        while (before := first.before) and before.value in values and before.confirmed:
            if first.anew:
                break
            first = before
        return first.at


@dataclass(frozen=True, slots=True)
class Seat:
    """A role of an incident: who was called for it and, once they act, is here (P-03)."""

    role: str
    person: str
    since: datetime  # when this person was called or, if nobody called them, came
    how: How = "rule"
    by: str = ""  # the rule, or the login of whoever wanted it
    here_at: datetime | None = None  # since when they are here; None: called, and not here yet
    engaged_at: datetime | None = (
        None  # since when anybody is here in the role; a handover changes nothing
    )
    wants_page: bool = False
    nth: int = 1  # how often somebody was called for the role, or came, on this incident
    before: Seat | None = None  # who is here in the role until the person who was called comes
    gone: bool = False  # of the time before the incident ended and came back (P-51)

    @property
    def holder(self) -> Seat | None:
        """The seat of whoever has the duties of the role: this one once its person is here, until
        then the one before."""
        if self.here_at:
            return self
        return None if self.before is None or self.before.gone else self.before

    @property
    def by_person(self) -> bool:
        """Was the call, or the engagement, a person's doing?"""
        return self.how not in ("rule", "pager", "unanswered")


@dataclass(frozen=True, slots=True)
class Resolution:
    """The end of an incident, or of an issue that turned out to be none."""

    at: datetime
    by: str | None
    reason: str = ""
    contested: bool = False  # left as it is, not confirmed by the owner

    @property
    def settled(self) -> bool:
        """Is it the end of a real incident, which may be reviewed? Not of a duplicate, of what was
        not planned, or of what the owner has not confirmed (P-05)."""
        return not self.contested and not self.withdrawn

    @property
    def duplicate_of(self) -> str:
        """The reference of the issue that it is a duplicate of; "" where that is not known
        (P-53)."""
        found = _DUPLICATE.fullmatch(self.reason)
        return found[1] if found else ""

    @property
    def withdrawn(self) -> bool:
        """Did it turn out to be a duplicate, or no incident?"""
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
    """What people have filled in in a review, and what became of its closings."""

    near_miss: bool = False  # of a near miss, which has headings of its own
    confirmed: bool = False  # a person has assessed the severity
    filled: frozenset[str] = frozenset()  # headings that say more than the template asks for
    named: frozenset[str] = frozenset()  # issues and addresses among what is to change
    closing: str = ""  # the event that closed it last
    closed_by: str = ""
    closed_at: datetime | None = None
    undone: int = 0  # how often IMA has opened it again
    opened_again: bool = False  # IMA has opened it again after that closing
    unowned: bool = False  # nobody is its assignee, or ever was
    told_until: datetime | None = None  # the time up to which its timeline tells what happened
    body: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class OpenedWith:
    """What the marker of a review or corrective action says of the time when IMA opened it, or when
    it last followed another severity."""

    severity: str
    due: date | None
    since: datetime  # from when its due date is counted
    by_person: bool = False  # a person has chosen another date
    body: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Note:
    """Something that people must be told. Its ``key`` makes that it is told once."""

    key: str
    template: str
    values: tuple[tuple[str, str], ...] = ()
    facts: tuple[Fact, ...] = ()  # a lost card is built again from these
    tell: tuple[str, ...] = ()  # who is told of it by the chat, too


@dataclass(frozen=True, slots=True)
class PromisedMessage:
    """A message of the chat that a comment of ours has promised and that is not sent yet. It says
    the same as the comment."""

    key: str  # of the comment's note
    person: str
    comment: str = ""  # its id
    body: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """Something that a person asked IMA to do, by a command or when declaring."""

    what: Literal["engage", "near miss", "review", "publish", "action"]
    by: str
    of: str
    role: str = ""
    person: str = ""
    severity: str = ""
    text: str = ""
    at: datetime | None = None
    how: How = "command"  # why somebody is called for the role
    named: bool = False  # the person was named, and is not called by the schedule


def is_action(what: str) -> bool:
    """Is it a corrective action that was opened, and no review?"""
    return what.startswith(ACTION)


@dataclass(frozen=True, slots=True)
class CardRead:
    """Our card, as it was read on the issue."""

    comment: str
    digest: str
    facts: frozenset[Fact] = frozenset()
    stale: bool = False  # to be signed anew
    second_cards: tuple[str, ...] = ()  # comments of ours with further cards, to be emptied


@dataclass(slots=True)
class Attempt:
    """An act without the right to it, or too early, which IMA will undo."""

    who: str | None
    what: str  # what was tried: "closed", "labelled" or "unlabelled"
    of: str
    first: str  # the first act of the same person that is not undone yet
    left: str = ""  # where it was only too early: the monitoring time left,
    until: str = ""  # and when that ends, in ISO 8601 (P-23)

    def undone(self, at: datetime) -> Fact:
        """The fact that IMA has undone the act."""
        who, of = self.who or "", self.of
        return Fact("undone", at, who=who, of=of, what=self.first, text=self.left, until=self.until)
