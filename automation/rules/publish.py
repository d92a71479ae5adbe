"""``publish``: tell the public how it stands, with the policy's sentence for the state (P-30)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from automation.changes.issue_changes import Change
from automation.changes.publish import Publish
from automation.model.incident import Incident
from automation.model.issue import WITHDRAWN
from automation.model.publicity import SECURITY, follows_policy_sentences, posts
from automation.policy import ownership
from automation.policy.planning_input import Context
from automation.records import dataclass
from automation.rules.rule import Rule


@dataclass(frozen=True, kw_only=True)
class PublishRule(Rule):
    """Post the policy's sentence for the state, once for each move of state or status."""

    word: ClassVar[str] = "publish"

    def mismatch(self, incident: Incident, ctx: Context) -> str | None:
        reason = self.when.mismatch(incident, ctx)
        if reason is None and not follows_policy_sentences(incident):
            who = ctx.policy.words.called(SECURITY, "security engineer on call")
            return f"only the {who} publishes a security incident"
        if reason is None and _waits_for_a_word(incident, ctx):
            return "users were told that it is over, and nobody who may publish has brought it back"
        return reason

    def propose(self, incident: Incident, ctx: Context) -> Iterator[Change]:
        state, end = incident.state_now, incident.resolution
        withdrawn = end is not None and end.withdrawn  # it ends, and nobody is sent anything (P-05)
        word = WITHDRAWN if withdrawn else state
        severity = None if withdrawn else ctx.policy.severities.get(incident.grade)
        yield Publish(
            ref=incident.ref,
            rule=self.name,
            why=self.why,
            state=state,
            status=incident.status_to_act_by,
            text=ctx.policy.sentences.get(word, word),
            services=tuple(sorted(incident.services)),
            broadcast=severity.broadcast if severity else (),
        )


def _waits_for_a_word(incident: Incident, ctx: Context) -> bool:
    """Were users told of its end, and was it reopened since by somebody who may not publish? They
    hear that it came back from somebody who may: whoever reopened it with that right, or whoever
    publishes the next words (P-51)."""
    shown, back = posts(incident), incident.found("reopened")
    if not (shown and shown[-1].final and back and incident.active):
        return False
    asker = ownership.Asker(back.by, ctx.member(back.by or None), back.at, ctx.on_call)
    return not ownership.is_allowed(ctx.policy, incident.seats, "publish", asker)
