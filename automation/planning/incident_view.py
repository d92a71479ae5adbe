"""What the card, the dashboard and `ima explain` show, as plain data. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import date, datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from automation.changes.service_calls import nobody_is_paged
from automation.model.engagement import paged_at
from automation.model.facts import is_action
from automation.model.incident import Fact, Incident, Seat
from automation.model.issue import IDENTIFIED
from automation.model.maintenance import Maintenance
from automation.model.publicity import maintenance_posts, moved_update, posts, withheld
from automation.model.replacing import replace
from automation.model.sameness import Same
from automation.model.status_page import shown_link
from automation.planning.maintenance import turns
from automation.planning.plan import by_ref
from automation.policy import ownership
from automation.policy.due_dates import due_zone
from automation.policy.planning_input import Context
from automation.policy.public_updates import update_due
from automation.policy.status_page_notice import parts_of
from automation.rules import rules_of
from automation.rules.engage import EngageRule
from automation.rules.index import index_of
from automation.rules.rule import Rule
from automation.stored_state.card import kept_on_card, short_digest


def time_in_words(when: datetime | None, ctx: Context) -> str:
    """An absolute time in UTC and in the working zone: "12:31 UTC (13:31 Berlin, 2 Mar)"."""
    if when is None:
        return ""
    zone = ctx.policy.calendar.zone
    utc = f"{when:%Y-%m-%d %H:%M} UTC"
    if zone == "UTC":
        return utc
    local = when.astimezone(ZoneInfo(zone))
    day = "" if local.date() == when.date() else f"{local.day} {local:%b} "
    return f"{utc} ({day}{local:%H:%M} {zone.rpartition('/')[2].replace('_', ' ')})"


def time_of_day(when: datetime | None, incident: Incident) -> str:
    """A time in UTC, such as "12:01". Where things happened on several days it has the day: "3 Mar
    12:01"."""
    if when is None:
        return ""
    days = {when.date()} | _days(Same(incident))
    return f"{when:%H:%M}" if len(days) == 1 else f"{when.day} {when:%b %H:%M}"


@lru_cache(maxsize=8)  # each row of a card asks for them
def _days(of: Same[Incident]) -> frozenset[date]:
    return frozenset(_each_day(of.value))


def _each_day(incident: Incident) -> Iterator[date]:
    """The days on which something happened. Today is not one of them: a card changes only with its
    incident, not with the clock."""
    yield (incident.declared_at or incident.opened_at).date()
    for seat in incident.seats.values():
        yield (seat.here_at or seat.since).date()
    for choice in (incident.state, incident.severity, incident.status, incident.resolution):
        if choice:
            yield choice.at.date()
    for fact in incident.facts:
        yield fact.at.date()


def deadlines(incident: Incident, ctx: Context) -> tuple[tuple[datetime, Rule], ...]:
    """What falls due, the next first: (when, the rule) of each rule that waits for nothing but
    time."""
    return _deadlines_of(_case(incident, ctx))


# All that rules look at: not where its card stands, nor which comment has called somebody.
_LOOKED_AT = attrgetter(*({field.name for field in fields(Incident)} - {"card", "call_comments"}))


def _case(incident: Incident, ctx: Context) -> Same[tuple[Incident, Context]]:
    """An incident at a time, as a key."""
    return Same((incident, ctx), ctx, *_LOOKED_AT(incident))


@lru_cache(maxsize=2_000)  # a pass asks for them for the card, and again for the dashboard
def _deadlines_of(case: Same[tuple[Incident, Context]]) -> tuple[tuple[datetime, Rule], ...]:
    incident, ctx = case.value
    found = []
    for rule in index_of(ctx.policy).with_clocks(incident):
        for due in rule.next_times(incident, ctx):
            if due > ctx.now and _would_move(rule, incident, replace(ctx, now=due)):
                found.append((due, rule))
                break
    return tuple(sorted(found, key=lambda item: (item[0], item[1].name)))


def next_look(incident: Incident, ctx: Context) -> datetime | None:
    """When the issue must be read again even if nothing happens on it; None if never. That is at
    its next deadline, and when a role is called that nobody is on call for: a finding says so then
    (P-52)."""
    times = [due for due, _ in deadlines(incident, ctx)[:1]]
    for rule in rules_of(ctx.policy) if incident.active else ():
        if not isinstance(rule, EngageRule) or not rule.has_clock or rule.role in incident.seats:
            continue
        if ctx.on_call.person(rule.role) is None:
            times += [due for due in rule.next_times(incident, ctx) if due > ctx.now][:1]
    return min((*times, *turns(incident, ctx)), default=None)


def _would_move(rule: Rule, incident: Incident, ctx: Context) -> bool:
    """Would the rule change anything at the time of ``ctx``?"""
    if rule.reason(incident, ctx) is not None:
        return False
    return any(c.after(incident, ctx) is not incident for c in rule.propose(incident, ctx))


def card_view(incident: Incident, ctx: Context) -> dict[str, Any]:
    """Everything that the card of an incident shows, as plain data for its template."""
    note = incident.state.note if incident.state else ""
    return {
        "owner": incident.owner or "",
        "severity": incident.severity.value if incident.severity else "",
        "unconfirmed": bool(incident.severity and not incident.severity.confirmed),
        "state": incident.state_now,
        "state_since": _state_since(incident, ctx),
        "state_by": (incident.state.by or "") if incident.state else "",
        "step": "" if incident.resolution else note,
        "step_missing": incident.state_now == IDENTIFIED and not note,
        "status": incident.status_now,
        "services": list(incident.services),
        "roles": [_role_row(name, incident, ctx) for name in ctx.policy.roles],
        "helpers": list(incident.extras),
        "deadlines": [
            {"at": time_in_words(due, ctx), "rule": rule.name, "why": rule.why}
            for due, rule in deadlines(incident, ctx)
        ],
        "left": _left_by_person(incident, ctx),
        "resolution": _resolution_row(incident, ctx),
        "room": ctx.policy.room,
        "document": next((f.by for f in incident.facts if f.kind == "document" and f.done), ""),
        "reviews": {what: ref for what, ref in incident.reviews.items() if not is_action(what)},
        "actions": (actions := _actions(incident, ctx)),
        "days_end": _where_days_end(actions),
        "announced": [
            f.what for f in incident.facts if f.kind == "announced" and f.done and f.text
        ],
    } | _card_view_of_words(incident, ctx)


def _card_view_of_words(incident: Incident, ctx: Context) -> dict[str, Any]:
    """What the card shows besides: what the public knows, who is waited for, what was waived and
    what came late."""
    return {
        "security": incident.security_at is not None,
        "public": _public_row(incident, ctx),
        "withheld": _by_and_reason(withheld(incident)),
        "waiting": [
            {"who": need.who, "since": time_of_day(need.at, incident), "reason": need.text}
            for need in incident.waiting
            if not incident.resolution
        ],
        "waived": [
            _by_and_reason(f) | {"rule": f.what, "until": time_in_words(f.ends, ctx)}
            for f in incident.facts
            if f.kind == "waived"
        ],
        "late": [
            {"rule": f.what, "by": minutes_in_words(int(f.text)), "at": time_of_day(f.at, incident)}
            for f in incident.facts
            if f.kind == "late"
        ],
    }


def _public_row(incident: Incident, ctx: Context) -> dict[str, str]:
    """What users read of the incident, and when the next update is due; all "" where it is not
    public."""
    shown = posts(incident)
    if not shown:
        return dict.fromkeys(("since", "last", "text", "due", "moved", "link"), "")
    due, fact = update_due(incident, ctx.policy), moved_update(incident)
    return {
        "since": time_in_words(shown[0].at, ctx),
        "last": time_in_words(shown[-1].at, ctx),
        "text": shown[-1].text,
        "due": time_in_words(due, ctx),
        "moved": fact.by if fact and due else "",
        "link": shown_link(incident),
    }


def _by_and_reason(fact: Fact | None) -> dict[str, str]:
    """Who did something, and the reason that they gave."""
    return {"by": fact.by, "reason": fact.text} if fact else {}


def minutes_in_words(seconds: int) -> str:
    """A length of time for people: "42 min", "3 h 5 min"."""
    hours, rest = divmod(seconds // 60, 60)
    return f"{hours} h {rest} min" if hours else f"{rest} min"


def _actions(incident: Incident, ctx: Context) -> list[dict[str, str]]:
    """A row for each corrective action that was opened from here, by number."""
    rows = []
    for what, ref in incident.reviews.items():
        if is_action(what):
            fact = incident.found("opened", what)
            due, owner = (fact.until, fact.who) if fact else ("", "")
            zone = due_zone(ctx.policy, [owner]) if due else ""
            rows.append({"what": what, "ref": ref, "due": due, "zone": zone, "owner": owner})
    return sorted(rows, key=lambda row: by_ref(row["ref"]))


def _where_days_end(actions: list[dict[str, str]]) -> str:
    """The time zone in which the due dates of ``actions`` end, by action where they differ."""
    dated = [row for row in actions if row["due"]]
    if len({row["zone"] for row in dated}) <= 1:
        return dated[0]["zone"] if dated else ""
    return ", ".join(f"{row['zone']} for {row['ref']}" for row in dated)


def _state_since(incident: Incident, ctx: Context) -> str:
    last = incident.resolution or incident.state
    return time_in_words(last.at, ctx) if last else ""


def _resolution_row(incident: Incident, ctx: Context) -> dict[str, Any] | None:
    if not (end := incident.resolution):
        return None
    return {
        "at": time_in_words(end.at, ctx),
        "by": end.by or "",
        "reason": end.reason,
        "contested": end.contested,
    }


def _left_by_person(incident: Incident, ctx: Context) -> dict[str, str] | None:
    """Who closed the issue once more though they may not end the incident, so that IMA leaves it
    closed (P-05)."""
    if not (left := incident.left):
        return None
    return {"at": time_in_words(left.at, ctx), "by": left.by, "what": left.what}


def _role_row(name: str, incident: Incident, ctx: Context) -> dict[str, Any]:
    role = ctx.policy.roles[name]
    seat = incident.seats.get(name)
    here = seat.holder if seat else None
    duties = "" if here or not role.chain else _stands_in(name, incident, ctx)
    return {
        "name": name,
        "title": role.title,
        "duties": duties,
        "person": seat.person if seat else "",
        "since": time_of_day(seat.since, incident) if seat else "",
        "called": _called_at(name, incident),
        "here": time_of_day(seat.here_at, incident) if seat else "",
        "page_waits": _page_waits(name, incident, ctx),
        "before": here.person if seat and here and here.person != seat.person else "",
        "checklist": _checklist(name, incident, ctx) if seat and role.checklist else "",
        "next": _next_shift(here, incident, ctx) if here else "",
        "unknown": name in ctx.on_call.unknown,
        "last_known": ctx.on_call.person(name) or "" if name in ctx.on_call.unknown else "",
    }


def _page_waits(role: str, incident: Incident, ctx: Context) -> bool:
    """Is somebody called whose page the limits hold back (`limits.pages`)?"""
    seat = incident.seats.get(role)
    if seat is None or seat.here_at or not seat.wants_page or nobody_is_paged(incident, ctx):
        return False
    return seat.person not in {f.who for f in incident.facts if f.kind == "paged"}


def _called_at(name: str, incident: Incident) -> str:
    """When somebody who is not here yet was paged or called; of somebody who is here, when they
    were paged."""
    seat = incident.seats.get(name)
    paged = paged_at(incident, name)
    return time_of_day(paged if seat is None or seat.here_at else paged or seat.since, incident)


def _checklist(name: str, incident: Incident, ctx: Context) -> str:
    """The address of the comment that called them, which holds the role's checklist."""
    comment, anchor = incident.call_comments.get(name, ""), ctx.can.anchor
    known = comment and anchor and incident.url
    return incident.url + anchor.format(comment) if known else ""


def _stands_in(name: str, incident: Incident, ctx: Context) -> str:
    """Who has the duties of a role that nobody has, or whose person is not here yet (P-03)."""
    person = ownership.duty_holder(ctx.policy, incident.seats, name)
    return person if person and incident.is_here(person) else ""


def _next_shift(seat: Seat, incident: Incident, ctx: Context) -> str:
    """The login of whoever could take over from somebody whose shift has ended; else "" (P-08)."""
    if seat.role in ctx.on_call.unknown or not incident.active:
        return ""
    duties = ctx.on_call.shifts.get(seat.role, ())
    was_on_call = any(duty.person == seat.person for duty in duties)
    now = ctx.on_call.person(seat.role)
    return now if now and was_on_call and now != seat.person else ""


def maintenance_view(incident: Incident, ctx: Context) -> dict[str, Any]:
    """Everything that the card of planned work shows, as plain data for its template."""
    work = incident.maintenance or Maintenance()
    window, shown = work.window, maintenance_posts(incident)
    return {
        "phase": work.phase(ctx.now),
        "start": time_in_words(window.start if window else None, ctx),
        "end": time_in_words(window.end if window else None, ctx),
        "services": parts_of(window.services, ctx.policy) if window else [],
        "by": work.confirmed.by if work.confirmed else "",
        "ended_by": work.ended.by if work.ended else "",
        "why": work.ended.text if work.ended else "",
        "public": shown[-1].text if shown else "",
        "link": shown_link(incident),
    }


def card_digest(incident: Incident, ctx: Context) -> str:
    """A fingerprint of all that the card shows and remembers: the card is written again where it
    changes."""
    return _digest_of(_case(incident, ctx))


@lru_cache(maxsize=64)  # the plan asks for it, and what writes the card
def _digest_of(case: Same[tuple[Incident, Context]]) -> str:
    incident, ctx = case.value
    kept = kept_on_card(incident.facts, incident.said)
    facts = [
        (f.kind, f.role, f.who, f.by, f.of, f.what, f.done, f.text, f.until) for f in kept.facts
    ]
    if incident.kind == "maintenance":
        view = maintenance_view(incident, ctx)
    else:
        view = card_view(incident, ctx)
    for row in view.get("roles", ()):
        row["checklist"] = ""  # where a comment will be nobody knows yet
    memory = (facts, sorted(kept.said), sorted(incident.labels_set))
    return short_digest((view, memory))


def explain(incident: Incident, ctx: Context) -> dict[str, Any]:
    """What `ima explain` shows: every rule with the first reason why it does not apply, then all
    that the card shows."""
    every = {
        "incident": ("incident", "near miss"),
        "review": ("review",),
        "action": ("action", "near miss"),
    }
    kinds = every.get(incident.kind, ())
    rules = [
        {"rule": rule.name, "why": rule.why, "not": rule.reason(incident, ctx) or ""}
        for rule in rules_of(ctx.policy)
        if not kinds or rule.when.kind in kinds
    ]
    view = card_view(incident, ctx)
    if incident.kind in ("review", "action"):
        view["owner"] = incident.assignees[0] if incident.assignees else ""
    return {"issue": incident.ref, "kind": incident.kind, "rules": rules, **view}
