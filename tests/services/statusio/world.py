"""A world whose status page is a status.io for tests; all else is embedded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from automation.cli import invoke
from automation.model.facts import Fact
from automation.policy.outside_services import StatusPageSettings
from automation.policy.policy import Limits, Policy
from automation.scenarios.counting_world import CountingStatusPage
from automation.scenarios.outside_services import EmbeddedServices
from automation.scenarios.scenario_file import read_scenario
from automation.scenarios.setting import Setting
from automation.scenarios.world import PlayedStep, Stage
from automation.schema.yaml_nodes import Source
from automation.services import Services
from automation.services.statusio.statusio import StatusIoPage, statusio_wire
from automation.stored_state.card import decode
from tests.counterparts.small import SmallServer
from tests.counterparts.statusio import ID, KEY, StatusIo
from tests.counterparts.statusio_page import PAGE
from tests.worlds import SCENARIO, Act, closes, comments, labels, opens, shipped

OPENS = opens("rita", frozenset({"Incident", "S2", "Service::Web"}), ())


class OnStatusIo(EmbeddedServices):
    """The embedded services, but for the status page."""

    def __init__(self, stage: Setting, server: SmallServer) -> None:
        super().__init__(stage)
        self._stage, self._server = stage, server
        self._settings = StatusPageSettings(kind="status.io", page=PAGE, host="status.acme.test")

    def policy(self, policy: Policy) -> Policy:
        limits = Limits(posts=99)  # here a life takes a few minutes
        return replace(policy, status_page=self._settings, limits=limits)

    def services(self) -> Services:
        """A run opens its own: nothing is known from the run before."""
        policy, seconds = self._stage.policy, self._server.seconds
        seconds.sleep(1)
        how: dict[str, Any] = {"timeout": 0.3, "sleep": seconds.sleep, "ticks": seconds}
        wire = statusio_wire(lambda: ID, lambda: KEY, self._server.url, **how)
        page = StatusIoPage(wire, self._settings, policy.services, policy.project)
        return replace(super().services(), status_page=CountingStatusPage(page, self._stage.meter))


@dataclass
class World:
    """An incident, and the page that shows it."""

    counterpart: StatusIo
    server: SmallServer
    stage: Stage

    def does(self, *acts: Act, minutes: int = 1) -> PlayedStep:
        """Acts of people, then a pass."""
        for act in acts:
            self.stage.now += timedelta(seconds=minutes * 60)
            act(self.stage)
        return self.stage.run_pass()

    def says(self, text: str, by: str = "erin") -> PlayedStep:
        """A comment on the incident, then a pass."""
        return self.does(comments(by, 0, text))

    def public(self) -> None:
        """It is a disruption of web, and users read of it."""
        self.does(OPENS)
        self.says('/ima status "Service Disruption"')
        self.says("/ima publish Pages do not load.")

    def facts(self, kind: str) -> list[Fact]:
        card = next(c for c in map(decode, self.comments()) if c)
        return [fact for fact in card.facts if fact.kind == kind]

    def comments(self) -> list[str]:
        return [comment.body for comment in self.stage.issues()[0].comments]

    def label(self, name: str, add: bool = True) -> PlayedStep:
        return self.does(labels("erin", 0, name, add))

    def close(self) -> PlayedStep:
        return self.does(closes("erin", 0, True))


@contextmanager
def world(folder: Path) -> Iterator[World]:
    counterpart = StatusIo()
    with counterpart.serve() as server:
        scenario = read_scenario(Source("generated.yml", SCENARIO))
        stage = Stage(scenario, shipped(), folder, invoke, within=lambda s: OnStatusIo(s, server))
        yield World(counterpart, server, stage)
    assert server.errors == []
