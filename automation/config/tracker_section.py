"""The section `tracker:` of a policy that is there, for another forge or another project. Pure."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from automation.errors import PolicyError
from automation.schema.yaml_nodes import Node, parse

_PROJECT = re.compile(r"(\bproject:\s*)(\"[^\"\n]*\"|'[^'\n]*'|[^,}\s#]+)")


class Tracker(NamedTuple):
    """Where a policy keeps its issues; "" where it does not say."""

    kind: str = ""
    project: str = ""


class Moved(NamedTuple):
    """A policy with another tracker."""

    text: str
    left_out: tuple[str, ...]  # keys of the former section that say nothing of the new one


def tracker_of(text: str, file: str) -> Tracker:
    """What the policy says. Raises PolicyError where it cannot be read."""
    section = parse(text, file).get("tracker")
    kind, project = (section and section.get(key) for key in Tracker._fields)
    return Tracker(kind.raw if kind else "", project.raw if project else "")


def with_tracker(text: str, file: str, wanted: Tracker, section: str) -> Moved | None:
    """The policy with the tracker that is ``wanted``, all else as it stands: on the same forge only
    the project is another, on another one the whole ``section``. None where people have written it
    in a way that has no such section. Raises PolicyError where it cannot be read."""
    root = parse(text, file)
    before = tracker_of(text, file)
    lines, (first, last) = text.splitlines(keepends=True), _span(root, text)
    old, left_out = "".join(lines[first:last]), tuple[str, ...]()
    if before.kind == wanted.kind and before.project:
        new = _PROJECT.sub(lambda found: found[1] + wanted.project, old, count=1)
    else:
        new = f"{section}\n"
        there = root.get("tracker")
        names = there.entries if there else {}
        left_out = tuple(name for name in names if name not in ("kind", "project", "url"))
    made = "".join([*lines[:first], new, *lines[last:]])
    try:
        right = tracker_of(made, file) == wanted and _rest(parse(made, file)) == _rest(root)
    except PolicyError:
        return None
    return Moved(made, left_out) if right else None


def _rest(root: Node) -> dict[str, Any]:
    return {name: node.plain() for name, (_, node) in root.entries.items() if name != "tracker"}


def _span(root: Node, text: str) -> tuple[int, int]:
    """The first line of the section, and that behind its last one: before the next section and the
    comments above it. Without a section, where one belongs: behind the first entry."""
    lines = text.splitlines()
    starts = sorted(line - 1 for line, _ in root.entries.values())
    if there := root.entries.get("tracker"):
        first = there[0] - 1
    elif starts:
        first = starts[1] if len(starts) > 1 else len(lines)
        while first > 0 and not lines[first - 1].strip():
            first -= 1
        return first, first
    else:
        return len(lines), len(lines)
    last = min((each for each in starts if each > first), default=len(lines))
    while last > first + 1 and (not lines[last - 1].strip() or lines[last - 1].startswith("#")):
        last -= 1
    return first, last
