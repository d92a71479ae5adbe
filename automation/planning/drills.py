"""What follows from the label of an exercise (P-57). Pure."""

from __future__ import annotations

from collections.abc import Iterator

from automation.changes.comments import Say
from automation.changes.issue_changes import Change, Untag
from automation.model.drills import behind
from automation.model.incident import Incident, Note
from automation.policy.planning_input import Context

ASKED = {"rule": "drills", "why": "A drill counts once its owner confirms it. (P-57)"}
REAL = {"rule": "drills", "why": "It is real after all. (P-57)"}


def drill_changes(incident: Incident, ctx: Context) -> Iterator[Change]:
    """The label of a drill alone says nothing. The owner is told, once, what to type so that it is
    one, or why it cannot be one."""
    labels = [each for each in incident.labels if ctx.policy.labels.meaning(each) == ("drill", "")]
    if incident.drill or not labels or not incident.active:
        return
    if incident.found("drill"):
        for label in labels:
            yield Untag(ref=incident.ref, label=label, **REAL)
        return
    seen = incident.alerts_seen
    why = behind(incident.facts, bool(seen.keys or incident.alerts), incident.origin)
    values = (("whom", incident.owner or ""), ("why", why))
    note = Note("drill:real" if why else "drill:ask", "drill_asks", values)
    yield Say(ref=incident.ref, note=note, **ASKED)
