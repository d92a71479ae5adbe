"""What the tests of PagerDuty share: an account, a clock, and the pager that asks it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from automation.services.pagerduty.pagerduty import PagerDuty
from automation.services.pagerduty.wire import pagerduty_wire
from tests.build import policy as a_policy
from tests.counterparts.pagerduty import PagerDutyServer
from tests.counterparts.pagerduty.usual import furnish

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
KEY = "acme/production#7:eoc:1"
PEOPLE = {"eoc": "erin", "imoc": "ian", "cmoc": "cara"}
ROLES = """
pager: {kind: pagerduty, service: PSERVICE, from: ima@acme.example}
roles:
  eoc: {schedule: SEOC, escalation: EEOC}
  imoc: {schedule: SIMOC, escalation: EIMOC}
  cmoc: {schedule: SCMOC, escalation: ECMOC}
  security: {on_call: sam, escalation: EEOC}
"""


class Clock:
    now = NOW

    def __call__(self) -> datetime:
        return self.now

    def go(self, **span: float) -> None:
        self.now += timedelta(**span)


@contextmanager
def account(clock: Clock) -> Iterator[PagerDutyServer]:
    """A server with the usual account."""
    with PagerDutyServer(clock) as server:
        furnish(server.account, PEOPLE)
        yield server
        assert server.errors == []


def pager(server: PagerDutyServer, more: str = "", **how: Any) -> PagerDuty:
    policy = a_policy(ROLES + more)
    assert policy.pagerduty
    how = {"timeout": 0.2, "sleep": lambda _: None, **how}
    return PagerDuty(
        pagerduty_wire(policy.pagerduty, server.url, lambda: server.account.token, **how), policy
    )
