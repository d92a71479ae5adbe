"""When incidents were open and in which status, as spans of time. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise

from automation.model.incident import Choice, Incident
from automation.model.issue import OPERATIONAL
from automation.model.maintenance import Window
from automation.records import dataclass

Span = tuple[datetime, datetime, str]  # from, to, the status then
GRAVITY = (  # the least first; a security issue, which is no outage, hides none
    OPERATIONAL,
    "Degraded Performance",
    "Security Issue",
    "Partial Service Disruption",
    "Service Disruption",
)
UNAVAILABLE = GRAVITY[3:]
_BEFORE_ALL, _AFTER_ALL = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_ENDS = ("resolved", "contested", "released")


@dataclass(frozen=True, slots=True)
class Episode:
    """One time in which an incident was open. What happens from ``first`` on and before ``last``
    belongs to it, also after its end and before the next one begins."""

    start: datetime
    end: datetime | None  # None: it is open still
    first: datetime
    last: datetime

    def covers(self, when: datetime) -> bool:
        """Does what happened at ``when`` belong to the episode?"""
        return self.first <= when < self.last


def episodes(incident: Incident) -> list[Episode]:
    """The episodes of an incident: from the declaration to the end, and from each reopening to the
    next end (P-51)."""
    times = _begins_and_ends(incident)
    firsts = [_BEFORE_ALL, *(start for start, _ in times[1:])]
    if incident.found("happened"):  # what people type later tells nothing of its times (P-54)
        firsts[0] = _AFTER_ALL
    lasts = [*(start for start, _ in times[1:]), _AFTER_ALL]
    rows = zip(times, firsts, lasts, strict=False)
    return [Episode(start, end, first, last) for (start, end), first, last in rows]


def open_times(incident: Incident, now: datetime) -> list[tuple[datetime, datetime]]:
    """The times in which an incident was open; up to ``now`` if it still is."""
    times = [(start, end or now) for start, end in _begins_and_ends(incident)]
    return [(start, end) for start, end in times if start < end]


def _begins_and_ends(incident: Incident) -> list[tuple[datetime, datetime | None]]:
    found: list[tuple[datetime, datetime | None]] = []
    opened = incident.declared_at
    turns = [fact for fact in incident.facts if fact.kind in (*_ENDS, "reopened")]
    if (over := incident.found("happened")) and opened and over.ends:  # written down afterwards
        found, opened = [(opened, over.ends)], None
        turns = [fact for fact in turns if fact.at > over.at]
    for fact in sorted(turns, key=lambda fact: fact.at):
        if fact.kind == "reopened":
            opened = opened or fact.at
        elif opened:
            found.append((opened, fact.at))
            opened = None
    if opened:
        found.append((opened, incident.resolution.at if incident.resolution else None))
    return found


def choices_in_order(choice: Choice | None) -> list[Choice]:
    """A choice and those before it, the oldest first."""
    found: list[Choice] = []
    while choice is not None:
        found.insert(0, choice)
        choice = choice.before
    return sorted(found, key=lambda chosen: chosen.at)


def status_spans(incident: Incident, now: datetime) -> Iterator[Span]:
    """The statuses of an incident while it was open."""
    chosen = choices_in_order(incident.status)
    over = incident.found("happened")
    if over:  # whatever was said of it before is about those times
        before = [choice.value for choice in chosen if choice.at <= over.at]
        worst = max(before, key=GRAVITY.index, default=OPERATIONAL)
        chosen = [Choice(worst, _BEFORE_ALL), *chosen[len(before) :]]
    for start, end in open_times(incident, now):
        cuts = [start, *(c.at for c in chosen if start < c.at < end), end]
        for left, right in pairwise(cuts):
            if left < right:
                yield left, right, _status_at(chosen, left)


def outside_windows(
    several: Iterable[Span], services: Sequence[str], windows: Sequence[Window]
) -> Iterator[Span]:
    """The spans of an incident, without planned work on all of its ``services``, which does not
    count against availability (P-56)."""
    left = list(several)
    for window in windows:
        if services and {*services} <= {*window.services}:
            left = [part for span in left for part in _outside_window(span, window)]
    return iter(left)


def _outside_window(span: Span, window: Window) -> Iterator[Span]:
    start, end, status = span
    for first, last in ((start, min(end, window.start)), (max(start, window.end), end)):
        if first < last:
            yield first, last, status


def _status_at(chosen: list[Choice], when: datetime) -> str:
    return next((c.value for c in reversed(chosen) if c.at <= when), OPERATIONAL)


def gravest_at_each_time(several: Iterable[Span]) -> list[Span]:
    """The spans of several incidents laid over each other: each instant counts once, in the gravest
    status of that time."""
    turns = sorted(
        turn for start, end, status in several for turn in ((start, 1, status), (end, -1, status))
    )
    found: list[Span] = []
    now: Counter[str] = Counter()
    for (at, step, status), (until, *_) in pairwise([*turns, *turns[-1:]]):
        now[status] += step
        if at < until and (open_statuses := [each for each in GRAVITY if now[each] > 0]):
            found.append((at, until, open_statuses[-1]))
    return found


def cut_to(several: Iterable[Span], start: datetime, end: datetime) -> Iterator[Span]:
    """The parts of the spans that lie between ``start`` and ``end``."""
    for left, right, status in several:
        if max(left, start) < min(right, end):
            yield max(left, start), min(right, end), status


def first_of_month(when: datetime) -> datetime:
    """The first instant of the month (in UTC) in which ``when`` lies."""
    return datetime(when.year, when.month, 1, tzinfo=UTC)


def months_between(start: datetime, end: datetime) -> Iterator[tuple[str, datetime, datetime]]:
    """The months (in UTC) from ``start`` to ``end``: the name, such as "2026-03", and from when to
    when of it lies between the two."""
    while start < end:
        first = first_of_month(start)
        after = datetime(first.year + first.month // 12, first.month % 12 + 1, 1, tzinfo=UTC)
        yield f"{start:%Y-%m}", start, min(after, end)
        start = after
