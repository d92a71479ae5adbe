"""What was published of a service, day by day, and for which share of the time it worked. Pure.

A post counts from its time to the next post of its incident. Times are in UTC. Time of which
nothing is known, such as before this project was kept, is no time at which all was well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from math import floor

from automation.model.issue import OPERATIONAL, STATUSES
from automation.model.maintenance import MAINTENANCE
from automation.model.publicity import gravest
from automation.records import dataclass

DAYS = 90
UNAVAILABLE = STATUSES[2:4]  # as in `ima stats`: a security issue is no outage
Span = tuple[datetime, datetime, str]  # from, to, the status that was published then
Stretch = tuple[datetime, datetime]
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Day:
    """One day (in UTC) of a service."""

    day: date
    status: str  # the gravest that was published; "" where nothing is known of the day
    known: timedelta  # how much of the day is known
    down: timedelta  # for how long of that it was in a disruption


def days_of_service(spans: Sequence[Span], since: datetime, now: datetime) -> tuple[Day, ...]:
    """The last `DAYS` days, the oldest first. ``spans`` are those of one service; what was before
    ``since`` is not known."""
    first = datetime(now.year, now.month, now.day, tzinfo=UTC) - (DAYS - 1) * _DAY
    down = _without(
        merged(span[:2] for span in spans if span[2] in UNAVAILABLE),
        merged(span[:2] for span in spans if span[2] == MAINTENANCE),
    )
    made = []
    for nth in range(DAYS):
        start = first + nth * _DAY
        left, right = max(start, since), min(start + _DAY, now)
        if left >= right:
            made.append(Day(start.date(), "", timedelta(), timedelta()))
            continue
        said = [status for a, b, status in spans if a < right and b > left]
        lost = sum((min(b, right) - max(a, left) for a, b in down if a < right and b > left),
                   timedelta())  # fmt: skip
        made.append(Day(start.date(), _worst(said), right - left, lost))
    return tuple(made)


def uptime(days: Iterable[Day]) -> str:
    """The share of the time that is known in which there was no disruption, such as "99.98": cut,
    so that 100 means that there was none. "" where nothing is known."""
    known, down = timedelta(), timedelta()
    for each in days:
        known, down = known + each.known, down + each.down
    if not known:
        return ""
    share = floor((known - down) / known * 10_000 + 1e-9) / 100
    return "100" if not down else f"{min(share, 99.99):.2f}"


def trouble_since(spans: Iterable[Span], now: datetime) -> datetime | None:
    """When the time began that a service is not Operational without a break; None if it is."""
    stretches = merged(span[:2] for span in spans if span[2] != OPERATIONAL)
    return stretches[-1][0] if stretches and stretches[-1][1] >= now else None


def spans_between(posts: Sequence[tuple[datetime, str]], end: datetime | None) -> Iterator[Span]:
    """Times and statuses of posts, the oldest first, as spans: each up to the next post, and the
    last one up to ``end``; None where it is over with it."""
    for (at, status), (until, _) in pairwise(posts):
        yield at, until, status
    if posts and end is not None:
        yield *(posts[-1][0], end), posts[-1][1]


def merged(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Stretches of time without overlaps, in their order."""
    found: list[Stretch] = []
    for start, end in sorted(stretches):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found


def _without(stretches: list[Stretch], holes: list[Stretch]) -> list[Stretch]:
    """What of the stretches lies outside of the holes."""
    for left, right in holes:
        stretches = [
            (a, b)
            for start, end in stretches
            for a, b in ((start, min(end, left)), (max(start, right), end))
            if a < b
        ]
    return stretches


def _worst(said: Sequence[str]) -> str:
    worst = gravest(said)
    return MAINTENANCE if worst == OPERATIONAL and MAINTENANCE in said else worst
