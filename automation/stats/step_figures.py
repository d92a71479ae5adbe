"""How long the steps of an incident took: to acknowledge, engage, mitigate and resolve. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from statistics import median

from automation.model.incident import Incident
from automation.model.issue import MONITORING
from automation.stats.spans import choices_in_order


@dataclass(frozen=True, slots=True)
class StepTimes:
    """How long a step took, in seconds, of the ``count`` incidents that got so far."""

    count: int
    median: float | None = None
    ninetieth: float | None = None  # nine of ten took no longer


def step_times_of(measured: Iterable[float | None]) -> StepTimes:
    """The figures of the seconds that were measured; None stands for an incident that did not get
    so far."""
    known = sorted(seconds for seconds in measured if seconds is not None)
    if not known:
        return StepTimes(0)
    return StepTimes(len(known), median(known), known[ceil(len(known) * 0.9) - 1])


def acknowledged(incident: Incident) -> float | None:
    """From the first page until somebody who was paged has shown up."""
    pages = [fact for fact in incident.facts if fact.kind == "paged" and fact.role and fact.done]
    if not pages:
        return None
    first, roles = min(page.at for page in pages), {page.role for page in pages}
    came = [
        f.at for f in incident.facts if f.kind in ("engaged", "acknowledged") and f.role in roles
    ]
    return _between(first, min((at for at in came if at >= first), default=None))


def engaged(incident: Incident) -> float | None:
    """From the declaration until a second role was engaged: its person was here."""
    first: dict[str, datetime] = {}
    for fact in incident.facts:
        if fact.kind == "engaged":
            first[fact.role] = min(fact.at, first.get(fact.role, fact.at))
    return _between(incident.declared_at, next(iter(sorted(first.values())[1:]), None))


def mitigated(incident: Incident) -> float | None:
    """From the declaration to Monitoring, for the first time since it was last reopened."""
    chosen = (
        choice.at for choice in choices_in_order(incident.state) if choice.value == MONITORING
    )
    return _between(incident.declared_at, next(chosen, None))


def resolved(incident: Incident) -> float | None:
    """From the declaration to the end that stands."""
    end = incident.resolution
    return _between(incident.declared_at, end.at if end else None)


def _between(start: datetime | None, end: datetime | None) -> float | None:
    if start is None or end is None:
        return None
    return max(0.0, (end - start).total_seconds())


STEPS: Mapping[str, Callable[[Incident], float | None]] = {
    "acknowledge": acknowledged,
    "engage": engaged,
    "mitigate": mitigated,
    "resolve": resolved,
}
