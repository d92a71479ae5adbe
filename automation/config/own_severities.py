"""A team's own severities: what the shipped file says of its severities is said of theirs. Pure.

A `severities:` that names one which the file below does not know is the whole list, the gravest
first. Each follows the shipped one that it names with `like`, else the one at the same place; those
beyond the last follow the last.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from automation.mistakes import Mistakes, quoted, suggestion
from automation.schema.yaml_nodes import Node, joined_path

_KEY = "severities"
_REASON = "why"  # the key of a rule whose text people read
_LISTED_UNDER = "severity"  # the key whose list, map or word names severities, here and in rules


def in_words_of(below: Node, above: Node, mistakes: Mistakes) -> Node:
    """The whole file ``below`` with the severities of ``above``, where these are its own."""
    shipped, own = _names(below), _names(above)
    if not shipped or set(own) <= set(shipped):
        return below
    follows = dict(_each_follows(above, list(own), list(shipped), mistakes))
    return _Translation(list(shipped), follows).of(below)


def with_emptied(merged: Node, below: Node, above: Node) -> Node:
    """``merged``, in which a severity that ``above`` emptied is still one, of which nothing is
    said."""
    names, there = {**_names(below), **_names(above)}, _names(merged)
    section = merged.get(_KEY)
    if not section or section.kind != "map" or set(names) <= set(there):
        return merged
    entries = {
        name: there[name] if name in there else (line, _nothing(node))
        for name, (line, node) in names.items()
    }
    kept = Node("map", entries, section.file, section.line, section.path)
    return Node("map", merged.entries | {_KEY: (section.line, kept)}, merged.file, merged.line)


def with_severities_as_map(above: Node, mistakes: Mistakes) -> Node:
    """The file with its severities as a map, where somebody has listed them: it is a mistake, and
    the only one that is told of them."""
    section = above.get(_KEY)
    if not section or section.kind != "list":
        return above
    names = [item.raw for item in section.items if item.raw]
    shown = ", ".join(f"{name}: {{}}" for name in names or ("SEV1", "SEV2"))
    remedy = f"write a map, for each may say more: `{_KEY}: {{{shown}}}`"
    mistakes.add(section, f"`{_KEY}` is a list", remedy)
    entries = {item.raw: (item.line, _nothing(item)) for item in section.items if item.raw}
    made = Node("map", entries, section.file, section.line, section.path)
    return Node("map", above.entries | {_KEY: (section.line, made)}, above.file, above.line)


def _nothing(node: Node) -> Node:
    return Node("map", {}, node.file, node.line, node.path)


def _names(root: Node) -> Mapping[str, tuple[int, Node]]:
    section = root.get(_KEY)
    return section.entries if section else {}


def _each_follows(
    above: Node, own: list[str], shipped: list[str], mistakes: Mistakes
) -> Iterator[tuple[str, str]]:
    for rank, name in enumerate(own):
        said = _names(above)[name][1].get("like")
        if said and said.raw not in shipped:
            what = f"severity {quoted(name)}: there is none {quoted(said.raw)} to be like"
            mistakes.add(said, what, suggestion(said.raw, shipped))
        known = said.raw if said and said.raw in shipped else shipped[min(rank, len(shipped) - 1)]
        yield name, known


class _Translation:
    """Nodes in which the shipped severities are called as the team's are."""

    def __init__(self, shipped: list[str], follows: Mapping[str, str]) -> None:
        self._shipped = shipped
        self._own = {
            name: [own for own, followed in follows.items() if followed == name] for name in shipped
        }
        self._order = list(follows)

    def of(self, node: Node, key: str = "") -> Node:
        value = node.value
        if node.kind == "map" and {*node.entries} <= {*self._shipped} and node.entries:
            value = {
                own: (line, self.of(child).at(joined_path(node.path, own)))
                for name, (line, child) in node.entries.items()
                for own in self._own[name]
            }
            value = {own: value[own] for own in self._order if own in value}
        elif node.kind == "map":
            within = key if key == _LISTED_UNDER else ""
            value = {
                name: (line, self.of(child, within or name))
                for name, (line, child) in node.entries.items()
            }
        elif node.kind == "list" and key == _LISTED_UNDER:
            value = list(self._each(node.items))
        elif node.kind == "list":
            value = [self.of(child) for child in node.items]
        elif node.kind == "text" and key == _LISTED_UNDER and value in self._own:
            return self._called(node, self._nearest(value))
        elif node.kind == "text" and key == _REASON:
            named = rf"\b(?:{'|'.join(map(re.escape, self._shipped))})\b"
            return self._called(node, re.sub(named, lambda it: self._nearest(it[0]), value))
        return Node(node.kind, value, node.file, node.line, node.path, node.raw)

    def _each(self, items: list[Node]) -> Iterator[Node]:
        """Items of a list; where nobody follows any of them, the nearest one."""
        named = [node for node in items if node.raw in self._own]
        own = [self._called(node, name) for node in named for name in self._own[node.raw]]
        yield from own or [self._called(node, self._nearest(node.raw)) for node in named[:1]]
        yield from (node for node in items if node.raw not in self._own)

    def _nearest(self, name: str) -> str:
        """The first that follows ``name`` or a lesser one, else the last of all."""
        lesser = self._shipped[self._shipped.index(name) :]
        return next((own for each in lesser for own in self._own[each]), self._order[-1])

    @staticmethod
    def _called(node: Node, name: str) -> Node:
        return Node(node.kind, name, node.file, node.line, node.path, name)
