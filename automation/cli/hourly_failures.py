"""``--hourly``: what fails outside is told at once, then once an hour; the exit code likewise."""

from __future__ import annotations

from dataclasses import replace

from automation.cli import output
from automation.cli.invocation import Call
from automation.errors import ServiceError
from automation.planning.plan import Finding, Plan
from automation.planning.report import Report
from automation.reconcile.failures import FailuresToTell, failures_to_tell, name_of
from automation.workspace.failure_file import FailureFile


def report_hourly(call: Call, made: Plan, report: Report, whole: bool) -> tuple[Plan, Report, bool]:
    """The plan and the report with what is new in them; whether anything failed that is."""
    problems = [error.problem for error in report.failures]
    problems += [finding.text for finding in made.findings if finding.fails]
    now = _told(call, problems, whole)
    findings = tuple(_found(finding, now) for finding in made.findings)
    fresh = [error for error in report.failures if name_of(error.problem) in now.fresh]
    failed = {name_of(error.problem) for error in report.failures}
    still = (line for name, line in now.still.items() if name in failed)
    for line in (*still, *now.recovered):
        output.tell(line)
    return replace(made, findings=findings), replace(report, failures=fresh), bool(now.fresh)


def report_unreachable_hourly(call: Call, error: ServiceError) -> None:
    """A pass that came to nothing. Raises the error if nobody has been told of it lately."""
    now = _told(call, [error.problem], whole=False)
    if now.fresh:
        raise error
    for line in now.still.values():
        output.tell(line)


def _told(call: Call, problems: list[str], whole: bool) -> FailuresToTell:
    file = FailureFile(call.session.folder)
    before = file.read()
    now = failures_to_tell(problems, before, call.session.clock(), whole)
    if now.known != before:
        file.write(now.known)
    return now


def _found(finding: Finding, now: FailuresToTell) -> Finding:
    line = now.still.get(name_of(finding.text)) if finding.fails else None
    return replace(finding, text=line) if line else finding
