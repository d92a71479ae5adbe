"""What judging and planning need besides the issue itself. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from automation.model.facts import Fact
from automation.model.issue import Ack, Capabilities
from automation.model.on_call import OnCall
from automation.model.status_page import Abilities
from automation.policy.policy import Policy
from automation.policy.slo import Verdict


@dataclass(frozen=True, slots=True)
class Context:
    """What judging needs besides the issue itself."""

    policy: Policy
    me: str
    now: datetime
    since: datetime
    on_call: OnCall
    can: Capabilities = field(default_factory=Capabilities)
    outsiders: frozenset[str] = frozenset()
    asked: frozenset[str] | None = None  # who was asked about; None: everybody
    renamed: Mapping[str, str] = field(default_factory=dict)  # former logins of people
    acks: Mapping[str, Sequence[Ack]] = field(default_factory=dict)  # page key: what became of it
    reviews: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # issue: what: opened
    assessed: Mapping[str, Fact] = field(default_factory=dict)  # issue: what its review came to
    active: frozenset[str] = frozenset()  # incidents that go on, of those that were read
    joined: Mapping[str, Sequence[Fact]] = field(default_factory=dict)  # issue: its duplicates
    page: Abilities = field(default_factory=Abilities)  # what the status page can change
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)  # service: how it is doing

    def member(self, who: str | None) -> bool:
        """Whoever was not asked about is none, but who is on call or known to the policy."""
        if who is None or who in self.outsiders:
            return False
        known = self.asked is None or who in self.asked or who == self.me
        return known or who in self.policy.people or self.on_call.knows(who)

    def takes_part(self, who: str | None) -> bool:
        """May this person own something, be called or be waited for? Never we ourselves."""
        return who is not None and self.member(who) and not self.is_us(who)

    def is_us(self, who: str) -> bool:
        """Is it our own account, in whatever case somebody typed it?"""
        return who.casefold() == self.me.casefold()
