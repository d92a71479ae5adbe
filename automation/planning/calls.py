"""What holds of calls whatever the policy says (P-03, P-08, P-12, P-50). Pure.

A call that nobody wants any more is ended, one that nobody has answered follows the schedule,
the engineer is woken before a manager, and an incident without an owner is nobody's only where
nobody is known. Proposals only, as a rule's, and beside them: they see each other's effects.
"""

from __future__ import annotations

from collections.abc import Iterator

from automation.changes.call_off import CallOff
from automation.changes.comments import Say
from automation.changes.issue_changes import Call, Change, EndCall
from automation.changes.service_calls import Page, pages_out
from automation.model.alerts_seen import THE_PAGER, name_of_page
from automation.model.facts import Fact, Seat
from automation.model.incident import Incident, Note
from automation.policy.planning_input import Context
from automation.rules import rules_of

CALLED = "Who is called by this rule is paged. (P-06)"
ASKED = {"rule": "commands", "why": "Somebody asked for it on the issue."}
UNWANTED = {"rule": "calls-end", "why": "Nobody is woken for what is no longer asked. (P-12)"}
SHIFT = {"rule": "calls-follow-the-shift", "why": "Who is on call now is called. (P-08)"}
ENGINEER = {"rule": "engineer-first", "why": "No manager is woken before the engineer. (P-12)"}
SOMEBODY = {"rule": "somebody-is-called", "why": "Every open incident has an owner. (P-01, P-50)"}


def ended_calls(incident: Incident, ctx: Context) -> Iterator[Change]:
    """The calls that nobody wants any more. They end before any rule proposes to page for them
    once more."""
    for seat in _not_here(incident):
        yield from _unwanted(seat, incident, ctx)


def _not_here(incident: Incident) -> list[Seat]:
    if not (incident.kind == "incident" and incident.active):
        return []
    return [seat for seat in incident.seats.values() if seat.here_at is None]


def calls(incident: Incident, ctx: Context) -> Iterator[Change]:
    """What has to change in the calls of an incident, and who has to be woken."""
    if not (incident.kind == "incident" and incident.active):
        return
    for seat in _not_here(incident):
        yield from _after_the_shift(seat, incident, ctx)
    yield from _somebody(incident, ctx)
    yield from _pages(incident)
    yield from _engineer_first(incident, ctx)


def _unwanted(seat: Seat, incident: Incident, ctx: Context) -> Iterator[Change]:
    """A rule called, and what people have chosen since asks neither for the role nor for a
    page."""
    rules = {rule.name: rule for rule in rules_of(ctx.policy)}
    if seat.how != "rule" or seat.by not in rules:
        return
    page = _page(seat, incident)
    others = [rule for rule in rules.values() if rule.reason(incident, ctx) is None]
    called, rang = rules[seat.by], rules.get(page.by) if page else None
    wanted = _stands_for(seat.role, called.asks_for(incident, ctx), ctx)
    rings = rang is None or _stands_for(seat.role, rang.pages(incident, ctx), ctx)
    if page and page.by == seat.by and seat.wants_page:
        rings = True  # it followed a call that was paged for
    if page and page.by == ENGINEER["rule"]:
        managers = (incident.seats.get(role) for role in ctx.policy.chain[1:])
        rings = any(each and (each.holder or _page(each, incident)) for each in managers)
    wanted = wanted or any(seat.role in rule.asks_for(incident, ctx) for rule in others)
    rings = rings or any(seat.role in rule.pages(incident, ctx) for rule in others)
    if not (wanted and rings):
        yield EndCall(ref=incident.ref, role=seat.role, person=seat.person, **UNWANTED)


def _stands_for(role: str, asked: tuple[str, ...], ctx: Context) -> bool:
    """Is the role among those that are asked for, or called in the place of one?"""
    chain = ctx.policy.chain
    before = chain[: chain.index(role)] if role in chain else ()
    return role in asked or bool(set(before) & set(asked))


def _page(seat: Seat, incident: Incident) -> Fact | None:
    call = f":{seat.role}:{seat.nth}"
    return next((f for f in pages_out(incident) if f.what.endswith(call)), None)


def _after_the_shift(seat: Seat, incident: Incident, ctx: Context) -> Iterator[Change]:
    """An unanswered call of who was on call goes to who is on call now."""
    duties = ctx.on_call.shifts.get(seat.role, ())
    person = ctx.on_call.person(seat.role)
    since = duties[-1].since if duties else None
    if person in (None, seat.person) or seat.role in ctx.on_call.unknown or seat.how == "pager":
        return
    if not ctx.on_call.serves(seat.role, seat.person, seat.since):
        return  # a stand-in, whom somebody named
    if incident.upgraded_at and (since is None or since <= incident.upgraded_at):
        return
    yield Call(
        ref=incident.ref,
        role=seat.role,
        person=str(person),
        page=seat.wants_page or _page(seat, incident) is not None,
        how=seat.how,
        by=seat.by,
        since=since,
        anew=True,
        **SHIFT,
    )


def _somebody(incident: Incident, ctx: Context) -> Iterator[Change]:
    """Where a role of the chain was given back and nobody is left, the next one is called; where
    nobody is known at all, people read here what to type, and it is a grave finding."""
    if incident.owner is not None:
        return
    for role in ctx.policy.chain:
        if role not in incident.stood_down and (person := ctx.on_call.person(role)):
            yield Call(
                ref=incident.ref,
                role=role,
                person=person,
                page=bool(incident.found("paged")),
                how="rule",
                since=incident.began,
                anew=False,
                **SOMEBODY,
            )
            return
    if any(ctx.on_call.person(role) for role in ctx.policy.chain):
        return
    note = Note("nobody", "nobody", (("whom", incident.author or ""),))
    yield Say(ref=incident.ref, note=note, **SOMEBODY)


def _pages(incident: Incident) -> Iterator[Change]:
    for seat in incident.seats.values():
        if seat.wants_page and seat.here_at is None:
            rule = ASKED if seat.by_person else {"rule": seat.by, "why": CALLED}
            yield Page(ref=incident.ref, role=seat.role, **rule)


def _engineer_first(incident: Incident, ctx: Context) -> Iterator[Change]:
    """A manager who is woken now, and the engineer is neither here nor was woken."""
    first, *managers = ctx.policy.chain
    ours = [f for f in pages_out(incident) if f.by != THE_PAGER]
    woken = [f for f in ours if f.role in managers and f.at == ctx.now]
    begun = any(f.role == first and not f.done for f in pages_out(incident))
    if woken or begun:
        yield Page(ref=incident.ref, role=first, **ENGINEER)


def calls_off(incident: Incident) -> Iterator[Change]:
    """The pages of calls that ended, or were followed by another one, call nobody any more; but
    one that somebody has given to another person in the pager calls that person."""
    now = {f":{seat.role}:{seat.nth}" for seat in _wanted(incident)}
    pages = [fact for fact in incident.facts if fact.kind == "paged" and fact.role]
    wanted = {
        name_of_page(page.what) for page in pages if any(page.what.endswith(call) for call in now)
    }
    for fact in pages:
        if name_of_page(fact.what) not in wanted:
            yield CallOff(ref=incident.ref, last=fact.what, role=fact.role, **UNWANTED)


def _wanted(incident: Incident) -> Iterator[Seat]:
    """Who is called or here, and who is here until the called one comes."""
    for seat in incident.seats.values():
        yield seat
        if seat.before:
            yield seat.before


def told_when_empty(incident: Incident, ctx: Context) -> Iterator[Change]:
    """Where nobody is on call for a role that nobody has, its last holder hears of it (P-08)."""
    for role in ctx.policy.chain if incident.active else ():
        last = ctx.on_call.last_known(role)
        if last and role not in incident.seats and ctx.on_call.person(role) is None:
            title = ctx.policy.roles[role].title
            note = Note(f"empty:{role}", "nobody_on_call", (("whom", last), ("title", title)))
            yield Say(ref=incident.ref, note=note, **SOMEBODY)
