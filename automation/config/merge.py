"""The team's file over the shipped one, every value remembering where it was written. Pure.

Maps merge, lists and single values replace, rules merge by name (what a rule says again is
replaced). An empty value (``web:``) takes away what the shipped file says of that key; an empty
section at the top says nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from automation.mistakes import Mistakes, quoted, suggestion
from automation.schema.yaml_nodes import Node, join, scalar

_RULES = "rules"
_COLUMN = 64  # where `show` says the origin


def merge(below: Node, above: Node) -> Node:
    """Two whole files as one."""
    if above.kind != "map" or below.kind != "map":
        return below if above.kind == "null" else above
    entries = dict(below.entries)
    for key, (line, child) in above.at("").entries.items():
        if key not in entries or child.kind != "null":
            old = entries.get(key)
            both = _rules if key == _RULES else _deep
            entries[key] = (line, both(old[1], child) if old else child)
    return Node("map", entries, above.file, above.line)


def _deep(below: Node, above: Node) -> Node:
    if below.kind != "map" or above.kind != "map":
        return above
    entries = dict(below.entries)
    for key, (line, child) in above.entries.items():
        if key in entries and child.kind == "null":
            del entries[key]
        else:
            entries[key] = (line, _deep(entries[key][1], child) if key in entries else child)
    return Node("map", entries, above.file, above.line, above.path)


def _rules(below: Node, above: Node) -> Node:
    if below.kind != "list" or above.kind != "list":
        return above
    rules = {name_of(rule) or str(index): rule for index, rule in enumerate(below.items)}
    for index, rule in enumerate(above.items):
        name = name_of(rule) or f"+{index}"
        rules[name] = _over(rules[name], rule) if name in rules else rule
    return Node("list", list(rules.values()), above.file, above.line, above.path)


def _over(below: Node, above: Node) -> Node:
    return Node("map", below.entries | above.entries, above.file, above.line, above.path)


def by_name(root: Node) -> Node:
    """The same, with the rules' paths by name: two files number them differently."""
    rules = root.get(_RULES)
    if rules is None or rules.kind != "list":
        return root
    named = [
        rule.at(f"{_RULES}.{name_of(rule)}") if name_of(rule) else rule for rule in rules.items
    ]
    node = Node("list", named, rules.file, rules.line, rules.path)
    entries = root.entries | {_RULES: (root.entries[_RULES][0], node)}
    return Node("map", entries, root.file, root.line)


def name_of(rule: Node) -> str:
    """The name of a rule, if it has one."""
    name = rule.get("name")
    return name.raw if name and name.kind == "text" else ""


def check_layer(layer: Node, below: Node | None, mistakes: Mistakes) -> None:
    """What can only be seen before merging: a name used twice, a rule switched off in silence."""
    known = {name_of(rule) for rule in _items(below)} - {""}
    first: dict[str, Node] = {}
    for rule in _items(layer):
        name = name_of(rule)
        if name and first.setdefault(name, rule) is not rule:
            what = f"rule {quoted(name)} a second time (first on line {first[name].line})"
            mistakes.add(rule, what, "rules have names of their own: rename one of the two")
        off = rule.get("disabled")
        if name and off and off.value is True:
            _check_off(rule, name, known if below else {name}, mistakes)


def _check_off(rule: Node, name: str, known: set[str], mistakes: Mistakes) -> None:
    if name not in known:
        remedy = suggestion(name, sorted(known))
        mistakes.add(rule, f"there is no rule {quoted(name)} to disable", remedy)
    if rule.get("why") is None:
        what = f"rule {quoted(name)}: it is disabled without a `why`"
        mistakes.add(rule, what, "add `why: …`: people will ask for the reason")


def _items(layer: Node | None) -> list[Node]:
    rules = layer.get(_RULES) if layer else None
    return rules.items if rules else []


def origins(node: Node) -> dict[str, str]:
    """Path of each single value → ``FILE:LINE``."""
    return dict(_origins(node, ""))


def _origins(node: Node, path: str) -> Iterator[tuple[str, str]]:
    for key, (_, child) in node.entries.items():
        yield from _origins(child, join(path, key))
    for index, child in enumerate(node.items):
        yield from _origins(
            child, f"{path}.{name_of(child)}" if name_of(child) else f"{path}[{index}]"
        )
    if not node.entries and not node.items:
        yield path, f"{node.file}:{node.line}"


def show(node: Node) -> str:
    """YAML of ``node``, with ``# FILE:LINE`` after each value."""
    lines = [
        f"{text:<{_COLUMN}}  # {leaf.file}:{leaf.line}" if leaf else text
        for text, leaf in _lines(node)
    ]
    return "\n".join(lines) + "\n"


def _lines(node: Node) -> Iterator[tuple[str, Node | None]]:
    """Each line, and the node whose value ends it."""
    if (whole := _inline(node)) is not None:
        yield whole, node
        return
    for key, (_, child) in node.entries.items():
        if (value := _inline(child)) is not None:
            yield f"{_text(key)}: {value}", child
        else:
            yield f"{_text(key)}:", None
            yield from ((f"  {text}", leaf) for text, leaf in _lines(child))
    for child in node.items:
        for index, (text, leaf) in enumerate(_lines(child)):
            yield ("  " if index else "- ") + text, leaf


def _inline(node: Node) -> str | None:
    """``node`` in one line, if it is short enough by nature."""
    match node.kind:
        case "map":
            return None if node.entries else "{}"
        case "list":
            words = [_inline(child) for child in node.items]
            plain = all(child.kind not in ("map", "list") for child in node.items)
            return f"[{', '.join(word or '' for word in words)}]" if plain else None
        case "text":
            return _text(node.raw)
        case _:
            return node.raw or "null"


def _text(text: str) -> str:
    """``text`` as YAML 1.1 and 1.2 both read it."""
    if _PLAIN.fullmatch(text) and not _RIDDLE.fullmatch(text) and scalar(text)[0] == "text":
        return text
    return re.sub("[\x85\u2028\u2029\u00a0]", _escape, json.dumps(text, ensure_ascii=False))


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


_PLAIN = re.compile(r"\.?[A-Za-z_][\w./()+-]*( [\w./()+-]+)*|\d+(s|m|h|d|w|wd)", re.ASCII)
_RIDDLE = re.compile(r"y|n|yes|no|on|off|true|false|null|\.inf|\.nan", re.IGNORECASE)
