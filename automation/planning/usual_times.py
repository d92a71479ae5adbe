"""How long incidents of this project usually take: what a review shows beside its own times. Pure.

The dashboard remembers the last ones that ended, for a pass reads no old issue.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from statistics import median

from automation.history.step_times import STEPS, length_in_words, step_lengths
from automation.model.incident import Incident
from automation.model.secrecy import tellable
from automation.policy.planning_input import Context

REMEMBERED = 30  # incidents
FEWEST = 3  # of them that a median is said of
Rows = Mapping[str, Mapping[str, str]]


def ended_after(
    before: Rows, world: Mapping[str, Incident], ctx: Context
) -> dict[str, dict[str, str]]:
    """The last incidents that have ended: {"at", "took"} of each, in seconds and in the order of
    `STEPS`. Nothing of a confidential one (P-16), of a drill (P-57), nor of one that was written
    down when it was over (P-54) or was over when it was opened."""
    found = {ref: dict(row) for ref, row in before.items()}
    for ref, incident in world.items():
        found.pop(ref, None)
        if row := _row(incident, ctx):
            found[ref] = row
    newest = sorted(found.items(), key=lambda each: each[1]["at"])[-REMEMBERED:]
    return dict(newest)


def _row(incident: Incident, ctx: Context) -> dict[str, str]:
    told = tellable(incident)
    if told is None or told.kind != "incident" or told.drill or told.resolution is None:
        return {}
    if told.found("happened"):
        return {}
    took = step_lengths(told, ctx)
    if not any(took.values()):
        return {}
    seconds = (str(int(took[step].total_seconds())) if step in took else "-" for step in STEPS)
    return {"at": told.resolution.at.isoformat(), "took": " ".join(seconds)}


def usual_times(incident: Incident, ctx: Context) -> dict[str, str]:
    """The median of each step over the other incidents, in words; "" where there are too few. Empty
    where there are for none."""
    others = [row["took"].split() for ref, row in ctx.ended.items() if ref != incident.ref]
    found = {}
    for step, took in zip(STEPS, zip(*others, strict=False), strict=False):
        known = [int(seconds) for seconds in took if seconds.isdecimal()]
        enough = len(known) >= FEWEST
        found[step] = length_in_words(timedelta(seconds=median(known))) if enough else ""
    return found if any(found.values()) else {}
