"""``page``: wake people for an incident, each role once for each call of it.

``by_severity`` pages the roles that the policy's entry of the severity names (P-12). A severity
that no member has confirmed wakes the first role of the chain only.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, ClassVar

from automation.changes.issue_changes import Change
from automation.changes.service_calls import Page
from automation.model.incident import Incident
from automation.policy.key_types import NameOf
from automation.policy.planning_input import Context
from automation.policy.policy import Policy
from automation.records import dataclass
from automation.rules.engage import call_by_rule, whom_to_call
from automation.rules.rule import Rule
from automation.rules.when import as_confirmed
from automation.schema.described import AT_LEAST_ONE

BY_SEVERITY = "by_severity"


@dataclass(frozen=True, kw_only=True)
class PageRule(Rule):
    """Page roles. A role that nobody is called for is called first."""

    roles: Annotated[
        tuple[Annotated[str, NameOf("role", BY_SEVERITY)], ...],
        AT_LEAST_ONE,
        "the roles to page, or `by_severity`: those of the severity's entry",
    ]

    word: ClassVar[str] = "page"

    def never(self, policy: Policy) -> str:
        for key in ("awaited", "acknowledged") if self.when.kind == "incident" else ():
            if {*self.roles} <= {*getattr(self.when, key)}:
                return f"it pages whom `{key}` has paged already"
        return super().never(policy)

    def propose(self, incident: Incident, ctx: Context) -> Iterator[Change]:
        for role in self.roles_of(incident, ctx):
            called = whom_to_call(self, role, incident, ctx)
            if called:
                yield call_by_rule(self, *called, True, incident, ctx)
            name = called[0] if called else role
            yield Page(ref=incident.ref, rule=self.name, why=self.why, role=name)

    def holds_since(self, role: str, incident: Incident, ctx: Context) -> datetime:
        since, chosen = super().holds_since(role, incident, ctx), incident.severity
        if BY_SEVERITY not in self.roles or chosen is None:
            return since
        named = tuple(n for n, each in ctx.policy.severities.items() if role in each.page)
        return max(since, chosen.since(named))

    def asks_for(self, incident: Incident, ctx: Context) -> tuple[str, ...]:
        if not self.when.still_asks(incident):
            return ()
        before, now = (self.roles_of(each, ctx) for each in (as_confirmed(incident), incident))
        return tuple(dict.fromkeys((*before, *now)))

    def pages(self, incident: Incident, ctx: Context) -> tuple[str, ...]:
        return self.asks_for(incident, ctx)

    def roles_of(self, incident: Incident, ctx: Context) -> tuple[str, ...]:
        """The roles that it pages for this incident."""
        if BY_SEVERITY not in self.roles:
            return self.roles
        if incident.severity is None:
            return ()
        severity = ctx.policy.severities.get(incident.severity.value)
        named = severity.page if severity else ()
        if incident.severity.confirmed:
            return named
        return tuple(role for role in named if role == ctx.policy.chain[0])
