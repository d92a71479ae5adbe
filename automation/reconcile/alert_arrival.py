"""A group of alerts arrives: the incidents that it belongs to are found, or one is opened (P-17).

An alert that an incident knows stays with it. Another one joins the active incident of its
service, or of its group, as the policy says (`alerts.join`, `alerts.within`); what is left of the
group goes where the rest of it went, else it opens an incident. No alert resolves anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Literal

from automation.alerts.alert_payload import Alert, Group
from automation.alerts.alert_table import Table, table_of
from automation.alerts.webhook_events import refs_named
from automation.errors import ServiceError
from automation.model.alerts_seen import PagerEvent
from automation.model.incident import HAVE_CARDS, Incident
from automation.model.issue import Head, Issue
from automation.planning.limits import limits_left
from automation.planning.plan import by_ref
from automation.reconcile.alert_incident import open_for_alerts
from automation.reconcile.one_pass import Run
from automation.stored_state import dashboard
from automation.stored_state.alert_marker import (
    ANY_ALERT,
    alerts_seen,
    name_token,
    service_token,
    table_comment,
)
from automation.stored_state.dashboard import Dashboard

_RECENT = timedelta(days=1)  # what was opened or resolved since may not be on the dashboard


@dataclass(frozen=True, slots=True)
class Arrival:
    """What became of a group, or of a part of it. ``ref`` is empty where it concerns no
    incident."""

    did: Literal["opened", "updated", "unchanged", "nothing"]
    ref: str = ""
    title: str = ""
    table: Table = field(default_factory=Table)
    over: bool = False  # the incident is resolved
    confidential: bool = False
    planned: bool = False  # it is planned work, which lists them: nobody is paged (P-56)
    beyond: bool = False  # it would have opened an incident, if there were not so many already


@dataclass(frozen=True, slots=True)
class Known:
    """An incident that alerts may belong to."""

    issue: Issue
    incident: Incident
    table: Table

    def open_to(self, run: Run) -> bool:
        """May other alerts join it now? Not where everybody could read what is a secret."""
        if not self.incident.active or self.incident.silent or self.incident.drill:
            return False
        began = (self.incident.began, self.issue.opened_at, self.table.last)
        last = max(time for time in began if time)
        return run.now() - last < run.policy.alerts.within.length

    def hears_again(self, alert: Alert, key: str, run: Run) -> bool:
        """Is it one of those that a secret is about, which everybody could read? It is taken in
        and written nowhere: an incident of its own would tell what the secret is (P-16)."""
        if not (self.incident.active and self.incident.silent):
            return False
        names = {*self.incident.alerts, *(row.name for row in self.table.rows)}
        return alert.name in names or key in _keys(self, run)

    def lists(self, alert: Alert, run: Run) -> bool:
        """Is it work on the service of this alert, going on now, that pages nobody (P-56)?"""
        work = self.incident.maintenance if self.incident.kind == "maintenance" else None
        window = work.window if work else None
        if window is None or run.policy.maintenance.page:
            return False
        return window.covers(alert.service, run.now())

    def about(self, service: str) -> bool:
        return service in (*self.incident.affects, *self.table.services)


def arrive(group: Group, run: Run) -> list[Arrival]:
    """Open or update the incidents of a group. The passes on them are up to the caller."""
    group = _with_logins(group, run)
    with run.tracker.exclusive():
        board = dashboard.read(run.tracker.dashboard()) or Dashboard()
        known = _known(_candidates(group, board, run), run)
        places = _placed(group, known, run)
        arrived = [_arrived(one, part, board, run) for one, part in places]
        return arrived or [Arrival("nothing")]


def _with_logins(group: Group, run: Run) -> Group:
    """People of the pager by their logins, where it says who they are."""
    if (event := group.pager) is None:
        return group
    people = [name for name in dict.fromkeys((event.by, *event.whom)) if name]
    try:
        logins = run.services.pager.logins(people) if people else {}
    except ServiceError:
        return group  # the policy knows some of them
    whom = tuple(logins.get(name, name) for name in event.whom)
    return replace(group, pager=replace(event, by=logins.get(event.by, event.by), whom=whom))


def _arrived(one: Known | None, part: Group, board: Dashboard, run: Run) -> Arrival:
    """Where more would be opened than the policy lets (`limits.opens`), nothing is lost: the
    incident that an alert has opened last takes it in, and says so."""
    if one:
        return _update(one, part, run)
    opened = [(at, ref) for each in board.alerts.values() for at, ref in each]
    if not opened or limits_left(run.policy.limits, board, run.now())["opens"] > 0:
        return _open(part, run)
    taking = [one for one in _known([max(opened)[1]], run) if one.open_to(run)]
    return _update(taking[0], part, run, beyond=True) if taking else _open(part, run)


def _placed(group: Group, known: Sequence[Known], run: Run) -> list[tuple[Known | None, Group]]:
    """Each incident (None: a new one) with its part of the group, which is never empty."""
    parts: dict[str, list[Alert]] = {}
    rest: list[Alert] = []
    for alert in group.alerts:
        one = _belongs(alert, group, known, run)
        parts.setdefault(one.issue.ref, []).append(alert) if one else rest.append(alert)
    ends = {one.issue.ref: one for one in known}
    main = _main(parts, ends, run) if run.policy.alerts.join != "never" else None
    untold = group.more > 0 and not parts
    if main:
        parts[main.issue.ref] += rest
    elif any(alert.ended is None for alert in rest) or untold:
        parts[""] = rest
    most = main.issue.ref if main else "" if "" in parts else next(iter(parts), "")
    return [
        (ends.get(ref), _part(group, alerts, group.more if ref == most else 0))
        for ref, alerts in parts.items()
    ]


def _main(parts: dict[str, list[Alert]], ends: dict[str, Known], run: Run) -> Known | None:
    """The active incident that the rest of a group joins: one that has firing alerts of it."""
    for ref, alerts in parts.items():
        if ends[ref].open_to(run) and any(alert.ended is None for alert in alerts):
            return ends[ref]
    return None


def _part(group: Group, alerts: Sequence[Alert], more: int) -> Group:
    if len(alerts) == len(group.alerts):
        return group
    about = {alert.service for alert in alerts}
    services = tuple(service for service in group.services if service in about)
    title = group.title
    if group.alerts[0] not in alerts:  # whose name the group has
        title = ", ".join(dict.fromkeys(alert.name for alert in alerts)) or title
    return replace(group, title=title, alerts=tuple(alerts), services=services, more=more)


def _belongs(alert: Alert, group: Group, known: Sequence[Known], run: Run) -> Known | None:
    """The incident of an alert: the one that knows this firing, whatever became of it; else one
    that it joins."""
    if told := [one for one in known if one.table.knows(alert) and _keeps(one, alert, run)]:
        first = min(told, key=lambda one: not one.incident.active)
        return _now_in(first, known, run) or first
    if group.pager and (one := _of_the_pager(group.pager, group, known, run)):
        return one
    if silent := next((one for one in known if one.hears_again(alert, group.key, run)), None):
        return silent
    if one := _joined(alert, group, known, run):
        return one
    listing = alert.ended is None and not group.called_by_hand
    return next((one for one in known if listing and one.lists(alert, run)), None)


def _keeps(one: Known, alert: Alert, run: Run) -> bool:
    """Planned work keeps what fires only while it goes on; and the end of what it has listed."""
    return one.incident.kind == "incident" or alert.ended is not None or one.lists(alert, run)


def _joined(alert: Alert, group: Group, known: Sequence[Known], run: Run) -> Known | None:
    """The active incident that an alert joins, as the policy says."""
    join = run.policy.alerts.join
    active = [one for one in known if one.open_to(run)] if join != "never" else []
    for one in active:
        if any(row.fingerprint == alert.fingerprint for row in one.table.rows):
            return one
    theirs = [one for one in known if one.table.has(alert)]
    for other in filter(None, (_now_in(one, known, run) for one in theirs)):
        return other
    if alert.ended is not None:
        return None
    if join == "service" and alert.service:
        return next((one for one in active if one.about(alert.service)), None)
    return next((one for one in active if group.key in _keys(one, run)), None)


def _of_the_pager(
    event: PagerEvent, group: Group, known: Sequence[Known], run: Run
) -> Known | None:
    """The active incident of an incident of the pager: the one that it opened before a job was
    killed; of what a person has triggered, the one that they name, else the only one there is."""
    active = [one for one in known if one.incident.active and not one.incident.drill]
    for one in active:
        if group.key in _keys(one, run):
            return one
    if not group.called_by_hand:
        return None
    named = refs_named(event.title, run.policy.project)
    for one in active:
        if one.issue.ref in named:
            return one
    if len(active) != 1 or named:
        return None
    affects, about = {*active[0].incident.affects}, {*group.services}
    return active[0] if not about or not affects or about & affects else None


def _now_in(one: Known, known: Sequence[Known], run: Run) -> Known | None:
    """Where the alerts of a duplicate belong: to the incident that it is one of (P-53)."""
    seen = {one.issue.ref}
    while (end := one.incident.resolution) and end.duplicate_of not in seen:
        seen.add(end.duplicate_of)
        there = [other for other in known if other.issue.ref == end.duplicate_of]
        if not there:
            return None
        one = there[0]
    return one if len(seen) > 1 and one.incident.active and not one.incident.silent else None


def _keys(one: Known, run: Run) -> tuple[str, ...]:
    return alerts_seen(one.issue, run.tracker.me()).keys


def _known(candidates: Iterable[str], run: Run) -> list[Known]:
    """Those of them that are incidents, the oldest first."""
    refs = sorted(set(candidates), key=by_ref)
    if not refs:
        return []
    judged, me = run.plan(refs).before.incidents, run.tracker.me()
    ends = (judged[ref].resolution for ref in refs if ref in judged)
    others = {end.duplicate_of for end in ends if end and end.duplicate_of} - {*refs}
    if others:
        return _known([*refs, *others], run)
    incidents = [ref for ref in refs if ref in judged and judged[ref].kind in HAVE_CARDS]
    issues = run.tracker.issues(incidents) if incidents else []
    return [Known(issue, judged[issue.ref], table_of(issue, me)) for issue in issues]


def _candidates(group: Group, board: Dashboard, run: Run) -> Iterator[str]:
    """What alerts of this group may belong to. By the dashboard: what is open, or has ended while
    its alerts went on, and what these alerts opened of late. Besides, what moved since yesterday
    and is not on it."""
    wanted, now = _tokens(group), run.now()
    services = {alert.service for alert in group.alerts}
    for ref, row in board.planned.items():
        if not row["services"] or services & {*row["services"].split(",")}:  # a secret one: unsaid
            yield ref
    for ref, row in (*board.active.items(), *board.alerting.items()):
        if (
            group.called_by_hand or "alert" not in row or wanted & {*row["alert"].split()}
        ):  # a secret one does not say
            yield ref
    for name in {alert.name for alert in group.alerts}:
        yield from (ref for _, ref in board.alerts.get(name, ()))
    for head in run.tracker.heads(_since(board, now), closed_since=now - _RECENT):
        if _may_be(head, run) and (
            group.called_by_hand
            or head.ref not in board.active
            or services & {*_services(head, run)}
        ):
            yield head.ref


def _tokens(group: Group) -> set[str]:
    names = {name_token(alert.name) for alert in group.alerts}
    services = {service_token(alert.service) for alert in group.alerts if alert.service}
    return {group.key, ANY_ALERT, *names, *services}


def _since(board: Dashboard, now: datetime) -> datetime | None:
    """Without a dashboard that can be read, everything that is open."""
    return now - _RECENT if board.shifts else None


def _may_be(head: Head, run: Run) -> bool:
    meant = {*map(run.policy.labels.meaning, head.labels)}
    return not meant.isdisjoint({("incident", ""), ("maintenance", "")})


def _services(head: Head, run: Run) -> Iterator[str]:
    """Services that it is labelled with, which the dashboard may not know yet."""
    for meaning in map(run.policy.labels.meaning, head.labels):
        if meaning and meaning[0] == "service":
            yield meaning[1]


def _open(group: Group, run: Run) -> Arrival:
    ref, title, table = open_for_alerts(group, run.tracker, run.policy, run.templates)
    return Arrival("opened", ref, title, table)


def _update(one: Known, group: Group, run: Run, beyond: bool = False) -> Arrival:
    """Only the comment changes; where a job was killed before it wrote one, it is written now;
    none where everybody could read a secret.
    ``beyond`` the limit: it is here for that reason alone."""
    incident, before = one.incident, one.table
    planned = incident.kind == "maintenance"
    comment = table_comment(one.issue, run.tracker.me())
    over = not incident.active and not planned
    chosen = incident.severity
    has = chosen.value if chosen and chosen.confirmed else ""
    told = before.told(group, over=over, has=has, affects=incident.affects)
    told = replace(told, planned=planned)
    if beyond:
        limits = run.policy.limits
        told = told.with_news("limit", f"limits.opens: {limits.opens} within {limits.window}")
    table, body = told.fitting(run.templates, run.tracker.can.body_limit)
    same = incident.silent or (comment is not None and table == before)
    if comment is None and not incident.silent:
        run.tracker.comment(one.issue.ref, body)
    elif comment and not same:
        run.tracker.edit_comment(one.issue.ref, comment.id, body)
    did: Literal["unchanged", "updated"] = "unchanged" if same else "updated"
    title, hidden = one.issue.title, incident.confidential
    return Arrival(did, one.issue.ref, title, table, over, hidden, planned, beyond)
