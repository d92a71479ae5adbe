"""What must stand in Statuspage's answers, as far as it is read. Pure."""

from __future__ import annotations

from automation.http.shapes import (
    address,
    anything,
    flag,
    listed,
    maybe,
    name,
    record,
    text,
)

COMPONENTS = listed(record(id=name, name=text, group=maybe(flag), group_id=maybe(name)))
INCIDENT = record(
    id=name,
    name=maybe(text),
    status=text,
    shortlink=maybe(address),
    components=maybe(listed(record(id=name))),
    metadata=maybe(anything),  # others may keep anything there
)
INCIDENTS = listed(INCIDENT)
