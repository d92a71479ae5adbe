"""``observe``: read everything that a rule may need, once. The only reader of the world."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from automation import dashboard
from automation.card import read_card
from automation.context import Context
from automation.dashboard import Dashboard, on_call_now
from automation.errors import ServiceError
from automation.fold import fold
from automation.incident import Fact
from automation.model import Ack, Duty, Issue
from automation.plan import Finding, Snapshot
from automation.policy import Policy
from automation.services import Pager, Services
from automation.text import marked
from automation.trackers import Tracker

_PERSON = re.compile(r"@([\w][\w.-]*)")


def observe(
    tracker: Tracker,
    services: Services,
    policy: Policy,
    now: datetime,
    refs: Iterable[str] | None = None,
) -> Snapshot:
    """The world at ``now``: all issues, or those of ``refs`` with their reviews."""
    me = tracker.me()
    page = tracker.dashboard()
    before = (dashboard.decode(page.body, page.ref) if page else None) or Dashboard()
    issues = [i for i in _issues(tracker, policy, now, refs, me) if i.ref != before.ref]
    answer, findings = _on_call(services.pager, policy, now)
    board, on_call = on_call_now(before, answer, now)
    ctx = Context(
        policy=policy,
        me=me,
        now=now,
        since=policy.since or before.since or _first(issues, now),
        on_call=on_call,
        can=tracker.can,
        outsiders=tracker.outsiders(_people(issues, me)),
        acks=_acks(services.pager, issues, me),
        reviews=_reviews(issues, me),
    )
    incidents = {issue.ref: fold(issue, ctx) for issue in issues}
    return Snapshot(ctx, incidents, board, before, tuple(findings))


def _issues(
    tracker: Tracker, policy: Policy, now: datetime, refs: Iterable[str] | None, me: str
) -> list[Issue]:
    if refs is None:
        return tracker.issues(closed_since=now - policy.look_back.length)
    asked = tracker.issues(refs)
    known = {issue.ref for issue in asked}
    linked = tracker.issues(sorted({ref for issue in asked for ref in issue.links} - known))
    if any(_half_opened(issue, me) for issue in asked):
        linked = tracker.issues(closed_since=now - policy.look_back.length)
    reviews = [i for i in linked if i.ref not in known and _review_for(i, me) in known]
    return [*asked, *reviews]


def _first(issues: Iterable[Issue], now: datetime) -> datetime:
    """IMA begins with the first incident that was declared through it, or now."""
    declared = (issue.opened_at for issue in issues if marked("declared", issue.body))
    return min(declared, default=now)


def _half_opened(issue: Issue, me: str) -> bool:
    """A pass was killed between *about to open* and *opened*: look everywhere."""
    return any(fact.kind == "opened" and not fact.done for fact in read_card(issue, me).facts)


def _on_call(
    pager: Pager, policy: Policy, now: datetime
) -> tuple[Mapping[str, Duty | None], list[Finding]]:
    """One look-up for all roles. An unreachable pager means that nobody answered (P-08)."""
    try:
        return pager.on_call(now), []
    except ServiceError as error:
        return dict.fromkeys(policy.roles), [Finding(str(error.problem), failed=True)]


def _people(issues: Iterable[Issue], me: str) -> set[str]:
    """Everybody whose rights may matter: who acted, spoke, or is named in a command."""
    people: set[str] = set()
    for issue in issues:
        people |= {event.actor for event in issue.events if event.actor}
        people |= {issue.author} if issue.author else set()
        for comment in issue.comments:
            people |= {comment.author} if comment.author else set()
            if "/ima" in comment.body:
                people |= set(_PERSON.findall(comment.body))
    return people - {me}


def _acks(pager: Pager, issues: Iterable[Issue], me: str) -> Mapping[str, Ack]:
    """Acknowledgements of the pages that our cards remember; none while the pager is away."""
    keys = [fact.what for issue in issues for fact in _waiting(read_card(issue, me).facts)]
    try:
        return pager.acks(keys) if keys else {}
    except ServiceError:
        return {}


def _waiting(facts: tuple[Fact, ...]) -> list[Fact]:
    """Pages of an incident that is not over."""
    last = [fact.kind for fact in facts if fact.kind in ("resolved", "reopened")][-1:]
    return [] if last == ["resolved"] else [fact for fact in facts if fact.kind == "paged"]


def _review_for(issue: Issue, me: str) -> str:
    found = _marker(issue, me)
    return str(found.get("for", "")) if found else ""


def _marker(issue: Issue, me: str) -> dict[str, Any] | None:
    return marked("review", issue.body) if issue.author == me else None


def _reviews(issues: Iterable[Issue], me: str) -> dict[str, dict[str, str]]:
    """Reviews by what they review, found by the marker in their bodies; the oldest counts."""
    found: dict[str, dict[str, str]] = {}
    for issue in issues:
        if data := _marker(issue, me):
            reviews = found.setdefault(str(data.get("for", "")), {})
            reviews.setdefault(str(data.get("kind", "review")), issue.ref)
    return found
