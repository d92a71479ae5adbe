"""What may never end has a time: its own, not that of a busy machine."""

from __future__ import annotations

import os
import resource
from collections.abc import Callable
from contextlib import ExitStack
from select import select
from threading import Barrier
from typing import Any

import pytest

from automation.http.side_by_side import do_each
from automation.workspace import limited_child
from automation.workspace.limited_child import TooLong, in_a_child, one_piece


def waits() -> None:
    select([], [], [], 0.1)


def computes() -> None:
    while True:
        pass


def tried(do: Callable[[], None]) -> list[Any]:
    try:
        with one_piece():
            do()
    except TooLong as error:
        return [str(error)]
    return ["done"]


@pytest.mark.parametrize(("do", "ends"), [(waits, True), (computes, False)])
def test_only_computing_counts(
    monkeypatch: pytest.MonkeyPatch, do: Callable[[], None], ends: bool
) -> None:
    monkeypatch.setattr(limited_child, "PIECE_SECONDS", 0.02)
    with in_a_child(lambda: tried(do)) as answer:
        assert (answer() == ["done"]) is ends


@pytest.mark.parametrize(
    "do", [computes, lambda: bytes(limited_child.MEMORY_BYTES)], ids=["time", "memory"]
)
def test_what_comes_to_no_end_or_takes_all_memory_gives_no_answer(do: Callable[[], Any]) -> None:
    with in_a_child(lambda: [str(do())[:1]], seconds=0.2) as answer:
        assert answer() is None


def test_a_process_with_a_thousand_open_files_reads_the_answer() -> None:
    """A long run of tests has them; `select` knows no file number above 1,023."""
    some, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if most <= 1024:
        pytest.skip("not run: needs more than 1,024 open files")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(some, min(2048, most)), most))
    with ExitStack() as after:
        while (held := os.open(os.devnull, os.O_RDONLY)) < 1024:
            after.callback(os.close, held)
        after.callback(os.close, held)
        with in_a_child(lambda: ["read"]) as answer:
            assert answer() == ["read"]


def test_threads_have_room_below_the_limit() -> None:
    """Each of them takes addresses for a stack and an arena: those are no memory."""

    together = Barrier(16)

    def one(number: int) -> int:
        together.wait(10)
        return len(bytearray(1 << 20)) + number

    with in_a_child(lambda: do_each(one, list(range(16)), 16)) as answer:
        assert answer() == [(1 << 20) + number for number in range(16)]
