"""What must stand in GitLab's answers, as far as it is read. Pure."""

from __future__ import annotations

from automation.http.shapes import (
    Perhaps,
    Shape,
    address,
    anything,
    day,
    flag,
    identity,
    if_there,
    listed,
    mapped,
    maybe,
    moment,
    name,
    number,
    record,
    text,
)

USER = record(username=name, id=if_there(identity))
ACCOUNT = record(username=name, id=identity)
ISSUE = record(
    id=if_there(identity),
    iid=identity,
    project_id=number,
    title=text,
    description=maybe(text),
    author=maybe(USER),
    created_at=moment,
    updated_at=moment,
    state=name,
    labels=listed(text),
    assignees=maybe(listed(USER)),
    confidential=maybe(flag),
    due_date=maybe(day),
    web_url=address,
    user_notes_count=maybe(number),
    moved_to_id=maybe(identity),
    issue_type=maybe(text),
    severity=maybe(text),
    closed_at=maybe(moment),
    closed_by=maybe(USER),
    _links=maybe(record(closed_as_duplicate_of=maybe(text))),
)
HEAD = record(
    iid=identity,
    author=maybe(USER),
    updated_at=moment,
    state=text,
    labels=listed(text),
    issue_type=maybe(text),
    user_notes_count=maybe(number),
)
# GitLab answers a text that it took for commands with another object: it lacks the number.
OPENED = record(iid=if_there(identity), assignees=maybe(listed(USER)))
CHANGED = record(assignees=maybe(listed(USER)))
SAID = record(id=if_there(identity))
LINKED = record(iid=identity, project_id=number)
NOTE = record(
    id=identity,
    type=maybe(text),
    system=flag,
    body=maybe(text),
    author=maybe(USER),
    created_at=moment,
    updated_at=moment,
    internal=maybe(flag),
    confidential=maybe(flag),  # as GitLab before 15.2 calls it
)
LABEL_EVENT = record(
    id=identity,
    created_at=moment,
    user=maybe(USER),
    action=name,
    label=maybe(record(name=text)),
)
STATE_EVENT = record(id=identity, created_at=moment, user=maybe(USER), state=name)
HISTORIES = {  # the lists of an issue, by what their address ends with
    "notes": NOTE,
    "resource_label_events": LABEL_EVENT,
    "resource_state_events": STATE_EVENT,
}
EMOJI = record(name=text, user=maybe(USER), created_at=moment)
LABEL = record(
    id=identity,
    name=text,
    color=maybe(text),
    description=maybe(text),
    is_project_label=if_there(flag),
)
_LEVEL = maybe(record(access_level=maybe(number)))
TIER = record(
    approvals_before_merge=if_there(anything),
    permissions=maybe(record(project_access=_LEVEL, group_access=_LEVEL)),
)
MADE = record(id=identity)
MEMBER = record(username=name, id=if_there(identity), state=maybe(text), access_level=maybe(number))


def _answer(data: Shape | Perhaps) -> Shape:
    """Of GraphQL: what was asked for, or what is wrong."""
    return record(data=data, errors=if_there(listed(record(message=text))))


_EVENT = record(note=maybe(text), occurredAt=moment)
_PAGE = record(hasNextPage=flag, endCursor=maybe(text))
_EVENTS = record(nodes=listed(_EVENT), pageInfo=_PAGE)
TIMELINE = _answer(
    maybe(record(project=maybe(record(incidentManagementTimelineEvents=maybe(_EVENTS)))))
)
_LINKS = record(nodes=listed(record(link=text)))
LINKS = _answer(maybe(record(issue=maybe(record(issuableResourceLinks=maybe(_LINKS))))))
EDITED = record(
    data=maybe(record(note=maybe(record(lastEditedBy=maybe(record(username=maybe(text))))))),
)
MADE_EACH = _answer(maybe(mapped(record(errors=listed(text)))))
MERGE_REQUEST = record(
    sha=name, target_branch=text, source_project_id=maybe(identity), target_project_id=identity
)
MERGED = listed(record(iid=identity))
ACCESS = record(issues_access_level=maybe(text), merge_requests_access_level=maybe(text))
DIFF = record(
    old_path=text, new_path=text, renamed_file=flag, deleted_file=flag, b_mode=maybe(text)
)
FILE = record(size=number, content=text)
REMARK = record(id=identity, body=text, author=maybe(USER))
