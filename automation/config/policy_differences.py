"""In which parts two policies differ, and each policy with a part of the other. Pure.

A part is a rule, an entry of a map such as ``severities.S1``, or any other key of the file.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from automation.config.merge import name_of
from automation.records import dataclass
from automation.schema.yaml_nodes import Node, joined_path

LABELS = "labels.yml"
_RULES = "rules"
_SHOWN = 3  # keys of one part
_LONGEST = 60  # of a value that is shown


@dataclass(frozen=True, slots=True)
class Part:
    """What two files say differently in one place."""

    name: str  # "rules.stuck-investigating"
    keys: tuple[str, ...]  # "rules.stuck-investigating.when.for: 30m → 20m"


def differing_parts(base: Node, head: Node) -> list[Part]:
    """Where ``head`` says something else than ``base``: two whole files, merged."""
    before, after = dict(_parts(base)), dict(_parts(head))
    found = []
    for name in dict.fromkeys((*before, *after)):
        keys = tuple(_key_changes(name, before.get(name), after.get(name)))
        if keys:
            found.append(Part(name, keys))
    return found


def with_part_of(root: Node, other: Node, name: str) -> Node:
    """``root`` with one part as ``other`` has it; without it, if that has none."""
    section, _, entry = name.partition(".")
    ours, theirs = root.get(section), other.get(section)
    part = theirs
    if entry and section == _RULES:
        part = _with_rule(ours or _empty("list", root), theirs, entry)
    elif entry:
        part = _with_entry(ours or _empty("map", root), theirs, entry)
    entries = {key: value for key, value in root.entries.items() if key != section}
    if part is not None:
        entries[section] = (part.line, part)
    return Node("map", entries, root.file, root.line, root.path)


def _empty(kind: str, at: Node) -> Node:
    if kind == "list":
        return Node("list", [], at.file, at.line, _RULES)
    return Node("map", {}, at.file, at.line)


def _with_rule(ours: Node, theirs: Node | None, name: str) -> Node:
    rule = next((each for each in (theirs.items if theirs else ()) if name_of(each) == name), None)
    rest = [each for each in ours.items if name_of(each) != name]
    return Node("list", [*rest, *([rule] if rule else [])], ours.file, ours.line, ours.path)


def _with_entry(ours: Node, theirs: Node | None, name: str) -> Node:
    entries = {key: value for key, value in ours.entries.items() if key != name}
    if theirs and name in theirs.entries:
        entries[name] = theirs.entries[name]
    return Node("map", entries, ours.file, ours.line, ours.path)


def _parts(root: Node) -> Iterator[tuple[str, Node]]:
    for key, (_, child) in root.entries.items():
        if key == _RULES:
            yield from ((f"{key}.{name_of(rule)}", rule) for rule in child.items)
        elif child.kind == "map" and all(one.kind == "map" for _, one in child.entries.values()):
            yield from ((f"{key}.{name}", one) for name, (_, one) in child.entries.items())
        else:
            yield key, child


def _key_changes(name: str, before: Node | None, after: Node | None) -> Iterator[str]:
    """What differs, in words; of a rule's reason only if nothing else does."""
    if before is None or after is None:
        yield f"{name}: {'new' if before is None else 'taken away'}"
        return
    old, new = dict(_leaves(before, name)), dict(_leaves(after, name))
    differ = [path for path in dict.fromkeys((*old, *new)) if old.get(path) != new.get(path)]
    paths = [path for path in differ if path != f"{name}.why"] or differ
    for path in islice(paths, _SHOWN):
        if path not in new:
            yield f"{path}: taken away"
        else:
            yield f"{path}: {f'{old[path]} → ' if path in old else ''}{new[path]}"
    if len(paths) > _SHOWN:
        yield f"{len(paths) - _SHOWN} more keys of {name}"


def _leaves(node: Node, path: str) -> Iterator[tuple[str, str]]:
    """Each value that stands in one line, by its path."""
    if node.entries:
        for key, (_, child) in node.entries.items():
            yield from _leaves(child, joined_path(path, key))
    elif any(child.kind in ("map", "list") for child in node.items):
        for index, child in enumerate(node.items):
            yield from _leaves(child, f"{path}[{index}]")
    else:
        yield path, _value(node)


def _value(node: Node) -> str:
    if node.kind == "map":
        return "{}"
    if node.kind == "list":
        words = [child.raw for child in node.items]
        text = words[0] if len(words) == 1 else f"[{', '.join(words)}]"  # one may stand alone
    else:
        text = node.raw or "nothing"
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
