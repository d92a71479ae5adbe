"""``ima apply``: plan and do it."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from automation.alerts.webhook_events import CHAT, Event
from automation.cli import output
from automation.cli.change_limit import is_person, refuse_too_many
from automation.cli.hourly_failures import report_hourly, report_unreachable_hourly
from automation.cli.invocation import Call
from automation.cli.issue_selection import Refs, check_known, event_of, scope, scope_options
from automation.cli.job_report import leave_error, leave_report
from automation.cli.options import command
from automation.cli.own_token import refuse_pass_with_own_token, refuse_pass_without_key
from automation.cli.plan import FAILED, digest_of_saved
from automation.doctor.reach import reaching_nobody
from automation.errors import ImaError, PolicyError, ServiceError
from automation.planning.plan import Plan
from automation.planning.report import Report
from automation.text.escaping import clean
from automation.workspace.files import read_text
from automation.writing import plan_text


@command(
    "apply",
    formats=("text", "markdown", "json"),
    examples=["ima apply", "ima plan --out plan.json", "ima apply plan.json"],
)
@click.argument("plan", required=False)
@scope_options
@click.option("--allow-many", is_flag=True, help="Even more changes than the policy allows.")
@click.option("--catch-up", is_flag=True, help="With --event: also what moved since the last run.")
@click.option("--hourly", is_flag=True, help="Tell a failure outside at once, then each hour.")
def apply(
    call: Call,
    plan: str | None,
    issues: Sequence[str],
    event: str | None,
    allow_many: bool,
    catch_up: bool,
    hourly: bool,
) -> int:
    """Plan and do it. With a PLAN of `ima plan --out`, exactly that plan or nothing.

    A job of GitHub's gets a summary and marks of what needs a person; IMA_REPORT names a file for
    the same as a JUnit report.
    """
    if plan and (issues or event is not None):
        raise click.UsageError("a PLAN knows its issues: leave --issue and --event out")
    named_event = event_of(call, event)
    if named_event and (named_event.alerts or named_event.what == CHAT):
        return _do_what_event_says(call, named_event, issues)
    try:
        return _make_pass(call, plan, issues, named_event, allow_many, catch_up, hourly)
    except ServiceError as error:
        if not hourly:
            raise
        report_unreachable_hourly(call, error)
        leave_error(call.session.environment, error, red=False)
        return 0


def _make_pass(
    call: Call,
    plan: str | None,
    issues: Sequence[str],
    named_event: Event | None,
    allow_many: bool,
    catch_up: bool,
    hourly: bool,
) -> int:
    digest, refs = _read_plan(call.path(plan)) if plan else (None, scope(call, issues, named_event))
    if refs == []:
        return 0
    besides = refs if catch_up and named_event and refs and call.run.cache else []
    refs = None if besides else refs
    refuse_pass_with_own_token(call)
    refuse_pass_without_key(call)
    _warn_of_dead_ends(call)
    careful = is_person(call.session.environment, _stdin_is_terminal()) and not allow_many

    def check(made: Plan) -> None:
        check_known(call, issues, made)
        most = call.session.policy.limits.changes
        if careful and (
            error := refuse_too_many(len(made.visible), most, False, "ima plan", "ima apply")
        ):
            raise error

    bar = output.progress_bar(call.quiet)
    made, report = call.run.apply(refs, digest, check, bar, besides)
    failed = report.exit(made.findings) == FAILED
    whole = report
    if hourly:
        made, report, failed = report_hourly(call, made, report, whole=refs is None)
    leave_report(call.session.environment, made, whole, failed)
    _show_done(made, report, call)
    _compare_with_preview(made, call)
    if hourly and failed:
        _say_what_is_new(made)
    return FAILED if failed else 0


def _say_what_is_new(made: Plan) -> None:
    """The last lines say what a job is red for."""
    for finding in made.findings:
        if finding.new:
            output.tell(f"fails this once, for it is new: {clean(finding.text)}")


def _warn_of_dead_ends(call: Call) -> None:
    """In a job: what a green one would hide."""
    if call.quiet or is_person(call.session.environment, terminal=False):
        return
    session = call.session
    for line in reaching_nobody(session.policy, file=session.files.user is not None, job=True):
        output.tell(f"! {line.about}: {line.said}\n  {line.remedy}")


def _do_what_event_says(call: Call, event: Event, issues: Sequence[str]) -> int:
    """An alert, or a line of a chat, said by whom the event names."""
    from automation.cli.alert import apply_alert
    from automation.cli.chat import answer_line

    if issues:
        what = "an alert finds its incident" if event.alerts else "a line of a chat names its issue"
        raise click.UsageError(f"{what} itself: leave --issue out")
    if event.alerts:
        return apply_alert(call, event, event.body)
    call.session.user = event.actor or call.session.user
    return answer_line(call, event.line)


def _stdin_is_terminal() -> bool:
    return sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()


def _read_plan(path: Path) -> tuple[str, Refs | None]:
    """The digest of a saved plan, and the issues that it was made for."""
    whole = ""
    try:
        saved = json.loads(_plan_text(path))
        digest, refs = saved["digest"], saved["issues"]
        known = refs is None or all(re.fullmatch(r"#\d{1,15}", ref) for ref in refs)
        if re.fullmatch("[0-9a-f]{12}", digest) and known:
            whole = digest_of_saved(saved)
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        pass
    if not whole:
        raise PolicyError(f"{path}: this is no plan", "`ima plan --out FILE` writes one")
    if saved.get("whole") != whole:
        problem = f"{path}: this plan was edited, and a plan is done as it was made or not at all"
        raise PolicyError(problem, "plan again; what it shall not do is said in the policy")
    return digest, refs


def _plan_text(path: Path) -> str:
    try:
        return read_text(path).text
    except PolicyError as error:
        raise PolicyError(error.problem, "`ima plan --out FILE` writes a plan") from error


def _compare_with_preview(made: Plan, call: Call) -> None:
    """After a merge: whether the first pass did what its preview said. Where nobody knows of one,
    nothing."""
    environment = call.session.environment
    commit = environment.get("CI_COMMIT_SHA") or environment.get("GITHUB_SHA") or ""
    local = call.session.policy.tracker.kind == "local"
    if not made.first_by or not commit or local or call.format == "json":
        return
    from automation.planning.previewed import since_preview

    try:
        comments = call.session.proposals.merged_as(commit)
    except ImaError:
        return
    if said := since_preview(made, comments):
        output.show(said)


def _show_done(made: Plan, report: Report, call: Call) -> None:
    if call.format == "json":
        output.show_json(plan_text.done_json(made, report))
    elif call.format == "markdown":
        output.show(plan_text.done_markdown(made, report))
    else:
        output.show(plan_text.done_text(made, report, call.style()))
    for failure in report.said:
        output.tell(failure)
    output.tell_traces(made.findings, call.verbose)
