"""The dashboard as it should be: a row for each active incident and each open review. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from automation.changes import Change
from automation.context import Context
from automation.dashboard import Dashboard, Opened, Row
from automation.effects import Open
from automation.incident import Incident
from automation.plan import Finding, Snapshot, by_ref
from automation.view import deadlines, moment, shown_title


def review_title(what: str, title: str) -> str:
    """What a review is called: after what it reviews."""
    start = "Near miss" if what == "near miss" else "Review"
    return f"{start}: {title}"[:250]


def board(
    snapshot: Snapshot, world: Mapping[str, Incident], changes: Iterable[Change]
) -> Dashboard | None:
    """The dashboard as it should be, or None where it stands as it is."""
    policy, before = snapshot.ctx.policy, snapshot.dashboard
    after = board_now(snapshot, world, changes)
    adopts = policy.since is None and before.since is None  # the first apply of all (P-48)
    needed = after.needed or adopts
    return after if needed and (not before.ref or after.moved(snapshot.stored)) else None


def board_now(
    snapshot: Snapshot, world: Mapping[str, Incident], changes: Iterable[Change] = ()
) -> Dashboard:
    """What a dashboard says now, whether or not there is one."""
    ctx, before = snapshot.ctx, snapshot.dashboard
    gone = _gone(snapshot)
    rows = _merged(before.active, world, lambda i: _active_row(i, ctx), gone)
    reviews = _merged(before.reviews, world, _review_row, gone)
    for change in changes:
        if isinstance(change, Open):
            reviews[change.symbol] = _new_review_row(change, world[change.ref])
    alerts = opened_by(before.alerts, world, ctx)
    old = [ref for ref in before.old if ref not in world]
    old += [i.ref for i in world.values() if _old(i, ctx)]
    return replace(
        before,
        since=before.since or ctx.since,
        active=rows,
        reviews=reviews,
        old=tuple(sorted(old, key=by_ref)),
        alerts=alerts,
        flappy=tuple(n for n, each in alerts.items() if len(each) >= ctx.policy.flappy.count),
    )


def _gone(snapshot: Snapshot) -> Callable[[str], bool]:
    """After a full list: is the issue no longer on it?"""
    if snapshot.whole:
        return lambda ref: True
    if snapshot.sweep is None or not snapshot.sweep.full:
        return lambda ref: False
    listed = {head.ref for head in snapshot.sweep.heads}
    return lambda ref: ref not in listed


def _merged(
    before: Mapping[str, Row],
    world: Mapping[str, Incident],
    row: Callable[[Incident], Row | None],
    gone: Callable[[str], bool],
) -> dict[str, Row]:
    """Rows of what was not looked at stay; those of what was are made anew."""
    rows = {ref: old for ref, old in before.items() if ref not in world and not gone(ref)}
    rows |= {ref: new for ref, incident in world.items() if (new := row(incident))}
    return dict(sorted(rows.items(), key=lambda item: by_ref(item[0])))


def opened_by(
    before: Mapping[str, Sequence[Opened]], world: Mapping[str, Incident], ctx: Context
) -> dict[str, tuple[Opened, ...]]:
    """Which alerts opened which incidents of late, the oldest first; of confidential ones nothing.
    What was not looked at stays (P-19)."""
    old = ((name, one) for name, each in before.items() for one in each if one[1] not in world)
    new = (
        (name, (incident.opened_at, ref))
        for ref, incident in world.items()
        if incident.tracked and not incident.confidential
        for name in incident.alerts
    )
    found: dict[str, set[Opened]] = {}
    for name, opened in (*old, *new):
        if ctx.now - opened[0] < ctx.policy.flappy.window.length:
            found.setdefault(name, set()).add(opened)
    return {name: tuple(sorted(found[name])) for name in sorted(found)}


_COLUMNS = ("title", "severity", "state", "status", "owner", "due", "rule")


def _active_row(incident: Incident, ctx: Context) -> Row | None:
    if not incident.active:
        return None
    if incident.confidential:  # nothing but its bare reference (P-16)
        return dict.fromkeys(_COLUMNS, "") | {"title": shown_title(incident)}
    next_due = deadlines(incident, ctx)[:1]
    return {
        "title": shown_title(incident),
        "severity": incident.severity.value if incident.severity else "",
        "state": incident.state_now,
        "status": incident.status_now,
        "owner": incident.owner or "",
        "due": moment(next_due[0][0], ctx) if next_due else "",
        "rule": next_due[0][1].name if next_due else "",
        "alert": incident.alert_key,
    }


def _new_review_row(change: Open, incident: Incident) -> Row:
    title = review_title(change.what, shown_title(incident))
    return {"title": title, "owner": change.assignee, "for": incident.ref, "begun": "no"}


def _review_row(incident: Incident) -> Row | None:
    if incident.kind != "review" or incident.closed:
        return None
    return {
        "title": shown_title(incident),
        "owner": incident.assignees[0] if incident.assignees else "",
        "for": incident.review_of,
        "begun": "yes" if incident.touched_at else "no",
    }


def _old(incident: Incident, ctx: Context) -> bool:
    began = incident.declared_at
    return began is not None and not incident.tracked and not incident.closed and began < ctx.since


def old_finding(world: Mapping[str, Incident], ctx: Context) -> Iterator[Finding]:
    """Incidents from before IMA: listed, never touched (P-48)."""
    old = [incident.ref for incident in world.values() if _old(incident, ctx)]
    if old:
        listed = ", ".join(old[:10]) + (" …" if len(old) > 10 else "")
        yield Finding(f"older than IMA here and left alone until `/ima adopt`: {listed}")
