"""What `ima doctor` reads of GitLab's answers. What an older or smaller GitLab does not say stays
unsaid; what it says must be of its shape. Pure."""

from __future__ import annotations

from automation.http.shapes import (
    anything,
    day,
    file_text,
    flag,
    identity,
    if_there,
    listed,
    moment,
    name,
    number,
    partly,
    record,
    text,
)

_PERSON = partly(username=name, state=text)
_LEVEL = partly(access_level=number)
USER = partly(username=name, is_admin=flag, bot=flag)
TOKEN = partly(scopes=listed(text), expires_at=day, revoked=flag, active=flag)
TOKENS = listed(record())
PROJECT = partly(
    id=identity,
    path_with_namespace=text,
    archived=flag,
    marked_for_deletion_on=day,
    visibility=text,
    default_branch=text,
    issues_access_level=text,
    builds_access_level=text,
    permissions=partly(project_access=_LEVEL, group_access=_LEVEL),
    approvals_before_merge=anything,
    restrict_user_defined_variables=flag,
    ci_separated_caches=flag,
    auto_cancel_pending_pipelines=text,
    ci_pipeline_variables_minimum_override_role=text,
)
ANY = partly()  # it is there, or it is not
FILE = partly(content=file_text)
RUNNERS = listed(record())
PAGES = partly(url=text, deployments=listed(record()))
LINT = partly(
    merged_yaml=text,
    errors=listed(text),
    valid=flag,
    includes=listed(partly(extra=partly(project=text))),
)
SCHEDULES = listed(
    partly(active=flag, cron=text, ref=text, owner=_PERSON, next_run_at=text, cron_timezone=text)
)
RUNS = listed(partly(created_at=moment, status=text, web_url=text))
_SWITCHES = (
    "issues_events", "confidential_issues_events", "note_events", "confidential_note_events",
    "push_events", "pipeline_events", "job_events", "tag_push_events", "emoji_events",
    "merge_requests_events",
)  # fmt: skip
HOOKS = listed(
    record(
        id=identity,
        url=if_there(text),
        alert_status=if_there(text),
        **dict.fromkeys(_SWITCHES, if_there(flag)),
    )
)
DELIVERIES = listed(partly(response_status=anything))
TRIGGERS = listed(partly(owner=_PERSON))
VARIABLES = listed(
    partly(
        key=text,
        value=text,
        masked=flag,
        hidden=flag,
        protected=flag,
        environment_scope=text,
        variable_type=text,
    )
)
INCIDENTS = listed(record(iid=identity))
MEMBERS = listed(partly(username=name, access_level=number))
ALLOWED = listed(partly(path_with_namespace=text))
_LEVELS = listed(partly(access_level=number))
BRANCHES = listed(
    record(name=text, merge_access_levels=if_there(_LEVELS), push_access_levels=if_there(_LEVELS))
)
