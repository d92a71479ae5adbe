"""Are the jobs in the project's pipeline? Judges its CI file; see `automation.doctor`. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator

from automation.doctor.gitlab import GitLabAnswers
from automation.doctor.setup_check import Answer, Line, Refused, ok, refusal, todo
from automation.mistakes import quoted

JOBS = ("check", "sweep", "event", "labels")  # those for chat and pages are a choice
PACKAGE = "IMA_PACKAGE"
_EMPTY = ("", '""', "''", "null", "~")


def jobs(answers: GitLabAnswers) -> Iterator[Line]:
    """Is .gitlab-ci.yml on the default branch, valid, and does it have what runs IMA?"""
    if isinstance(answers.lint, Refused):
        if answers.lint.status == 404:
            yield todo("jobs", "the project has no commit yet", f"push what {_WRITES}")
        else:
            yield refusal("jobs", answers.lint, "the Reporter role")
        return
    merged, errors = str(answers.lint.get("merged_yaml") or ""), answers.lint.get("errors") or [""]
    missing = [name for name in JOBS if not re.search(rf"^:?{name}:", merged, re.MULTILINE)]
    if not answers.lint.get("valid") and str(errors[0]).startswith("Please provide content"):
        yield todo(
            "jobs", "there is no .gitlab-ci.yml on the default branch", f"push what {_WRITES}"
        )
    elif not answers.lint.get("valid"):
        said = f"GitLab cannot use .gitlab-ci.yml: {quoted(str(errors[0]))}"
        yield todo("jobs", said, _mend(str(errors[0])))
    elif missing:
        said = f"the pipeline has no {', '.join(missing)}"
        yield todo("jobs", said, f"push what {_WRITES}, or include it (docs/gitlab.md)")
    elif re.search(r"^:?workflow:\n(?: .*\n)*? +:?rules:", merged, re.MULTILINE):
        said = "`workflow:rules` may refuse a trigger, and GitLab then switches the webhook off"
        yield todo("jobs", said, "let them pass schedule, trigger and chat, or take them out")
    else:
        yield ok("jobs", f"{', '.join(JOBS)}")
        yield _waiting_jobs(answers, merged)
        yield _others(merged)
        yield _shared_cache(answers, merged)
        yield from _package(answers, merged)


def _mend(error: str) -> str:
    if "stage test does not exist" in error:
        return "name `test` among the `stages:` of .gitlab-ci.yml: our jobs run in it"
    return f"push to the default branch what {_WRITES}"


def _others(merged: str) -> Line:
    """Other jobs of the file that would no longer run: ours for merge requests makes a pipeline for
    each of them, in which a job without rules does not run, and that is the one GitLab shows and
    asks for before a merge."""
    blocks = re.split(r"^(?=\S)", merged, flags=re.MULTILINE)
    jobs = {name[1]: block for block in blocks if (name := _JOB.match(block))}
    theirs = {name: block for name, block in jobs.items() if name not in _OURS}
    left = [name for name, block in theirs.items() if not _CHOSEN.search(block)]
    if not left or "check" not in jobs:
        return ok("merge requests", "no job of yours is left out of their pipelines")
    said = f"{', '.join(left[:3])}: not in the pipeline of a merge request, which has only ours now"
    remedy = "give them `rules:` with merge_request_event, or check `rules: [{when: never}]`"
    return todo("merge requests", said, remedy)


_OURS = {*JOBS, "preview", "ours", "oncall", "incident", "pages"}
_JOB = re.compile(r":?([^\s.:#][^\n:]*):\n(?=(?: .*\n|\n|#.*\n)*? +:?(?:script|trigger|run):)")
_CHOSEN = re.compile(r"^ +:?(?:rules|only|except|extends):", re.MULTILINE)


def _waiting_jobs(answers: GitLabAnswers, merged: str) -> Line:
    """Does a pass that waits for another one survive a push?"""
    settings = {} if isinstance(answers.settings, Refused) else answers.settings
    if settings.get("auto_cancel_pending_pipelines") == "disabled":
        return ok("waiting jobs", "the project cancels no pipelines")
    if re.search(r"^ +:?on_new_commit: *:?\"?none\b", merged, re.MULTILINE):
        return ok("waiting jobs", "a push cancels none of them")
    said = "a push to the default branch cancels every pass that waits"
    remedy = "write `workflow: {auto_cancel: {on_new_commit: none}}` into .gitlab-ci.yml"
    return todo("waiting jobs", said, remedy)


def _shared_cache(answers: GitLabAnswers, merged: str) -> Line:
    """Can a job of a merge request write the cache that a job with the token reads? It could say
    which issues need not be read, and who is a member."""
    about, where = "cache of jobs", "Settings > CI/CD > General pipelines"
    settings = {} if isinstance(answers.settings, Refused) else answers.settings
    if re.search(r"^ +:?unprotect: *:?\"?true\b", merged, re.MULTILINE):
        said = "`cache: unprotect: true`: jobs of merge requests can write what a pass reads"
        return todo(about, said, "take it out of .gitlab-ci.yml")
    separate = settings.get("ci_separated_caches")
    if separate is None:
        said = "this token is not told whether merge requests have one of their own"
        return Line(about, "unseen", said, f"look there: {where} > Use separate caches")
    if not separate:
        said = "jobs of merge requests can write what a pass reads"
        return todo(about, said, f"switch on: {where} > Use separate caches for protected branches")
    return ok(about, "merge requests have one of their own")


_WRITES = "`ima init --forge gitlab` writes"


def sweep_tags(merged: str) -> list[str]:
    """The tags that a runner must have to take the job `sweep`."""
    blocks = re.split(r"^(?=\S)", merged, flags=re.MULTILINE)
    for name in ("sweep", "default"):
        block = next((each for each in blocks if re.match(rf":?{name}:", each)), "")
        if found := re.search(r"^ +:?tags:.*\n?((?: *- .*\n?)*)", block, re.MULTILINE):
            return re.findall(r"- *[\"']?([^\"'\n]+)", found[1])
    return []


def online(answers: GitLabAnswers) -> Iterator[Line]:
    """Is there a runner that takes our jobs? Where a sweep ran of late there is."""
    if answers.runners != [] or (isinstance(answers.runs, list) and answers.runs):
        return
    lint = {} if isinstance(answers.lint, Refused) else answers.lint
    tags = sweep_tags(str(lint.get("merged_yaml") or ""))
    which = f" with the tags {', '.join(tags)}" if tags else ""
    remedy = "Settings > CI/CD > Runners: switch on shared ones, or add one of your own"
    yield todo("runners", f"none{which} is online for this project: no job ever begins", remedy)


def site_is_wanted(merged: str, variables: Answer) -> bool:
    """Has the site, on Pages, a name: in the pipeline's file, or in the project's variables?"""
    if not re.search(r"^:?pages:", merged, re.MULTILINE):
        return False
    said = re.findall(r"^ +:?IMA_SITE: *(.*?) *$", merged, re.MULTILINE)
    named = isinstance(variables, list) and any(row["key"] == "IMA_SITE" for row in variables)
    return named or any(each not in _EMPTY for each in said)


def pages(answers: GitLabAnswers) -> Iterator[Line]:
    """Is the site shown that the policy's people want?"""
    if answers.pages is None:
        return
    if isinstance(answers.pages, Refused) and answers.pages.status != 404:
        yield refusal("pages", answers.pages, "the Maintainer role")
    elif isinstance(answers.pages, Refused):
        remedy = "switch it on: Settings > General > Visibility, Pages; or leave IMA_SITE empty"
        yield todo("pages", "IMA_SITE is set, but Pages is off", remedy)
    elif not answers.pages.get("deployments"):
        said = "IMA_SITE is set, and nothing was published yet: nobody finds the site"
        yield todo("pages", said, "the next sweep does, by the job `pages`: see Build > Pipelines")
    else:
        yield ok("pages", str(answers.pages.get("url")))


def _package(answers: GitLabAnswers, merged: str) -> Iterator[Line]:
    """Where do the jobs get IMA from: a variable of the project, or of the file?"""
    in_file = re.findall(rf"^ +:?{PACKAGE}: *(.*?) *$", merged, re.MULTILINE)
    in_project = isinstance(answers.variables, list) and any(
        r["key"] == PACKAGE for r in answers.variables
    )
    if in_project or any(each not in _EMPTY for each in in_file):
        yield ok("package", f"{PACKAGE} says where a job gets ima from")
    elif isinstance(answers.variables, Refused):
        yield refusal("package", answers.variables, "the Maintainer role")
    else:
        said = f"{PACKAGE} is set nowhere (a group above may have it): no job gets ima"
        yield todo("package", said, "set it in Settings > CI/CD > Variables, or in .gitlab-ci.yml")
