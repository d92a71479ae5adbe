"""Issues and what belongs to them as GitLab's API shows them."""

from __future__ import annotations

from typing import Any

from tests.counterparts.gitlab import shown_project
from tests.counterparts.gitlab.rows import Award, Event, Issue, Link, Note, User
from tests.counterparts.gitlab.shown_project import Shown, time
from tests.counterparts.gitlab.world import World


def user(world: World, row: User) -> Shown:
    return {
        "id": row.id,
        "username": row.username,
        "name": row.name,
        "state": row.state,
        "avatar_url": f"{world.url}/uploads/avatar/{row.id}.png",
        "web_url": f"{world.url}/{row.username}",
    }


def whole_user(world: World, row: User) -> Shown:
    return {
        **user(world, row),
        "locked": False,
        "bot": row.bot,
        "created_at": None,
        "public_email": "",
        "is_admin": row.admin,
    }


def maybe_user(world: World, number: int | None) -> Shown | None:
    row = None if number is None else world.user(number)
    return None if row is None else user(world, row)


def member(world: World, row: User, access_level: int) -> Shown:
    more = {"access_level": access_level, "expires_at": None, "membership_state": "active"}
    return {**user(world, row), **more}


def label_names(issue: Issue) -> list[str]:
    known = issue.project.labels
    return sorted(known[number].title for number in issue.labels)


def issue_url(world: World, issue: Issue) -> str:
    return f"{world.url}/{issue.project.path}/-/issues/{issue.iid}"


def _labels(issue: Issue, details: bool) -> list[Any]:
    if not details:
        return label_names(issue)
    rows = sorted((issue.project.labels[each] for each in issue.labels), key=lambda x: x.title)
    return [shown_project.basic_label(label) for label in rows]


def issue(world: World, row: Issue, *, details: bool = False) -> Shown:
    people = [user(world, each) for each in map(world.user, row.assignees) if each]
    return {
        "id": row.id,
        "iid": row.iid,
        "project_id": row.project.id,
        "title": row.title,
        "description": row.description,
        "state": row.state,
        "created_at": time(row.created_at),
        "updated_at": time(row.updated_at),
        "closed_at": time(row.closed_at),
        "closed_by": maybe_user(world, row.closed_by),
        "labels": _labels(row, details),
        "milestone": None,
        "assignees": people,
        "author": user(world, world.author(row.author)),
        "type": row.kind.upper(),
        "assignee": people[0] if people else None,
        "user_notes_count": sum(not note.system for note in row.notes),
        "merge_requests_count": 0,
        "upvotes": sum(award.name == "thumbsup" for award in row.awards),
        "downvotes": sum(award.name == "thumbsdown" for award in row.awards),
        "due_date": row.due.isoformat() if row.due else None,
        "confidential": row.confidential,
        "discussion_locked": row.locked or None,
        "issue_type": row.kind,
        "web_url": issue_url(world, row),
        **_rest_of_issue(world, row),
        **_weight(row),
    }


def _weight(row: Issue) -> Shown:
    """Shown where the licence has weights and the kind of issue, too: incidents have none."""
    return {"weight": None} if row.project.premium and row.kind != "incident" else {}


def _rest_of_issue(world: World, row: Issue) -> Shown:
    api = f"{world.url}/api/v4/projects/{row.project.id}"
    here = f"{api}/issues/{row.iid}"
    return {
        "time_stats": {
            "time_estimate": 0,
            "total_time_spent": 0,
            "human_time_estimate": None,
            "human_total_time_spent": None,
        },
        "task_completion_status": {"count": 0, "completed_count": 0},
        "has_tasks": False,
        "blocking_issues_count": 0,
        "_links": {
            "self": here,
            "notes": f"{here}/notes",
            "award_emoji": f"{here}/award_emoji",
            "project": api,
            "closed_as_duplicate_of": _duplicate_of(world, row),
        },
        "references": {
            "short": f"#{row.iid}",
            "relative": f"#{row.iid}",
            "full": f"{row.project.path}#{row.iid}",
        },
        "severity": row.severity,
        "moved_to_id": row.moved_to_id,
        "imported": False,
        "imported_from": "none",
        "service_desk_reply_to": None,
    }


def _duplicate_of(world: World, row: Issue) -> str | None:
    """The address of the other issue, in the API."""
    of = row.duplicate_of
    return f"{world.url}/api/v4/projects/{of.project.id}/issues/{of.iid}" if of else None


def note(world: World, issue: Issue, row: Note, changes: Shown | None = None) -> Shown:
    return {
        "id": row.id,
        "type": "DiscussionNote" if row.discussion else None,
        "body": row.body,
        "attachment": None,
        "author": user(world, world.author(row.author)),
        "created_at": time(row.created_at),
        "updated_at": time(row.updated_at),
        "system": row.system,
        "noteable_id": issue.id,
        "noteable_type": "Issue",
        "noteable_iid": issue.iid,
        "resolvable": False,
        "confidential": row.internal,
        "internal": row.internal,
        "commands_changes": changes or {},
    }


def award(world: World, row: Award, kind: str, number: int) -> Shown:
    return {
        "id": row.id,
        "name": row.name,
        "user": maybe_user(world, row.user),
        "created_at": time(row.created_at),
        "updated_at": time(row.created_at),
        "awardable_id": number,
        "awardable_type": kind,
        "url": None,
    }


def label_event(world: World, issue: Issue, row: Event) -> Shown:
    """A deleted label is null; a renamed one has its new name."""
    found = issue.project.labels.get(row.subject)
    kept = {"label": shown_project.event_label(found) if found else None, "action": row.action}
    return {**_event(world, issue, row), **kept}


def state_event(world: World, issue: Issue, row: Event) -> Shown:
    none = {"source_commit": None, "source_merge_request_id": None}
    return {**_event(world, issue, row), **none, "state": row.action}


def _event(world: World, issue: Issue, row: Event) -> Shown:
    return {
        "id": row.id,
        "user": maybe_user(world, row.user),
        "created_at": time(row.created_at),
        "resource_type": "Issue",
        "resource_id": issue.id,
    }


def link(world: World, row: Link) -> Shown:
    source, target = issue(world, row.source), issue(world, row.target)
    return {"source_issue": source, "target_issue": target, "link_type": row.kind}


def linked_issue(world: World, row: Link, seen_from: Issue) -> Shown:
    return {
        **issue(world, row.other(seen_from)),
        "issue_link_id": row.id,
        "link_type": row.kind_from(seen_from),
        "link_created_at": time(row.created_at),
        "link_updated_at": time(row.created_at),
    }
