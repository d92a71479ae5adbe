"""Doing something that may never end, or take all memory: in a process of its own, with limits."""

from __future__ import annotations

import json
import os
import select
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

PIECE_SECONDS = 2.0  # of computing: on a busy machine that takes longer by the clock
WHOLE_SECONDS = 120.0  # by the clock
MEMORY_BYTES = 512 * 1024 * 1024  # besides those that we have


class TooLong(Exception):
    """One piece of it does not end."""


@contextmanager
def one_piece() -> Iterator[None]:
    """Raises TooLong in what does not end in time. Only within `in_a_child`."""

    def stop(*_: object) -> None:
        raise TooLong(f"it does not end within {PIECE_SECONDS:.0f} seconds")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, PIECE_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


@contextmanager
def in_a_child(
    do: Callable[[], list[Any]], seconds: float = WHOLE_SECONDS
) -> Iterator[Callable[[], list[Any] | None]]:
    """A function that waits for what ``do`` gives, plain values; None where it came to no end in
    so many ``seconds``. Meanwhile the parent goes on. Here and now where there are no children."""
    if not hasattr(os, "fork"):
        yield do
        return
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _write_answer(writing, do)
    os.close(writing)
    try:
        yield lambda: _read_answer(reading, seconds)
    finally:
        os.close(reading)
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


_STACK = 1 << 20  # bytes of each thread
_M_ARENA_MAX = -8  # as malloc.h calls it


def _write_answer(writing: int, do: Callable[[], Any]) -> None:
    """Never returns: whatever happens, the child ends here."""
    try:
        _limit_memory()
        with os.fdopen(writing, "w", encoding="utf-8") as pipe:
            json.dump(do(), pipe)
    finally:
        os.kill(os.getpid(), signal.SIGKILL)  # without what its parent does when it ends


def _limit_memory() -> None:
    """The limit is one of addresses, of which each thread takes far more than it uses: a stack, and
    an arena of the C library's. So both are made small."""
    import ctypes
    import resource
    import threading

    threading.stack_size(_STACK)
    with suppress(AttributeError, OSError, TypeError):  # another C library has no arenas
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
    with suppress(OSError, ValueError):
        with open("/proc/self/statm", encoding="ascii") as file:
            used = int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
        resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY_BYTES, used + MEMORY_BYTES))


def _read_answer(reading: int, seconds: float) -> list[Any] | None:
    parts: list[bytes] = []
    ready = select.poll()  # not `select`, which ends at a thousand open files
    ready.register(reading)
    while ready.poll(1000 * seconds):
        if not (part := os.read(reading, 1 << 16)):
            with suppress(ValueError):
                return list(json.loads(b"".join(parts)))
            return None
        parts.append(part)
    return None
