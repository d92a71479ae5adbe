"""``--hourly``: a failure outside is told at once, then once an hour, and the exit code follows
that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from automation.cli import output
from automation.cli.invocation import Call
from automation.errors import ServiceError
from automation.planning.plan import Finding, Plan
from automation.planning.report import Report
from automation.reconcile.failures import (
    FailuresToTell,
    ToldFailure,
    failures_to_tell,
    name_of,
    told_on_dashboard,
)
from automation.workspace.failure_file import FailureFile


def report_hourly(call: Call, made: Plan, report: Report, whole: bool) -> tuple[Plan, Report, bool]:
    """The plan and the report without failures that were told within the hour; and whether a
    failure is left. ``whole`` says that the run did all its work."""
    problems = [error.problem for error in report.failures]
    problems += [each.text for each in made.findings if each.failed or each.alarming]
    there = told_on_dashboard(made.before.stored.findings)
    now = _failures_to_tell(call, problems, whole, there)
    findings = tuple(_shortened(finding, now) for finding in made.findings)
    fresh = [error for error in report.failures if name_of(error.problem) in now.fresh]
    outside = {name_of(error.problem) for error in report.failures}
    still = (line for name, line in now.still.items() if name in outside)
    of_services = (line for name, line in now.recovered.items() if not name.startswith("#"))
    for line in (*still, *of_services):
        output.tell(line)
    failed = bool(now.fresh) or any(finding.new for finding in made.findings)
    return replace(made, findings=findings), replace(report, failures=fresh), failed


def report_unreachable_hourly(call: Call, error: ServiceError) -> None:
    """Report a pass that came to nothing. Raises the error if it was not told within the hour."""
    now = _failures_to_tell(call, [error.problem], False, {})
    if now.fresh:
        raise error
    for line in now.still.values():
        output.tell(line)


def _failures_to_tell(
    call: Call, problems: list[str], whole: bool, there: Mapping[str, ToldFailure]
) -> FailuresToTell:
    """What to tell now, by what was told before: ``there`` on the dashboard and, for that may not
    be read, in the file."""
    file = FailureFile(call.session.folder)
    known = file.read()
    newer = (
        name for name, told in there.items() if name not in known or told.last > known[name].last
    )
    before = known | {name: there[name] for name in newer}
    now = failures_to_tell(problems, before, call.session.clock(), whole)
    if now.known != known:
        file.write(now.known)
    return now


def _shortened(finding: Finding, now: FailuresToTell) -> Finding:
    line = now.still.get(name_of(finding.text)) if finding.failed or finding.alarming else None
    return replace(finding, text=line) if line else finding
