"""Calls that follow from the shifts and the ownership, whatever the policy says (P-03, P-08, P-12,
P-50). Pure."""

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
    """End the calls that nobody wants any more, and those that go on to another person. That comes
    before any rule proposes to page for them."""
    for seat in _not_here(incident):
        ended = [*_end_unwanted(seat, incident, ctx)]
        yield from ended or _follow_the_shift(seat, incident, ctx)


def _not_here(incident: Incident) -> list[Seat]:
    """Those who are called for a role of an active incident and are not here yet."""
    if not (incident.kind == "incident" and incident.active):
        return []
    return [seat for seat in incident.seats.values() if seat.here_at is None]


def calls(incident: Incident, ctx: Context) -> Iterator[Change]:
    """The calls and pages that an active incident needs now."""
    if not (incident.kind == "incident" and incident.active):
        return
    yield from _call_for_ownerless(incident, ctx)
    yield from _page_called(incident)
    yield from _page_engineer_first(incident, ctx)


def _end_unwanted(seat: Seat, incident: Incident, ctx: Context) -> Iterator[Change]:
    """End the call of a rule where neither the role nor its page is asked for any more, by what
    people have chosen since."""
    rules = {rule.name: rule for rule in rules_of(ctx.policy)}
    if seat.how != "rule" or seat.by not in rules:
        return
    page = _page_of(seat, incident)
    called, rung_by = rules[seat.by], rules.get(page.by) if page else None
    role_wanted = _stands_for(seat.role, called.asks_for(incident, ctx), ctx)
    page_wanted = rung_by is None or _stands_for(seat.role, rung_by.pages(incident, ctx), ctx)
    if page and page.by == seat.by and seat.wants_page:
        page_wanted = True  # it followed a call that was paged for
    if page and page.by == ENGINEER["rule"]:
        managers = (incident.seats.get(role) for role in ctx.policy.chain[1:])
        page_wanted = any(each and (each.holder or _page_of(each, incident)) for each in managers)
    role_wanted = role_wanted or any(
        seat.role in rule.asks_for(incident, ctx) and rule.reason(incident, ctx) is None
        for rule in rules.values()
    )
    page_wanted = page_wanted or any(
        seat.role in rule.pages(incident, ctx) and rule.reason(incident, ctx) is None
        for rule in rules.values()
    )
    if not (role_wanted and page_wanted):
        yield EndCall(ref=incident.ref, role=seat.role, person=seat.person, **UNWANTED)


def _stands_for(role: str, asked: tuple[str, ...], ctx: Context) -> bool:
    """Is ``role`` among the roles that are asked for, or called in the place of an earlier one of
    the chain?"""
    chain = ctx.policy.chain
    before = chain[: chain.index(role)] if role in chain else ()
    return role in asked or bool(set(before) & set(asked))


def _page_of(seat: Seat, incident: Incident) -> Fact | None:
    """The page of this very call, if one was sent."""
    call = f":{seat.role}:{seat.nth}"
    return next((f for f in pages_out(incident) if f.what.endswith(call)), None)


def _follow_the_shift(seat: Seat, incident: Incident, ctx: Context) -> Iterator[Change]:
    """Where somebody was called as the person on call and has not answered, call whoever is on call
    now."""
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
        page=seat.wants_page or _page_of(seat, incident) is not None,
        how=seat.how,
        by=seat.by,
        since=since,
        anew=True,
        **SHIFT,
    )


def _call_for_ownerless(incident: Incident, ctx: Context) -> Iterator[Change]:
    """Where nobody owns the incident, since a role was given back, call the next role of the chain.
    Where nobody is on call at all, say on the issue what to type; a grave finding says so
    besides."""
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


def _page_called(incident: Incident) -> Iterator[Change]:
    """Page those who were called with a page and are not here yet."""
    for seat in incident.seats.values():
        if seat.wants_page and seat.here_at is None:
            rule = ASKED if seat.by_person else {"rule": seat.by, "why": CALLED}
            yield Page(ref=incident.ref, role=seat.role, **rule)


def _page_engineer_first(incident: Incident, ctx: Context) -> Iterator[Change]:
    """Where a manager is woken now and the engineer is neither here nor was woken, wake the
    engineer, too."""
    first, *managers = ctx.policy.chain
    ours = [f for f in pages_out(incident) if f.by != THE_PAGER]
    woken = [f for f in ours if f.role in managers and f.at == ctx.now]
    begun = any(f.role == first and not f.done for f in pages_out(incident))
    if woken or begun:
        yield Page(ref=incident.ref, role=first, **ENGINEER)


def calls_off(incident: Incident) -> Iterator[Change]:
    """Call off the pages of calls that ended or were followed by another call. A page that somebody
    has given to another person in the pager still calls that person."""
    now = {f":{seat.role}:{seat.nth}" for seat in _seats_wanted(incident)}
    pages = [fact for fact in incident.facts if fact.kind == "paged" and fact.role]
    wanted = {
        name_of_page(page.what) for page in pages if any(page.what.endswith(call) for call in now)
    }
    for fact in pages:
        if name_of_page(fact.what) not in wanted:
            yield CallOff(ref=incident.ref, last=fact.what, role=fact.role, **UNWANTED)


def _seats_wanted(incident: Incident) -> Iterator[Seat]:
    """Whoever is called or here in a role, and whoever has it until the called one comes."""
    for seat in incident.seats.values():
        yield seat
        if seat.before:
            yield seat.before


def told_when_empty(incident: Incident, ctx: Context) -> Iterator[Change]:
    """Where nobody has a role of the chain and nobody is on call for it, tell its last holder so
    (P-08)."""
    for role in ctx.policy.chain if incident.active else ():
        last = ctx.on_call.last_known(role)
        if last and role not in incident.seats and ctx.on_call.person(role) is None:
            title = ctx.policy.roles[role].title
            note = Note(f"empty:{role}", "nobody_on_call", (("whom", last), ("title", title)))
            yield Say(ref=incident.ref, note=note, **SOMEBODY)
