"""Time for counterparts that mind how fast they are asked: it passes only when somebody sleeps."""

from __future__ import annotations


class Seconds:
    """The seconds that have passed. Give `sleep` to whoever waits, and this to whoever measures."""

    def __init__(self) -> None:
        self._passed = 0.0

    def __call__(self) -> float:
        return self._passed

    def sleep(self, seconds: float) -> None:
        self._passed += seconds
