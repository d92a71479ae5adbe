"""``ima stats``: figures of the past."""

from __future__ import annotations

from datetime import UTC, date, datetime

import click

from automation.cli import output
from automation.cli.invocation import Call
from automation.cli.options import command, service_named
from automation.errors import PolicyError
from automation.mistakes import quoted
from automation.planning.plan import Snapshot
from automation.reconcile.issue_reading import issues_with_our_labels
from automation.reconcile.observe import observe
from automation.stats.figures import stats_since as figures
from automation.stats.tables import as_json, period_in_words, tables_of
from automation.times.durations import Duration


@command(
    "stats",
    formats=("text", "markdown", "json"),
    examples=["ima stats", "ima stats --since 2026-01-01 --service git", "ima stats --since 12w"],
)
@click.option(
    "--since", metavar="DAY", default="90d", show_default=True, help="A day, or how long ago."
)
@click.option("--service", metavar="NAME", default="", help="Only this one.")
def stats(call: Call, since: str, service: str) -> int:
    """Incidents, availability against the goal, times, near misses, what is overdue or was late.

    A month that was over before IMA knew this project is shown as: no data. Reads the tracker,
    changes nothing.
    """
    session, now = call.session, call.session.clock()
    policy = session.policy
    only = service_named(policy, service) if service else ""
    start = start_of_period(since, now)
    refs = issues_with_our_labels(call.tracker, policy, start)
    snapshot = observe(call.tracker, session.services, policy, session.clock, refs)
    page = call.tracker.dashboard()
    first_pass = page.opened_at if page else None
    made = figures(snapshot.incidents.values(), snapshot.ctx, start, only, first_pass)
    if call.format == "json":
        output.show_json(as_json(made) | {"service": only})
        return _without(snapshot, call)
    output.show(period_in_words(made) + (f" Service: {only}." if only else ""))
    for table in tables_of(made):
        output.show(f"\n## {table.title}\n" if call.format == "markdown" else f"\n{table.title}")
        if table.rows:
            output.show_table(table.head, table.rows, call.format)
        else:
            output.show(table.empty)
    return _without(snapshot, call)


def _without(snapshot: Snapshot, call: Call) -> int:
    """Which issues are not counted, for they could not be judged."""
    aside = (finding for finding in snapshot.findings if finding.ref in snapshot.aside)
    return output.tell_findings(aside, call.verbose)


def start_of_period(text: str, now: datetime) -> datetime:
    """The instant of ``--since``: a day such as 2026-01-01 (UTC), or 90d ago."""
    try:
        day = date.fromisoformat(text)
        since = datetime(day.year, day.month, day.day, tzinfo=UTC)
    except ValueError:
        since = now - _length(text).length
    if since >= now:
        raise PolicyError(f"--since {text}: nothing has happened since", "name a day of the past")
    return since


def _length(text: str) -> Duration:
    remedy = "write a day such as 2026-01-01, or how long ago: 90d, 12w"
    try:
        duration = Duration.parse(text)
    except PolicyError as error:
        raise PolicyError(f"--since: {quoted(text)} is no time", remedy) from error
    if duration.unit not in ("d", "w"):
        raise PolicyError(f"--since: {quoted(text)} is no time", remedy)
    return duration
