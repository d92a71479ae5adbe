"""Times as files write them. Pure."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, timezone

from automation.errors import PolicyError
from automation.mistakes import quoted
from automation.times.durations import zone_named

_MOMENT = re.compile(
    r"(?P<at>\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)"
    r"(?P<offset>[Zz]|[+-]\d\d:\d\d| [A-Za-z][\w+/-]*)",
    re.ASCII,
)


def moment(text: str) -> datetime:
    """The instant that ``text`` names, in UTC."""
    return local_moment(text).astimezone(UTC)


def local_moment(text: str) -> datetime:
    """The instant that ``text`` names, in the zone that it names."""
    if not (found := _MOMENT.fullmatch(text)):
        raise PolicyError(f"{quoted(text)} is not a time")
    offset = found["offset"]
    try:
        if offset.startswith(" "):
            local = datetime.fromisoformat(found["at"]).replace(tzinfo=zone_named(offset[1:]))
        else:
            local = datetime.fromisoformat(found["at"] + offset.upper())
        local.astimezone(UTC)  # is it one?
        return local
    except (ValueError, OverflowError) as error:
        raise PolicyError(f"{quoted(text)} is not a time") from error


def clock_time(when: datetime, now: datetime) -> str:
    """A time for people, in UTC: "14:05 UTC". It has a date where that is not the day of
    ``now``."""
    return f"{when:%H:%M} UTC" if when.date() == now.date() else f"{when:%Y-%m-%d %H:%M} UTC"


_POINT = (
    r"(?:(\d{4}-\d\d-\d\d|today|yesterday)(?:,?\s+(?:at\s+)?|T))?"
    r"(\d{1,2}:\d\d)(?::\d\d)?\s*\(?(?:Z|UTC)?\)?"
)
_SPAN = re.compile(
    rf"(?:from\s+)?{_POINT}\s*(?:to|until|till|bis|-+>?|=+>|→)\s*{_POINT}",
    re.ASCII | re.IGNORECASE,
)
_DASH = re.compile("[‐‑‒–—―−﹘﹣－]")  # as phones make them
LONGEST = timedelta(days=3660)  # between a beginning and now


def past_span(text: str, now: datetime) -> tuple[datetime, datetime] | None:
    """ "2026-03-02 14:05 to 15:20", in UTC: two times of the past, the earlier first. Without a
    day, the first is the last such time and the second the next one. None for anything else."""
    line = _DASH.sub("-", " ".join(text.split())).translate(dict.fromkeys(map(ord, '"“”„`*')))
    if not (found := _SPAN.fullmatch(line)):
        return None
    first, begins, last, ends = found.groups()
    try:
        start = _at(first or "today", begins, now)
        if not first and start > now:
            start -= timedelta(days=1)
        end = _at(last or f"{start.date()}", ends, now)
        if not last and end <= start:
            end += timedelta(days=1)
    except (ValueError, OverflowError):
        return None
    return (start, end) if now - LONGEST < start < end <= now else None


def _at(day: str, hour: str, now: datetime) -> datetime:
    at, today = time.fromisoformat(hour.zfill(5)), now.astimezone(UTC).date()
    named = {"today": today, "yesterday": today - timedelta(days=1)}
    return datetime.combine(named.get(day.lower()) or date.fromisoformat(day), at, UTC)


_ABBREVIATED = {  # those that mean one zone alone; of the others nobody knows which one is meant
    "WET": 0,
    "WEST": 1,
    "CET": 1,
    "MET": 1,
    "CEST": 2,
    "MEST": 2,
    "EET": 2,
    "EEST": 3,
    "MSK": 3,
    "JST": 9,
    "EST": -5,
    "EDT": -4,
    "CDT": -5,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
}
_AMBIGUOUS = ("IST", "CST", "BST", "MST", "AST", "EAT", "SST", "AEST", "AEDT", "NZST", "NZDT")
_ZONE = (
    r"(?:Z|UTC|GMT|[+-]\d\d:?\d\d|[A-Z][A-Za-z_]+/[A-Z][\w/+-]*"
    rf"|(?:{'|'.join([*_ABBREVIATED, *_AMBIGUOUS])})\b)"
)
_DAY_AND_HOUR = re.compile(
    r"(?:(?P<day>\d{4}-\d\d-\d\d)(?:[Tt]|,?\s+(?:at\s+)?))?(?P<hour>[0-2]?\d:[0-5]\d)"
    rf"(?::[0-5]\d)?(?:\.\d{{1,6}})?\s*\(?(?P<zone>{_ZONE})?\b",
    re.ASCII,
)


def two_moments(text: str) -> tuple[datetime, datetime] | None:
    """The two times that a text names, in UTC: "2026-03-02 22:00 to 23:30 Europe/Berlin". The
    first needs a day. The second is on the same day, or the next, where it has none; one zone
    stands for both; without any it is UTC. None for more or fewer times, or no such ones."""
    found = [each.groupdict() for each in _DAY_AND_HOUR.finditer(text)]
    if len(found) != 2 or not found[0]["day"]:
        return None
    first, last = found
    try:
        start = _in_zone(first["day"], first["hour"], first["zone"] or last["zone"])
        end = _in_zone(last["day"] or first["day"], last["hour"], last["zone"] or first["zone"])
        if not last["day"] and end <= start:
            end += timedelta(days=1)
    except (PolicyError, ValueError, OverflowError):
        return None
    return (start, end) if start < end else None


def _in_zone(day: str, hour: str, zone: str | None) -> datetime:
    at = datetime.combine(datetime.fromisoformat(day), time.fromisoformat(hour.zfill(5)))
    if zone and zone[0] in "+-":
        return datetime.fromisoformat(f"{at.isoformat()}{zone}").astimezone(UTC)
    if zone in _ABBREVIATED:
        return at.replace(tzinfo=timezone(timedelta(hours=_ABBREVIATED[zone]))).astimezone(UTC)
    if zone in _AMBIGUOUS:
        raise ValueError(zone)
    named = zone_named(zone) if zone and zone not in ("Z", "UTC", "GMT") else UTC
    return at.replace(tzinfo=named).astimezone(UTC)
