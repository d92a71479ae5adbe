"""The services of a scenario: what IMA asks and tells, and the people who use them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Protocol

from automation.model.issue import Duty
from automation.policy.policy import Policy
from automation.scenarios.counting_world import (
    CountingChat,
    CountingDocuments,
    CountingMetrics,
    CountingPager,
    CountingStatusPage,
)
from automation.scenarios.metrics import GivenSamples
from automation.scenarios.setting import Setting
from automation.schema.yaml_nodes import Node
from automation.services import Services
from automation.services.embedded.embedded import (
    FileDocuments,
    LogChat,
    Outbox,
    PolicyPager,
    SitePage,
)

WhoIsOnCall = Mapping[str, str | None]  # role: login


class OutboxEntries(Protocol):
    """What the services were told, oldest first, as the outbox of the embedded ones has it."""

    def entries(self, kind: str) -> Iterator[dict[str, Any]]: ...


class DutyRoster(Protocol):
    """Who is on call, and people at their telephones."""

    def change(self, people: WhoIsOnCall, now: datetime) -> None:
        """The shift changes now; nobody at all where ``people`` is empty."""

    def acknowledge(self, key: str, person: str) -> None:
        """Somebody acknowledges a page."""

    def pass_on(self, key: str, person: str) -> None:
        """The pager by itself calls the next one, unless somebody has acknowledged."""

    def snooze(self, key: str, person: str) -> None:
        """Somebody wants to be called later."""

    def resolve(self, key: str, person: str) -> None:
        """Somebody ends a page; nobody, if it is the pager by itself."""

    def merge(self, key: str, person: str) -> None:
        """Somebody merges it into an incident of the pager's own."""

    def reassign(self, key: str, by: str, person: str) -> None:
        """Somebody gives a page to another person."""

    def trigger(self, service: str, title: str, person: str, by: str) -> str:
        """An incident of the pager's own calls somebody; its id."""

    def id_of(self, login: str) -> str:
        """What somebody is called in the pager."""


class SampleSource(Protocol):
    """Where samples come from."""

    def give(self, node: Node, now: datetime) -> None:
        """What the `slo` action says."""


class OutsideServices(Protocol):
    """All of them."""

    @property
    def outbox(self) -> OutboxEntries: ...

    @property
    def roster(self) -> DutyRoster: ...

    @property
    def samples(self) -> SampleSource: ...

    def policy(self, policy: Policy) -> Policy:
        """The scenario's policy, with the services as they are here."""

    def services(self) -> Services:
        """As a run opens them."""

    def documents(self) -> int:
        """How many documents there are."""

    def close(self) -> None: ...


class ScenarioRoster(PolicyPager):
    """Who is on call as the scenario says."""

    def __init__(self, policy: Policy, outbox: Outbox, people: WhoIsOnCall) -> None:
        super().__init__(policy, outbox)
        self._duties = {
            role: Duty(person) if (person := people.get(role)) else None for role in policy.roles
        }

    def on_call(self, now: datetime) -> dict[str, Duty | None]:
        return dict(self._duties)

    def merge(self, key: str, person: str) -> None:
        """It calls nobody any more: here that is all."""
        self.resolve(key, person)

    def id_of(self, login: str) -> str:
        return login

    def change(self, people: WhoIsOnCall, now: datetime) -> None:
        for role in people or self._duties:
            person = people.get(role)
            self._duties[role] = Duty(person, now) if person else None


class EmbeddedServices:
    """The services that need no account."""

    def __init__(self, setting: Setting) -> None:
        self.outbox = Outbox(None, lambda: setting.now)
        self.roster = ScenarioRoster(setting.policy, self.outbox, setting.scenario.on_call)
        self.samples = GivenSamples()
        self._folder = setting.folder / "documents"
        self._services = Services(
            CountingPager(self.roster, setting.meter),
            CountingChat(LogChat(self.outbox), setting.meter),
            CountingDocuments(FileDocuments(self._folder), setting.meter),
            CountingStatusPage(SitePage(self.outbox, setting.policy.project), setting.meter),
            CountingMetrics(self.samples, setting.meter),
        )

    def policy(self, policy: Policy) -> Policy:
        return policy

    def services(self) -> Services:
        return self._services

    def documents(self) -> int:
        return len(list(self._folder.glob("*.md"))) if self._folder.is_dir() else 0

    def close(self) -> None: ...


MakeServices = Callable[[Setting], OutsideServices]
