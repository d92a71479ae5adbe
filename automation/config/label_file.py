"""``labels.yml`` as `Labels`: what ``ima check`` refuses, all mistakes at once. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from automation.mistakes import Mistakes, quoted, suggestion
from automation.policy.labels import REQUIRED, LabelEntry, Labels
from automation.schema.described import record_of
from automation.schema.shapes import ListOf, node_in_words
from automation.schema.yaml_nodes import Node, parse

_LONGEST_NAME = 50
_LONGEST_DESCRIPTION = 100


_ENTRY = record_of(LabelEntry)


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
        mistakes.add(root, f"the file is {node_in_words(root)}, not a list of labels", remedy)
        return Labels((), root.file)
    found = [(node, _read_entry(node, mistakes)) for node in root.items]
    entries = [(node, entry) for node, entry in found if entry]
    _check_names(entries, mistakes)
    _check_meanings(entries, mistakes)
    _check_required(root, [entry for _, entry in entries], mistakes)
    lines = {entry.name: node.line for node, entry in entries}
    return Labels([entry for _, entry in entries], root.file, lines)


def _read_entry(node: Node, mistakes: Mistakes) -> LabelEntry | None:
    named = node.get("name")
    name = named.raw if named and named.kind == "text" else ""
    mistakes = mistakes.within(f"label {quoted(name)}" if name else "a label", node)
    values = _ENTRY.values(node, mistakes)
    if not name or values is None:
        return None
    values["previously"] = tuple(filter(None, values["previously"] or ()))
    _check_texts(node, mistakes)
    return LabelEntry(**values)  # in spite of mistakes: that it is there must be known


def _check_texts(node: Node, mistakes: Mistakes) -> None:
    name = node.get("name")
    for problem, remedy in _mistakes_in_name(name.raw) if name else ():
        mistakes.add(node, problem, remedy)
    description = node.get("description")
    if description and len(description.raw) > _LONGEST_DESCRIPTION:
        excess = len(description.raw) - _LONGEST_DESCRIPTION
        what = f"a description of more than {_LONGEST_DESCRIPTION} characters"
        mistakes.add(description, what, f"shorten it by {excess}; trackers refuse it")
    if description and re.search(r"[\r\n\t]", description.raw):
        mistakes.add(description, "a description of several lines", "write it in one line")


def _mistakes_in_name(name: str) -> Iterator[tuple[str, str]]:
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


def check_severities(labels: Labels, severities: Mapping[str, Node], mistakes: Mistakes) -> None:
    """Note each severity of the policy without a label, and each label of one that there is not."""
    named, known = labels.values("severity"), list(severities)
    if severities and len(named) > 1 and not {*named} & {*known}:
        theirs, ours = ", ".join(known), ", ".join(named)
        what = f"`severities` has {theirs}, and {labels.file} has labels for {ours}"
        remedy = (
            "`ima init` once more writes that file anew if nobody has edited it; else write there"
            f" `- {{name: …, means: {{severity: {known[0]}}}}}`, and so on"
        )
        mistakes.add(next(iter(severities.values())), what, remedy)
        return
    for entry in labels:
        if entry.family == "severity" and entry.value not in known:
            what = f"label {quoted(entry.name)}: there is no severity {quoted(entry.value)}"
            line = labels.lines.get(entry.name, 1)
            places = [f"{node.file}:{node.line}" for node in [*severities.values()][:1]]
            where = ", ".join(["`severities`", *places])
            mistakes.at(labels.file, line, what, suggestion(entry.value, known, where))
    for each, node in severities.items():
        if each not in named:
            what = f"`severities` has {quoted(each)}, and no label of {labels.file} means it"
            remedy = (
                f"add `- {{name: …, means: {{severity: {each}}}}}` there; a name of your own makes"
                " this the whole list"
            )
            mistakes.add(node, what, remedy)


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a ``labels.yml``."""
    from automation.config.schema_and_reference import label_schema

    return label_schema(ListOf(_ENTRY))


def reference() -> str:
    """A Markdown table of every key of a label."""
    from automation.config.schema_and_reference import reference_tables

    return reference_tables(_ENTRY)
