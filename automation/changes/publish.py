"""``Publish``: a post on the status page. Pure.

It is written ahead on the card with its text, so that a killed pass posts what was meant.
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from automation.changes.service_calls import OutsideEffect
from automation.model.incident import Fact, Incident
from automation.model.issue import Post
from automation.model.publicity import post_name, posts
from automation.model.team_words import COMMON, TeamWords
from automation.policy.planning_input import Context
from automation.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Publish(OutsideEffect):
    """Tell the public how an incident stands: in a person's words (``by``), or in the policy's
    sentence."""

    state: str
    status: str
    text: str
    services: tuple[str, ...] = ()
    broadcast: tuple[str, ...] = ()
    by: str = ""
    of: str = ""

    kind: ClassVar[str] = "publish"
    order: ClassVar[int] = 7
    limit: ClassVar[str] = "posts"

    def after(self, incident: Incident, ctx: Context) -> Incident:
        if incident.drill:
            return incident
        shown = self._shown(incident)
        if not self.by and shown and self._tells_nothing_new(incident):
            return incident
        if self.of and any(f.of == self.of and f.done for f in incident.facts):
            return incident
        what = post_name(len(shown) + 1, self.state, self.status, self.services)
        begun = [f for f in incident.facts if f.kind == "published" and not f.done]
        since = next((f.at for f in begun if (f.what, f.text) == (what, self.text)), ctx.now)
        fact = Fact("published", since, by=self.by, of=self.of, what=what, text=self.text)
        rest = tuple(f for f in incident.facts if not (f in begun and f.of == self.of))
        requests = tuple(r for r in incident.requests if r.of != self.of or not self.of)
        return replace(incident, facts=(*rest, fact), requests=requests)

    def _shown(self, incident: Incident) -> tuple[Post, ...]:
        return posts(incident)

    def _tells_nothing_new(self, incident: Incident) -> bool:
        last = self._shown(incident)[-1]
        return (last.state, last.status) == (self.state, self.status)

    def fact_key(self, incident: Incident, ctx: Context) -> tuple[str, str]:
        for fact in reversed(incident.facts):
            if fact.kind == "published" and (fact.of, fact.text) == (self.of, self.text):
                return "published", fact.what
        return "published", ""

    def describe(self, words: TeamWords = COMMON) -> str:
        stands = f"{words.state(self.state)}, {words.status(self.status)}"
        return f"publish {stands}: {self.text}"
