"""Failures on demand: which request goes wrong, and how."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

How = (
    int
    | Literal["hang", "reset", "half", "twice", "empty", "html", "error"]
    | Literal["lie", "drip", "bomb", "endless", "more"]
)
ODD = ("lie", "drip", "bomb", "endless", "more")
HOWS = ("hang", "reset", "half", "twice", "empty", "html", "error", *ODD)
WORKING = ("half", "twice", "empty", *ODD)  # always after the work
Lie = Callable[[Any], Any]  # what is answered in place of the JSON of a good answer


@dataclass
class Fault:
    """The ``nth`` request like this and the ``times - 1`` after it fail: with a status,
    or by hanging, by a reset of the connection, by half an answer, by being worked on twice, or
    by an empty list; small counterparts also answer with a web page (``html``) or with an ``error``
    in good form (status 200). ``after``: the work was done all the same.

    Odd answers come after the work: changed by ``lie``; a byte at a time (``drip``); a gigabyte in
    a megabyte of gzip (``bomb``); chunks without an end (``endless``); one page ``more`` of a
    list, always, on another host."""

    method: str  # "*": any
    path: re.Pattern[str]  # searched in path and query
    how: How
    nth: int = 1
    times: int = 1
    after: bool = False
    retry_after: int = 0  # seconds, with 429
    lie: Lie = lambda data: None
    seen: int = 0

    @property
    def works(self) -> bool:
        return self.after or self.how in WORKING

    @property
    def over(self) -> bool:
        return self.seen >= self.nth + self.times - 1

    def hits(self, method: str, target: str) -> bool:
        if self.over or self.method not in ("*", method) or not self.path.search(target):
            return False
        self.seen += 1
        return self.seen >= self.nth


class Faults:
    def __init__(self) -> None:
        self.planned: list[Fault] = []
        self.down = False  # nothing is answered any more
        self._left = 0  # writes until the kill
        self._action: Callable[[], None] | None = None
        self._answered = True

    def plan(
        self,
        method: str,
        path: str,
        *,
        how: How = 502,
        nth: int = 1,
        times: int = 1,
        after: bool = False,
        retry_after: int = 0,
        lie: Lie = lambda data: None,
    ) -> Fault:
        if isinstance(how, str) and how not in HOWS:
            raise ValueError(f"how is a status or one of {', '.join(HOWS)}, not {how!r}")
        pattern = re.compile(path)
        fault = Fault(method.upper(), pattern, how, nth, times, after, retry_after, lie)
        self.planned.append(fault)
        return fault

    def for_request(self, method: str, target: str) -> Fault | None:
        """The failure of this request. All plans count it, the first that is due has it."""
        due = [fault for fault in self.planned if fault.hits(method, target)]
        return due[0] if due else None

    @property
    def pending(self) -> list[Fault]:
        """What did not happen yet: a test that planned it may want none left."""
        return [fault for fault in self.planned if not fault.over]

    def kill_after(
        self, writes: int, action: Callable[[], None] | None = None, *, answered: bool = True
    ) -> None:
        """After so many more writes call ``action`` or, without one, go down. The last write
        is done; ``answered`` says whether its answer is sent before."""
        self._left, self._action, self._answered = writes, action, answered

    def written(self) -> Callable[[], None] | None:
        """To be asked after each write: what is to be done if it was the last."""
        if self._left == 0:
            return None
        self._left -= 1
        return (self._action or self._go_down) if self._left == 0 else None

    def _go_down(self) -> None:
        self.down = True

    @property
    def answered(self) -> bool:
        """Whether the answer to the last write is still sent."""
        return self._answered

    def clear(self) -> None:
        """Everything works again."""
        self.planned.clear()
        self.down, self._left, self._action = False, 0, None
