"""Wherever an act on the tracker is judged, now is the time by the tracker's clock (P-60)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from automation.planning.finding import Finding
from automation.planning.incident_view import minutes_in_words
from automation.trackers import Tracker

Clock = Callable[[], datetime]
AGREES_WITHIN = timedelta(seconds=2)  # the `Date` of an answer has whole seconds, and comes late
WRONG_BEYOND = timedelta(minutes=1)  # a finding tells of more than this


def now_on_tracker(tracker: Tracker, clock: Clock) -> datetime:
    """Now by the tracker's clock. Where the two clocks agree, and where the tracker has said
    nothing yet, it is the machine's time, which is more exact."""
    here = clock()
    ahead = _machine_ahead(tracker, here)
    return here if abs(ahead) <= AGREES_WITHIN else here - ahead


def clock_findings(tracker: Tracker, clock: Clock) -> Iterator[Finding]:
    """A finding where the clock of this machine is wrong."""
    if abs(ahead := _machine_ahead(tracker, clock())) > WRONG_BEYOND:
        length = minutes_in_words(round(abs(ahead).total_seconds()))
        where = "ahead of" if ahead > timedelta() else "behind"
        text = f"the clock of this machine is {length} {where} the tracker's, whose time is used"
        yield Finding(f"{text}: set the clock of the machine that runs IMA", key="clock")


def _machine_ahead(tracker: Tracker, here: datetime) -> timedelta:
    """How far the machine's clock is ahead of the tracker's, in whole seconds."""
    there = tracker.time()
    return timedelta(seconds=round((here - there).total_seconds())) if there else timedelta()
