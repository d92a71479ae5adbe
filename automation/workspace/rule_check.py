"""Finds rules that can never apply, and rules that undo each other, by playing them against
incidents of every kind. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import product

from automation.errors import PolicyError, Unsettled
from automation.mistakes import quoted
from automation.model.incident import Choice, Incident, Resolution, Seat
from automation.model.issue import OPERATIONAL, RESOLVED, STATES, STATUSES
from automation.model.publicity import SECURITY_ISSUE
from automation.planning.planner import settle
from automation.policy.planning_input import Context
from automation.policy.policy import Policy
from automation.rules import rules_of
from automation.rules.index import index_of
from automation.rules.set import SetRule
from automation.schema.yaml_nodes import Source
from automation.workspace.template_samples import NOW, samples

_AGES = (timedelta(minutes=2), timedelta(hours=2), timedelta(days=8))


def rules_that_fight(policy: Policy, files: list[Source]) -> list[PolicyError]:
    """A mistake for each set of rules that undo each other, at the place of the first of them."""
    found: dict[frozenset[str], PolicyError] = {}
    rules = index_of(policy)
    for incident, ctx, what in _incidents(policy):
        left_out = frozenset[str]()
        while True:
            try:
                settle(incident, rules.without(left_out), ctx)
                break
            except Unsettled as fight:
                if not fight.rules - left_out:
                    break
                left_out |= fight.rules
                place = _line_of(sorted(fight.rules), files)
                problem = fight.problem.partition(": ")[2]
                text = f"{place}: {problem}, on {what}"
                found.setdefault(fight.rules, PolicyError(text, fight.remedy))
    return list(found.values())


def rules_that_never_apply(policy: Policy, files: list[Source]) -> list[PolicyError]:
    """One mistake for each rule that can never apply, or a part of it, where it stands."""
    remedy = "write a rule for each, or take one of them out; `disabled: true` says that it is off"
    return [
        PolicyError(f"{_line_of([rule.name], files)}: rule {quoted(rule.name)}: {why}", remedy)
        for rule in rules_of(policy)
        if (why := rule.never(policy))
    ]


def _incidents(policy: Policy) -> Iterator[tuple[Incident, Context, str]]:
    """An incident of each severity, state and status at several ages, with nobody here and with
    everybody; a new one also with nobody on call."""
    (fresh, nobody), (busy, ctx), *_ = samples(policy)
    roles = list(policy.roles)
    statuses = list(_statuses_told_apart(policy))
    for age, severity, state, status in product(_AGES, ("", *policy.severities), STATES, statuses):
        if state == RESOLVED and status != OPERATIONAL:
            continue  # what is resolved is Operational
        then = NOW - age
        everybody = {role: Seat(role, "erin", then, here_at=then) for role in roles}
        made = replace(
            fresh,
            author="rita",
            declared_at=then,
            began=then,
            opened_at=then,
            severity=Choice(severity, then) if severity else None,
            severity_unset_at=then,
            state=Choice(state, then),
            status=Choice(status, then),
            services=busy.services,
        )
        if state == RESOLVED:
            made = replace(made, closed=True, resolution=Resolution(then, "erin", "fixed"))
        what = f"an incident with {severity or 'no severity'}, {state}, {status}"
        yield made, ctx, what
        if age == _AGES[0]:
            yield made, nobody, what
        yield replace(made, seats=everybody, owner="erin"), ctx, what
    for kind in ("review", "action"):
        yield replace(fresh, kind=kind, review_of="#2", due=NOW.date()), ctx, f"an open {kind}"


def _statuses_told_apart(policy: Policy) -> Iterator[str]:
    """One status of those that no rule tells apart. Nothing else does: but for Operational, and the
    one that is never public."""
    seen: set[tuple[object, ...]] = set()
    for status in STATUSES:
        named = (status in rule.when.status for rule in rules_of(policy))
        chosen = (isinstance(r, SetRule) and r.status == status for r in rules_of(policy))
        key = (status in (OPERATIONAL, SECURITY_ISSUE) and status, *named, *chosen)
        if key not in seen:
            seen.add(key)
            yield status


def _line_of(names: list[str], files: list[Source]) -> str:
    """File and line of the first of these rules that stands in one of the files, theirs first."""
    named = re.compile(rf"""(?:^|[\s{{,])name:\s*["']?(?:{"|".join(names)})["']?\s*(?:[,}}#]|$)""")
    for source in files:
        for number, line in enumerate(source.text.splitlines(), 1):
            if named.search(line):
                return f"{source.file}:{number}"
    return files[0].file
