"""Findings on the dashboard and in the chat, once it is known what failed (P-52).

The dashboard says afterwards what was told: if a job is killed between, a message comes twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from automation.errors import ServiceError
from automation.planning.dashboard_rows import looks_at_everything
from automation.planning.finding import Finding
from automation.planning.findings import FAILED, Telling, as_told, finding_row, tellings
from automation.planning.locked_issues import LOCKED, row_of_locked, row_with_effects
from automation.planning.plan import Plan
from automation.planning.report import Report
from automation.reconcile.destinations import World
from automation.reconcile.failures import name_of, with_time_of_red
from automation.stored_state.dashboard import Dashboard
from automation.writing import project_texts

GRAVE_AFTER = timedelta(hours=1)  # how long a service has failed then


def board_with_findings(plan: Plan, world: World, report: Report) -> Iterator[Dashboard]:
    """The dashboard as it should be, with its grave findings told to people; nothing where there is
    no dashboard, or where a newer version of IMA wrote it."""
    board = plan.dashboard or (plan.before.stored if plan.before.stored.ref else None)
    if board is None or board.newer:
        return
    stored, ctx = plan.before.stored.findings, plan.before.ctx
    failing = list(_failing_services(plan, report, {k: row["since"] for k, row in stored.items()}))
    rows = dict(board.findings)
    if looks_at_everything(plan.before):
        rows = {name: row for name, row in rows.items() if not name.startswith(FAILED)}
    rows |= {each.name: finding_row(each, stored.get(each.name), ctx.now) for each in failing}
    locked = [found for found in report.findings if found.name.startswith(LOCKED)]
    for found in locked:
        row = finding_row(found, stored.get(found.name), ctx.now)
        rows[found.name] = row_with_effects(row, report.locked[found.ref])
    later = tellings([*failing, *locked], rows, plan.world, ctx)
    rows = as_told(rows, later)
    for telling in (*plan.tellings, *later):
        if not _is_sent(telling, plan, world, report):
            rows = as_told(rows, [telling], "")
    active = {
        ref: row_of_locked(row, plan.before.stored.active.get(ref, {}))
        if ref in report.locked
        else row
        for ref, row in board.active.items()
    }
    red = {each.name for each in failing} | {f.name for f in plan.findings if f.fails}
    yield replace(board, active=active, findings=with_time_of_red(rows, red, ctx.now))


def _failing_services(plan: Plan, report: Report, since: dict[str, str]) -> Iterator[Finding]:
    """A finding for each thing that failed outside; it is grave once it has failed for an hour."""
    problems = [error.problem for error in report.failures]
    problems += [f.text for f in (*plan.findings, *report.findings) if f.failed]
    names = [FAILED + name_of(problem) for problem in problems]
    names += [f.name for f in report.findings if f.name.startswith(FAILED)]
    now = plan.before.now
    for name in dict.fromkeys(names):
        begun = datetime.fromisoformat(since[name]) if name in since else now
        text = f"{name.removeprefix(FAILED)} fails"
        yield Finding(text, key=name, failed=True, grave=now - begun >= GRAVE_AFTER)


def _is_sent(telling: Telling, plan: Plan, world: World, report: Report) -> bool:
    """Was the message sent? A failure is reported."""
    ctx = plan.before.ctx
    text = project_texts.findings_text(telling, ctx.policy.project, world.templates)
    key = f"{ctx.policy.project} findings {ctx.now.isoformat()} {telling.person or telling.channel}"
    try:
        if telling.person:
            world.services.chat.tell(telling.person, text, key)
        else:
            world.services.chat.post(telling.channel, text, key)
    except ServiceError as error:
        report.failures.append(error)
        return False
    return True
