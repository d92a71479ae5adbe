"""Is a GitLab project ready for IMA? Judges what it answered; see `automation.doctor`. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import field
from datetime import date
from typing import Any

from automation.doctor.setup_check import Answer, Line, Refused, ok, refusal, todo
from automation.records import dataclass

PLANNER, REPORTER, DEVELOPER = 15, 20, 30
ROLES = {10: "Guest", 15: "Planner", 20: "Reporter", 30: "Developer", 40: "Maintainer", 50: "Owner"}
SOON = 30  # days
PAGE = 100  # of a list


@dataclass(frozen=True, slots=True, kw_only=True)
class GitLabAnswers:
    """What GitLab answered to each question; rows as its REST API gives them."""

    user: Answer = None
    token: Answer = None
    tokens: Answer = field(default_factory=list)
    project: Answer = None  # as our token sees it
    settings: Answer = field(default_factory=dict)  # the project as a Maintainer sees it
    lint: Answer = field(default_factory=dict)  # of .gitlab-ci.yml on the default branch
    schedules: Answer = field(default_factory=list)
    runs: Answer = field(default_factory=list)  # the last pipeline that a schedule made
    hooks: Answer = field(default_factory=list)  # with the status of the last delivery
    triggers: Answer = field(default_factory=list)
    variables: Answer = field(default_factory=list)  # names and flags; of one the value
    branches: Answer = field(default_factory=list)  # those that are protected
    members: Answer = field(default_factory=list)  # with their roles
    package: Answer = None  # the project that ima is installed from
    allowlist: Answer = field(default_factory=list)  # whose jobs may read that
    included: Answer = None  # the project that jobs are included from
    lock: Answer = None  # the file with the hashes of what a job installs
    tag: Answer = None  # one that is called like the default branch
    events: Answer = field(default_factory=list)  # the last pipeline that the webhook made
    runners: Answer = None  # those that may take a sweep now
    pages: Answer = None  # what Pages shows; None where no site is wanted
    policy: Answer = None  # the policy's file on the default branch
    incidents: Answer = field(default_factory=list)  # open, of GitLab's type, without our label


def host(url: str) -> str:
    """Host and port of an address."""
    return re.sub(r"^https?://", "", url.lower()).partition("/")[0]


def account(answers: GitLabAnswers, people: Collection[str]) -> Iterator[Line]:
    """Whose token is it? ``people`` are the logins that the policy names."""
    user = answers.user
    if isinstance(user, Refused):
        yield (
            todo("token", user.problem, user.remedy)
            if user.status in (401, 403)
            else refusal("token", user, "a token")
        )
        return
    login = str(user.get("username"))
    if _reads_only(answers):
        said = f"@{login} only looks, which is fine: what follows is seen with this token"
        yield ok("account", f"{said}, not with that of the jobs")
        return
    others = len(answers.tokens) - 1 if isinstance(answers.tokens, list) else 0
    if user.get("is_admin"):
        remedy = "use an account with the Reporter role on the project only"
        yield todo("account", f"@{login} is an administrator", remedy)
    elif login.lower() in {each.lower() for each in people}:
        remedy = "make an account only for IMA: what its own account writes is not followed"
        yield todo("account", f"@{login} is a person of the policy", remedy)
    elif others > 0:
        said = (
            f"@{login} has {others} more active token{'s' * (others > 1)}: something else uses it"
        )
        yield todo("account", said, "revoke them, or make an account only for IMA")
    elif user.get("bot"):
        yield ok("account", f"@{login}, a bot of its own")
    else:
        yield ok("account", f"@{login}, no bot account: nobody else may use it")


def named_account(
    answers: GitLabAnswers, people: Collection[str], accounts: Collection[str]
) -> Iterator[Line]:
    """Is whom the jobs take for IMA (`IMA_ACCOUNT`) its account? ``accounts`` are those that the
    policy names. Whoever it is, their own webhooks ask for nothing."""
    rows = [] if isinstance(answers.variables, Refused) else answers.variables
    named = next((str(row["value"]) for row in rows if row.get("value")), "")
    if not named:
        return
    known = {login.casefold() for login in accounts}
    if isinstance(answers.user, Mapping) and not _reads_only(answers) and answers.user.get("bot"):
        known.add(str(answers.user.get("username")).casefold())
    members = [] if isinstance(answers.members, Refused) else answers.members
    there = {str(row.get("username")).casefold() for row in members}
    remedy = "set it to the login of IMA's account: Settings > CI/CD > Variables"
    if named.casefold() in {each.casefold() for each in people}:
        said = f"IMA_ACCOUNT is @{named}, a person: what they type waits for the next sweep"
        yield todo("IMA_ACCOUNT", said, remedy)
    elif named.casefold() not in (known or there or {named.casefold()}):
        said = f"IMA_ACCOUNT is {named!r}, which is not IMA's account: its echoes cost a job each"
        yield todo("IMA_ACCOUNT", said, remedy)
    else:
        yield ok("IMA_ACCOUNT", f"@{named}: its own webhooks wait for nothing")


def _reads_only(answers: GitLabAnswers) -> bool:
    """Is it a token that can only read, of somebody who looks before IMA may write?"""
    if not answers.token or isinstance(answers.token, Refused):
        return False
    scopes = answers.token.get("scopes") or []
    return "read_api" in scopes and "api" not in scopes


def token(answers: GitLabAnswers, today: date, *, job: bool = True) -> Iterator[Line]:
    """Until when is the token valid, and what may it do? Outside a ``job`` it is enough that it
    can read."""
    if isinstance(answers.token, Refused):
        yield refusal("token", answers.token, "GitLab 15.5 or newer")
        return
    until, scopes = answers.token.get("expires_at"), answers.token.get("scopes") or []
    days = (date.fromisoformat(until) - today).days if until else SOON
    if answers.token.get("revoked") or answers.token.get("active") is False or days < 0:
        yield todo("token", "it is revoked or expired", "make a new one, and set IMA_GITLAB_TOKEN")
    elif days < SOON:
        left = f"in {days} day{'s' * (days != 1)}"
        yield todo("token", f"it expires on {until}, {left}", "rotate it, and set IMA_GITLAB_TOKEN")
    else:
        yield ok("token", f"valid until {until}" if until else "valid, without an end")
    yield _scopes_line(scopes, job)


def _scopes_line(scopes: list[str], job: bool) -> Line:
    shown = ", ".join(scopes) or "none"
    if more := {"sudo", "admin_mode"} & set(scopes):
        return todo("scopes", f"{shown}: {', '.join(sorted(more))} is far too much", "use api only")
    if "api" in scopes:
        return ok("scopes", shown)
    if "read_api" in scopes and not job:
        return ok("scopes", f"{shown}: enough to look; the token of the jobs needs api")
    if "read_api" in scopes:
        remedy = "enough for `ima plan`; `ima apply` needs a token with the api scope"
        return todo("scopes", f"{shown}: it can only read", remedy)
    return todo("scopes", f"{shown}: it cannot use the API", "make a token with the api scope")


def project(
    answers: GitLabAnswers, path: str, issue_type: str = "issue", *, developer: bool = False
) -> Iterator[Line]:
    """Is the project there and alive, and may we write there and open issues of this type?
    ``developer``: GitLab pages for us, which takes that role."""
    found = answers.project
    if isinstance(found, Refused):
        if found.kind == "redirect":
            remedy = "write its new path into `tracker: project:` of the policy"
            yield todo("project", f"{path} has moved: {found.said}", remedy)
        elif found.denied:
            remedy = "check `tracker: project:`, and invite the token's account as Reporter"
            yield todo("project", f"there is no {path}, or this account may not see it", remedy)
        else:
            yield refusal("project", found, "a role")
        return
    now = str(found.get("path_with_namespace"))
    if now.lower() != path.lower():
        remedy = "write it into `tracker: project:`; events of the new path are not followed"
        yield todo("project", f"{path} is now {now}", remedy)
    elif found.get("archived"):
        yield todo("project", f"{path} is archived: it can only be read", "unarchive it")
    elif day := found.get("marked_for_deletion_on"):
        remedy = "restore it: Settings > General > Advanced"
        yield todo("project", f"{path} is to be deleted: marked on {day}", remedy)
    elif off := [name for name, key in _FEATURES.items() if found.get(key) == "disabled"]:
        where = "Settings > General > Visibility, project features"
        yield todo("project", f"{' and '.join(off)} are switched off", f"switch them on: {where}")
    else:
        yield ok("project", path)
    yield _role_line(found, path, issue_type, developer)


_FEATURES = {"issues": "issues_access_level", "pipelines": "builds_access_level"}


def _role_line(found: Mapping[str, Any], path: str, issue_type: str, developer: bool) -> Line:
    level = role_of(found)
    name = role_name(level)
    if level < PLANNER:
        said = f"{name}: labels, assignees and confidential incidents are beyond it"
        return todo("role", said, f"give the token's account the Reporter role on {path}")
    if level < REPORTER and issue_type == "incident":
        said = f"{name}: without a word GitLab makes plain issues of the incidents that IMA opens"
        remedy = f"give the token's account the Reporter role on {path}, or use `issue_type: issue`"
        return todo("role", said, remedy)
    least = role_name(DEVELOPER if developer else REPORTER)
    return ok("role", f"{name}; {least} would do" if level > DEVELOPER else name)


def role_of(project: Mapping[str, Any]) -> int:
    """The role of whose token it is, by the project's row."""
    permissions = project.get("permissions") or {}
    granted = [permissions.get(name) or {} for name in ("project_access", "group_access")]
    return max(int(each.get("access_level") or 0) for each in granted)


def role_name(level: int) -> str:
    return ROLES.get(level, f"role {level}" if level else "no member")


def tier(answers: GitLabAnswers) -> Iterator[Line]:
    """Can an issue have several assignees? That comes with Premium."""
    if isinstance(answers.project, Refused):
        return
    if has_premium(answers.project):
        yield ok("tier", "several assignees (Premium)")
    else:
        yield ok("tier", "one assignee, the owner (Free); the other roles stand on the card")


def incidents(answers: GitLabAnswers, taken_in: bool, label: str) -> Iterator[Line]:
    """Are the incidents that GitLab opens by alerts, from chat or by a quick action also ours?"""
    about = "GitLab's incidents"
    if isinstance(answers.incidents, Refused):
        yield refusal(about, answers.incidents, "the Reporter role")
    elif taken_in:
        yield ok(about, "each of its type is taken in (`tracker: {adopt: [type]}`)")
    elif answers.incidents:
        some = f"{'more than ' if len(answers.incidents) == PAGE else ''}{len(answers.incidents)}"
        said = f"{some} open of its type have no label {label}: they are not ours, nobody is called"
        remedy = "`tracker: {adopt: [type]}` of the policy takes in all of that type; or label them"
        yield todo(about, said, remedy)
    else:
        yield ok(about, f"none is open without the label {label}")


def record(answers: GitLabAnswers, wanted: bool) -> Iterator[Line]:
    """May what happens go on the timeline of GitLab's incidents, room and document among their
    links? Nobody is worse off without; ``wanted``: the policy wants it."""
    if isinstance(answers.project, Refused):
        return
    if not wanted:
        yield ok("timeline", "nothing goes on it (`tracker: {timeline: false}`)")
        return
    level, paid = role_of(answers.project), has_premium(answers.project)
    if level >= DEVELOPER:
        yield ok("timeline", "what happens is told there, too")
    else:
        need = "GitLab wants the Developer role for it"
        yield ok("timeline", f"nothing goes on it: {need}, and this is a {role_name(level)}'s")
    if paid and level >= REPORTER:
        yield ok("linked resources", "the room and the document")
    else:
        why = f"this is a {role_name(level)}'s" if paid else "they come with Premium"
        yield ok("linked resources", f"none: {why}; the card has them")


def has_premium(project: Mapping[str, Any]) -> bool:
    """Has the project Premium? Only then its row has this setting."""
    return "approvals_before_merge" in project
