"""Seams to other people's systems, declared by who needs them: small, neutral, idempotent by key.

Errors are `ServiceError`s. A failing service never blocks the tracker's changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from automation.model.issue import Ack, Duty, Paper, Sample, Unmeasured
from automation.model.status_page import Abilities, Notice, PageIncident
from automation.policy.policy import Service


class Pager(Protocol):
    """Who is on call, and waking them."""

    def on_call(self, now: datetime) -> Mapping[str, Duty | None]:
        """Who is on call for each role, in one look-up; None: nobody."""

    def page(self, role: str, person: str, key: str, text: str) -> str:
        """Page ``person``, and return what the page is called there, where it has such a name; a
        ``key`` that was paged before pages nobody again. The first line of ``text`` is read out.
        Without a ``role`` this very person is needed."""

    def acks(self, pages: Mapping[str, str]) -> Mapping[str, Sequence[Ack]]:
        """What people did about these pages, the oldest first, and whom they call since. By key,
        with what each is called there, as far as anybody knows; nothing of those of which there
        is nothing to tell."""

    def logins(self, people: Iterable[str]) -> Mapping[str, str]:
        """Who these people of the pager are to us, as far as it can be asked; strangers are left
        out."""

    def end(self, keys: Iterable[str], text: str) -> None:
        """Nobody needs to come any more, as ``text`` says: what is open of these pages calls
        nobody further. Twice is as good as once."""


class Chat(Protocol):
    """Announcements, messages to people, groups. People are logins, texts as `spoken` has them."""

    def post(self, channel: str, text: str, key: str) -> str:
        """Post, and return what the message is called there; where the service can tell, a
        ``key`` is posted once."""

    def update(self, channel: str, text: str, key: str, at: str) -> None:
        """Replace what was posted with this ``key`` and is called ``at`` there, as far as anybody
        knows; nobody is called again."""

    def tell(self, person: str, text: str, key: str) -> None:
        """A message to one person; where the service can tell, a ``key`` is sent once."""

    def set_group(self, handle: str, people: Iterable[str]) -> None:
        """Make these people, and nobody else, the group."""


class StatusPage(Protocol):
    """What users see: one incident of the page for each issue, found again by its mark."""

    can: Abilities

    def find(self, notice: Notice) -> PageIncident | None:
        """The page's incident for the notice's issue: the active one, else the last."""

    def create(self, notice: Notice) -> str:
        """Open one; returns its id. For a post that ends it, it is opened as being watched."""

    def update(self, shown: str, notice: Notice) -> None:
        """Say more on the one with this id."""

    def resolve(self, shown: str, notice: Notice) -> None:
        """Say the last on it, and end it."""

    def permalink(self, shown: str) -> str:
        """Where people read it; empty where nobody knows."""

    def active(self) -> Sequence[PageIncident]:
        """What the page shows as going on now, ours or not; nothing where it cannot differ."""

    def overall(self) -> str:
        """The page's own status now; empty where it says none that we know."""


class Documents(Protocol):
    """Shared working documents."""

    def create(self, paper: Paper) -> str:
        """Create the document, or find the one with its key; returns its address."""


class Metrics(Protocol):
    """What is measured of the services."""

    def samples(
        self, services: Iterable[Service], now: datetime
    ) -> Mapping[str, Mapping[str, Sequence[Sample] | Unmeasured]]:
        """Raw samples by service and measure (``errors``, ``apdex``), in one look-up; of a little
        more than the window before ``now``. What has none is left out, or says why."""


class Heartbeat(Protocol):
    """A dead man's switch: it raises the alarm when it has not heard of us for too long."""

    def beat(self) -> None:
        """Say that a sweep was made."""


@dataclass(frozen=True, slots=True)
class Services:
    """The outside world of one run."""

    pager: Pager
    chat: Chat
    documents: Documents
    status_page: StatusPage
    metrics: Metrics
    heartbeat: Heartbeat | None = None
