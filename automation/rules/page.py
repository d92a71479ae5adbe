"""``page``: wake people for an incident, each role once.

``by_severity`` pages the roles that the policy's entry of the severity names (P-12). A severity
that no member has confirmed wakes the first role of the chain only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar

from automation.changes.issue_changes import Change, Engage
from automation.changes.service_calls import Page
from automation.model.incident import Incident
from automation.policy.key_types import NameOf
from automation.policy.planning_input import Context
from automation.rules.engage import stood_down_while_true
from automation.rules.rule import Rule
from automation.schema.described import AT_LEAST_ONE

BY_SEVERITY = "by_severity"


@dataclass(frozen=True, kw_only=True)
class PageRule(Rule):
    """Page roles; an empty one is engaged first."""

    roles: Annotated[
        tuple[Annotated[str, NameOf("role", BY_SEVERITY)], ...],
        AT_LEAST_ONE,
        "the roles to page, or `by_severity`: those of the severity's entry",
    ]

    word: ClassVar[str] = "page"

    def propose(self, incident: Incident, ctx: Context) -> Iterator[Change]:
        for role in self.roles_of(incident, ctx):
            person = ctx.on_call.person(role)
            if (
                person
                and role not in incident.seats
                and not stood_down_while_true(self, role, incident, ctx)
            ):
                yield Engage(
                    ref=incident.ref,
                    rule=self.name,
                    why=self.why,
                    role=role,
                    person=person,
                    page=True,
                )
            yield Page(ref=incident.ref, rule=self.name, why=self.why, role=role)

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
