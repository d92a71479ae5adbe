from __future__ import annotations

import io

import pytest

from tests.cli.conftest import Ima


@pytest.fixture
def open_ima(ima: Ima) -> Ima:
    ima('declare "API down" --severity S3')
    return ima


def test_show_is_without_our_markers(open_ima: Ima) -> None:
    for line in ("show 1", "show '#1'", "show 1 --format json"):
        out = open_ima(line).out
        assert "API down" in out
        assert "ima:card" not in out
        assert "@erin" in out


def test_show_has_the_clock_of_the_team_beside_utc(open_ima: Ima) -> None:
    out = open_ima("show 1").out
    assert "Opened: 2026-03-02 12:00 UTC (13:00 Berlin) by @rita" in out
    assert "2026-03-02 12:00 UTC (13:00 Berlin)  @ima said:" in out


def test_show_as_json(open_ima: Ima) -> None:
    data = open_ima("show 1 --format json").json
    assert (data["issue"], data["assignees"], data["closed"]) == ("#1", ["erin"], False)
    assert data["comments"][0]["by"] == "ima"


def test_say_and_apply(open_ima: Ima) -> None:
    done = open_ima('say 1 "/ima severity S1" --as @erin')
    assert done.out == "Said on #1. `ima apply` acts on it.\n"
    open_ima("apply")
    assert "S1" in open_ima("show 1 --format json").json["labels"]


def test_say_reads_stdin(open_ima: Ima, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("two\nlines\n"))
    open_ima("say 1 -")
    assert open_ima("show 1 --format json").json["comments"][-1]["body"] == "two\nlines"


@pytest.mark.parametrize("words", [["--label", "-S3"], ["--label=-S3"]])
def test_labels_that_begin_with_a_minus(open_ima: Ima, words: list[str]) -> None:
    assert open_ima(["edit", "1", "--label", "+S2", *words]).code == 0
    labels = open_ima("show 1 --format json").json["labels"]
    assert ("S2" in labels, "S3" in labels) == (True, False)


def test_edit_changes_what_one_sees_on_a_page(open_ima: Ima) -> None:
    line = "edit 1 --assign +@mia --assign -erin --title 'Web down' --body Hm --close --as mia"
    assert open_ima(line).out == "Changed #1. `ima apply` acts on it.\n"
    data = open_ima("show 1 --format json").json
    assert (data["title"], data["body"], data["assignees"]) == ("Web down", "Hm", ["mia"])
    assert data["closed"]
    assert data["events"][-1]["by"] == "mia"
    open_ima("edit 1 --reopen")
    assert not open_ima("show 1 --format json").json["closed"]


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        pytest.param("edit 1 --label S2", "write +S2 or -S2", id="no sign"),
        pytest.param("edit 1 --label +S22", "did you mean 'S2'?", id="a misspelt label"),
        pytest.param("edit 1 --assign +", "write +mia or -ian", id="nobody"),
        pytest.param("edit 1 --title ''", "write one", id="no title"),
        pytest.param("say 1 ''", "write a text", id="nothing said"),
        pytest.param("say 7 hello", "`ima board` lists them", id="unknown to say"),
        pytest.param("edit 7 --close", "`ima board` lists them", id="unknown to edit"),
        pytest.param("show 7", "`ima board` lists them", id="unknown to show"),
        pytest.param("show x", "such as 42", id="no reference"),
    ],
)
def test_mistakes(open_ima: Ima, line: str, remedy: str) -> None:
    before = open_ima("show 1").out
    done = open_ima(line)
    assert (done.code, done.out) == (2, "")
    assert remedy.replace("-S2", "-S3") in done.err.splitlines()[1]
    assert open_ima("show 1").out == before


def test_an_edit_of_nothing_is_a_mistake(open_ima: Ima) -> None:
    assert open_ima("edit 1").code == 2
