"""The shipped scenarios, played by a team that calls everything otherwise: its severities, states,
statuses and roles. What people type and read is in its words; keys stay."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from automation.cli import invoke
from automation.scenarios.play import play
from automation.scenarios.scenario_file import Scenario, Step, read_scenario
from automation.schema.yaml_nodes import Node, Source
from automation.workspace.files import ProcessFiles, example
from tests import scenario_files
from tests.worlds import shipped

STATES = {
    "Investigating": "Triage",
    "Identified": "found",
    "Monitoring": "watching",
    "Resolved": "Erledigt",
}
STATUSES = {
    "Operational": "fine",
    "Degraded Performance": "Degraded",
    "Partial Service Disruption": "Partial disruption",
    "Service Disruption": "down",
    "Security Issue": "leak",
}
ROLES = {"eoc": "bereitschaft", "imoc": "Koordination", "cmoc": "sprecherin", "security": "wache"}
TITLES = {
    "eoc": ("Engineer On Call", "Engineer des Tages"),
    "imoc": ("Incident Manager On Call", "Manager des Tages"),
    "cmoc": ("Communications Manager On Call", "Stimme des Tages"),
    "security": ("Security Operations On Call", "Wache des Tages"),
}
CALLED = {  # in sentences
    "security engineer on call": "security",
    "security engineer": "security",
    "engineer on call": "eoc",
    "incident manager": "imoc",
    "communications manager": "cmoc",
}
POLICY = f"""
severities: {{SEV1: {{}}, SEV2: {{}}, SEV3: {{}}, SEV4: {{}}}}
states: {{{", ".join(f"{key}: {word}" for key, word in STATES.items())}}}
statuses: {{{", ".join(f"{key}: {word}" for key, word in STATUSES.items())}}}
roles: {{{", ".join(f"{key}: {{name: {ROLES[key]}, title: {TITLES[key][1]}}}" for key in ROLES)}}}
"""
SEVERITY = re.compile(  # as labels, put on and taken off, in words, in commands
    r"(?:(?<![\w-])|(?<=[\[\s\"',]-))[Ss]([1-4])(?![\w-])"
)
LABEL = re.compile(rf"(State|Status)::({'|'.join((*STATES, *STATUSES))})")
READ = {"comments", "told", "findings", "printed", "dashboard", "replied", "title~"}
NOT_THEIRS = re.compile(r"S\[1-4\]|\bstates:|\bimco\b")  # any of ours; yet others; a slip
FIRST_OF_TOPIC = {path.parent: path for path in reversed(scenario_files.FILES)}.values()


def in_labels(text: str) -> str:
    """A file in which severities and labels are called as the team's are."""
    named = LABEL.sub(lambda found: f"{found[1]}::{(STATES | STATUSES)[found[2]]}", text)
    return SEVERITY.sub(r"SEV\1", named)


def read_by_them(text: str) -> str:
    """What people read, in the words of the team."""
    shown = {**STATES, **STATUSES, **{role.upper(): word for role, word in ROLES.items()}}
    del shown["SECURITY"]  # the label is called so, too
    shown = {called: ROLES[role] for called, role in CALLED.items()} | shown
    shown = dict(TITLES.values()) | shown
    listed = {role: word for role, word in ROLES.items() if role != "security"}
    text = _replaced(text, listed, r"(?<![\w-])(){}(?![\w-]|\")")
    return typed_by_them(_replaced(text, shown, r"(?<!\w)(?<!::){}(?!\w)(?!::)"))


def typed_by_them(text: str) -> str:
    """What people type, in the words of the team; what they only begin to type stays."""
    text = SEVERITY.sub(r"SEV\1", text)
    text = _replaced(text, ROLES, r"(?i)(?<=/ima )((?:engage|page|handover|stand-down) ){}\b")
    text = _replaced(text, STATES, r"(?i)(?<=/ima )(state ){}(?!\w)")
    text = _replaced(text, STATUSES, r"(?i)(?<=/ima )(status \"?){}(?!\w)")
    text = re.sub(r'(?<=/ima status )"(\w+)"', r"\1", text)
    return _replaced(text, STATUSES, r'(?<=--status ")(){}(?=")')


def _replaced(text: str, words: Mapping[str, str], pattern: str) -> str:
    for key, word in words.items():
        before = r"\1" if "(" in pattern.replace("(?", "") else ""
        text = re.sub(pattern.format(re.escape(key).replace(r"\ ", " ")), before + word, text)
    return text


def translated(scenario: Scenario) -> Scenario:
    return replace(scenario, steps=tuple(map(_step, scenario.steps)))


def _step(step: Step) -> Step:
    actions = tuple((name, _texts(node, typed_by_them)) for name, node in step.actions)
    return replace(step, actions=actions, expect=step.expect and _expected(step.expect))


def _expected(node: Node) -> Node:
    if node.kind == "list":
        return Node("list", [_expected(item) for item in node.items], node.file, node.line)
    if node.kind != "map":
        return node
    entries = {
        key: (line, _texts(child, read_by_them) if key in READ else _expected(child))
        for key, (line, child) in node.entries.items()
    }
    return Node("map", entries, node.file, node.line, node.path)


def _texts(node: Node, in_words: Callable[[str], str]) -> Node:
    """The node with its texts in other words."""
    value = node.value
    if node.kind == "map":
        value = {
            key: (line, _texts(child, in_words)) for key, (line, child) in node.entries.items()
        }
    elif node.kind == "list":
        value = [_texts(child, in_words) for child in node.items]
    elif node.kind == "text":
        text = in_words(node.raw)
        return Node("text", text, node.file, node.line, node.path, text)
    return Node(node.kind, value, node.file, node.line, node.path, node.raw)


@cache
def theirs() -> ProcessFiles:
    files = shipped()
    labels = files.labels
    return replace(
        files,
        example=example(),
        user=Source("policy.yml", POLICY),
        labels=Source("labels.yml", in_labels(labels.text)),
    )


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(
            path,
            id=scenario_files.name(path),
            marks=[] if path in FIRST_OF_TOPIC else [pytest.mark.soak],
        )
        for path in scenario_files.FILES
        if not NOT_THEIRS.search(path.read_text(encoding="utf-8"))
    ],
)
def test_a_team_with_other_words_has_the_same_process(path: Path) -> None:
    text = in_labels(path.read_text(encoding="utf-8"))
    scenario = translated(read_scenario(Source(str(path), text)))
    assert play(scenario, theirs(), invoke) == []
