"""How fast we may ask: a share of what GitLab allows the token, and a bound on all waiting.

GitLab tells after each answer how much is left of a window (`RateLimit-Remaining` of
`RateLimit-Limit`, until `RateLimit-Reset`). Its other limits (60 comments a minute, 200 issues)
show only as 429.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from automation.errors import ServiceError

WINDOW = 60.0  # seconds, where the server does not tell


class Budget:
    """``share`` of each window is ours; ``patience`` is how many seconds a run waits in all."""

    def __init__(self, share: float, patience: float, sleep: Callable[[float], None]) -> None:
        self._share = share
        self._patience = patience
        self._sleep = sleep
        self._lock = threading.Lock()
        self._until_reset = 0.0  # 0: there is room
        self._limit = 0
        self.asked = 0

    def hear(self, headers: Mapping[str, str]) -> None:
        """Take note of what an answer says about the window."""
        limit, left = number(headers.get("RateLimit-Limit")), headers.get("RateLimit-Remaining")
        if not limit or left is None:
            return
        over = number(left) < limit * (1 - self._share)
        with self._lock:
            self._limit = int(limit)
            self._until_reset = until_reset(headers) if over else 0.0

    def admit(self) -> None:
        """Wait until there is room for a request. Raises ServiceError if that is too long."""
        with self._lock:
            self.asked += 1
            if self._until_reset and not self._spend(self._until_reset):
                raise self._stopped()
            self._until_reset = 0.0

    def wait(self, seconds: float) -> bool:
        """Wait, if the run's patience lasts; else False at once."""
        with self._lock:
            return self._spend(seconds)

    def _spend(self, seconds: float) -> bool:
        if seconds > self._patience:
            return False
        self._patience -= seconds
        self._sleep(seconds)
        return True

    def _stopped(self) -> ServiceError:
        problem = f"gitlab: stopped after {self.asked - 1:,} requests: our {self._share:.0%} of "
        problem += f"{self._limit:,} are used up, the rest waits for the next run"
        return ServiceError(problem, "nothing is lost; a larger share would make it faster")


def number(text: str | None) -> float:
    """A header as a number; 0 where there is none."""
    try:
        return max(0.0, float(text or 0))
    except ValueError:
        return 0.0


def until_reset(headers: Mapping[str, str]) -> float:
    """Seconds until the window ends, by the server's own clock; at least one."""
    from email.utils import parsedate_to_datetime

    reset = number(headers.get("RateLimit-Reset"))
    try:
        now = parsedate_to_datetime(headers.get("Date", "")).timestamp()
    except ValueError:
        return WINDOW
    return max(1.0, reset - now) if reset else WINDOW


def asked_to_wait(headers: Mapping[str, str]) -> float | None:
    """Seconds that a 429 or 503 asks us to wait; None if it does not say."""
    if "Retry-After" in headers:
        return number(headers["Retry-After"]) or 1.0
    return until_reset(headers) if "RateLimit-Reset" in headers else None
