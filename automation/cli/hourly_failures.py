"""``--hourly``: a failure outside is told at once, then once an hour, and the exit code follows
that."""

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
    """The plan and the report without failures that were told within the hour; and whether a
    failure is left. ``whole`` says that the run did all its work."""
    problems = [error.problem for error in report.failures]
    problems += [finding.text for finding in made.findings if finding.fails]
    now = _failures_to_tell(call, problems, whole)
    findings = tuple(_shortened(finding, now) for finding in made.findings)
    fresh = [error for error in report.failures if name_of(error.problem) in now.fresh]
    failed = {name_of(error.problem) for error in report.failures}
    still = (line for name, line in now.still.items() if name in failed)
    for line in (*still, *now.recovered):
        output.tell(line)
    return replace(made, findings=findings), replace(report, failures=fresh), bool(now.fresh)


def report_unreachable_hourly(call: Call, error: ServiceError) -> None:
    """Report a pass that came to nothing. Raises the error if it was not told within the hour."""
    now = _failures_to_tell(call, [error.problem], whole=False)
    if now.fresh:
        raise error
    for line in now.still.values():
        output.tell(line)


def _failures_to_tell(call: Call, problems: list[str], whole: bool) -> FailuresToTell:
    """What to tell now, by what was told before; the file remembers it for the next run."""
    file = FailureFile(call.session.folder)
    before = file.read()
    now = failures_to_tell(problems, before, call.session.clock(), whole)
    if now.known != before:
        file.write(now.known)
    return now


def _shortened(finding: Finding, now: FailuresToTell) -> Finding:
    line = now.still.get(name_of(finding.text)) if finding.fails else None
    return replace(finding, text=line) if line else finding
