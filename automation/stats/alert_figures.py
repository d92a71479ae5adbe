"""Which alerts were flappy: they opened several incidents within a short time (P-19). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from automation.model.incident import Incident
from automation.policy.policy import FlappyAlerts


@dataclass(frozen=True, slots=True)
class FlappyAlert:
    """An alert, and how many incidents it opened in all of the time."""

    alert: str
    incidents: int


def flappy(
    incidents: Iterable[Incident], policy: FlappyAlerts, start: datetime
) -> tuple[FlappyAlert, ...]:
    """Those that opened too many within one window, the worst first; of confidential incidents
    nothing."""
    opened: dict[str, list[datetime]] = {}
    for incident in incidents:
        if incident.tracked and not incident.confidential and incident.opened_at >= start:
            for name in incident.alerts:
                opened.setdefault(name, []).append(incident.opened_at)
    found = [FlappyAlert(name, len(at)) for name, at in opened.items() if _often(at, policy)]
    return tuple(sorted(found, key=lambda each: (-each.incidents, each.alert)))


def _often(times: Sequence[datetime], policy: FlappyAlerts) -> bool:
    times, more = sorted(times), policy.count - 1
    return any(
        last - first < policy.window.length
        for first, last in zip(times, times[more:], strict=False)
    )
