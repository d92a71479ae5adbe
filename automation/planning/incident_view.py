"""What the card, the dashboard and `ima explain` show, as plain data. Pure."""

from __future__ import annotations

import re
from dataclasses import fields
from datetime import UTC, datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from automation.changes.issue_changes import Change
from automation.changes.service_calls import nobody_is_paged
from automation.model.engagement import REPEATED, paged_at
from automation.model.facts import is_action
from automation.model.incident import Fact, Incident, Seat
from automation.model.issue import IDENTIFIED, INVESTIGATING, MONITORING, OPERATIONAL
from automation.model.maintenance import Maintenance
from automation.model.publicity import maintenance_posts, moved_update, posts, withheld
from automation.model.replacing import replace
from automation.model.sameness import Same
from automation.model.status_page import shown_link
from automation.model.team_words import TeamWords
from automation.planning.card_times import clock_of
from automation.planning.maintenance import turns
from automation.planning.next_effects import effects_in_words
from automation.planning.plan import by_ref
from automation.policy import ownership
from automation.policy.due_dates import due_zone
from automation.policy.planning_input import Context
from automation.policy.public_updates import publicity, update_due
from automation.policy.status_page_notice import parts_of
from automation.policy.team_time import team_zone
from automation.rules import rules_of
from automation.rules.engage import EngageRule
from automation.rules.index import index_of
from automation.rules.rule import Rule
from automation.stored_state.card import kept_on_card, short_digest
from automation.times.team_clock import Clock, TeamClock


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


def time_of_words(words: str) -> datetime | None:
    """The time of which `time_in_words` has made these words; None for any others."""
    try:
        return datetime.strptime(words[:20], "%Y-%m-%d %H:%M UTC").replace(tzinfo=UTC)
    except ValueError:
        return None


class Deadline(NamedTuple):
    """When a rule that waits for nothing but time will act, and what it is going to do."""

    at: datetime
    rule: Rule
    changes: tuple[Change, ...]


def deadlines(incident: Incident, ctx: Context) -> tuple[Deadline, ...]:
    """What falls due, the next first."""
    return _deadlines_of(_case(incident, ctx))


# All that rules look at: not where its card stands, nor which comment has called somebody.
_LOOKED_AT = attrgetter(*({field.name for field in fields(Incident)} - {"card", "call_comments"}))


def _case(incident: Incident, ctx: Context) -> Same[tuple[Incident, Context]]:
    """An incident at a time, as a key."""
    return Same((incident, ctx), ctx, *_LOOKED_AT(incident))


@lru_cache(maxsize=2_000)  # a pass asks for them for the card, and again for the dashboard
def _deadlines_of(case: Same[tuple[Incident, Context]]) -> tuple[Deadline, ...]:
    incident, ctx = case.value
    found: list[Deadline] = []
    for rule in index_of(ctx.policy).with_clocks(incident):
        for due in rule.next_times(incident, ctx):
            if due > ctx.now and (made := _moves(rule, incident, replace(ctx, now=due))):
                found.append(Deadline(due, rule, made))
                break
    return tuple(sorted(found, key=lambda one: (one.at, one.rule.name)))


def next_look(incident: Incident, ctx: Context) -> datetime | None:
    """When the issue must be read again even if nothing happens on it; None if never. That is at
    its next deadline, and when a role is called that nobody is on call for: a finding says so then
    (P-52)."""
    times = [one.at for one in deadlines(incident, ctx)[:1]]
    for rule in rules_of(ctx.policy) if incident.active else ():
        if not isinstance(rule, EngageRule) or not rule.has_clock or rule.role in incident.seats:
            continue
        if ctx.on_call.person(rule.role) is None:
            times += [due for due in rule.next_times(incident, ctx) if due > ctx.now][:1]
    return min((*times, *turns(incident, ctx)), default=None)


def _moves(rule: Rule, incident: Incident, ctx: Context) -> tuple[Change, ...]:
    """What the rule would change at the time of ``ctx``."""
    if rule.reason(incident, ctx) is not None:
        return ()
    proposed = rule.propose(incident, ctx)
    return tuple(each for each in proposed if each.after(incident, ctx) is not incident)


def card_view(incident: Incident, ctx: Context, clock: Clock | None = None) -> dict[str, Any]:
    """Everything that the card of an incident shows, as plain data for its template; with another
    ``clock`` than the card's, for somebody else."""
    clock = clock or clock_of(incident, ctx)
    note = incident.state.note if incident.state else ""
    return {
        "owner": incident.owner or "",
        "severity": incident.severity.value if incident.severity else "",
        "unconfirmed": bool(incident.severity and not incident.severity.confirmed),
        "state": incident.state_now,
        "state_since": _state_since(incident, clock),
        "state_by": (incident.state.by or "") if incident.state else "",
        "step": "" if incident.resolution else note,
        "step_missing": incident.state_now == IDENTIFIED and not note,
        "status": incident.status_now,
        "services": list(incident.services),
        "affected": parts_of(incident.services, ctx.policy),
        "todo": open_task(incident, ctx),
        "nobody_here": _nobody_here(incident),
        "free": _nobody_here(incident) and _called_in_vain(incident),
        "roles": [_role_row(name, incident, ctx, clock) for name in ctx.policy.roles],
        "helpers": list(incident.extras),
        "deadlines": [
            {
                "at": clock.words(one.at),
                "rule": one.rule.name,
                "why": one.rule.why,
                "because": _without_source(one.rule.why),
                "then": effects_in_words(one.changes, incident, ctx),
            }
            for one in deadlines(incident, ctx)
        ],
        "left": _left_by_person(incident, clock),
        "resolution": _resolution_row(incident, clock),
        "room": ctx.policy.room,
        "document": next((f.by for f in incident.facts if f.kind == "document" and f.done), ""),
        "reviews": {what: ref for what, ref in incident.reviews.items() if not is_action(what)},
        "actions": (actions := _actions(incident, ctx)),
        "days_end": _where_days_end(actions),
        "day": clock.day_in_words,
        "announced": [
            f.what for f in incident.facts if f.kind == "announced" and f.done and f.text
        ],
    } | _card_view_of_words(incident, ctx, clock)


def in_words(view: dict[str, Any], words: TeamWords) -> dict[str, Any]:
    """What a card or an explanation shows, with state and status as the team calls them."""
    return view | {"state": words.state(view["state"]), "status": words.status(view["status"])}


def _without_source(why: str) -> str:
    """The reason of a rule without the requirement behind it: "(P-22)" says nothing at night."""
    return re.sub(r"\s*\(P-\d+(, P-\d+)*\)$", "", why)


def open_task(incident: Incident, ctx: Context) -> str:
    """The first thing that a person has still to do, as one word for the template; "" at the
    end."""
    if incident.resolution:
        return ""
    if incident.left:
        return "end"
    if incident.owner is None:
        return "take"
    if not incident.here:
        return "come"
    if incident.severity is None:
        return "severity"
    if not incident.severity.confirmed:
        return "confirm"
    return _task_about_users(incident, ctx) or _task_by_state(incident)


def _nobody_here(incident: Incident) -> bool:
    """Were people called, and is none of them here, nor anybody else?"""
    return bool(incident.active and incident.seats and not incident.here and not incident.extras)


def _called_in_vain(incident: Incident) -> bool:
    """Was somebody who is called paged once more, and still does not come? Then any member may take
    it (P-50)."""
    again = [f.what for f in incident.facts if f.kind == "repeated"]
    waiting = [f":{s.role}:{s.nth}{REPEATED}" for s in incident.seats.values() if not s.here_at]
    return any(what.endswith(call) for what in again for call in waiting)


def _task_about_users(incident: Incident, ctx: Context) -> str:
    """Is it still to be said what users notice, or are they still to be told?"""
    known = publicity(incident, ctx.policy)
    if known != "no" and (incident.status is None or incident.status.by is None):
        return "status"
    return "publish" if known == "ask" and incident.status_to_act_by != OPERATIONAL else ""


def _task_by_state(incident: Incident) -> str:
    if incident.state_now == IDENTIFIED:
        return "mitigate" if incident.state and incident.state.note else "step"
    return {INVESTIGATING: "identify", MONITORING: "resolve"}.get(incident.state_now, "")


def _card_view_of_words(incident: Incident, ctx: Context, clock: Clock) -> dict[str, Any]:
    """What the card shows besides: what the public knows, who is waited for, what was waived and
    what came late."""
    return {
        "security": incident.security_at is not None,
        "public": _public_row(incident, ctx, clock),
        "withheld": _by_and_reason(withheld(incident)),
        "waiting": [
            {"who": need.who, "since": clock.words(need.at), "reason": need.text}
            for need in incident.waiting
            if not incident.resolution
        ],
        "waived": [
            _by_and_reason(f) | {"rule": f.what, "until": clock.words(f.ends)}
            for f in incident.facts
            if f.kind == "waived"
        ],
        "late": [
            {"rule": f.what, "by": minutes_in_words(int(f.text)), "at": clock.words(f.at)}
            for f in incident.facts
            if f.kind == "late"
        ],
    }


def _public_row(incident: Incident, ctx: Context, clock: Clock) -> dict[str, Any]:
    """What users read of the incident, and when the next update is due; all "" where it is not
    public."""
    shown = posts(incident)
    if not shown:
        never = clock.words(None)
        words = dict.fromkeys(("text", "moved", "link"), "")
        return words | dict.fromkeys(("since", "last", "due"), never)
    due, fact = update_due(incident, ctx.policy), moved_update(incident)
    return {
        "since": clock.words(shown[0].at),
        "last": clock.words(shown[-1].at),
        "text": shown[-1].text,
        "due": clock.words(due),
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


def _state_since(incident: Incident, clock: Clock) -> Any:
    last = incident.resolution or incident.state
    return clock.words(last.at if last else None)


def _resolution_row(incident: Incident, clock: Clock) -> dict[str, Any] | None:
    if not (end := incident.resolution):
        return None
    return {
        "at": clock.words(end.at),
        "by": end.by or "",
        "reason": end.reason,
        "contested": end.contested,
    }


def _left_by_person(incident: Incident, clock: Clock) -> dict[str, Any] | None:
    """Who closed the issue once more though they may not end the incident, so that IMA leaves it
    closed (P-05)."""
    if not (left := incident.left):
        return None
    return {"at": clock.words(left.at), "by": left.by, "what": left.what}


def _role_row(name: str, incident: Incident, ctx: Context, clock: Clock) -> dict[str, Any]:
    role = ctx.policy.roles[name]
    seat = incident.seats.get(name)
    here = seat.holder if seat else None
    duties = "" if here or not role.chain else _stands_in(name, incident, ctx)
    return {
        "name": name,
        "title": role.title,
        "duties": duties,
        "person": seat.person if seat else "",
        "since": clock.words(seat.since if seat else None),
        "called": clock.words(_called_at(name, incident)),
        "here": clock.words(seat.here_at if seat else None),
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


def pages_not_out(incident: Incident) -> list[str]:
    """The roles whose page was tried and was not made: nothing has rung for who is called."""
    seats = incident.seats.values() if incident.active else ()
    tried = [f.what for f in incident.facts if f.kind == "paged" and not f.done]
    waiting = {seat.role: f":{seat.role}:{seat.nth}" for seat in seats if not seat.here_at}
    return [role for role, call in waiting.items() if any(what.endswith(call) for what in tried)]


def _called_at(name: str, incident: Incident) -> datetime | None:
    """When somebody who is not here yet was paged or called; of somebody who is here, when they
    were paged."""
    seat = incident.seats.get(name)
    paged = paged_at(incident, name)
    return paged if seat is None or seat.here_at else paged or seat.since


def _checklist(name: str, incident: Incident, ctx: Context) -> str:
    """The address of the comment that called them, which holds the role's checklist."""
    return address_of(incident.call_comments.get(name, ""), incident, ctx)


def address_of(comment: str, incident: Incident, ctx: Context) -> str:
    """The address of a comment on the issue; "" where the tracker has none."""
    known = comment and ctx.can.anchor and incident.url
    return incident.url + ctx.can.anchor.format(comment) if known else ""


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
    clock = TeamClock(team_zone(ctx.policy), year=incident.opened_at.year)
    return {
        "phase": work.phase(ctx.now),
        "start": clock.words(window.start if window else None),
        "end": clock.words(window.end if window else None),
        "services": parts_of(window.services, ctx.policy) if window else [],
        "by": work.confirmed.by if work.confirmed else "",
        "ended_by": work.ended.by if work.ended else "",
        "why": work.ended.text if work.ended else "",
        "public": shown[-1].text if shown else "",
        "link": shown_link(incident),
    }


def card_digest(incident: Incident, ctx: Context) -> str:
    """A fingerprint of all that the card shows and remembers: the card is written again where it
    changes. Where it has no readers, what it shows does not matter."""
    return _digest_of(_case(incident, ctx))


@lru_cache(maxsize=64)  # the plan asks for it, and what writes the card
def _digest_of(case: Same[tuple[Incident, Context]]) -> str:
    incident, ctx = case.value
    kept = kept_on_card(incident.facts, incident.said)
    facts = [
        (f.kind, f.role, f.who, f.by, f.of, f.what, f.done, f.text, f.until) for f in kept.facts
    ]
    memory = (facts, sorted(kept.said), sorted(incident.labels_set))
    return short_digest((_words_of_card(incident, ctx) if ctx.can.readers else {}, memory))


def _words_of_card(incident: Incident, ctx: Context) -> dict[str, Any]:
    """What the card shows, but for the addresses of comments."""
    if incident.kind == "maintenance":
        return maintenance_view(incident, ctx)
    view = in_words(card_view(incident, ctx), ctx.policy.words)
    for row in view["roles"]:
        row["checklist"] = ""  # nobody knows yet
    return view


def explain(incident: Incident, ctx: Context, clock: Clock | None = None) -> dict[str, Any]:
    """What `ima explain` shows: every rule with the first reason why it does not apply, then all
    that the card shows, with times as the ``clock`` says them; without one, as on the card."""
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
    view = card_view(incident, ctx, clock)
    if incident.kind in ("review", "action"):
        view["owner"] = incident.assignees[0] if incident.assignees else ""
    return {"issue": incident.ref, "kind": incident.kind, "rules": rules, **view}
