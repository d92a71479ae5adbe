"""Protocols of other people's systems, declared by the code that needs them: small and neutral.
What has a key is done once.

Errors are `ServiceError`s. A failing service never blocks the tracker's changes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Protocol

from automation.errors import ServiceError
from automation.model.issue import Ack, Duty, Paper, Sample, Unmeasured
from automation.model.status_page import Abilities, Notice, PageIncident
from automation.policy.policy import Service
from automation.records import dataclass


class Unchangeable(ServiceError):
    """A message that can no longer be changed or answered, and never will be: to try again would
    be in vain."""


class WokeNobody(ServiceError):
    """A page that has woken nobody, nor ever will: to make it again would be in vain."""

    def __init__(self, problem: str, remedy: str, page: str) -> None:
        super().__init__(problem, remedy)
        self.page = page  # its id in the pager; "" where it was not even made


Theirs = Callable[[str], bool]  # is the pager's incident with this id that of another issue?


def nobodys(_: str) -> bool:
    """No other issue has it."""
    return False


@dataclass(frozen=True, slots=True)
class PagerAbilities:
    """What a pager can do. The sentences stand in docs/services.md."""

    schedules: Annotated[bool, "who is on call stands in its own schedules"] = True
    wakes: Annotated[bool, "it calls, texts or pushes; else it is a comment or an e-mail"] = True
    roles: Annotated[bool, "each role of an incident is paged by itself"] = True
    stand_ins: Annotated[bool, "somebody who is not on call can be paged by name"] = True
    goes_on: Annotated[bool, "it goes on to the next one by itself"] = True
    answers: Annotated[bool, "an acknowledgement there counts"] = True
    given_on: Annotated[bool, "so do a snooze there, a merge, and whom a page is given to"] = True
    words: Annotated[bool, "people read there why a page has ended"] = True


class Pager(Protocol):
    """Says who is on call, and wakes them."""

    def on_call(self, now: datetime) -> Mapping[str, Duty | None]:
        """Who is on call for each role, in one look-up; None where nobody is."""

    def page(self, role: str, person: str, key: str, text: str) -> str:
        """Page ``person`` for the role; without a role this very person is needed. Returns the
        page's id in the pager, "" where it has none. A ``key`` that was paged before pages nobody
        again. The first line of ``text`` is read out. Raises `WokeNobody`."""

    def acks(self, pages: Mapping[str, str]) -> Mapping[str, Sequence[Ack]]:
        """What became of these pages: who acknowledged, snoozed or resolved them, and whom they
        call since, the oldest first, by key. ``pages`` has the id of each in the pager, "" where it
        is not known. A page of which there is nothing to tell is left out."""

    def logins(self, people: Iterable[str]) -> Mapping[str, str]:
        """The logins of these people of the pager, as far as it can be asked; strangers are left
        out."""

    def hush(self, pages: Mapping[str, str], others: Theirs = nobodys) -> None:
        """Acknowledge those of these pages that still call, in our own name: whom they call has
        come. ``pages`` and ``others`` are as in `end`. It may be done twice."""

    def end(self, pages: Mapping[str, str], text: str, others: Theirs = nobodys) -> None:
        """Resolve the open ones among these pages, with ``text`` as the reason, so that they call
        nobody any more. ``pages`` are as in `acks`; what one was merged into is left alone where it
        is ``others``'. It may be done twice."""


@dataclass(frozen=True, slots=True)
class ChatAbilities:
    """What a chat can do. The sentences stand in docs/services.md."""

    finds: Annotated[bool, "a killed job posts nothing twice, where it may look"]
    tells_once: Annotated[bool, "a killed job writes to nobody twice"]
    reaches: Annotated[bool, "people are told where they are, and called by groups"]
    threads: Annotated[bool, "news stand below the announcement"] = True
    edits: Annotated[bool, "an announcement is kept true in its place"] = True


class Chat(Protocol):
    """Announcements, messages to people, and groups. People are logins, and texts are those of
    `text/chat_text.py`."""

    can: ChatAbilities

    def post(self, channel: str, text: str, key: str) -> str:
        """Post a message, and return its id in the chat. Where the chat can tell, a ``key`` is
        posted once."""

    def update(self, channel: str, text: str, key: str, at: str) -> None:
        """Replace the text of the message that was posted with this ``key`` and has the id ``at``
        ("" where it is not known). Nobody is called again. Raises `Unchangeable`."""

    def reply(self, channel: str, at: str, text: str, key: str, of: str = "") -> None:
        """Post below the message with the id ``at``, so that it can be followed; where that is not
        known, below the one that was posted with the key ``of``. Where the chat can tell, a ``key``
        is posted once. Raises `Unchangeable`."""

    def change_replies(self, channel: str, at: str, text: str, of: str) -> None:
        """Replace the text of each of our replies below the message with the id ``at``; where that
        is not known, below the one that was posted with the key ``of``. Raises `Unchangeable`."""

    def tell(self, person: str, text: str, key: str) -> None:
        """Send a message to one person. Where the chat can tell, a ``key`` is sent once."""

    def set_group(self, handle: str, people: Iterable[str]) -> None:
        """Make these people, and nobody else, the members of the group."""


class StatusPage(Protocol):
    """The page that users see. It has one incident for each issue, which is found again by its
    mark."""

    can: Abilities

    def find(self, notice: Notice) -> PageIncident | None:
        """The page's incident for the notice's issue: the one that goes on, else the last; None
        without any."""

    def create(self, notice: Notice) -> str:
        """Open an incident on the page; returns its id. Where the notice ends it, it is opened as
        being monitored."""

    def update(self, shown: str, notice: Notice) -> None:
        """Post on the incident with this id."""

    def resolve(self, shown: str, notice: Notice) -> None:
        """Post the last update on the incident with this id, and end it."""

    def permalink(self, shown: str) -> str:
        """The address where people read the incident; "" where it is not known."""

    def active(self) -> Sequence[PageIncident]:
        """The incidents that the page shows as going on now, IMA's or not; none where they cannot
        differ from what IMA has posted."""

    def overall(self) -> str:
        """The status of the page as a whole; "" where it says none that IMA knows."""


@dataclass(frozen=True, slots=True)
class DocumentAbilities:
    """What a place of documents can do. The sentences stand in docs/services.md."""

    links: Annotated[bool, "its address opens in a browser"] = True
    shares: Annotated[bool, "everybody of a domain may be let in"] = True
    once: Annotated[bool, "a killed job makes none twice"] = True


class Documents(Protocol):
    """Shared working documents."""

    def create(self, paper: Paper) -> str:
        """Create the document, or find the one with its key; returns its address."""


@dataclass(frozen=True, slots=True)
class MetricsAbilities:
    """What a source of samples can do. The sentences stand in docs/services.md."""

    series: Annotated[bool, "each figure has the name of a series"] = True
    absence: Annotated[bool, "a source that is away is told from one without samples"] = True
    secrets: Annotated[bool, "it may ask for a token, or a name and a password"] = True
    tenants: Annotated[bool, "it may ask for a tenant"] = True


class Metrics(Protocol):
    """What is measured of the services."""

    def samples(
        self, services: Iterable[Service], now: datetime
    ) -> Mapping[str, Mapping[str, Sequence[Sample] | Unmeasured]]:
        """Raw samples by service and measure ("errors", "apdex"), in one look-up, of a little more
        than the window before ``now``. A service without any is left out, or says why."""


class Heartbeat(Protocol):
    """A dead man's switch: it raises the alarm when it has not heard of IMA for too long."""

    def beat(self) -> None:
        """Say that a sweep was made."""


@dataclass(frozen=True, slots=True)
class Services:
    """The outside services of one run."""

    pager: Pager
    chat: Chat
    documents: Documents
    status_page: StatusPage
    metrics: Metrics
    heartbeat: Heartbeat | None = None
