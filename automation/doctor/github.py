"""Is a GitHub repository ready for IMA? Judges what it answered; see `automation.doctor`. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import field
from datetime import date, datetime
from typing import Any

from automation.doctor.setup_check import Answer, Line, Refused, ok, refusal, todo
from automation.records import dataclass

SHARED = "github-actions[bot]"  # every workflow's account
APP_ID, APP_KEY, APP_REPOSITORIES = "IMA_APP_CLIENT_ID", "IMA_APP_KEY", "IMA_APP_REPOSITORIES"
SOON = 30  # days
WORKFLOW = ".github/workflows/ima.yml"
_THEIRS = "for jobs their own GITHUB_TOKEN is enough, or one of an account or an App only for IMA"
_UNSUITED = {"admin:org", "admin:enterprise", "delete_repo", "site_admin"}  # scopes


@dataclass(frozen=True, slots=True, kw_only=True)
class GitHubAnswers:
    """What GitHub answered to each question; rows as its REST API gives them."""

    user: Answer = None  # refused to tokens of Apps and of jobs: they are nobody's
    login: str = ""  # whom we take ourselves for
    headers: Mapping[str, str] = field(default_factory=dict)  # small; of any answer to our token
    repository: Answer = None  # as our token sees it
    private: Answer = None  # where security incidents go; None where the policy names none
    moving: Answer = None  # what we may do "here" and "there", by GraphQL
    kind: str = "classic"  # of our token; or "fine-grained", or "app": also that of a job
    workflows: Answer = field(default_factory=list)
    text: Answer = ""  # of our workflow's file
    lock: Answer = None  # the file with the hashes of what a job installs
    runs: Answer = field(default_factory=list)  # the last that the schedule made
    actions: Answer = field(default_factory=dict)  # who may run what
    selected: Answer = field(default_factory=dict)  # which actions, where not all may be used
    variables: Answer = field(default_factory=list)  # names
    secrets: Answer = field(default_factory=list)  # names
    pages: Answer = field(default_factory=dict)
    events: Answer = field(default_factory=list)  # the last runs, whatever started them
    policy: Answer = None  # the policy's file on the default branch
    package: str = ""  # IMA_PACKAGE, as far as it is seen
    source: Answer = None  # the repository that it names, if it is on this GitHub
    action: Answer = None  # the repository of an action of somebody's that the workflow uses
    access: Answer = None  # which other repositories may use it


def workflow_row(answers: GitHubAnswers) -> Mapping[str, Any] | None:
    """Our workflow: the file that `ima init` writes, else one of our name."""
    rows = [] if isinstance(answers.workflows, Refused) else answers.workflows
    by_path = (row for row in rows if row.get("path") == WORKFLOW)
    by_name = (row for row in rows if str(row.get("name")).lower().startswith("ima"))
    return next(by_path, None) or next(by_name, None)


def account(answers: GitHubAnswers, people: Collection[str], *, job: bool) -> Iterator[Line]:
    """Whose token it is. ``people``: logins that the policy names. ``job``: it is asked in a job,
    with the token of the jobs."""
    user, login = answers.user, answers.login
    if isinstance(user, Refused) and user.status == 401:
        yield todo("token", user.problem, user.remedy)
    elif isinstance(user, Refused) and not user.denied:
        yield refusal("token", user, "a token")
    elif login.lower() == SHARED:
        yield _shared(answers)
    elif login.lower() in {each.lower() for each in people}:
        said = f"@{login} is a person of the policy: this token is theirs, not that of the jobs"
        yield Line("account", "unseen", said, _THEIRS)
    elif login.endswith("[bot]"):
        yield ok("account", f"@{login}, an App of its own")
    elif login and not job and _jobs_have_other_token(answers):
        said = f"@{login} only looks, which is fine: what follows is seen with this token"
        yield ok("account", f"{said}, not with that of the jobs")
    elif login and not job:
        said = f"@{login} looks here; the jobs have a token of their own, and it may be another's"
        yield ok("account", said)
    elif login:
        yield ok("account", f"@{login}, no App: nobody else may use it")
    else:
        yield ok("account", "an App, or a job's own")


def _shared(answers: GitHubAnswers) -> Line:
    """Other workflows write as the same account. Which of them write on issues, GitHub does not
    tell."""
    rows = [] if isinstance(answers.workflows, Refused) else answers.workflows
    ours = workflow_row(answers)
    others = [str(row.get("name")) for row in rows if row != ours and row.get("state") == "active"]
    if not others:
        return ok("account", f"@{SHARED}: its events start nothing")
    shown = ", ".join(others[:3]) + (" …" if len(others) > 3 else "")
    said = f"@{SHARED}, as which other workflows write, too: {shown}"
    remedy = "if one of them writes on issues, it counts as IMA: give IMA a token of its own"
    return Line("account", "unseen", said, remedy)


def token(answers: GitHubAnswers, today: date) -> Iterator[Line]:
    """Until when it is valid, and of a classic one for what."""
    until = _day_in(answers.headers.get("github-authentication-token-expiration", ""))
    days = (until - today).days if until else SOON
    if isinstance(answers.user, Refused):
        yield ok("token", "made for an hour or a job")
    elif days < SOON:
        left = f"in {days} day{'s' * (days != 1)}"
        yield todo("token", f"it expires on {until}, {left}", "renew it, and set IMA_GITHUB_TOKEN")
    else:
        yield ok("token", f"valid until {until}" if until else "valid, without an end")
    if "x-oauth-scopes" in answers.headers:  # only classic tokens have any
        yield _scopes(answers, answers.headers["x-oauth-scopes"].replace(",", " ").split())


def _scopes(answers: GitHubAnswers, scopes: list[str]) -> Line:
    shown = ", ".join(scopes) or "none"
    public = isinstance(answers.repository, Mapping) and not answers.repository.get("private")
    if more := sorted(_UNSUITED & set(scopes)):
        remedy = "make a fine-grained token with Issues: read and write"
        return todo("scopes", f"{shown}: {', '.join(more)} is far too much", remedy)
    if "repo" in scopes or (public and "public_repo" in scopes):
        return ok("scopes", f"{shown}; a fine-grained token would need less")
    remedy = "enough for `ima plan` at most; `ima apply` needs Issues: read and write"
    return todo("scopes", f"{shown}: it cannot write issues", remedy)


def _day_in(text: str) -> date | None:
    """The day in "2026-12-01 12:00:00 UTC"."""
    try:
        return datetime.fromisoformat(text[:10]).date()
    except ValueError:
        return None


def repository(answers: GitHubAnswers, path: str) -> Iterator[Line]:
    """Is it there, alive, and may we write there?"""
    found = answers.repository
    if isinstance(found, Refused):
        yield _repository_not_shown(found, path)
        return
    now = str(found.get("full_name"))
    if now.lower() != path.lower():
        remedy = "write it into `tracker: project:`; events of the new name are not followed"
        yield todo("repository", f"{path} is now {now}", remedy)
    elif found.get("archived"):
        yield todo("repository", f"{path} is archived: it can only be read", "unarchive it")
    elif found.get("disabled"):
        yield todo("repository", f"GitHub has disabled {path}", "ask GitHub's support why")
    elif not found.get("has_issues", True):
        where = "Settings > General > Features"
        yield todo("repository", "its issues are switched off", f"switch them on: {where}")
    else:
        yield ok("repository", f"{path}, {'private' if found.get('private') else 'public'}")
    yield _role(found, path)


def _repository_not_shown(found: Refused, path: str) -> Line:
    if found.kind == "redirect":
        remedy = "write its new name into `tracker: project:` of the policy"
        return todo("repository", f"{path} has been renamed or transferred", remedy)
    if found.denied:
        remedy = "check `tracker: project:`, and give the token access to it"
        return todo("repository", f"there is no {path}, or this token may not see it", remedy)
    return refusal("repository", found, "a role")


_ROLES = {
    "admin": "Admin",
    "maintain": "Maintain",
    "push": "Write",
    "triage": "Triage",
    "pull": "Read",
}


def _role(found: Mapping[str, Any], path: str) -> Line:
    """What the account may do; a fine-grained or App token may do less, which GitHub does not
    tell before it refuses. Who only may triage is not told what others may: "Must have push access
    to view collaborator permission"."""
    permissions = found.get("permissions")
    if not isinstance(permissions, Mapping):
        remedy = "`permissions: issues: write` in the workflow, or Issues: read and write"
        return Line("role", "unseen", "GitHub does not say what this token may do", remedy)
    name = next((said for key, said in _ROLES.items() if permissions.get(key)), "none")
    if name in ("Read", "none"):
        said = f"{name}: GitHub drops labels and assignees that it sends, without a word"
        return todo("role", said, f"give the token's account the Write role on {path}")
    if name == "Triage":
        said = "Triage: GitHub does not tell such an account who may command"
        return todo("role", said, f"give the token's account the Write role on {path}")
    return ok("role", f"{name}; Write would do" if name in ("Admin", "Maintain") else name)


def private(answers: GitHubAnswers, project: str, path: str) -> Iterator[Line]:
    """Where security incidents are transferred to: nobody else may see it. ``path`` is empty where
    the policy names none."""
    about, found = "security", answers.private
    if not path:
        yield _without_private_repository(answers)
    elif isinstance(found, Refused) and found.denied:
        yield _private_not_seen(answers, path)
    elif isinstance(found, Refused):
        yield refusal(about, found, "a role")
    elif not found.get("private"):
        yield todo(about, f"{path} is public", "make it private, or name another")
    elif not found.get("has_issues", True):
        yield todo(about, f"the issues of {path} are off", "switch them on in its settings")
    elif path.lower().partition("/")[0] != project.lower().partition("/")[0]:
        said = f"{path} is another owner's: GitHub transfers nothing there"
        yield todo(about, said, "name a repository of the same owner")
    elif _reaches_no_other(answers):
        said = f"the jobs use GITHUB_TOKEN, which does not reach {path}: there {_LOCKED}"
        remedy = "set IMA_GITHUB_TOKEN as a secret, unless the organisation has it"
        yield Line(about, "unseen", said, remedy)
    elif has_app(answers) and APP_REPOSITORIES not in answers.variables:
        said = f"the App's token does not reach {path}: there {_LOCKED}"
        remedy = f"set the variable {APP_REPOSITORIES} to the names of both, with a comma between"
        yield todo(about, said, remedy)
    else:
        yield _moving(answers, project, path)


def _private_not_seen(answers: GitHubAnswers, path: str) -> Line:
    """Whose token it is that does not see it decides what to do."""
    about, said = "security", f"there is no {path}, or this token may not see it"
    if has_app(answers) and APP_REPOSITORIES not in answers.variables:
        remedy = f"install the App on {path}, too, and set the variable {APP_REPOSITORIES} to both"
        return todo(about, said, remedy)
    if answers.kind == "app" and answers.login.lower() != SHARED:
        return todo(about, said, f"install the App on {path}, too, with Contents: read and write")
    if answers.kind == "fine-grained":
        remedy = f"let the token of the jobs name {path}, too, with Contents: read and write"
        return Line(about, "unseen", said, remedy)
    remedy = "GITHUB_TOKEN reaches no other repository: set IMA_GITHUB_TOKEN to one that does"
    return todo(about, said, remedy)


_LOCKED = "the incident is locked, and somebody must move it"
_WRITERS = ("WRITE", "MAINTAIN", "ADMIN")


def _moving(answers: GitHubAnswers, project: str, path: str) -> Line:
    """Whether our token may move an incident, without moving one: it takes who may write in both
    repositories. Of fine-grained tokens and of Apps GitHub does not tell all."""
    about, found = "security", answers.moving
    if isinstance(found, Refused):
        return refusal(about, found, "a role in both repositories")
    roles = {project: _role_in(found, "here"), path: _role_in(found, "there")}
    both = "give it Issues and Contents: read and write in both repositories"
    if answers.kind == "app":
        said = f"GitHub does not tell whether an App may move an incident to {path}"
        remedy = f"{both}; some Apps were refused all the same, a token of an account is not"
        return Line(about, "unseen", f"{said}; where it may not, {_LOCKED}", remedy)
    if lacking := [where for where, role in roles.items() if role not in _WRITERS]:
        needs = f"the Write role on {' and '.join(lacking)}"
        said = f"its account may not move an incident to {path}: it needs {needs}"
        return todo(about, f"{said}; until then {_LOCKED}", f"give it {needs}")
    if answers.kind == "fine-grained":
        said = f"GitHub does not tell whether this token may move an incident to {path}"
        return Line(about, "unseen", f"{said}; where it may not, {_LOCKED}", both)
    return ok(about, f"an open incident is moved to {path}, a closed one is locked")


def _role_in(found: Any, where: str) -> str:
    row = found.get(where) if isinstance(found, Mapping) else None
    return str((row or {}).get("viewerPermission") or "")


def _reaches_no_other(answers: GitHubAnswers) -> bool:
    return _jobs_have_other_token(answers) and not has_app(answers)


def _jobs_have_other_token(answers: GitHubAnswers) -> bool:
    """Do the jobs have GITHUB_TOKEN or that of an App, as far as GitHub tells?"""
    return isinstance(answers.secrets, list) and "IMA_GITHUB_TOKEN" not in answers.secrets


def has_app(answers: GitHubAnswers) -> bool:
    """Do the jobs make a token of an App?"""
    return isinstance(answers.variables, list) and APP_ID in answers.variables


def _without_private_repository(answers: GitHubAnswers) -> Line:
    about = "security"
    if isinstance(answers.repository, Mapping) and not answers.repository.get("private"):
        said = "a security incident stays as public as the repository, and is only locked"
        return todo(about, said, "name a private repository: `tracker: {private: acme/security}`")
    return ok(about, "a security incident is as private as the repository; it is locked")
