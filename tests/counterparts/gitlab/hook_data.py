"""What web hooks say: ``issue`` for issues, ``work_item`` for incidents and the rest."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.counterparts.gitlab import shown
from tests.counterparts.gitlab.rows import Issue, Label, Note, Project, User
from tests.counterparts.gitlab.shown_project import time
from tests.counterparts.gitlab.world import World

Data = dict[str, Any]
VISIBILITY = {"private": 0, "internal": 10, "public": 20}


def issue(world: World, row: Issue, user: User, action: str, changes: Data) -> Data:
    kind = "issue" if row.kind == "issue" else "work_item"
    marks = labels(row.project, row.labels)
    assigned = assignees(world, row.assignees)
    return {
        "object_kind": kind,
        "event_type": f"confidential_{kind}" if row.confidential else kind,
        "user": {**person(world, user), "id": user.id, "email": "[REDACTED]"},
        "project": project(world, row.project),
        "object_attributes": {**_attributes(world, row), "action": action, "labels": marks},
        "labels": marks,
        "changes": changes,
        "repository": _repository(world, row.project),
        "assignees": assigned,
        **({"assignee": assigned[0]} if assigned else {}),
    }


def note(world: World, row: Issue, written: Note, user: User, action: str) -> Data:
    secret = row.confidential or written.internal
    return {
        "object_kind": "note",
        "event_type": "confidential_note" if secret else "note",
        "user": {**person(world, user), "id": user.id, "email": "[REDACTED]"},
        "project_id": row.project.id,
        "project": project(world, row.project),
        "object_attributes": {
            "id": written.id,
            "note": written.body,
            "description": written.body,
            "noteable_type": "Issue",
            "author_id": written.author,
            "created_at": _old_time(written.created_at),
            "updated_at": _old_time(written.updated_at),
            "project_id": row.project.id,
            "attachment": None,
            "line_code": None,
            "commit_id": None,
            "noteable_id": row.id,
            "system": False,
            "st_diff": None,
            "internal": written.internal,
            "action": action,
            "url": f"{shown.issue_url(world, row)}#note_{written.id}",
        },
        "repository": _repository(world, row.project),
        "issue": {**_attributes(world, row), "labels": labels(row.project, row.labels)},
    }


def person(world: World, user: User) -> Data:
    basic = shown.user(world, user)
    return {name: basic[name] for name in ("name", "username", "avatar_url")}


def assignees(world: World, numbers: list[int]) -> list[Data]:
    people = [user for user in map(world.user, numbers) if user]
    return [{**person(world, user), "id": user.id, "email": "[REDACTED]"} for user in people]


def labels(project: Project, numbers: set[int]) -> list[Data]:
    rows = [project.labels[each] for each in numbers if each in project.labels]
    return [_label(project, row) for row in sorted(rows, key=lambda row: row.title)]


def _label(project: Project, row: Label) -> Data:
    return {
        "id": row.id,
        "title": row.title,
        "color": row.color,
        "project_id": None if row.group else project.id,
        "created_at": time(row.created_at),
        "updated_at": time(row.updated_at or row.created_at),
        "template": False,
        "description": row.description,
        "type": "GroupLabel" if row.group else "ProjectLabel",
        "group_id": 1 if row.group else None,
    }


def _old_time(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M:%S UTC")


def _attributes(world: World, row: Issue) -> Data:
    """``escalation_status`` is a guess: nothing here escalates."""
    more = {"escalation_status": "triggered"} if row.kind == "incident" else {}
    return {
        "author_id": row.author,
        "closed_at": time(row.closed_at),
        "confidential": row.confidential,
        "created_at": time(row.created_at),
        "description": row.description,
        "discussion_locked": row.locked or None,
        "due_date": row.due.isoformat() if row.due else None,
        "id": row.id,
        "iid": row.iid,
        "last_edited_at": None,
        "last_edited_by_id": None,
        "milestone_id": None,
        "moved_to_id": None,
        "duplicated_to_id": None,
        "project_id": row.project.id,
        "relative_position": 0,
        "state_id": 1 if row.state == "opened" else 2,
        "time_estimate": 0,
        "title": row.title,
        "updated_at": time(row.updated_at),
        "updated_by_id": row.updated_by,
        "type": row.kind.replace("_", " ").title(),
        "url": shown.issue_url(world, row),
        "total_time_spent": 0,
        "time_change": 0,
        "human_total_time_spent": None,
        "human_time_change": None,
        "human_time_estimate": None,
        "assignee_ids": list(row.assignees),
        "assignee_id": row.assignees[0] if row.assignees else None,
        "state": row.state,
        "severity": row.severity.lower(),
        "weight": None,
        "health_status": None,
        **more,
    }


def project(world: World, row: Project) -> Data:
    url = f"{world.url}/{row.path}"
    ssh = f"git@127.0.0.1:{row.path}.git"
    return {
        "id": row.id,
        "name": row.path.rpartition("/")[2],
        "description": "",
        "web_url": url,
        "avatar_url": None,
        "git_ssh_url": ssh,
        "git_http_url": f"{url}.git",
        "namespace": row.path.rpartition("/")[0],
        "visibility_level": VISIBILITY[row.visibility],
        "path_with_namespace": row.path,
        "default_branch": "main",
        "ci_config_path": None,
        "homepage": url,
        "url": ssh,
        "ssh_url": ssh,
        "http_url": f"{url}.git",
    }


def _repository(world: World, row: Project) -> Data:
    url = f"{world.url}/{row.path}"
    name = row.path.rpartition("/")[2]
    ssh = f"git@127.0.0.1:{row.path}.git"
    return {"name": name, "url": ssh, "description": "", "homepage": url}
