"""``/projects/:id``: the project, its members, hooks, schedules, variables and triggers."""

from __future__ import annotations

from typing import Any

from tests.counterparts.gitlab import hooks, rights, shown, shown_project
from tests.counterparts.gitlab.call import Call, Endpoint, number
from tests.counterparts.gitlab.paging import paged
from tests.counterparts.gitlab.rows import DEVELOPER, MAINTAINER, ROLES, Hook, Project, User
from tests.counterparts.gitlab.world import Refused, World
from tests.counterparts.messages import Answer

ONE = "/projects/:id"


def listing(call: Call) -> Answer:
    rows = [each for each in call.world.projects.values() if rights.sees(each, call.user)]
    if words := call.one("search"):
        rows = [row for row in rows if words.lower() in row.path.lower()]
    return paged(call, rows, lambda row: shown_project.project(call.world, row, call.user))


def get(call: Call) -> Answer:
    return Answer(200, shown_project.project(call.world, call.project(), call.user))


def members(call: Call) -> Answer:
    project = call.project()
    people = [user for user in map(call.world.user, sorted(project.members)) if user]
    if words := call.one("query"):
        low = words.lower()
        people = [each for each in people if low in f"{each.username} {each.name}".lower()]
    if wanted := call.many("user_ids"):
        people = [each for each in people if str(each.id) in wanted]
    return paged(call, people, lambda user: _member(call, project, user))


def member(call: Call) -> Answer:
    project, wanted = call.project(), number(call.args[1], "user_id")
    user = call.world.user(wanted)
    if user is None or wanted not in project.members:
        raise Refused(404, "404 Not found")
    return Answer(200, _member(call, project, user))


def _member(call: Call, project: Project, user: User) -> dict[str, Any]:
    return shown.member(call.world, user, project.members[user.id])


def hook_list(call: Call) -> Answer:
    project = _for(call, MAINTAINER)
    return paged(call, project.hooks, lambda row: _hook(project, row))


def post_hook(call: Call) -> Answer:
    project = _for(call, MAINTAINER)
    if not call.body.get("url"):
        raise Refused(400, "url is missing", key="error")
    url, secret = str(call.body["url"]), str(call.body.get("token") or "")
    events = {name: bool(call.body.get(name, False)) for name in hooks.SWITCHES}
    row = Hook(call.world.next_id("hook"), url, call.world.now(), secret, events)
    project.hooks.append(row)
    return Answer(201, _hook(project, row))


def _hook(project: Project, row: Hook) -> dict[str, Any]:
    """The token is never shown."""
    return {
        "id": row.id,
        "url": row.url,
        "project_id": project.id,
        "created_at": shown_project.time(row.created_at),
        "enable_ssl_verification": True,
        "alert_status": "executable",
        "disabled_until": None,
        "push_events": False,
        **row.events,
    }


def schedules(call: Call) -> Answer:
    return paged(call, _for(call, DEVELOPER).schedules, dict)


def variables(call: Call) -> Answer:
    return paged(call, _for(call, MAINTAINER).variables, dict)


def runners(call: Call) -> Answer:
    """Those that may take jobs of the project, shared ones too. The tags are no part of a row."""
    tags = {*(call.one("tag_list") or "").split(",")} - {""}
    paused, status = call.one("paused"), call.one("status")
    rows = [
        {key: value for key, value in row.items() if key != "tag_list"}
        for row in _for(call, MAINTAINER).runners
        if status in (None, row["status"])
        and paused in (None, str(row["paused"]).lower())
        and tags <= {*row.get("tag_list", ())}
    ]
    return paged(call, rows, dict)


def pages(call: Call) -> Answer:
    """What Pages shows of the project."""
    project = _for(call, MAINTAINER)
    if project.pages is None:
        raise Refused(404, "404 Not Found")
    deployments = [{"created_at": at, "root_directory": "public"} for at in project.pages]
    url = "https://acme.pages.example/production"
    return Answer(200, {"url": url, "force_https": True, "deployments": deployments})


def trigger(call: Call) -> Answer:
    """Start a pipeline with a trigger token: recorded in ``project.pipelines``, not run."""
    world, where = call.world, call.args[0]
    project = world.projects.get(int(where)) if where.isdigit() else world.paths.get(where)
    secret = call.body.get("token") or call.one("token")
    if project is None or not secret or secret in world.tokens:
        raise Refused(404, "404 Not Found")
    if project.trigger_tokens and secret not in project.trigger_tokens:
        raise Refused(404, "404 Not Found")
    ref = call.args[1] if len(call.args) > 1 else call.body.get("ref") or call.one("ref")
    if not ref:
        raise Refused(400, "ref is missing", key="error")
    _may_run(world, project, str(secret))
    payload = {name: value for name, value in call.body.items() if name != "token"}
    number_ = world.next_id("pipeline")
    pipeline = {
        "id": number_,
        "iid": len(project.pipelines) + 1,
        "project_id": project.id,
        "sha": f"{number_:040x}",
        "ref": ref,
        "status": "created",
        "source": "trigger",
        "created_at": shown_project.time(world.now()),
        "web_url": f"{world.url}/{project.path}/-/pipelines/{number_}",
    }
    project.pipelines.append({**pipeline, "payload": payload})
    return Answer(201, pipeline)


def _may_run(world: World, project: Project, secret: str) -> None:
    """A trigger's owner must be allowed to merge or push to the protected branch, and to use
    variables: the body is one (`chain/validate/abilities.rb`)."""
    if secret not in project.trigger_tokens:
        return
    role = rights.level(project, world.called(project.trigger_tokens[secret]))
    if role < min(project.protected.values()):
        wrong = "You do not have sufficient permission to run a pipeline on 'main'."
        raise Refused(400, {"base": [wrong]})
    least = project.settings.get("ci_pipeline_variables_minimum_override_role", "developer")
    if least == "no_one_allowed" or role < ROLES.get(least, 0):
        raise Refused(400, {"base": ["Insufficient permissions to set pipeline variables"]})


def job_token_allowlist(call: Call) -> Answer:
    """Whose jobs may read this project with their own token."""
    project = _for(call, MAINTAINER)
    paths = project.settings.get("allows", ())
    rows = [call.world.paths[path] for path in paths]
    return paged(call, rows, lambda row: {"id": row.id, "path_with_namespace": row.path})


def _for(call: Call, role: int) -> Project:
    project = call.project()
    rights.need(rights.level(project, call.me) >= role)
    return project


ROUTES: dict[tuple[str, str], Endpoint] = {
    ("GET", "/projects"): listing,
    ("GET", ONE): get,
    ("GET", f"{ONE}/members/all"): members,
    ("GET", f"{ONE}/members/all/:user"): member,
    ("GET", f"{ONE}/members"): members,
    ("GET", f"{ONE}/members/:user"): member,
    ("GET", f"{ONE}/hooks"): hook_list,
    ("POST", f"{ONE}/hooks"): post_hook,
    ("GET", f"{ONE}/pipeline_schedules"): schedules,
    ("GET", f"{ONE}/variables"): variables,
    ("GET", f"{ONE}/runners"): runners,
    ("GET", f"{ONE}/pages"): pages,
    ("GET", f"{ONE}/job_token_scope/allowlist"): job_token_allowlist,
    ("POST", f"{ONE}/trigger/pipeline"): trigger,
    ("POST", f"{ONE}/ref/:ref/trigger/pipeline"): trigger,
}
