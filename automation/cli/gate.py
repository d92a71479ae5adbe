"""``ima gate``: may a deployment go ahead?"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from automation.cli import output
from automation.cli.idle_event import OUR_ACCOUNT
from automation.cli.invocation import Call
from automation.cli.options import command, service_named
from automation.cli.other_account import REMEDY, kept_by_another
from automation.errors import PolicyError, ServiceError
from automation.mistakes import quoted
from automation.planning.deployment_gate import HoldingIncident, incidents_that_hold
from automation.planning.plan import Snapshot
from automation.reconcile.issue_reading import WRONGLY_CLOSED_WITHIN, issues_with_our_labels
from automation.reconcile.observe import observe

if TYPE_CHECKING:
    from automation.trackers.github.commit_status import CommitStatuses

EXIT_HELD = 3
STATUS = "ima/gate"
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


@command("gate", formats=("text", "json"), examples=["ima gate", "ima gate --service registry"])
@click.option("--service", metavar="NAME", default="", help="What is to be deployed.")
@click.option("--commit", metavar="SHA", help="On GitHub: make it the status ima/gate of it, too.")
def gate(call: Call, service: str, commit: str | None) -> int:
    """May a deployment go ahead? Exit 0: yes. Exit 3: an incident holds it.

    Exit 1: nobody knows, for the tracker does not answer; take it for a no.
    """
    statuses = _statuses(call, commit) if commit is not None else None
    if account := call.session.environment.get(OUR_ACCOUNT, "").strip():
        call = replace(call, session=call.session.knowing(account))
    policy = call.session.policy
    service = service_named(policy, service) if service else ""
    seen = _read_anew(call)
    holding = incidents_that_hold(seen.incidents.values(), policy, seen.ctx.now, service)
    unjudged = [finding for finding in seen.findings if finding.ref in seen.aside]
    if call.format == "json":
        held_by = [hold.as_json() for hold in holding]
        answer = {"open": not holding and not unjudged, "service": service, "held_by": held_by}
        output.show_json(answer)
    elif holding or not unjudged:
        _show_answer(holding, call)
    unknown = output.tell_findings(unjudged, call.verbose)
    if statuses and commit:
        name = f"{STATUS}: {service}" if service else STATUS
        _show_status(call, statuses, (commit, name), holding, bool(unknown))
    if unknown:
        output.tell("nobody knows whether it holds deployments: take that for a no")
    return EXIT_HELD if holding else unknown


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
    holding: list[HoldingIncident],
    unknown: bool,
) -> None:
    """Everybody who sees the commit sees it: there are references alone."""
    project = call.session.policy.project
    names = ", ".join(f"{project}{hold.ref}" for hold in holding)
    said = f"held by {names}" if holding else "no incident holds deployments"
    if unknown and not holding:
        said = "nobody knows whether an incident holds deployments"
    if statuses.show(*where, passes=not (holding or unknown), said=said):
        call.progress(f"{where[0][:12]}: {where[1]}: {said}")


def _read_anew(call: Call) -> Snapshot:
    """What is open now, read from the tracker and from no cache. Raises ServiceError."""
    session, now = call.session, call.session.clock()
    try:
        refs = issues_with_our_labels(call.tracker, session.policy, now - WRONGLY_CLOSED_WITHIN)
        seen = observe(call.tracker, session.services, session.policy, session.clock, refs)
        knows_since = bool(seen.stored.ref or session.policy.since)  # else each would be too old
        if problem := kept_by_another(seen, member=not knows_since):
            raise ServiceError(problem, f"say in {OUR_ACCOUNT} who makes the pass; or {REMEDY}")
    except ServiceError as error:
        error.remedy += "\n  nobody knows whether an incident is open: take that for a no"
        raise
    return seen


def _show_answer(holding: list[HoldingIncident], call: Call) -> None:
    if not holding:
        output.show("Deployments may go ahead: no incident holds them.")
        return
    count = "1 incident holds" if len(holding) == 1 else f"{len(holding)} incidents hold"
    output.show(f"Do not deploy: {count} deployments.")
    rows = [
        (
            *(hold.ref, hold.title, hold.severity, call.session.policy.words.status(hold.status)),
            f"@{hold.owner}" if hold.owner else "",
        )
        for hold in holding
    ]
    output.show_table(("issue", "title", "severity", "status", "owner"), rows, call.format, 1)
    output.show(f"What to do: {_what_to_do(holding, call)}")


def _what_to_do(holding: list[HoldingIncident], call: Call) -> str:
    owners = ", ".join(dict.fromkeys(f"@{hold.owner}" for hold in holding if hold.owner))
    rule = call.session.policy.gate
    work = ["planned work that goes on"] if rule.maintenance else []
    until = " or ".join(
        [*rule.severity, *map(call.session.policy.words.status, rule.status), *work]
    )
    return (
        f"wait until none of them is {until}, or ask {owners or 'the owner'} whether this "
        "deployment is the fix and may go past the gate"
    )
