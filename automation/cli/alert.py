"""``ima alert``: what a monitoring system tells, as an incident."""

from __future__ import annotations

import sys
from typing import Any

import click

from automation.alerts.alert_payload import Group, read_alerts
from automation.alerts.webhook_events import LIMIT, PAGERDUTY, Event, read_event
from automation.cli import output
from automation.cli.declare import first_pass
from automation.cli.invocation import Call
from automation.cli.issue_selection import of_event, read_file
from automation.cli.options import command
from automation.errors import PolicyError
from automation.reconcile.alert_arrival import Arrival, arrive
from automation.text.escaping import clean


@command(
    "alert",
    formats=("text", "json"),
    examples=["ima alert alert.json", "ima alert alert.json --format json"],
)
@click.argument("file", required=False)
def alert(call: Call, file: str | None) -> int:
    """An Alertmanager or PagerDuty payload becomes an incident, or updates the one that there is.

    FILE is the body of their webhook; `-` or none: stdin. Alerts join the active incident of their
    service. What is told twice changes nothing, and no alert ever resolves an incident.
    `ima apply --event` does the same in a job.
    """
    payload = _stdin() if file in (None, "-") else read_file(call, str(file), "")
    event = read_event(payload)
    return apply_alert(call, event, event.body or payload)


def apply_alert(call: Call, event: Event, payload: bytes) -> int:
    """Make an alert so; the exit code. One about our own page makes a pass on its issue."""
    policy = call.session.policy
    if event.ref and event.what == PAGERDUTY:  # ima alert reads nothing of a forge's
        return _ours(call, of_event(call, event))
    group = read_alerts(payload, policy)
    if not group.alerts:
        call.progress(f"{event.nothing()}: nothing to do")
        return _nothing(call)
    arrivals = arrive(group, call.run)
    if [what.did for what in arrivals] == ["nothing"]:
        call.progress("all of these alerts have resolved, and no incident knows them")
        return _nothing(call)
    return max(_pass(call, group, what) for what in arrivals)


def _ours(call: Call, refs: list[str]) -> int:
    if not refs:
        return _nothing(call)
    if call.format != "json":
        output.show(f"{call.session.policy.project}{refs[0]}")
    return first_pass(call, refs[0], None, {"did": "nothing"})


def _nothing(call: Call) -> int:
    if call.format == "json":
        output.show_json({"did": "nothing", "issue": None})
    return 0


def _pass(call: Call, group: Group, what: Arrival) -> int:
    if call.format != "json":
        output.show("\n".join(_lines(call, what)))
    said = _data(group, what)
    if not (what.over or what.planned):
        return first_pass(call, what.ref, "alert" if what.did == "opened" else None, said)
    if call.format == "json":
        output.show_json(said | {"issue": what.ref})
    return 0


def _lines(call: Call, what: Arrival) -> list[str]:
    """Of a confidential incident nothing but its reference (P-16)."""
    name = f"{call.session.policy.project}{what.ref}"
    if what.confidential:
        return [name]
    firing, rows = what.table.firing, len(what.table.rows)
    untold = sum(count for _, count in what.table.untold)
    more = f", {untold} not sent" if untold else ""
    told = f"Alerts: {firing} firing, {rows - firing} resolved{more} ({_did(what)})"
    lines = [f"{name}  {clean(what.title)}", told]
    if (proposes := what.table.proposes).severity and what.did == "opened":
        how = f"`/ima severity {proposes.severity}` on {what.ref} confirms it"
        lines.append(f"Severity: {proposes.severity} proposed ({proposes.because}); {how}")
    if what.beyond:
        lines.append(
            f"! more incidents would be opened than limits.opens lets: noted on {what.ref}"
        )
    return lines


def _did(what: Arrival) -> str:
    if what.planned:
        return "listed on planned work; nobody is paged"
    if what.over:
        return "this incident is resolved; nothing was opened"
    return {"opened": "opened just now", "updated": "noted"}.get(what.did, "all known already")


def _data(group: Group, what: Arrival) -> dict[str, Any]:
    if what.confidential:
        return {"did": what.did}
    return {
        "did": what.did,
        "source": group.source,
        "alerts": len(what.table.rows),
        "firing": what.table.firing,
        "proposed": what.table.proposes.severity,
    }


def _stdin() -> bytes:
    if sys.stdin is None or sys.stdin.closed or sys.stdin.isatty():
        raise PolicyError("no alert was given", "name the FILE of the payload, or pipe it in")
    try:
        return sys.stdin.buffer.read(LIMIT + 1)
    except OSError as error:
        problem = f"stdin cannot be read: {error.strerror or error}"
        raise PolicyError(problem, "name the FILE of the payload") from error
