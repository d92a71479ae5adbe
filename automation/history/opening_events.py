"""The events of an issue as they count: with what was there at opening, and whose. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from automation.history.issue_state import IssueState
from automation.model.issue import Event
from automation.text.escaping import marker_in


def opener(state: IssueState) -> str | None:
    """Who opened it; the person behind our account where we opened it for one."""
    if state.issue.author == state.ctx.me and (declared := marker_in("declared", state.issue.body)):
        return str(declared.get("by") or "") or None
    return state.issue.author


def all_events(state: IssueState) -> Iterator[Event]:
    """The tracker's events, after what its history does not explain: present at opening."""
    issue, known = state.issue, state.ctx.policy.labels.meaning
    labels = {known(label) or label: label for label in issue.labels}  # a renamed one is the same
    people = dict.fromkeys(issue.assignees)
    for event in reversed(issue.events):
        meant = known(event.subject) or event.subject
        if event.kind == "labelled":
            labels.pop(meant, None)
        elif event.kind == "unlabelled":
            labels[meant] = event.subject
        elif event.kind == "assigned":
            people.pop(event.subject, None)
        elif event.kind == "unassigned":
            people[event.subject] = None
    by = opener(state)
    for label in sorted(labels.values()):
        yield Event(f"opened:{label}", issue.opened_at, by, "labelled", label, -2)
    for person in people:
        yield Event(f"opened:@{person}", issue.opened_at, by, "assigned", person, -1)
    for event in issue.events:
        yield replace(event, actor=by) if _of_opening(state, event) else event


def _of_opening(state: IssueState, event: Event) -> bool:
    """A label that we put on when we opened the issue for somebody."""
    return (
        event.kind == "labelled"
        and event.at == state.issue.opened_at
        and event.actor == state.issue.author == state.ctx.me
        and event.subject not in state.wrote
    )
