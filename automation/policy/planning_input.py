"""What judging and planning need besides the issue itself. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime

from automation.model.facts import UNREAD, Fact
from automation.model.issue import Ack, Capabilities
from automation.model.on_call import OnCall
from automation.model.status_page import Abilities
from automation.policy.policy import Policy
from automation.policy.slo import Verdict
from automation.records import dataclass


@dataclass(frozen=True, slots=True)
class Context:
    """What judging and planning need besides the issue itself."""

    policy: Policy
    me: str  # the login of our account
    now: datetime
    since: datetime  # since when IMA keeps this project
    on_call: OnCall
    can: Capabilities = field(default_factory=Capabilities)  # what the tracker can do
    # Logins that are no members, and those whose membership was asked (None: all of them), folded
    outsiders: frozenset[str] = frozenset()
    asked: frozenset[str] | None = None
    renamed: Mapping[str, str] = field(default_factory=dict)  # login of today by a former one
    acks: Mapping[str, Sequence[Ack]] = field(default_factory=dict)  # what became of a page, by key
    reviews: Mapping[str, Mapping[str, str]] = field(
        default_factory=dict
    )  # by issue: what was opened from it
    assessed: Mapping[str, Fact] = field(default_factory=dict)  # by issue: its review's severity
    active: frozenset[str] = frozenset()  # active incidents, of those that were read
    joined: Mapping[str, Sequence[Fact]] = field(default_factory=dict)  # by issue: its duplicates
    page_can: Abilities = field(default_factory=Abilities)  # what the status page can do
    verdicts: Mapping[str, Verdict] = field(default_factory=dict)  # by service
    ended: Mapping[str, Mapping[str, str]] = field(
        default_factory=dict
    )  # the last, and their times

    def member(self, who: str | None) -> bool:
        """Is this person a member of the project? Whoever was not asked about counts as one only if
        they are on call or known to the policy."""
        if who is None or (name := who.casefold()) in self.outsiders:
            return False
        known = self.asked is None or name in self.asked or self.is_us(who)
        return known or self.policy.spelling(who) in self.policy.people or self.on_call.knows(who)

    def has_place(self, who: str) -> bool:
        """May this person have a role here: as a member, or because the policy or the pager names
        them? Who has left has none, nor who took the login of somebody who was called so."""
        named = self.policy.spelling(who) in self.policy.people or self.on_call.knows(who)
        return named or self.member(who)

    def takes_part(self, who: str | None) -> bool:
        """May this person own something, be called or be waited for? Our own account never may."""
        return who is not None and self.member(who) and not self.is_us(who)

    def is_unread(self, announced: Fact) -> bool:
        """Did the announcement go into a file that nobody reads, and is there a chat by now? Then
        it was not made."""
        return announced.by == UNREAD and self.policy.has_readers

    def is_us(self, who: str) -> bool:
        """Is it the login of our own account, in upper or lower case?"""
        return who.casefold() == self.me.casefold()
