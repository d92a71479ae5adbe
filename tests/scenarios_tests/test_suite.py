"""Which scenarios `ima test` plays."""

from __future__ import annotations

from pathlib import Path

from automation.scenarios.suite import find, is_shipped
from tests import scenario_files


def test_without_any_of_ones_own_one_of_each_topic_is_played(tmp_path: Path) -> None:
    found = find((), tmp_path)
    assert {path.parent for path in found} == {path.parent for path in scenario_files.FILES}
    assert len(found) == len({path.parent for path in found})
    assert all(map(is_shipped, found))
    assert len(find((), tmp_path, shipped=True)) == len(scenario_files.FILES)


def test_both_endings_of_yaml_are_played(tmp_path: Path) -> None:
    (tmp_path / "scenarios").mkdir()
    for name in ("one.yml", "two.yaml", "notes.md"):
        (tmp_path / "scenarios" / name).write_text("x")
    assert [path.name for path in find((), tmp_path)] == ["one.yml", "two.yaml"]
