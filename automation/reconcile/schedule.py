"""Does the schedule that runs IMA still come, and in time? What it finds stands on the dashboard,
for no job is there to say it where it does not come (P-52)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta

from automation.errors import ServiceError
from automation.history.step_times import length_in_words
from automation.planning.dashboard_rows import looks_at_everything
from automation.planning.finding import Finding
from automation.planning.plan import Snapshot
from automation.records import dataclass
from automation.times.moments import clock_time

LATE = timedelta(hours=3)  # a forge is often late by less, and drops a run
GRAVELY_LATE = timedelta(hours=6)
TOLD_FOR = timedelta(days=1)  # how long it stands on the dashboard that a sweep was late
WARNED_BEFORE = timedelta(days=15)
GRAVE_BEFORE = timedelta(days=7)
STOPPED, WAS_LATE, ENDS = "schedule stopped", "schedule late", "schedule ends"  # keys


@dataclass(frozen=True, slots=True)
class Schedule:
    """What is known of the schedule of the job that runs this pass."""

    longest: timedelta  # between two sweeps
    switched_off_at: Callable[[], datetime | None]  # asks the forge; None: never


def schedule_findings(
    schedule: Schedule, seen: Snapshot, last: datetime | None
) -> Iterator[Finding]:
    """What is wrong with it; ``last`` is when a sweep came before this run, if that is known."""
    yield from _late(schedule, seen, last)
    if looks_at_everything(seen):
        yield from _ends(schedule, seen)


def _late(schedule: Schedule, seen: Snapshot, last: datetime | None) -> Iterator[Finding]:
    now, sweeps, row = seen.now, looks_at_everything(seen), seen.stored.findings.get(WAS_LATE)
    if last and now - last > max(LATE, 3 * schedule.longest):
        at, ago = clock_time(last, now), length_in_words(now - last)
        if sweeps:
            text = (
                f"no sweep came from {at} to {clock_time(now, now)}: the clocks were acted on late"
            )
            yield Finding(text, key=WAS_LATE, grave=now - last >= GRAVELY_LATE)
        else:
            text = f"the schedule has stopped: the last sweep was at {at}, {ago} ago"
            how = "nothing happens by the clock; see Actions, and ask `ima doctor`"
            yield Finding(f"{text}; {how}", key=STOPPED, grave=True)
    elif sweeps and row and now - datetime.fromisoformat(row["since"]) < TOLD_FOR:
        yield Finding(row["text"], key=WAS_LATE, grave=bool(row.get("grave")))


def _ends(schedule: Schedule, seen: Snapshot) -> Iterator[Finding]:
    """Asked when everything is listed, and as long as the dashboard warns of it."""
    everything = seen.whole or (seen.sweep is not None and seen.sweep.full)
    if not everything and ENDS not in seen.stored.findings:
        return
    with suppress(ServiceError):  # that it cannot be asked stops nothing
        at = schedule.switched_off_at()
        if at and at - seen.now < WARNED_BEFORE:
            text = (
                f"GitHub switches the schedule off on {at:%Y-%m-%d}, 60 days after the last commit"
            )
            grave = at - seen.now < GRAVE_BEFORE
            yield Finding(f"{text}: push one to any branch", key=ENDS, grave=grave)
