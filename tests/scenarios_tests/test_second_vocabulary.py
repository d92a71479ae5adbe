"""The shipped scenarios, played by a team that calls its severities otherwise."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from automation.cli import invoke
from automation.scenarios.play import play
from automation.scenarios.scenario_file import read_scenario
from automation.schema.yaml_nodes import Source
from automation.workspace.files import ProcessFiles
from tests import scenario_files
from tests.worlds import shipped

POLICY = "severities: {SEV1: {}, SEV2: {}, SEV3: {}, SEV4: {}}"
SEVERITY = re.compile(r"(?<![\w-])[Ss]([1-4])(?![\w-])")  # as labels, in words, in commands
FIRST_OF_TOPIC = {path.parent: path for path in reversed(scenario_files.FILES)}.values()


def in_their_words(text: str) -> str:
    return SEVERITY.sub(r"SEV\1", text)


@cache
def theirs() -> ProcessFiles:
    files = shipped()
    labels = files.labels
    return replace(
        files,
        user=Source("policy.yml", POLICY),
        labels=Source("labels.yml", in_their_words(labels.text)),
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
        if "[S1-4]" not in path.read_text(encoding="utf-8")  # it looks for any severity of ours
    ],
)
def test_a_team_with_other_severities_has_the_same_process(path: Path) -> None:
    text = in_their_words(path.read_text(encoding="utf-8"))
    assert play(read_scenario(Source(str(path), text)), theirs(), invoke) == []
