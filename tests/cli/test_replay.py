"""``ima replay``: what it says, and what it refuses."""

from __future__ import annotations

import gc
import sqlite3
from contextlib import closing

import pytest

from automation.model.issue import Draft
from automation.trackers.local.tracker import LocalTracker

from .conftest import Ima


@pytest.fixture
def after_the_outage(ima: Ima) -> Ima:
    """An outage's file, and the real tracker back: for the test a second file."""
    assert ima('declare "Data centre lost" --severity S1').code == 0
    assert ima("say 1 'all power is gone'").code == 0
    (ima.folder / ".ima" / "incidents.db").rename(ima.folder / "outage.db")
    for name in ("-wal", "-shm"):
        path = ima.folder / ".ima" / f"incidents.db{name}"
        if path.exists():
            path.rename(ima.folder / f"outage.db{name}")
    ima.after(60)
    ima.session = ima.fresh()
    return ima


def test_it_is_carried_over_once(after_the_outage: Ima) -> None:
    ima = after_the_outage
    before = (ima.folder / "outage.db").read_bytes()
    planned = ima("replay outage.db --plan")
    assert (planned.code, planned.err) == (0, "")
    assert planned.out.splitlines() == [
        "#1 would be opened  Data centre lost (Investigating)",
        "1 would be carried over. `ima replay FILE` does it.",
    ]
    done = ima("replay outage.db")
    assert done.out.splitlines() == [
        "#1 -> acme/production#1  Data centre lost (Investigating)",
        "1 carried over. Write on them there from now on, not in the file.",
    ]
    again = ima("replay outage.db")
    assert again.code == 0
    assert again.out.splitlines()[-1] == "Nothing to do: all of it is there."
    assert ima("replay outage.db --format json").json["carried"][0]["whole"] is True
    assert (ima.folder / "outage.db").read_bytes() == before


def test_a_file_that_is_none(ima: Ima) -> None:
    (ima.folder / "notes.txt").write_text("at three the lights went out\n" * 100)
    with sqlite3.connect(ima.folder / "other.db") as other:
        other.execute("CREATE TABLE photo (name)")
    for name, why in (
        ("nowhere.db", "there is no such file"),
        ("notes.txt", "this is no file of the embedded tracker"),
        ("other.db", "this is no file of the embedded tracker"),
        (".", "there is no such file"),
    ):
        result = ima(["replay", name])
        assert result.code == 2
        assert why in result.err
        assert "name the file that the outage was kept in" in result.err


def test_not_into_itself(ima: Ima) -> None:
    ima('declare "Data centre lost" --severity S1')
    result = ima("replay .ima/incidents.db")
    assert result.code == 2
    assert "this is the tracker into which it would be carried" in result.err


def test_an_empty_file(ima: Ima) -> None:
    ima("board")
    ima.session = ima.fresh()
    gc.collect()  # the process is over, and has closed its file
    (ima.folder / ".ima" / "incidents.db").rename(ima.folder / "outage.db")
    result = ima("replay outage.db")
    assert (result.code, result.out) == (0, "There is no incident in this file.\n")


def _outage(ima: Ima) -> LocalTracker:
    path = ima.folder / "outage.db"
    return LocalTracker(path, project="acme/production", clock=lambda: ima.now)


def test_what_moves_a_cursor_is_not_printed(after_the_outage: Ima) -> None:
    ima = after_the_outage
    titled = Draft("Down \x1b]0;owned\x07\x1b[2J\x9b1A", "", ("Incident", "S1"))
    with closing(_outage(ima)) as old:
        old.acting("mallory").open(titled)
    for line in ("replay outage.db --plan", "replay outage.db"):
        said = ima(line)
        assert "Down" in said.out
        assert not {"\x1b", "\x07", "\x9b"} & {*said.out, *said.err}
