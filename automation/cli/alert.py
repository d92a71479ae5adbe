"""``ima alert``: a payload of a monitoring system becomes an incident, or a part of one."""

from __future__ import annotations

import sys
from typing import Any

import click

from automation.alerts.alert_payload import SHAPES, Group, read_alerts
from automation.alerts.webhook_events import HTTP_ALERT, LIMIT, PAGERDUTY, Event, read_event
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
@click.option(
    "--shape",
    type=click.Choice(SHAPES, case_sensitive=False),
    help="What sent it; without it, by what is in it. `http`: any system, as GitLab documents it.",
)
def alert(call: Call, file: str | None, shape: str | None) -> int:
    """An alert of monitoring becomes an incident, or updates the one that there is.

    FILE is the body of a webhook of Alertmanager, Grafana or PagerDuty, or an HTTP alert as GitLab
    documents it; `-` or none: stdin. Alerts join the active incident of their service. What is told
    twice changes nothing, and no alert ever resolves an incident. `ima apply --event` does the same
    in a job.
    """
    payload = _payload_from_stdin() if file in (None, "-") else read_file(call, str(file), "")
    event = Event() if shape else read_event(payload)
    return apply_alert(call, event, event.body or payload, shape or "")


def apply_alert(call: Call, event: Event, payload: bytes, shape: str = "") -> int:
    """Open or update the incidents of an alert, and make a pass on each. Where the pager tells of
    our own page, make a pass on its issue. Returns the exit code."""
    policy = call.session.policy
    if event.ref and event.what == PAGERDUTY:  # ima alert reads nothing of a forge's
        return _pass_on_own_page(call, of_event(call, event))
    surely = event.what == HTTP_ALERT  # the event has said so
    group = read_alerts(payload, policy, call.session.clock(), "http" if surely else shape)
    if not group.alerts:
        call.progress(f"{event.nothing()}: nothing to do")
        return _answer_nothing(call)
    arrivals = arrive(group, call.run)
    if [arrival.did for arrival in arrivals] == ["nothing"]:
        call.progress("all of these alerts have resolved, and no incident knows them")
        return _answer_nothing(call)
    return max(_pass_on_arrival(call, group, arrival) for arrival in arrivals)


def _pass_on_own_page(call: Call, refs: list[str]) -> int:
    if not refs:
        return _answer_nothing(call)
    if call.format != "json":
        output.show(f"{call.session.policy.project}{refs[0]}")
    return first_pass(call, refs[0], None, {"did": "nothing"})


def _answer_nothing(call: Call) -> int:
    if call.format == "json":
        output.show_json({"did": "nothing", "issue": None})
    return 0


def _pass_on_arrival(call: Call, group: Group, arrival: Arrival) -> int:
    if call.format != "json":
        output.show("\n".join(_arrival_in_words(call, arrival)))
    said = _arrival_as_json(group, arrival)
    if not (arrival.over or arrival.planned):
        return first_pass(call, arrival.ref, "alert" if arrival.did == "opened" else None, said)
    if call.format == "json":
        output.show_json(said | {"issue": arrival.ref})
    return 0


def _arrival_in_words(call: Call, arrival: Arrival) -> list[str]:
    """What became of a part of the alerts, in lines; of a confidential incident only its reference
    (P-16)."""
    name = f"{call.session.policy.project}{arrival.ref}"
    if arrival.confidential:
        return [name]
    firing, rows = arrival.table.firing, len(arrival.table.rows)
    untold = sum(count for _, count in arrival.table.untold)
    more = f", {untold} not sent" if untold else ""
    told = f"Alerts: {firing} firing, {rows - firing} resolved{more} ({_outcome_in_words(arrival)})"
    lines = [f"{name}  {clean(arrival.title)}", told]
    if (proposes := arrival.table.proposes).severity and arrival.did == "opened":
        how = f"`/ima severity {proposes.severity}` on {arrival.ref} confirms it"
        lines.append(f"Severity: {proposes.severity} proposed ({proposes.because}); {how}")
    if arrival.beyond:
        lines.append(
            f"! more incidents would be opened than limits.opens lets: noted on {arrival.ref}"
        )
    return lines


def _outcome_in_words(arrival: Arrival) -> str:
    if arrival.locked:
        return "not noted, for the issue is locked"
    if arrival.planned:
        return "listed on planned work; nobody is paged"
    if arrival.over:
        return "this incident is resolved; nothing was opened"
    return {"opened": "opened just now", "updated": "noted"}.get(arrival.did, "all known already")


def _arrival_as_json(group: Group, arrival: Arrival) -> dict[str, Any]:
    if arrival.confidential:
        return {"did": arrival.did}
    return {
        "did": arrival.did,
        "source": group.source,
        "alerts": len(arrival.table.rows),
        "firing": arrival.table.firing,
        "proposed": arrival.table.proposes.severity,
    }


def _payload_from_stdin() -> bytes:
    if sys.stdin is None or sys.stdin.closed or sys.stdin.isatty():
        raise PolicyError("no alert was given", "name the FILE of the payload, or pipe it in")
    try:
        return sys.stdin.buffer.read(LIMIT + 1)
    except OSError as error:
        problem = f"stdin cannot be read: {error.strerror or error}"
        raise PolicyError(problem, "name the FILE of the payload") from error
