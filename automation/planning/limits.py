"""How much one run may do outside the tracker: gravest first, the rest waits. Pure.

Labels, assignees and cards are never held back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from automation.changes.issue_changes import Change
from automation.changes.service_calls import Page
from automation.model.incident import Incident
from automation.model.issue import SEVERITIES, STATUSES
from automation.planning.plan import by_ref
from automation.policy.policy import Limits

Settled = Mapping[str, tuple[Incident, list[Change]]]


def over_limits(
    settled: Settled, limits: Limits, opening: Sequence[Change] = (), first: str = ""
) -> dict[tuple[str, str, str], Change]:
    """The changes that wait for the next run, by slot: what exceeds the limits, the least grave.
    Before all of them comes ``opening``: what nobody has an incident for yet. An incident's first
    page to the ``first`` role of the chain is never held back."""
    outward = [
        change
        for incident, changes in settled.values()
        for change in changes
        if change.limit and not _first_call(change, incident, first)
    ]
    ordered = [*opening, *sorted(outward, key=lambda change: _gravity(settled[change.ref][0]))]
    left = {name: getattr(limits, name) for name in {change.limit for change in ordered}}
    held = {}
    for change in ordered:
        left[change.limit] -= 1
        if left[change.limit] < 0:
            held[change.slot] = change
    return held


def _first_call(change: Change, incident: Incident, first: str) -> bool:
    pages = [fact for fact in incident.facts if fact.kind == "paged" and fact.role == first]
    return isinstance(change, Page) and change.role == first and len(pages) == 1


def limits_left(limits: Limits, done: Iterable[Change]) -> Limits:
    """What a run that has done this may still do."""
    used = Counter(change.limit for change in done if change.limit)
    left = {name: max(0, getattr(limits, name) - count) for name, count in used.items()}
    return replace(limits, **left)


def _gravity(incident: Incident) -> tuple[int, int, str, tuple[int, str]]:
    return (
        SEVERITIES.index(incident.grade) if incident.grade in SEVERITIES else len(SEVERITIES),
        -STATUSES.index(incident.status_now) if incident.status_now in STATUSES else 0,
        (incident.declared_at or incident.opened_at).isoformat(),
        by_ref(incident.ref),
    )
