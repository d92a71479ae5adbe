"""The rules that can matter to an issue, found by its kind, state, severity and status. Pure.

The planner asks for them at every round; so the cost is nearly flat in the number of rules.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache

from automation.model.incident import Incident
from automation.model.sameness import Same
from automation.policy.policy import Policy
from automation.rules import rules_of
from automation.rules.rule import Rule

_KINDS = {  # of an issue: of the rules; a near miss may be any issue but a review
    "incident": ("incident", "near miss"),
    "review": ("review",),
    "action": ("action", "near miss"),
    "maintenance": ("near miss",),
    "other": ("near miss",),
}
Key = tuple[str, str, str, str]


class Index:
    """The rules in the order of their names, by kind, state, severity and status: those that can
    never hold of such an issue are left out."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = sorted(rules, key=lambda rule: rule.name)
        self._known: dict[Key, list[Rule]] = {}
        self._clocks: dict[Key, list[Rule]] = {}

    def without(self, names: Collection[str]) -> Index:
        """An index without the rules of these names."""
        return Index(r for r in self._rules if r.name not in names) if names else self

    def of(self, incident: Incident) -> list[Rule]:
        """The rules that may hold of the issue as it is now."""
        key = _key(incident)
        if key not in self._known:
            self._known[key] = [rule for rule in self._rules if _may_hold(rule, *key)]
        return self._known[key]

    def with_clocks(self, incident: Incident) -> list[Rule]:
        """Those of them that wait for a time."""
        key = _key(incident)
        if key not in self._clocks:
            self._clocks[key] = [rule for rule in self.of(incident) if rule.has_clock]
        return self._clocks[key]


def index_of(policy: Policy) -> Index:
    """The index of a policy's rules, made once."""
    return _index_of(Same(policy))


@lru_cache(maxsize=8)
def _index_of(policy: Same[Policy]) -> Index:
    return Index(rules_of(policy.value))


def _key(incident: Incident) -> Key:
    severity = incident.severity.value if incident.severity else ""
    return incident.kind, incident.state_now, severity, incident.status_to_act_by


def _may_hold(rule: Rule, kind: str, state: str, severity: str, status: str) -> bool:
    return rule.when.kind in _KINDS[kind] and not rule.when.never_holds(state, severity, status)
