"""Values that never change, known again by being the very same objects. Pure.

To compare two incidents by what is in them would take as long as what a cache of them saves.
"""

from __future__ import annotations

from typing import Generic, TypeVar

T = TypeVar("T")


class Same(Generic[T]):
    """A key for a cache: two are equal if they hold the very same objects, or hold values of which
    all ``parts`` that matter are."""

    __slots__ = ("_ids", "_parts", "value")

    def __init__(self, value: T, *parts: object) -> None:
        self.value, self._parts = value, parts or (value,)  # kept: an id is given again
        self._ids = tuple(map(id, self._parts))

    def __hash__(self) -> int:
        return hash(self._ids)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self._ids == other._ids
