"""May GitHub's jobs use what the workflow names? See `automation.doctor`. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase

from automation.doctor.github import GitHubAnswers
from automation.doctor.setup_check import Line, Refused, ok, refusal, todo

# The first of each on node24. GitHub ran those on node20 until 2026-09-16.
# https://github.blog/changelog/2025-09-19-deprecation-of-node-20-on-github-actions-runners/
NODE_24 = {
    "actions/cache": 5,
    "actions/checkout": 5,
    "actions/configure-pages": 6,
    "actions/create-github-app-token": 3,
    "actions/deploy-pages": 5,
    "actions/upload-pages-artifact": 5,
}
_NAMED = re.compile(r"uses:\s*[\"']?([\w-]+/[\w./-]+@[\w./-]+)")
_COMMIT = re.compile(r"@[0-9a-f]{40}$")
_FROM_GIT = re.compile(
    r"git\+(?:https|ssh)://(?:[^@/\s]+@)?([\w.-]+)(?::\d+)?/([\w.-]+/[\w.-]+?)(?:\.git)?(?:[@#]|$)"
)
_SECRET = re.compile(r"://[^/@\s]*:[^/@\s]+@|gh[pousr]_|github_pat_")
_PRIVATE = "a wheel beside the policy, or IMA's action: docs/github.md, IMA in a private repository"
_USED = re.compile(
    r"uses:\s*[\"']?([\w-]+/[\w-]+)[\w/-]*@(?:v(\d+)|[0-9a-f]{40}[\"']?\s+#\s*v(\d+))"
)


def used_actions(text: str) -> list[str]:
    """Each as the workflow names it: "actions/cache/restore@0400d5f…"."""
    return _NAMED.findall(text)


def others_action(text: str) -> str:
    """The repository of the first action that is neither GitHub's nor beside the workflow."""
    names = ("/".join(each.split("@")[0].split("/")[:2]) for each in used_actions(text))
    return next((name for name in names if not name.startswith("actions/")), "")


def package_repository(package: str, host: str) -> str:
    """The repository on this GitHub from which pip installs, such as "acme/ima"; else empty."""
    found = _FROM_GIT.search(package)
    return found[2] if found and found[1].lower() == host.lower() else ""


def are_allowed(text: str, patterns: Iterable[str]) -> bool:
    """Is each action of GitHub's that the workflow uses among those of the policy?"""
    wanted = [each for each in used_actions(text) if each.startswith("actions/")]
    shut = [each.removeprefix("!") for each in patterns if each.startswith("!")]
    let = [each for each in patterns if not each.startswith("!")]
    return all(_is_in(each, let) and not _is_in(each, shut) for each in wanted)


def _is_in(action: str, patterns: Iterable[str]) -> bool:
    """A pattern is `owner/name@ref`, with stars; without a reference all are meant."""
    return any(
        fnmatchcase(action, each if "@" in each else f"{each}@*")
        or fnmatchcase(action.split("@")[0], each)
        for each in patterns
    )


def unpinned(answers: GitHubAnswers) -> Iterator[Line]:
    """Does the workflow name an action by a tag where the policy wants commits?"""
    found, text = answers.actions, answers.text
    if isinstance(found, Refused) or isinstance(text, Refused):
        return
    loose = [each for each in used_actions(text) if not _COMMIT.search(each)]
    if found.get("sha_pinning_required") and loose:
        said = f"only actions pinned to a commit may be used, and the workflow has {loose[0]}"
        yield todo("actions", said, "name its commit, of 40 digits")


def package(answers: GitHubAnswers, project: str) -> Iterator[Line]:
    """Can a job read what it shall install?"""
    if _SECRET.search(answers.package):
        said = "IMA_PACKAGE holds a secret, and a variable is none: each job's log shows it"
        yield todo("package", said, f"revoke it; {_PRIVATE}")
    elif answers.source is not None:
        yield _source(answers)
    if answers.action is not None:
        yield _action(answers, project)


def _source(answers: GitHubAnswers) -> Line:
    found = answers.source
    if isinstance(found, Refused) and found.status == 404:
        said = "IMA_PACKAGE is where this token sees nothing: private, or not there"
        return todo("package", said, _PRIVATE)
    if isinstance(found, Refused):
        return refusal("package", found, "Metadata: read there")
    name = found.get("full_name")
    if found.get("private"):
        said = f"IMA_PACKAGE is at {name}, which is private: a job's GITHUB_TOKEN does not reach it"
        return todo("package", said, _PRIVATE)
    return ok("package", f"at {name}, public")


def _action(answers: GitHubAnswers, project: str) -> Line:
    """A private action is used by private repositories of the same owner, where it is shared."""
    found, about = answers.action, "package"
    if isinstance(found, Refused):
        return refusal(about, found, "Metadata: read on the repository of the action")
    name = str(found.get("full_name"))
    here = answers.repository if isinstance(answers.repository, Mapping) else {}
    if not found.get("private"):
        return ok(about, f"by the action of {name}, public")
    if not here.get("private", True):
        return todo(about, f"a public repository cannot use the action of {name}", _PRIVATE)
    if name.partition("/")[0].lower() != project.partition("/")[0].lower():
        return todo(about, f"the action of {name} is private, and another owner's", _PRIVATE)
    if isinstance(answers.access, Refused):
        return refusal(about, answers.access, f"Administration: read on {name}")
    if (answers.access or {}).get("access_level") == "none":
        where = f"Settings > Actions > General > Access, of {name}"
        return todo(about, f"{name} lets no other repository use its actions", f"allow it: {where}")
    return ok(about, f"by the action of {name}, which is shared")


def outdated(answers: GitHubAnswers) -> Iterator[Line]:
    """Does the workflow name actions that GitHub no longer runs?"""
    if not isinstance(answers.text, str):
        return
    used = ((name, int(tag or said)) for name, tag, said in _USED.findall(answers.text))
    old = sorted({f"{name} v{major}" for name, major in used if major < NODE_24.get(name, 0)})
    if old:
        said = f"GitHub no longer runs {', '.join(old)}: they need node20"
        remedy = "`ima init --forge github --force` writes the workflow anew; yours stays in git"
        yield todo("actions", said, remedy)
