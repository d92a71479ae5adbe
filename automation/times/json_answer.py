"""An answer for a program: one JSON object, in which a time is a time. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

FORMAT = 1  # of answers: another number where a key goes or changes its meaning


def json_answer(data: Mapping[str, Any]) -> str:
    """The object as JSON with sorted keys, in ASCII; it says which form of answers it has."""
    return json.dumps({**data, "format": FORMAT}, indent=2, sort_keys=True, default=_time)


def iso(when: datetime) -> str:
    """A moment as a program reads it: "2026-03-02T12:31:00Z"."""
    if when.tzinfo is None:
        raise TypeError(f"{when} is no moment: it has no zone")
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _time(value: object) -> str:
    if isinstance(value, datetime):
        return iso(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{value!r} has no place in an answer")
