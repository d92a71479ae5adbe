"""``ask``: ask one person for something that only people know, once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from automation.changes import Change
from automation.context import Context
from automation.incident import Incident, Note
from automation.rules.rule import Rule
from automation.schema import Field, Record, Text
from automation.telling import Say


@dataclass(frozen=True, kw_only=True)
class AskRule(Rule):
    """Ask the owner (or the assignee of a review) with the template ``comments/ask_ABOUT``."""

    about: str
    whom: str = "owner"

    word: ClassVar[str] = "ask"
    shape: ClassVar[Record] = Record(
        "ask",
        Field("whom", Text(choices=("owner", "assignee")), default="owner", doc="who is asked"),
        Field("about", Text(pattern=r"[a-z][a-z_]*"), required=True,
              doc="what about: the template `comments/ask_ABOUT.md.j2` says it"),
    )  # fmt: skip

    def propose(self, incident: Incident, ctx: Context) -> Iterator[Change]:
        assignee = incident.assignees[0] if incident.assignees else None
        if whom := incident.owner if self.whom == "owner" else assignee:
            note = Note(f"asked:{self.about}", f"ask_{self.about}", (("whom", whom),))
            yield Say(ref=incident.ref, rule=self.name, why=self.why, note=note)
