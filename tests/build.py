"""Incidents, issues and their histories in one line each, for tables of tests.

Times are minutes after `START`, a Monday noon in UTC. Nothing here judges: `fold` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from automation.model.incident import Choice, Fact, Incident, Kind, Seat
from automation.model.issue import (
    INVESTIGATING,
    OPERATIONAL,
    Ack,
    Capabilities,
    Comment,
    Duty,
    Event,
    EventKind,
    Issue,
)
from automation.model.on_call import OnCall
from automation.policy.planning_input import Context
from automation.policy.policy import Policy
from automation.schema.yaml_nodes import parse
from tests.worlds import shipped

START = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ME = "ima"
ON_CALL = {"eoc": "erin", "imoc": "ian", "cmoc": "cara", "security": "sam"}
Act = Event | Comment


def at(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


@cache
def policy(text: str = "") -> Policy:
    """The shipped policy with ``text`` (YAML) merged over it, adopted at `START`."""
    made = shipped().policy(parse(text, "test.yml") if text else None)
    return made if made.since else replace(made, since=START)


def a_context(
    now: float = 0,
    *,
    on_call: Mapping[str, str] | None = None,
    shifts: Mapping[str, tuple[Duty, ...]] | None = None,
    outsiders: frozenset[str] = frozenset(),
    one_seat: bool = False,
    acks: Mapping[str, Ack] | None = None,
    reviews: Mapping[str, Mapping[str, str]] | None = None,
    says: str = "",
    unknown: frozenset[str] = frozenset(),
) -> Context:
    """What judging needs, ``now`` minutes after the start; ``says`` is merged over the policy."""
    people = ON_CALL if on_call is None else on_call
    duties = shifts or {role: (Duty(person),) for role, person in people.items()}
    made = policy(says)
    return Context(
        policy=made,
        me=ME,
        now=at(now),
        since=made.since or START,
        on_call=OnCall(duties, unknown),
        can=Capabilities(one_assignee=one_seat),
        outsiders=outsiders,
        acks={key: (ack,) for key, ack in (acks or {}).items()},
        reviews=reviews or {},
    )


def an_event(minutes: float, who: str | None, kind: EventKind, subject: str = "") -> Event:
    return Event("", at(minutes), who, kind, subject)


def labelled(minutes: float, who: str | None, label: str) -> Event:
    return an_event(minutes, who, "labelled", label)


def unlabelled(minutes: float, who: str | None, label: str) -> Event:
    return an_event(minutes, who, "unlabelled", label)


def assigned(minutes: float, who: str | None, person: str) -> Event:
    return an_event(minutes, who, "assigned", person)


def unassigned(minutes: float, who: str | None, person: str) -> Event:
    return an_event(minutes, who, "unassigned", person)


def closed(minutes: float, who: str | None, reason: str = "") -> Event:
    return an_event(minutes, who, "closed", reason)


def reopened(minutes: float, who: str | None) -> Event:
    return an_event(minutes, who, "reopened")


def says(
    minutes: float, who: str | None, text: str, *, edited: float | None = None, comment: str = ""
) -> Comment:
    return Comment(comment, at(minutes), who, text, None if edited is None else at(edited))


def an_issue(
    *acts: Act,
    labels: tuple[str, ...] = ("Incident",),
    assignees: tuple[str, ...] = (),
    author: str | None = "rita",
    body: str = "",
    opened: float = 0,
    **rest: Any,
) -> Issue:
    """An issue opened with ``labels`` and ``assignees``, and what happened to it afterwards."""
    events: list[Event] = []
    comments: list[Comment] = []
    now, people, shut = dict.fromkeys(labels), dict.fromkeys(assignees), False
    for number, act in enumerate(acts, 1):
        if isinstance(act, Comment):
            comments.append(replace(act, id=act.id or f"c{number}", order=number))
            continue
        events.append(replace(act, id=f"e{number}", order=number))
        shut = {"closed": True, "reopened": False}.get(act.kind, shut)
        for kind, what in (("labelled", now), ("assigned", people)):
            if act.kind == kind:
                what[act.subject] = None
            elif act.kind == f"un{kind}":
                what.pop(act.subject, None)
    return Issue(
        ref="#1",
        title="Git pushes fail",
        body=body,
        author=author,
        opened_at=at(opened),
        updated_at=max([at(opened), *(act.at for act in acts)]),
        closed=shut,
        labels=frozenset(now),
        assignees=tuple(people),
        events=tuple(events),
        comments=tuple(comments),
        **rest,
    )


def a_seat(role: str, person: str, minutes: float = 0, **rest: Any) -> Seat:
    """Somebody who came so many minutes after the start; with ``here_at=None``: who was called."""
    values: dict[str, Any] = {"since": at(minutes), "here_at": at(minutes)} | rest
    return Seat(role, person, **({"engaged_at": values["here_at"]} | values))


def chosen(value: str, minutes: float = 0, by: str | None = "erin", **rest: Any) -> Choice:
    return Choice(value, at(minutes), by, **rest)


def an_incident(
    *,
    severity: str = "",
    state: str = INVESTIGATING,
    status: str = OPERATIONAL,
    engaged: Mapping[str, str] | None = None,
    kind: Kind = "incident",
    **rest: Any,
) -> Incident:
    """An incident as `fold` would judge it, declared at the start."""
    seats = {role: a_seat(role, person) for role, person in (engaged or {}).items()}
    owner = seats[list(seats)[-1]].person if seats else None
    values: dict[str, Any] = {
        "ref": "#1",
        "title": "Git pushes fail",
        "author": "rita",
        "opened_at": START,
        "declared_at": START,
        "began": START,
        "labels": frozenset({"Incident"}),
        "severity": chosen(severity, by="rita") if severity else None,
        "severity_unset_at": START,
        "least_severity": "S4",
        "state": chosen(state, by=None),
        "status": chosen(status, by=None),
        "seats": seats,
        "owner": owner,
        "confidential": "security_at" in rest,  # as `fold` has it
    }
    return Incident(kind=kind, **(values | rest))


def a_fact(kind: Any, minutes: float = 0, **rest: Any) -> Fact:
    return Fact(kind, at(minutes), **rest)
