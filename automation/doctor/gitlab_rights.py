"""May those who start our pipelines do so, and read what the jobs need? See `automation.doctor`.
Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from automation.doctor.gitlab import ROLES, GitLabAnswers, host, role_name
from automation.doctor.setup_check import Line, Refused, ok, refusal, todo

_ADDRESS = re.compile(r"git\+(https?://[^\s\"'@]*(?:@[^\s\"'@]+)?)")
_PLACE = re.compile(r"https?://(?:[^/@]*@)?([^/]+)(/[^?#]*)")
_TOKENS = "Settings > CI/CD > Job token permissions"


def runners(answers: GitLabAnswers) -> Iterator[Line]:
    """May those who start our pipelines do so? On a protected branch only whoever may merge or push
    may."""
    about = "who may run"
    if isinstance(answers.project, Refused):
        return
    for asked, needs in ((answers.branches, "Developer"), (answers.members, "Reporter")):
        if isinstance(asked, Refused):
            yield refusal(about, asked, f"the {needs} role")
            return
    if isinstance(answers.schedules, Refused) and isinstance(answers.triggers, Refused):
        yield refusal(about, answers.triggers, "the Maintainer role")
        return
    branch = str(answers.project.get("default_branch"))
    least = _least(answers, branch)
    if least is None:
        yield ok(about, f"anybody of the Developer role: {branch} is not protected")
        return
    levels = {
        str(row.get("username")): int(row.get("access_level") or 0) for row in answers.members
    }
    for login in _starters(answers):
        if (level := levels.get(login, 0)) < least:
            who = f"@{login} is {role_name(level)}"
            said = f"{who}: GitLab starts no pipeline of theirs on {branch}"
            need = f"let a {ROLES[least]} who stays own it" if least in ROLES else _OPEN
            yield todo(about, said, f"{need}: {', '.join(_OWNED)}")
            return
    who = ", ".join(f"@{login}" for login in _starters(answers)) or "nobody starts one yet"
    yield ok(about, f"on the protected {branch} {ROLES.get(least, 'nobody')} and up: {who}")


_OWNED = ("Build > Pipeline schedules", "Settings > CI/CD > Pipeline trigger tokens")
_OPEN = "allow somebody to merge: Settings > Repository > Protected branches"
_NOBODY = 100  # more than any role


def _least(answers: GitLabAnswers, branch: str) -> int | None:
    """The lowest role that may merge or push; None where the branch is not protected."""
    rows = [row for row in answers.branches if _matches(str(row["name"]), branch)]
    asked = [
        int(level.get("access_level") or 0)
        for row in rows
        for kind in ("merge_access_levels", "push_access_levels")
        for level in row.get(kind) or ()
    ]
    if not rows:
        return None
    return min((level for level in asked if level), default=_NOBODY if asked else 0)


def _matches(pattern: str, branch: str) -> bool:
    return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), branch) is not None


def _starters(answers: GitLabAnswers) -> list[str]:
    """The owners of the active schedules and trigger tokens, as far as they are seen."""
    rows: list[Mapping[str, Any]] = []
    for asked in (answers.schedules, answers.triggers):
        rows += [] if isinstance(asked, Refused) else asked
    owners = [row.get("owner") or {} for row in rows if row.get("active", True)]
    live = (each for each in owners if each.get("state", "active") == "active")
    return list(dict.fromkeys(str(each.get("username")) for each in live))


def package_address(merged: str) -> str:
    """Where pip gets IMA from, if the pipeline's file says so and it is a repository; else ""."""
    for line in merged.splitlines():
        if "IMA_PACKAGE" in line and (found := _ADDRESS.search(line)):
            return found[1]
    return ""


def package_project(merged: str, url: str) -> str:
    """The path of that project, where it is on this GitLab; else ""."""
    found = _PLACE.match(package_address(merged))
    if not found or found[1].lower() != host(url):
        return ""
    return found[2].strip("/").partition(".git")[0]


def package_source(answers: GitLabAnswers, url: str, path: str) -> Iterator[Line]:
    """May a job read the project that ima is installed from?"""
    about, merged = "package source", _merged(answers)
    where = package_project(merged, url)
    if not where or isinstance(answers.package, Refused) or not answers.package:
        if where and isinstance(answers.package, Refused):
            yield refusal(about, answers.package, f"access to {where}")
        return
    if answers.package.get("visibility") == "public":
        return
    if "CI_JOB_TOKEN" not in package_address(merged):
        said = (
            f"{where} is {answers.package.get('visibility')}: a job cannot read it without a token"
        )
        remedy = "write git+https://gitlab-ci-token:${CI_JOB_TOKEN}@… into IMA_PACKAGE"
        yield todo(about, said, remedy)
    elif isinstance(answers.allowlist, Refused):
        said = f"whether {where} lets jobs of {path} in is not shown to this token"
        yield Line(about, "unseen", said, f"look there: {_TOKENS}")
    elif path.lower() in [str(r.get("path_with_namespace")).lower() for r in answers.allowlist]:
        yield ok(about, f"{where} lets jobs of {path} in")
    else:
        remedy = f"add {path} in {where}: {_TOKENS}"
        yield todo(about, f"{where} does not let jobs of {path} in", remedy)


def included_project(lint: Any) -> str:
    """The path of the other project that jobs are included from; "" if none is."""
    rows = [] if isinstance(lint, Refused) else lint.get("includes") or []
    named = (str((row.get("extra") or {}).get("project") or "") for row in rows)
    return next((name for name in named if name), "")


def included(answers: GitLabAnswers) -> Iterator[Line]:
    """May those who start a pipeline read the project that it includes?"""
    about, where = "included jobs", included_project(answers.lint)
    if not where:
        return
    shown = {} if isinstance(answers.included, Refused) else answers.included or {}
    if shown.get("visibility") in ("public", "internal"):
        yield ok(about, f"{where} is {shown['visibility']}: who starts a pipeline can read it")
        return
    said = f"{where} is private: who starts a pipeline must be a member there"
    remedy = "the owners of the schedule and of the trigger token, and who types in chat"
    yield Line(about, "unseen", said, remedy)


def _merged(answers: GitLabAnswers) -> str:
    return "" if isinstance(answers.lint, Refused) else str(answers.lint.get("merged_yaml") or "")
