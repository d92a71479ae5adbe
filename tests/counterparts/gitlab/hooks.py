"""Web hooks: one for every saved update, even one that changed nothing.

They are put into ``world.outbox`` while the lock is held, and delivered after the answer.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlsplit

from tests.counterparts.gitlab import hook_data
from tests.counterparts.gitlab.rows import Hook, Issue, Note, Project, User
from tests.counterparts.gitlab.world import World

ISSUES, SECRET_ISSUES = "issues_events", "confidential_issues_events"
NOTES, SECRET_NOTES = "note_events", "confidential_note_events"
MERGES = "merge_requests_events"  # can be switched on; none is sent
SWITCHES = (ISSUES, SECRET_ISSUES, NOTES, SECRET_NOTES, MERGES)
HEADERS = {
    ISSUES: "Issue Hook",
    SECRET_ISSUES: "Confidential Issue Hook",
    NOTES: "Note Hook",
    SECRET_NOTES: "Confidential Note Hook",
}
LOOPBACK = ("127.0.0.1", "localhost", "::1")
PATIENCE = 5.0  # seconds


@dataclass(slots=True)
class Delivery:
    """One hook that was sent. ``status`` is 0 until it was answered."""

    url: str
    headers: dict[str, str]
    payload: dict[str, Any]
    status: int = 0


def issue(world: World, row: Issue, user: User, action: str, changes: dict[str, Any]) -> None:
    switch = SECRET_ISSUES if row.confidential else ISSUES
    hooks = _listening(row.project, switch)
    if hooks:
        payload = hook_data.issue(world, row, user, action, changes)
        _queue(world, hooks, switch, payload)


def note(world: World, row: Issue, written: Note, user: User, action: str) -> None:
    switch = SECRET_NOTES if row.confidential or written.internal else NOTES
    hooks = _listening(row.project, switch)
    if hooks and not written.system:
        _queue(world, hooks, switch, hook_data.note(world, row, written, user, action))


def _listening(project: Project, switch: str) -> list[Hook]:
    return [hook for hook in project.hooks if hook.events.get(switch)]


def _queue(world: World, hooks: list[Hook], switch: str, payload: dict[str, Any]) -> None:
    for hook in hooks:
        key = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{world.url}/{world.next_id('delivery')}"))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "GitLab/19.0.0",
            "X-Gitlab-Event": HEADERS[switch],
            "X-Gitlab-Event-UUID": key,
            "X-Gitlab-Instance": world.url,
            "Idempotency-Key": key,
            "webhook-id": key,
        }
        if hook.token:
            headers["X-Gitlab-Token"] = hook.token
        world.outbox.append(Delivery(hook.url, headers, payload))


def deliver(delivery: Delivery) -> None:
    """Post it, to this machine only: to others it stays in the records."""
    where = urlsplit(delivery.url)
    if where.hostname not in LOOPBACK:
        return
    connection = HTTPConnection(where.hostname, where.port or 80, timeout=PATIENCE)
    target = f"{where.path or '/'}?{where.query}" if where.query else where.path or "/"
    try:
        connection.request("POST", target, json.dumps(delivery.payload), delivery.headers)
        delivery.status = connection.getresponse().status
    except (OSError, HTTPException):
        delivery.status = -1
    finally:
        connection.close()
