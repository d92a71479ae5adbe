"""Roles that a team gives a name: what the file below says to people calls them so, too. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from automation.schema.yaml_nodes import Node

SHIPPED_ROLES = {  # and what the reasons of the shipped rules call them
    "eoc": "engineer on call",
    "imoc": "incident manager",
    "cmoc": "communications manager",
    "security": "security engineer",
}


def in_names_of(below: Node, above: Node) -> Node:
    """The whole file ``below``, in which the roles that ``above`` names have no title of their own,
    and the reasons of rules call them by these names."""
    names = dict(_names(above))
    if not names:
        return below
    entries = dict(below.entries)
    for key, (line, node) in below.entries.items():
        if key == "roles":
            roles = {
                role: (at, _without_title(each) if role in names else each)
                for role, (at, each) in node.entries.items()
            }
            entries[key] = (line, _with(node, roles))
        elif key == "rules":
            rules = [_rule(each, names) for each in node.items]
            entries[key] = (line, Node("list", rules, node.file, node.line, node.path))
    return _with(below, entries)


def _names(root: Node) -> Iterator[tuple[str, str]]:
    section = root.get("roles")
    for role, (_, node) in (section.entries if section else {}).items():
        if (name := node.get("name")) and name.kind == "text":
            yield role, name.raw


def _without_title(role: Node) -> Node:
    return _with(role, {key: said for key, said in role.entries.items() if key != "title"})


def _rule(rule: Node, names: Mapping[str, str]) -> Node:
    if not (why := rule.get("why")) or why.kind != "text":
        return rule
    text = why.raw
    for role, name in names.items():
        if role in SHIPPED_ROLES:
            text = re.sub(rf"\b(?:an?|the) {SHIPPED_ROLES[role]}\b", f"the {name}", text)
    said = Node("text", text, why.file, why.line, why.path, text)
    return _with(rule, {**rule.entries, "why": (rule.entries["why"][0], said)})


def _with(node: Node, entries: Mapping[str, tuple[int, Node]]) -> Node:
    return Node(node.kind, dict(entries), node.file, node.line, node.path)
