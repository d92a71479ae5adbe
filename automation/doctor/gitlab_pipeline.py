"""Do the jobs run? Judges schedule, variables, trigger token; see `automation.doctor`. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from automation.doctor.gitlab import GitLabAnswers, has_premium, host
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
from automation.stored_state.signatures import LOST
from automation.times.cron import CronRhythm, cron_rhythm

LONGEST_WAIT = 60  # minutes between two sweeps
FREE_MINUTES = 400  # a month, of a namespace on GitLab.com without a subscription
HOURLY = 24 * 31  # runs a month
_WAITING = ("created", "pending", "waiting_for_resource")
_OTHERS = re.compile(r"IMA_KEY_OLD|IMA_(?!GITLAB_)\w*(?:TOKEN|PASSWORD|CREDENTIALS)|IMA_\w+_KEY")
_WHERE = "Build > Pipeline schedules"


def schedule(answers: GitLabAnswers, url: str, now: datetime) -> Iterator[Line]:
    """Is there a schedule, does it run, and what does it cost?"""
    if isinstance(answers.schedules, Refused):
        yield refusal("schedule", answers.schedules, "the Developer role")
        return
    if not answers.schedules:
        said = "there is none: nothing happens by the clock, and a lost webhook stays lost"
        yield todo("schedule", said, f"add one, every 15 minutes: {_WHERE}")
        return
    row, pace = _best_schedule(answers)
    yield _schedule_line(row, pace, _default_branch(answers), _is_free(answers, url))
    if pace and row.get("active"):
        yield _cost(answers, pace, url)
        yield _last_run(answers, pace, row, now)


def _best_schedule(answers: GitLabAnswers) -> tuple[Mapping[str, Any], CronRhythm | None]:
    """The active schedule with the shortest waits; else any."""
    paces = [(row, cron_rhythm(str(row.get("cron")))) for row in answers.schedules]

    def rank(each: tuple[Mapping[str, Any], CronRhythm | None]) -> tuple[bool, bool, int]:
        row, pace = each
        on_default_branch = str(row.get("ref")).removeprefix("refs/heads/") in (
            _default_branch(answers),
            "",
        )
        return not row.get("active"), not on_default_branch, pace.longest if pace else 10**9

    return min(paces, key=rank)


def _default_branch(answers: GitLabAnswers) -> str:
    return (
        "" if isinstance(answers.project, Refused) else str(answers.project.get("default_branch"))
    )


def _is_free(answers: GitLabAnswers, url: str) -> bool:
    """Is it GitLab.com without a subscription?"""
    paid = isinstance(answers.project, Refused) or has_premium(answers.project)
    return host(url) == "gitlab.com" and not paid


def _schedule_line(
    row: Mapping[str, Any], pace: CronRhythm | None, branch: str, free: bool
) -> Line:
    owner, ref = row.get("owner") or {}, str(row.get("ref")).removeprefix("refs/heads/")
    cron = str(row.get("cron"))
    stopped = not row.get("active")
    if (state := owner.get("state", "active")) != "active":
        said = f"@{owner.get('username')}, who owns it, is {state}: GitLab will not run it"
        then = ", and activate it" if stopped else ""
        return todo("schedule", said, f"let somebody who stays take ownership{then}: {_WHERE}")
    if stopped:
        return todo("schedule", "it is not active", f"activate it: {_WHERE}")
    if branch and ref != branch:
        return todo(
            "schedule", f"it runs on {ref}, not on {branch}", f"change its target: {_WHERE}"
        )
    if pace is None:
        return todo("schedule", f"{quoted(cron)} cannot be read", "write */15 * * * *")
    if pace.longest > LONGEST_WAIT:
        said = f"{cron}: up to {rough_length_in_words(pace.longest)} between two sweeps"
        return todo("schedule", said, "rules by the clock wait so long; */15 * * * * is usual")
    if free and pace.monthly > HOURLY:
        said = f"{cron}: GitLab.com Free runs it once an hour, 24 times a day at most"
        return todo("schedule", said, "write 7 * * * *, and leave what is urgent to the webhook")
    return ok("schedule", f"{cron}, on {ref}")


def _cost(answers: GitLabAnswers, pace: CronRhythm, url: str) -> Line:
    """A sweep takes about a minute, most of it to install ima."""
    said = f"about {pace.monthly:,} minutes of CI a month, and one more for each event"
    free = _is_free(answers, url)
    private = (
        not isinstance(answers.project, Refused) and answers.project.get("visibility") != "public"
    )
    if free and private and pace.monthly > FREE_MINUTES:
        remedy = "let a runner of your own take the jobs (it costs no minutes), or sweep less often"
        return todo("cost", f"{said}; GitLab.com Free has {FREE_MINUTES}", remedy)
    return ok("cost", said)


def _last_run(
    answers: GitLabAnswers, pace: CronRhythm, row: Mapping[str, Any], now: datetime
) -> Line:
    if isinstance(answers.runs, Refused):
        return refusal("last sweep", answers.runs, "the Reporter role")
    at = moment(answers.runs[0].get("created_at")) if answers.runs else None
    if at is None:
        return ok("last sweep", f"none yet; the next is due at {row.get('next_run_at')}")
    ago = round((now - at).total_seconds() / 60)
    status = str(answers.runs[0].get("status"))
    if ago > 3 * pace.longest:
        return todo(
            "last sweep",
            f"{rough_length_in_words(ago)} ago: GitLab is late",
            "see Build > Pipelines",
        )
    if status == "failed":
        address = answers.runs[0].get("web_url")
        return todo(
            "last sweep", f"{rough_length_in_words(ago)} ago, and it failed", f"see {address}"
        )
    if status in _WAITING and ago > pace.longest:
        remedy = "no runner takes it: Settings > CI/CD > Runners"
        return todo("last sweep", f"{rough_length_in_words(ago)} ago, and it still waits", remedy)
    return ok("last sweep", f"{rough_length_in_words(ago)} ago, {status}")


def last_event(answers: GitLabAnswers) -> Iterator[Line]:
    """Did the last job that the webhook made go well? The sweeps may, and this not."""
    row = answers.events[0] if isinstance(answers.events, list) and answers.events else {}
    if row.get("status") == "failed":
        said = "its job failed, and what people do waits for the schedule"
        yield todo("last event", said, f"see {row.get('web_url')}")


def tags(answers: GitLabAnswers) -> Iterator[Line]:
    """Is a tag called like the default branch? It is not the branch, whatever it is called."""
    if answers.tag is None or isinstance(answers.tag, Refused):
        return
    said = f"one is called {_default_branch(answers)}, like the default branch: GitLab cannot tell"
    remedy = "delete it: Code > Tags; and protect `*`, so that not everybody makes one"
    yield todo("tags", f"{said} which is meant, and starts no pipeline for an event", remedy)


def variables(answers: GitLabAnswers, names: Collection[str]) -> Iterator[Line]:
    """Do the jobs get the token, hidden from logs and from merge requests? So must the key be, and
    what signed before or opens a service."""
    if isinstance(answers.variables, Refused):
        yield refusal("variables", answers.variables, "the Maintainer role")
        return
    where = "Settings > CI/CD > Variables"
    row = next((row for row in _for_all_jobs_first(answers.variables) if row["key"] in names), None)
    if row is None:
        said = f"the project has no {next(iter(names))} (a group above may have it)"
        yield todo("variables", said, f"set it in {where}: masked, hidden, protected")
        return
    secret = [row, *(each for each in answers.variables if each["key"] == "IMA_KEY")]
    if unreached := [said for each in secret for said in _how_no_job_gets(each)]:
        yield todo("variables", "; ".join(unreached), f"{where}: type Variable, for all (*)")
        return
    others = [each for each in answers.variables if _OTHERS.fullmatch(str(each["key"]))]
    if lacking := [said for each in [*secret, *others] for said in _flags_lacking(each)]:
        remedy = f"{where}: masked and hidden, protected"
        yield todo("variables", "; ".join(lacking), remedy)
    elif not _is_default_branch_protected(answers):
        said = f"{row['key']} is protected, the default branch is not: no job gets it"
        yield todo("variables", said, "protect the default branch: Settings > Repository")
    else:
        names_of = " and ".join(str(each["key"]) for each in secret)
        verb = "are" if len(secret) > 1 else "is"
        yield ok("variables", f"{names_of} {verb} masked and protected")


def _for_all_jobs_first(rows: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(rows, key=lambda row: row.get("environment_scope") not in ("*", None))


def _how_no_job_gets(row: Mapping[str, Any]) -> Iterator[str]:
    """Why the jobs have nothing of a variable that is there."""
    if (scope := row.get("environment_scope") or "*") != "*":
        where = f"the environment {quoted(str(scope))}"
        yield f"{row['key']} is only for {where}, and our jobs have none"
    elif row.get("variable_type") == "file":
        yield f"{row['key']} is of type File: a job gets a path and not what is in it"


def _flags_lacking(row: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with how a secret is kept."""
    if row.get("value") == LOST:
        return
    if not row.get("masked") and not row.get("hidden") and _can_be_masked(row):
        yield f"{row['key']} is not masked: a log may show it"
    if not row.get("protected"):
        yield f"{row['key']} is not protected: jobs of merge requests can read it"


def _can_be_masked(row: Mapping[str, Any]) -> bool:
    """GitLab masks no file, and nothing with spaces in it."""
    return row.get("variable_type") != "file" and len(str(row.get("value") or "").split()) <= 1


def _is_default_branch_protected(answers: GitLabAnswers) -> bool:
    """Is the default branch protected, as far as we can see?"""
    if isinstance(answers.branches, Refused) or isinstance(answers.project, Refused):
        return True
    branch = str(answers.project.get("default_branch"))
    patterns = [re.escape(str(row["name"])).replace(r"\*", ".*") for row in answers.branches]
    return any(re.fullmatch(pattern, branch) for pattern in patterns)


def minimum_role(answers: GitLabAnswers) -> Iterator[Line]:
    """May somebody use pipeline variables? A webhook's body is one."""
    settings = {} if isinstance(answers.settings, Refused) else answers.settings
    about, value = "pipeline variables", settings.get(_MINIMUM)
    where = "Settings > CI/CD > Variables > Minimum role to use pipeline variables"
    if value is None and settings.get("restrict_user_defined_variables") is False:
        value = "developer"
    if value is None:
        yield Line(
            about, "unseen", "this token is not told who may use them", f"look there: {where}"
        )
    elif value == "no_one_allowed":
        said = "no one may use them: GitLab refuses every webhook"
        yield todo(about, said, f"choose Maintainer: {where}")
    else:
        yield ok(about, f"{quoted(str(value))} and up; the trigger token's owner must be one")


_MINIMUM = "ci_pipeline_variables_minimum_override_role"


def triggers(answers: GitLabAnswers) -> Iterator[Line]:
    """Is there a trigger token, of somebody who may start pipelines? It acts as whoever made it."""
    if isinstance(answers.triggers, Refused):
        yield refusal("trigger token", answers.triggers, "the Maintainer role")
        return
    where = "Settings > CI/CD > Pipeline trigger tokens"
    owners = [row.get("owner") or {} for row in answers.triggers]
    gone = [each for each in owners if each.get("state", "active") != "active"]
    if not owners:
        yield todo("trigger token", "there is none", f"add one: {where}")
    elif len(gone) == len(owners):
        said = f"@{gone[0].get('username')}, who made it, is {gone[0].get('state')}"
        yield todo("trigger token", said, f"let somebody who stays make one: {where}")
    else:
        yield ok("trigger token", f"of @{next(e for e in owners if e not in gone).get('username')}")
