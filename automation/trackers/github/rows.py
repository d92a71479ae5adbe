"""What must stand in GitHub's answers, as far as it is read. Pure."""

from __future__ import annotations

from typing import Any

from automation.http.shapes import (
    Perhaps,
    Shape,
    address,
    anything,
    flag,
    identity,
    if_there,
    listed,
    maybe,
    moment,
    name,
    number,
    only,
    record,
    text,
)

USER = record(login=name)
NAMED = record(name=text)
NAMES = listed(only("name", text))
ISSUE = record(
    number=identity,
    id=identity,
    node_id=if_there(name),
    title=text,
    body=maybe(text),
    user=maybe(USER),
    created_at=moment,
    updated_at=moment,
    state=name,
    labels=NAMES,
    assignees=maybe(listed(USER)),
    locked=maybe(flag),
    html_url=address,
    comments=maybe(number),
    pull_request=if_there(anything),
    parent_issue_url=maybe(text),
    repository_url=maybe(text),
    sub_issues_summary=maybe(record(total=maybe(number))),
)
HEAD = record(
    number=identity,
    user=maybe(USER),
    updated_at=moment,
    state=text,
    labels=NAMES,
    comments=maybe(number),
    pull_request=if_there(anything),
)


def listed_head(value: Any) -> dict[str, Any]:
    """A head, and beside it the whole row, which may be needed at once."""
    return {**HEAD(value), "whole": value}


CHANGED = record(assignees=maybe(listed(USER)))
MADE = record(id=identity)
MOVING = record(node_id=name, state=name)
LOCKED = record(active_lock_reason=maybe(text))
CHILD = record(number=identity, repository_url=maybe(text))
SAID = record(id=identity, user=maybe(USER), body=maybe(text))
COMMENT = record(
    event=if_there(text),
    id=identity,
    node_id=if_there(name),
    created_at=moment,
    updated_at=maybe(moment),
    user=maybe(USER),
    actor=maybe(USER),
    body=maybe(text),
    reactions=maybe(record(eyes=if_there(number), total_count=if_there(number))),
)
_ACT: dict[str, Shape | Perhaps] = {
    "event": text,
    "id": identity,
    "created_at": moment,
    "actor": maybe(USER),
}
_EVENTS: dict[str, Shape] = {
    "commented": COMMENT,
    "labeled": record(**_ACT, label=NAMED),
    "unlabeled": record(**_ACT, label=NAMED),
    "assigned": record(**_ACT, assignee=maybe(USER), assigner=maybe(USER)),
    "unassigned": record(**_ACT, assignee=maybe(USER), assigner=maybe(USER)),
    "closed": record(**_ACT, state_reason=maybe(text)),
    "reopened": record(**_ACT),
    "renamed": record(**_ACT),
    "locked": record(**_ACT, lock_reason=maybe(text)),
    "unlocked": record(**_ACT),
    "converted_to_discussion": record(**_ACT),
}
_OTHER = record(event=maybe(text))
REACTION = record(content=text, user=maybe(USER), created_at=moment)
STATUSES = record(
    statuses=listed(record(context=text, state=text, description=maybe(text))),
)
LABEL = record(id=if_there(identity), name=text, color=maybe(text), description=maybe(text))
LEVELS = record(**dict.fromkeys(("pull", "triage", "push", "maintain", "admin"), if_there(flag)))
COLLABORATOR = record(login=name, permissions=LEVELS)
PERMISSION = record(
    user=maybe(record(permissions=maybe(LEVELS))), role_name=maybe(text), permission=maybe(text)
)
REPOSITORY = record(private=flag, pushed_at=maybe(moment))
TARGET = record(private=flag, node_id=name, id=if_there(identity))
COUNTED = record(open_issues_count=number)
COMMENTED = record(comments=number)
# GraphQL says with status 200 that it refuses, and why.
EDITED = record(data=maybe(record(node=maybe(record(editor=maybe(USER))))))
_TEXT = record(issue=maybe(record(lastEditedAt=maybe(moment))))
TEXT_EDITED = record(data=maybe(record(repository=maybe(_TEXT))))
VIEWER = record(data=maybe(record(viewer=maybe(record(login=name)))))
TRANSFERRED = record(
    data=maybe(record(transferIssue=maybe(record(issue=maybe(record(number=identity)))))),
    errors=maybe(listed(record(message=maybe(text)))),
)


def timeline_entry(value: Any) -> dict[str, Any]:
    """What somebody did or said. There are more kinds than anybody lists, each with fields of its
    own: of those that IMA does not know, only the name is kept."""
    entry: dict[str, Any] = _OTHER(value)
    shape = _EVENTS.get(entry["event"] or "")
    return shape(value) if shape else entry


_HOME = record(full_name=text)
PULL = record(
    head=record(sha=name, repo=maybe(_HOME)),
    base=record(ref=text, repo=_HOME),
)
MERGED = listed(record(number=number))
PULL_FILE = record(filename=text, status=text, previous_filename=maybe(text))
CONTENT = record(type=text, size=number, content=maybe(text))
REMARK = record(id=identity, body=maybe(text), user=maybe(USER))
