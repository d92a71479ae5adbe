"""``announce``: tell a channel that there is an incident (P-13), or of who comes (P-18); once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, ClassVar

from automation.changes.issue_changes import Change
from automation.changes.service_calls import Announce
from automation.model.incident import Incident
from automation.policy.planning_input import Context
from automation.rules.rule import Rule, TemplateWord

STAKEHOLDERS = "stakeholders"  # the channel that the policy names so


@dataclass(frozen=True, kw_only=True)
class AnnounceRule(Rule):
    """Post in a channel."""

    channel: Annotated[str, "where, or `stakeholders`; else the channel of `chat:`"] = ""
    about: Annotated[
        TemplateWord,
        "for each role of `acknowledged`: the template `chat/ABOUT.txt.j2` says who comes",
    ] = ""

    word: ClassVar[str] = "announce"

    def propose(self, incident: Incident, ctx: Context) -> Iterator[Change]:
        named = {"": ctx.policy.chat.channel, STAKEHOLDERS: ctx.policy.stakeholders}
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
