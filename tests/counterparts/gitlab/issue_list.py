"""Which issues a list holds, and in which order.

A finished list is kept until an issue of the project changes, so that turning its pages costs
no more than the pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from operator import attrgetter

from tests.counterparts.gitlab import rights
from tests.counterparts.gitlab.call import Call, number
from tests.counterparts.gitlab.rows import PLANNER, Issue, Project
from tests.counterparts.gitlab.world import World

Test = Callable[[Issue], bool]
KEPT = 8
APART = {"page", "per_page", "with_labels_details", "private_token"}  # do not change which
KINDS = ("issue", "incident", "test_case", "task")
ORDERS = ("created_at", "updated_at", "title")
TIMES = ("created_after", "created_before", "updated_after", "updated_before")


def listed(call: Call) -> list[Issue]:
    project = call.project()
    viewer = call.user.id if call.user else 0
    asked = sorted((name, tuple(got)) for name, got in call.query.items() if name not in APART)
    key = (viewer, rights.level(project, call.user), tuple(asked))
    kept = project.lists.get(key)
    if kept and kept[0] == project.version:
        return kept[1]
    found = _ordered(call, _filtered(call, project))
    while len(project.lists) >= KEPT:
        del project.lists[next(iter(project.lists))]
    project.lists[key] = (project.version, found)
    return found


def _filtered(call: Call, project: Project) -> list[Issue]:
    found = list(_candidates(call, project))
    for test in _tests(call, project):
        found = [issue for issue in found if test(issue)]
    return found


def _candidates(call: Call, project: Project) -> Iterable[Issue]:
    """Without looking at all of them, where an index says more."""
    state = call.choice("state", ("opened", "closed", "all"), "all")
    if iids := call.many("iids"):
        wanted = dict.fromkeys(number(iid, "iids") for iid in iids)
        named = (project.issues[iid] for iid in wanted if iid in project.issues)
        return [issue for issue in named if state in ("all", issue.state)]
    if state == "opened":
        return project.opened.values()
    everything = project.issues.values()
    return everything if state == "all" else (each for each in everything if each.state == state)


def _tests(call: Call, project: Project) -> Iterable[Test]:
    if rights.level(project, call.user) < PLANNER:
        yield lambda issue: rights.reads(issue, call.user)
    yield from _labels(call.many("labels"), project)
    for name in call.many("not[labels]"):
        yield _not_labelled(project.titles[name].id if name in project.titles else 0)
    for name in TIMES:
        if (at := call.time(name)) is not None:
            yield _moved(name, at)
    if call.one("issue_type") is not None:
        kind = call.choice("issue_type", KINDS, "issue")
        yield lambda issue: issue.kind == kind
    if (secret := call.flag("confidential")) is not None:
        yield lambda issue: issue.confidential == secret
    yield from _people(call)
    if words := call.one("search"):
        low = words.lower()
        yield lambda issue: low in issue.title.lower() or low in (issue.description or "").lower()


def _labels(names: list[str], project: Project) -> Iterable[Test]:
    if [name.lower() for name in names] == ["none"]:
        yield lambda issue: not issue.labels
    elif [name.lower() for name in names] == ["any"]:
        yield lambda issue: bool(issue.labels)
    elif names:
        rows = [project.titles.get(name.strip()) for name in names]
        wanted = {row.id if row else 0 for row in rows}
        yield lambda issue: wanted <= issue.labels


def _not_labelled(unwanted: int) -> Test:
    return lambda issue: unwanted not in issue.labels


def _moved(name: str, at: datetime) -> Test:
    """Both ends are inclusive."""
    field, _, end = name.partition("_")
    when = attrgetter(f"{field}_at")
    if end == "after":
        return lambda issue: when(issue) >= at
    return lambda issue: when(issue) <= at


def _people(call: Call) -> Iterable[Test]:
    if (value := call.one("author_id")) is not None:
        author = number(value, "author_id")
        yield lambda issue: issue.author == author
    if (name := call.one("author_username")) is not None:
        named = _id(call.world, name)
        yield lambda issue: issue.author == named
    if (value := call.one("assignee_id")) is not None:
        yield _assigned(value)
    for name in call.many("assignee_username"):
        yield _assigned(str(_id(call.world, name)))


def _assigned(value: str) -> Test:
    if value.lower() in ("none", "0"):
        return lambda issue: not issue.assignees
    if value.lower() == "any":
        return lambda issue: bool(issue.assignees)
    assignee = number(value, "assignee_id")
    return lambda issue: assignee in issue.assignees


def _id(world: World, username: str) -> int:
    user = world.users.get(username.lower())
    return user.id if user else -1


def _ordered(call: Call, issues: list[Issue]) -> list[Issue]:
    field = call.choice("order_by", ORDERS, "created_at")
    down = call.choice("sort", ("asc", "desc"), "desc") == "desc"
    return sorted(issues, key=attrgetter(field, "id"), reverse=down)
