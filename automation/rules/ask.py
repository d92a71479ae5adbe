"""``ask``: ask one person for something that only people know: once, or again and again.

With ``every`` it is a reminder: the first when the rule's clock has run out, then one each period,
``most`` in a row. A late run reminds once, not for each period that it missed. Once these were in
vain, whoever ``then`` names is told, each once; with ``again`` the same person is asked on and on.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Annotated, ClassVar, Literal

from automation.changes.comments import Say, comment_and_messages
from automation.changes.issue_changes import Change
from automation.changes.notice import PostNotice
from automation.model.incident import Incident, Note
from automation.policy import ownership
from automation.policy.planning_input import Context
from automation.policy.public_updates import update_period
from automation.records import dataclass
from automation.rules.rule import CHAT, Rule, channel_to_tell, template_part
from automation.rules.when import UPDATE_EVERY
from automation.schema.shapes import DurationShape, Whole
from automation.times.durations import Duration

WORKING = "working"
UNANSWERED = "_unanswered"  # the end of the names of templates that say that nobody answers
_REACTION_DELAY = timedelta(minutes=2)  # how much later than a comment our reaction on it may be


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
    then: Annotated[
        tuple[Literal["owner", "stakeholders"], ...],
        "who is told, one each further period, that nobody has answered (the owner, unless it is "
        "them who were asked): the template "
        "`ask_ABOUT_unanswered` of `comments/` for the owner, of `chat/` for the channel",
    ] = ()
    again: Annotated[
        Duration | None,
        DurationShape(exact=True, repeats=True),
        "how often the same person is asked after that, for as long as it takes",
    ] = None
    hours: Annotated[
        Literal["any", "working"], "`working`: only in working hours of who is asked"
    ] = "any"
    chat: Annotated[bool, f"{CHAT}; what is asked at once, from the second time on"] = False

    word: ClassVar[str] = "ask"

    @property
    def has_clock(self) -> bool:
        return self.when.waits_for_time or self.every is not None

    def mismatch(self, incident: Incident, ctx: Context) -> str | None:
        reason = self.when.mismatch(incident, ctx)
        if reason is not None:
            return reason
        first = next(self._reminder_times(incident, ctx))
        now = self._in_working_hours(ctx.now, incident, ctx)  # a late run does not ask at night
        early = max(first, now)
        return f"not before {early:%Y-%m-%d %H:%M} UTC" if early > ctx.now else None

    def propose(self, incident: Incident, ctx: Context) -> Iterator[Change]:
        if not (whom := self._person_asked(incident, ctx)):
            return
        key, due_now, most = f"asked:{self.about}", self._reminders_due(incident, ctx), self.most
        if self.every is not None:
            key = f"{key}:{self._asked_since(key, incident, ctx)}"
            last = most + len(self._told_when_unanswered(incident, ctx)) if most else 0
            nth = due_now if most is None or not most < due_now <= last else most
            yield from self._comment_and_message(
                f"{key}:{nth}", f"ask_{self.about}", whom, whom, incident, ctx
            )
        else:
            yield from self._comment_and_message(
                key, f"ask_{self.about}", whom, whom, incident, ctx
            )
        for further in self._told_when_unanswered(incident, ctx)[
            : max(0, due_now - (most or due_now))
        ]:
            yield from self._tell_unanswered(further, key, whom, incident, ctx)

    def _asked_since(self, key: str, incident: Incident, ctx: Context) -> str:
        """Since when the person is asked, as a text: of earlier reminders the same one. Where a
        card was lost a comment is known by our reaction on it, which is a little later, so near
        times count as the same."""
        since = self._first_reminder(incident, ctx)
        told = (one.removeprefix(f"{key}:").rpartition(":")[0] for one in incident.said)
        near = (one for one in sorted(told) if _is_same_time(one, since))
        return next(near, since.isoformat())

    def _told_when_unanswered(self, incident: Incident, ctx: Context) -> tuple[str, ...]:
        """Who is told that nobody answers. The owner is not, where it is the owner who was
        asked."""
        asked = self._person_asked(incident, ctx)
        return tuple(each for each in self.then if each != "owner" or incident.owner != asked)

    def _tell_unanswered(
        self, further: str, key: str, asked: str, incident: Incident, ctx: Context
    ) -> Iterator[Change]:
        """Tell the owner (``further`` is "owner") or the channel that nobody has answered."""
        about = f"ask_{self.about}{UNANSWERED}"
        channel = channel_to_tell(incident, ctx)
        if further == "owner" and incident.owner:
            yield from self._comment_and_message(
                f"{key}:owner", about, incident.owner, asked, incident, ctx
            )
        elif further != "owner" and channel:
            yield PostNotice(
                ref=incident.ref,
                rule=self.name,
                why=self.why,
                channel=channel,
                about=about,
                of=key,
                whom=asked,
            )

    def _comment_and_message(
        self, key: str, template: str, whom: str, asked: str, incident: Incident, ctx: Context
    ) -> Iterator[Change]:
        chat = self.chat and (self.when.waits_for_time or self._reminders_due(incident, ctx) > 1)
        tell = self.reached_by_chat(whom.split(", "), ctx) if chat else ()
        values = {"whom": whom}
        if template.endswith(UNANSWERED):
            values |= {"asked": asked, "times": str(self.most)}
        note = Note(key, template, tuple(values.items()), tell=tell)
        yield from comment_and_messages(
            Say(ref=incident.ref, rule=self.name, why=self.why, note=note)
        )

    def due(self, incident: Incident, ctx: Context) -> datetime | None:
        first = super().due(incident, ctx)
        if first is not None:
            first = max(first, self._first_reminder(incident, ctx))
        if first is None or first > ctx.now:
            return first and self._in_working_hours(first, incident, ctx)
        if self.every is None:
            return self._in_working_hours(first, incident, ctx)
        last = None
        for moment in self._reminder_times(incident, ctx):
            if moment > ctx.now:
                return moment
            last = moment
        return last

    def next_times(self, incident: Incident, ctx: Context) -> Iterator[datetime]:
        """Outside of working hours a reminder that has fallen due before waits for the morning."""
        due = self.due(incident, ctx)
        if due and self._reminders_due(incident, ctx):
            yield self._in_working_hours(ctx.now, incident, ctx)
        if due:
            yield due

    def deadline_now(self, incident: Incident, ctx: Context) -> datetime | None:
        """The time of the reminder that is due now."""
        due_now = self._reminders_due(incident, ctx)
        for number, moment in enumerate(self._reminder_times(incident, ctx), 1):
            if number == due_now:
                return moment
        return None

    def _reminders_due(self, incident: Incident, ctx: Context) -> int:
        """How many reminders have fallen due by now, with those that others were told instead."""
        due_now = 0
        for moment in self._reminder_times(incident, ctx):
            if moment > ctx.now:
                break
            due_now += 1
        return due_now

    def _reminder_times(self, incident: Incident, ctx: Context) -> Iterator[datetime]:
        """When each reminder falls due, without end where ``again`` or no ``most`` is said; only
        the first one where it is asked once."""
        first, every = self._first_reminder(incident, ctx), self._period(incident, ctx)
        yield self._in_working_hours(first, incident, ctx)
        if every is None:
            return
        last = self.most + len(self._told_when_unanswered(incident, ctx)) if self.most else None
        calendar = ctx.policy.calendar
        for number in count(1) if last is None else range(1, last):
            yield self._in_working_hours(every.after(first, calendar, number), incident, ctx)
        if last is not None and self.again is not None:
            ended = every.after(first, calendar, last - 1)
            rest = max(every, self.again, key=lambda each: each.length)
            for number in count(1):
                yield self._in_working_hours(rest.after(ended, calendar, number), incident, ctx)

    def _first_reminder(self, incident: Incident, ctx: Context) -> datetime:
        """When the first reminder falls due. What is asked again and again counts from the first
        pass after an upgrade of IMA, and what was asked before that is not asked once more at once
        (P-28)."""
        due, upgraded = self.when.due(incident, ctx), incident.upgraded_at
        every = self._period(incident, ctx)
        if upgraded is None or every is None:
            return due
        by_name = isinstance(self.when.lasting, str)
        clock = every.length if by_name else due - self.when.since(incident)
        if due - clock >= upgraded:
            return due
        asked = any(key.startswith(f"asked:{self.about}") for key in incident.said)
        return upgraded + (clock or every.length * asked)

    def _period(self, incident: Incident, ctx: Context) -> Duration | None:
        """The period between reminders; that of `update_every` where the rule names it."""
        return update_period(incident, ctx.policy) if isinstance(self.every, str) else self.every

    def _in_working_hours(self, when: datetime, incident: Incident, ctx: Context) -> datetime:
        """``when``, or the next working time of the person who is asked where the rule keeps
        `hours: working`."""
        if self.hours != WORKING:
            return when
        person = ctx.policy.people.get((self._person_asked(incident, ctx) or "").partition(", ")[0])
        return ctx.policy.calendar.in_zone(person.zone if person else "").next_working_time(when)

    def _person_asked(self, incident: Incident, ctx: Context) -> str | None:
        """The login of whoever is asked, several with commas between; None where there is
        nobody."""
        if self.whom == "assignee":
            return ", ".join(incident.assignees[: None if incident.kind == "action" else 1]) or None
        if self.whom == "owner":
            return incident.owner
        return ownership.duty_holder(ctx.policy, incident.seats, ctx.policy.chain[-1])


def _is_same_time(text: str, since: datetime) -> bool:
    try:
        return abs(datetime.fromisoformat(text) - since) < _REACTION_DELAY
    except (ValueError, TypeError):  # another kind of key
        return False
