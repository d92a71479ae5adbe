"""``gate``: a review is closed when it is complete; else it is opened again, twice (P-37).

What is missing is said in one comment for each closing. The third closing stands, as an act that
is contested (P-05): nobody should fight with a machine, or two machines with each other.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from automation.changes.comments import Say
from automation.changes.issue_changes import Change, Reopen
from automation.model.facts import is_action
from automation.model.incident import Incident, Note
from automation.model.replacing import replace
from automation.policy.planning_input import Context
from automation.policy.policy import Policy
from automation.records import dataclass
from automation.rules.rule import Rule
from automation.rules.when import LATELY
from automation.schema.described import AT_LEAST_ONE
from automation.text.markdown import heading_name

MOST_REOPENED = 2  # how often IMA opens a review again; then its closing stands


@dataclass(frozen=True, kw_only=True)
class GateRule(Rule):
    """Keep a review open until it is complete."""

    severity: Annotated[bool, "a person has to confirm the severity"] = False
    sections: Annotated[
        tuple[str, ...],
        AT_LEAST_ONE,
        "headings that must say more than the template asks for",
    ] = ()

    actions: Annotated[
        str, "the one of these headings that an action says enough for which was opened from there"
    ] = ""

    word: ClassVar[str] = "gate"
    least: ClassVar[int] = 1

    def never(self, policy: Policy) -> str:
        if self.when.kind != "review":
            return "only a review has a gate: `when` lacks `kind: review`"
        if self.when.closed:
            return "it opens again what is closed too early: with `closed` it never does"
        if not (self.severity or self.sections):
            return "it asks for nothing: for `severity`, or for some `sections`"
        if self.actions and self.actions not in self.sections:
            return f"`actions` is {self.actions!r}, which is none of its `sections`"
        return super().never(policy)

    def mismatch(self, incident: Incident, ctx: Context) -> str | None:
        reason = self.when.mismatch(_as_open(incident), ctx)
        form = incident.form
        if reason or form is None:
            return reason or "it is no review"
        if form.closed_at is None or not (incident.closed or form.opened_again):
            return "nobody has closed it"
        if not self.missing(incident):
            return "nothing is missing"
        if ctx.now - form.closed_at > LATELY:
            return "it was closed more than a day ago, and that stands"
        if incident.closed and form.undone >= MOST_REOPENED:
            return "it was closed a third time, and that stands"
        return None

    def propose(self, incident: Incident, ctx: Context) -> Iterator[Change]:
        if form := incident.form:
            yield Reopen(ref=incident.ref, rule=self.name, why=self.why)
            values = (
                ("who", form.closed_by),
                ("severity", self._severity_to_confirm(incident)),
                ("sections", "\n".join(self._empty_sections(incident))),
            )
            note = Note(f"gate:{form.closing}", "gate", values)
            yield Say(ref=incident.ref, rule=self.name, why=self.why, note=note)

    def reopens(self, incident: Incident, ctx: Context) -> bool:
        return incident.closed and self.mismatch(incident, ctx) is None

    def missing(self, incident: Incident) -> list[str]:
        """What a person still has to do, in a few words each."""
        severity = ["the severity is not confirmed"] if self._severity_to_confirm(incident) else []
        return severity + [
            f"{heading!r} says nothing" for heading in self._empty_sections(incident)
        ]

    def _empty_sections(self, incident: Incident) -> list[str]:
        """The headings under which nothing stands that a person wrote."""
        filled = incident.form.filled if incident.form else frozenset[str]()
        if any(is_action(what) for what in incident.reviews):
            filled |= {heading_name(self.actions)}
        return [heading for heading in self.sections if heading_name(heading) not in filled]

    def _severity_to_confirm(self, incident: Incident) -> str:
        """The severity that a person has to confirm; "" if one has, or if the rule does not ask for
        it."""
        if not self.severity or (incident.form and incident.form.confirmed):
            return ""
        return incident.severity.value if incident.severity else incident.least_severity

    def missing_though_closed(self, incident: Incident, ctx: Context) -> str | None:
        """What is missing in a review that was closed so often that it is not opened again, in
        words; None if nothing is, or if it is open."""
        form = incident.form
        if form is None or not incident.closed or form.undone < MOST_REOPENED:
            return None
        if self.when.mismatch(_as_open(incident), ctx):
            return None
        return ", ".join(self.missing(incident)) or None


def _as_open(incident: Incident) -> Incident:
    return replace(incident, closed=False) if incident.closed else incident
