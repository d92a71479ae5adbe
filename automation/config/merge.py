"""A team's policy laid over the shipped one; every value remembers where it was written. Pure.

Maps are merged; lists and single values are replaced. Rules are merged by their names: a key that
the team's rule has replaces that of the shipped one. An empty value (``web:``) takes away what the
shipped file says of that key; an empty section at the top of the file says nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from automation.mistakes import Mistakes, quoted, suggestion
from automation.schema.yaml_nodes import Node, joined_path, scalar_kind

_RULES = "rules"
_COLUMN = 64  # in which `yaml_with_origins` says where a value was written


def merge(below: Node, above: Node) -> Node:
    """Two whole files as one: ``above`` says what differs from ``below``."""
    if above.kind != "map" or below.kind != "map":
        return below if above.kind == "null" else above
    entries = dict(below.entries)
    for key, (line, child) in above.at("").entries.items():
        if key not in entries or child.kind != "null":
            old = entries.get(key)
            both = _merged_rules if key == _RULES else _merged_maps
            entries[key] = (line, both(old[1], child) if old else child)
    return Node("map", entries, above.file, above.line)


def _merged_maps(below: Node, above: Node) -> Node:
    if below.kind != "map" or above.kind != "map":
        return above
    entries = dict(below.entries)
    for key, (line, child) in above.entries.items():
        if key in entries and child.kind == "null":
            del entries[key]
        else:
            entries[key] = (line, _merged_maps(entries[key][1], child) if key in entries else child)
    return Node("map", entries, above.file, above.line, above.path)


def _merged_rules(below: Node, above: Node) -> Node:
    if below.kind != "list" or above.kind != "list":
        return above
    rules = {name_of(rule) or str(index): rule for index, rule in enumerate(below.items)}
    for index, rule in enumerate(above.items):
        name = name_of(rule) or f"+{index}"
        rules[name] = _rule_with_changed_keys(rules[name], rule) if name in rules else rule
    return Node("list", list(rules.values()), above.file, above.line, above.path)


def _rule_with_changed_keys(below: Node, above: Node) -> Node:
    return Node("map", below.entries | above.entries, above.file, above.line, above.path)


def with_rules_by_name(root: Node) -> Node:
    """The same file, in which the path of a rule has its name ("rules.eoc-owns.when") and not its
    number: two files number their rules differently."""
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


def check_rules_of_layer(layer: Node, below: Node | None, mistakes: Mistakes) -> None:
    """What can only be seen before merging: a name used twice, a rule switched off in silence."""
    known = {name_of(rule) for rule in _rules_of(below)} - {""}
    first: dict[str, Node] = {}
    for rule in _rules_of(layer):
        name = name_of(rule)
        if name and first.setdefault(name, rule) is not rule:
            what = f"rule {quoted(name)} a second time (first on line {first[name].line})"
            mistakes.add(rule, what, "rules have names of their own: rename one of the two")
        off = rule.get("disabled")
        if name and off and off.value is True:
            _check_disabled(rule, name, known if below else {name}, mistakes)


def _check_disabled(rule: Node, name: str, known: set[str], mistakes: Mistakes) -> None:
    if name not in known:
        remedy = suggestion(name, sorted(known))
        mistakes.add(rule, f"there is no rule {quoted(name)} to disable", remedy)
    if rule.get("why") is None:
        what = f"rule {quoted(name)}: it is disabled without a `why`"
        mistakes.add(rule, what, "add `why: …`: people will ask for the reason")


def _rules_of(layer: Node | None) -> list[Node]:
    rules = layer.get(_RULES) if layer else None
    return rules.items if rules else []


def origin_of_each_value(node: Node) -> dict[str, str]:
    """Where each single value was written: its path, such as "limits.pages", → ``FILE:LINE``."""
    return dict(_value_origins(node, ""))


def _value_origins(node: Node, path: str) -> Iterator[tuple[str, str]]:
    for key, (_, child) in node.entries.items():
        yield from _value_origins(child, joined_path(path, key))
    for index, child in enumerate(node.items):
        yield from _value_origins(
            child, f"{path}.{name_of(child)}" if name_of(child) else f"{path}[{index}]"
        )
    if not node.entries and not node.items:
        yield path, f"{node.file}:{node.line}"


def yaml_with_origins(node: Node) -> str:
    """YAML of ``node``, with ``# FILE:LINE`` after each value."""
    lines = [
        f"{text:<{_COLUMN}}  # {leaf.file}:{leaf.line}" if leaf else text
        for text, leaf in _lines(node)
    ]
    return "\n".join(lines) + "\n"


def _lines(node: Node) -> Iterator[tuple[str, Node | None]]:
    """Each line, and the node whose value ends it."""
    if (whole := _in_one_line(node)) is not None:
        yield whole, node
        return
    for key, (_, child) in node.entries.items():
        if (value := _in_one_line(child)) is not None:
            yield f"{_text(key)}: {value}", child
        else:
            yield f"{_text(key)}:", None
            yield from ((f"  {text}", leaf) for text, leaf in _lines(child))
    for child in node.items:
        for index, (text, leaf) in enumerate(_lines(child)):
            yield ("  " if index else "- ") + text, leaf


def _in_one_line(node: Node) -> str | None:
    """``node`` in one line, if it is short enough by nature."""
    match node.kind:
        case "map":
            return None if node.entries else "{}"
        case "list":
            words = [_in_one_line(child) for child in node.items]
            plain = all(child.kind not in ("map", "list") for child in node.items)
            return f"[{', '.join(word or '' for word in words)}]" if plain else None
        case "text":
            return _text(node.raw)
        case _:
            return node.raw or "null"


def _text(text: str) -> str:
    """``text`` as YAML 1.1 and 1.2 both read it."""
    if (
        _PLAIN.fullmatch(text)
        and not _READ_DIFFERENTLY.fullmatch(text)
        and scalar_kind(text)[0] == "text"
    ):
        return text
    return re.sub("[\x85\u2028\u2029\u00a0]", _escape, json.dumps(text, ensure_ascii=False))


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


_PLAIN = re.compile(r"\.?[A-Za-z_][\w./()+-]*( [\w./()+-]+)*|\d+(s|m|h|d|w|wd)", re.ASCII)
_READ_DIFFERENTLY = re.compile(r"y|n|yes|no|on|off|true|false|null|\.inf|\.nan", re.IGNORECASE)
