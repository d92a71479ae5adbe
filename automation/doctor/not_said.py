"""What a team has not said yet, and what IMA then leaves out. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from automation.doctor.setup_check import Line
from automation.policy.policy import Policy


def not_said(policy: Policy) -> Iterator[Line]:
    """A line about each thing that a team may do without, but should know of."""
    if not policy.services:
        said = "none named: no incident, alert, figure or status page says which is affected"
        yield Line("services", "ok", said, "`services: {shop: {component: Shop}}` names one")
    if not policy.chat.channel:
        said = "none: nothing is announced"
        yield Line("chat", "ok", said, '`chat: {kind: slack, channel: "#incidents"}` has one')
    if not policy.room:
        said = "none: nobody is told where to meet"
        yield Line("room", "ok", said, "`room: https://…` stands on each card")
