"""How fast a service may be asked: one request at a time, some time after the last one's end."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from time import monotonic
from time import sleep as sleep_really


class Pace:
    """To be entered for each request: each begins ``apart`` seconds or more after the end of the
    one before, whatever became of that. Without ``apart``, as fast as it goes, several at once."""

    def __init__(
        self,
        apart: float = 0.0,
        sleep: Callable[[float], None] = sleep_really,
        ticks: Callable[[], float] = monotonic,
    ) -> None:
        self._apart, self._sleep, self._ticks = apart, sleep, ticks
        self._one = Lock()
        self._ended = float("-inf")

    def __enter__(self) -> None:
        if not self._apart:
            return
        self._one.acquire()
        if (left := self._ended + self._apart - self._ticks()) > 0:
            self._sleep(left)

    def __exit__(self, *_: object) -> None:
        if self._apart:
            self._ended = self._ticks()
            self._one.release()
