"""What a tracker and the services of a scenario are made from."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Protocol

from automation.policy.policy import Policy
from automation.reconcile.one_pass import CacheFile
from automation.scenarios.counting_world import CallMeter
from automation.scenarios.scenario_file import Scenario


class Setting(Protocol):
    """The world of a scenario, as far as it stands while it is being made."""

    cache: CacheFile | None  # what one run leaves for the next, where that is played

    @property
    def scenario(self) -> Scenario: ...

    @property
    def folder(self) -> Path:
        """A folder of its own, for what services write."""

    @property
    def policy(self) -> Policy: ...

    @property
    def meter(self) -> CallMeter:
        """Counts writes, and says which services fail."""

    @property
    def now(self) -> datetime:
        """The time in the world."""

    @property
    def tracker_time(self) -> datetime:
        """The time on the tracker's clock."""

    def clock(self) -> datetime:
        """The time on the clock of the machine that IMA runs on, which may be wrong."""
