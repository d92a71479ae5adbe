"""How fast a run may ask a forge: only a share of what the forge allows the token, and a bound on
all waiting."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from automation.errors import ServiceError
from automation.http.shapes import YEARS
from automation.records import dataclass

WINDOW = 60.0  # seconds, where the server does not tell
LONG = 600.0  # seconds: a run does not outlast such a window


@dataclass(frozen=True, slots=True)
class Window:
    """What an answer says of the limit: ``left`` of ``limit`` requests, within the next
    ``seconds``."""

    limit: float
    left: float
    seconds: float


class Budget:
    """``share`` is how much of each window this run may use, from 0 to 1; ``patience`` is how many
    seconds a run waits in all. ``read`` finds the window in the headers of an answer; a window
    lasts at most ``lasts`` seconds."""

    def __init__(
        self,
        name: str,
        share: float,
        patience: float,
        sleep: Callable[[float], None],
        read: Callable[[Mapping[str, str]], Window | None],
        lasts: float = WINDOW,
    ) -> None:
        self._name = name
        self._share = share
        self._patience = patience
        self._sleep = sleep
        self._read = read
        self._by_run = lasts > LONG
        self._lock = threading.Lock()
        self._resting = threading.Lock()  # held while we wait: nobody asks meanwhile
        self._rested = 0.0  # seconds in all
        self._mine = threading.local()  # `asked` and `rested` when this thread last asked
        self._window: Window | None = None  # None: not heard of since we waited for its end
        self._before = 0  # asked before this window
        self._over = False  # a limit asked for more than our patience
        self.asked = 0

    def hear(self, headers: Mapping[str, str]) -> None:
        """Take note of the window that an answer tells of, unless the run has waited since it
        asked. Requests that were under way meanwhile may not be counted in it."""
        if (window := self._read(headers)) is not None:
            with self._lock:
                if self._mine.rested == self._rested:
                    since = self.asked - self._mine.asked
                    self._window = replace(window, left=window.left - since)

    def _is_over(self, window: Window) -> bool:
        if self._by_run:
            return window.left < 1 or self.asked - self._before >= window.limit * self._share
        return window.left < window.limit * (1 - self._share)

    def room(self, part: float) -> float:
        """How many requests of this ``part`` of our share are left; no limit where the window ends
        within the run, or where the server does not count."""
        with self._lock:
            if not self._by_run or (window := self._window) is None:
                return float("inf")
            ours = window.limit * self._share * part - (self.asked - self._before)
            return max(0.0, min(ours, window.left))

    def admit(self) -> None:
        """Wait until a request may be made. Raises ServiceError where that takes longer than the
        patience."""
        with self._resting:
            if self._over:
                raise self._stopped("it allows no more for now", "nothing is lost")
            if (window := self._window) and self._is_over(window):
                if not self._rest(window.seconds):
                    ours = f"our {self._share:.0%} of {window.limit:,.0f} are used up"
                    larger = "nothing is lost; a larger share would make it faster"
                    raise self._stopped(ours, larger)
                with self._lock:
                    self._before, self._window = self.asked, None
            with self._lock:
                self.asked += 1
                if self._window:
                    self._window = replace(self._window, left=self._window.left - 1)
                self._mine.asked, self._mine.rested = self.asked, self._rested

    def wait(self, seconds: float, *, limited: bool) -> bool:
        """Wait before a request is repeated. False, at once, where the patience does not last; if
        the forge had refused it because there were too many requests (``limited``), the run asks
        nothing more then. What others have waited since the request counts."""
        with self._resting:
            left = seconds - (self._rested - self._mine.rested)
            if left <= 0 or self._rest(left):
                return True
            self._over = limited
            return False

    def _rest(self, seconds: float) -> bool:
        if seconds > self._patience:
            return False
        self._patience -= seconds
        self._sleep(seconds)
        with self._lock:
            self._rested += seconds
        return True

    def _stopped(self, why: str, remedy: str) -> ServiceError:
        problem = f"{self._name}: stopped after {self.asked:,} requests: {why}"
        return ServiceError(f"{problem}, the rest waits for the next run", remedy)


def header_number(text: str | None) -> float:
    """A header as a number; 0 where it is missing or none."""
    try:
        return max(0.0, float(text or 0))
    except ValueError:
        return 0.0


def seconds_until(reset: float, headers: Mapping[str, str]) -> float:
    """Seconds until the time ``reset``, by the server's own clock; at least one."""
    now = server_time(headers)
    return max(1.0, reset - now.timestamp()) if reset and now else WINDOW


def server_time(headers: Mapping[str, str]) -> datetime | None:
    """When the server answered, by its own clock; None where it does not say, or where it cannot be
    right."""
    from email.utils import parsedate_to_datetime

    try:
        at = parsedate_to_datetime(headers.get("Date", "")).astimezone(UTC)
    except (IndexError, OverflowError, TypeError, ValueError):
        return None
    return at if at.year in YEARS else None
