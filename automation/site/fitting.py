"""How much stands on a page: each is small, whatever was published. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from automation.site.site import PublicIncident, PublicUpdate, size_in_page

PLACE = 16_000  # bytes that a list may take in a page; the page is then below 30 KB
PLACE_IN_FRONT = 5_000  # … on the front page, which has several
_UPDATES_IN_FRONT = 3  # of an incident
T = TypeVar("T")


def fitting(items: Sequence[T], size: Callable[[T], int], most: int) -> Sequence[T]:
    """The first of the items, as many as ``most`` bytes hold, and at least one."""
    return next(iter(in_parts(items, size, most)), [])


def in_parts(items: Sequence[T], size: Callable[[T], int], most: int) -> list[Sequence[T]]:
    """The items in parts of ``most`` bytes each, or of one item that is larger."""
    parts: list[Sequence[T]] = []
    first, filled = 0, 0
    for nth, item in enumerate(items):
        taken = size(item)
        if filled + taken > most and nth > first:
            parts.append(items[first:nth])
            first, filled = nth, 0
        filled += taken
    return [*parts, items[first:]] if items else []


def size_in_list(incident: PublicIncident) -> int:
    return 400 + size_in_page(incident.title)


def size_of_update(update: PublicUpdate) -> int:
    return 350 + sum(size_in_page(line) + 1 for line in (*update.text, *update.services))


def newest_updates(incident: PublicIncident, most: int) -> list[PublicUpdate]:
    """The newest updates for the front page; one that is long is cut, and stands whole on the page
    of the incident."""
    several = fitting(incident.updates[:_UPDATES_IN_FRONT], size_of_update, most)
    return [replace(each, text=tuple(_cut(each.text, most))) for each in several]


def _cut(lines: Sequence[str], most: int) -> Iterator[str]:
    for line in lines:
        size = size_in_page(line) + 1
        if size > most:
            yield line[: max(0, len(line) * most // size - 1)] + "…"
            return
        most -= size
        yield line
