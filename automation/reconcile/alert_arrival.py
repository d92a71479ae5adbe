"""A group of alerts arrives: the incident that it belongs to is found, or opened.

One incident for each group (P-17). What is told again changes nothing; no alert resolves anything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from automation.alerts.alert_payload import Group
from automation.alerts.alert_table import Table, alert_draft, table_body, table_comment, table_of
from automation.model.issue import Head, Issue
from automation.planning.plan import by_ref
from automation.reconcile.long_text_writes import open_issue
from automation.reconcile.one_pass import Run
from automation.stored_state import dashboard
from automation.stored_state.alert_marker import alert_of
from automation.stored_state.dashboard import Dashboard

_RECENT = timedelta(days=1)  # what was opened or resolved since may not be on the dashboard


@dataclass(frozen=True, slots=True)
class Arrival:
    """What became of a group. ``ref`` is empty where it concerns no incident."""

    did: Literal["opened", "updated", "unchanged", "nothing"]
    ref: str = ""
    title: str = ""
    table: Table = field(default_factory=Table)
    over: bool = False  # the incident is resolved
    confidential: bool = False


def arrive(group: Group, run: Run) -> Arrival:
    """Open or update the incident of a group. The pass on it is up to the caller."""
    with run.tracker.exclusive():
        same = _same(group, run)
        if not same:
            return _open(group, run) if group.firing else Arrival("nothing")
        judged = run.plan([issue.ref for issue in same]).before.incidents
        active = [i for i in same if i.ref in judged and judged[i.ref].active]
        if active:
            return _update(active[0], group, run, over=False)
        tables = [table_of(issue, run.tracker.me()) for issue in same]
        if all(any(table.knows(alert) for table in tables) for alert in group.firing):
            return _update(same[-1], group, run, over=True)
        return _open(group, run)


def _same(group: Group, run: Run) -> list[Issue]:
    """The incidents that this group has opened, the oldest first; as far as it matters."""
    refs = sorted(set(_candidates(group, run)), key=by_ref)
    me = run.tracker.me()
    issues = run.tracker.issues(refs) if refs else []
    return [issue for issue in issues if alert_of(issue, me)[0] == group.key]


def _candidates(group: Group, run: Run) -> Iterator[str]:
    """By the dashboard: what is open, and what these alerts opened of late. Besides, what moved
    since yesterday and is not on it."""
    page, now = run.tracker.dashboard(), run.clock()
    board = (page and dashboard.decode(page.body, page.ref)) or Dashboard()
    for ref, row in board.active.items():
        if row.get("alert", group.key) == group.key:  # it is not said of a confidential one
            yield ref
    for name in {alert.name for alert in group.alerts}:
        yield from (ref for _, ref in board.alerts.get(name, ()))
    for head in run.tracker.heads(_since(board, now), closed_since=now - _RECENT):
        if head.ref not in board.active and _may_be(head, run):
            yield head.ref


def _since(board: Dashboard, now: datetime) -> datetime | None:
    """Without a dashboard that can be read, everything that is open."""
    return now - _RECENT if board.shifts else None


def _may_be(head: Head, run: Run) -> bool:
    known = run.policy.labels.meaning
    return head.author == run.tracker.me() and ("incident", "") in map(known, head.labels)


def _open(group: Group, run: Run) -> Arrival:
    draft = alert_draft(group, run.policy, run.templates)
    ref = open_issue(run.tracker, draft)
    table = Table().told(group)
    run.tracker.comment(ref, table_body(table, run.templates))
    return Arrival("opened", ref, draft.title, table)


def _update(issue: Issue, group: Group, run: Run, *, over: bool) -> Arrival:
    """Only the comment changes; where a job was killed before it wrote one, it is written now."""
    me = run.tracker.me()
    comment, before = table_comment(issue, me), table_of(issue, me)
    table = before.told(group, over)
    body = table_body(table, run.templates)
    if comment is None:
        run.tracker.comment(issue.ref, body)
    elif table != before:
        run.tracker.edit_comment(issue.ref, comment.id, body)
    same = comment is not None and table == before
    did: Literal["unchanged", "updated"] = "unchanged" if same else "updated"
    return Arrival(did, issue.ref, issue.title, table, over, issue.confidential)
