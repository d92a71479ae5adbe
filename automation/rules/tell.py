"""``tell``: let one person know something, once. Nobody has to answer; who has to is asked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from automation.changes.comments import Say
from automation.changes.issue_changes import Change
from automation.model.incident import Incident, Note
from automation.policy.key_types import NameOf
from automation.policy.planning_input import Context
from automation.policy.policy import Policy
from automation.records import dataclass
from automation.rules.rule import Rule, template_part


@dataclass(frozen=True, kw_only=True)
class TellRule(Rule):
    """Tell somebody with the template ``comments/tell_ABOUT``."""

    whom: Annotated[
        str,
        NameOf("role", "owner", "assignee", "author"),
        "who is told: `author` is who reported or opened it; of a role its holder",
    ] = "owner"
    about: Annotated[
        str,
        template_part("comments/tell_{}.md.j2"),
        "what: the template `comments/tell_ABOUT.md.j2` says it",
    ]

    word: ClassVar[str] = "tell"

    def never(self, policy: Policy) -> str:
        if self.whom in self.when.here:
            return f"it tells the {self.whom.upper()} that they are here, which they know"
        return super().never(policy)

    def propose(self, incident: Incident, ctx: Context) -> Iterator[Change]:
        whom = self._person_told(incident)
        if whom and whom not in self._people_engaged(incident):
            note = Note(f"told:{self.about}", f"tell_{self.about}", (("whom", whom),))
            yield Say(ref=incident.ref, rule=self.name, why=self.why, note=note)

    def _person_told(self, incident: Incident) -> str | None:
        if self.whom == "owner":
            return incident.owner
        if self.whom == "author":
            return incident.author
        if self.whom == "assignee":
            return incident.assignees[0] if incident.assignees else None
        seat = incident.here.get(self.whom) or incident.seats.get(self.whom)
        return seat.person if seat else None

    def _people_engaged(self, incident: Incident) -> list[str]:
        """The people whose engagement the message is about: they need not hear of it."""
        return [incident.here[role].person for role in self.when.here if role in incident.here]
