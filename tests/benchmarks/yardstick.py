"""What this machine can do, measured in the same run: aims are ratios to it.

An aim in milliseconds says what machine it was. Two yardsticks stand in for one:

- ``bare``: the start of Python that does nothing, for all that is a process of its own.
- ``unit``: a fixed piece of plain Python, for planning, folding and lists. It is what such code
  does at heart: records made, copied with a change, looked up by name, sorted, written as text.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import median
from typing import NamedTuple

from tests.benchmarks.figure import computed, seconds

RECORDS = 400
STARTS = 15


@dataclass(frozen=True, slots=True)
class Record:
    name: str
    value: int
    labels: tuple[str, ...] = ()


def work() -> int:
    """One unit. Do not change it: every aim in units was set by this one."""
    records = [Record(f"#{n}", n, ("Incident", f"S{n % 4 + 1}")) for n in range(RECORDS)]
    by_name = {record.name: record for record in records}
    for record in records:
        before = by_name[f"#{(record.value * 7 + 1) % RECORDS}"]
        by_name[record.name] = replace(record, value=before.value + 1)
    ordered = sorted(by_name.values(), key=lambda each: (each.labels, -each.value))
    return sum(len(f"{each.name}: {each.value} {', '.join(each.labels)}") for each in ordered)


def unit() -> float:
    """Seconds that one unit computes now."""
    return median(computed(work)[0] for _ in range(5))


class Cost(NamedTuple):
    """What something costs, in units, and the seconds that it computes."""

    units: float
    seconds: float


def beside(what: Callable[[], object], times: int) -> Cost:
    """The least that it costs in so many turns. A unit is measured before and after each: where
    the machine gets slower meanwhile, both do, and what else it does can only add to the cost."""
    costs = []
    for _ in range(times):
        before, (took, _) = unit(), computed(what)
        costs.append(Cost(2 * took / (before + unit()), took))
    return min(costs)


def bare() -> float:
    """Seconds until Python has started and ended once."""
    return seconds(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True))[0]
