"""Lived again by the policy that it had, an incident gets what IMA did then."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.past_worlds import differences, recorded
from tests.scenario_files import FILES, FOLDER, name

REASONS = yaml.safe_load((FOLDER.parent / "past_undetermined.yml").read_text("utf-8"))
UNDETERMINED = {each for names in REASONS.values() for each in names}
DETERMINED = [path for path in FILES if name(path) not in UNDETERMINED]
SHORTEST = [
    min((p for p in DETERMINED if p.parent == topic), key=lambda path: path.stat().st_size)
    for topic in sorted({path.parent for path in DETERMINED})
]


def lived_otherwise(path: Path) -> list[str]:
    with recorded(path) as recording:
        return differences(recording)


@pytest.mark.parametrize("path", SHORTEST, ids=name)
def test_an_incident_of_each_topic_is_lived_again_as_it_was(path: Path) -> None:
    assert lived_otherwise(path) == []


@pytest.mark.soak
@pytest.mark.parametrize("path", DETERMINED, ids=name)
def test_each_incident_is_lived_again_as_it_was(path: Path) -> None:
    assert lived_otherwise(path) == []


@pytest.mark.soak
@pytest.mark.parametrize("path", [p for p in FILES if name(p) in UNDETERMINED], ids=name)
def test_what_no_history_determines_is_listed_with_its_reason_and_nothing_else_is(
    path: Path,
) -> None:
    """Where it has come to be determined, it leaves the list."""
    assert lived_otherwise(path)


def test_each_scenario_on_the_list_is_there() -> None:
    assert {name(path) for path in FILES} >= UNDETERMINED
