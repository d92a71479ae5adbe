"""The file of the local tracker: several processes, versions, and everything that can be wrong."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from automation.errors import ServiceError
from automation.model.issue import Draft, Issue, Update
from automation.trackers.local.schema import MIGRATIONS
from automation.trackers.local.tracker import LocalTracker

NEXT = (*MIGRATIONS, ("ALTER TABLE issue ADD COLUMN weight INTEGER NOT NULL DEFAULT 1",))
BROKEN = (*MIGRATIONS, ("CREATE TABLE half (done)", "no SQL at all"))


def start() -> datetime:
    return datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def local(path: Path, **settings: Any) -> LocalTracker:
    return LocalTracker(path, project="acme/production", clock=start, **settings)


def read(tracker: LocalTracker, ref: str) -> Issue:
    (issue,) = tracker.issues([ref])
    return issue


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ima.db"


@pytest.fixture
def written(path: Path) -> Path:
    """A file with one issue and one comment, which nobody has open."""
    tracker = local(path)
    ref = tracker.open(Draft("API errors", labels=("S1",), due=date(2026, 3, 9)))
    tracker.comment(ref, "hello")
    tracker.close()
    return path


def refusal(path: Path | str, **settings: Any) -> list[str]:
    with pytest.raises(ServiceError) as refused:
        LocalTracker(path, project="acme/production", clock=start, **settings)
    return str(refused.value).splitlines()


# Several processes


def write_many(path: Path, name: str) -> list[str]:
    """What one process does: opens 25 issues, comments on each."""
    tracker = local(path).acting(name)
    refs = [tracker.open(Draft(f"{name} {number}", labels=("S1",))) for number in range(25)]
    for ref in refs:
        tracker.comment(ref, name)
    tracker.close()
    return refs


def count_up(path: Path, _name: str) -> list[str]:
    """What one process does: reads a number and writes the next, ten times."""
    tracker = local(path)
    for _ in range(10):
        with tracker.exclusive():
            tracker.edit("#1", body=str(int(read(tracker, "#1").body) + 1))
    tracker.close()
    return []


def at_once(work: Callable[[Path, str], list[str]], path: Path) -> list[str]:
    """The refs that ``work`` returns in four processes at once."""
    names = ["erin", "ian", "mia", "tom"]
    processes = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(len(names), processes) as pool:
        return [ref for refs in pool.map(work, [path] * len(names), names) for ref in refs]


def test_processes_that_write_a_new_file_at_once_lose_nothing(path: Path) -> None:
    refs = at_once(write_many, path)
    issues = local(path).issues()
    assert sorted(refs) == sorted(f"#{number}" for number in range(1, 101))
    assert [issue.ref for issue in issues] == [f"#{number}" for number in range(1, 101)]
    orders = [event.order for issue in issues for event in issue.events]
    orders += [comment.order for issue in issues for comment in issue.comments]
    assert sorted(orders) == list(range(1, 201))
    assert all(issue.author == issue.comments[0].author for issue in issues)


def test_passes_that_exclude_each_other_see_what_the_other_wrote(path: Path) -> None:
    tracker = local(path)
    tracker.open(Draft("Counter", "0"))
    at_once(count_up, path)
    assert read(tracker, "#1").body == "40"


def test_a_second_pass_does_not_wait_for_ever(written: Path) -> None:
    one, two = local(written), local(written, wait=0)
    with one.exclusive():
        with pytest.raises(ServiceError) as refused, two.exclusive():
            pytest.fail("two passes at once")
        two.comment("#1", "people still write")
    assert str(refused.value).splitlines() == [
        f"local tracker: another ima is working on {written}",
        "  wait for it, or look for a hung job",
    ]
    with two.exclusive():
        assert len(read(two, "#1").comments) == 2


def test_a_pass_that_fails_lets_the_next_one_in(written: Path) -> None:
    one, two = local(written), local(written, wait=0)
    with pytest.raises(KeyboardInterrupt), one.exclusive():
        raise KeyboardInterrupt
    with two.exclusive():
        pass


def test_trackers_in_memory_do_not_exclude_each_other() -> None:
    one, two = (LocalTracker(":memory:", project="p", clock=start) for _ in range(2))
    with one.exclusive(), two.exclusive():
        assert one.open(Draft("mine")) == two.open(Draft("mine")) == "#1"


def test_a_write_that_fails_halfway_leaves_nothing(written: Path) -> None:
    def broken_clock() -> datetime:
        raise KeyboardInterrupt

    before = local(written).issues()
    tracker = LocalTracker(written, project="acme/production", clock=broken_clock)
    with pytest.raises(KeyboardInterrupt):
        tracker.update("#1", Update(closed=True))
    assert local(written).issues() == before


# Versions


def test_an_older_file_is_migrated_and_keeps_its_issues(written: Path) -> None:
    before = local(written).issues()
    tracker = local(written, migrations=NEXT)
    assert tracker.issues() == before
    assert tracker.open(Draft("Registry slow")) == "#2"
    tracker.close()
    with sqlite3.connect(written) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(NEXT),)
        assert connection.execute("SELECT weight FROM issue").fetchall() == [(1,), (1,)]


def test_a_migration_that_fails_changes_nothing(written: Path) -> None:
    before = local(written).issues()
    with pytest.raises(sqlite3.OperationalError, match="syntax error"):
        local(written, migrations=BROKEN)
    assert local(written).issues() == before
    with sqlite3.connect(written) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
        assert not connection.execute("SELECT 1 FROM sqlite_schema WHERE name = 'half'").fetchall()


def test_a_file_of_a_newer_ima_is_left_alone(written: Path) -> None:
    local(written, migrations=NEXT).close()
    before = written.read_bytes()
    assert refusal(written) == [
        f"local tracker: {written}: written by a newer ima (version {len(NEXT)} of the file)",
        "  update ima",
    ]
    assert written.read_bytes() == before


def test_the_database_of_another_program_is_left_alone(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE issue (theirs)")
    connection.close()
    before = path.read_bytes()
    assert refusal(path) == [
        f"local tracker: {path}: the database of another program",
        "  name another file",
    ]
    assert path.read_bytes() == before


# What can be wrong with a file

DAMAGED = "  move it away and put a copy in its place; it was left as it is"
NO_RIGHTS = "  name a file in a folder that you may write"


def test_folders_on_the_way_are_made(tmp_path: Path) -> None:
    deep = tmp_path / "a" / "b" / "ima.db"
    local(deep).open(Draft("API errors"))
    assert [issue.title for issue in local(deep).issues()] == ["API errors"]


def test_an_empty_file_is_a_new_one(path: Path) -> None:
    path.touch()
    assert local(path).issues() == []


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"not a database " * 1000, id="garbage"),
        pytest.param(b"SQLite format 3\0" + b"\xff" * 5000, id="garbage under a good name"),
    ],
)
def test_a_damaged_file_is_named_and_kept(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    assert refusal(path) == [f"local tracker: {path}: the file is damaged", DAMAGED]
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda file: file[:4096] + b"\xff" * len(file[4096:]), id="all pages"),
        pytest.param(lambda file: file[:8192], id="the end is missing"),
        pytest.param(lambda file: file.replace(b"API errors", b"API \xffrrors"), id="a letter"),
        pytest.param(lambda file: file.replace(b"2026-03-09", b"2026-93-09"), id="a date"),
    ],
)
def test_damage_within_a_file_is_told_when_it_is_met(
    written: Path, damage: Callable[[bytes], bytes]
) -> None:
    written.write_bytes(damage(written.read_bytes()))
    with pytest.raises(ServiceError) as refused:
        local(written).issues()
    assert str(refused.value).splitlines() == [
        f"local tracker: {written}: the file is damaged",
        DAMAGED,
    ]


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert refusal(tmp_path) == [
        f"local tracker: {tmp_path}: a folder",
        "  name a file, in this folder or another",
    ]


def test_a_file_cannot_lie_in_a_file(written: Path) -> None:
    inside = written / "ima.db"
    assert refusal(inside)[0].startswith(f"local tracker: {inside}: ")
    assert refusal(inside)[1] == NO_RIGHTS


@pytest.mark.parametrize("name", ["a\0b", "a\ud800b", "a" * 300])
def test_a_path_that_no_file_can_have_is_refused(tmp_path: Path, name: str) -> None:
    impossible = tmp_path / name
    assert refusal(impossible)[0].startswith(f"local tracker: {impossible}: ")
    assert refusal(impossible)[1] == NO_RIGHTS


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
@pytest.mark.parametrize("new", [True, False], ids=["a new file", "a file that is there"])
def test_a_place_that_may_not_be_written_is_named(written: Path, new: bool) -> None:
    target = written.with_name("new.db") if new else written
    written.chmod(0o400)
    written.parent.chmod(0o500)
    try:
        with pytest.raises(ServiceError) as refused:
            local(target).comment("#1", "hello")
    finally:
        written.parent.chmod(0o700)
    assert str(refused.value).splitlines() == [
        f"local tracker: {target}: cannot be opened or written",
        NO_RIGHTS,
    ]


def test_a_locked_file_is_named_and_works_when_it_is_let_go(written: Path) -> None:
    tracker = local(written, busy=0)
    other = sqlite3.connect(written, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(ServiceError) as refused:
        tracker.comment("#1", "hello")
    assert str(refused.value).splitlines() == [
        f"local tracker: {written}: locked by another program",
        "  wait for it and run again, or look for a program that keeps the file open",
    ]
    assert len(read(tracker, "#1").comments) == 1, "people still read"
    other.rollback()
    tracker.comment("#1", "hello")
    assert len(read(tracker, "#1").comments) == 2


def test_a_lock_that_cannot_be_made_is_named(written: Path) -> None:
    Path(f"{written}.lock").mkdir()
    with pytest.raises(ServiceError) as refused, local(written).exclusive():
        pytest.fail("no lock was taken")
    assert refused.value.problem.startswith(f"local tracker: {written}: no lock: ")
