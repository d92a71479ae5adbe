"""One measured figure and what it should be; all of them as a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from time import perf_counter, process_time
from typing import TypeVar

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Figure:
    """A row of the table. Without an aim it only explains another one."""

    what: str
    value: float
    unit: str
    aim: float | None = None
    at_least: bool = False  # the aim is a floor, else a ceiling

    @property
    def reached(self) -> bool:
        if self.aim is None:
            return True
        return self.value >= self.aim if self.at_least else self.value <= self.aim

    @property
    def shown(self) -> str:
        digits = 0 if self.value >= 100 or self.value == int(self.value) else 2
        return f"{self.value:,.{digits}f} {self.unit}".strip()

    @property
    def aimed(self) -> str:
        if self.aim is None:
            return ""
        return f"{'≥' if self.at_least else '≤'} {self.aim:,.10g} {self.unit}".strip()

    @property
    def verdict(self) -> str:
        return "" if self.aim is None else "yes" if self.reached else "**no**"


def table(figures: Iterable[Figure]) -> str:
    """The figures as a Markdown table."""
    rows = [(f.what, f.aimed, f.shown, f.verdict) for f in figures]
    lines = ["| what | aim | measured | reached |", "|--|--|--|--|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def seconds(work: Callable[[], Answer]) -> tuple[float, Answer]:
    """How long it takes once, and its answer."""
    start = perf_counter()
    answer = work()
    return perf_counter() - start, answer


def computed(work: Callable[[], Answer]) -> tuple[float, Answer]:
    """Seconds that this process computes for it, and its answer. A busy machine takes longer, but
    computes no more."""
    start = process_time()
    answer = work()
    return process_time() - start, answer
