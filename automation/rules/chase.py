"""``chase``: who is needed and does not answer in time is told to somebody who can act (P-47)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar

from automation.changes.comments import Say, comment_and_messages
from automation.changes.issue_changes import Change
from automation.model.incident import Fact, Incident, Note
from automation.policy.key_types import NameOf
from automation.policy.planning_input import Context
from automation.rules.rule import CHAT, Rule
from automation.schema.described import AT_LEAST_ONE

OWNER = "owner"


@dataclass(frozen=True, kw_only=True)
class ChaseRule(Rule):
    """Tell the first of ``tell`` who is there, once for each person who is needed."""

    tell: Annotated[
        tuple[Annotated[str, NameOf("role", OWNER)], ...],
        AT_LEAST_ONE,
        "roles, or `owner`: the first one who is there; how soon is `need_within`",
    ]
    chat: Annotated[bool, CHAT] = False

    word: ClassVar[str] = "chase"

    @property
    def has_clock(self) -> bool:
        return True

    def mismatch(self, incident: Incident, ctx: Context) -> str | None:
        if reason := self.when.mismatch(incident, ctx):
            return reason
        if not incident.waiting:
            return "nobody is waited for"
        dues = [due for need in incident.waiting if (due := _due(need, incident, ctx))]
        early = min(dues, default=None)
        if early is None:
            return f"`need_within` says nothing of {incident.grade}"
        return f"not before {early:%Y-%m-%d %H:%M} UTC" if early > ctx.now else None

    def propose(self, incident: Incident, ctx: Context) -> Iterator[Change]:
        for need in incident.waiting:
            due = _due(need, incident, ctx)
            if due and due <= ctx.now and (whom := self._whom(incident)):
                person = ctx.policy.people.get(need.who)
                note = Note(
                    f"chased:{need.of}",
                    "chase",
                    (
                        ("whom", whom),
                        ("who", need.who),
                        ("by", need.by),
                        ("reason", need.text),
                        ("manager", person.manager if person else ""),
                    ),
                    tell=self.reached([whom], ctx) if self.chat else (),
                )
                yield from comment_and_messages(
                    Say(ref=incident.ref, rule=self.name, why=self.why, note=note)
                )

    def due(self, incident: Incident, ctx: Context) -> datetime | None:
        if self.when.differs(incident, ctx) is not None:
            return None
        dues = [due for need in incident.waiting if (due := _due(need, incident, ctx))]
        coming = [due for due in dues if due > ctx.now]
        return min(coming) if coming else max(dues, default=None)

    def acted(self, incident: Incident, ctx: Context) -> datetime | None:
        dues = (_due(need, incident, ctx) for need in incident.waiting)
        return max((due for due in dues if due and due <= ctx.now), default=None)

    def _whom(self, incident: Incident) -> str:
        for name in self.tell:
            if name == OWNER and incident.owner:
                return incident.owner
            if name in incident.here:
                return incident.here[name].person
        return ""


def _due(need: Fact, incident: Incident, ctx: Context) -> datetime | None:
    within = ctx.policy.need_within.get(incident.grade)
    return within.after(need.at, ctx.policy.calendar) if within else None
