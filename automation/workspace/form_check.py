"""The forms that a forge opens issues by: do they set labels that there are? A forge leaves out one
that there is not, without a word, and the issue is no incident then."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from automation.config.label_file import read_labels
from automation.errors import PolicyError
from automation.mistakes import quoted
from automation.policy.labels import Labels
from automation.policy.policy import Policy
from automation.schema.yaml_nodes import parse
from automation.workspace.files import LABELS, read_text, shipped_labels

_GITHUB, _GITLAB = ".github/ISSUE_TEMPLATE", ".gitlab/issue_templates"
_LABEL_LINE = re.compile(r"^/(?:label|labels|relabel)\b(.*)$", re.MULTILINE)
_NAME = re.compile(r'~(?:"([^"\n]+)"|([^\s"~]+))')


def mistakes_in_forms(folder: Path, labels: Labels) -> Iterator[PolicyError]:
    """Labels of ours, as they were called once or as IMA ships them, that are called otherwise."""
    shipped = read_labels(shipped_labels().text)
    there = {entry.name.casefold() for entry in labels.entries if entry.retired is None}
    for file, name in _labels_of_forms(folder):
        meant = labels.meaning(name) or shipped.meaning(name)
        if meant is None or name.casefold() in there:
            continue
        remedy = "the forge leaves it out without a word, and the issue is none of IMA's"
        if labels.has(meant[0]) and (not meant[1] or meant[1] in labels.values(meant[0])):
            remedy = f"{remedy}; it is {quoted(labels.name(*meant))} now"
        yield PolicyError(f"{file}: {LABELS} has no label {quoted(name)}", remedy)


def plain_issues_in_forms(folder: Path, policy: Policy) -> Iterator[PolicyError]:
    """Templates of GitLab's by which people open an incident for which GitLab's pager pages
    nobody."""
    if policy.pager.kind != "gitlab":
        return
    incident = policy.labels.name("incident").casefold()
    for path in sorted((folder / _GITLAB).glob("*.md")):
        text = _text(path)
        names = {a or b for line in _LABEL_LINE.findall(text) for a, b in _NAME.findall(line)}
        if incident in {name.casefold() for name in names} and not _PROMOTES.search(text):
            problem = (
                f"{_GITLAB}/{path.name}: it opens an issue, and GitLab pages for incidents only"
            )
            yield PolicyError(problem, "write a line `/promote_to_incident` into it")


_PROMOTES = re.compile(
    r"^/(?:promote_to_incident|promote_to incident|type incident)\b", re.M | re.I
)


def _labels_of_forms(folder: Path) -> Iterator[tuple[str, str]]:
    for path in sorted((folder / _GITHUB).glob("*.y*ml")):
        yield from ((f"{_GITHUB}/{path.name}", name) for name in _in_yaml(path))
    for path in sorted((folder / _GITLAB).glob("*.md")):
        lines = " ".join(_LABEL_LINE.findall(_text(path)))
        yield from ((f"{_GITLAB}/{path.name}", a or b) for a, b in _NAME.findall(lines))


def _in_yaml(path: Path) -> Iterator[str]:
    """As a list, or as one text with commas. What is no YAML is GitHub's to refuse."""
    try:
        node = parse(_text(path), path.name).get("labels")
    except PolicyError:
        return
    for each in (node.items or [node]) if node else ():
        yield from filter(None, (name.strip() for name in each.raw.split(",")))


def _text(path: Path) -> str:
    try:
        return read_text(path).text
    except PolicyError:
        return ""
