"""How late a pass acts on the clocks that have run out: schedules of CI run late. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

from automation.changes.comments import Message
from automation.changes.issue_changes import Change
from automation.model.incident import Fact, Incident
from automation.model.secrecy import tellable
from automation.planning.finding import Finding
from automation.planning.incident_view import minutes_in_words
from automation.policy.planning_input import Context
from automation.rules import rules_of
from automation.stored_state.dashboard import Late

REMEMBERED = timedelta(days=7)  # late clocks on the dashboard


def late_facts(incident: Incident, changes: Iterable[Change], ctx: Context) -> Iterator[Fact]:
    """A fact for each clock of the incident that these changes act on later than
    `lateness.warn`."""
    named = dict.fromkeys(c.rule for c in changes if not isinstance(c, Message))
    rules = {rule.name: rule for rule in rules_of(ctx.policy) if rule.name in named}
    for name in named:
        rule = rules.get(name)
        due = rule.deadline_now(incident, ctx) if rule and rule.has_clock else None
        if due and ctx.now - due >= ctx.policy.lateness.warn.length:
            seconds = int((ctx.now - due).total_seconds())
            yield Fact("late", ctx.now, what=name, text=str(seconds))


def late_now(world: Mapping[str, Incident], ctx: Context) -> list[Late]:
    """The late clocks of this pass, the worst first. Of a confidential incident only its reference
    (P-16)."""
    found = [
        Late(fact.at, incident.ref, fact.what if tellable(incident) else "", int(fact.text))
        for incident in world.values()
        for fact in incident.facts
        if fact.kind == "late" and fact.at == ctx.now
    ]
    return sorted(found, key=lambda late: -late.seconds)


def late_finding(world: Mapping[str, Incident], ctx: Context) -> Iterator[Finding]:
    """The worst of the late clocks of this pass, as a finding."""
    if found := late_now(world, ctx):
        worst, many = found[0], f"{len(found)} clocks were acted on late, the worst"
        start = many if len(found) > 1 else "a clock was acted on late"
        which = f"{worst.rule} of {worst.ref}" if worst.rule else f"on {worst.ref}"
        yield Finding(
            f"{start}: {which}, {minutes_in_words(worst.seconds)}", worst.ref, lasting=False
        )


def late_rows(before: Iterable[Late], world: Mapping[str, Incident], ctx: Context) -> list[Late]:
    """The rows of late clocks that the dashboard remembers: those of the last days, the newest
    last."""
    hidden = {ref for ref, incident in world.items() if incident.confidential}
    kept = (replace(late, rule="") if late.ref in hidden else late for late in before)
    recent = [late for late in kept if late.at > ctx.now - REMEMBERED]
    new = [late for late in late_now(world, ctx) if late not in recent]
    return [*recent, *sorted(new, key=lambda late: (late.ref, late.rule))]
