"""``chase``: who is needed and does not answer in time is told to somebody who can act (P-47)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, ClassVar

from automation.changes.comments import Say, comment_and_messages
from automation.changes.issue_changes import Change
from automation.model.incident import Fact, Incident, Note
from automation.policy.key_types import NameOf
from automation.policy.planning_input import Context
from automation.records import dataclass
from automation.rules.rule import CHAT, Rule
from automation.schema.described import AT_LEAST_ONE

OWNER = "owner"


@dataclass(frozen=True, kw_only=True)
class ChaseRule(Rule):
    """Tell the first of ``tell`` who is here about each person who is needed and has not answered,
    once."""

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
        times = [due for need in incident.waiting if (due := _answer_due(need, incident, ctx))]
        early = min(times, default=None)
        if early is None:
            return f"`need_within` says nothing of {incident.grade}"
        return f"not before {early:%Y-%m-%d %H:%M} UTC" if early > ctx.now else None

    def propose(self, incident: Incident, ctx: Context) -> Iterator[Change]:
        for need in incident.waiting:
            due = _answer_due(need, incident, ctx)
            if due and due <= ctx.now and (whom := self._who_can_act(incident)):
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
                    tell=self.reached_by_chat([whom], ctx) if self.chat else (),
                )
                yield from comment_and_messages(
                    Say(ref=incident.ref, rule=self.name, why=self.why, note=note)
                )

    def due(self, incident: Incident, ctx: Context) -> datetime | None:
        if self.when.mismatch_besides_time(incident, ctx) is not None:
            return None
        times = [due for need in incident.waiting if (due := _answer_due(need, incident, ctx))]
        coming = [due for due in times if due > ctx.now]
        return min(coming) if coming else max(times, default=None)

    def deadline_now(self, incident: Incident, ctx: Context) -> datetime | None:
        times = (_answer_due(need, incident, ctx) for need in incident.waiting)
        return max((due for due in times if due and due <= ctx.now), default=None)

    def _who_can_act(self, incident: Incident) -> str:
        for name in self.tell:
            if name == OWNER and incident.owner:
                return incident.owner
            if name in incident.here:
                return incident.here[name].person
        return ""


def _answer_due(need: Fact, incident: Incident, ctx: Context) -> datetime | None:
    """When the person who is needed should have answered; None where `need_within` says nothing of
    the severity. While the incident was closed nobody waited (P-51)."""
    within = ctx.policy.need_within.get(incident.grade)
    start = max(need.at, incident.began or need.at)
    return within.after(start, ctx.policy.calendar) if within else None
