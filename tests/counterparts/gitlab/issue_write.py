"""Opening and changing issues: rights, quick actions, events, system notes, hooks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tests.counterparts.gitlab import (
    hooks,
    issue_apply,
    issue_params,
    quick,
    quick_acts,
    rights,
)
from tests.counterparts.gitlab.call import parse_time
from tests.counterparts.gitlab.issue_params import Params
from tests.counterparts.gitlab.rows import GUEST, Issue, Project, User
from tests.counterparts.gitlab.world import Refused, World

OTHER_ROWS = {"labels", "assignees"}  # stand beside the issue's own row: they only touch it


def create(world: World, project: Project, user: User, sent: Mapping[str, Any]) -> Issue:
    """Open an issue as ``user``, with the parameters of ``POST /projects/:id/issues``."""
    rights.need_live(project)
    rights.need(project.visibility != "private" or rights.level(project, user) >= GUEST)
    if "title" not in sent:
        raise Refused(400, "title is missing", key="error")
    params = _declared(world, sent)
    now, opened_at, iid = world.now(), None, None
    if rights.owns(project, user):
        opened_at, iid = params.get("created_at"), params.get("iid")
    at = parse_time("created_at", opened_at) if opened_at else now
    issue = _new(world, project, user, params["title"], at, iid)
    params = _obeyed(world, issue, user, params, new=True)
    params = issue_params.allowed(world, issue, user, params, new=True)
    issue.description = params.get("description")
    issue.kind = params.get("issue_type", "issue")
    issue.confidential = bool(params.get("confidential"))
    issue.severity = params.get("severity", "UNKNOWN")
    project.issues[issue.iid] = project.opened[issue.iid] = issue
    project.version += 1
    issue_apply.labels(world, issue, user, params)
    issue_apply.assignees(world, issue, user, params)
    issue_apply.due(world, issue, user, params)
    issue_apply.on_the_timeline(world, issue, user, "created")
    hooks.issue(world, issue, user, "open", {})
    return issue


def _new(
    world: World, project: Project, user: User, title: str, at: datetime, iid: int | None
) -> Issue:
    number = int(iid) if iid else project.last_iid + 1
    if number in project.issues:
        raise Refused(409, "Duplicated issue")
    project.last_iid = max(project.last_iid, number)
    return Issue(world.next_id("issue"), number, project, title, user.id, at, at)


def update(world: World, issue: Issue, user: User, sent: Mapping[str, Any]) -> Issue:
    """Change an issue as ``user``, with the parameters of ``PUT .../issues/:iid``."""
    rights.need_live(issue.project)
    rights.need(rights.edits(issue, user))
    params = _declared(world, sent)
    if not any(name in sent for name in issue_params.ONE_OF):
        raise Refused(
            400,
            f"{', '.join(issue_params.ONE_OF)} are missing, at least one parameter must be "
            "provided",
            key="error",
        )
    return apply(world, issue, user, _obeyed(world, issue, user, params, new=False))


def _declared(world: World, sent: Mapping[str, Any]) -> Params:
    """Before 19.1 REST knows no severity, and says nothing of it."""
    dumb = () if world.severity_by_rest else ("severity",)
    return issue_params.declared({name: sent[name] for name in sent if name not in dumb})


def _obeyed(world: World, issue: Issue, user: User, params: Params, *, new: bool) -> Params:
    """With the quick actions of the description: they are taken out of it, and done."""
    text, commands = quick.extract(params.get("description") or "")
    if not commands:
        return params
    effect = quick_acts.interpret(world, issue, user, commands, new=new)
    return {**params, "description": text, **effect.updates}


def apply(world: World, issue: Issue, user: User, params: Params) -> Issue:
    """Do what was asked, as far as it is allowed: first the state, then the rest, each with
    its hook, the rest even if it changes nothing."""
    params = issue_params.allowed(world, issue, user, params, new=False)
    canonical = params.pop("canonical", None)
    if canonical is not None:
        duplicate(world, issue, user, canonical)
    event = params.pop("state_event", None)
    if event is not None:
        issue_apply.state(world, issue, user, event)
    if not params:
        return issue
    changes: dict[str, Any] = {}
    before = issue.updated_at
    for part in issue_apply.PARTS:
        changes |= part(world, issue, user, params)
    own = changes.keys() - OTHER_ROWS or issue.updated_by != user.id
    if changes or own:
        issue.updated_by = user.id
        world.touch(issue, throttled=not own)
    if issue.updated_at != before:
        changes |= issue_apply.moved(before, issue.updated_at)
    hooks.issue(world, issue, user, "update", changes)
    return issue


def duplicate(world: World, issue: Issue, user: User, canonical: Issue) -> None:
    """Close it as a duplicate (`duplicate_service.rb`): a note on both, and a link."""
    world.system_note(issue, user, f"marked this issue as a duplicate of #{canonical.iid}")
    world.system_note(canonical, user, f"marked #{issue.iid} as a duplicate of this issue")
    issue_apply.state(world, issue, user, "close")
    issue.duplicate_of = canonical
    if not any(link.other(issue) is canonical for link in issue.links):
        issue_apply.connect(world, issue, canonical, user.id, "relates_to")


def remove(world: World, issue: Issue, user: User) -> None:
    """Delete an issue, which its project's owners may."""
    project = issue.project
    rights.need(rights.owns(project, user))
    for link in list(issue.links):
        link.other(issue).links.remove(link)
    project.opened.pop(issue.iid, None)
    del project.issues[issue.iid]
    project.version += 1
