"""``escalate``: what happens where people who were paged do not come (P-50).

After `answer_within` the page is repeated once, and who is here hears whom to call instead and
with which words; after twice that time the next role of the chain is called in their duty. While
nobody comes at all it is told again and again. Who acknowledged a page without having the role
stops the repeat, and is asked whether they have it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from typing import Annotated, ClassVar

from automation.changes.comments import Say, comment_and_messages
from automation.changes.issue_changes import Call, Change
from automation.changes.service_calls import Announce, Page, Repeat
from automation.model.engagement import answers, unanswered
from automation.model.incident import Fact, Incident, Note
from automation.policy.key_types import Elapsed
from automation.policy.planning_input import Context
from automation.rules.rule import Rule, channel_to_tell
from automation.times.moments import clock_time

_DID = {"": "acknowledged", "snoozed": "put off", "resolved": "ended"}  # the page, in the pager
ABOUT = "unanswered"  # the template of the comment, and of the chat


@dataclass(frozen=True, slots=True)
class Waiting:
    """A call that nobody has answered."""

    role: str
    person: str
    page: Fact
    by: Fact | None  # who acknowledged it without having the role
    start: datetime
    within: timedelta

    @property
    def first(self) -> datetime:
        return self.start + self.within

    @property
    def second(self) -> datetime:
        return self.start + 2 * self.within


@dataclass(frozen=True, kw_only=True)
class EscalateRule(Rule):
    """Repeat, tell, call the next; how soon is `answer_within`."""

    again: Annotated[
        Elapsed,
        "how often it is told again while nobody comes; the rest is `answer_within`",
    ]

    word: ClassVar[str] = "escalate"

    @property
    def has_clock(self) -> bool:
        return True

    def mismatch(self, incident: Incident, ctx: Context) -> str | None:
        if reason := self.when.mismatch(incident, ctx):
            return reason
        waiting = list(self._waiting(incident, ctx))
        if not waiting:
            return "nobody who was paged is missing"
        early = min(each.first for each in waiting)
        return f"not before {early:%Y-%m-%d %H:%M} UTC" if early > ctx.now else None

    def propose(self, incident: Incident, ctx: Context) -> Iterator[Change]:
        for each in self._waiting(incident, ctx):
            if each.first <= ctx.now:
                yield from self._first(each, incident, ctx)
            if each.second <= ctx.now and (following := _next(each, incident, ctx)):
                role, person = following
                yield Call(
                    ref=incident.ref,
                    rule=self.name,
                    why=self.why,
                    role=role,
                    person=person,
                    page=True,
                    how="unanswered",
                    since=each.second,
                )
                yield Page(ref=incident.ref, rule=self.name, why=self.why, role=role)
            if times := sum(moment <= ctx.now for moment in self._later(each, incident, ctx)):
                yield from self._tell(each, incident, ctx, times)

    def _first(self, each: Waiting, incident: Incident, ctx: Context) -> Iterator[Change]:
        if each.by and (whom := _answered_by(each.by)):
            values = {"whom": whom, "who": each.person, "role": each.role}
            values |= {"did": _DID.get(each.by.what, _DID[""])}
            values |= {"next": clock_time(each.second, ctx.now)}
            note = Note(
                f"have it:{each.page.what}:{whom}",
                "have_it",
                tuple(values.items()),
                tell=self.reached([whom], ctx),
            )
            yield from comment_and_messages(
                Say(ref=incident.ref, rule=self.name, why=self.why, note=note)
            )
            return
        earlier = incident.upgraded_at is not None and each.page.at < incident.upgraded_at
        answered = each.by is not None  # by a stranger, whom nobody can ask
        by_the_pager = any(seat.how == "pager" for seat in incident.seats.values())
        if not (earlier or answered or by_the_pager):
            yield Repeat(ref=incident.ref, rule=self.name, why=self.why, role=each.role)
        yield from self._tell(each, incident, ctx, 0)

    def _tell(
        self, each: Waiting, incident: Incident, ctx: Context, times: int
    ) -> Iterator[Change]:
        """Who is here, else the next role, hears whom to call and with which words; else the
        stakeholders or the channel do."""
        whom = _whom(each, incident, ctx)
        channel = channel_to_tell(incident, ctx)
        if whom or not channel:
            following = _next(each, incident, ctx)
            values = {
                "whom": whom,
                "who": each.person,
                "role": each.role,
                "since": clock_time(each.page.at, ctx.now),
                "next": clock_time(each.second, ctx.now)
                if following and each.second > ctx.now
                else "",
                "then": following[0] if following else "",
            }
            note = Note(
                f"{ABOUT}:{each.page.what}:{times}",
                ABOUT,
                tuple(values.items()),
                tell=self.reached([whom] if whom else [], ctx),
            )
            yield from comment_and_messages(
                Say(ref=incident.ref, rule=self.name, why=self.why, note=note)
            )
            return
        yield Announce(
            ref=incident.ref,
            rule=self.name,
            why=self.why,
            channel=channel,
            about=ABOUT,
            role=each.role,
            times=times,
        )

    def due(self, incident: Incident, ctx: Context) -> datetime | None:
        return min((m for m in self.dues(incident, ctx) if m > ctx.now), default=None)

    def dues(self, incident: Incident, ctx: Context) -> Iterator[datetime]:
        if self.when.differs(incident, ctx) is None:
            yield from sorted(
                moment
                for each in self._waiting(incident, ctx)
                for moment in (each.first, each.second, *self._later(each, incident, ctx))
            )

    def acted(self, incident: Incident, ctx: Context) -> datetime | None:
        return max((m for m in self.dues(incident, ctx) if m <= ctx.now), default=None)

    def _waiting(self, incident: Incident, ctx: Context) -> Iterator[Waiting]:
        within = ctx.policy.answer_within.get(incident.grade)
        for role in ctx.policy.roles if within else ():
            page = unanswered(incident, role)
            if page is None or within is None:
                continue
            taken = answers(incident, role)[-1:]
            if any(incident.is_here(_answered_by(fact)) for fact in taken):
                continue  # who answered it is here
            times = (page.at, incident.upgraded_at, *(fact.at for fact in taken))
            start = max(at for at in times if at)
            person = incident.seats[role].person
            yield Waiting(role, person, page, next(iter(taken), None), start, within.length)

    def _later(self, each: Waiting, incident: Incident, ctx: Context) -> Iterator[datetime]:
        """When it is told again: by the last of those who do not come, while nobody has come in
        their place. Those that are over, and the next one."""
        chain = ctx.policy.chain
        after = chain[chain.index(each.role) + 1 :] if each.role in chain else ()
        if any(role in incident.here or unanswered(incident, role) for role in after):
            return
        covered = each.role in incident.here or (each.role == chain[-1] and incident.here)
        if each.role not in chain or covered:
            return
        for times in count(1):
            moment = self.again.after(each.second, ctx.policy.calendar, times)
            yield moment
            if moment > ctx.now:
                return


def _answered_by(fact: Fact) -> str:
    """Whoever did it: who acknowledges answers it, who only puts it off or ends it does not."""
    return fact.who or fact.by


def _whom(each: Waiting, incident: Incident, ctx: Context) -> str:
    """The owner who is here, else the next role of the chain."""
    if incident.owner and incident.is_here(incident.owner):
        return incident.owner
    chain = ctx.policy.chain
    after = chain[chain.index(each.role) + 1 :] if each.role in chain else ()
    for role in after:
        seat = incident.seats.get(role)
        person = seat.person if seat else ctx.on_call.person(role)
        if person and person != each.person:
            return person
    return ""


def _next(each: Waiting, incident: Incident, ctx: Context) -> tuple[str, str] | None:
    """The next role of the chain whose person can still be woken; None where somebody is here in a
    later role, or on their way."""
    if each.role in incident.here:
        return None  # who hands it over has it until then
    chain = ctx.policy.chain
    called = {seat.person for seat in incident.seats.values()}
    for role in chain[chain.index(each.role) + 1 :] if each.role in chain else ():
        if (seat := incident.seats.get(role)) and seat.person != each.person:
            coming = seat.holder or seat.wants_page or unanswered(incident, role)
            return None if coming else (role, seat.person)
        person, given_back = ctx.on_call.person(role), incident.stood_down.get(role)
        if person and person not in called and not (given_back and given_back.at >= each.page.at):
            return role, person
    return None
