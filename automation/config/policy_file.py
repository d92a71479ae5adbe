"""``policy.yml`` and ``labels.yml`` as one `Policy`; all mistakes of both at once. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from contextlib import suppress
from functools import cache, lru_cache
from typing import Any

from automation.config.absent_roles import resting_rules, without_absent_roles
from automation.config.label_file import check_severities, read_labels
from automation.config.merge import (
    check_rules_of_layer,
    merge,
    with_rules_by_name,
)
from automation.config.named_roles import in_names_of
from automation.config.own_severities import in_words_of, with_emptied, with_severities_as_map
from automation.config.policy_checks import check_keys_together, entries_of, places_of
from automation.config.rule_file import rule_shape, rules_with_durations
from automation.config.service_labels import components, with_service_labels
from automation.errors import PolicyError
from automation.mistakes import Mistakes
from automation.policy.labels import Labels
from automation.policy.policy import NAMED_DURATIONS, Policy
from automation.schema.described import keys_of
from automation.schema.shapes import Field, ListOf, Record
from automation.schema.yaml_nodes import Node, Source, parse

__all__ = ["Source", "json_schema", "load", "merged", "policy_of", "reference"]


@lru_cache(maxsize=8)  # commands and scenarios of one process ask for the same files
def load(
    shipped: Source,
    user: Source | None,
    labels: Source | Labels,
    overrides: Node | None = None,
    *,
    example: Source | None = None,
    labelled: bool = False,
    templates: frozenset[str] | None = None,
) -> Policy:
    """The policy that holds: what ``shipped`` says, changed by an ``example`` of ima's, changed by
    the team's file ``user``, changed by ``overrides`` (of a scenario).

    ``labelled``: the labels are ima's own, so that each service gets one. ``templates`` are the
    names of the templates that there are; None: they are not checked. Raises PolicyError with all
    mistakes of all files, each with file, line and remedy.
    """
    mistakes = Mistakes()
    known = _labels(labels, mistakes)
    root = _merged(_layers((shipped, example, user), overrides, mistakes), mistakes)
    if root.kind != "map":
        mistakes.raise_if_any()
    if labelled:
        known = with_service_labels(known, components(root))
    return _policy(root, known, templates, mistakes)


def policy_of(root: Node, labels: Labels) -> Policy:
    """The policy that a whole file, merged already, says. Raises PolicyError."""
    return _policy(root, labels, None, Mistakes())


def _policy(
    root: Node, known: Labels, templates: frozenset[str] | None, mistakes: Mistakes
) -> Policy:
    record = _record()
    values = record.values(root, mistakes) or {}
    check_keys_together(root, record, templates, mistakes)
    durations = {name: values.get(name) for name in NAMED_DURATIONS}
    written = tuple(rule for rule in values.get("rules") or () if rule)
    rules = tuple(rules_with_durations(written, durations, mistakes))
    if known.entries:  # else it was refused already
        check_severities(known, entries_of(root, "severities"), mistakes)
    mistakes.raise_if_any()
    values |= {"labels": known, "rules": rules, "resting": resting_rules(root)}
    values["places"] = places_of(root)
    return Policy(**values, digest=_digest(root, known))


def merged(*sources: Source | None) -> Node:
    """The whole file after merging, the lowest first; every node knows where it was written.
    Raises PolicyError."""
    mistakes = Mistakes()
    root = _merged(_layers(sources, None, mistakes), mistakes)
    mistakes.raise_if_any()
    return root


def _layers(
    sources: Iterable[Source | None], overrides: Node | None, mistakes: Mistakes
) -> list[Node]:
    read = [_parsed(source, mistakes) for source in filter(None, sources)]
    if None in read:  # what a file says that cannot be read is not known: nothing else is judged
        mistakes.raise_if_any()
    return [node for node in (*read, overrides) if node]


_COMMENTED = re.compile(
    r"^(\s*)(channel|stakeholders|group):[ \t]+(#[^\s#]\S*)[ \t]*$", re.MULTILINE
)
_IN_BRACES = re.compile(r"^([^#\n]*?\b)([\w-]+):[ \t]+(#[^\s#,{}\[\]]+)", re.MULTILINE)


def _quoted_values(source: Source, hidden: re.Pattern[str], mistakes: Mistakes) -> Source:
    """`channel: #production` says nothing: to YAML it is a comment. The text as it is meant."""
    for found in hidden.finditer(source.text):
        line = source.text.count("\n", 0, found.start(3)) + 1
        what = f"`{found[2]}` is empty, for # begins a comment"
        mistakes.at(source.file, line, what, f'write it in quotes: `{found[2]}: "{found[3]}"`')
    return source._replace(text=hidden.sub(r'\1\2: "\3"', source.text))


def _parsed(source: Source, mistakes: Mistakes) -> Node | None:
    source = _quoted_values(source, _COMMENTED, mistakes)
    try:
        return _nodes(source)
    except PolicyError as error:
        found = Mistakes()
        meant = _quoted_values(source, _IN_BRACES, found)
        try:
            found.raise_if_any()
        except PolicyError as hidden:
            with suppress(PolicyError):
                nodes = _nodes(meant)
                mistakes.absorb(hidden)
                return nodes
        mistakes.absorb(error)
        return None


@lru_cache(maxsize=8)
def _nodes(source: Source) -> Node:
    return parse(source.text, source.file)


def _labels(labels: Source | Labels, mistakes: Mistakes) -> Labels:
    if isinstance(labels, Labels):
        return labels
    try:
        return read_labels(labels.text, labels.file)
    except PolicyError as error:
        mistakes.absorb(error)
        return Labels((), labels.file)


def _merged(layers: list[Node], mistakes: Mistakes) -> Node:
    root: Node | None = None
    for layer in layers:
        if layer.kind not in ("map", "null"):
            remedy = "write keys and values, such as `room: https://…`"
            mistakes.add(layer, "the policy is not a map", remedy)
            continue
        named = with_rules_by_name(layer)
        check_rules_of_layer(named, root, mistakes)
        root = _merged_over(root, named, mistakes) if root else named
    return root or Node("null", None, "policy.yml", 1)


def _merged_over(below: Node, above: Node, mistakes: Mistakes) -> Node:
    above = with_severities_as_map(above, mistakes)
    below = in_names_of(in_words_of(below, above, mistakes), above)
    merged = with_emptied(merge(below, above), below, above)
    shapes = {name: field.shape for name, field in _record().fields.items()}
    return without_absent_roles(merged, below, above, shapes, rule_shape())


@cache
def _record() -> Record:
    """The whole file."""
    rules = Field("rules", ListOf(rule_shape()), required=True, doc="What is done when")
    return Record("Policy", *keys_of(Policy), rules)


def _digest(root: Node, labels: Labels) -> str:
    entries = [[getattr(entry, key) for key in entry.__slots__] for entry in labels.entries]
    whole = json.dumps([root.plain(), entries], default=str, ensure_ascii=True)
    return hashlib.sha256(whole.encode()).hexdigest()[:12]


def json_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a ``policy.yml``, which may say only what differs."""
    from automation.config.schema_and_reference import policy_schema

    return policy_schema(_record())


def reference() -> str:
    """Markdown tables of every key."""
    from automation.config.schema_and_reference import reference_tables

    return reference_tables(_record())
