"""Do GitHub's jobs run? Judges workflow, schedule, settings; see `automation.doctor`. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

from automation.doctor.github import (
    APP_ID,
    APP_KEY,
    WORKFLOW,
    GitHubAnswers,
    has_app,
    workflow_row,
)
from automation.doctor.github_actions import are_allowed
from automation.doctor.setup_check import (
    Line,
    Refused,
    moment,
    ok,
    refusal,
    rough_length_in_words,
    todo,
)
from automation.mistakes import quoted
from automation.times.cron import CronRhythm, cron_rhythm

LONGEST_WAIT = 60  # minutes between two sweeps
FREE_MINUTES = 2_000  # a month, of an account without a subscription
IDLE_DAYS, WARN_DAYS = 60, 45  # without a commit: GitHub switches off; the doctor warns
_CRON = re.compile(r"""^\s*-\s*cron:\s*(?:"([^"]*)"|'([^']*)'|([^#\n]+))""", re.MULTILINE)
_STATES = {
    "disabled_inactivity": (
        "GitHub has switched it off after 60 days without activity: nothing runs",
        "Actions > ima > Enable workflow; a commit now and then keeps it on",
    ),
    "disabled_manually": ("somebody has switched it off", "Actions > ima > Enable workflow"),
    "disabled_fork": ("it is off, as in every fork", "Actions > ima > Enable workflow"),
    "deleted": ("it is deleted", f"`ima init --forge github` writes {WORKFLOW}"),
}


def workflow(answers: GitHubAnswers) -> Iterator[Line]:
    """Is it there, and switched on?"""
    about, row = "workflow", workflow_row(answers)
    if isinstance(answers.workflows, Refused):
        yield refusal(about, answers.workflows, "Actions: read")
    elif row is None:
        remedy = "push to the default branch what `ima init --forge github` writes"
        yield todo(about, f"there is no {WORKFLOW}", remedy)
    elif row.get("state") == "active":
        yield ok(about, str(row.get("path")))
    else:
        state = str(row.get("state"))
        said, remedy = _STATES.get(state, (f"it is {quoted(state)}", "see Actions"))
        yield todo(about, said, remedy)


def actions(answers: GitHubAnswers) -> Iterator[Line]:
    """May workflows run, with the actions that ours uses?"""
    about, found = "actions", answers.actions
    where = "Settings > Actions > General"
    if isinstance(found, Refused):
        yield refusal(about, found, "Administration: read")
    elif found.get("enabled") is False:
        yield todo(about, "they are switched off in this repository", f"allow them: {where}")
    elif found.get("allowed_actions") == "local_only":
        said = "only actions of this owner may be used; the workflow needs some of GitHub's"
        yield todo(about, said, f"allow actions made by GitHub: {where}")
    elif found.get("allowed_actions") == "selected" and not _are_githubs_allowed(answers):
        said = "actions made by GitHub are not among those that may be used"
        yield todo(about, said, f"allow them: {where}")
    else:
        yield ok(about, "may run, with those that the workflow uses")


def _are_githubs_allowed(answers: GitHubAnswers) -> bool:
    selected, text = answers.selected, answers.text
    if isinstance(selected, Refused) or selected.get("github_owned_allowed"):
        return True
    return isinstance(text, str) and are_allowed(text, selected.get("patterns_allowed") or [])


def schedule(answers: GitHubAnswers, now: datetime) -> Iterator[Line]:
    """Does the clock start it, in time, and what does that cost?"""
    if workflow_row(answers) is None:
        return
    if isinstance(answers.text, Refused) and answers.text.status == 404:
        said = "the workflow is not on the default branch, and GitHub runs no schedule elsewhere"
        yield todo("schedule", said, "merge it; is it there, give the token Contents: read")
        return
    if isinstance(answers.text, Refused):
        yield refusal("schedule", answers.text, "Contents: read")
        return
    paces = _paces(answers.text)
    if not paces:
        said = "the workflow has none: nothing happens by the clock, and a lost event stays lost"
        yield todo("schedule", said, "put `on: schedule: [{cron: '7-59/15 * * * *'}]` into it")
        return
    line, pace = min(paces, key=lambda each: each[1].longest)
    yield _rhythm(line, pace)
    yield _cost(answers, sum(pace.monthly for _, pace in paces))
    yield _last_sweep(answers, pace, now)
    yield from _activity(answers, now)


def _paces(text: str) -> list[tuple[str, CronRhythm]]:
    """The cron lines of a workflow, and how often each comes."""
    lines = ["".join(found).strip() for found in _CRON.findall(text)]
    return [(line, pace) for line in lines if (pace := cron_rhythm(line))]


def longest_wait(text: str) -> int | None:
    """Minutes between two sweeps of this workflow at most; None where it has no schedule."""
    return min((pace.longest for _, pace in _paces(text)), default=None)


def _rhythm(line: str, pace: CronRhythm) -> Line:
    if pace.longest > LONGEST_WAIT:
        said = f"{line}: up to {rough_length_in_words(pace.longest)} between two sweeps"
        return todo("schedule", said, "rules by the clock wait so long; 7-59/15 * * * * is usual")
    if re.match(r"\*|0(?!\d)", line):
        remedy = "GitHub is late then, and drops runs: 7-59/15 * * * * keeps clear of it"
        return Line("schedule", "ok", f"{line}, which falls on the full hour", remedy)
    return ok("schedule", line)


def _cost(answers: GitHubAnswers, monthly: int) -> Line:
    """GitHub counts each job as a whole minute at least; a sweep takes about one."""
    site = isinstance(answers.variables, list) and "IMA_SITE" in answers.variables
    minutes = monthly * (3 if site else 1)
    said = f"about {minutes:,} minutes of Actions a month, and one more for each event"
    if not _is_private(answers):
        return ok("cost", f"{said}; free in a public repository")
    if minutes <= FREE_MINUTES:
        return ok("cost", said)
    said = f"{said}; GitHub Free has {FREE_MINUTES:,}, and your plan is not told"
    remedy = "a runner of your own costs none (`runs-on: self-hosted`); or sweep less often"
    return Line("cost", "unseen", said, remedy)


def _is_private(answers: GitHubAnswers) -> bool:
    return not isinstance(answers.repository, Mapping) or bool(answers.repository.get("private"))


def _last_sweep(answers: GitHubAnswers, pace: CronRhythm, now: datetime) -> Line:
    about = "last sweep"
    if isinstance(answers.runs, Refused):
        return refusal(about, answers.runs, "Actions: read")
    run = answers.runs[0] if answers.runs else {}
    at = moment(run.get("run_started_at") or run.get("created_at"))
    if at is None:
        return ok(about, "none yet")
    ago = round((now - at).total_seconds() / 60)
    if ago > 3 * pace.longest:
        remedy = "see Actions; what is due by the clock waits until it runs"
        return todo(
            about, f"{rough_length_in_words(ago)} ago: GitHub is late, or drops runs", remedy
        )
    done = str(run.get("conclusion") or run.get("status"))
    if done in _FAILED:
        return todo(
            about, f"{rough_length_in_words(ago)} ago: {done}", f"see {run.get('html_url')}"
        )
    return ok(about, f"{rough_length_in_words(ago)} ago, {done}")


def last_event(answers: GitHubAnswers) -> Iterator[Line]:
    """Did the last job that an event started go well? The sweeps may, and this not."""
    rows = answers.events if isinstance(answers.events, list) else []
    row: Mapping[str, Any] = next((row for row in rows if row.get("event") in _EVENTS), {})
    if (done := str(row.get("conclusion"))) in _FAILED:
        said = f"{row['event']}: {done}, and what people do waits for the schedule"
        yield todo("last event", said, f"see {row.get('html_url')}")


_EVENTS = ("issues", "issue_comment", "repository_dispatch")
_FAILED = ("failure", "startup_failure", "timed_out")


def _activity(answers: GitHubAnswers, now: datetime) -> Iterator[Line]:
    """In a public repository the whole workflow stops after sixty quiet days."""
    about = "activity"
    found = {} if isinstance(answers.repository, Refused) else answers.repository
    if (at := moment(found.get("pushed_at"))) is None or _is_private(answers):
        return
    days = (now - at).days
    said = f"the last commit is {days} day{'s' * (days != 1)} old"
    if days > WARN_DAYS:
        remedy = "commit something: in a public repository events stop with the schedule"
        yield todo(about, f"{said}; after {IDLE_DAYS} GitHub switches the workflow off", remedy)
    else:
        yield ok(about, f"{said}; after {IDLE_DAYS} GitHub would switch the workflow off")


def settings(answers: GitHubAnswers) -> Iterator[Line]:
    """What the jobs need: something to install; which token they take."""
    where = "Settings > Secrets and variables > Actions"
    wanted = isinstance(answers.text, str) and "vars.IMA_PACKAGE" in answers.text
    if isinstance(answers.variables, Refused):
        yield refusal("variables", answers.variables, "Variables: read")
    elif wanted and "IMA_PACKAGE" not in answers.variables:
        said = "the repository has no IMA_PACKAGE (its organisation may have it)"
        yield todo("variables", said, f"set it to what pip shall install: {where}")
    else:
        yield ok("variables", ", ".join(answers.variables) or "none needed")
    yield _token_of_jobs(answers)


_TOKEN = re.compile(r"^\s+(IMA_)?GITHUB_TOKEN:\s*(.*?)\s*$", re.MULTILINE)


def _token_of_jobs(answers: GitHubAnswers) -> Line:
    """Which token they take: all the same one, or one takes what another keeps for a stranger's."""
    about = "secrets"
    found = _TOKEN.findall(answers.text) if isinstance(answers.text, str) else []
    ways = [way for ours, way in found if ours]
    if len({*ways}) > 1 or (ways and 2 * len(ways) < len(found)):
        said = "its jobs take different tokens: what one account writes is no memory of another's"
        remedy = f"give them all the same, as `ima init --forge github` writes it into {WORKFLOW}"
        return todo(about, said, remedy)
    if isinstance(answers.variables, list) and "IMA_GITHUB_TOKEN" in answers.variables:
        said = "IMA_GITHUB_TOKEN is a variable: no job takes it, and who may write here can read it"
        return todo(
            about, said, "revoke that token, delete the variable, and make a secret of a new one"
        )
    if isinstance(answers.secrets, Refused):
        return refusal(about, answers.secrets, "Secrets: read")
    if APP_KEY in answers.secrets and isinstance(answers.variables, list) and not has_app(answers):
        said = f"there is {APP_KEY}, and no {APP_ID}: the jobs do not take the App's token"
        return todo(about, said, f"set the variable {APP_ID}, unless the organisation has it")
    if has_app(answers) and APP_KEY not in answers.secrets:
        remedy = f"set {APP_KEY} to the App's private key, unless the organisation has it"
        return todo(about, f"there is {APP_ID}, and no {APP_KEY}: no job gets a token", remedy)
    if has_app(answers):
        return ok(about, "the jobs make a token of the App")
    if "IMA_GITHUB_TOKEN" in answers.secrets:
        return ok(about, "the jobs use IMA_GITHUB_TOKEN")
    return ok(about, "the jobs use GITHUB_TOKEN, unless the organisation has another")


def members(answers: GitHubAnswers, teams: Collection[str]) -> Iterator[Line]:
    """May the token of the jobs see the teams that are on call?"""
    about = "teams"
    if not teams or not isinstance(answers.text, str) or not isinstance(answers.variables, list):
        return
    named = ", ".join(f"@{name}" for name in teams)
    if has_app(answers):
        if not _MEMBERS.search(answers.text):
            said = f"the App's token in the jobs does not see {named}: the last known stay on call"
            remedy = "`permission-members: read` below `permission-issues: write` in the job `pass`"
            yield todo(about, said, f"{remedy}, and give the App Members: read")
    elif isinstance(answers.secrets, list) and "IMA_GITHUB_TOKEN" not in answers.secrets:
        said = f"GITHUB_TOKEN sees no teams, so not {named}: nobody is on call by them"
        yield todo(about, said, "give the jobs a token of an App, or of a member")


_MEMBERS = re.compile(r"^\s+permission-members:\s*read\b", re.MULTILINE)


def pages(answers: GitHubAnswers) -> Iterator[Line]:
    """Can the status site be shown, where one is wanted?"""
    if isinstance(answers.variables, Refused) or "IMA_SITE" not in answers.variables:
        return
    remedy = "choose GitHub Actions: Settings > Pages > Build and deployment > Source"
    if isinstance(answers.pages, Refused) and answers.pages.status == 404:
        yield todo("pages", "IMA_SITE is set, but Pages is off", remedy)
    elif isinstance(answers.pages, Refused):
        yield refusal("pages", answers.pages, "Pages: read")
    elif answers.pages.get("build_type") != "workflow":
        yield todo("pages", "Pages shows a branch, not what the jobs make", remedy)
    else:
        yield ok("pages", str(answers.pages.get("html_url")))
