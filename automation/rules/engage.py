"""``engage``: call the person on call for a role, once; they are engaged when they act (P-03).

A role that is filled stays with whoever filled it: a rotation that ends in the middle of an
incident hands nothing over by itself (P-08). A role that somebody stood down stays empty until
something new calls for it (P-03).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, ClassVar

from automation.changes.issue_changes import Call, Change
from automation.model.incident import Incident
from automation.policy.key_types import RoleName
from automation.policy.planning_input import Context
from automation.policy.policy import Policy
from automation.records import dataclass
from automation.rules.rule import Rule
from automation.rules.when import CALLED


@dataclass(frozen=True, kw_only=True)
class EngageRule(Rule):
    """Call the person on call for a role."""

    role: Annotated[RoleName, "which role; the person on call for it comes in"]
    page: Annotated[bool, "page them too"] = True

    word: ClassVar[str] = "engage"

    def mismatch(self, incident: Incident, ctx: Context) -> str | None:
        reason = self.when.mismatch(incident, ctx)
        if reason is None and stood_down_while_true(self, self.role, incident, ctx):
            role = ctx.policy.words.role(self.role)
            return f"the {role} was stood down, and nothing new has come up"
        return reason

    def never(self, policy: Policy) -> str:
        for key in CALLED if self.when.kind == "incident" else ():
            if self.role in getattr(self.when, key):
                return f"it calls the {self.role.upper()}, whom `{key}` has called already"
        return super().never(policy)

    def propose(self, incident: Incident, ctx: Context) -> Iterator[Change]:
        if called := whom_to_call(self, self.role, incident, ctx):
            yield call_by_rule(self, *called, self.page, incident, ctx)

    def asks_for(self, incident: Incident, ctx: Context) -> tuple[str, ...]:
        return (self.role,) if self.when.still_asks(incident) else ()

    def pages(self, incident: Incident, ctx: Context) -> tuple[str, ...]:
        return self.asks_for(incident, ctx) if self.page else ()


def call_by_rule(
    rule: Rule, role: str, person: str, page: bool, incident: Incident, ctx: Context
) -> Call:
    """The call of a person by a rule. Whoever has acted since the rule holds is here at once."""
    since = rule.when.due(incident, ctx)
    return Call(
        ref=incident.ref,
        rule=rule.name,
        why=rule.why,
        role=role,
        person=person,
        page=page,
        since=since,
    )


def whom_to_call(rule: Rule, role: str, incident: Incident, ctx: Context) -> tuple[str, str] | None:
    """The role that a rule has to call, and the person. Where the schedule of ``role`` is empty it
    is the next role of the chain that somebody is on call for (P-08). None where the role is
    filled, or somebody stood it down."""
    chain = ctx.policy.chain
    for name in chain[chain.index(role) :] if role in chain else (role,):
        if name in incident.seats or stood_down_while_true(rule, name, incident, ctx):
            return None
        if person := ctx.on_call.person(name):
            return name, person
    return None


def stood_down_while_true(rule: Rule, role: str, incident: Incident, ctx: Context) -> bool:
    """Did the rule hold already when somebody stood the role down, and ever since? What has ceased
    and returned calls again (P-12)."""
    if role in incident.seats or not (then := incident.stood_down.get(role)):
        return False
    if rule.holds_since(role, incident, ctx) > then.at:
        return False
    before = replace(
        incident, severity=then.severity, state=then.state, status=then.status, resolution=None
    )
    return rule.when.mismatch(before, replace(ctx, now=then.at)) is None
