"""The usual account: a schedule and an escalation policy for each role, a service, our account."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from tests.counterparts.pagerduty.account import Account

SERVICE, SENDER = "PSERVICE", "ima@acme.example"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
_NEXT = {"eoc": "imoc"}  # who is called after fifteen minutes


def schedule(role: str) -> str:
    return f"S{role.upper()}"


def escalation(role: str) -> str:
    return f"E{role.upper()}"


def furnish(account: Account, people: Mapping[str, str | None]) -> None:
    """Everything that the policy of `settings` names; ``people`` by role."""
    account.add_user("ima", SENDER)
    account.add_service(SERVICE)
    for role, login in people.items():
        account.add_schedule(schedule(role))
        levels = [role, _NEXT[role]] if _NEXT.get(role) in people else [role]
        account.add_policy(escalation(role), *((15, schedule(each)) for each in levels))
        account.set_on_call(schedule(role), login, LONG_AGO)
