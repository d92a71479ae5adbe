"""How long things took: in each state, to acknowledge, engage, mitigate and resolve. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from automation.model.engagement import who_served
from automation.model.incident import Incident
from automation.model.issue import MONITORING, RESOLVED, STATES
from automation.policy.planning_input import Context


def length_in_words(length: timedelta) -> str:
    """A length of time for people: "1 d 3 h", "1 h 5 min", "40 s"."""
    seconds = max(0, int(length.total_seconds()))
    days, hours = divmod(seconds // 3600, 24)
    minutes = seconds // 60 % 60
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min" if minutes else f"{seconds} s"


def in_each_state(incident: Incident, ctx: Context) -> list[dict[str, str]]:
    """How long it was in each state before the end, over all its openings."""
    total = dict.fromkeys(STATES[:-1], timedelta())
    for state, start, end in state_spans(incident, ctx):
        total[state] += end - start
    return [
        {"state": ctx.policy.words.state(state), "for": length_in_words(spent)}
        for state, spent in total.items()
        if spent
    ]


def state_spans(incident: Incident, ctx: Context) -> list[tuple[str, datetime, datetime]]:
    """Each state before the end, from when to when, in the order of time."""
    moves = sorted(_moves(incident), key=lambda move: move[0])
    ends = [*(at for at, _ in moves), ctx.now][1:]
    return [
        (state, at, max(at, end))
        for (at, state), end in zip(moves, ends, strict=True)
        if state in STATES[:-1]
    ]


def _moves(incident: Incident) -> Iterator[tuple[datetime, str]]:
    """Each state that the incident had, with the time when it got it; not in order."""
    choice = incident.state
    while choice is not None:
        yield choice.at, choice.value
        choice = choice.before
    for fact in incident.facts:
        if fact.kind in ("resolved", "contested"):
            yield fact.at, RESOLVED
    if incident.resolution:
        yield incident.resolution.at, RESOLVED


STEPS = ("to acknowledge", "to engage", "to mitigate", "to resolve")


def step_times(incident: Incident, ctx: Context) -> list[dict[str, str]]:
    """How long the steps took that are compared from incident to incident: {"what", "for"} of each
    that has happened."""
    took = step_lengths(incident, ctx)
    return [{"what": what, "for": length_in_words(length)} for what, length in took.items()]


def step_lengths(incident: Incident, ctx: Context) -> dict[str, timedelta]:
    """The same as lengths of time, by the name of the step."""
    if (declared := incident.declared_at) is None:
        return {}
    pages = (f for f in incident.facts if f.kind == "paged" and f.role and f.done)
    first_page = min((page.at for page in pages), default=None)
    mitigated = min((at for at, s in _moves(incident) if s == MONITORING), default=None)
    found = (
        (first_page, _first_answer(incident, first_page)),
        (declared, _second_role_engaged(incident, ctx)),
        (declared, mitigated),
        (declared, incident.resolution.at if incident.resolution else None),
    )
    times = zip(STEPS, found, strict=True)
    return {what: end - start for what, (start, end) in times if start and end}


def _first_answer(incident: Incident, paged: datetime | None) -> datetime | None:
    """When the first of those who were paged engaged or acknowledged, after the first page."""
    called = {f.who for f in incident.facts if f.kind == "paged"}
    came = ("engaged", "acknowledged")
    shown = [f.at for f in incident.facts if f.kind in came and f.who in called]
    shown += [f.at for f in incident.facts if f.kind == "handed" and f.by in called]
    return min((at for at in shown if paged and at >= paged), default=None)


def _second_role_engaged(incident: Incident, ctx: Context) -> datetime | None:
    """When somebody was first here as the second role of the chain, the incident manager."""
    second = ctx.policy.chain[1:2]
    engaged = (f.at for f in incident.facts if f.kind == "engaged" and f.role in second)
    return min(engaged, default=None)


def review_conductor(incident: Incident, ctx: Context) -> str:
    """Who conducts the review: the incident manager who was here, else who was called as one,
    else the owner at the end (P-36)."""
    managers = (who_served(incident, role) for role in ctx.policy.chain[1:2])
    return next(filter(None, managers), "") or incident.owner or ""
