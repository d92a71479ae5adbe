"""The rules that can matter to an issue, found by its kind, state, severity and status. Pure.

The planner asks for them at every round; so the cost is nearly flat in the number of rules.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from automation.model.incident import Incident
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

    def without(self, names: Collection[str]) -> Index:
        """An index without the rules of these names."""
        return Index(r for r in self._rules if r.name not in names) if names else self

    def of(self, incident: Incident) -> list[Rule]:
        """The rules that may hold of the issue as it is now."""
        severity = incident.severity.value if incident.severity else ""
        key = (incident.kind, incident.state_now, severity, incident.status_to_act_by)
        if key not in self._known:
            self._known[key] = [rule for rule in self._rules if _may_hold(rule, *key)]
        return self._known[key]


def _may_hold(rule: Rule, kind: str, state: str, severity: str, status: str) -> bool:
    return rule.when.kind in _KINDS[kind] and not rule.when.never_holds(state, severity, status)
