"""What is there at the start: users, tokens and projects from a mapping or a YAML file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml

from tests.counterparts.gitlab.hooks import SWITCHES
from tests.counterparts.gitlab.label_write import ids
from tests.counterparts.gitlab.rows import (
    PREMIUM,
    ROLES,
    Event,
    Hook,
    Issue,
    Note,
    Project,
    Token,
    User,
)
from tests.counterparts.gitlab.world import World

FORMAT = """\
tier: free                       # or premium: several assignees, scoped labels; also per project
users:                           # those named elsewhere need not be here
  erin: {name: Erin, id: 7}
  root: {admin: true}
  gone: {state: blocked}
tokens:
  t-erin: erin
  t-ima: {user: ima, scopes: [api], expires_at: 2027-01-01, revoked: false}
projects:
  acme/production:
    id: 1
    visibility: private          # internal, public
    archived: false
    members: {erin: developer, ima: maintainer}   # guest planner reporter ... owner
    labels: [Incident, {name: S1, color: "#ff0000", description: Worst, priority: 1, group: true}]
    issues:
      - {title: API errors, description: text, author: erin, labels: [Incident], assignees: [erin],
         state: opened, confidential: false, issue_type: incident, iid: 1,
         severity: HIGH, due_date: 2026-03-05, created_at: 2026-03-02T09:00:00Z,
         comments: [{author: erin, body: text, at: 2026-03-02T09:05:00Z}]}
    hooks: [{url: "http://127.0.0.1:1/x", token: secret, issues_events: true}]
    schedules: [{description: ima, ref: main, cron: "*/5 * * * *", active: true}]
    variables: {KEY: value}
    runners: [{id: 1, status: online, paused: false, tag_list: [linux]}]
    trigger_tokens: [secret]     # or {secret: rita}; without: any
    protected: {merge: 40, push: 40}   # roles that the default branch asks for
    settings: {ci_config_path: x}   # more keys of the project
    oncall: {Engineers: [erin]}  # schedules of Premium, and who is on call now
    policies: {Page engineers: Engineers}   # its escalation policies, and whom each e-mails
    ci_file: "sweep: {script: x}"   # .gitlab-ci.yml of the default branch
    files: {ima.lock: "…"}          # others there
    tags: [v1]
    pages: ["2026-03-02T09:00:00Z"] # when they were published; null: Pages is off
moved: {acme/old: acme/production}
"""
DEFAULT: dict[str, Any] = {
    "tokens": {f"t-{name}": name for name in "ima rita erin ian cara sam mia mallory".split()},
    "projects": {
        "acme/production": {
            "members": {
                "ima": "maintainer",
                **dict.fromkeys("rita erin ian cara sam mia".split(), "developer"),
            }
        }
    },
}


def sow(world: World, seed: Mapping[str, Any] | str | Path | None) -> None:
    """Fill the world. Without a seed: people with tokens ``t-<name>``, and one project."""
    planted = _read(seed)
    _check("the seed", planted, {"tier", "users", "tokens", "projects", "moved"})
    for name, fields in (planted.get("users") or {}).items():
        world.add_user(name, **(fields or {}))
    for value, about in (planted.get("tokens") or {}).items():
        _add_token(world, value, about)
    for path, fields in (planted.get("projects") or {}).items():
        _add_project(world, path, fields or {}, planted.get("tier", "free"))
    for old, new in (planted.get("moved") or {}).items():
        world.moved[old] = world.paths[new]


def _read(seed: Mapping[str, Any] | str | Path | None) -> Mapping[str, Any]:
    if isinstance(seed, str | Path):
        return yaml.safe_load(Path(seed).read_text(encoding="utf-8")) or {}
    return DEFAULT if seed is None else seed


def _check(where: str, fields: Mapping[str, Any], known: set[str]) -> None:
    if unknown := sorted(set(fields) - known):
        raise ValueError(f"{where} has unknown keys: {', '.join(unknown)}\n\n{FORMAT}")


def _user(world: World, name: str) -> User:
    return world.users.get(name.lower()) or world.add_user(name)


def _add_token(world: World, value: str, about: str | Mapping[str, Any]) -> None:
    fields = {"user": about} if isinstance(about, str) else dict(about)
    _check(f"token {value}", fields, {"user", "scopes", "name", "expires_at", "revoked"})
    expires = fields.get("expires_at")
    world.tokens[value] = Token(
        world.next_id("token"),
        value,
        _user(world, fields["user"]),
        tuple(fields.get("scopes", ["api"])),
        world.now(),
        fields.get("name", "token"),
        date.fromisoformat(str(expires)) if expires else None,
        bool(fields.get("revoked")),
    )


PLAIN = (
    "archived", "visibility", "settings", "runners", "ci_file", "protected", "oncall", "policies",
    "files", "tags", "pages",
)  # fmt: skip
KNOWN = {
    *PLAIN,
    "trigger_tokens",
    "id",
    "tier",
    "members",
    "labels",
    "issues",
    "hooks",
    "schedules",
    "variables",
}


def _add_project(world: World, path: str, fields: Mapping[str, Any], tier: str) -> Project:
    _check(f"project {path}", fields, KNOWN)
    number = fields.get("id")
    number = world.taken_id("project", number) if number else world.next_id("project")
    plain = {name: fields[name] for name in PLAIN if name in fields}
    premium = fields.get("tier", tier) == PREMIUM
    project = Project(number, path, world.now(), premium=premium, **plain)
    world.projects[number] = world.paths[path] = project
    for name, role in (fields.get("members") or {}).items():
        project.members[_user(world, name).id] = ROLES[role]
    secrets = fields.get("trigger_tokens") or {}
    owner = next((n for n, r in (fields.get("members") or {}).items() if ROLES[r] >= 40), "")
    project.trigger_tokens = dict(
        secrets if isinstance(secrets, Mapping) else dict.fromkeys(secrets, owner)
    )
    for each in fields.get("labels") or ():
        label = {"name": each} if isinstance(each, str) else dict(each)
        name, color = str(label.pop("name")), str(label.pop("color", "#6699cc"))
        world.add_label(project, name, color, **label)
    sow_issues(world, project, fields.get("issues") or ())
    for each in fields.get("hooks") or ():
        events = {name: bool(each.get(name)) for name in SWITCHES}
        made = (world.next_id("hook"), each["url"], world.now(), str(each.get("token", "")))
        project.hooks.append(Hook(*made, events))
    for each in fields.get("schedules") or ():
        project.schedules.append({"id": world.next_id("schedule"), "active": True, **each})
    for key, value in (fields.get("variables") or {}).items():
        about = value if isinstance(value, Mapping) else {"value": str(value)}
        project.variables.append({"key": key, "variable_type": "env_var", **about})
    return project


def sow_issues(world: World, project: Project, rows: Iterable[Mapping[str, Any]]) -> None:
    """Issues as if they had been there: with events for labels and closing, without hooks."""
    with world.lock:
        now = world.now()
        writer = User(0, "seed", "seed", admin=True)
        for row in rows:
            _sow_issue(world, project, row, now, writer)
        project.version += 1


def _sow_issue(
    world: World, project: Project, row: Mapping[str, Any], now: datetime, writer: User
) -> None:
    author = _user(world, row.get("author", "root")).id
    at = _time(row.get("created_at")) or now
    iid = row.get("iid") or project.last_iid + 1
    project.last_iid = max(project.last_iid, iid)
    issue = Issue(world.next_id("issue"), iid, project, row["title"], author, at, at)
    issue.description = row.get("description")
    issue.confidential = row.get("confidential", False)
    issue.kind = row.get("issue_type", "issue")
    issue.severity = row.get("severity", "UNKNOWN")
    if (due := row.get("due_date")) is not None:
        issue.due = date.fromisoformat(str(due))
    project.issues[iid] = project.opened[iid] = issue
    for number in ids(world, project, writer, row.get("labels", ())):
        issue.labels.add(number)
        issue.label_events.append(Event(world.next_id("label_event"), author, at, "add", number))
    issue.assignees = [_user(world, name).id for name in row.get("assignees", ())]
    _sow_history(world, issue, row, author)
    issue.updated_at = _time(row.get("updated_at")) or issue.updated_at


def _sow_history(world: World, issue: Issue, row: Mapping[str, Any], author: int) -> None:
    at = issue.created_at
    if names := row.get("assignees"):
        body = f"assigned to {' and '.join(f'@{name}' for name in names)}"
        issue.notes.append(Note(world.next_id("note"), body, author, at, at, system=True))
    for each in row.get("comments", ()):
        when = _time(each.get("at")) or at
        writer = _user(world, each.get("author", "root")).id
        issue.notes.append(Note(world.next_id("note"), each["body"], writer, when, when))
        issue.updated_at = max(issue.updated_at, when)
    if row.get("state", "opened") == "closed":
        when = _time(row.get("closed_at")) or issue.updated_at
        issue.state, issue.closed_at, issue.closed_by = "closed", when, author
        event = Event(world.next_id("state_event"), author, when, "closed")
        issue.state_events.append(event)
        issue.updated_at = max(issue.updated_at, when)
        del issue.project.opened[issue.iid]


def _time(value: Any) -> datetime | None:
    if value is None:
        return None
    at = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
