"""The status page of a scenario, counting posts."""

from __future__ import annotations

from collections.abc import Sequence

from automation.model.status_page import Notice, PageIncident
from automation.scenarios.counting_world import CallMeter
from automation.services import StatusPage


class CountingStatusPage:
    """A status page whose posts are counted."""

    def __init__(self, page: StatusPage, meter: CallMeter) -> None:
        self._page, self._meter = page, meter
        self.can = page.can

    def find(self, notice: Notice) -> PageIncident | None:
        self._meter.reach("status.io")
        return self._page.find(notice)

    def create(self, notice: Notice) -> str:
        self._meter.write("status.io")
        return self._page.create(notice)

    def update(self, shown: str, notice: Notice) -> None:
        self._meter.write("status.io")
        self._page.update(shown, notice)

    def resolve(self, shown: str, notice: Notice) -> None:
        self._meter.write("status.io")
        self._page.resolve(shown, notice)

    def permalink(self, shown: str) -> str:
        return self._page.permalink(shown)

    def active(self) -> Sequence[PageIncident]:
        self._meter.reach("status.io")
        return self._page.active()

    def overall(self) -> str:
        self._meter.reach("status.io")
        return self._page.overall()
