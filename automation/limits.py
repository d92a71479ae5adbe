"""How much one run may do outside the tracker: gravest first, the rest waits. Pure.

Labels, assignees and cards are never held back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from automation.changes import Change
from automation.incident import Incident
from automation.model import SEVERITIES, STATUSES
from automation.plan import Snapshot

Settled = Mapping[str, tuple[Incident, list[Change]]]


def within_limits(
    snapshot: Snapshot, settled: Settled
) -> tuple[dict[str, Incident], list[Change], list[Change]]:
    """The world, the changes, and those that were held back."""
    limits = snapshot.ctx.policy.limits
    outward = [c for _, changes in settled.values() for c in changes if c.limit]
    counted = Counter(change.limit for change in outward)
    over = {name for name, count in counted.items() if count > getattr(limits, name)}
    if not over:
        world = {ref: incident for ref, (incident, _) in settled.items()}
        return world, [c for _, changes in settled.values() for c in changes], []
    held = _held(snapshot, settled, [c for c in outward if c.limit in over])
    world, kept = _again(snapshot, settled, held)
    return world, kept, held


def _held(snapshot: Snapshot, settled: Settled, outward: list[Change]) -> list[Change]:
    """What exceeds the limits, the least grave."""
    left = {name: getattr(snapshot.ctx.policy.limits, name) for name in ("pages", "posts", "opens")}
    held = []
    for change in sorted(outward, key=lambda c: _gravity(settled[c.ref][0])):
        if left[change.limit] > 0:
            left[change.limit] -= 1
        else:
            held.append(change)
    return held


def _gravity(incident: Incident) -> tuple[int, int, str]:
    return (
        SEVERITIES.index(incident.grade) if incident.grade in SEVERITIES else len(SEVERITIES),
        -STATUSES.index(incident.status_now) if incident.status_now in STATUSES else 0,
        (incident.declared_at or incident.opened_at).isoformat(),
    )


def _again(
    snapshot: Snapshot, settled: Settled, held: list[Change]
) -> tuple[dict[str, Incident], list[Change]]:
    """The world without what was held back, made from the changes that stay."""
    world, kept = {}, []
    waiting = {id(change) for change in held}
    touched = {change.ref for change in held}
    for ref, (incident, changes) in settled.items():
        if ref not in touched:
            world[ref] = incident
            kept += changes
            continue
        now = snapshot.incidents[ref]
        for change in changes:
            if id(change) in waiting:
                continue
            after = change.after(now, snapshot.ctx)
            if after is not now:
                kept.append(change)
                now = after
        world[ref] = now
    return world, kept
