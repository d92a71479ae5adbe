"""``/projects/:id/labels``, with the labels of the group among them."""

from __future__ import annotations

from typing import Any

from tests.counterparts.gitlab import label_write, rights, shown_project
from tests.counterparts.gitlab.call import Call, Endpoint, number
from tests.counterparts.gitlab.paging import paged
from tests.counterparts.gitlab.rows import PLANNER, Label, Project
from tests.counterparts.gitlab.world import Refused
from tests.counterparts.messages import Answer

ALL = "/projects/:id/labels"
ONE = f"{ALL}/:label"


def listing(call: Call) -> Answer:
    rows = sorted(call.project().labels.values(), key=lambda label: label.title.lower())
    if call.flag("include_ancestor_groups") is False:
        rows = [row for row in rows if not row.group]
    if words := call.one("search"):
        rows = [row for row in rows if words.lower() in row.title.lower()]
    counted = bool(call.flag("with_counts"))
    project = call.project()
    return paged(call, rows, lambda row: _shown(project, row, counted))


def _shown(project: Project, row: Label, counted: bool) -> dict[str, Any]:
    if not counted:
        return shown_project.project_label(row)
    states = [each.state for each in project.issues.values() if row.id in each.labels]
    counts = {
        "open_issues_count": states.count("opened"),
        "closed_issues_count": states.count("closed"),
        "open_merge_requests_count": 0,
    }
    return {**shown_project.project_label(row), **counts}


def get(call: Call) -> Answer:
    return Answer(200, shown_project.project_label(_label(call, call.args[1])))


def post(call: Call) -> Answer:
    project = call.project()
    rights.need(rights.level(project, call.me) >= PLANNER)
    for name in ("name", "color"):
        if name not in call.body:
            raise Refused(400, f"{name} is missing", key="error")
    label = label_write.checked(call.body, project, None)
    more = {"description": call.body.get("description"), "priority": _priority(call)}
    row = call.world.add_label(project, label["title"], label["color"], **more)
    return Answer(201, shown_project.project_label(row))


def put(call: Call) -> Answer:
    """By id or title in the path or, as it was once, by ``name`` in the body."""
    project = call.project()
    rights.need(rights.level(project, call.me) >= PLANNER)
    row = _own_label(call)
    if not {"new_name", "color", "description", "priority"} & call.body.keys():
        names = "new_name, color, description, priority, archived"
        missing = f"{names} are missing, at least one parameter must be provided"
        raise Refused(400, missing, key="error")
    fields = {name: value for name, value in call.body.items() if name != "name"}
    checked = label_write.checked(fields, project, row)
    label_write.rename(project, row, checked["title"])
    row.color = checked["color"]
    if "description" in call.body:
        row.description = call.body["description"]
    if "priority" in call.body:
        row.priority = _priority(call)
    row.updated_at = call.world.now()
    project.version += 1
    return Answer(200, shown_project.project_label(row))


def delete(call: Call) -> Answer:
    """Every issue loses it, without an event, and its events lose the label."""
    project = call.project()
    rights.need(rights.level(project, call.me) >= PLANNER)
    label_write.remove(project, _own_label(call))
    project.version += 1
    return Answer(204)


def _priority(call: Call) -> int | None:
    value = call.body.get("priority")
    return None if value in (None, "") else number(value, "priority")


def _own_label(call: Call) -> Label:
    """Labels of the group are not to be changed through the project."""
    name = call.args[1] if len(call.args) > 1 else call.body.get("name") or call.one("name")
    row = _label(call, str(name))
    if row.group:
        raise Refused(404, "404 Label Not Found")
    return row


def _label(call: Call, which: str) -> Label:
    project = call.project()
    row = project.labels.get(int(which)) if which.isdigit() else None
    row = row or project.titles.get(which)
    if row is None:
        raise Refused(404, "404 Label Not Found")
    return row


ROUTES: dict[tuple[str, str], Endpoint] = {
    ("GET", ALL): listing,
    ("POST", ALL): post,
    ("PUT", ALL): put,
    ("DELETE", ALL): delete,
    ("GET", ONE): get,
    ("PUT", ONE): put,
    ("DELETE", ONE): delete,
}
