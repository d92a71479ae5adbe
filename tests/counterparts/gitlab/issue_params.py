"""What was asked of an issue, checked, and less what the asker may not ask."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from tests.counterparts.gitlab import label_write, rights
from tests.counterparts.gitlab.rows import REPORTER, SEVERITIES, Issue, User
from tests.counterparts.gitlab.world import Refused, World

TITLE_LIMIT, DESCRIPTION_LIMIT = 255, 1_048_576
KINDS = ("issue", "incident", "test_case", "task")
METADATA = ("assignee_ids", "due_date", "discussion_locked")
LABELS = ("labels", "add_labels", "remove_labels")
DECLARED = (
    "title",
    "description",
    "assignee_id",
    "milestone_id",
    *METADATA,
    *LABELS,
    "confidential",
    "issue_type",
    "severity",
    "state_event",
    "created_at",
    "updated_at",
    "iid",
)
ONE_OF = tuple(name for name in DECLARED if name not in ("created_at", "updated_at", "iid"))
Params = dict[str, Any]


def declared(sent: Mapping[str, Any]) -> Params:
    """The parameters that GitLab knows, in their types."""
    params = {name: sent[name] for name in DECLARED if name in sent}
    _check_text(params)
    for name, choices in (("state_event", ("close", "reopen")), ("issue_type", KINDS)):
        if params.get(name) is not None and params[name] not in choices:
            raise Refused(400, f"{name} does not have a valid value", key="error")
    if "severity" in params:
        params["severity"] = str(params["severity"]).upper()
        if params["severity"] not in SEVERITIES:
            raise Refused(400, "severity does not have a valid value", key="error")
    for name in ("confidential", "discussion_locked"):
        if name in params:
            params[name] = str(params[name]).lower() in ("true", "1")
    if "assignee_id" in params:
        single = params.pop("assignee_id")
        params.setdefault("assignee_ids", [single] if single else [])
    if "assignee_ids" in params:
        params["assignee_ids"] = _numbers("assignee_ids", params["assignee_ids"])
    if params.get("due_date"):
        _check_date(params["due_date"])
    return params


def _check_text(params: Params) -> None:
    wrong: dict[str, list[str]] = {}
    if "title" in params:
        params["title"] = str(params["title"] or "").strip()
        if not params["title"]:
            wrong["title"] = ["can't be blank"]
        elif len(params["title"]) > TITLE_LIMIT:
            wrong["title"] = [f"is too long (maximum is {TITLE_LIMIT} characters)"]
    if len(params.get("description") or "") > DESCRIPTION_LIMIT:
        wrong["description"] = [f"is too long (maximum is {DESCRIPTION_LIMIT} characters)"]
    if wrong:
        raise Refused(400, wrong)


def _check_date(value: Any) -> None:
    try:
        date.fromisoformat(str(value))
    except ValueError:
        raise Refused(400, "due_date is invalid", key="error") from None


def _numbers(name: str, value: Any) -> list[int]:
    parts = value if isinstance(value, list) else [value]
    words = [word for part in parts if part is not None for word in str(part).split(",")]
    try:
        return [int(word) for word in words if word.strip()]
    except ValueError:
        raise Refused(400, f"{name} is invalid", key="error") from None


def allowed(world: World, issue: Issue, user: User, params: Params, *, new: bool) -> Params:
    """Without what the role does not reach. GitLab drops it silently and answers 200."""
    kept = dict(params)
    member = new and rights.level(issue.project, user) > 0
    if not (member or rights.sets_metadata(issue, user)):
        for name in (*METADATA, *LABELS, "add_label_ids", "remove_label_ids", "label_ids"):
            kept.pop(name, None)
    if not rights.sets_confidential(issue, user):
        kept.pop("confidential", None)
    if kept.get("issue_type") == "incident" and rights.level(issue.project, user) < REPORTER:
        del kept["issue_type"]  # `create_incident` of `project_policy.rb`
    if kept.get("issue_type", issue.kind) != "incident":
        kept.pop("severity", None)
    if "assignee_ids" in kept:
        found = _assignable(world, issue, kept["assignee_ids"])
        if found is None:
            del kept["assignee_ids"]
        else:
            kept["assignee_ids"] = found
    return kept


def _assignable(world: World, issue: Issue, numbers: list[int]) -> list[int] | None:
    """Free keeps the first; who cannot read the project is dropped; None: nobody is left, so
    that everything stays as it is."""
    if not numbers or numbers == [0]:
        return []
    asked = numbers if world.premium(issue.project) else numbers[:1]
    if asked == [0]:
        return []
    people = [world.user(number) for number in dict.fromkeys(asked)]
    return [user.id for user in people if user and rights.sees(issue.project, user)] or None


def new_labels(world: World, issue: Issue, user: User, params: Params) -> set[int] | None:
    """The labels after the update: the whole, then what is added, less what is removed."""
    names = (*LABELS, "add_label_ids", "remove_label_ids", "label_ids")
    if not any(name in params for name in names):
        return None
    project = issue.project
    order = sorted(issue.labels)
    if "label_ids" in params:
        order = list(params["label_ids"])
    if "labels" in params:
        order = label_write.ids(world, project, user, label_write.names_in(params["labels"]))
    added = label_write.names_in(params.get("add_labels"))
    new = [*label_write.ids(world, project, user, added), *params.get("add_label_ids", [])]
    order = [each for each in order if each not in new] + new
    removed = label_write.names_in(params.get("remove_labels"))
    gone = {*label_write.known(project, removed), *params.get("remove_label_ids", [])}
    order = [each for each in order if each not in gone]
    return label_write.without_rivals(project, order) if world.premium(project) else set(order)
