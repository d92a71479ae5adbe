"""``review``: open the review of an incident (P-35) or of a near miss (P-39), once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from automation.changes.issue_changes import Change
from automation.changes.service_calls import Open
from automation.model.engagement import who_served
from automation.model.incident import Incident, Request
from automation.policy.due_dates import review_due
from automation.policy.key_types import NameOf, TemplateName
from automation.policy.planning_input import Context
from automation.records import dataclass
from automation.rules.rule import Rule


@dataclass(frozen=True, kw_only=True)
class ReviewRule(Rule):
    """Open a review from a template, linked and assigned to whoever knows most."""

    template: Annotated[TemplateName, "the template of the review's body"]
    assign: Annotated[str, NameOf("role", "author"), "whose it is"]

    word: ClassVar[str] = "review"

    def mismatch(self, incident: Incident, ctx: Context) -> str | None:
        reason = self.when.mismatch(incident, ctx)
        if reason is not None or self.when.wants == "review":
            return reason
        if incident.resolution and not incident.resolution.settled:
            end = "not confirmed" if incident.resolution.contested else incident.resolution.reason
            return f"its end is no real one ({end})"
        return None

    def propose(self, incident: Incident, ctx: Context) -> Iterator[Change]:
        if self.when.kind != "near miss":
            asked = incident.asked("review")
            assignee = self._assignee(incident, ctx)
            of = asked.of if asked else ""
            yield self._open_review(incident, ctx, "review", assignee, incident.grade, of)
            return
        yield self._near_miss(incident, incident.asked("near miss"), ctx)

    def _near_miss(self, incident: Incident, asked: Request | None, ctx: Context) -> Change:
        chosen = incident.severity.value if incident.severity else ""
        person = (asked.person if asked else "") or self._assignee(incident, ctx)
        severity = asked.severity if asked else chosen
        of = asked.of if asked else ""
        return self._open_review(incident, ctx, "near miss", person, severity, of)

    def _assignee(self, incident: Incident, ctx: Context) -> str:
        """The login of who was here in the role, else of who was called for it, else of who
        resolved the incident (P-35)."""
        if self.assign == "author":
            return incident.author or ""
        end = incident.resolution
        resolver = end.by if end and end.by and ctx.member(end.by) and end.by != ctx.me else ""
        on_call = ctx.on_call.person(self.assign)
        return who_served(incident, self.assign) or resolver or on_call or incident.owner or ""

    def _open_review(
        self,
        incident: Incident,
        ctx: Context,
        what: str,
        assignee: str,
        severity: str,
        of: str = "",
    ) -> Change:
        end = incident.resolution.at if incident.resolution and what == "review" else ctx.now
        if told := incident.found("happened"):  # nobody could review it before
            end = max(end, told.at)
        return Open(
            ref=incident.ref,
            rule=self.name,
            why=self.why,
            what=what,
            template=self.template,
            assignee=assignee,
            severity=severity,
            of=of,
            due=str(review_due(ctx.policy, severity, end) or ""),
            since=end.isoformat(),
        )
