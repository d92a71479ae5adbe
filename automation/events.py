"""Which issues a webhook's payload is about. Pure: any text gives references or nothing.

The payload only names issues; what is so is read from the tracker. So a forged one can do no harm.
Shapes: GitLab issue, work item and note hooks; GitHub ``issues`` and ``issue_comment`` events.
"""

from __future__ import annotations

import json
from typing import Any

LIMIT = 1_000_000  # bytes of a payload that is read
_GREATEST = 10**9


def refs_in(payload: str | bytes) -> list[str]:
    """``["#42"]`` for an event on issue 42, ``[]`` for anything else."""
    if len(payload) > LIMIT:
        return []
    try:
        event = json.loads(payload)
    except (ValueError, RecursionError):
        return []
    if not isinstance(event, dict):
        return []
    number = _gitlab(event) if "object_kind" in event else _github(event)
    return [f"#{number}"] if _is_number(number) else []


def _gitlab(event: dict[str, Any]) -> Any:
    attributes = _map(event.get("object_attributes"))
    if event.get("object_kind") in ("issue", "work_item"):
        return attributes.get("iid")
    if event.get("object_kind") == "note" and attributes.get("noteable_type") in _NOTEABLE:
        return _map(event.get("issue")).get("iid")
    return None


_NOTEABLE = ("Issue", "WorkItem")


def _github(event: dict[str, Any]) -> Any:
    issue = _map(event.get("issue"))
    return None if "pull_request" in issue else issue.get("number")


def _map(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value <= _GREATEST
