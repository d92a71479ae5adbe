"""How often a cron line runs. Pure; the line is read by cronsim, which only this module imports."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise, takewhile

from automation.records import dataclass

_NEW_YEAR = datetime(2027, 1, 1)  # of a year without a leap day, as good as any other
_DAYS = 365
_DAY = 24 * 60  # minutes


@dataclass(frozen=True, slots=True)
class CronRhythm:
    """How many runs a month has on average, and the longest wait between two in minutes."""

    monthly: int
    longest: int


def cron_rhythm(line: str) -> CronRhythm | None:
    """The rhythm of a line such as "*/15 * * * *"; None for a text that is no cron line of five
    fields, or never runs."""
    from cronsim import CronSim, CronSimError

    fields = line.split()
    if len(fields) != 5:  # cronsim takes a sixth, for seconds, which no forge knows
        return None
    before, after = _NEW_YEAR - timedelta(minutes=1), _NEW_YEAR + timedelta(days=_DAYS)
    try:
        read = CronSim(line, before)
        midnights = CronSim(" ".join(["0", "0", *fields[2:]]), before)
        days = [(at - _NEW_YEAR).days for at in takewhile(lambda at: at < after, midnights)]
    except (CronSimError, ValueError):
        return None
    if not days:
        return None
    times = sorted(hour * 60 + minute for hour in read.hours for minute in read.minutes)
    within = max((later - earlier for earlier, later in pairwise(times)), default=0)
    night = _DAY - times[-1] + times[0]
    gaps = [
        (later - earlier - 1) * _DAY + night
        for earlier, later in pairwise([*days, days[0] + _DAYS])
    ]
    return CronRhythm(round(len(days) * len(times) / 12), max(within, *gaps))
