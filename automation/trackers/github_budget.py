"""What GitHub's headers say of how fast we may ask, and how far apart we write.

An hour's window is told with every answer (`x-ratelimit-*`). The secondary limits (80 writes of
content a minute, and more) show only as 403 or 429; so a run's writes may come in a burst, and
then one a second.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from time import monotonic

from automation.trackers.budget import Window, number, until

HOUR = 3600.0
BURST = 20  # writes before the pace counts: an incident at night does not wait
UNTOLD = 60.0  # seconds to wait where the secondary limit does not say


def window(headers: Mapping[str, str]) -> Window | None:
    """The window that an answer tells of; that of GraphQL is another one."""
    limit, left = number(headers.get("x-ratelimit-limit")), headers.get("x-ratelimit-remaining")
    if not limit or left is None or headers.get("x-ratelimit-resource", "core") != "core":
        return None
    return Window(limit, number(left), until_reset(headers))


def until_reset(headers: Mapping[str, str]) -> float:
    """Seconds until the window ends, by the server's own clock; at least one."""
    return until(number(headers.get("x-ratelimit-reset")), headers)


def is_limit(status: int, headers: Mapping[str, str], said: str) -> bool:
    """Whether an answer says that there were too many requests, and nothing else."""
    if status == 429:
        return True
    told = "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0"
    return status == 403 and (told or "rate limit" in said.lower())


def asked_to_wait(headers: Mapping[str, str]) -> float:
    """Seconds that a limit asks us to wait."""
    if "retry-after" in headers:
        return number(headers["retry-after"]) or 1.0
    return until_reset(headers) if headers.get("x-ratelimit-remaining") == "0" else UNTOLD


class Pace:
    """Writes ``apart`` seconds from each other, as far as they are more than a burst."""

    def __init__(
        self,
        apart: float,
        sleep: Callable[[float], None],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._apart = apart
        self._sleep = sleep
        self._clock = clock
        self._lock = threading.Lock()
        self._free = 0.0  # when the burst is used up, had we kept the pace

    def __call__(self) -> None:
        """Wait until there is room for a write."""
        with self._lock:
            now = self._clock()
            self._free = max(self._free, now - BURST * self._apart) + self._apart
            wait = self._free - now
        if wait > 0:
            self._sleep(wait)
