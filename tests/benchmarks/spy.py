"""Stands before a tracker or a service: notes what is called, and how long it computes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from tests.benchmarks.figure import computed


class Spy:
    """Everything goes through; names land in ``calls``, the time adds up in ``seconds``."""

    def __init__(self, one: object, calls: list[str]) -> None:
        self._one, self._calls = one, calls
        self.seconds = 0.0

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._one, name)
        return partial(self._call, name, found) if callable(found) else found

    def _call(self, name: str, verb: Callable[..., Any], *args: Any, **values: Any) -> Any:
        self._calls.append(name)
        spent, answer = computed(partial(verb, *args, **values))
        self.seconds += spent
        return answer
