"""Does the same with many things, one after another or several at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")
R = TypeVar("R")


def do_each(do: Callable[[T], R], items: Sequence[T], at_once: int) -> list[R]:
    """What ``do`` returns for each item, in order; several are done at once where a tracker's
    answers take long. A failure, or Ctrl-C, ends what has not begun."""
    if at_once == 1 or len(items) < 2:
        return [do(item) for item in items]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(min(at_once, len(items))) as pool:
        return list(pool.map(do, items))


def make_ahead(make: Callable[[T], R], items: Sequence[T], at_once: int) -> Iterator[R]:
    """What ``make`` returns for each item, in order. While one is looked at, the next few are being
    made."""
    if at_once == 1 or len(items) < 2:
        yield from map(make, items)
        return
    from concurrent.futures import ThreadPoolExecutor

    making: deque[Future[R]] = deque()
    with ThreadPoolExecutor(min(at_once, len(items))) as pool:
        for item in items:
            if len(making) == at_once:
                yield making.popleft().result()
            making.append(pool.submit(make, item))
        while making:
            yield making.popleft().result()
