"""Rules: one effect kind, one module, one class, one word.

A rule proposes changes and never asks whether they already hold: the planner drops what moves
nothing.
"""

from __future__ import annotations

from typing import cast

from automation.policy.policy import Policy
from automation.rules.announce import AnnounceRule
from automation.rules.ask import AskRule
from automation.rules.chase import ChaseRule
from automation.rules.document import DocumentRule
from automation.rules.engage import EngageRule
from automation.rules.escalate import EscalateRule
from automation.rules.gate import GateRule
from automation.rules.page import PageRule
from automation.rules.propose import ProposeRule
from automation.rules.publish import PublishRule
from automation.rules.review import ReviewRule
from automation.rules.rule import Rule
from automation.rules.set import SetRule
from automation.rules.tell import TellRule

KINDS: dict[str, type[Rule]] = {
    "engage": EngageRule,
    "page": PageRule,
    "escalate": EscalateRule,
    "ask": AskRule,
    "tell": TellRule,
    "chase": ChaseRule,
    "announce": AnnounceRule,
    "publish": PublishRule,
    "document": DocumentRule,
    "review": ReviewRule,
    "set": SetRule,
    "propose": ProposeRule,
    "gate": GateRule,
}


def rules_of(policy: Policy) -> tuple[Rule, ...]:
    """The rules of a policy, in the order of the file: what `config/` builds are whole rules."""
    return cast("tuple[Rule, ...]", policy.rules)
