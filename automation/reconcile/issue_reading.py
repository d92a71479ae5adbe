"""Reading issues: all of them, those that are named, or those that may have changed since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import islice

from automation.changes.open_after_work import ALERTS
from automation.errors import ServiceError
from automation.history.command_parsing import commands_in, with_searched_comments
from automation.history.duplicates import duplicates_named
from automation.model.bounds import NAMES
from automation.model.facts import ACTION
from automation.model.issue import Ack, Comment, Head, Issue
from automation.model.on_call import OnCall
from automation.planning.set_aside import SetAside
from automation.planning.sweep_state import Cache, Sweep
from automation.policy.policy import Policy
from automation.reconcile import sweep
from automation.reconcile.sweep import key_and_number, page_with_number
from automation.records import dataclass
from automation.services import Pager
from automation.stored_state import dashboard
from automation.stored_state.card import facts_in_comments, keys_told, read_card
from automation.stored_state.carried_history import half_carried
from automation.text.escaping import marker_in
from automation.trackers import Tracker


@dataclass(slots=True)
class PagerAnswers:
    """What the pager answers about our pages. While it does not answer, nothing; ``away`` is
    why."""

    pager: Pager
    away: ServiceError | None = None

    def acks(self, pages: Mapping[str, str]) -> Mapping[str, Sequence[Ack]]:
        """By key, with what each is called in the pager."""
        try:
            return self.pager.acks(pages) if pages else {}
        except ServiceError as error:
            self.away = self.away or error
            return {}


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads issues of one tracker at one instant."""

    tracker: Tracker
    pager_answers: PagerAnswers
    policy: Policy
    now: datetime
    me: str
    dashboard: str = ""  # its reference: never judged
    any_bad: bool = False  # a service is bad: which incidents are about it must be known
    set_aside: SetAside = field(default_factory=SetAside)  # what cannot be read is set aside
    since: datetime | None = None  # since when IMA keeps this project, if that is known
    on_dashboard: frozenset[str] = frozenset()  # the issues that it lists
    moved_since: datetime | None = (
        None  # all that moved since then is to be read, and what is active
    )
    missing: set[str] = field(default_factory=set)  # what was asked for, and is not there

    def issues_to_judge(
        self, refs: Iterable[str] | None, cache: Cache | None, on_call: OnCall
    ) -> tuple[list[Issue], Sweep | None]:
        """The issues to judge: those of ``refs`` or all; with a ``cache`` those that may have
        changed, and what the lists showed."""
        if refs is not None:
            return self._with_reviewed(self._issues_named(refs), {}), None
        if cache is None:
            return self._with_reviewed(self._all_issues(), {}), None
        found, swept = self._issues_of_sweep(cache, on_call)
        return self._with_reviewed(found, cache.reviews), swept

    def _with_reviewed(
        self, issues: list[Issue], opened: Mapping[str, Mapping[str, str]]
    ) -> list[Issue]:
        """The issues, with others that follow them: the incident of a review that people have
        touched, the review of an incident that came back, and what was ``opened`` from an issue
        whose severity has changed since."""
        known = {issue.ref for issue in issues}
        touched = (issue for issue in issues if _is_touched(issue, self.me))
        missing = {reviewed_by(issue, self.me) for issue in touched}
        missing |= {ref for issue in issues for ref in _reviews_that_go_on(issue, self.me)}
        missing |= {
            ref for i in issues for ref in self._opened_before_severity(i, opened.get(i.ref, {}))
        }
        missing |= {ref for issue in issues for ref in duplicates_named(issue, self.me)}
        missing -= known | {""}
        return [*issues, *self._read(sorted(missing))] if missing else issues

    def _opened_before_severity(self, issue: Issue, opened: Mapping[str, str]) -> Iterator[str]:
        """What was opened from an issue before somebody last chose its severity."""
        meaning = self.policy.labels.meaning
        chosen = [
            event.at
            for event in issue.events
            if event.kind == "labelled" and (meaning(event.subject) or ("",))[0] == "severity"
        ]
        chosen += [c.at for c in issue.comments if "/ima" in c.body.lower() and c.author != self.me]
        last = max(chosen, default=issue.opened_at)
        for fact in read_card(issue, self.me).facts:
            if fact.kind == "opened" and fact.done and fact.by and fact.at < last:
                yield fact.by
        if _is_touched(issue, self.me) and last > issue.opened_at:  # a review has no card
            yield from opened.values()

    def _read(self, refs: Iterable[str]) -> list[Issue]:
        refs = list(refs)
        try:
            return self._readable_issues(refs)
        except ServiceError:
            if not refs or not self.dashboard or self.dashboard in refs:
                raise
        # Is it these alone, or the tracker? The dashboard can be read if it is not the tracker.
        return self._readable_issues([*refs, self.dashboard])

    def _readable_issues(
        self, refs: Iterable[str] | None = None, closed_since: datetime | None = None
    ) -> list[Issue]:
        """The issues whose history and card can be read; the others are set aside."""
        failed: dict[str, Exception] = {}
        issues = self.tracker.issues(refs, closed_since=closed_since, unreadable=failed)
        for ref, error in failed.items():
            if ref != self.dashboard:
                self.set_aside.add(ref, error)
        there = {issue.ref for issue in issues}
        self.missing.update({*(self.on_dashboard if refs is None else refs)} - there - {*failed})
        return self._with_readable_cards(issues)

    def _with_readable_cards(self, issues: Iterable[Issue]) -> list[Issue]:
        """The issues without those whose card cannot be read, such as that of a newer version."""
        return [
            self._with_own_commands(with_searched_comments(issue, self.me))
            for issue in issues
            if issue.ref == self.dashboard
            or self.set_aside.attempt(issue.ref, partial(read_card, issue, self.me)) is not None
        ]

    def _with_own_commands(self, issue: Issue) -> Issue:
        """The issue, in which a comment gives no new command if somebody else has edited it: who
        may edit the comments of others would act with their rights."""
        edited = [
            comment
            for comment in issue.comments
            if comment.edited_at and comment.author != self.me and "/ima" in comment.typed.lower()
        ]
        if not edited:
            return issue
        card = read_card(issue, self.me).facts
        known = {fact.of for fact in (*card, *facts_in_comments(issue, self.me, card))}
        new = (each for each in edited if any(c.of not in known for c in commands_in(each, known)))
        others = {each.id for each in islice(new, NAMES) if self._has_another_editor(issue, each)}
        said = [replace(c, unsearched=True) if c.id in others else c for c in issue.comments]
        return replace(issue, comments=tuple(said)) if others else issue

    def _has_another_editor(self, issue: Issue, comment: Comment) -> bool:
        try:
            editor = self.tracker.edited_by(issue.ref, comment.id)
        except ServiceError:
            return True  # nobody knows: the next run asks again
        return editor is not None and editor.casefold() != (comment.author or "").casefold()

    def _all_issues(self) -> list[Issue]:
        return self._readable_issues(closed_since=self._looks_back_to())

    def _looks_back_to(self) -> datetime:
        """Closed issues that moved since then are listed."""
        since = self.now - self.policy.look_back.length
        return min(since, self.moved_since or since)

    def _issues_named(self, refs: Iterable[str]) -> list[Issue]:
        asked = self._read(refs)
        known = {issue.ref for issue in asked}
        linked = self._read(sorted({r for issue in asked for r in issue.links} - known))
        if any(map(self._half_opened, asked)):
            linked = self._all_issues()
        wanted = {ref for issue in asked if (ref := reviewed_by(issue, self.me))}
        ours = (i for i in linked if i.ref not in known)
        return [
            *asked,
            *(i for i in ours if i.ref in wanted or _incident_followed(i, self.me) in known),
        ]

    def _issues_of_sweep(self, cache: Cache, on_call: OnCall) -> tuple[list[Issue], Sweep]:
        """List what moved, or everything, and read the issues that may have to change."""
        policy, look_back = self.policy, self._looks_back_to()
        full = self.moved_since is not None or is_full_sweep(cache, policy, self.now)
        cache = sweep.believable(cache, policy.project, policy.digest)
        since = None if full else sweep.ask_since(cache)
        heads = self.tracker.heads(since, closed_since=look_back)
        if full:
            self.missing.update(self.on_dashboard - {head.ref for head in heads})
        ours = tuple(
            head
            for head in heads
            if head.ref != self.dashboard and (self._may_matter(head) or head.ref in cache.issues)
        )
        past = [head for head in ours if self._is_from_before(head, cache)]
        duties = {role: on_call.person(role) for role in policy.roles}
        recent = self.now - policy.slo.window.length if self.any_bad else None
        unread = {head.ref for head in past}
        new = [head for head in ours if head.ref not in unread]
        moved = sweep.to_read(cache, new, self.now, duties, self._pages_answered(cache), recent)
        if full:
            moved = list(dict.fromkeys([*moved, *sweep.unlisted(cache, heads)]))
        if from_then := self.moved_since:
            active = {ref for ref, known in cache.issues.items() if known.active}
            wanted = (h.ref for h in new if h.updated_at >= from_then or h.ref in active)
            moved = list(dict.fromkeys((*moved, *wanted)))
        chosen, left = sweep.split_by_room(cache, moved, self.tracker.can.room)
        issues = self._read(chosen) if chosen else []
        if any(map(self._half_opened, issues)):
            issues = self._all_issues()
        seen = max((head.updated_at for head in heads), default=None)
        old = tuple(head.ref for head in past if self._is_open_incident(head))
        return issues, Sweep(cache, ours, full, seen, left, old)

    def _is_from_before(self, head: Head, cache: Cache) -> bool:
        """Is it from before IMA, without a card or a command, and unchanged since?"""
        if head.ref in cache.issues or head.ref in self.on_dashboard or head.author == self.me:
            return False
        return head.is_before(self.since)

    def _is_open_incident(self, head: Head) -> bool:
        return not head.closed and self.policy.labels.name("incident") in head.labels

    def _may_matter(self, head: Head) -> bool:
        """Can the issue matter? It has a label of ours, is ours, or is talked about."""
        ours = self.policy.labels.ours
        return head.notes > 0 or head.author == self.me or any(map(ours, head.labels))

    def _pages_answered(self, cache: Cache) -> list[str]:
        """Pages of active incidents that somebody has acknowledged, or been given, since the last
        sweep."""
        pages = dict(
            key_and_number(word) for known in cache.issues.values() for word in known.pages
        )
        return [page_with_number(key, pages[key]) for key in self.pager_answers.acks(pages)]

    def _half_opened(self, issue: Issue) -> bool:
        """Was a pass killed between *about to open* and *opened*? Then all issues are searched for
        what it opened."""
        facts = read_card(issue, self.me).facts
        if any(fact.kind == "opened" and not fact.done for fact in facts):
            return True
        means = map(self.policy.labels.meaning, issue.labels)
        return ("review", "") in means and _has_unanswered_action(issue, self.me)


def is_full_sweep(cache: Cache, policy: Policy, now: datetime) -> bool:
    """Must a sweep that begins with this cache list everything?"""
    return sweep.is_full(cache, policy.project, policy.digest, now, policy.full_sweep.length)


# A close that no pass has undone yet ends no incident: so what was closed of late is read, too.
WRONGLY_CLOSED_WITHIN = timedelta(days=1)


def issues_with_our_labels(tracker: Tracker, policy: Policy, closed_since: datetime) -> list[str]:
    """References of the issues with a label of ours: the open ones, those that were closed and
    moved since ``closed_since``, and those that the dashboard has as active, which may be closed
    and not over (P-05). For commands that keep no cache."""
    ours, board = policy.labels.ours, dashboard.read(tracker.dashboard())
    heads = tracker.heads(closed_since=closed_since)
    found = [head.ref for head in heads if any(map(ours, head.labels))]
    return list(dict.fromkeys((*found, *(board.active if board else ()))))


def _has_unanswered_action(issue: Issue, me: str) -> bool:
    """Does somebody wait for a corrective action that they asked for on this review? A review has
    no card that says *about to*."""
    told = keys_told(issue, me)
    return any(
        order.name == "action" and not {f"opened:{ACTION}{order.of}", f"answer:{order.of}"} & told
        for comment in issue.comments
        if comment.author != me and "/ima action" in comment.body.lower()
        for order in commands_in(comment, ())
    )


def opening_marker(issue: Issue, me: str) -> tuple[str, str] | None:
    """What an issue that IMA has opened follows, and as what: "review", "near miss" or "action:…";
    None for any other issue."""
    if issue.author != me or half_carried(issue, me):
        return None
    if found := marker_in("review", issue.body):
        return str(found.get("for", "")), str(found.get("kind", "review"))
    if found := marker_in("after", issue.body):
        return str(found.get("for", "")), ALERTS
    if found := marker_in("action", issue.body):
        return str(found.get("for", "")), f"{ACTION}{found.get('of', '')}"
    return None


def reviewed_by(issue: Issue, me: str) -> str:
    """The reference of the incident that an issue is the review of; "" for any other issue."""
    ref, what = opening_marker(issue, me) or ("", "")
    return ref if what == "review" else ""


def _incident_followed(issue: Issue, me: str) -> str:
    return (opening_marker(issue, me) or ("", ""))[0]


def _reviews_that_go_on(issue: Issue, me: str) -> Iterator[str]:
    """The review of an incident to which something was done after the review was opened."""
    for fact in read_card(issue, me).facts:
        if fact.kind == "opened" and fact.what == "review" and fact.done and fact.by:
            events = (e.at for e in issue.events if e.kind == "reopened" or e.actor != me)
            typed = (c.at for c in issue.comments if c.author != me and "/ima" in c.typed.lower())
            if any(at > fact.at for at in (*events, *typed)):
                yield fact.by


def _is_touched(issue: Issue, me: str) -> bool:
    """Has anybody besides IMA done or said anything on the issue?"""
    acts = (event.actor != me for event in issue.events)
    return any(acts) or any(comment.author != me for comment in issue.comments)
