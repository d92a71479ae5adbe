"""A label sync that meets what GitLab does not want, and labels that are still in use."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from automation.cli import invoke
from automation.workspace.session import Session
from tests.counterparts.gitlab import GitLabServer

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
POLICY = """
version: 1
tracker: {{kind: gitlab, project: acme/production, url: "{url}"}}
roles: {{eoc: {{on_call: erin}}}}
"""


class World:
    def __init__(self, server: GitLabServer, folder: Path) -> None:
        self.server, self.folder = server, folder
        (folder / "policy.yml").write_text(POLICY.format(url=server.url), "utf-8")

    def ima(self, *words: str) -> int:
        environment = {"IMA_GITLAB_TOKEN": "t-ima", "CI": "true"}
        session = Session(lambda: NOW, "rita", folder=self.folder, environment=environment)
        session.patience = 0
        return invoke([*words], session)

    def names(self) -> set[str]:
        return {*self.server.world.project().titles}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with GitLabServer(clock=lambda: NOW) as server:
        yield World(server, tmp_path)


def test_one_label_that_fails_stops_no_other_and_what_was_made_is_ours(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.server.fail("POST", "/labels$", nth=3, how=403)
    assert world.ima("labels", "sync") == 1
    said = capsys.readouterr()
    assert "changes made." in said.out
    assert said.err.count("creating label") == 1
    made = len(world.names())
    assert world.ima("labels", "sync", "--check") == 3
    assert "1 change would be made." in capsys.readouterr().out
    assert world.ima("labels", "sync") == 0
    assert len(world.names()) == made + 1
    world.server.world.project().titles["S1"].color = "#123456"
    assert world.ima("labels", "sync", "--check") == 3, "what the failed run made is ours"


def test_where_gitlab_is_away_the_rest_waits(world: World) -> None:
    world.server.fail("POST", "/labels$", nth=3, how=500, times=99)
    assert world.ima("labels", "sync") == 1
    assert len(world.server.requests("POST", "/labels$")) <= 4


def test_a_retired_label_that_open_issues_still_have_stays(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = world.folder
    assert world.ima("labels", "sync") == 0
    text = (Path(__file__).parents[2] / "labels.yml").read_text("utf-8")
    more = "\n- {name: Old, color: '123456', retired: 2026-03-01}\n"
    world.server.world.add_label(world.server.world.project(), "Old", "#123456")
    (folder / "labels.yml").write_text(text.rstrip() + more, "utf-8")
    iid = world.server.people.open("erin", "API errors", labels=["Old"])
    capsys.readouterr()
    assert world.ima("labels", "sync") == 0
    assert f"label 'Old' is retired, but #{iid} still have it" in capsys.readouterr().out
    assert "Old" in world.names()
    world.server.people.close("erin", iid)
    world.ima("labels", "sync")
    assert "is retired but ima did not create it" in capsys.readouterr().out
