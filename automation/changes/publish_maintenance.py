"""``PublishMaintenance``: a post on the status page about planned work (P-56). Pure."""

from __future__ import annotations

from typing import ClassVar

from automation.changes.publish import Publish
from automation.model.incident import Incident
from automation.model.issue import Post
from automation.model.publicity import maintenance_posts
from automation.model.team_words import COMMON, TeamWords
from automation.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishMaintenance(Publish):
    """Tell the public that work is planned, goes on, or is over."""

    kind: ClassVar[str] = "publish maintenance"

    def _shown(self, incident: Incident) -> tuple[Post, ...]:
        return maintenance_posts(incident)

    def _tells_nothing_new(self, incident: Incident) -> bool:
        last = maintenance_posts(incident)[-1]
        return (last.state, last.text) == (self.state, self.text)

    def describe(self, words: TeamWords = COMMON) -> str:
        return f"publish maintenance, {self.state}: {self.text}"
