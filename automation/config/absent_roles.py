"""Roles that a team leaves out (`imoc: none`): what the file below says of them is not said. Pure.

A rule that needs such a role rests: it stays in the file, disabled by the line that leaves the role
out. Where the role is one of several, the others stay.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from automation.config.merge import name_of
from automation.policy.key_types import NameOf
from automation.records import dataclass
from automation.schema.shapes import Shape
from automation.schema.yaml_nodes import Node, joined_path

NONE = "none"
_ROLES, _RULES, _MAY, _WITHOUT = "roles", "rules", "may", "vacant"


def without_absent_roles(
    merged: Node, below: Node, above: Node, shapes: Mapping[str, Shape], rule: Shape
) -> Node:
    """``merged`` without the roles of ``below`` that ``above`` takes away. ``shapes`` are those of
    the sections, ``rule`` that of a rule."""
    gone = dict(_taken_away(below, above))
    if not gone:
        return merged
    pruning = _Pruning(gone, above.file)
    entries = dict(merged.entries)
    for key, (line, node) in merged.entries.items():
        if key == _ROLES:
            kept = {name: each for name, each in node.entries.items() if name not in gone}
            entries[key] = (line, _with(node, kept))
        elif key == _RULES:
            rules = [pruning.rule(each, rule) for each in node.items]
            entries[key] = (line, Node("list", rules, node.file, node.line, node.path))
        elif key in shapes and (left := pruning.section(node, shapes[key], key)):
            entries[key] = (line, left)
    return _with(merged, entries)


def resting_rules(root: Node) -> dict[str, str]:
    """The rules that rest, each with the role that it needs."""
    rules = root.get(_RULES)
    marks = {name_of(each): each.get("disabled") for each in (rules.items if rules else ())}
    start = f"{_ROLES}."
    return {
        name: mark.path.removeprefix(start)
        for name, mark in marks.items()
        if mark and mark.path.startswith(start)
    }


def _taken_away(below: Node, above: Node) -> Iterator[tuple[str, Node]]:
    known, said = below.get(_ROLES), above.get(_ROLES)
    for name, (_, node) in (said.entries if said else {}).items():
        left_out = node.kind == "null" or (node.kind == "text" and node.raw.casefold() == NONE)
        if left_out and known and name in known.entries:
            yield name, node


@dataclass(frozen=True, slots=True)
class _Pruning:
    """Takes the names of roles out of what other files than ``theirs`` say."""

    gone: Mapping[str, Node]
    theirs: str

    def section(self, node: Node, shape: Shape, key: str) -> Node | None:
        """The section without them; None where it stays as it is. A list of `may` that had nobody
        else lets the owner, for an absent list would let every member."""
        dead = self._dead(node, shape)
        if not dead:
            return None

        def emptied(each: Node) -> Node | None:
            if key != _MAY:
                return None
            owner = Node("text", "owner", each.file, each.line, f"{each.path}[0]", "owner")
            return Node("list", [owner], each.file, each.line, each.path)

        return _without(node, dead, emptied)

    def rule(self, node: Node, shape: Shape) -> Node:
        """The rule without them, or at rest."""
        dead = self._dead(node, shape)
        if not dead:
            return node
        entries = dict(node.entries)
        for key, (line, part) in node.entries.items():
            for name, (_, value) in part.entries.items():
                role = next((each.raw for each in _leaves(value) if id(each) in dead), None)
                if role is None:
                    continue
                left = _without(value, dead, lambda _: None) if value.kind == "list" else None
                if left is None and name != _WITHOUT:
                    return self._at_rest(node, role)
                part = _with(part, {**part.entries, name: (part.entries[name][0], left or value)})
                if left is None:
                    part = _with(part, {k: v for k, v in part.entries.items() if k != name})
            entries[key] = (line, part)
        return _with(node, entries)

    def _at_rest(self, node: Node, role: str) -> Node:
        said = self.gone[role]
        mark = Node("flag", True, said.file, said.line, joined_path(_ROLES, role), "true")
        return _with(node, {**node.entries, "disabled": (said.line, mark)})

    def _dead(self, node: Node, shape: Shape) -> set[int]:
        """The names of such roles, as identities of nodes."""
        return {
            id(each)
            for text, each in shape.texts(node)
            if isinstance(text, NameOf)
            and text.of == "role"
            and each.raw in self.gone
            and each.file != self.theirs
        }


def _leaves(node: Node) -> Iterator[Node]:
    yield from node.items or [node]


def _without(node: Node, dead: set[int], emptied: Callable[[Node], Node | None]) -> Node | None:
    """The node without the texts that are dead; None where nothing is left of it."""
    if id(node) in dead:
        return None
    if node.kind == "list":
        kept = [left for each in node.items if (left := _without(each, dead, emptied))]
        if node.items and not kept:
            return emptied(node)
        return Node("list", kept, node.file, node.line, node.path)
    if node.kind == "map":
        entries = {
            key: (line, left)
            for key, (line, child) in node.entries.items()
            if (left := _without(child, dead, emptied))
        }
        return _with(node, entries)
    return node


def _with(node: Node, entries: Mapping[str, tuple[int, Node]]) -> Node:
    return Node("map", dict(entries), node.file, node.line, node.path)
