"""What is asked of an outside service again, and why that is safe.

- a read, after 429, 5xx, no answer or a broken connection, at most `TRIES` times in all;
- anything after 429, which is answered before anything is done;
- a write that the caller says may come ``again``, because twice is as good as once;
- never any other write: it may have been done. The caller looks first, the next time.

A service that gave no answer at all is not asked again by this run: others wait behind it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from automation.http.answers import Failure

TRIES = 3
TOO_MANY_REQUESTS = 429
_NO_ANSWER = ("timeout", "refused", "name", "tls", "bundle", "slow", "large")


class Attempts:
    """The requests of one run to one service. In all it waits ``patience`` seconds."""

    def __init__(self, patience: float, sleep: Callable[[float], None]) -> None:
        self._patience, self._sleep = patience, sleep
        self._gave_no_answer: Failure | None = None

    def answer_of(
        self, once: Callable[[], tuple[Any] | Failure], again: bool
    ) -> tuple[Any] | Failure:
        """What ``once`` answers, in a tuple, after as many attempts as this module's text allows;
        else the last failure. ``again`` says that it may be done twice."""
        tried = 0
        while (gone := self._gave_no_answer) is None:
            answer = once()
            if not isinstance(answer, Failure):
                return answer
            tried += 1
            pause = _seconds_until_retry(answer, again, tried)
            if pause is None or not self._may_wait(pause):
                if answer.kind in _NO_ANSWER:
                    self._gave_no_answer = answer
                return answer
        return gone

    def _may_wait(self, seconds: float) -> bool:
        if seconds > self._patience:
            return False
        self._patience -= seconds
        self._sleep(seconds)
        return True


def _seconds_until_retry(failure: Failure, again: bool, tried: int) -> float | None:
    """How many seconds to wait before the next attempt; None where there is none. See this module's
    text."""
    if tried >= TRIES:
        return None
    growing = 0.5 * 2.0 ** (tried - 1)
    if failure.status == TOO_MANY_REQUESTS:
        return failure.seconds or growing
    silent = failure.kind in ("broken", "refused", "timeout")
    if again and (silent or failure.status >= 500):
        return failure.seconds or growing
    return None
