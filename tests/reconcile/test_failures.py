"""What fails outside is told at once and then hourly."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.reconcile.failures import ToldFailure, decode, encode, failures_to_tell, name_of
from automation.workspace.failure_file import FAILURES, FailureFile
from tests.build import at

case = pytest.param
PAGER = "pager: paging the EOC failed: 503 after 3 attempts\nrun again"
NAME = "pager: paging the EOC"


@pytest.mark.parametrize(
    ("known", "now", "fresh", "still"),
    [
        case({}, 0, True, "", id="new"),
        case({NAME: ToldFailure(at(0), at(0))}, 15, False, "12:00 UTC", id="told a quarter ago"),
        case({NAME: ToldFailure(at(0), at(0))}, 59.9, False, "12:00 UTC", id="not yet an hour"),
        case({NAME: ToldFailure(at(0), at(0))}, 60, True, "", id="an hour ago"),
        case({NAME: ToldFailure(at(0), at(60))}, 75, False, "12:00 UTC", id="since the first time"),
        case(
            {NAME: ToldFailure(at(0), at(1440))},
            1450,
            False,
            "2026-03-02 12:00 UTC",
            id="another day",
        ),
        case(
            {NAME: ToldFailure(at(9), at(9))}, 0, True, "", id="told in the future by a wrong clock"
        ),
    ],
)
def test_when_it_is_told(
    known: dict[str, ToldFailure], now: float, fresh: bool, still: str
) -> None:
    says = failures_to_tell([PAGER], known, at(now), whole=True)
    assert says.fresh == ({NAME} if fresh else set())
    line = f"still failing since {still}: {NAME}"
    assert says.still == ({} if fresh else {NAME: line})
    first = known[NAME].first if known else at(now)
    assert says.known == {NAME: ToldFailure(first, at(now) if fresh else known[NAME].last)}
    assert says.recovered == {}


def test_what_works_again_is_said_once_and_forgotten() -> None:
    known = {NAME: ToldFailure(at(0), at(0))}
    says = failures_to_tell([], known, at(15), whole=True)
    assert (says.recovered, says.known) == ({NAME: f"works again: {NAME}"}, {})


def test_a_run_that_came_to_nothing_knows_of_no_recovery() -> None:
    known = {NAME: ToldFailure(at(0), at(0))}
    says = failures_to_tell(["gitlab: reading issues failed: 502"], known, at(15), whole=False)
    assert says.recovered == {}
    assert says.known == {**known, "gitlab: reading issues": ToldFailure(at(15), at(15))}
    assert says.fresh == {"gitlab: reading issues"}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        case("pager: paging failed: 503", "pager: paging failed: timed out", True, id="the reason"),
        case("pager: paging failed: 503", "chat: paging failed: 503", False, id="the service"),
        case("pager: paging failed: 503", "pager: asking failed: 503", False, id="what it did"),
        case("a failed: x\nb", "a failed: x\nc", True, id="the remedy"),
    ],
)
def test_a_failure_is_its_service_and_what_it_did(one: str, other: str, same: bool) -> None:
    assert (name_of(one) == name_of(other)) == same


@given(st.lists(st.text(), max_size=5), st.lists(st.text(), max_size=5))
def test_nothing_is_told_twice_within_the_hour(first: list[str], then: list[str]) -> None:
    before = failures_to_tell(first, {}, at(0), whole=True)
    after = failures_to_tell(then, decode(encode(before.known)), at(30), whole=True)
    assert after.fresh == frozenset(map(name_of, then)) - before.fresh
    assert set(after.known) == set(map(name_of, then))


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 9999, '{"a": 1}', '{"a": ["x", "y"]}', "\0"])
def test_a_garbled_file_is_none(tmp_path: Path, text: str) -> None:
    path = tmp_path / FAILURES
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    assert FailureFile(tmp_path).read() == {}


def test_a_file_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / ".ima").write_text("")
    FailureFile(tmp_path).write({NAME: ToldFailure(at(0), at(0))})
    assert FailureFile(tmp_path).read() == {}
