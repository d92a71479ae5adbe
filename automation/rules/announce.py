"""``announce``: tell a channel that there is an incident (P-13), or of who comes (P-18); once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from automation.changes.issue_changes import Change
from automation.changes.service_calls import Announce
from automation.model.incident import Incident
from automation.policy.planning_input import Context
from automation.rules.rule import Rule
from automation.schema.shapes import Field, Record, Text

STAKEHOLDERS = "stakeholders"  # the channel that the policy names so


@dataclass(frozen=True, kw_only=True)
class AnnounceRule(Rule):
    """Post in a channel."""

    channel: str = ""
    about: str = ""

    word: ClassVar[str] = "announce"
    shape: ClassVar[Record] = Record(
        "announce",
        Field(
            "channel",
            Text(),
            default="",
            doc="where, or `stakeholders`; else the channel of `chat:`",
        ),
        Field(
            "about",
            Text(pattern=r"[a-z][a-z_]*"),
            default="",
            doc="for each role of `acknowledged`: the template `chat/ABOUT.txt.j2` says who comes",
        ),
    )

    def propose(self, incident: Incident, ctx: Context) -> Iterator[Change]:
        named = {"": ctx.policy.channel, STAKEHOLDERS: ctx.policy.stakeholders}
        channel = named.get(self.channel, self.channel)
        roles = self.when.acknowledged if self.about else ("",)
        for role in roles if channel else ():
            yield Announce(
                ref=incident.ref,
                rule=self.name,
                why=self.why,
                channel=channel,
                about=self.about,
                role=role,
            )
