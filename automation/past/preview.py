"""The incidents of some days, read once and lived again by the present and a proposed policy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from automation.errors import ServiceError
from automation.model.facts import Fact
from automation.model.issue import Duty, Head, Issue
from automation.past.deeds import History, facts_of
from automation.past.groups import histories
from automation.past.life import World, live, live_both, only_rules_differ
from automation.past.on_call import policy_duties, remembered_duties
from automation.past.services import Duties
from automation.planning.past import Lived, Outlook, Past, past_of
from automation.planning.plan import by_ref
from automation.planning.preview import renamed_rules
from automation.policy.policy import Policy
from automation.reconcile.one_pass import Run
from automation.records import dataclass
from automation.services import Pager
from automation.stored_state import dashboard
from automation.stored_state.dashboard import Dashboard
from automation.writing.templates import Templates

LONGEST = timedelta(days=366)


class PastFile(Protocol):
    """Where histories are kept between previews; they may be lost at any time."""

    def read(self) -> Mapping[str, Issue]: ...

    def write(self, issues: Iterable[Issue]) -> None: ...


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was read of the past."""

    issues: Sequence[Issue]
    board: Dashboard
    unread: int  # issues for which there was no room, or that could not be read


def past_preview(
    run: Run,
    proposed: Policy,
    since: datetime,
    texts: Templates,
    kept: PastFile | None = None,
    pager_of: Callable[[Policy], Pager | None] = lambda policy: None,
    public: bool = False,
) -> Past:
    """What IMA would have done on the incidents that began since then, by the policy of ``run`` and
    by the ``proposed`` one. ``pager_of`` says who was on call by a policy, where that alone says
    so; ``public`` leaves out what is confidential. Raises ServiceError."""
    board = dashboard.read(run.tracker.dashboard()) or Dashboard()
    me, now = run.tracker.me(), run.now()
    seen = _read(run, board, since, kept)
    groups = [
        history
        for history in histories(seen.issues, me)
        if since <= history.began <= now and _is_kept(history, run.policy)
    ]
    facts = [fact for issue in seen.issues for fact in facts_of(issue, me)]
    base, head = (
        _world(run, policy, seen, facts, now, texts, pager_of(policy))
        for policy in (run.policy, proposed)
    )
    outlook = Outlook(run.policy, proposed, renamed_rules(run.policy, proposed))
    together = only_rules_differ(run.policy, proposed)
    lived = (_lived(history, outlook, base, head, together) for history in groups)
    shown = (one for one in lived if not (public and one.confidential))
    return past_of(shown, outlook, since, now, seen.unread)


def _read(run: Run, board: Dashboard, since: datetime, kept: PastFile | None) -> _Seen:
    """The issues that may matter, each read once: what was read by an earlier preview and has not
    moved since is not read again."""
    tracker, ours = run.tracker, run.policy.labels.ours
    known = kept.read() if kept else {}
    heads = {
        head.ref: head
        for head in tracker.heads(closed_since=since)
        if head.ref != board.ref and (any(map(ours, head.labels)) or head.author == tracker.me())
    }
    there = {
        ref: known[ref] for ref, head in heads.items() if ref in known and _same(known[ref], head)
    }
    missing = sorted({*heads} - {*there}, key=by_ref, reverse=True)  # the newest first
    wanted = missing[: max(0, tracker.can.room)]
    failed: dict[str, Exception] = {}
    read = tracker.issues(wanted, unreadable=failed) if wanted else []
    if kept:
        kept.write([*there.values(), *(issue for issue in read if not issue.confidential)])
    issues = [*there.values(), *read]
    return _Seen(issues, board, len(heads) - len(issues))


def _same(issue: Issue, head: Head) -> bool:
    return issue.updated_at == head.updated_at and issue.closed == head.closed


def _is_kept(history: History, policy: Policy) -> bool:
    """Was any of it ever an incident, or planned work?"""
    meaning = policy.labels.meaning
    kinds = {("incident", ""), ("maintenance", "")}
    return any(
        meaning(name) in kinds
        for issue in history.issues
        for name in (*issue.labels, *(e.subject for e in issue.events if e.kind == "labelled"))
    )


def _world(
    run: Run,
    policy: Policy,
    seen: _Seen,
    facts: Sequence[Fact],
    now: datetime,
    texts: Templates,
    pager: Pager | None,
) -> World:
    tracker = run.tracker
    people = {
        who
        for issue in seen.issues
        for who in (
            issue.author,
            *(event.actor for event in issue.events),
            *(comment.author for comment in issue.comments),
        )
        if who and who != tracker.me()
    }
    first = min((issue.opened_at for issue in seen.issues), default=now)
    return World(
        texts,
        replace(tracker.can, writers=1),
        policy.since or seen.board.since or first,
        now,
        policy_duties(policy, pager) if pager else _remembered(run, seen, facts, now),
        run.services.status_page.can,
        tracker.outsiders(people),
    )


def _remembered(run: Run, seen: _Seen, facts: Sequence[Fact], now: datetime) -> Duties:
    present: Mapping[str, Duty | None]
    try:
        present = run.services.pager.on_call(now)
    except ServiceError:
        present = dict.fromkeys(run.policy.roles)
    return remembered_duties(seen.board.shifts, facts, present)


def _lived(history: History, outlook: Outlook, base: World, head: World, together: bool) -> Lived:
    first = min(history.issues, key=lambda issue: (issue.opened_at, by_ref(issue.ref)))
    if together:
        now, then = live_both(history, outlook.base, outlook.head, base)
    else:
        now, then = live(history, outlook.base, base)[0], live(history, outlook.head, head)[0]
    return Lived(
        first.ref,
        first.title,
        history.began,
        any(issue.confidential for issue in history.issues) or now.hidden or then.hidden,
        tuple(now.acts),
        tuple(then.acts),
        max(0, then.lost - now.lost),
        bool(now.cut_at or then.cut_at),
    )


__all__ = ["PastFile", "past_preview"]
