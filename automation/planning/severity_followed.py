"""A review or corrective action follows the severity of its incident: its labels and due date
change with it, unless a person chose others. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from automation.changes.comments import Say
from automation.changes.follow_severity import FollowSeverity
from automation.changes.issue_changes import Change
from automation.model.facts import is_action
from automation.model.incident import Choice, Incident, Note
from automation.policy.due_dates import action_due, review_due
from automation.policy.planning_input import Context

FOLLOWS = {"rule": "follow-severity", "why": "It is as urgent as what it follows. (P-38)"}


def severity_chosen(incident: Incident, ctx: Context) -> Choice | None:
    """The severity that a review or corrective action should have: what a person chose on it; else,
    while it is open, that of the incident once it has changed; else the one that it has."""
    own, opened, followed = incident.severity, incident.opened_with, incident.follows
    if own and own.by not in (None, ctx.me) and own.confirmed:
        return own
    changed = not incident.closed and opened and followed and followed.value != opened.severity
    return followed if changed else own


def follow_severity(incident: Incident, ctx: Context) -> Iterator[Change]:
    """Change the due date and the text of an open review or corrective action with its severity."""
    opened, chosen = incident.opened_with, severity_chosen(incident, ctx)
    if opened is None or chosen is None or not chosen.confirmed:
        return
    if chosen.value == opened.severity:
        return
    reckon = review_due if incident.kind == "review" else action_due
    day = reckon(ctx.policy, chosen.value, opened.since)
    kept = opened.by_person and incident.due != day  # else a killed pass has moved it
    due = "" if kept or day is None else str(day)
    yield FollowSeverity(ref=incident.ref, severity=chosen.value, due=due, **FOLLOWS)
    if incident.kind == "action" and chosen is incident.follows:
        whom = next(iter(incident.assignees), "")
        values = {"whom": whom, "of": incident.review_of, "severity": chosen.value, "due": due}
        key = f"severity:{chosen.value}:{chosen.at.isoformat()}"
        note = Note(key, "severity_followed", tuple(values.items()))
        yield Say(ref=incident.ref, note=note, **FOLLOWS)


def with_dates_of_actions(incident: Incident, world: Mapping[str, Incident]) -> Incident:
    """The incident, for its card, with the due dates that its corrective actions have now."""
    moved = {
        fact: str(world[fact.by].due)
        for fact in incident.facts
        if fact.kind == "opened" and is_action(fact.what) and fact.by in world
        if world[fact.by].due and str(world[fact.by].due) != fact.until
    }
    if not moved:
        return incident
    facts = (replace(f, until=moved[f]) if f in moved else f for f in incident.facts)
    return replace(incident, facts=tuple(facts))
