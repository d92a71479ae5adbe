"""The data that is sent to GitLab for a write, and its name in errors. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from automation.changes.label_changes import NO_COLOR
from automation.model.issue import Draft, Label, Update
from automation.trackers.gitlab.escaping import checked_labels, without_quick_actions
from automation.trackers.refs import sendable

NOBODY = [0]  # what empties the assignees


def draft_body(draft: Draft, ids: Sequence[int], issue_type: str, project: str) -> dict[str, Any]:
    """The data of a new issue."""
    body: dict[str, Any] = {
        "title": sendable(draft.title),
        "description": without_quick_actions(draft.body),
        "issue_type": issue_type if draft.incident else "issue",
        "confidential": draft.confidential,
    }
    if draft.labels:
        body["labels"] = ",".join(checked_labels(draft.labels, f"a new issue of {project}"))
    if ids:
        body["assignee_ids"] = list(ids)
    if draft.due:
        body["due_date"] = draft.due.isoformat()
    return body


def update_body(update: Update, ids: Sequence[int], where: str) -> dict[str, Any]:
    """The data that changes labels, assignees (by ``ids``, in this order) and state in one
    request."""
    body: dict[str, Any] = {}
    if update.add_labels:
        body["add_labels"] = ",".join(checked_labels(update.add_labels, where))
    if update.remove_labels:
        body["remove_labels"] = ",".join(checked_labels(update.remove_labels, where))
    if update.assignees is not None and (ids or not update.assignees):
        body["assignee_ids"] = list(ids) or NOBODY
    if update.confidential is not None:
        body["confidential"] = update.confidential
    if update.due is not None:
        body["due_date"] = update.due.isoformat()
    if update.closed is not None:
        body["state_event"] = "close" if update.closed else "reopen"
    return body


def label_body(label: Label) -> dict[str, Any]:
    """The data of a label but for its name."""
    return {
        "color": f"#{label.color.removeprefix('#') or NO_COLOR}",
        "description": sendable(label.description),
    }
