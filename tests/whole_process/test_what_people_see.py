"""The card, the comments and the dashboard of some incidents, word by word, so that whoever changes
a word sees what people will see. ``UPDATE_DOCS=1 pytest -k what_people_see`` writes them anew.

Each ``tests/golden/seen/NAME.yml`` is a scenario that expects nothing; ``NAME.md`` is what stands
on the tracker in the end, the card first; the gallery shows some of it (`tests.gallery`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from automation.cli import invoke
from automation.model.issue import Issue
from automation.scenarios.people import ACTIONS
from automation.scenarios.scenario_file import read_scenario
from automation.scenarios.world import Stage
from automation.text.escaping import marker_in, unmarked
from automation.workspace.files import read_text
from tests.worlds import shipped

FOLDER = Path(__file__).parents[1] / "golden" / "seen"
NAMES = sorted(path.stem for path in FOLDER.glob("*.yml"))


@pytest.mark.parametrize("name", NAMES)
def test_what_people_see(name: str, tmp_path: Path) -> None:
    shown, golden = seen(name, tmp_path), FOLDER / f"{name}.md"
    if os.environ.get("UPDATE_DOCS"):
        golden.write_text(shown, "utf-8")
    assert shown == golden.read_text("utf-8"), (
        "`UPDATE_DOCS=1 pytest -k what_people_see` writes it anew; then look at it"
    )


def seen(name: str, folder: Path) -> str:
    """All that IMA has written by the end of a scenario."""
    scenario = read_scenario(read_text(FOLDER / f"{name}.yml"))
    stage = Stage(scenario, shipped(), folder, invoke)
    try:
        for step in scenario.steps:
            stage.go(step)
            for action, node in step.actions:
                ACTIONS[action](stage, step.by, node)
            stage.run_pass()
        issues = stage.believed_tracker().issues(closed_since=scenario.start)
        parts = [part for issue in issues for part in _written(issue, stage.tracker.me())]
    finally:
        stage.tracker.close()
        stage.outside.close()
    shown = "\n\n---\n\n".join([f"<!-- {scenario.title} -->", *parts])
    return shown.replace(stage.policy.digest, "0123456789ab") + "\n"  # it changes with each policy


def _written(issue: Issue, me: str) -> Iterator[str]:
    if marker_in("dashboard", issue.body):
        yield f"*The dashboard*\n\n{unmarked(issue.body).strip()}"
        weeks = [each for each in issue.comments if marker_in("digest", each.body)]
        for week in reversed(weeks):
            yield f"*The week of {week.at:%d %b}*\n\n{unmarked(week.body).strip()}"
        return
    if marker_in("review", issue.body):
        yield f"*The review {issue.title}*\n\n{unmarked(issue.body).strip()}"
    ours = [comment for comment in issue.comments if comment.author == me]
    cards = [comment for comment in ours if marker_in("card", comment.body)]
    for comment in (*cards, *(each for each in ours if each not in cards)):
        what = "The card" if comment in cards else f"A comment of {comment.at:%H:%M} UTC"
        yield f"*{what} on {issue.ref} {issue.title}*\n\n{unmarked(comment.body).strip()}"
