"""``ima gate``: may a deployment go ahead?"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import click

from automation.cli import output
from automation.cli.invocation import Call
from automation.cli.options import command, service_named
from automation.errors import PolicyError, ServiceError
from automation.mistakes import quoted
from automation.planning.deployment_gate import HoldingIncident, incidents_that_hold
from automation.planning.plan import Snapshot
from automation.reconcile.issue_reading import issues_with_our_labels
from automation.reconcile.observe import observe

if TYPE_CHECKING:
    from automation.trackers.github.commit_status import CommitStatuses

HELD = 3
STATUS = "ima/gate"
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_WRONGLY_CLOSED = timedelta(days=1)  # a close that IMA has not undone yet ends no incident


@command("gate", formats=("text", "json"), examples=["ima gate", "ima gate --service registry"])
@click.option("--service", metavar="NAME", default="", help="What is to be deployed.")
@click.option("--commit", metavar="SHA", help="On GitHub: make it the status ima/gate of it, too.")
def gate(call: Call, service: str, commit: str | None) -> int:
    """May a deployment go ahead? Exit 0: yes. Exit 3: an incident holds it.

    Exit 1: nobody knows, for the tracker does not answer; take it for a no.
    """
    statuses = _statuses(call, commit) if commit is not None else None
    policy = call.session.policy
    service = service_named(policy, service) if service else ""
    standing = _standing(call)
    found = incidents_that_hold(standing.incidents.values(), policy, call.session.clock(), service)
    aside = [finding for finding in standing.findings if finding.ref in standing.aside]
    if call.format == "json":
        held_by = [hold.as_json() for hold in found]
        known = {"open": not found and not aside, "service": service, "held_by": held_by}
        output.show_json(known)
    elif found or not aside:
        _show(found, call)
    unknown = output.tell_findings(aside, call.verbose)
    if statuses and commit:
        name = f"{STATUS}: {service}" if service else STATUS
        _show_status(call, statuses, (commit, name), found, bool(unknown))
    if unknown:
        output.tell("nobody knows whether it holds deployments: take that for a no")
    return HELD if found else unknown


def _statuses(call: Call, commit: str) -> CommitStatuses:
    """Where the status is set. Raises PolicyError."""
    if not _COMMIT.fullmatch(commit):
        remedy = "name it by its 40 digits, as GITHUB_SHA does"
        raise PolicyError(f"--commit: {quoted(commit)} is no commit", remedy)
    if (found := call.session.commit_statuses) is None:
        remedy = "elsewhere make `ima gate` a job that comes before the deployment (docs/stats.md)"
        raise PolicyError("--commit: only GitHub has statuses that IMA sets", remedy)
    return found


def _show_status(
    call: Call,
    statuses: CommitStatuses,
    where: tuple[str, str],
    found: list[HoldingIncident],
    unknown: bool,
) -> None:
    """Everybody who sees the commit sees it: there are references alone."""
    project = call.session.policy.project
    names = ", ".join(f"{project}{hold.ref}" for hold in found)
    said = f"held by {names}" if found else "no incident holds deployments"
    if unknown and not found:
        said = "nobody knows whether an incident holds deployments"
    if statuses.show(*where, passes=not (found or unknown), said=said):
        call.progress(f"{where[0][:12]}: {where[1]}: {said}")


def _standing(call: Call) -> Snapshot:
    """What is open now, read anew: no cache has a say in this. Raises ServiceError."""
    session, now = call.session, call.session.clock()
    try:
        refs = issues_with_our_labels(call.tracker, session.policy, now - _WRONGLY_CLOSED)
        return observe(call.tracker, session.services, session.policy, session.clock, refs)
    except ServiceError as error:
        error.remedy += "\n  nobody knows whether an incident is open: take that for a no"
        raise


def _show(found: list[HoldingIncident], call: Call) -> None:
    if not found:
        output.show("Deployments may go ahead: no incident holds them.")
        return
    count = "1 incident holds" if len(found) == 1 else f"{len(found)} incidents hold"
    output.show(f"Do not deploy: {count} deployments.")
    rows = [
        (hold.ref, hold.title, hold.severity, hold.status, f"@{hold.owner}" if hold.owner else "")
        for hold in found
    ]
    output.show_table(("issue", "title", "severity", "status", "owner"), rows, call.format, 1)
    output.show(f"What to do: {_to_do(found, call)}")


def _to_do(found: list[HoldingIncident], call: Call) -> str:
    owners = ", ".join(dict.fromkeys(f"@{hold.owner}" for hold in found if hold.owner))
    wanted = call.session.policy.gate
    work = ["planned work that goes on"] if wanted.maintenance else []
    until = " or ".join([*wanted.severity, *wanted.status, *work])
    return (
        f"wait until none of them is {until}, or ask {owners or 'the owner'} whether this "
        "deployment is the fix and may go past the gate"
    )
