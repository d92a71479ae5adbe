"""``engage``: bring the person on call for a role into the incident, once.

A role that is filled stays with whoever filled it: a rotation that ends in the middle of an
incident hands nothing over by itself (P-08). A role that somebody stood down stays empty until
something new calls for it (P-03).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar

from automation.changes.issue_changes import Change, Engage
from automation.model.incident import Incident
from automation.policy.key_types import RoleName
from automation.policy.planning_input import Context
from automation.rules.rule import Rule


@dataclass(frozen=True, kw_only=True)
class EngageRule(Rule):
    """Fill a role with the person on call for it."""

    role: Annotated[RoleName, "which role; the person on call for it comes in"]
    page: Annotated[bool, "page them too"] = True

    word: ClassVar[str] = "engage"

    def mismatch(self, incident: Incident, ctx: Context) -> str | None:
        reason = self.when.mismatch(incident, ctx)
        if reason is None and stood_down_while_true(self, self.role, incident, ctx):
            return f"the {self.role.upper()} was stood down, and nothing new has come up"
        return reason

    def propose(self, incident: Incident, ctx: Context) -> Iterator[Change]:
        if person := ctx.on_call.person(self.role):
            yield Engage(
                ref=incident.ref,
                rule=self.name,
                why=self.why,
                role=self.role,
                person=person,
                page=self.page,
            )


def stood_down_while_true(rule: Rule, role: str, incident: Incident, ctx: Context) -> bool:
    """Did the rule hold already when somebody stood the role down?"""
    if role in incident.seats or not (then := incident.stood_down.get(role)):
        return False
    before = replace(
        incident, severity=then.severity, state=then.state, status=then.status, resolution=None
    )
    return rule.when.mismatch(before, replace(ctx, now=then.at)) is None
