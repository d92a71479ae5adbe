"""Findings about who is at work: nobody is on call or owns an incident, a page woke nobody, two
accounts of IMA keep one (P-52). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from automation.model.incident import Incident
from automation.planning.finding import Finding
from automation.planning.plan import Snapshot
from automation.policy.planning_input import Context
from automation.rules import rules_of
from automation.rules.engage import EngageRule
from automation.rules.page import PageRule
from automation.rules.rule import Rule

PAGER = "pager"  # the key of the finding that nobody answers who is on call


def nobody_on_call(snapshot: Snapshot, world: Mapping[str, Incident]) -> Iterator[Finding]:
    """Roles of the chain that nobody is on call for while an incident is active, and any other role
    that is being called; grave where it is. While the pager does not answer at all, that is the
    finding."""
    ctx, away = snapshot.ctx, any(found.key == PAGER for found in snapshot.findings)
    active = [incident for incident in world.values() if incident.active]
    if not active and not {*snapshot.dashboard.active} - {*world}:
        return
    nobody = not any(ctx.on_call.person(role) for role in ctx.policy.chain)
    for role in ctx.policy.roles:
        person = ctx.on_call.person(role)
        if person and role not in ctx.on_call.unknown:
            continue
        if role not in ctx.policy.chain and not any(calling(role, active, ctx)):
            continue
        known = f"name somebody in `roles.{role}`"
        if person:  # who it is now nobody has answered
            known = f"the last known is @{person}, who stays on call until it is answered"
        text = f"nobody is on call as {ctx.policy.words.role(role)}: {known}"
        ref = next(calling(role, active, ctx), "")
        grave = not away and (nobody or ref != "")
        yield Finding(text, ref, key=f"on call:{role}", grave=grave)


def calling(role: str, active: Iterable[Incident], ctx: Context) -> Iterator[str]:
    """References of the incidents that ask for somebody in this role, which nobody fills. A role
    that never owns, such as the one that speaks for the company, is not missed where somebody is
    here who has its duties until then (P-10)."""
    speaks = ctx.policy.roles[role].owns == "never"
    rules = [rule for rule in rules_of(ctx.policy) if isinstance(rule, (EngageRule, PageRule))]
    for incident in active:
        if incident.here and (speaks or role in incident.stood_down):
            continue
        wanted = (rule for rule in rules if role in _roles_called_by(rule, incident, ctx))
        if role not in incident.seats and any(r.reason(incident, ctx) is None for r in wanted):
            yield incident.ref


def _roles_called_by(rule: Rule, incident: Incident, ctx: Context) -> tuple[str, ...]:
    """The roles that a rule calls or pages."""
    if isinstance(rule, EngageRule):
        return (rule.role,)
    return rule.roles_of(incident, ctx) if isinstance(rule, PageRule) else ()


def unowned(snapshot: Snapshot, world: Mapping[str, Incident]) -> Iterator[Finding]:
    """Active incidents that nobody owns: the run fails until somebody does."""
    away = any(found.key == PAGER for found in snapshot.findings)
    why = "nobody answers who is on call" if away else "nobody is on call"
    words = snapshot.ctx.policy.words
    for incident in world.values():
        if incident.active and incident.owner is None:
            what = f"{incident.ref} has no owner, for {why}"
            how = "any member may take it: `/ima handover @me`; or name somebody: "
            how += f"`/ima engage {words.typed(snapshot.ctx.policy.chain[0])} @person`"
            key = f"owner:{incident.ref}"
            yield Finding(f"{what}; {how}", incident.ref, key=key, grave=True, alarming=True)


def two_keepers(world: Mapping[str, Incident]) -> Iterator[Finding]:
    """Grave findings where another account runs IMA on the same incident, too: people are paged and
    told twice."""
    for incident in world.values():
        for account in sorted(incident.other_keepers) if incident.active else ():
            what = f"{incident.ref} has a card of @{account}, too: two accounts run ima on it"
            how = "stop one of the two jobs, and delete its card"
            key = f"keeper:{incident.ref}:{account}"
            yield Finding(f"{what}; {how}", incident.ref, key=key, grave=True)


def pages_in_vain(world: Mapping[str, Incident]) -> Iterator[Finding]:
    """Grave findings about people who are waited for and whom no page can wake."""
    for incident in world.values():
        seats = incident.seats.values() if incident.active else ()
        waited = {seat.person for seat in seats if seat.here_at is None}
        waited |= {need.who for need in incident.waiting} if incident.active else set()
        people = sorted({f.who for f in incident.facts if f.kind == "unheard"} & waited)
        if people:
            whom = "who is called" if incident.confidential else f"@{', @'.join(people)}"
            what = f"{incident.ref}: the page of {whom} woke nobody, for it was made in the name of"
            how = (
                "that very account: call them yourself; set `pager.from` to one that is only IMA's"
            )
            key = f"unheard:{incident.ref}"
            yield Finding(f"{what} {how}", incident.ref, key=key, grave=True)
