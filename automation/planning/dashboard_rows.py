"""The dashboard as it should be: a row for each active incident and each open review. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

from automation.changes.issue_changes import Change
from automation.changes.service_calls import Open
from automation.model import bounds, secrecy
from automation.model.facts import is_action
from automation.model.incident import Incident
from automation.model.replacing import replace
from automation.model.secrecy import Tellable, shown_title, tellable
from automation.planning.digest import DigestPost, digest_memory
from automation.planning.finding import Finding
from automation.planning.findings import finding_rows
from automation.planning.gone_issues import OUTSIDE, begun_outside
from automation.planning.handover import Handover
from automation.planning.incident_view import address_of, deadlines, open_task, time_in_words
from automation.planning.lateness import late_rows
from automation.planning.limits import counted, of_strangers, spent_after
from automation.planning.maintenance import maintenance_row
from automation.planning.next_effects import effects_in_words
from automation.planning.plan import Snapshot, by_ref
from automation.planning.set_aside import SetAside
from automation.planning.shift_change import chat_groups, notes_left
from automation.planning.usual_times import ended_after
from automation.policy.due_dates import due_zone, overdue_at, parse_day
from automation.policy.planning_input import Context
from automation.policy.team_time import team_zone
from automation.rules import rules_of
from automation.rules.gate import GateRule
from automation.stored_state.alert_marker import ANY_ALERT, name_token, service_token
from automation.stored_state.dashboard import Dashboard, Opened, Row
from automation.stored_state.label_memory import ON_ISSUE, labels_on
from automation.text.escaping import without_mentions
from automation.times.team_clock import TeamClock

_NAMES = 10  # of alerts that a row has room for
_OLD = 500  # incidents from before IMA that are listed: the newest


def opened_title(change: Open, incident: Incident) -> str:
    """What an action is called, as somebody typed it; a review is called after what it reviews.
    Forges tell who is mentioned in a title: ours mentions nobody."""
    start = "Near miss" if change.what == "near miss" else "Review"
    return without_mentions(change.title or f"{start}: {incident.title}")[: bounds.TITLE]


def opened_labels(change: Open, incident: Incident, ctx: Context) -> tuple[str, ...]:
    """The labels of a review or an action that is opened."""
    labels = ctx.policy.labels
    names = [labels.name("action" if is_action(change.what) else "review")]
    names += [labels.name("near_miss")] if change.what == "near miss" else []
    names += [labels.name("severity", change.severity)] if change.severity else []
    of_drill = incident.drill and not is_action(change.what)
    names += [labels.name("drill")] if of_drill else []
    shown = incident.confidential and not ctx.can.confidential
    names += [labels.name("security")] if shown else []  # so that we keep it in, at least
    return tuple(names)


def dashboard_if_changed(
    snapshot: Snapshot,
    world: Mapping[str, Incident],
    changes: Iterable[Change],
    handover: Handover | None = None,
    set_aside: SetAside | None = None,
    findings: Mapping[str, Row] | None = None,
    digest: DigestPost | None = None,
) -> Dashboard | None:
    """The dashboard as it should be, or None where it stands as it is."""
    policy, before = snapshot.ctx.policy, snapshot.dashboard
    if before.newer:
        return None
    after = dashboard_now(snapshot, world, changes, set_aside)
    after = replace(after, findings=before.findings if findings is None else findings)
    after = handover.dashboard_once_told(after) if handover else after
    if looks_at_everything(snapshot):
        told = digest_memory(policy, snapshot.stored, snapshot.now, digest)
        after = replace(after, digest=told)
    adopts = policy.since is None and before.since is None  # the first apply of all (P-48)
    needed = after.needed or adopts or bool(after.groups) or bool(after.digest)
    moved = not before.ref or after.moved(snapshot.stored) or beat_is_due(snapshot)
    moved = moved or has_another_policy(snapshot)
    return after if needed and (moved or before.stale) else None


def has_another_policy(snapshot: Snapshot) -> bool:
    """Is it the first sweep by this policy? Nobody knows where an older IMA made the last one."""
    before = snapshot.stored.policy
    another = bool(before) and before != snapshot.ctx.policy.digest
    return another and looks_at_everything(snapshot)


def beat_is_due(snapshot: Snapshot) -> bool:
    """Is the dashboard's sign of life so old that a run that looks at everything renews it? What
    an older IMA wrote has none, and gets one with the next change."""
    beat, every = snapshot.stored.beat, snapshot.ctx.policy.heartbeat_every
    if beat is None or every is None or not looks_at_everything(snapshot):
        return False
    return snapshot.now - beat >= every.length


def rows_with(
    findings: Iterable[Finding], snapshot: Snapshot, set_aside: SetAside
) -> dict[str, Row]:
    """What the dashboard is to say of findings."""
    looked = _looked(snapshot, set_aside)
    return finding_rows(snapshot.stored.findings, findings, looked, snapshot.now)


def looks_at_everything(snapshot: Snapshot) -> bool:
    """Is it a sweep, and not a pass on some issues?"""
    return snapshot.whole or snapshot.sweep is not None


def _looked(snapshot: Snapshot, set_aside: SetAside) -> Callable[[Row], bool]:
    """Did this run look whether the finding of a row is still so?"""
    gone, everything = _gone(snapshot, set_aside), looks_at_everything(snapshot)

    def looked(row: Row) -> bool:
        ref = row.get("ref", "")
        return ref in snapshot.incidents or gone(ref) if ref else everything

    return looked


def dashboard_now(
    snapshot: Snapshot,
    world: Mapping[str, Incident],
    changes: Iterable[Change] = (),
    set_aside: SetAside | None = None,
) -> Dashboard:
    """What a dashboard says now, whether or not there is one. The row of an issue that cannot be
    shown stays as it was, and ``set_aside`` says why."""
    ctx, before = snapshot.ctx, snapshot.dashboard
    set_aside = set_aside or SetAside()
    merged = partial(_merged, gone=_gone(snapshot, set_aside), set_aside=set_aside)
    rows = merged(before.active, world, lambda i: _active_row(i, ctx))
    follow = {"review": before.reviews, "action": before.actions}
    rest = {kind: merged(rows_, world, _follow_row(kind, ctx)) for kind, rows_ in follow.items()}
    policy = before.policy, before.policy_since
    if looks_at_everything(snapshot) and ctx.policy.digest != before.policy:
        policy = ctx.policy.digest, ctx.now
    changes = list(changes)
    for change in changes:
        if isinstance(change, Open):
            kind = "action" if is_action(change.what) else "review"
            rest[kind][change.symbol] = _new_row(change, world[change.ref], ctx)
    alerts = openings_by_alert(before.alerts, world, ctx)
    old = {ref for ref in before.old if ref not in world}
    old |= {*unread_old(snapshot), *(i.ref for i in world.values() if _old(i, ctx))}
    return replace(
        before,
        since=before.since or ctx.since,
        policy=policy[0],
        policy_since=policy[1],
        active=rows,
        reviews=_marked(rest["review"], ctx),
        actions=_marked(rest["action"], ctx),
        old=tuple(sorted(old, key=by_ref)[-_OLD:]),
        late=tuple(late_rows(before.late, world, ctx)),
        ended=ended_after(before.ended, world, ctx),
        tell=notes_left(before, world),
        handed=before.handed if ctx.policy.chain[0] in before.unknown else "",
        groups=chat_groups(snapshot),
        alerts=alerts,
        spent=spent_after(
            ctx.policy.limits,
            before,
            counted(changes, ctx.policy),
            ctx.now,
            of_strangers(world, ctx),
        ),
        planned=merged(before.planned, world, lambda i: maintenance_row(i, ctx)),
        alerting=merged(before.alerting, world, _alerting_row),
        flappy=tuple(n for n, each in alerts.items() if len(each) >= ctx.policy.flappy.count),
    )


def _gone(snapshot: Snapshot, set_aside: SetAside) -> Callable[[str], bool]:
    """After a full list, all of which could be read: is the issue no longer on it?"""
    if "" in snapshot.aside:
        return lambda ref: False
    if snapshot.whole:
        away = snapshot.aside | snapshot.lost
        return lambda ref: ref not in away and ref not in set_aside
    if snapshot.sweep is None or not snapshot.sweep.full:
        return lambda ref: ref in snapshot.gone
    listed = {head.ref for head in snapshot.sweep.heads} | snapshot.lost | snapshot.aside
    return lambda ref: ref not in listed


def _merged(
    before: Mapping[str, Row],
    world: Mapping[str, Incident],
    row: Callable[[Incident], Row | None],
    gone: Callable[[str], bool],
    set_aside: SetAside,
) -> dict[str, Row]:
    """Rows of what was not looked at stay; those of what was are made anew."""
    made = {ref: set_aside.attempt(ref, partial(row, one)) for ref, one in world.items()}
    rows = {
        ref: old
        for ref, old in before.items()
        if ref in set_aside or not (ref in world or gone(ref))
    }
    rows |= {ref: new for ref, new in made.items() if new}
    return dict(sorted(rows.items(), key=lambda item: by_ref(item[0])))


def openings_by_alert(
    before: Mapping[str, Sequence[Opened]], world: Mapping[str, Incident], ctx: Context
) -> dict[str, tuple[Opened, ...]]:
    """Which alerts opened which incidents of late, the oldest first; of confidential ones nothing.
    What was not looked at stays (P-19)."""
    old = ((name, one) for name, each in before.items() for one in each if one[1] not in world)
    new = (
        (name, (told.opened_at, ref))
        for ref, incident in world.items()
        if incident.tracked and (told := tellable(incident))
        for name in told.alerts
    )
    found: dict[str, set[Opened]] = {}
    for name, opened in (*old, *new):
        if ctx.now - opened[0] < ctx.policy.flappy.window.length:
            found.setdefault(name, set()).add(opened)
    return {name: tuple(sorted(found[name])) for name in sorted(found)}


_COLUMNS = (
    *("title", "severity", "state", "status", "owner", "due", "rule"),
    *("rank", "began", "todo", "next", "then", "card"),
)
_EFFECTS = 2  # of what comes next: as many as are read at a glance


def _active_row(incident: Incident, ctx: Context) -> Row | None:
    if not incident.active:
        return None
    bare = dict.fromkeys(_COLUMNS, "") | {"title": shown_title(incident)}
    if (told := tellable(incident)) is None:
        return bare
    return {
        **bare,
        **(_words_of_row(told, ctx) if ctx.can.readers else {}),
        "alert": " ".join(alert_tokens(told)),
        OUTSIDE: begun_outside(told),
        ON_ISSUE: labels_on(told.labels, ctx.policy.labels),
    }


def _words_of_row(told: Tellable, ctx: Context) -> Row:
    """What a row says to people besides its title."""
    next_due = deadlines(told, ctx)[:1]
    began = told.declared_at or told.opened_at
    clock = TeamClock(team_zone(ctx.policy), year=began.year)
    then = [words for one in next_due for words in effects_in_words(one.changes, told, ctx)]
    return {
        "severity": told.severity.value if told.severity else "",
        "state": told.state_now,
        "status": told.status_now,
        "owner": told.owner or "",
        "due": time_in_words(next_due[0].at, ctx) if next_due else "",
        "rule": next_due[0].rule.name if next_due else "",
        "rank": f"{ctx.policy.rank(told.grade):03}",
        "began": clock.words(began),
        "todo": open_task(told, ctx),
        "next": clock.words(next_due[0].at) if next_due else "",
        "then": "; ".join(then[:_EFFECTS]),
        "card": address_of(told.card.comment if told.card else "", told, ctx),
    }


def without_failed(
    rows: Mapping[str, Row], fell_short: Mapping[str, Incident], ctx: Context
) -> dict[str, Row]:
    """The rows with those of incidents that ``fell_short`` of the plan as they are: what comes next
    there is not what would have come after a page that was not made."""
    made = {ref: _active_row(one, ctx) for ref, one in fell_short.items() if ref in rows}
    return {**rows, **{ref: row for ref, row in made.items() if row}}


def with_cards(
    rows: Mapping[str, Row], cards: Mapping[str, str], world: Mapping[str, Incident], ctx: Context
) -> dict[str, Row]:
    """The rows of active incidents with the addresses of ``cards``, by issue, that this pass was
    the first to write: they say what to type."""
    made = {ref: told for ref in cards if ref in rows and (told := tellable(world.get(ref)))}
    found = {
        ref: {**rows[ref], "card": address_of(cards[ref], it, ctx)} for ref, it in made.items()
    }
    return {**rows, **found}


def _alerting_row(incident: Incident) -> Row | None:
    """Of an incident that is over, while its alerts go on: the same ones open no other (P-17)."""
    if incident.kind != "incident" or incident.active or not incident.alerts_seen.fires:
        return None
    told = tellable(incident)
    return {"alert": " ".join(alert_tokens(told))} if told else {}


def alert_tokens(incident: Tellable) -> tuple[str, ...]:
    """By what an alert finds the incident that it may belong to, without reading it."""
    seen = incident.alerts_seen
    services = (*incident.affects, *seen.services)
    names = [name_token(name) for name in dict.fromkeys((*incident.alerts, *seen.names))]
    known = names if len(names) <= _NAMES else [ANY_ALERT]
    return tuple(dict.fromkeys((*seen.keys, *map(service_token, services), *known)))


_HIDDEN = {"title": secrecy.TITLE, "owner": "", "for": "", "begun": "", "due": ""}  # (P-16)


def _new_row(change: Open, incident: Incident, ctx: Context) -> Row:
    if not tellable(incident):
        return _HIDDEN
    row = {"title": opened_title(change, incident), "owner": change.assignee, "for": incident.ref}
    row |= {"due": change.due}
    row |= {ON_ISSUE: labels_on(opened_labels(change, incident, ctx), ctx.policy.labels)}
    return row if is_action(change.what) else {**row, "begun": "no"}


def _follow_row(kind: str, ctx: Context) -> Callable[[Incident], Row | None]:
    """The row of an open review or action."""

    def row(incident: Incident) -> Row | None:
        if incident.kind != kind or incident.closed:
            return None
        if (told := tellable(incident)) is None:
            return _HIDDEN
        made = {
            "title": told.title,
            "owner": told.assignees[0] if told.assignees else "",
            "for": told.review_of,
            "due": str(told.due or ""),
            ON_ISSUE: labels_on(told.labels, ctx.policy.labels),
        }
        begun = {"begun": "yes" if told.touched_at else "no"}
        return made | begun if kind == "review" else made

    return row


def _marked(rows: Mapping[str, Row], ctx: Context) -> dict[str, Row]:
    """Rows with whether the day is over that they are due, where their owner is."""
    marked: dict[str, Row] = {}
    for ref, row in rows.items():
        late = overdue_at(ctx.policy, parse_day(row.get("due")), [row.get("owner", "")])
        over = "yes" if late is not None and late <= ctx.now else ""
        zone = due_zone(ctx.policy, [row.get("owner", "")]) if row.get("due") else ""
        marked[ref] = {"due": "", **row, "overdue": over, "zone": zone}
    return marked


def incomplete_reviews(world: Mapping[str, Incident], ctx: Context) -> Iterator[Finding]:
    """Reviews that were closed so often, with something missing, that the closing stands."""
    gates = [rule for rule in rules_of(ctx.policy) if isinstance(rule, GateRule)]
    for incident in world.values():
        for rule in gates if incident.kind == "review" else ():
            if missing := rule.missing_though_closed(incident, ctx):
                text = f"{incident.ref} was closed again and again, so it stays closed"
                text = text if incident.confidential else f"{text}: {missing}"
                yield Finding(text, incident.ref, key=f"incomplete:{incident.ref}")


def _old(incident: Incident, ctx: Context) -> bool:
    began = incident.declared_at
    return began is not None and not incident.tracked and not incident.closed and began < ctx.since


def unread_old(snapshot: Snapshot) -> tuple[str, ...]:
    """Incidents from before IMA on which nothing has happened since: they are not even read."""
    return snapshot.sweep.old if snapshot.sweep else ()


def old_incidents_finding(snapshot: Snapshot) -> Iterator[Finding]:
    """Incidents from before IMA: listed, never touched (P-48)."""
    read = (i.ref for i in snapshot.incidents.values() if _old(i, snapshot.ctx))
    if old := sorted({*read, *unread_old(snapshot)}, key=by_ref):
        listed = ", ".join(old[:10]) + (" …" if len(old) > 10 else "")
        began = f"IMA began on {snapshot.ctx.since:%Y-%m-%d %H:%M} UTC"
        text = f"older than IMA here and left alone until `/ima adopt`: {listed}; {began}"
        text += " (`ima plan --since 30d` looks further back)"
        yield Finding(text, lasting=False)  # the dashboard has a list of its own
