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
roles: {{eoc: {{on_call: erin}}, imoc: {{on_call: ian}}}}
"""


class World:
    def __init__(self, server: GitLabServer, folder: Path) -> None:
        self.server, self.folder = server, folder
        (folder / "policy.yml").write_text(POLICY.format(url=server.url), "utf-8")

    def ima(self, *words: str) -> int:
        environment = {"IMA_GITLAB_TOKEN": "t-ima", "CI": "true"}
        session = Session(
            lambda: NOW, "rita", folder=self.folder, environment=environment, by_example=True
        )
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


def apply(world: World) -> int:
    return world.ima("apply")


def an_incident(world: World) -> int:
    """One that IMA keeps; its labels are known by their ids."""
    assert world.ima("labels", "sync") == 0
    iid = world.server.people.open("erin", "API errors", labels=["Incident", "S2"])
    assert apply(world) == 0
    return iid


def labels(world: World, iid: int) -> set[str]:
    return {*world.server.issue(iid)["labels"]}


def test_of_a_renamed_label_sync_makes_no_second_one_and_says_what_to_do(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    an_incident(world)
    world.server.people.rename_label("mia", "S2", "high")
    there = world.names()
    capsys.readouterr()
    assert world.ima("labels", "sync") == 0
    said = capsys.readouterr().out
    assert "label 'S2' is now called 'high'" in said
    assert "`previously: [S2]`" in said
    assert world.names() == there
    world.ima("doctor")
    assert "label 'S2' is now called 'high'" in capsys.readouterr().out


def test_what_is_declared_while_the_label_has_another_name_gets_that(world: World) -> None:
    an_incident(world)
    world.server.people.rename_label("mia", "Incident", "Outage")
    world.server.people.comment("erin", 1, "looking")
    assert apply(world) == 1
    assert apply(world) == 0, "told once"
    assert world.ima("declare", "Mails are late", "--severity", "S3") == 0
    found = [row for row in world.server.world.project().issues.values() if "Mails" in row.title]
    assert labels(world, found[0].iid) >= {"Outage", "S3", "State::Investigating"}
    assert "Incident" not in world.names()


def test_what_labels_yml_says_by_then_is_no_finding_any_more(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    iid = an_incident(world)
    world.server.people.rename_label("mia", "S2", "high")
    world.server.people.comment("erin", iid, "looking")
    assert apply(world) == 1
    text = (Path(__file__).parents[2] / "labels.yml").read_text("utf-8")
    known = text.replace("- {name: S2,", "- {name: high, previously: [S2],")
    assert known != text
    (world.folder / "labels.yml").write_text(known, "utf-8")
    world.server.people.comment("erin", iid, "still looking")
    capsys.readouterr()
    assert apply(world) == 0
    assert "is now called" not in capsys.readouterr().out
    assert labels(world, iid) >= {"Incident", "high"}


def test_where_there_is_another_of_the_old_name_both_count_and_people_are_told(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    iid = an_incident(world)
    world.server.people.rename_label("mia", "S2", "high")
    other = world.server.people.open("erin", "Web is slow", labels=["Incident", "S2"])
    world.server.people.comment("erin", iid, "looking")
    assert apply(world) == 1
    assert "where there is another 'S2', too" in capsys.readouterr().out
    assert labels(world, iid) >= {"high"}
    assert labels(world, other) >= {"S2"}
    world.server.people.comment("erin", iid, "/ima severity S1")
    apply(world)
    assert labels(world, iid) >= {"S1"}
    assert not {"high", "S2"} & labels(world, iid)


def test_an_incident_whose_labels_were_deleted_from_the_project_has_not_ended(
    world: World,
) -> None:
    iid = an_incident(world)
    for name in ("Incident", "S2"):
        world.server.people.delete_label("mia", name)
    world.server.people.comment("mia", iid, "the list of labels is tidy now")
    apply(world)
    assert world.server.issue(iid)["state"] == "opened"
    assert labels(world, iid) >= {"Incident", "S2"}
    apply(world)
    assert labels(world, iid) >= {"Incident", "S2", "State::Investigating"}
    assert [u["username"] for u in world.server.issue(iid)["assignees"]] == ["erin"]


def test_two_labels_that_swapped_their_names_are_told_and_changed_by_nobody(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    iid = an_incident(world)
    for name, to in (("S2", "x"), ("S3", "S2"), ("x", "S3")):
        world.server.people.rename_label("mia", name, to)
    world.server.people.comment("erin", iid, "looking")
    assert apply(world) == 1
    assert "'S2' is now called 'S3'" in capsys.readouterr().out
