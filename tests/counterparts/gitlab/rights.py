"""Who may do what, by role: the part of GitLab's policies that IMA meets."""

from __future__ import annotations

from tests.counterparts.gitlab.rows import GUEST, MAINTAINER, OWNER, PLANNER, Issue, Project, User
from tests.counterparts.gitlab.world import Refused

FORBIDDEN = "403 Forbidden"


def level(project: Project, user: User | None) -> int:
    """The access level, 0 for everybody else, 60 for administrators."""
    if user is None or user.state == "blocked":
        return 0
    return 60 if user.admin else project.members.get(user.id, 0)


def sees(project: Project, user: User | None) -> bool:
    """Whether the project exists for ``user``."""
    if user is not None and user.state == "blocked":
        return False
    if project.visibility == "public" or level(project, user) >= GUEST:
        return True
    return project.visibility == "internal" and user is not None


def reads(issue: Issue, user: User | None) -> bool:
    """Confidential issues are for planners and up, their author and their assignees."""
    if not sees(issue.project, user):
        return False
    if not issue.confidential or level(issue.project, user) >= PLANNER:
        return True
    return user is not None and (user.id == issue.author or user.id in issue.assignees)


def sets_metadata(issue: Issue, user: User) -> bool:
    return level(issue.project, user) >= PLANNER


def sets_confidential(issue: Issue, user: User) -> bool:
    return sets_metadata(issue, user) or user.id == issue.author


def edits(issue: Issue, user: User) -> bool:
    return sets_metadata(issue, user) or user.id == issue.author or user.id in issue.assignees


def comments(issue: Issue, user: User) -> bool:
    return reads(issue, user) and (not issue.locked or level(issue.project, user) >= GUEST)


def owns(project: Project, user: User) -> bool:
    return level(project, user) >= OWNER


def moderates(project: Project, user: User) -> bool:
    return level(project, user) >= MAINTAINER


def need(allowed: bool) -> None:
    if not allowed:
        raise Refused(403, FORBIDDEN)


def need_live(project: Project) -> None:
    """An archived project can only be read."""
    if project.archived:
        raise Refused(403, FORBIDDEN)
