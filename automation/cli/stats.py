"""``ima stats``: figures of the past."""

from __future__ import annotations

from datetime import UTC, date, datetime

import click

from automation.cli import output
from automation.cli.invocation import Call
from automation.cli.options import command, service_named
from automation.cli.own_token import as_ima_sees_it
from automation.cli.stats_charts import show_charts
from automation.errors import PolicyError
from automation.mistakes import quoted
from automation.model.bounds import FIRST
from automation.planning.plan import Snapshot
from automation.reconcile.issue_reading import issues_with_our_labels
from automation.reconcile.observe import observe
from automation.stats.figures import stats_since
from automation.stats.metrics import as_metrics, standing_of
from automation.stats.tables import period_in_words, tables_of
from automation.times.durations import Duration


@command(
    "stats",
    formats=("text", "markdown", "json", "csv"),
    examples=[
        "ima stats",
        "ima stats --since 2026-01-01 --service git",
        "ima stats --since 12w --html figures",
        "ima stats --since 28d --metrics",
    ],
)
@click.option(
    "--since", metavar="DAY", default="90d", show_default=True, help="A day, or how long ago."
)
@click.option("--service", metavar="NAME", default="", help="Only this one.")
@click.option("--html", metavar="DIR", default="", help="Write a page with charts into DIR.")
@click.option("--metrics", is_flag=True, help="As OpenMetrics text, for Prometheus.")
def stats(call: Call, since: str, service: str, html: str, metrics: bool) -> int:
    """Incidents, availability against the goal, times, near misses, what is overdue or was late.

    A month that was over before IMA knew this project is shown as: no data. Reads the tracker,
    changes nothing.
    """
    if metrics and (service or html or call.format != "text"):
        raise click.UsageError("--metrics is a form of its own, of all services: give it alone")
    call = as_ima_sees_it(call)
    session, now = call.session, call.session.clock()
    policy = session.policy
    only = service_named(policy, service) if service else ""
    start = start_of_period(since, now)
    refs = issues_with_our_labels(call.tracker, policy, start)
    snapshot = observe(call.tracker, session.services, policy, session.clock, refs)
    page = call.tracker.dashboard()
    first_pass = page.opened_at if page else None
    made = stats_since(snapshot.incidents.values(), snapshot.ctx, start, only, first_pass)
    if metrics:
        known = snapshot.incidents.values()
        standing = standing_of(known, snapshot.ctx, made.since, snapshot.stored)
        output.show(as_metrics(made, standing))
        return _tell_not_counted(snapshot, call)
    if html or call.format in ("csv", "json"):
        show_charts(call, snapshot, made, only, html)
        return _tell_not_counted(snapshot, call)
    output.show(period_in_words(made) + (f" Service: {only}." if only else ""))
    for table in tables_of(made, call.session.policy.words):
        output.show(f"\n## {table.title}\n" if call.format == "markdown" else f"\n{table.title}")
        if table.rows:
            output.show_table(table.head, table.rows, call.format)
        else:
            output.show(table.empty)
    return _tell_not_counted(snapshot, call)


def _tell_not_counted(snapshot: Snapshot, call: Call) -> int:
    """Say which issues are not counted because they could not be judged; the exit code."""
    unjudged = (finding for finding in snapshot.findings if finding.ref in snapshot.aside)
    return output.tell_findings(unjudged, call.verbose)


def start_of_period(text: str, now: datetime) -> datetime:
    """The instant that ``--since`` means: the start of a day such as 2026-01-01 (UTC), or so long
    ago as 90d or 12w say. Raises PolicyError."""
    try:
        day = date.fromisoformat(text)
        since = datetime(day.year, day.month, day.day, tzinfo=UTC)
    except ValueError:
        since = now - _length_ago(text).length
    if since < FIRST:
        raise PolicyError(f"--since {text}: no tracker is that old", "name a day since 1970")
    if since >= now:
        raise PolicyError(f"--since {text}: nothing has happened since", "name a day of the past")
    return since


def _length_ago(text: str) -> Duration:
    remedy = "write a day such as 2026-01-01, or how long ago: 90d, 12w"
    try:
        duration = Duration.parse(text)
    except PolicyError as error:
        raise PolicyError(f"--since: {quoted(text)} is no time", remedy) from error
    if duration.unit not in ("d", "w"):
        raise PolicyError(f"--since: {quoted(text)} is no time", remedy)
    return duration
