"""What an announcement in the chat says, and the change that keeps it true. Pure."""

from __future__ import annotations

from typing import Any, ClassVar

from automation.changes.issue_changes import Change
from automation.model.facts import is_action
from automation.model.incident import DRILL, Incident
from automation.model.replacing import replace
from automation.model.secrecy import Tellable, tellable
from automation.model.team_words import COMMON, TeamWords
from automation.policy.planning_input import Context
from automation.records import dataclass
from automation.stored_state.card import short_digest


def announcement_view(incident: Incident, ctx: Context) -> dict[str, Any]:
    """The data of an announcement for its template; of a confidential incident only the
    reference."""
    told = tellable(incident)
    shown = _told(told, ctx) if told else _NOTHING
    ref = f"{DRILL} {incident.ref}" if incident.drill else incident.ref
    return {"ref": ref, "confidential": incident.confidential, **shown}


_NOTHING = {
    **dict.fromkeys(("title", "severity", "owner", "room", "link", "resolved"), ""),
    "groups": [],
    "actions": [],
}


def _told(incident: Tellable, ctx: Context) -> dict[str, Any]:
    opened = [f for f in incident.facts if f.kind == "opened" and f.done]
    return {
        "title": incident.title.removeprefix(f"{DRILL}: ") if incident.drill else incident.title,
        "severity": incident.severity.value if incident.severity else "",
        "owner": incident.owner or "",
        "room": ctx.policy.room,
        "link": incident.url,
        "resolved": incident.resolution is not None,
        "groups": _groups(incident, ctx),
        "actions": [f.by for f in opened if is_action(f.what) and f.by],
    }


def _groups(incident: Tellable, ctx: Context) -> list[str]:
    """The groups of the chat that the announcement mentions (P-33); in a drill only those who take
    part."""
    if incident.drill:
        return []
    severity = ctx.policy.severities.get(incident.grade)
    return [
        ctx.policy.chat.groups.get(name, f"@{name}") for name in (severity.tell if severity else ())
    ]


def announcement_digest(incident: Incident, ctx: Context) -> str:
    """A fingerprint of what the announcement says."""
    opened = [
        f.what for f in incident.facts if is_action(f.what)
    ]  # where they will be is not known
    return short_digest(announcement_view(incident, ctx) | {"actions": opened})


def still_says_before(now: Incident, before: Incident, channel: str) -> Incident:
    """The incident ``now``, but with the announcement in ``channel`` as it was ``before``: it could
    not be changed."""
    told = before.found("announced", channel)
    facts = tuple(
        told if told and (f.kind, f.what) == ("announced", channel) else f for f in now.facts
    )
    return replace(now, facts=facts)


def as_it_was_said(incident: Incident, channel: str) -> Incident:
    """The incident with an announcement that nobody tries to keep true any more, because it can be
    changed no more."""
    facts = tuple(
        replace(f, text="") if (f.kind, f.what) == ("announced", channel) else f
        for f in incident.facts
    )
    return replace(incident, facts=facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reannounce(Change):
    """Bring an announcement up to date, in place: nobody is called again (P-34)."""

    channel: str

    kind: ClassVar[str] = "reannounce"
    sign: ClassVar[str] = "~"
    order: ClassVar[int] = 9  # once what was opened has its number

    def after(self, incident: Incident, ctx: Context) -> Incident:
        before = incident.found("announced", self.channel)
        if before is None or not before.done or not before.text or ctx.is_unread(before):
            return incident
        digest = announcement_digest(incident, ctx)
        if before.text == digest:
            return incident
        facts = tuple(replace(f, text=digest) if f is before else f for f in incident.facts)
        return replace(incident, facts=facts)

    def describe(self, words: TeamWords = COMMON) -> str:
        return f"update the announcement in {self.channel}"
