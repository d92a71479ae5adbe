"""What a team has not said yet, and what IMA then leaves out. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from automation.doctor.setup_check import Line, ok
from automation.policy.policy import Policy


def not_said(policy: Policy) -> Iterator[Line]:
    """A line about each thing that a team may do without, but should know of."""
    if not policy.services:
        yield ok(
            "services",
            "none named: no incident, alert, figure or status page says which is affected"
            " (`services:` of the policy)",
        )
    if not policy.chat.channel:
        yield ok("chat", "none: nothing is announced (`chat:` of the policy)")
    if not policy.room:
        yield ok("room", "none: nobody is told where to meet (`room:` of the policy)")
