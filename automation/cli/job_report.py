"""What a job leaves where people look: GitHub's summary and marks, GitLab's test report.

Where there is no job, or the job has no such place, nothing is written. A report that cannot be
written fails no pass.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from automation.cli import output
from automation.errors import ImaError
from automation.http.known_secrets import veiled
from automation.planning.plan import Plan
from automation.planning.report import Report
from automation.writing import job_report as writing
from automation.writing.job_report import Need

SUMMARY = "GITHUB_STEP_SUMMARY"  # a file that GitHub shows as Markdown on the page of the run
REPORT = "IMA_REPORT"  # a file of our own choice, in JUnit's form
_MARKS = "GITHUB_ACTIONS"


def leave_report(environment: Mapping[str, str], made: Plan, report: Report, failed: bool) -> None:
    """Leave what people should see of a pass that was made; ``failed`` says that the job will be
    red."""
    if not _wanted(environment):
        return
    needs = writing.needs(made, report, failed)
    _append(environment, writing.summary(made, report, needs))
    _write(environment, writing.junit(made, report, needs))
    _mark(environment, needs)


def leave_error(
    environment: Mapping[str, str], error: ImaError, card: str = "", red: bool = True
) -> None:
    """Leave what people should see of a run that came to nothing; ``card`` says how they go on."""
    if not _wanted(environment):
        return
    needs = writing.needs_of(error, "error" if red else "warning")
    _append(environment, writing.summary_of_error(needs, card))
    _write(environment, writing.junit_of_error(needs))
    _mark(environment, needs)


def _wanted(environment: Mapping[str, str]) -> bool:
    return any(environment.get(name) for name in (SUMMARY, REPORT, _MARKS))


def _append(environment: Mapping[str, str], text: str) -> None:
    """Each step of a job has a file of its own, and each command of a step adds to it."""
    if path := environment.get(SUMMARY):
        _into(path, "a", text)


def _write(environment: Mapping[str, str], text: str) -> None:
    if path := environment.get(REPORT):
        _into(path, "w", text)


def _into(path: str, mode: str, text: str) -> None:
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with Path(path).open(mode, encoding="utf-8", errors="replace") as file:
            file.write(veiled(text))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a path"
        output.tell(f"{path}: the job's report cannot be written: {reason}")


def _mark(environment: Mapping[str, str], needs: Iterable[Need]) -> None:
    if environment.get(_MARKS) == "true":
        for line in writing.marks(needs):
            click.echo(veiled(line), err=True)
