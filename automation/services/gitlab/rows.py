"""What must stand in GitLab's answers to GraphQL, as far as it is read. Pure."""

from __future__ import annotations

from automation.http.shapes import (
    Perhaps,
    Shape,
    if_there,
    listed,
    maybe,
    moment,
    name,
    record,
    text,
)


def _answer(**data: Shape | Perhaps) -> Shape:
    """What was asked for, or what is wrong."""
    wrong = if_there(listed(record(message=text)))
    return record(data=maybe(record(**data)), errors=wrong)


def _nodes(**row: Shape | Perhaps) -> Perhaps:
    return maybe(record(nodes=listed(record(**row))))


_USER = record(username=name)
SCHEDULES = _answer(
    project=maybe(
        record(
            incidentManagementOncallSchedules=_nodes(iid=text, name=text, oncallUsers=listed(_USER))
        )
    )
)
_ESCALATIONS = _nodes(id=text, name=text)
POLICIES = _answer(project=maybe(record(incidentManagementEscalationPolicies=_ESCALATIONS)))
_ISSUE = record(escalationStatus=maybe(text), escalationPolicy=maybe(record(id=text)))
INCIDENT = _answer(
    project=maybe(
        record(
            issue=maybe(_ISSUE),
            incidentManagementEscalationPolicies=_ESCALATIONS,
        )
    )
)
INCIDENTS = _answer(
    currentUser=maybe(_USER),
    project=maybe(record(issues=_nodes(id=text, iid=text, escalationStatus=maybe(text)))),
)
TIMELINE = _answer(
    project=maybe(
        record(
            incidentManagementTimelineEvents=_nodes(
                action=text, occurredAt=moment, author=maybe(_USER)
            )
        )
    )
)
SET = _answer(issueSetEscalationPolicy=maybe(record(errors=listed(text))))
