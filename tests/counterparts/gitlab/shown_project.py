"""Labels, projects and tokens as GitLab's API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from tests.counterparts.gitlab import rights
from tests.counterparts.gitlab.rows import Label, Project, Token, User
from tests.counterparts.gitlab.world import World

Shown = dict[str, Any]


def time(at: datetime | None) -> str | None:
    """As in ``2026-03-02T09:00:00.000Z``."""
    return None if at is None else at.isoformat(timespec="milliseconds")[:-6] + "Z"


def _text_color(color: str) -> str:
    digits = color.lstrip("#")
    full = "".join(each * 2 for each in digits) if len(digits) == 3 else digits
    bright = sum(int(full[at : at + 2], 16) for at in (0, 2, 4))
    return "#1F1E24" if bright > 400 else "#FFFFFF"


def event_label(row: Label) -> Shown:
    parts = {"id": row.id, "name": row.title, "color": row.color}
    return {**parts, "description": row.description}


def basic_label(row: Label) -> Shown:
    return {
        **event_label(row),
        "description_html": row.description or "",
        "text_color": _text_color(row.color),
        "remove_on_close": False,
    }


def project_label(row: Label) -> Shown:
    more = {"subscribed": False, "priority": row.priority, "archived": False}
    return {**basic_label(row), **more, "is_project_label": not row.group}


def project(world: World, row: Project, viewer: User | None) -> Shown:
    path, name = row.path, row.path.rpartition("/")[2]
    space = path.rpartition("/")[0]
    role = rights.level(row, viewer)
    access = {"access_level": min(role, 50), "notification_level": 3} if role else None
    return {
        "id": row.id,
        "description": "",
        "name": name,
        "name_with_namespace": path.replace("/", " / "),
        "path": name,
        "path_with_namespace": path,
        "created_at": time(row.created_at),
        "default_branch": "main",
        "visibility": row.visibility,
        "archived": row.archived,
        "issues_enabled": True,
        "issues_access_level": "enabled",
        "open_issues_count": len(row.opened),
        "web_url": f"{world.url}/{path}",
        "namespace": {"id": 1, "name": space, "path": space, "kind": "group", "full_path": space},
        "permissions": {"project_access": access, "group_access": None},
        "_links": {"self": f"{world.url}/api/v4/projects/{row.id}"},
        **({"approvals_before_merge": 0} if row.premium else {}),  # shown where it is licensed
        "ci_separated_caches": True,
        **{name: value for name, value in row.settings.items() if name != "allows"},
    }


def token(row: Token, now: datetime) -> Shown:
    return {
        "id": row.id,
        "name": row.name,
        "revoked": row.revoked,
        "created_at": time(row.created_at),
        "description": None,
        "scopes": list(row.scopes),
        "user_id": row.user.id,
        "last_used_at": time(now),
        "active": not row.revoked and (row.expires_at is None or row.expires_at > now.date()),
        "expires_at": row.expires_at.isoformat() if row.expires_at else None,
    }
