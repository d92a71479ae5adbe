"""How much may be done outside the tracker within a time, over all runs. The gravest incidents come
first, and the rest waits. Pure.

Labels, assignees, comments and cards are never held back, nor is the first page of an incident to
its engineer (of a security incident to the security engineer, too), nor what a person publishes,
nor that what is public has ended; they count all the same, but for the page of what a stranger has
opened. Doing something once more does not count, nor does what reaches nobody.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from automation.changes.issue_changes import Change
from automation.changes.publish import Publish
from automation.changes.publish_maintenance import PublishMaintenance
from automation.changes.service_calls import Page
from automation.model.incident import Incident
from automation.model.issue import STATUSES
from automation.model.publicity import SECURITY
from automation.planning.plan import by_ref
from automation.policy.planning_input import Context
from automation.policy.policy import Limits, Policy
from automation.stored_state.dashboard import Dashboard

# Each incident as it is once nothing moves any more, with the changes that lead there.
Settled = Mapping[str, tuple[Incident, list[Change]]]
Slot = tuple[str, str, str]  # what tells a change from the others of a plan: `Change.slot`
LIMITS = ("pages", "posts", "opens")


def limits_left(limits: Limits, board: Dashboard, now: datetime) -> dict[str, int]:
    """How much may still be done now, by the name of the limit: what the policy allows, less what
    was done within `limits.window` and what alerts have opened."""
    since = now - limits.window.length
    used = {name: sum(at > since for at in board.spent.get(name, ())) for name in LIMITS}
    by_alerts = {ref for each in board.alerts.values() for at, ref in each if at > since}
    used["opens"] += len(by_alerts)
    return {name: getattr(limits, name) - used[name] for name in LIMITS}


def of_strangers(incidents: Mapping[str, Incident], ctx: Context) -> frozenset[tuple[str, str]]:
    """The issues that people opened who are no members, and whose severity no member has confirmed,
    with the role that is paged for them. This page is never held back: did it count, a stranger
    would spend the pages of others."""
    return frozenset(
        (ref, ctx.policy.chain[0])
        for ref, incident in incidents.items()
        if not (ctx.member(incident.author) or incident.author == ctx.me)
        and not (incident.severity and incident.severity.confirmed)
    )


def spent_after(
    limits: Limits,
    board: Dashboard,
    done: Iterable[Change],
    now: datetime,
    strangers: Container[tuple[str, str]] = (),
) -> dict[str, tuple[datetime, ...]]:
    """What the dashboard remembers of what was done. Where nothing was done it stays as it is, so
    that time alone changes nothing on the dashboard."""
    since = now - limits.window.length
    new = [change.limit for change in done if change.limit and not _is_free(change, strangers)]
    if not new:
        return dict(board.spent)
    kept = {name: [at for at in board.spent.get(name, ()) if at > since] for name in LIMITS}
    spent = {name: (*kept[name], *[now] * new.count(name)) for name in LIMITS}
    return {name: times for name, times in spent.items() if times}


def counted(changes: Iterable[Change], policy: Policy) -> Iterator[Change]:
    """The changes without those that wake nobody and that nobody reads."""
    for change in changes:
        unread = change.limit == "posts" and not isinstance(change, Publish | PublishMaintenance)
        if isinstance(change, Page) and not policy.wakes(change.role):
            continue
        if not (unread and not policy.has_readers):
            yield change


def over_limits(
    settled: Settled,
    left: Mapping[str, int],
    policy: Policy,
    opening: Sequence[Change] = (),
    strangers: Container[tuple[str, str]] = (),
) -> dict[Slot, Change]:
    """The changes that wait for a later run, by slot: those of the least grave incidents, as far as
    they exceed what is ``left``. ``opening`` are incidents to be opened, which come before all of
    them."""
    changed = (c for _, changes in settled.values() for c in changes if c.limit)
    outward = counted(changed, policy)
    ordered = [
        *opening,
        *sorted(outward, key=lambda change: gravity(settled[change.ref][0], policy)),
    ]
    rest = dict(left)
    held = {}
    for change in ordered:
        first = _is_first_page(change, settled, policy.chain)
        if first and _is_free(change, strangers):
            continue
        rest[change.limit] -= 1
        waits = not (first or _is_owed_to_users(change))
        if rest[change.limit] < 0 and waits:
            held[change.slot] = change
    return held


def _is_free(change: Change, strangers: Container[tuple[str, str]]) -> bool:
    return isinstance(change, Page) and (change.ref, change.role) in strangers


def _is_owed_to_users(change: Change) -> bool:
    """Does a person publish their own words, or is what users read over? The public waits for
    them, so nothing holds them back."""
    return isinstance(change, Publish) and (bool(change.by) or change.state == "Resolved")


def _is_first_page(change: Change, settled: Settled, chain: Sequence[str]) -> bool:
    """Is it the first page of the incident, to the engineer or to whoever stands in for them? Of a
    security incident the one to the security engineer, too; where nobody is here and the engineer
    is not paged, the first of all."""
    if not isinstance(change, Page):
        return False
    incident = settled[change.ref][0]
    paged = [fact for fact in incident.facts if fact.kind == "paged"]
    roles = [fact.role for fact in paged]
    first = next((role for role in chain if role in incident.seats), "")
    attended = first in roles or any(seat.here_at for seat in incident.seats.values())
    alone = first if attended else next(iter(roles), first)  # whose page nothing else makes up for
    counts = (alone, SECURITY if incident.security_at else first)
    return change.role in counts and len({f.what for f in paged if f.role == change.role}) <= 1


def gravity(incident: Incident, policy: Policy) -> tuple[int, int, str, tuple[int, str]]:
    """A key that sorts the gravest incident first, and of equal ones the oldest."""
    return (
        0 if incident.security_at else policy.rank(incident.grade),
        -STATUSES.index(incident.status_to_act_by) if incident.status_to_act_by in STATUSES else 0,
        (incident.declared_at or incident.opened_at).isoformat(),
        by_ref(incident.ref),
    )
