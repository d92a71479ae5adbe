"""What a counterpart answered, recorded and said again: without its work, and with one lie."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.counterparts.lies import lie
from tests.counterparts.messages import Answer, Request
from tests.counterparts.odd import as_json, data_of
from tests.counterparts.small import SmallServer
from tests.counterparts.wire import Serve

Key = tuple[str, str]  # method, path and query


class Recording:
    """All that is answered from now on. ``told``: in order, what was asked for and what came."""

    def __init__(self, serve: Serve) -> None:
        self._serve = serve
        self.told: list[tuple[Key, Answer]] = []

    def __call__(self, request: Request) -> tuple[Answer, Callable[[], None]]:
        answer, afterwards = self._serve(request)
        self.told.append(((request.method, request.target), replace(answer)))
        return answer, afterwards


def record(server: Any) -> Recording:
    """Begin to record a counterpart that is running."""
    listener = server._listener
    listener.serve = recording = Recording(listener.serve)
    return recording


class Replay(SmallServer):
    """Says again what was recorded, each request's answers in order, the last one for ever."""

    def __init__(self) -> None:
        super().__init__(self._again)
        self._told: list[tuple[Key, Answer]] = []
        self._asked: Counter[Key] = Counter()
        self._lies: tuple[int, str] | None = None

    def say(self, told: list[tuple[Key, Answer]], lies: tuple[int, str] | None = None) -> None:
        """``lies``: which of the answers is none, and the seed of what it says instead."""
        self._told, self._lies = told, lies
        self._asked.clear()

    def _again(self, request: Request) -> Answer:
        key = request.method, request.target
        numbers = [number for number, (each, _) in enumerate(self._told) if each == key]
        if not numbers:
            return Answer(404, {"message": "404 Not Found"})
        number = numbers[min(self._asked[key], len(numbers) - 1)]
        self._asked[key] += 1
        answer = replace(self._told[number][1])
        if self._lies and self._lies[0] == number:
            answer.body = as_json(lie(data_of(answer), self._lies[1]))
        return answer
