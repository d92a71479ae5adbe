"""``announce``: tell a channel that there is an incident (P-13), or of who comes (P-18); once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, ClassVar

from automation.changes.issue_changes import Change
from automation.changes.service_calls import Announce
from automation.model.incident import Incident
from automation.policy.planning_input import Context
from automation.records import dataclass
from automation.rules.rule import Rule, template_part

STAKEHOLDERS = "stakeholders"  # the channel that the policy names so


@dataclass(frozen=True, kw_only=True)
class AnnounceRule(Rule):
    """Post in a channel."""

    channel: Annotated[str, "where, or `stakeholders`; else the channel of `chat:`"] = ""
    about: Annotated[
        str,
        template_part("chat/{}.txt.j2"),
        "for each role of `acknowledged`: the template `chat/ABOUT.txt.j2` says who comes",
    ] = ""
    updates: Annotated[
        bool | None,
        "whether a new message there tells each move of state and status, and the end; without "
        "this key only where `channel` names another one than `chat:` and `stakeholders:`. The "
        "first message is kept true in any case",
    ] = None

    word: ClassVar[str] = "announce"

    def propose(self, incident: Incident, ctx: Context) -> Iterator[Change]:
        channel = "" if incident.drill and self.channel == STAKEHOLDERS else self.where(ctx)
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

    def where(self, ctx: Context) -> str:
        """The channel; "" where the policy names none."""
        named = {"": ctx.policy.chat.channel, STAKEHOLDERS: ctx.policy.stakeholders}
        return named.get(self.channel, self.channel)

    def follows(self, ctx: Context) -> bool:
        """Does the channel hear of each move of the incident?"""
        if self.updates is not None:
            return self.updates
        others = ("", STAKEHOLDERS, ctx.policy.chat.channel, ctx.policy.stakeholders)
        return self.channel not in others and not self.about


def channels_that_follow(rules: Iterable[Rule], ctx: Context) -> list[str]:
    """Channels that hear of each move of what was announced there (P-34)."""
    found = (r.where(ctx) for r in rules if isinstance(r, AnnounceRule) and r.follows(ctx))
    return list(dict.fromkeys(channel for channel in found if channel))
