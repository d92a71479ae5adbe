"""``escalate``: what happens where people who were paged do not come (P-50).

After `answer_within` the page is repeated once, and who is here hears whom to call instead and
with which words; after twice that time the next role of the chain is called in their duty. While
nobody comes at all it is told again and again. Who acknowledged a page without having the role
stops the repeat, and is asked whether they have it. A page that has woken nobody is waited for by
nobody: it is not made again, and the next role is called at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated, ClassVar

from automation.changes.comments import Say, comment_and_messages
from automation.changes.issue_changes import Call, Change
from automation.changes.service_calls import Announce, Page, Repeat
from automation.model.engagement import answers, unanswered, unheard
from automation.model.incident import Fact, Incident, Note
from automation.policy.key_types import Period
from automation.policy.planning_input import Context
from automation.policy.policy import Policy
from automation.policy.team_time import team_time
from automation.records import dataclass
from automation.rules.rule import Rule, channel_to_tell
from automation.times.durations import Calendar, Duration

_DONE_TO_PAGE = {"": "acknowledged", "snoozed": "put off", "resolved": "ended"}  # in words
ABOUT = "unanswered"  # the templates of the comment and of the announcement


@dataclass(frozen=True, slots=True)
class UnansweredCall:
    """A call that nobody has answered. Somebody else may have acknowledged its page."""

    role: str
    person: str
    page: Fact
    called_at: datetime  # which is later than the page where the pager has given it to them since
    acknowledged: Fact | None  # in the pager, by somebody who does not have the role
    start: datetime  # from when the time counts
    within: timedelta  # `answer_within` of the severity; none where the page has woken nobody
    unheard: bool  # it has woken nobody

    @property
    def first_deadline(self) -> datetime:
        return self.start + self.within

    @property
    def second_deadline(self) -> datetime:
        return self.start + 2 * self.within


def times_over(again: Duration, start: datetime, calendar: Calendar, now: datetime) -> int:
    """How often this length is over since then. One by one only the last are looked at: in months
    there are thousands."""
    over = max(0, (now - start) // again.length - 1)  # a day may be an hour shorter
    while again.after(start, calendar, over + 1) <= now:
        over += 1
    return over


@dataclass(frozen=True, kw_only=True)
class EscalateRule(Rule):
    """Page once more, tell who can act, and call the next role; how soon says `answer_within`."""

    again: Annotated[
        Period,
        "how often it is told again while nobody comes; the rest is `answer_within`",
    ]

    word: ClassVar[str] = "escalate"

    @property
    def has_clock(self) -> bool:
        return True

    def never(self, policy: Policy) -> str:
        if self.when.attended is False:
            return "it is for people who were paged, and `attended: false` says that nobody was"
        return super().never(policy)

    def mismatch(self, incident: Incident, ctx: Context) -> str | None:
        if reason := self.when.mismatch(incident, ctx):
            return reason
        waiting = list(self._unanswered_calls(incident, ctx))
        if not waiting:
            return "nobody who was paged is missing"
        early = min(call.first_deadline for call in waiting)
        return f"not before {early:%Y-%m-%d %H:%M} UTC" if early > ctx.now else None

    def propose(self, incident: Incident, ctx: Context) -> Iterator[Change]:
        for call in self._unanswered_calls(incident, ctx):
            if call.first_deadline <= ctx.now:
                yield from self._remind(call, incident, ctx)
            if call.second_deadline <= ctx.now and (following := _next_role(call, incident, ctx)):
                role, person = following
                yield Call(
                    ref=incident.ref,
                    rule=self.name,
                    why=self.why,
                    role=role,
                    person=person,
                    page=True,
                    how="unanswered",
                    since=call.second_deadline,
                )
                yield Page(ref=incident.ref, rule=self.name, why=self.why, role=role)
            times, _ = self._later_times(call, incident, ctx)
            if times:
                yield from self._tell_who_can_act(call, incident, ctx, times)

    def _remind(self, call: UnansweredCall, incident: Incident, ctx: Context) -> Iterator[Change]:
        """At the first deadline: page once more. Where somebody without the role has acknowledged
        the page, ask them instead whether they have it."""
        if call.acknowledged and (whom := _answered_by(call.acknowledged)):
            values = {"whom": whom, "who": call.person, "role": call.role}
            values |= {"did": _DONE_TO_PAGE.get(call.acknowledged.what, _DONE_TO_PAGE[""])}
            values |= {"next": team_time(ctx.policy, call.second_deadline, ctx.now)}
            note = Note(
                f"have it:{call.page.what}:{whom}",
                "have_it",
                tuple(values.items()),
                tell=self.reached_by_chat([whom], ctx),
            )
            yield from comment_and_messages(
                Say(ref=incident.ref, rule=self.name, why=self.why, note=note)
            )
            return
        earlier = incident.upgraded_at is not None and call.page.at < incident.upgraded_at
        answered = call.acknowledged is not None  # by a stranger, whom nobody can ask
        passed = f"passed/{call.page.what}@"  # the pager itself has gone on from it to the next one
        by_the_pager = incident.seats[call.role].how == "pager" or any(
            fact.kind == "called" and fact.of.startswith(passed) for fact in incident.facts
        )
        if not (earlier or answered or by_the_pager or call.unheard):
            yield Repeat(ref=incident.ref, rule=self.name, why=self.why, role=call.role)
        yield from self._tell_who_can_act(call, incident, ctx, 0)

    def _tell_who_can_act(
        self, call: UnansweredCall, incident: Incident, ctx: Context, times: int
    ) -> Iterator[Change]:
        """Tell the owner who is here, or the next role, whom to call and with which words; where
        there is nobody, tell the stakeholders or the channel."""
        whom = _who_can_act(call, incident, ctx)
        channel = channel_to_tell(incident, ctx)
        if whom or not channel:
            following = _next_role(call, incident, ctx)
            values = {
                "whom": whom,
                "who": call.person,
                "role": call.role,
                "since": team_time(ctx.policy, call.called_at, ctx.now),
                "next": team_time(ctx.policy, call.second_deadline, ctx.now)
                if following and call.second_deadline > ctx.now
                else "",
                "then": following[0] if following else "",
                "unheard": "yes" if call.unheard else "",
            }
            note = Note(
                f"{ABOUT}:{call.page.what}:{times}",
                ABOUT,
                tuple(values.items()),
                tell=self.reached_by_chat([whom] if whom else [], ctx),
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
            role=call.role,
            times=times,
        )

    def due(self, incident: Incident, ctx: Context) -> datetime | None:
        return min((m for m in self.next_times(incident, ctx) if m > ctx.now), default=None)

    def next_times(self, incident: Incident, ctx: Context) -> Iterator[datetime]:
        if self.when.mismatch_besides_time(incident, ctx) is None:
            yield from sorted(
                moment
                for call in self._unanswered_calls(incident, ctx)
                for moment in (
                    call.first_deadline,
                    call.second_deadline,
                    *self._later_times(call, incident, ctx)[1],
                )
            )

    def deadline_now(self, incident: Incident, ctx: Context) -> datetime | None:
        return max((m for m in self.next_times(incident, ctx) if m <= ctx.now), default=None)

    def _unanswered_calls(self, incident: Incident, ctx: Context) -> Iterator[UnansweredCall]:
        """The calls whose page nobody has answered who is here; those of an incident without
        `answer_within` never wait."""
        within = ctx.policy.answer_within.get(incident.grade)
        for role in ctx.policy.roles if within else ():
            page = unanswered(incident, role)
            if page is None or within is None:
                continue
            taken = answers(incident, role)[-1:]
            if any(incident.is_here(_answered_by(fact)) for fact in taken):
                continue  # who answered it is here
            seat, in_vain = incident.seats[role], unheard(incident, page)
            called_at = max(page.at, seat.since)
            times = (called_at, incident.upgraded_at, *(fact.at for fact in taken))
            start, ack = max(at for at in times if at), next(iter(taken), None)
            length = timedelta() if in_vain else within.length
            yield UnansweredCall(role, seat.person, page, called_at, ack, start, length, in_vain)

    def _later_times(
        self, call: UnansweredCall, incident: Incident, ctx: Context
    ) -> tuple[int, tuple[datetime, ...]]:
        """When it is told again, as long as nobody comes in the place of this person, who is the
        last of the chain that was called: how many of these times are over, the last of them, and
        the next one."""
        chain = ctx.policy.chain
        after = chain[chain.index(call.role) + 1 :] if call.role in chain else ()
        if any(role in incident.here or unanswered(incident, role) for role in after):
            return 0, ()
        covered = call.role in incident.here or (call.role == chain[-1] and incident.here)
        if call.role not in chain or covered:
            return 0, ()

        def moment(times: int) -> datetime:
            return self.again.after(call.second_deadline, ctx.policy.calendar, times)

        over = times_over(self.again, call.second_deadline, ctx.policy.calendar, ctx.now)
        return over, tuple(map(moment, (over, over + 1)[0 if over else 1 :]))


def _answered_by(fact: Fact) -> str:
    """The login of whoever acknowledged the page, put it off or ended it."""
    return fact.who or fact.by


def _who_can_act(call: UnansweredCall, incident: Incident, ctx: Context) -> str:
    """The login of the owner who is here, else of the next role of the chain; "" where there is
    nobody."""
    if incident.owner and incident.is_here(incident.owner):
        return incident.owner
    chain = ctx.policy.chain
    after = chain[chain.index(call.role) + 1 :] if call.role in chain else ()
    for role in after:
        seat = incident.seats.get(role)
        person = seat.person if seat else ctx.on_call.person(role)
        if person and person != call.person:
            return person
    return ""


def _next_role(call: UnansweredCall, incident: Incident, ctx: Context) -> tuple[str, str] | None:
    """The next role of the chain whose person can still be woken, and that person; None where
    somebody is here in a later role, or on their way."""
    if call.role in incident.here:
        return None  # whoever hands the role over has it until then
    chain = ctx.policy.chain
    called = {seat.person for seat in incident.seats.values()}
    for role in chain[chain.index(call.role) + 1 :] if call.role in chain else ():
        if (seat := incident.seats.get(role)) and seat.person != call.person:
            coming = seat.holder or seat.wants_page or unanswered(incident, role)
            return None if coming else (role, seat.person)
        person, given_back = ctx.on_call.person(role), incident.stood_down.get(role)
        if person and person not in called and not (given_back and given_back.at >= call.page.at):
            return role, person
    return None
