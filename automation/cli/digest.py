"""``ima digest``: what happened, what is due, what got better."""

from __future__ import annotations

from datetime import datetime, timedelta

import click

from automation.cli import output
from automation.cli.invocation import Call
from automation.cli.options import command
from automation.cli.own_token import as_ima_sees_it
from automation.cli.stats import start_of_period
from automation.planning.dashboard_rows import dashboard_now
from automation.planning.weekly_digest import digest_of
from automation.reconcile.issue_reading import issues_with_our_labels
from automation.reconcile.observe import observe
from automation.text.chat_text import unmarked
from automation.writing import digest_text


@command(
    "digest",
    formats=("text", "markdown", "json"),
    examples=["ima digest", "ima digest --days 14", "ima digest --since 2026-03-02"],
)
@click.option("--days", metavar="N", type=click.IntRange(1, 366), help="So many days. Default: 7.")
@click.option("--since", metavar="DAY", help="From a day on, or how long ago: 2026-03-02, 2w.")
def digest(call: Call, days: int | None, since: str | None) -> int:
    """The week: what happened, what is due, what got better, for the team and for each who was on
    call.

    Reads the tracker, changes nothing. `digest:` of the policy posts it once a week.
    """
    if days and since:
        raise click.UsageError("--days and --since both say from when on: give one of them")
    call = as_ima_sees_it(call)
    session, now = call.session, call.session.clock()
    start = _start(days, since, now)
    policy, templates = session.policy, session.templates
    refs = issues_with_our_labels(call.tracker, policy, start - (now - start))
    seen = observe(call.tracker, session.services, policy, session.clock, refs)
    board = dashboard_now(seen, seen.incidents)
    made = digest_of(seen.incidents, board, seen.ctx, start, seen.now, seen.aside)
    if call.format == "json":
        output.show_json(digest_text.digest_as_json(made))
    elif call.format == "markdown":
        form = digest_text.MARKDOWN
        output.show(digest_text.digest_in_words(made, seen.ctx, templates, form))
    else:
        form = digest_text.PLAIN
        output.show(unmarked(digest_text.digest_in_words(made, seen.ctx, templates, form)))
    unjudged = (finding for finding in seen.findings if finding.ref in seen.aside)
    return output.tell_findings(unjudged, call.verbose)


def _start(days: int | None, since: str | None, now: datetime) -> datetime:
    return start_of_period(since, now) if since else now - timedelta(days=days or 7)
