"""Now is the tracker's time, wherever an act on the tracker is judged (P-60)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from automation.planning.finding import Finding
from automation.planning.incident_view import minutes_in_words
from automation.trackers import Tracker

Clock = Callable[[], datetime]
SAME = timedelta(seconds=2)  # a `Date` is in whole seconds, and was on its way
WRONG = timedelta(minutes=1)  # a machine that differs by more is told of


def present(tracker: Tracker, clock: Clock) -> datetime:
    """Now by the tracker's clock. Where the two agree, and where the tracker has said nothing yet,
    the machine's own, which knows parts of a second."""
    here = clock()
    ahead = _ahead(tracker, here)
    return here if abs(ahead) <= SAME else here - ahead


def clock_findings(tracker: Tracker, clock: Clock) -> Iterator[Finding]:
    """That the clock of this machine is wrong."""
    if abs(ahead := _ahead(tracker, clock())) > WRONG:
        length = minutes_in_words(round(abs(ahead).total_seconds()))
        where = "ahead of" if ahead > timedelta() else "behind"
        text = f"the clock of this machine is {length} {where} the tracker's, whose time is used"
        yield Finding(f"{text}: set the clock of the machine that runs IMA", key="clock")


def _ahead(tracker: Tracker, here: datetime) -> timedelta:
    """How far the machine is ahead, in whole seconds."""
    there = tracker.time()
    return timedelta(seconds=round((here - there).total_seconds())) if there else timedelta()
