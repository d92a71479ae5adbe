"""The planner: from a snapshot to a plan. Pure.

Issue by issue, rules propose; what moves nothing is dropped; it goes on until nothing moves.
Rules are taken in the order of their names, so their order in the file means nothing. Two rules
that undo each other are both left out on the issue that they fight over, and named, instead of
flapping in production. What fails on one issue sets that issue aside, and no other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping
from functools import partial

from automation.changes.announcement import Reannounce
from automation.changes.comments import WriteCard
from automation.changes.issue_changes import Change
from automation.changes.service_calls import NEW, Announce, Page
from automation.errors import Unsettled
from automation.model.incident import HAVE_CARDS, Incident
from automation.model.replacing import replace
from automation.planning.calls import calls, ended_calls
from automation.planning.dashboard_rows import (
    dashboard_if_changed,
    dashboard_now,
    has_another_policy,
    incomplete_reviews,
    old_incidents_finding,
    rows_with,
)
from automation.planning.finding import Finding
from automation.planning.findings import Telling, as_told, marked_new, tellings
from automation.planning.handover import Handover
from automation.planning.incident_view import card_digest
from automation.planning.invariants import invariant_changes, requested_changes
from automation.planning.lateness import late_facts, late_finding
from automation.planning.limits import limits_left, of_strangers, over_limits
from automation.planning.people_missing import (
    nobody_on_call,
    pages_in_vain,
    two_keepers,
    unowned,
)
from automation.planning.plan import Plan, Snapshot, in_order
from automation.planning.security_incidents import exposed_findings
from automation.planning.service_incidents import incident_to_declare
from automation.planning.set_aside import SetAside, finding_of
from automation.planning.severity_followed import with_dates_of_actions
from automation.planning.shift_change import groups_to_set, handover, unreached_findings
from automation.planning.status_page_drift import drift_findings
from automation.planning.weekly_digest import digest_to_post
from automation.policy.planning_input import Context
from automation.rules.index import Index, index_of
from automation.rules.rule import Rule

MOST_ROUNDS = 16  # of proposals on one issue; rules that still move something undo each other
Slot = tuple[str, str, str]  # what a change is about, whichever rule wants it
CARD_RULE = {"rule": "card", "why": "The card says how things stand."}


def plan(snapshot: Snapshot) -> Plan:
    """What should change in the world of ``snapshot``, and what only a person can mend."""
    ctx, set_aside, fights = snapshot.ctx, SetAside(), dict[str, Unsettled]()
    rules = index_of(ctx.policy)
    settled: dict[str, tuple[Incident, list[Change]]] = {}

    def settle_all(refs: Iterable[str], held: Container[Slot] = ()) -> None:
        for ref in refs:
            incident = snapshot.incidents[ref]
            settle_one = partial(_settle_without_fights, incident, rules, ctx, held, fights)
            if outcome := set_aside.attempt(ref, settle_one):
                settled[ref] = outcome

    settle_all(snapshot.incidents)
    opening = list(incident_to_declare(snapshot))
    left = limits_left(ctx.policy.limits, snapshot.stored, ctx.now)
    strangers = of_strangers(snapshot.incidents, ctx)
    held = over_limits(settled, left, ctx.policy, opening, strangers)
    settle_all({change.ref for change in held.values()} & set(settled), held)
    world = {ref: incident for ref, (incident, _) in settled.items()}
    changes: list[Change] = [change for change in opening if change.slot not in held]
    changes += [change for _, found in settled.values() for change in found]
    handed_over = set_aside.attempt("", partial(_handover, snapshot, world, changes))
    _add_cards(snapshot, world, changes, set_aside)
    world = {ref: incident for ref, incident in world.items() if ref not in set_aside}
    changes = [change for change in changes if change.ref not in set_aside]
    of_project = set_aside.attempt(
        "", lambda: list(_findings_of_project(snapshot, world, held.values()))
    )
    of_fights = [finding_of(fight, ref) for ref, fight in fights.items()]
    unreached = unreached_findings(handed_over, ctx.policy)
    found = (*snapshot.findings, *of_fights, *(of_project or ()), *unreached)
    findings = tuple(marked_new(found, snapshot.stored.findings))
    to_tell = partial(_grave_findings_to_tell, findings, snapshot, world, set_aside)
    told = set_aside.attempt("", to_tell) or ()
    rows = as_told(rows_with(findings, snapshot, set_aside), told)
    digest = set_aside.attempt("", partial(digest_to_post, snapshot, world, changes))
    of_board = (snapshot, world, changes, handed_over, set_aside, rows, digest)
    board = set_aside.attempt("", partial(dashboard_if_changed, *of_board))
    return Plan(
        in_order(changes),
        (*findings, *set_aside.findings.values()),
        before=replace(snapshot, aside=snapshot.aside | (set_aside.findings.keys() - {""})),
        world=world,
        dashboard=board,
        held=len(held),
        waiting=frozenset(change.ref for change in held.values()),
        handover=handed_over,
        groups={} if snapshot.stored.newer else groups_to_set(snapshot),
        digest_post=digest,
        tellings=tuple(told),
        first_by=ctx.policy.digest if has_another_policy(snapshot) else "",
    )


def _add_cards(
    snapshot: Snapshot, world: dict[str, Incident], changes: list[Change], set_aside: SetAside
) -> None:
    """Add the updates of cards to ``changes``, and what they change to ``world``."""
    ctx = snapshot.ctx
    for ref, judged in world.items():
        if ref in snapshot.gone:
            continue  # there is no issue to write on
        incident = with_dates_of_actions(judged, world)
        if card := set_aside.attempt(ref, partial(_card_update, incident, ctx)):
            changes.append(card)
            world[ref] = card.after(incident, ctx)


def _grave_findings_to_tell(
    findings: tuple[Finding, ...],
    snapshot: Snapshot,
    world: Mapping[str, Incident],
    set_aside: SetAside,
) -> list[Telling]:
    """The messages about grave findings; none where no dashboard can remember that people were
    told."""
    can_remember = snapshot.stored.ref or any(incident.active for incident in world.values())
    if not can_remember or snapshot.stored.newer:
        return []
    return tellings(findings, rows_with(findings, snapshot, set_aside), world, snapshot.ctx)


def _settle_without_fights(
    incident: Incident,
    rules: Index,
    ctx: Context,
    held: Container[Slot],
    fights: dict[str, Unsettled],
) -> tuple[Incident, list[Change]]:
    """The incident once nothing moves any more, and the changes that lead there. Rules that undo
    each other are left out, and noted in ``fights``."""
    left_out = frozenset[str]()
    while True:
        try:
            settled, changes = settle(incident, rules.without(left_out), ctx, held)
            return _with_lateness(incident, settled, changes, ctx), changes
        except Unsettled as fight:
            if not fight.rules - left_out:
                raise
            fights.setdefault(incident.ref, fight)
            left_out |= fight.rules


def _handover(
    snapshot: Snapshot, world: dict[str, Incident], changes: list[Change]
) -> Handover | None:
    """At a change of shift, the handover to whoever comes on call; None without one. Its comments
    are added to ``changes`` and ``world``."""
    if snapshot.stored.newer:
        return None  # it could not be remembered
    if snapshot.dashboard.shifts == snapshot.stored.shifts and not snapshot.stored.handed:
        return None
    handed_over = handover(snapshot, dashboard_now(snapshot, world, changes), world)
    for say in handed_over.comments if handed_over else ():
        if world[say.ref].silent:
            continue
        changes.append(say)
        world[say.ref] = say.after(world[say.ref], snapshot.ctx)
    return handed_over


def settle(
    incident: Incident,
    rules: Iterable[Rule] | Index,
    ctx: Context,
    held: Container[Slot] = (),
) -> tuple[Incident, list[Change]]:
    """The incident once nothing moves any more, and the changes that lead there, without those that
    are ``held`` back. Raises Unsettled where rules undo each other."""
    index = rules if isinstance(rules, Index) else Index(rules)
    planned, changes = _apply_proposals(incident, requested_changes(incident, ctx), ctx, held)
    planned, moved = _apply_until_nothing_moves(
        planned, lambda now: _proposed_changes(now, index, ctx), ctx, held
    )
    planned, last = _apply_until_nothing_moves(
        planned, lambda now: invariant_changes(now, ctx), ctx, held
    )
    return planned, _without_doubled_announcements(changes + moved + last)


def _without_doubled_announcements(changes: list[Change]) -> list[Change]:
    """The changes without updates of announcements that are made in this pass: these say at once
    how the incident stands in the end."""
    channels = {
        change.channel for change in changes if isinstance(change, Announce) and not change.about
    }
    return [c for c in changes if not (isinstance(c, Reannounce) and c.channel in channels)]


def _apply_until_nothing_moves(
    incident: Incident,
    proposals: Callable[[Incident], Iterable[Change]],
    ctx: Context,
    held: Container[Slot],
) -> tuple[Incident, list[Change]]:
    """Apply what ``proposals`` gives for the incident, round by round. Raises Unsettled where that
    comes to no end."""
    changes: list[Change] = []
    for number in range(MOST_ROUNDS):
        incident, moved = _apply_proposals(incident, proposals(incident), ctx, held)
        if not moved:
            return incident, changes
        if number == MOST_ROUNDS // 2:  # what moves from here on goes in a circle: it is at fault
            changes = []
        changes += moved
    raise _rules_that_fight(incident, changes)


def _proposed_changes(incident: Incident, index: Index, ctx: Context) -> Iterator[Change]:
    yield from ended_calls(incident, ctx)
    for rule in index.of(incident):
        if rule.reason(incident, ctx) is None:
            yield from rule.propose(incident, ctx)
    yield from calls(incident, ctx)


def _apply_proposals(
    incident: Incident, proposals: Iterable[Change], ctx: Context, held: Container[Slot]
) -> tuple[Incident, list[Change]]:
    """Apply proposals to the planned incident. Returns it, and the changes that moved it."""
    taken = []
    for change in proposals:
        after = change.after(incident, ctx)
        if after is not incident and change.slot not in held:
            incident = after
            taken.append(change)
    return incident, taken


def _rules_that_fight(incident: Incident, moved: list[Change]) -> Unsettled:
    """The error that names the rules of these changes, which undo each other."""
    names = sorted({change.rule for change in moved})
    who = f"the rules {' and '.join(map(repr, names))} undo each other"
    if len(names) == 1:
        who = f"the rule {names[0]!r} undoes itself"
    return Unsettled(
        f"{incident.ref}: {who}",
        "make their `when` exclude each other, or disable one of them",
        frozenset(names),
    )


def _with_lateness(
    before: Incident, incident: Incident, changes: list[Change], ctx: Context
) -> Incident:
    unknown = before.hidden and not before.confidential and before.card is None
    if before.kind != "incident" or unknown:  # without a card nobody knows when it was acted on
        return incident
    late = tuple(late_facts(before, changes, ctx))
    return replace(incident, facts=(*incident.facts, *late)) if late else incident


def _card_update(incident: Incident, ctx: Context) -> WriteCard | None:
    """The update of the card, where it is needed: it would say something else, or its signature is
    old."""
    if incident.kind not in HAVE_CARDS or not (
        incident.tracked or _has_ended_something_outside(incident)
    ):
        return None
    if incident.kind == "maintenance" and not (incident.card or incident.facts):
        return None  # nobody has confirmed it
    digest = card_digest(incident, ctx)
    card = incident.card
    up_to_date = card and card.digest == digest and not card.second_cards
    if card and up_to_date and not (card.stale and incident.active):
        return None
    return WriteCard(ref=incident.ref, digest=digest, **CARD_RULE)


def _has_ended_something_outside(incident: Incident) -> bool:
    """Was something ended that the incident had begun outside the tracker? The card must remember
    that (P-58)."""
    known = incident.card.facts if incident.card else frozenset()
    ended = {f for f in incident.facts if f.kind in ("announced", "called off", "published")}
    return incident.let_go and not ended <= known


def _findings_of_project(
    snapshot: Snapshot, world: Mapping[str, Incident], held: Collection[Change]
) -> Iterator[Finding]:
    ctx = snapshot.ctx
    yield from nobody_on_call(snapshot, world)
    yield from unowned(snapshot, world)
    yield from two_keepers(world)
    yield from pages_in_vain(world)
    yield from old_incidents_finding(snapshot)
    yield from late_finding(world, ctx)
    yield from incomplete_reviews(snapshot.incidents, ctx)
    yield from drift_findings(snapshot, world)
    yield from exposed_findings(snapshot.incidents)
    for limit, count in Counter(change.limit for change in held).items():
        limits = ctx.policy.limits
        most = f"(limits.{limit}: {getattr(limits, limit)}) within {limits.window}"
        mine = [change for change in held if change.limit == limit]
        which = _held_in_words(mine, snapshot.incidents, ctx)
        one = {"pages": "page", "posts": "post", "opens": "opening"}[limit]
        waits = f"1 {one} waits" if count == 1 else f"{count} {one}s wait"
        text = f"{waits} for the next run {most}{which}"
        yield Finding(text, key=f"held:{limit}", grave=limit != "opens")


_SHOWN = 5  # issues that such a finding names


def _held_in_words(
    held: Collection[Change], incidents: Mapping[str, Incident], ctx: Context
) -> str:
    """Of which issues, and whose pages; of a confidential one nothing but its reference (P-16)."""
    found: dict[str, list[str]] = {}
    for change in held:
        roles = found.setdefault(change.ref, [])
        known = incidents.get(change.ref)
        if isinstance(change, Page) and known and not known.confidential:
            roles.append(ctx.policy.words.role(change.role))
    named = [
        " ".join([ref, ", ".join(roles)]).strip()
        for ref, roles in found.items()
        if ref not in ("", NEW)
    ]
    more = " …" if len(named) > _SHOWN else ""
    return f": {'; '.join(named[:_SHOWN])}{more}" if named else ""


__all__ = ["plan", "settle"]
