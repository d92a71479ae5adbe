"""``/projects/:id/issues``: the issues, their events and their links."""

from __future__ import annotations

from functools import partial

from tests.counterparts.gitlab import issue_apply, issue_list, issue_write, rights, shown
from tests.counterparts.gitlab.call import Call, Endpoint, number
from tests.counterparts.gitlab.paging import paged
from tests.counterparts.gitlab.rows import GUEST, Issue
from tests.counterparts.gitlab.world import Refused
from tests.counterparts.messages import Answer

ALONE = "/projects/:id/issues/:iid"


def listing(call: Call) -> Answer:
    details = bool(call.flag("with_labels_details"))
    show = partial(shown.issue, call.world, details=details)
    return paged(call, issue_list.listed(call), show)


def get(call: Call) -> Answer:
    return Answer(200, shown.issue(call.world, call.issue()))


def post(call: Call) -> Answer:
    made = issue_write.create(call.world, call.project(), call.me, call.body)
    return Answer(201, shown.issue(call.world, made))


def put(call: Call) -> Answer:
    issue = issue_write.update(call.world, call.issue(), call.me, call.body)
    return Answer(200, shown.issue(call.world, issue))


def delete(call: Call) -> Answer:
    issue_write.remove(call.world, call.issue(), call.me)
    return Answer(204)


def label_events(call: Call) -> Answer:
    issue = call.issue()
    return paged(call, issue.label_events, partial(shown.label_event, call.world, issue))


def state_events(call: Call) -> Answer:
    issue = call.issue()
    return paged(call, issue.state_events, partial(shown.state_event, call.world, issue))


def links(call: Call) -> Answer:
    """All of those that the caller may see: this list has no pages."""
    issue = call.issue()
    seen = [link for link in issue.links if rights.reads(link.other(issue), call.user)]
    rows = sorted(seen, key=lambda link: link.id)
    return Answer(200, [shown.linked_issue(call.world, link, issue) for link in rows])


def post_link(call: Call) -> Answer:
    issue, target = call.issue(), _target(call)
    kind = call.body.get("link_type") or "relates_to"
    if kind not in ("relates_to", "blocks", "is_blocked_by"):
        raise Refused(400, "link_type does not have a valid value", key="error")
    for each in (issue, target):
        rights.need(rights.level(each.project, call.me) >= GUEST)
    if kind != "relates_to" and not call.world.premium(issue.project):
        raise Refused(403, "Blocked issues not available for current license")
    return Answer(
        201,
        shown.link(call.world, issue_apply.connect(call.world, issue, target, call.me.id, kind)),
    )


def _target(call: Call) -> Issue:
    for name in ("target_project_id", "target_issue_iid"):
        if call.body.get(name) is None:
            raise Refused(400, f"{name} is missing", key="error")
    where = str(call.body["target_project_id"])
    world = call.world
    project = world.projects.get(int(where)) if where.isdigit() else world.paths.get(where)
    if project is None or not rights.sees(project, call.user):
        raise Refused(404, "404 Project Not Found")
    target = project.issues.get(number(call.body["target_issue_iid"], "target_issue_iid"))
    if target is None or not rights.reads(target, call.user):
        raise Refused(404, "404 Not found")
    return target


def delete_link(call: Call) -> Answer:
    issue, wanted = call.issue(), number(call.args[2], "issue_link_id")
    for link in issue.links:
        if link.id == wanted:
            rights.need(rights.level(issue.project, call.me) >= GUEST)
            for end in (link.source, link.target):
                end.links.remove(link)
                call.world.touch(end, throttled=True)
            return Answer(200, shown.link(call.world, link))
    raise Refused(404, "404 Not found")


ROUTES: dict[tuple[str, str], Endpoint] = {
    ("GET", "/projects/:id/issues"): listing,
    ("POST", "/projects/:id/issues"): post,
    ("GET", ALONE): get,
    ("PUT", ALONE): put,
    ("DELETE", ALONE): delete,
    ("GET", f"{ALONE}/resource_label_events"): label_events,
    ("GET", f"{ALONE}/resource_state_events"): state_events,
    ("GET", f"{ALONE}/links"): links,
    ("POST", f"{ALONE}/links"): post_link,
    ("DELETE", f"{ALONE}/links/:link"): delete_link,
}
