"""A group of alerts arrives: the incidents that it belongs to are found, or one is opened (P-17).

An alert that an incident knows stays with it. Another one joins the active incident of its
service, or of its group, as the policy says (`alerts.join`, `alerts.within`); what is left of the
group goes where the rest of it went, else it opens an incident. No alert resolves anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta
from typing import Literal

from automation.alerts.alert_payload import Alert, Group
from automation.alerts.alert_table import AlertTable, table_of
from automation.alerts.webhook_events import refs_named
from automation.errors import IssueLocked, ServiceError
from automation.model.alerts_seen import PagerEvent
from automation.model.incident import HAVE_CARDS, Incident
from automation.model.issue import Head, Issue
from automation.planning.limits import limits_left
from automation.planning.plan import by_ref
from automation.reconcile.alert_incident import open_for_alerts
from automation.reconcile.one_pass import Run
from automation.records import dataclass
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
    """What became of a group, or of a part of it. ``ref`` is "" where it concerns no incident."""

    did: Literal["opened", "updated", "unchanged", "nothing"]
    ref: str = ""
    title: str = ""
    table: AlertTable = field(default_factory=AlertTable)
    over: bool = False  # the incident is resolved
    confidential: bool = False
    planned: bool = False  # it is planned work that lists them, and nobody is paged (P-56)
    locked: bool = False  # nothing can be said on the issue
    beyond: bool = False  # `limits.opens` kept them from opening an incident of their own


@dataclass(frozen=True, slots=True)
class Candidate:
    """An incident, or planned work, that alerts of the group may belong to."""

    issue: Issue
    incident: Incident
    table: AlertTable

    def takes_new_alerts(self, run: Run) -> bool:
        """May alerts that it does not know join it, for `alerts.within` after its last one? Not in
        a drill, and not where everybody could read what must stay confidential."""
        if not self.incident.active or self.incident.silent or self.incident.drill:
            return False
        began = (self.incident.began, self.issue.opened_at, self.table.last)
        last = max(time for time in began if time)
        return run.now() - last < run.policy.alerts.within.length

    def takes_in_silently(self, alert: Alert, key: str, run: Run) -> bool:
        """Is the alert one of those of a security incident that everybody could read? Then it is
        taken in and written nowhere: an incident of its own would tell what the secret is
        (P-16)."""
        if not (self.incident.active and self.incident.silent):
            return False
        names = {*self.incident.alerts, *(row.name for row in self.table.rows)}
        return alert.name in names or key in _group_keys(self, run)

    def is_work_on_service_of(self, alert: Alert, run: Run) -> bool:
        """Is it planned work on the service of this alert, going on now, that pages nobody
        (P-56)?"""
        work = self.incident.maintenance if self.incident.kind == "maintenance" else None
        window = work.window if work else None
        if window is None or run.policy.maintenance.page:
            return False
        return window.covers(alert.service, run.now())

    def affects_service(self, service: str) -> bool:
        return service in (*self.incident.affects, *self.table.services)


def arrive(group: Group, run: Run) -> list[Arrival]:
    """Open the incident of a group of alerts, or update those that its alerts belong to. Returns
    what became of each part; the passes on these issues are up to the caller. Raises
    ServiceError."""
    group = _with_logins(group, run)
    with run.tracker.exclusive():
        board = dashboard.read(run.tracker.dashboard()) or Dashboard()
        candidates = _read_candidates(_refs_of_candidates(group, board, run), run)
        shut_in, group = _taken_in_elsewhere(group, board, candidates, run)
        places = _parts_by_incident(group, candidates, run) if group.alerts else []
        arrived = [_take_in(candidate, part, board, run) for candidate, part in places]
        return [*shut_in, *arrived] or [Arrival("nothing")]


def _taken_in_elsewhere(
    group: Group, board: Dashboard, candidates: Sequence[Candidate], run: Run
) -> tuple[list[Arrival], Group]:
    """Alerts of security incidents that were moved to where only their people read: noted there,
    and nowhere here, for an incident of their own would tell what the secret is (P-16). With what
    is left of the group."""
    here = {candidate.issue.ref for candidate in candidates}
    secret = [ref for ref, row in board.active.items() if "alert" not in row and ref not in here]
    arrivals, rest = list[Arrival](), list(group.alerts)
    for ref in dict.fromkeys((*board.shut_in, *secret)) if run.tracker.can.moves else ():
        issue = run.tracker.moved_issue(ref) if rest else None
        if issue is None or issue.closed:
            continue
        seen, table = alerts_seen(issue, run.tracker.me()), table_of(issue, run.tracker.me())
        whole = group.key in seen.keys
        theirs = [a for a in rest if whole or a.name in seen.names or table.knows(a)]
        if theirs:
            arrivals.append(_note_elsewhere(issue, _part_of_group(group, theirs, 0), run))
            rest = [alert for alert in rest if alert not in theirs]
    return arrivals, _part_of_group(group, rest, group.more) if rest else replace(group, alerts=())


def _note_elsewhere(issue: Issue, group: Group, run: Run) -> Arrival:
    before, comment = table_of(issue, run.tracker.me()), table_comment(issue, run.tracker.me())
    told = before.with_group(group)
    table, body = told.cut_to_fit(run.templates, run.tracker.can.body_limit)
    if comment is None:
        run.tracker.comment(issue.ref, body)
    elif table != before:
        run.tracker.edit_comment(issue.ref, comment.id, body)
    did: Literal["unchanged", "updated"] = "unchanged" if table == before else "updated"
    return Arrival(did, issue.ref, table=table, over=True, confidential=True)


def _with_logins(group: Group, run: Run) -> Group:
    """The group with logins in the place of the pager's people, where the pager says who they
    are. Whom neither it nor the policy knows is nobody of ours, whatever the body calls them: in a
    body that somebody made up, a login."""
    if (event := group.pager) is None:
        return group
    people = [name for name in dict.fromkeys((event.by, *event.whom)) if name]
    try:
        logins = run.services.pager.logins(people) if people else {}
    except ServiceError:
        logins = {}
    known = {each.pager.casefold() for each in run.policy.people.values() if each.pager}
    strangers = {name: f"?{name}" for name in people if name.casefold() not in known}
    called = strangers | dict(logins)
    whom = tuple(called.get(name, name) for name in event.whom)
    return replace(group, pager=replace(event, by=called.get(event.by, event.by), whom=whom))


def _take_in(candidate: Candidate | None, part: Group, board: Dashboard, run: Run) -> Arrival:
    """Update the candidate or, where there is none, open an incident. Where that would be more than
    `limits.opens`, nothing is lost: the incident that an alert has opened last takes the part in,
    and says so."""
    if candidate:
        return _update_incident(candidate, part, run)
    opened = [(at, ref) for each in board.alerts.values() for at, ref in each]
    if not opened or limits_left(run.policy.limits, board, run.now())["opens"] > 0:
        return _open_incident(part, run)
    for last in _read_candidates([max(opened)[1]], run):
        if last.takes_new_alerts(run):
            return _update_incident(last, part, run, beyond=True)
    return _open_incident(part, run)


def _parts_by_incident(
    group: Group, candidates: Sequence[Candidate], run: Run
) -> list[tuple[Candidate | None, Group]]:
    """Each incident with its part of the group, which is never empty; None stands for a new one."""
    parts: dict[str, list[Alert]] = {}
    rest: list[Alert] = []
    for alert in group.alerts:
        candidate = _incident_of_alert(alert, group, candidates, run)
        parts.setdefault(candidate.issue.ref, []).append(alert) if candidate else rest.append(alert)
    ends = {each.issue.ref: each for each in candidates}
    main = _incident_of_the_rest(parts, ends, run) if run.policy.alerts.join != "never" else None
    only_untold = group.more > 0 and not parts
    if main:
        parts[main.issue.ref] += rest
    elif any(alert.ended is None for alert in rest) or only_untold:
        parts[""] = rest
    most = main.issue.ref if main else "" if "" in parts else next(iter(parts), "")
    return [
        (ends.get(ref), _part_of_group(group, alerts, group.more if ref == most else 0))
        for ref, alerts in parts.items()
    ]


def _incident_of_the_rest(
    parts: dict[str, list[Alert]], ends: dict[str, Candidate], run: Run
) -> Candidate | None:
    """The active incident that has firing alerts of a group: its other alerts join it, too."""
    for ref, alerts in parts.items():
        if ends[ref].takes_new_alerts(run) and any(alert.ended is None for alert in alerts):
            return ends[ref]
    return None


def _part_of_group(group: Group, alerts: Sequence[Alert], more: int) -> Group:
    """The group with only these of its alerts; ``more`` of it were not told."""
    if len(alerts) == len(group.alerts):
        return group
    named = {alert.service for alert in alerts}
    services = tuple(service for service in group.services if service in named)
    title = group.title
    if group.alerts[0] not in alerts:  # the group is named after its first alert
        title = ", ".join(dict.fromkeys(alert.name for alert in alerts)) or title
    return replace(group, title=title, alerts=tuple(alerts), services=services, more=more)


def _incident_of_alert(
    alert: Alert, group: Group, candidates: Sequence[Candidate], run: Run
) -> Candidate | None:
    """The incident of an alert: the one that knows this firing, whatever became of it; else one
    that the alert joins; else planned work that lists it. None: it needs an incident of its own."""
    knowing = [each for each in candidates if each.table.knows_firing(alert)]
    if told := [each for each in knowing if _still_has(each, alert, run)]:
        first = min(told, key=lambda candidate: not candidate.incident.active)
        return _end_of_duplicates(first, candidates, run) or first
    if group.pager and (candidate := _incident_of_pager_event(group.pager, group, candidates, run)):
        return candidate
    for candidate in candidates:
        if candidate.takes_in_silently(alert, group.key, run):
            return candidate
    if candidate := _incident_to_join(alert, group, candidates, run):
        return candidate
    if alert.ended is not None or group.called_by_hand:
        return None
    return next((each for each in candidates if each.is_work_on_service_of(alert, run)), None)


def _still_has(candidate: Candidate, alert: Alert, run: Run) -> bool:
    """Does the alert still belong where it was told before? Planned work keeps a firing only while
    the work goes on; it always keeps the end of one that it has listed. A firing that does not say
    when it began may be a new one after an incident is over, and somebody must see it."""
    if alert.undated and alert.ended is None and not candidate.incident.active:
        return candidate.is_work_on_service_of(alert, run)
    return (
        candidate.incident.kind == "incident"
        or alert.ended is not None
        or candidate.is_work_on_service_of(alert, run)
    )


def _incident_to_join(
    alert: Alert, group: Group, candidates: Sequence[Candidate], run: Run
) -> Candidate | None:
    """The active incident that an alert joins, as the policy says."""
    join = run.policy.alerts.join
    active = [each for each in candidates if each.takes_new_alerts(run)] if join != "never" else []
    for candidate in active:
        if any(row.fingerprint == alert.fingerprint for row in candidate.table.rows):
            return candidate
    theirs = [each for each in candidates if each.table.knows(alert)]
    for other in filter(None, (_end_of_duplicates(each, candidates, run) for each in theirs)):
        return other
    if alert.ended is not None:
        return None
    if join == "service" and alert.service:
        return next((each for each in active if each.affects_service(alert.service)), None)
    return next((each for each in active if group.key in _group_keys(each, run)), None)


def _incident_of_pager_event(
    event: PagerEvent, group: Group, candidates: Sequence[Candidate], run: Run
) -> Candidate | None:
    """The active incident that an incident of the pager belongs to: the one that it opened before,
    in a job that was killed. For a call by hand, the one that its title names, else the only active
    one if it is about the same services. None: it needs an incident of its own."""
    active = [each for each in candidates if each.incident.active and not each.incident.drill]
    for candidate in active:
        if group.key in _group_keys(candidate, run):
            return candidate
    if not group.called_by_hand:
        return None
    named = refs_named(event.title, run.policy.project)
    for candidate in active:
        if candidate.issue.ref in named:
            return candidate
    if len(active) != 1 or named:
        return None
    affects, called_for = {*active[0].incident.affects}, {*group.services}
    return active[0] if not called_for or not affects or called_for & affects else None


def _end_of_duplicates(
    candidate: Candidate, candidates: Sequence[Candidate], run: Run
) -> Candidate | None:
    """The active incident that this one is a duplicate of, over several steps (P-53); else None."""
    seen = {candidate.issue.ref}
    while (end := candidate.incident.resolution) and end.duplicate_of not in seen:
        seen.add(end.duplicate_of)
        there = [other for other in candidates if other.issue.ref == end.duplicate_of]
        if not there:
            return None
        candidate = there[0]
    followed = len(seen) > 1
    incident = candidate.incident
    return candidate if followed and incident.active and not incident.silent else None


def _group_keys(candidate: Candidate, run: Run) -> tuple[str, ...]:
    return alerts_seen(candidate.issue, run.tracker.me()).keys


def _read_candidates(wanted: Iterable[str], run: Run) -> list[Candidate]:
    """The candidates with these references, judged, the oldest first; with those that they are
    duplicates of."""
    refs = sorted(set(wanted), key=by_ref)
    if not refs:
        return []
    judged, me = run.plan(refs).before.incidents, run.tracker.me()
    ends = (judged[ref].resolution for ref in refs if ref in judged)
    others = {end.duplicate_of for end in ends if end and end.duplicate_of} - {*refs}
    if others:
        return _read_candidates([*refs, *others], run)
    incidents = [ref for ref in refs if ref in judged and judged[ref].kind in HAVE_CARDS]
    issues = run.tracker.issues(incidents) if incidents else []
    return [Candidate(issue, judged[issue.ref], table_of(issue, me)) for issue in issues]


def _refs_of_candidates(group: Group, board: Dashboard, run: Run) -> Iterator[str]:
    """References of the issues that alerts of this group may belong to. The dashboard tells what is
    open, what has ended while its alerts went on, and what these alerts opened of late. The tracker
    tells what moved since yesterday and may not be on the dashboard yet."""
    wanted, now = _tokens_on_dashboard(group), run.now()
    services = {alert.service for alert in group.alerts}
    for ref, row in board.planned.items():
        confidential = not row["services"]  # it names none
        if confidential or services & {*row["services"].split(",")}:
            yield ref
    for ref, row in (*board.active.items(), *board.alerting.items()):
        confidential = "alert" not in row  # it names none
        if group.called_by_hand or confidential or wanted & {*row["alert"].split()}:
            yield ref
    for name in {alert.name for alert in group.alerts}:
        yield from (ref for _, ref in board.alerts.get(name, ()))
    for head in run.tracker.heads(_read_heads_since(board, now), closed_since=now - _RECENT):
        if _may_be_candidate(head, run) and (
            group.called_by_hand
            or head.ref not in board.active
            or services & {*_services_labelled(head, run)}
        ):
            yield head.ref


def _tokens_on_dashboard(group: Group) -> set[str]:
    """The words by which the dashboard knows the alerts and services of a group."""
    names = {name_token(alert.name) for alert in group.alerts}
    services = {service_token(alert.service) for alert in group.alerts if alert.service}
    return {group.key, ANY_ALERT, *names, *services}


def _read_heads_since(board: Dashboard, now: datetime) -> datetime | None:
    """Since when the tracker lists what moved; None, for all that is open, where no dashboard can
    be read."""
    return now - _RECENT if board.shifts else None


def _may_be_candidate(head: Head, run: Run) -> bool:
    meant = {*map(run.policy.labels.meaning, head.labels)}
    return not meant.isdisjoint({("incident", ""), ("maintenance", "")})


def _services_labelled(head: Head, run: Run) -> Iterator[str]:
    """The services that an issue is labelled with, which the dashboard may not know yet."""
    for meaning in map(run.policy.labels.meaning, head.labels):
        if meaning and meaning[0] == "service":
            yield meaning[1]


def _open_incident(group: Group, run: Run) -> Arrival:
    ref, title, table = open_for_alerts(group, run.tracker, run.policy, run.templates)
    return Arrival("opened", ref, title, table)


def _update_incident(candidate: Candidate, group: Group, run: Run, beyond: bool = False) -> Arrival:
    """Update the comment that holds the table, or write it where a job was killed before it did.
    Nothing is written on a security incident that everybody can read. ``beyond``: the group is here
    only because of `limits.opens`."""
    incident, before = candidate.incident, candidate.table
    planned = incident.kind == "maintenance"
    comment = table_comment(candidate.issue, run.tracker.me())
    over = not incident.active and not planned
    chosen = incident.severity
    severity = chosen.value if chosen and chosen.confirmed else ""
    told = before.with_group(group, over=over, severity=severity, affects=incident.affects)
    told = replace(told, planned=planned)
    if beyond:
        limits = run.policy.limits
        told = told.with_news("limit", f"limits.opens: {limits.opens} within {limits.window}")
    table, body = told.cut_to_fit(run.templates, run.tracker.can.body_limit)
    same = incident.silent or (comment is not None and table == before)
    locked = False
    try:
        if comment is None and not incident.silent:
            run.tracker.comment(candidate.issue.ref, body)
        elif comment and not same:
            run.tracker.edit_comment(candidate.issue.ref, comment.id, body)
    except IssueLocked:
        locked = True
    did: Literal["unchanged", "updated"] = "unchanged" if same or locked else "updated"
    title, hidden = candidate.issue.title, incident.confidential
    return Arrival(did, candidate.issue.ref, title, table, over, hidden, planned, locked, beyond)
