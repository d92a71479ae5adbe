"""The last days of a service as a picture: a bar a day, drawn as few lines of dashes. Pure.

A bar is the higher the graver its day was: no meaning is only a colour.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from automation.model.issue import OPERATIONAL, STATUSES
from automation.model.maintenance import MAINTENANCE
from automation.records import dataclass
from automation.site.days import DAYS, Day

STEP, HEIGHT = 4, 36  # of a day with the gap beside it, and of the picture
WIDTH = DAYS * STEP - 1
_OPERATIONAL, _DEGRADED, _PARTIAL, _OUTAGE, _SECURITY = STATUSES
_HEIGHTS = {
    "": 4,
    OPERATIONAL: 18,
    MAINTENANCE: 12,
    _DEGRADED: 24,
    _PARTIAL: 30,
    _OUTAGE: HEIGHT,
    _SECURITY: HEIGHT,
}


@dataclass(frozen=True, slots=True)
class Bars:
    """All bars of one status, as a path that is drawn with dashes of 3 and gaps of 1."""

    status: str  # "" where nothing is known
    height: int
    path: str


def bars(days: Sequence[Day]) -> tuple[Bars, ...]:
    """The bars of these days, the oldest at the left."""
    paths: dict[str, list[str]] = {}
    for status, group in groupby(enumerate(days), key=lambda each: each[1].status):
        places = [nth for nth, _ in group]
        height = _HEIGHTS.get(status, HEIGHT)
        line = f"M{places[0] * STEP} {HEIGHT - height / 2:g}h{len(places) * STEP - 1}"
        paths.setdefault(status, []).append(line)
    return tuple(
        Bars(status, _HEIGHTS.get(status, HEIGHT), "".join(lines))
        for status, lines in paths.items()
    )
