"""What must stand in Statuspage's answers, as far as it is read. Pure."""

from __future__ import annotations

from automation.http.shapes import (
    address,
    anything,
    flag,
    if_there,
    listed,
    maybe,
    name,
    record,
    text,
)

COMPONENTS = listed(record(id=name, name=text, group=maybe(flag), group_id=maybe(name)))
# What others keep in the metadata may be anything.
_OURS = record(reference=if_there(anything), kind=if_there(anything), posts=if_there(anything))
INCIDENT = record(
    id=name,
    name=maybe(text),
    status=text,
    shortlink=maybe(address),
    components=maybe(listed(record(id=name))),
    metadata=maybe(anything),
)
INCIDENTS = listed(INCIDENT)
