"""Tell the pager that somebody has come whom it still calls, so that it calls neither them nor the
next one in their place (P-18). Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from automation.changes.service_calls import OutsideEffect, pages_out, with_fact_of_effect
from automation.model.engagement import REPEATED, holders
from automation.model.incident import Fact, Incident, Seat
from automation.model.team_words import COMMON, TeamWords
from automation.policy.planning_input import Context
from automation.records import dataclass

COME = {"rule": "calls-end", "why": "Nobody is called in the place of who has come. (P-18)"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Hush(OutsideEffect):
    """Acknowledge the pages of a call in the pager, once: whom they call, for a role or because
    they are needed, has come by an act on the issue. ``page`` is the key of the first of them."""

    role: str
    who: str
    page: str

    kind: ClassVar[str] = "hush"
    order: ClassVar[int] = 9

    def after(self, incident: Incident, ctx: Context) -> Incident:
        return with_fact_of_effect(incident, Fact("hushed", ctx.now, self.role, what=self.page))

    def fact_key(self, incident: Incident, ctx: Context) -> tuple[str, str]:
        return "hushed", self.page

    def describe(self, words: TeamWords = COMMON) -> str:
        who = f"the {words.role(self.role)}" if self.role else f"@{self.who}"
        return f"tell the pager that {who} has come"


def pages_to_hush(incident: Incident, ctx: Context) -> Iterator[Hush]:
    """The calls of people who are here, and whom nobody has answered in a pager that goes on to the
    next one by itself."""
    if not incident.active or ctx.policy.pagerduty is None:
        return
    answers = [(f.role, f.at) for f in incident.facts if f.kind == "acknowledged" and f.role]
    repeated = {f.what.removesuffix(REPEATED) for f in incident.facts if f.kind == "repeated"}
    here, waited = [*holders(incident.seats)], {need.who for need in incident.waiting}
    for page in pages_out(incident):
        come = any(_is_of(page, seat) for seat in here) if page.role else page.who not in waited
        answered = any(role == page.role and at >= page.at for role, at in answers)
        if page.done and come and (page.what in repeated or not answered):
            yield Hush(ref=incident.ref, role=page.role, who=page.who, page=page.what, **COME)


def _is_of(page: Fact, seat: Seat) -> bool:
    return page.what.endswith(f":{seat.role}:{seat.nth}")
