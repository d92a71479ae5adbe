"""``ima demo``: one incident from declaration to review, and files to look at."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from automation.cli import invoke
from automation.workspace.session import Session
from tests.build import at

FILES = (
    "incident.md", "review.md", "dashboard.md", "card.md", "site/index.html", ".ima/outbox.jsonl",
)  # fmt: skip


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return Session(lambda: at(0), "rita", folder=tmp_path)


def files(folder: Path) -> dict[str, str]:
    return {name: (folder / name).read_text("utf-8") for name in FILES}


@pytest.mark.parametrize("runs", [1, 2])
def test_it_leaves_the_files_that_it_names_however_often_it_runs(
    runs: int, session: Session, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(runs):
        assert invoke(["demo"], session) == 0
        said = capsys.readouterr().out
    made = files(tmp_path / "demo")
    assert all(str(tmp_path / "demo" / name) in said for name in FILES)
    assert "**Owner** | @ian" in made["card.md"]
    assert made["incident.md"].startswith("# API error rate above SLO\n")
    assert made["review.md"].startswith("# Review: API error rate above SLO\n")
    assert "<h1><bdi>Acme status</bdi></h1>" in made["site/index.html"]
    assert "<!-- ima:" not in "".join(made.values())
    lines = [json.loads(line) for line in made[".ima/outbox.jsonl"].splitlines()]
    roles = [line["role"] for line in lines if line["kind"] == "page"]
    assert roles == ["eoc", "imoc", "cmoc"], "each role is paged once, however often it runs"


def test_it_tells_each_scene_and_what_the_pass_did(
    session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    invoke(["demo", "here"], session)
    said = capsys.readouterr().out
    assert said.index("12:00  rita declares") < said.index("mallory, who owns nothing, closes")
    assert "+ page the EOC" in said
    assert "mallory may not resolve it" in said
    assert "open a review for @erin" in said


def test_the_same_demo_says_the_same(session: Session, capsys: pytest.CaptureFixture[str]) -> None:
    said = []
    for _ in range(2):
        invoke(["demo"], session)
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_what_is_no_demo_is_left_alone(
    kind: str, session: Session, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / "mine"
    if kind == "folder":
        mine.mkdir()
        (mine / "thesis.txt").write_text("years of work", encoding="utf-8")
    else:
        mine.write_text("years of work", encoding="utf-8")
    assert invoke(["demo", "mine"], session) == 2
    assert capsys.readouterr().err.splitlines() == [
        f"{mine}: is there already and is no demo", "  name another folder",
    ]  # fmt: skip
    left = mine / "thesis.txt" if kind == "folder" else mine
    assert left.read_text("utf-8") == "years of work"


def test_an_empty_folder_is_taken(session: Session, tmp_path: Path) -> None:
    (tmp_path / "demo").mkdir()
    assert invoke(["demo"], session) == 0
    assert set(files(tmp_path / "demo")) == set(FILES)


def test_at_night_an_engineer_does_not_come_a_manager_does_and_the_shift_changes(
    session: Session, capsys: pytest.CaptureFixture[str]
) -> None:
    assert invoke(["demo", "--night"], session) == 0
    said = capsys.readouterr().out
    for line in (
        "page the EOC once more",
        "comment: tell @ian that erin does not come",
        "owner @ian; EOC @erin called 02:50, not here yet; IMOC @ian here since 02:57",
        "call @mia as EOC",
        "EOC @mia here since 03:01",
        "/ima resolve was refused",
        "open a review for @mia",
    ):
        assert line in said
    assert len(said.split()) < 1300, "it is read in three minutes"


def test_at_night_one_outage_is_one_incident_and_a_page_of_the_pager_is_a_page(
    session: Session, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert invoke(["demo", "--night"], session) == 0
    said = capsys.readouterr().out
    outage = said[said.index("PagerDuty calls mia") : said.index("four hours later")]
    assert "page the" not in outage, "nobody is paged a second time"
    assert set(re.findall(r"acme/production(#\d+)", outage)) == {"#3"}, "twelve alerts, one outage"
    assert "EOC @mia called 03:30, not here yet" in outage
    assert "EOC @mia here since 03:33" in outage
    table = (tmp_path / "demo" / "outage.md").read_text("utf-8")
    assert table.count("**firing**") == 13
