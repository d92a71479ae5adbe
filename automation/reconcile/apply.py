"""``apply``: make a plan so. The only writer to the world.

On each issue: its effects outside are first noted on the card, as *about to*; then one write for
labels, assignees and state; the effects; one comment; the card. Killed anywhere, the next pass
finds what is *about to* be done and does it or finds it done.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial

from automation.changes.issue_changes import Change
from automation.changes.service_calls import Declare
from automation.errors import ServiceError
from automation.http.side_by_side import do_each
from automation.model.issue import Draft
from automation.model.replacing import replace
from automation.model.secrecy import without_names
from automation.planning.dashboard_rows import (
    beat_is_due,
    has_another_policy,
    looks_at_everything,
    with_cards,
    without_failed,
)
from automation.planning.digest import DASHBOARD
from automation.planning.finding import Finding
from automation.planning.findings import FAILED, marked_new
from automation.planning.gone_issues import OUTSIDE
from automation.planning.limits import counted, gravity, of_strangers, spent_after
from automation.planning.locked_issues import locked_findings
from automation.planning.plan import Plan
from automation.planning.report import Report
from automation.planning.set_aside import SetAside, finding_of
from automation.policy.policy import Policy
from automation.policy.team_time import team_zone
from automation.reconcile.apply_issue import IssueWrites
from automation.reconcile.destinations import World
from automation.reconcile.failures import name_of
from automation.reconcile.finding_messages import board_with_findings
from automation.reconcile.long_text_writes import open_issue, shortened
from automation.stored_state.dashboard import Dashboard, Row
from automation.writing import digest_text, new_issues, project_texts

__all__ = ["Progress", "Report", "World", "apply"]

Progress = Callable[[int, int], None]


def apply(plan: Plan, world: World, progress: Progress = lambda done, of: None) -> Report:
    """Make the changes of a plan. What fails is reported, and left for the next pass. ``progress``
    hears how many of how many issues are done."""
    report = Report()
    world = replace(world, templates=world.templates.apart())
    for change in plan.changes:
        if isinstance(change, Declare):
            _attempt(report, partial(_open_declared, plan, change, world, report))
    changes: dict[str, list[Change]] = {}
    for change in plan.changes:
        if not isinstance(change, Declare):
            changes.setdefault(change.ref, []).append(change)
    refs = _gravest_first(plan, changes)

    def write_one(numbered: tuple[int, str]) -> None:
        progress(numbered[0], len(refs))
        _write_issue(plan, numbered[1], changes[numbered[1]], world, report)

    do_each(write_one, list(enumerate(refs)), world.tracker.can.writers)
    progress(len(refs), len(refs))
    _attempt(report, partial(_follow_shift_change, plan, world, report))
    _attempt(report, partial(_post_digest, plan, world, report))
    _attempt(report, partial(_give_sign_of_life, plan, world, report))
    board_knows = bool(plan.dashboard or plan.before.stored.ref) and not plan.before.stored.newer
    locked = locked_findings(report.locked, board_knows)
    report.findings += marked_new(locked, plan.before.stored.findings)
    board: list[Dashboard] = []
    _attempt(report, lambda: board.extend(board_with_findings(plan, world, report)))
    if board:
        try:
            write = partial(_update_dashboard, board[0], plan, world, report)
            report.dashboard_failed = not _attempt(report, write)
        except ServiceError as error:
            report.dashboard_failed = True
            report.failures.append(error)
    report.findings += (
        Finding(f"{mistake.problem}: the shipped text stands instead", failed=True)
        for mistake in world.templates.mistakes.values()
    )
    return report


def _gravest_first(plan: Plan, refs: Iterable[str]) -> list[str]:
    """The references, the gravest incident first: after a time without passes much is due at once,
    and this one may be killed, too (P-60)."""
    policy = plan.before.ctx.policy
    return sorted(refs, key=lambda ref: gravity(plan.world[ref], policy))


def _give_sign_of_life(plan: Plan, world: World, report: Report) -> None:
    """Tell the dead man's switch of a sweep. If that fails, it blocks nothing else."""
    if world.services.heartbeat is None or not looks_at_everything(plan.before):
        return
    try:
        world.services.heartbeat.beat()
    except ServiceError as error:
        report.findings.append(Finding(str(error.problem), key=f"{FAILED}{name_of(error.problem)}"))


def _attempt(report: Report, do: Callable[[], None]) -> bool:
    """Do something that belongs to no issue; a bug of ours in it stops nothing else. Was it
    done?"""
    set_aside = SetAside()
    set_aside.attempt("", do)
    report.findings += set_aside.findings.values()
    return not set_aside.findings


def _follow_shift_change(plan: Plan, world: World, report: Report) -> None:
    """Set groups and hand over at a change of shift. The dashboard remembers it afterwards: if the
    job is killed between, a message comes twice."""
    for handle, people in plan.groups.items():
        try:
            world.services.chat.set_group(handle, people)
            report.groups[handle] = people
        except ServiceError as error:
            report.failures.append(error)
    if (handover := plan.handover) is None:
        return
    try:
        if handover.chat:
            text = project_texts.handover_text(handover, plan.before.ctx, world.templates)
            world.services.chat.tell(
                handover.whom, text, f"{plan.before.ctx.policy.project} {handover.key}"
            )
        report.handed = not {say.ref for say in handover.comments} & report.unfinished
    except ServiceError as error:
        report.failures.append(error)


def _post_digest(plan: Plan, world: World, report: Report) -> None:
    """Tell the week where it is not told yet. The dashboard remembers it afterwards: a pass that is
    killed between finds it in the thread, and by its key in a chat that knows keys."""
    if (post := plan.digest_post) is None:
        return
    ctx = plan.before.ctx
    for place in post.places:
        try:
            if place == DASHBOARD:
                text = digest_text.digest_comment(post.digest, ctx, world.templates)
                world.tracker.comment(plan.before.stored.ref, text)
            else:
                text = digest_text.digest_message(post.digest, ctx, world.templates)
                key = f"{ctx.policy.project} digest {post.digest.until.isoformat()}"
                world.services.chat.post(ctx.policy.chat.channel, text, key)
            report.digest_posted.add(place)
        except ServiceError as error:
            report.failures.append(error)


def _open_declared(plan: Plan, change: Declare, world: World, report: Report) -> None:
    """Open an incident of IMA's own. If the job is killed then, the next pass finds it by its
    services."""
    try:
        draft = new_issues.declared_draft(change, plan.before.ctx, world.templates)
        ref = open_issue(world.tracker, draft)
    except ServiceError as error:
        report.failures.append(error)
        return
    report.opened[change.ref] = ref
    report.declared.append(ref)
    report.done.append(replace(change, ref=ref))


def _write_issue(
    plan: Plan, ref: str, changes: Sequence[Change], world: World, report: Report
) -> None:
    """Make the writes of one issue. What fails is reported; where a template of the team's fails,
    the shipped text is written instead."""
    incident, templates = plan.before.incidents[ref], world.templates.apart()
    try:
        IssueWrites(plan, ref, changes, replace(world, templates=templates), report).apply()
    except ServiceError as error:
        report.failures.append(without_names(error, incident))
        report.unfinished.add(ref)
    except Exception as error:
        report.findings.append(finding_of(error, ref))
        report.unfinished.add(ref)
    for place, mistake in templates.mistakes.items():
        problem = f"templates/{place}" if incident.confidential else mistake.problem  # (P-16)
        text = f"{ref}: {problem}: the shipped text was written instead"
        report.findings.append(Finding(text, ref, failed=True))


def _with_references(rows: Mapping[str, Row], report: Report) -> dict[str, Row]:
    """The rows, with the number of each issue that this pass opened in the place of its name in
    the plan; without those that were not opened."""
    real = {report.opened.get(ref, ref): row for ref, row in rows.items()}
    return {ref: row for ref, row in real.items() if ref[0] == "#"}


def _with_what_stands_outside(rows: Mapping[str, Row], report: Report) -> Iterator[tuple[str, Row]]:
    """The rows with what was begun outside, as it is after the writes: only now it is known where
    that stands. Of a secret nothing is kept."""
    for ref, row in rows.items():
        kept = OUTSIDE in row and ref not in report.locked  # there the dashboard itself remembers
        known = report.outside.get(ref, "") if kept else ""
        yield ref, {**row, OUTSIDE: known} if known else row


def _update_dashboard(board: Dashboard, plan: Plan, world: World, report: Report) -> None:
    """Write the dashboard as it is after this pass, if that is another than before or its sign of
    life is due."""
    ctx = plan.before.ctx  # what was planned and failed is not spent
    done = counted(report.done, ctx.policy)
    strangers = of_strangers(plan.before.incidents, ctx)
    spent = spent_after(ctx.policy.limits, plan.before.stored, done, ctx.now, strangers)
    board = replace(board, spent=spent)
    if plan.handover and not report.handed:
        board = plan.handover.dashboard_if_not_told(board)
    if post := plan.digest_post:
        missing = (place for place in post.places if place not in report.digest_posted)
        board = replace(board, digest={**board.digest, "missing": " ".join(missing)})
    board = replace(board, active=dict(_with_what_stands_outside(board.active, report)))
    unfinished = plan.before.gone & (report.unfinished | plan.waiting)
    still_active = {ref: plan.before.stored.active[ref] for ref in unfinished}
    shown = without_failed(board.active, report.fell_short, ctx)
    shown = with_cards(shown, report.cards, plan.world, ctx)
    board = replace(board, active={**shown, **still_active})
    kept = {handle: who for handle, who in board.groups.items() if handle not in plan.groups}
    not_set = [handle for handle in plan.groups if handle not in report.groups]
    failed = {handle: plan.before.stored.groups.get(handle) for handle in not_set}
    old = {handle: who for handle, who in failed.items() if who is not None}
    board = replace(board, groups={**kept, **report.groups, **old})
    before = plan.before
    due = before.stored.stale or beat_is_due(before) or has_another_policy(before)
    if board.ref and not (due or board.moved(before.stored)):
        return
    board = replace(
        board,
        reviews=_with_references(board.reviews, report),
        actions=_with_references(board.actions, report),
        beat=plan.before.now,
    )
    _write_dashboard(board, world, ctx.policy)


def _write_dashboard(board: Dashboard, world: World, policy: Policy) -> None:
    """Write the memory first, then the page: where a job is killed between, the next pass writes
    the page anew."""
    tracker, can = world.tracker, world.tracker.can
    texts = project_texts.dashboard_texts(
        board, world.templates, team_zone(policy), policy.stats.page
    )
    page = shortened(texts.page, can.body_limit)
    if not board.ref:
        hidden = can.confidential
        draft = Draft("IMA dashboard", page, confidential=hidden, dashboard=True)
        tracker.comment(tracker.open(draft), texts.memory)
        return
    if board.comment:
        tracker.edit_comment(board.ref, board.comment, texts.memory)
    else:
        tracker.comment(board.ref, texts.memory)
    tracker.edit(board.ref, body=page)
