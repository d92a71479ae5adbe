"""What must stand in PagerDuty's answers, as far as it is read. Pure."""

from __future__ import annotations

from automation.http.shapes import (
    if_there,
    listed,
    maybe,
    moment,
    name,
    number,
    record,
    text,
)

NAMED = record(id=maybe(name))
USER = record(
    id=maybe(name),
    type=maybe(text),
    email=if_there(text),
    name=maybe(text),
    summary=maybe(text),
)
ON_CALL = record(
    user=maybe(USER),
    schedule=maybe(NAMED),
    start=maybe(moment),
    escalation_level=maybe(number),
)
PAGE = record(
    id=name,
    incident_key=maybe(text),
    title=maybe(text),
    status=maybe(text),
    created_at=maybe(moment),
    last_status_change_at=maybe(moment),
    assignments=maybe(listed(record(at=maybe(moment)))),
    resolve_reason=maybe(record(type=maybe(text), incident=maybe(NAMED))),
)
WRITTEN = record(
    id=maybe(name),
    status=maybe(text),
    created_at=maybe(moment),
    last_status_change_at=maybe(moment),
)
LOG_ENTRY = record(
    type=maybe(text),
    created_at=maybe(moment),
    agent=maybe(USER),
    assignees=maybe(listed(USER)),
)
SCHEDULE = record(users=maybe(listed(USER)))
SERVICE = record(
    status=maybe(text),
    auto_resolve_timeout=maybe(number),
    acknowledgement_timeout=maybe(number),
)
ESCALATION_POLICY = record(
    escalation_rules=maybe(
        listed(
            record(
                escalation_delay_in_minutes=maybe(number),
                targets=maybe(listed(NAMED)),
            )
        )
    )
)
