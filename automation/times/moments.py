"""Times as files write them. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime

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
