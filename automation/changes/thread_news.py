"""``ThreadNews``: news of an incident as a reply below its announcement, so that it can be followed
there. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from automation.changes.service_calls import OutsideEffect
from automation.model.facts import THREAD, Fact
from automation.model.incident import Incident
from automation.model.team_words import COMMON, TeamWords
from automation.policy.planning_input import Context
from automation.records import dataclass
from automation.stored_state.card import short_digest

CLOSED = "closed"  # the thread takes no replies any more


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadNews(OutsideEffect):
    """Tell of the state, the status and the owner in the thread of an announcement; each piece of
    news once (P-34)."""

    channel: str

    kind: ClassVar[str] = "thread news"
    order: ClassVar[int] = 7
    limit: ClassVar[str] = "posts"

    def after(self, incident: Incident, ctx: Context) -> Incident:
        announced = incident.found("announced", self.channel)
        told = incident.found(THREAD, self.channel)
        if announced is None or not announced.done or (told and told.text == CLOSED):
            return incident
        if ctx.is_unread(announced):
            return incident
        news, since = news_digest(incident), ctx.now
        if told is None:
            known = not _moved_since(incident, announced.at)
        elif told.done:
            known = told.text == news or told.at >= ctx.now
        else:  # a killed pass may have posted it
            known, since = False, told.at if told.text == news else ctx.now
        if known:
            return incident
        return with_thread(incident, self.channel, news, since)

    def fact_key(self, incident: Incident, ctx: Context) -> tuple[str, str]:
        return THREAD, self.channel

    def describe(self, words: TeamWords = COMMON) -> str:
        return f"tell the thread in {self.channel} how it stands"


def with_thread(incident: Incident, channel: str, text: str, at: datetime) -> Incident:
    """The incident, whose thread in this channel has heard of it as ``text`` says."""
    rest = tuple(f for f in incident.facts if (f.kind, f.what) != (THREAD, channel))
    return replace(incident, facts=(*rest, Fact(THREAD, at, what=channel, text=text)))


def news_digest(incident: Incident) -> str:
    """A fingerprint of what is news when it changes."""
    return short_digest([incident.state_now, incident.status_now, incident.owner or ""])


def _moved_since(incident: Incident, at: datetime) -> bool:
    """For an incident that was announced before its thread was to be kept: is there news?"""
    last = (incident.state, incident.status, incident.resolution)
    return any(each.at > at for each in last if each)
