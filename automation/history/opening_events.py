"""The events of an issue, completed by what the tracker does not tell of its opening. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from automation.history.issue_state import IssueState
from automation.model.facts import NOT_PLANNED
from automation.model.issue import Event
from automation.text.escaping import marker_in


def opener(state: IssueState) -> str | None:
    """The login of whoever opened the issue; of the person for whom our account opened it."""
    if state.issue.author == state.ctx.me and (declared := marker_in("declared", state.issue.body)):
        return str(declared.get("by") or "") or None
    return state.issue.author


def ends_own_mistake(state: IssueState, who: str | None, at: datetime) -> bool:
    """Does whoever opened the issue say that it is over before any pass has seen it, so that nobody
    was called (P-05)?"""
    unseen = state.unseen_until is not None and at <= state.unseen_until
    return unseen and who is not None and who == opener(state)


def why_it_ended(state: IssueState, who: str | None, at: datetime) -> str:
    """Why an issue ended that `ends_own_mistake`: it was none; but whoever is on call for the chain
    of roles and writes down what is over has had an incident."""
    chain, on_call = state.ctx.policy.chain, state.ctx.on_call
    return "" if any(on_call.serves(role, who, at) for role in chain) else NOT_PLANNED


def all_events(state: IssueState) -> Iterator[Event]:
    """The tracker's events. Before them stand labels and assignees that no event explains: the
    issue was opened with them."""
    issue, known = state.issue, state.ctx.policy.labels.meaning
    labels = {
        known(label) or label: label for label in issue.labels
    }  # a label that was renamed is the same one
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
        yield replace(event, actor=by) if _put_on_at_opening(state, event) else event


def _put_on_at_opening(state: IssueState, event: Event) -> bool:
    """Is it a label that our account put on when it opened the issue for a person? It is theirs."""
    return (
        event.kind == "labelled"
        and event.at == state.issue.opened_at
        and event.actor == state.issue.author == state.ctx.me
        and event.subject not in state.labels_set
    )
