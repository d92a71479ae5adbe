"""``labels.yml`` as `Labels`: what ``ima check`` refuses, all mistakes at once. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from automation.mistakes import Mistakes, quoted, suggestion
from automation.policy.labels import FAMILIES, REQUIRED, WORDS, LabelEntry, Labels
from automation.schema.shapes import (
    Either,
    Field,
    Flag,
    ListOf,
    MapOf,
    OneOrMany,
    Record,
    Text,
    shown,
)
from automation.schema.yaml_nodes import Node, parse

_LONGEST_NAME = 50
_LONGEST_DESCRIPTION = 100
_SERVICE = re.compile(r"[a-z0-9][a-z0-9_-]*")


class Color(Text):
    """Six hex digits, without or with the #, read without."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(r"#?[0-9a-fA-F]{6}", says='six hex digits such as "d9534f"')

    def read(self, node: Node, mistakes: Mistakes) -> Any:
        if node.kind in ("whole", "number"):
            where = mistakes.label(node)
            remedy = f'quote it: "{node.raw}" (`{node.raw}` is a number)'
            mistakes.add(node, f"{where} is {shown(node)}", remedy)
            return ""
        super().read(node, mistakes)
        return node.raw.removeprefix("#").lower()


class Day(Text):
    """A date such as 2026-12-31."""

    __slots__ = ()

    def __init__(self) -> None:
        super().__init__(r"\d{4}-\d\d-\d\d", says="a date such as 2026-12-31")

    def read(self, node: Node, mistakes: Mistakes) -> Any:
        try:
            if self.pattern and self.pattern.fullmatch(node.raw):
                return date.fromisoformat(node.raw)
        except ValueError:
            pass
        return self.refuse(node, mistakes)


_MEANS = Either(Text(choices=WORDS), MapOf(Text(), key=Text(choices=tuple(FAMILIES))))
ENTRY = Record(
    "Label",
    Field("name", Text(), required=True, doc="The label's text"),
    Field("color", Color(), default="", doc="Six hex digits, in quotes"),
    Field("description", Text(empty=True), default="", doc="Shown by the tracker"),
    Field("means", _MEANS, doc="What it means: a word, or a family and its value"),
    Field("many", Flag(), default=False, doc="An issue may have several of this family"),
    Field("previously", OneOrMany(Text()), default=(), doc="Names to rename to this one"),
    Field("retired", Day(), doc="The last day of its use; ours are deleted after it"),
)
FILE = ListOf(ENTRY)


def read_labels(text: str, file: str = "labels.yml") -> Labels:
    """The labels of a file's text. Raises PolicyError with all mistakes."""
    mistakes = Mistakes()
    labels = labels_of(parse(text, file), mistakes)
    mistakes.raise_if_any()
    return labels


def labels_of(root: Node, mistakes: Mistakes) -> Labels:
    """The labels of a parsed file; not to be used if there were mistakes."""
    if root.kind != "list":
        remedy = "write a list: `- {name: Incident, means: incident}`, and so on"
        mistakes.add(root, f"the file is {shown(root)}, not a list of labels", remedy)
        return Labels((), root.file)
    found = [(node, _entry(node, mistakes)) for node in root.items]
    entries = [(node, entry) for node, entry in found if entry]
    _check_names(entries, mistakes)
    _check_meanings(entries, mistakes)
    _check_required(root, [entry for _, entry in entries], mistakes)
    return Labels([entry for _, entry in entries], root.file)


def _entry(node: Node, mistakes: Mistakes) -> LabelEntry | None:
    named = node.get("name")
    name = named.raw if named and named.kind == "text" else ""
    mistakes = mistakes.within(f"label {quoted(name)}" if name else "a label", node)
    values = ENTRY.read(node, mistakes)
    if not name or values is None:
        return None
    values["previously"] = tuple(filter(None, values["previously"] or ()))
    _check_texts(node, mistakes)
    family, value = _means(node, values.pop("means"), mistakes)
    return LabelEntry(**values, family=family, value=value)


def _check_texts(node: Node, mistakes: Mistakes) -> None:
    name = node.get("name")
    for problem, remedy in _bad_name(name.raw) if name else ():
        mistakes.add(node, problem, remedy)
    description = node.get("description")
    if description and len(description.raw) > _LONGEST_DESCRIPTION:
        excess = len(description.raw) - _LONGEST_DESCRIPTION
        what = f"a description of more than {_LONGEST_DESCRIPTION} characters"
        mistakes.add(description, what, f"shorten it by {excess}; trackers refuse it")
    if description and re.search(r"[\r\n\t]", description.raw):
        mistakes.add(description, "a description of several lines", "write it in one line")


def _bad_name(name: str) -> Iterator[tuple[str, str]]:
    if name != name.strip():
        yield f"the name {quoted(name)} begins or ends with a blank", "take the blank away"
    if len(name) > _LONGEST_NAME:
        remedy = f"shorten it by {len(name) - _LONGEST_NAME}; GitHub refuses it"
        yield f"a name of more than {_LONGEST_NAME} characters", remedy
    if "," in name:
        yield f"a comma in the name {quoted(name)}", "GitLab splits it there: write it without"
    if re.search(r"[\r\n\t]", name):
        yield "a control character in the name", "write the name in one line"
    if name.casefold() in ("none", "any"):
        yield f"{quoted(name)} cannot be a label", "GitLab searches with this word: choose another"


def _means(node: Node, means: Any, mistakes: Mistakes) -> tuple[str, str]:
    """(family, value)."""
    if not isinstance(means, dict):
        return (means or "", "")
    child = node.get("means") or node
    if len(means) != 1:
        remedy = "write one family and its value, such as {severity: S1}"
        mistakes.add(child, f"`means` names {len(means)} families, not one", remedy)
        return ("", "")
    ((family, value),) = means.items()
    known = FAMILIES.get(family, ())
    if value and known and value not in known:
        remedy = suggestion(value, known)
        mistakes.add(child, f"there is no {family} {quoted(value)}", remedy)
    elif value and family == "service" and not _SERVICE.fullmatch(value):
        remedy = "write the key that it has in policy.yml, such as web"
        mistakes.add(child, f"{quoted(value)} cannot be a service", remedy)
    return (family, value or "")


def _check_names(entries: list[tuple[Node, LabelEntry]], mistakes: Mistakes) -> None:
    taken: dict[str, tuple[str, int]] = {}
    for node, entry in entries:
        first = taken.setdefault(entry.name.casefold(), (entry.name, node.line))
        if first[1] != node.line or first[0] != entry.name:
            how = "the same name as" if first[0] == entry.name else "only in case different from"
            what = f"label {quoted(entry.name)}: {how} {quoted(first[0])} on line {first[1]}"
            mistakes.add(node, what, "keep one of the two, or rename one")
    renamed: dict[str, str] = {}
    for node, entry in entries:
        for old in entry.previously:
            other = taken.get(old.casefold(), (entry.name, 0))[0]
            other = other if other != entry.name else renamed.setdefault(old, entry.name)
            if other != entry.name or old == entry.name:
                what = f"label {quoted(entry.name)}: previously {quoted(old)}, which is taken"
                remedy = f"{quoted(other)} claims this name too: take it from one of the two"
                mistakes.add(node, what, remedy)


def _check_meanings(entries: list[tuple[Node, LabelEntry]], mistakes: Mistakes) -> None:
    taken: dict[tuple[str, str], tuple[str, int]] = {}
    many: dict[str, bool] = {}
    for node, entry in entries:
        if not entry.family:
            continue
        means = (entry.family, entry.value)
        other, line = taken.setdefault(means, (entry.name, node.line))
        if line != node.line or other != entry.name:
            what = f"label {quoted(entry.name)} means the same as {quoted(other)} on line {line}"
            mistakes.add(node, what, "keep one of the two, or take `means` from one")
        if many.setdefault(entry.family, entry.many) != entry.many:
            what = f"label {quoted(entry.name)}: `many` is not what others of its family say"
            mistakes.add(node, what, f"write it at all labels of {entry.family}, or at none")


def _check_required(root: Node, entries: list[LabelEntry], mistakes: Mistakes) -> None:
    meant = {(entry.family, entry.value) for entry in entries}
    for family, value in REQUIRED:
        if (family, value) not in meant:
            means = f"{{{family}: {value}}}" if value else family
            remedy = f"add `- {{name: …, means: {means}}}`"
            what = f"{family} {value}" if value else family
            mistakes.add(root, f"no label means {what}", remedy)
