"""What a project says of its pipelines: their file, runs, trigger tokens, branches, deliveries."""

from __future__ import annotations

from typing import Any

import yaml

from tests.counterparts.gitlab import rights, shown, shown_project
from tests.counterparts.gitlab.call import Call, Endpoint
from tests.counterparts.gitlab.paging import paged
from tests.counterparts.gitlab.rows import DEVELOPER, MAINTAINER, REPORTER, Project
from tests.counterparts.messages import Answer

ONE = "/projects/:id"
WAITING = ("created", "pending", "waiting_for_resource")


def pipelines(call: Call) -> Answer:
    source = call.one("source")
    rows = [row for row in call.project().pipelines if source in (None, row["source"])]
    return paged(call, rows[::-1], dict)


def triggers(call: Call) -> Answer:
    """Only the first letters are shown."""
    project = _for(call, MAINTAINER)

    def one(secret: str) -> dict[str, Any]:
        owner = call.world.called(project.trigger_tokens[secret])
        return {"id": 1, "token": secret[:4], "owner": shown.user(call.world, owner)}

    return paged(call, list(project.trigger_tokens), one)


def branches(call: Call) -> Answer:
    asked = _for(call, DEVELOPER).protected
    levels = {f"{name}_access_levels": [{"access_level": role}] for name, role in asked.items()}
    return paged(call, [{"id": 1, "name": "main", **levels}], dict)


def lint(call: Call) -> Answer:
    """Of the file that is committed. A project without one has a repository here all the same."""
    text = _for(call, REPORTER).ci_file
    errors = [] if text else ["Please provide content of .gitlab-ci.yml"]
    merged = yaml.safe_dump(yaml.safe_load(text), sort_keys=False) if text else None
    read = (yaml.safe_load(text) or {}) if text else {}
    rows = read.pop("include", []) if isinstance(read, dict) else []
    includes = [{"type": "file", "location": row["file"], "extra": {"project": row["project"]}}
                for row in rows if "project" in row]  # fmt: skip
    said = {"valid": bool(text), "errors": errors, "warnings": [], "includes": includes}
    return Answer(200, {**said, "merged_yaml": merged})


def deliveries(call: Call) -> Answer:
    """Of a hook: not remembered."""
    _for(call, MAINTAINER)
    return paged(call, [], dict)


def tokens(call: Call) -> Answer:
    """The active ones of who asks."""
    now = call.world.now()
    rows = [row for row in call.world.tokens.values() if row.user is call.me]
    live = [row for row in rows if shown_project.token(row, now)["active"]]
    return paged(call, live, lambda row: shown_project.token(row, now))


def cancel_redundant(project: Project) -> None:
    """What a push does to pipelines none of whose jobs has started (`cancel_redundant_pipelines_
    service.rb`), unless the project or its file forbids it."""
    file = yaml.safe_load(project.ci_file) or {}
    wanted = (file.get("workflow") or {}).get("auto_cancel") or {}
    if project.settings.get("auto_cancel_pending_pipelines") == "disabled":
        return
    if wanted.get("on_new_commit") == "none":
        return
    for row in project.pipelines:
        if row["status"] in WAITING:
            row["status"] = "canceled"


def _for(call: Call, role: int) -> Project:
    project = call.project()
    rights.need(rights.level(project, call.me) >= role)
    return project


ROUTES: dict[tuple[str, str], Endpoint] = {
    ("GET", f"{ONE}/pipelines"): pipelines,
    ("GET", f"{ONE}/triggers"): triggers,
    ("GET", f"{ONE}/protected_branches"): branches,
    ("GET", f"{ONE}/ci/lint"): lint,
    ("GET", f"{ONE}/hooks/:hook/events"): deliveries,
    ("GET", "/personal_access_tokens"): tokens,
}
