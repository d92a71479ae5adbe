"""What there was before a step of a scenario."""

from __future__ import annotations

from automation.records import dataclass
from automation.scenarios.world import Stage


@dataclass(frozen=True)
class BeforeStep:
    """What there was before a step."""

    issues: frozenset[str]
    comments: frozenset[str]
    pages: int
    ended: int
    posts: int
    replies: int
    messages: int
    documents: int

    @classmethod
    def of(cls, stage: Stage) -> BeforeStep:
        """What there is now."""
        issues = stage.issues()
        return cls(
            frozenset(issue.ref for issue in issues),
            frozenset(comment.id for issue in issues for comment in issue.comments),
            len(list(stage.outbox.entries("page"))),
            len(list(stage.outbox.entries("page ended"))),
            len(list(stage.outbox.entries("announcement"))),
            len(list(stage.outbox.entries("reply"))),
            len(list(stage.outbox.entries("message"))),
            stage.outside.documents(),
        )
