"""Doing the same with many things, one after another or several at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def each(do: Callable[[T], None], items: Sequence[T], at_once: int) -> None:
    """Do it for each; where a tracker's answers take long, several at once."""
    if at_once == 1 or len(items) < 2:
        for item in items:
            do(item)
        return
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(min(at_once, len(items))) as pool:
        for done in [pool.submit(do, item) for item in items]:
            done.result()
