"""Findings on the dashboard and in the chat, once it is known what failed (P-52).

The dashboard remembers what was told afterwards: killed between, a message comes twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from automation.errors import ServiceError
from automation.planning.dashboard_rows import looks_at_everything
from automation.planning.finding import Finding
from automation.planning.findings import FAILED, Telling, as_told, finding_row, tellings
from automation.planning.plan import Plan
from automation.planning.report import Report
from automation.reconcile.destinations import World
from automation.reconcile.failures import name_of
from automation.stored_state.dashboard import Dashboard
from automation.writing import project_texts

GRAVE_AFTER = timedelta(hours=1)  # a service that fails for so long


def board_with_findings(plan: Plan, world: World, report: Report) -> Iterator[Dashboard]:
    """The dashboard as it should be, its grave findings told; nothing where there is none, or
    none of ours to write."""
    board = plan.dashboard or (plan.before.stored if plan.before.stored.ref else None)
    if board is None or board.newer:
        return
    stored, ctx = plan.before.stored.findings, plan.before.ctx
    failing = list(_failing(plan, report, {k: row["since"] for k, row in stored.items()}))
    rows = dict(board.findings)
    if looks_at_everything(plan.before):
        rows = {name: row for name, row in rows.items() if not name.startswith(FAILED)}
    rows |= {each.name: finding_row(each, stored.get(each.name), ctx.now) for each in failing}
    later = tellings(failing, rows, plan.world, ctx)
    rows = as_told(rows, later)
    for each in (*plan.tellings, *later):
        if not _told(each, plan, world, report):
            rows = as_told(rows, [each], "")
    yield replace(board, findings=rows)


def _failing(plan: Plan, report: Report, since: dict[str, str]) -> Iterator[Finding]:
    """Each thing that failed outside; grave once it has for an hour."""
    problems = [error.problem for error in report.failures]
    problems += [f.text for f in (*plan.findings, *report.findings) if f.failed]
    names = [FAILED + name_of(problem) for problem in problems]
    names += [f.name for f in report.findings if f.name.startswith(FAILED)]
    now = plan.before.now
    for name in dict.fromkeys(names):
        begun = datetime.fromisoformat(since[name]) if name in since else now
        text = f"{name.removeprefix(FAILED)} fails"
        yield Finding(text, key=name, failed=True, grave=now - begun >= GRAVE_AFTER)


def _told(each: Telling, plan: Plan, world: World, report: Report) -> bool:
    ctx = plan.before.ctx
    text = project_texts.findings_text(each, ctx.policy.project, world.templates)
    key = f"{ctx.policy.project} findings {ctx.now.isoformat()} {each.person or each.channel}"
    try:
        if each.person:
            world.services.chat.tell(each.person, text, key)
        else:
            world.services.chat.post(each.channel, text, key)
    except ServiceError as error:
        report.failures.append(error)
        return False
    return True
