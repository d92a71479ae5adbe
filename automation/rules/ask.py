"""``ask``: ask one person for something that only people know: once, or again and again.

With ``every`` it is a reminder: the first when the rule's clock has run out, then one each period,
``most`` in a row. A late run reminds once, not for each period that it missed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Annotated, ClassVar, Literal

from automation.changes.comments import Say, comment_and_messages
from automation.changes.issue_changes import Change
from automation.model.incident import Incident, Note
from automation.policy import ownership
from automation.policy.planning_input import Context
from automation.policy.public_updates import update_period
from automation.rules.rule import CHAT, Rule, template_part
from automation.rules.when import UPDATE_EVERY
from automation.schema.shapes import DurationShape, Whole
from automation.times.durations import Duration

WORKING = "working"


@dataclass(frozen=True, kw_only=True)
class AskRule(Rule):
    """Ask somebody with the template ``comments/ask_ABOUT``."""

    whom: Annotated[
        Literal["owner", "assignee", "speaker"],
        "who is asked; `speaker` is here, with the duties of who speaks for the company",
    ] = "owner"
    about: Annotated[
        str,
        template_part("comments/ask_{}.md.j2"),
        "what about: the template `comments/ask_ABOUT.md.j2` says it",
    ]
    every: Annotated[
        Duration | str | None,
        DurationShape(exact=True, names=(UPDATE_EVERY,), repeats=True),
        "ask again each time that so long has passed; once without it",
    ] = None
    most: Annotated[int | None, Whole(1), "so often in a row"] = None
    hours: Annotated[
        Literal["any", "working"], "`working`: only in working hours of who is asked"
    ] = "any"
    chat: Annotated[bool, CHAT] = False

    word: ClassVar[str] = "ask"

    def mismatch(self, incident: Incident, ctx: Context) -> str | None:
        reason = self.when.mismatch(incident, ctx)
        if reason is not None:
            return reason
        first = next(self._moments(incident, ctx))
        now = self._in_hours(ctx.now, incident, ctx)  # a late run does not ask at night
        early = max(first, now)
        return f"not before {early:%Y-%m-%d %H:%M} UTC" if early > ctx.now else None

    def propose(self, incident: Incident, ctx: Context) -> Iterator[Change]:
        if whom := self._whom(incident, ctx):
            key = f"asked:{self.about}"
            if self.every is not None:
                key = f"{key}:{self.when.due(incident, ctx).isoformat()}"
                key = f"{key}:{self._times(incident, ctx)}"
            tell = self.reached(whom.split(", "), ctx) if self.chat else ()
            note = Note(key, f"ask_{self.about}", (("whom", whom),), tell=tell)
            yield from comment_and_messages(
                Say(ref=incident.ref, rule=self.name, why=self.why, note=note)
            )

    def due(self, incident: Incident, ctx: Context) -> datetime | None:
        first = super().due(incident, ctx)
        if first is None or first > ctx.now:
            return first and self._in_hours(first, incident, ctx)
        if self.every is None:
            return self._in_hours(first, incident, ctx)
        last = None
        for number, moment in enumerate(self._moments(incident, ctx)):
            if number == (self.most or 0) > 0:
                return last
            if moment > ctx.now:
                return moment
            last = moment
        return last

    def dues(self, incident: Incident, ctx: Context) -> Iterator[datetime]:
        """Outside of working hours what has fallen due before waits for the morning."""
        due = self.due(incident, ctx)
        if due and self._times(incident, ctx):
            yield self._in_hours(ctx.now, incident, ctx)
        if due:
            yield due

    def acted(self, incident: Incident, ctx: Context) -> datetime | None:
        """The time of the reminder that is due now."""
        times = self._times(incident, ctx)
        for number, moment in enumerate(self._moments(incident, ctx), 1):
            if number == times:
                return moment
        return None

    def _times(self, incident: Incident, ctx: Context) -> int:
        """How many reminders have fallen due by now."""
        number = 0
        for number, moment in enumerate(self._moments(incident, ctx)):
            if moment > ctx.now or number == self.most:
                return number
            if self.every is None:
                return 1
        return number

    def _moments(self, incident: Incident, ctx: Context) -> Iterator[datetime]:
        """When each reminder falls due."""
        first, every = self.when.due(incident, ctx), self._every(incident, ctx)
        for number in count():
            late = every.length * number if every else first - first
            yield self._in_hours(first + late, incident, ctx)

    def _every(self, incident: Incident, ctx: Context) -> Duration | None:
        return update_period(incident, ctx.policy) if isinstance(self.every, str) else self.every

    def _in_hours(self, when: datetime, incident: Incident, ctx: Context) -> datetime:
        if self.hours != WORKING:
            return when
        person = ctx.policy.people.get((self._whom(incident, ctx) or "").partition(", ")[0])
        return ctx.policy.calendar.in_zone(person.zone if person else "").next_working_time(when)

    def _whom(self, incident: Incident, ctx: Context) -> str | None:
        if self.whom == "assignee":
            return ", ".join(incident.assignees[: None if incident.kind == "action" else 1]) or None
        if self.whom == "owner":
            return incident.owner
        return ownership.duty_holder(ctx.policy, incident.seats, ctx.policy.chain[-1])
