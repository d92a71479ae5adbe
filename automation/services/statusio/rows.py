"""What must stand in status.io's answers, as far as it is read. Pure."""

from __future__ import annotations

from typing import Any

from automation.http.shapes import Odd, listed, maybe, name, record, text


def code(value: Any) -> int | str:
    """A number, which its own examples also write as text."""
    if type(value) is int or (type(value) is str and value.isdecimal() and len(value) < 10):
        return value
    raise Odd("a number", value)


COMPONENTS = listed(
    record(
        _id=name,
        name=text,
        containers=maybe(listed(record(_id=name, name=text))),
    )
)
INCIDENT = record(
    _id=name,
    name=maybe(text),
    datetime_open=maybe(text),
    messages=maybe(
        listed(
            record(
                details=maybe(text),
                state=maybe(code),
                status=maybe(code),
                datetime=maybe(text),
            )
        )
    ),
)
LISTED = record(active_incidents=listed(INCIDENT), resolved_incidents=listed(INCIDENT))
WORK = record(_id=name, name=maybe(text), messages=maybe(listed(record(details=maybe(text)))))
WORKS = record(
    active_maintenances=listed(WORK),
    upcoming_maintenances=listed(WORK),
    resolved_maintenances=listed(WORK),
)
SUMMARY = record(status_overall=record(status_code=code))
