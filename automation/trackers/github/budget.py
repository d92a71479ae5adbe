"""What GitHub's headers say of how fast we may ask, and the pace that keeps us below the rest.

An hour's window is told with every answer (`x-ratelimit-*`). The secondary limits show only as
403 or 429, when it is too late: 80 writes of content a minute, so a run's writes may come in a
burst, and then one a second; 900 points a minute, of which a read costs one and a write five.
Source: docs.github.com, "Rate limits for the REST API".
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from time import monotonic

from automation.trackers.request_budget import Window, header_number, seconds_until

HOUR = 3600.0
POINTS, MINUTE = 900, 60.0  # of requests in any so many seconds
READ, WRITE = 1, 5  # points
BURST = 20  # writes before the pace counts: an incident at night does not wait
UNTOLD = 60.0  # seconds to wait where the secondary limit does not say


def window(headers: Mapping[str, str]) -> Window | None:
    """The window that an answer tells of; that of GraphQL is another one."""
    limit, left = (
        header_number(headers.get("x-ratelimit-limit")),
        headers.get("x-ratelimit-remaining"),
    )
    if not limit or left is None or headers.get("x-ratelimit-resource", "core") != "core":
        return None
    return Window(limit, header_number(left), until_reset(headers))


def until_reset(headers: Mapping[str, str]) -> float:
    """Seconds until the window ends, by the server's own clock; at least one."""
    return seconds_until(header_number(headers.get("x-ratelimit-reset")), headers)


def is_limit(status: int, headers: Mapping[str, str], said: str) -> bool:
    """Whether an answer says that there were too many requests, and nothing else."""
    if status == 429:
        return True
    told = "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0"
    return status == 403 and (told or "rate limit" in said.lower())


def asked_to_wait(headers: Mapping[str, str]) -> float:
    """Seconds that a limit asks us to wait."""
    if "retry-after" in headers:
        return header_number(headers["retry-after"]) or 1.0
    return until_reset(headers) if headers.get("x-ratelimit-remaining") == "0" else UNTOLD


class Pace:
    """Writes ``apart`` seconds from each other, as far as they are more than a burst, and no more
    than `POINTS` a minute. Without ``apart``, as fast as it goes."""

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
        self._free = float("-inf")  # when the burst is used up, had we kept the pace
        self._spent: deque[tuple[float, int]] = deque()  # when, and how many points
        self._points = 0  # the sum of these
        self._open = 0.0  # before then there are no points

    def __call__(self, writes: bool) -> None:
        """Wait until there is room for a request."""
        if not self._apart:
            return
        with self._lock:
            now = self._clock()
            start = self._spend(self._paced(now) if writes else now, writes)
            if writes:  # where points held it back, it counts from then on
                self._free = max(self._free, self._room(start))
        if start > now:
            self._sleep(start - now)

    def _room(self, at: float) -> float:
        """How far the burst is used up by a write at this time, if it is the first."""
        return at - (BURST - 1) * self._apart

    def _paced(self, now: float) -> float:
        """When the next write may be."""
        self._free = max(self._free + self._apart, self._room(now))
        return max(now, self._free)

    def _spend(self, start: float, writes: bool) -> float:
        """When there are points for a request that may be at ``start``."""
        start, cost = max(start, self._open), WRITE if writes else READ
        while self._spent and (self._spent[0][0] <= start - MINUTE or self._points + cost > POINTS):
            at, points = self._spent.popleft()
            self._points -= points
            if at + MINUTE > start:
                start = self._open = at + MINUTE
        self._spent.append((start, cost))
        self._points += cost
        return start
