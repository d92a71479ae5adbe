"""``document``: create the working document of an incident, once (P-13)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from automation.changes.issue_changes import Change
from automation.changes.service_calls import Document
from automation.model.incident import Incident
from automation.policy.key_types import TemplateName
from automation.policy.planning_input import Context
from automation.records import dataclass
from automation.rules.rule import Rule


@dataclass(frozen=True, kw_only=True)
class DocumentRule(Rule):
    """Fill a template into a shared document."""

    template: Annotated[TemplateName, "the template"] = "document.md.j2"

    word: ClassVar[str] = "document"

    def propose(self, incident: Incident, ctx: Context) -> Iterator[Change]:
        yield Document(ref=incident.ref, rule=self.name, why=self.why, template=self.template)
