"""One function for each thing that can change of an issue. Each does it, leaves the event or
system note, and returns what a hook says of it: {field: {previous, current}}."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from tests.counterparts.gitlab import hook_data, hooks, issue_params
from tests.counterparts.gitlab.issue_params import Params
from tests.counterparts.gitlab.quick_effect import sentence
from tests.counterparts.gitlab.rows import Event, Happened, Issue, Link, User
from tests.counterparts.gitlab.shown_project import time
from tests.counterparts.gitlab.world import Refused, World

Changes = dict[str, Any]
PRIORITY = {"CRITICAL": "S1", "HIGH": "S2", "MEDIUM": "S3", "LOW": "S4"}


def changed(field: str, previous: Any, current: Any) -> Changes:
    return {field: {"previous": previous, "current": current}}


def moved(before: datetime, after: datetime) -> Changes:
    return changed("updated_at", time(before), time(after))


def state(world: World, issue: Issue, user: User, event: str) -> None:
    """Close or reopen, with the hook of its own. It may be so already: nothing happens."""
    wanted = "closed" if event == "close" else "opened"
    if issue.state == wanted:
        return
    now, before = world.now(), issue.updated_at
    issue.state = wanted
    issue.duplicate_of = None  # reopening forgets it
    issue.closed_at, issue.closed_by = (now, user.id) if wanted == "closed" else (None, None)
    opened = issue.project.opened
    if wanted == "closed":
        opened.pop(issue.iid, None)
        issue.alert = issue.alert and "resolved"  # `close_service.rb`
        issue.status = "RESOLVED"
    else:
        opened[issue.iid] = issue
    action = "closed" if wanted == "closed" else "reopened"
    issue.state_events.append(Event(world.next_id("state_event"), user.id, now, action))
    on_the_timeline(world, issue, user, "resolved" if wanted == "closed" else "reopened")
    issue.updated_by = user.id
    world.touch(issue)
    states = {"opened": 1, "closed": 2}
    changes = changed("state_id", 3 - states[wanted], states[wanted])
    hooks.issue(world, issue, user, event, changes | moved(before, now))


def on_the_timeline(world: World, issue: Issue, user: User, what: str) -> None:
    """What GitLab itself notes of an incident, without a word in its history."""
    if issue.kind == "incident":
        text = f"@{user.username} {what} the incident"
        event = Happened(world.next_id("timeline_event"), world.now(), text, user.id, "issues")
        issue.timeline.append(event)


def status(world: World, issue: Issue, user: User, to: str) -> None:
    """Acknowledge an incident, or another step of its escalation: its people are called no more."""
    issue.status = to
    text = f"@{user.username} changed the incident status to **{to.capitalize()}**"
    world.system_note(issue, user, text.partition(" ")[2])
    event = Happened(world.next_id("timeline_event"), world.now(), text, user.id, "status")
    issue.timeline.append(event)
    world.touch(issue)


def labels(world: World, issue: Issue, user: User, params: Params) -> Changes:
    new = issue_params.new_labels(world, issue, user, params)
    if new is None or new == issue.labels:
        return {}
    old, now = issue.labels, world.now()
    issue.labels = new
    for action, numbers in (("add", new - old), ("remove", old - new)):
        for number in sorted(numbers):
            event = Event(world.next_id("label_event"), user.id, now, action, number)
            issue.label_events.append(event)
    previous = hook_data.labels(issue.project, old)
    return changed("labels", previous, hook_data.labels(issue.project, new))


def assignees(world: World, issue: Issue, user: User, params: Params) -> Changes:
    if "assignee_ids" not in params:
        return {}
    old, asked = issue.assignees, params["assignee_ids"]
    new = [each for each in old if each in asked] + [each for each in asked if each not in old]
    if set(new) == set(old):
        return {}
    issue.assignees = new
    names = {each: world.author(each).username for each in {*old, *new}}
    parts = []
    if added := [names[each] for each in new if each not in old]:
        parts.append(f"assigned to {sentence(added)}")
    if gone := [names[each] for each in old if each not in new]:
        parts.append(f"unassigned {sentence(gone)}")
    world.system_note(issue, user, " and ".join(parts))
    previous = hook_data.assignees(world, old)
    return changed("assignees", previous, hook_data.assignees(world, new))


def title(world: World, issue: Issue, user: User, params: Params) -> Changes:
    old, new = issue.title, params.get("title", issue.title)
    if new == old:
        return {}
    issue.title = new
    was, now = _marked(old, new)
    world.system_note(issue, user, f"changed title from **{was}** to **{now}**")
    return changed("title", old, new)


def _marked(old: str, new: str) -> tuple[str, str]:
    """Both, with what differs between ``{-`` ``-}`` and ``{+`` ``+}``."""
    start, most = 0, min(len(old), len(new))
    while start < most and old[start] == new[start]:
        start += 1
    end = 0
    while end < most - start and old[-1 - end] == new[-1 - end]:
        end += 1
    was, now = old[start : len(old) - end], new[start : len(new) - end]
    tail = old[len(old) - end :]
    marked_old = f"{{-{was}-}}" if was else ""
    marked_new = f"{{+{now}+}}" if now else ""
    return f"{old[:start]}{marked_old}{tail}", f"{old[:start]}{marked_new}{tail}"


def description(world: World, issue: Issue, user: User, params: Params) -> Changes:
    old, new = issue.description, params.get("description", issue.description)
    if new == old:
        return {}
    issue.description = new
    world.system_note(issue, user, "changed the description")
    return changed("description", old, new)


def confidential(world: World, issue: Issue, user: User, params: Params) -> Changes:
    old, new = issue.confidential, params.get("confidential", issue.confidential)
    if new == old:
        return {}
    issue.confidential = new
    made = "confidential" if new else "visible to everyone"
    world.system_note(issue, user, f"made the issue {made}")
    return changed("confidential", old, new)


def locked(world: World, issue: Issue, user: User, params: Params) -> Changes:
    old, new = issue.locked, params.get("discussion_locked", issue.locked)
    if new == old:
        return {}
    issue.locked = new
    did = "locked" if new else "unlocked"
    world.system_note(issue, user, f"{did} the discussion in this {issue.kind}")
    return changed("discussion_locked", old, new)


def due(world: World, issue: Issue, user: User, params: Params) -> Changes:
    if "due_date" not in params:
        return {}
    value = params["due_date"]
    old, new = issue.due, date.fromisoformat(str(value)) if value else None
    if new == old:
        return {}
    issue.due = new
    named = new and f"{new:%B} {new.day}, {new.year}"
    said = f"changed due date to {named}" if named else "removed due date"
    world.system_note(issue, user, said)
    return changed("due_date", old and old.isoformat(), new and new.isoformat())


def kind(world: World, issue: Issue, user: User, params: Params) -> Changes:
    old, new = issue.kind, params.get("issue_type", issue.kind)
    if new == old:
        return {}
    issue.kind = new
    world.system_note(issue, user, f"changed type from {old} to {new}")
    return changed("type", old.title(), new.title())


def severity(world: World, issue: Issue, user: User, params: Params) -> Changes:
    old, new = issue.severity, params.get("severity", issue.severity)
    if new == old:
        return {}
    issue.severity = new
    named = f"{new.capitalize()} - {PRIORITY[new]}" if new in PRIORITY else "Unknown"
    world.system_note(issue, user, f"changed the severity to **{named}**")
    return changed("severity", old.lower(), new.lower())


def connect(world: World, issue: Issue, target: Issue, user: int, kind: str) -> Link:
    """Link two issues, which touches both, and refuse it the second time."""
    if issue is target:
        raise Refused(400, f"#{issue.iid} cannot be related to itself")
    if any(link.other(issue) is target for link in issue.links):
        raise Refused(409, "Issue(s) already assigned")
    ends = (target, issue) if kind == "is_blocked_by" else (issue, target)
    kind = "blocks" if kind == "is_blocked_by" else kind
    link = Link(world.next_id("link"), *ends, kind, world.now())
    for one, other in ((issue, target), (target, issue)):
        one.links.append(link)
        same = one.project is other.project
        name = f"#{other.iid}" if same else f"{other.project.path}#{other.iid}"
        world.system_note(one, world.author(user), f"marked this {one.kind} as related to {name}")
        world.touch(one, throttled=True)
    return link


Part = Callable[[World, Issue, User, Params], Changes]
PARTS: tuple[Part, ...] = (
    kind,
    title,
    description,
    labels,
    assignees,
    confidential,
    locked,
    due,
    severity,
)
