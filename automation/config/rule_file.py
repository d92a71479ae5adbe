"""Rules as the policy file writes them: read, checked, built. Pure.

The effects and conditions themselves are known to `automation.rules` and `automation.rules.when`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from automation.config.merge import name_of
from automation.mistakes import Mistakes, quoted
from automation.records import dataclass
from automation.schema.described import keys_of
from automation.schema.shapes import DurationShape, Field, Flag, Record, Shape, Text, words_as_code
from automation.schema.yaml_nodes import Node
from automation.times.durations import Duration

if TYPE_CHECKING:
    from automation.rules.rule import Rule

_LATER = ("update_every",)  # a table: which of its durations depends on the incident


@dataclass(frozen=True, slots=True)
class WrittenRule:
    """A rule that has been read and not yet built."""

    node: Node
    effect: str
    values: Mapping[str, Any]
    when: Mapping[str, Any]
    why: str

    @property
    def name(self) -> str:
        return name_of(self.node)


class RuleShape(Shape):
    """A rule: a name, a why, a when, and exactly one effect."""

    __slots__ = ("effects", "record", "when")

    def __init__(self, when: Record, effects: Mapping[str, Record], *keys: Field) -> None:
        self.when = when
        self.effects = dict(effects)
        self.record = Record(
            "Rule",
            *keys,
            Field("when", when, default={}, doc="All of its keys must hold; `{}` always does"),
            Field("disabled", Flag(), default=False, doc="Switches a shipped rule off"),
            *(Field(word, shape, doc="An effect") for word, shape in self.effects.items()),
        )

    def read(self, node: Node, mistakes: Mistakes) -> WrittenRule | None:
        """The rule as it is written; None if it is switched off or makes no sense."""
        name = name_of(node)
        mistakes = mistakes.within(f"rule {quoted(name)}" if name else "a rule", node)
        values = self.record.read(node, mistakes)
        if values is None:
            return None
        effects = [word for word in self.effects if word in node.entries]
        if len(effects) != 1:
            self._refuse(node, effects, mistakes)
            return None
        if values["disabled"] is True:
            return None
        (effect,) = effects
        return WrittenRule(
            node, effect, values[effect] or {}, values["when"] or {}, values["why"] or ""
        )

    def _refuse(self, node: Node, effects: list[str], mistakes: Mistakes) -> None:
        if effects:
            several = " and ".join(f"`{word}`" for word in effects)
            remedy = "write one rule for each; a shipped rule keeps its effect: disable it instead"
            mistakes.add(node, f"it has {len(effects)} effects, {several}", remedy)
        else:
            mistakes.add(
                node, "it has no effect", f"add one of {words_as_code(tuple(self.effects))}"
            )

    def json_schema(self) -> dict[str, Any]:
        each = [{"required": [word]} for word in self.effects]
        one_or_none = {"oneOf": [*each, {"not": {"anyOf": each}}]}
        return self.record.json_schema() | {"required": ["name"]} | one_or_none

    def describe(self) -> str:
        return self.record.describe()

    def short(self) -> str:
        return self.record.short()

    def wanted(self) -> str:
        return self.record.wanted()

    def records(self) -> list[Record]:
        return self.record.records()

    def texts(self, node: Node) -> Iterator[tuple[Text, Node]]:
        return self.record.texts(node)


@cache
def rule_shape() -> RuleShape:
    """The shape of a rule, with every effect that ima knows. What names a duration of the policy
    is read as the name: see `resolve`."""
    from automation.rules import KINDS
    from automation.rules.rule import Rule
    from automation.rules.when import When

    effects = {word: Record(word, *keys_of(kind), least=kind.least) for word, kind in KINDS.items()}
    return RuleShape(Record("when", *keys_of(When)), effects, *keys_of(Rule))


def rules_with_durations(
    rules: tuple[WrittenRule, ...], durations: Mapping[str, Duration | None], mistakes: Mistakes
) -> Iterator[Rule]:
    """The rules with the durations they name; none once anything is wrong with the file."""
    from automation.rules import KINDS
    from automation.rules.when import When

    shape = rule_shape()
    for rule in rules:
        told = mistakes.within(f"rule {quoted(rule.name)}", rule.node)
        when = _with_durations(rule, "when", rule.when, shape.when, durations, told)
        effect = shape.effects[rule.effect]
        values = _with_durations(rule, rule.effect, rule.values, effect, durations, told)
        if not mistakes:
            yield KINDS[rule.effect](name=rule.name, why=rule.why, when=When(**when), **values)


def _with_durations(
    rule: WrittenRule,
    key: str,
    values: Mapping[str, Any],
    shape: Record,
    durations: Mapping[str, Duration | None],
    mistakes: Mistakes,
) -> dict[str, Any]:
    """``values`` with the names of durations replaced by what the policy says of them."""
    found = dict(values)
    for field in shape.fields.values():
        name = found.get(field.attribute)
        if isinstance(field.shape, DurationShape) and isinstance(name, str) and name not in _LATER:
            found[field.attribute] = durations.get(name)
            if found[field.attribute] is None:
                written = rule.node.get(key)
                node = (written and written.get(field.name)) or rule.node
                remedy = f"add `{name}: 30m` at the top of policy.yml, or write a duration here"
                mistakes.add(node, f"the policy has no {quoted(name)}", remedy)
    return found
