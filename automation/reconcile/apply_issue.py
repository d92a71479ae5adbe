"""The writes of one pass on one issue: what leaves it written ahead, the rest, the card."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from automation.alerts.alert_table import group_that_goes_on, table_of
from automation.changes.announce_move import AnnounceMove
from automation.changes.announcement import Reannounce, still_says_before
from automation.changes.call_off import CallOff, paged_keys
from automation.changes.comments import Receipt, Say, WriteCard
from automation.changes.follow_severity import FollowSeverity
from automation.changes.incident_record import Record, links_to_show, steps_to_tell
from automation.changes.issue_changes import (
    Assign,
    Change,
    Close,
    Conceal,
    Reopen,
    ShowSeverity,
    Tag,
    Untag,
)
from automation.changes.need import MessagePerson, PagePerson
from automation.changes.notice import PostNotice
from automation.changes.open_after_work import OpenAfterWork
from automation.changes.publish import Publish
from automation.changes.publish_maintenance import PublishMaintenance
from automation.changes.review_timeline import ExtendTimeline
from automation.changes.service_calls import Announce, Document, Link, Open, Outward, Page, Repeat
from automation.errors import ServiceError
from automation.model.engagement import REPEATED
from automation.model.incident import HAVE_CARDS, Fact, Incident, unassignable
from automation.model.issue import Happened, Update
from automation.model.secrecy import without_names
from automation.model.status_page import shown_fact
from automation.planning.incident_view import card_digest
from automation.planning.plan import Plan, cannot_assign
from automation.planning.report import Report
from automation.planning.security_incidents import not_hidden_finding
from automation.policy.due_dates import parse_day
from automation.policy.planning_input import Context
from automation.policy.status_page_notice import notice_of
from automation.reconcile import long_text_writes
from automation.reconcile.alert_incident import open_for_alerts
from automation.reconcile.destinations import World
from automation.reconcile.message_sending import send
from automation.services.post_once import post_once
from automation.stored_state.card import SECOND_CARD
from automation.text.escaping import mark
from automation.writing import issue_texts, new_issues
from automation.writing.review_goes_on import body_that_goes_on
from automation.writing.severity_followed import body_that_follows
from automation.writing.timeline import short_line


class OneIssue:
    """The writes of one pass on one issue."""

    def __init__(self, plan: Plan, ref: str, world: World, report: Report) -> None:
        self.ctx: Context = plan.before.ctx
        self.ref = ref
        self.changes = plan.of(ref)
        self.before = plan.before.incidents[ref]
        self.now: Incident = plan.world[ref]
        self.reviewed = plan.world.get(self.now.review_of)
        self.world = world
        self.report = report
        self.failed: list[Change] = []
        self.owed = [*self.before.owed]  # messages, by the comments that say so
        self.unassigned = False
        self.shown = self.ctx.can.locks  # to everybody: it is neither confidential nor moved
        self.card = self.before.card.comment if self.before.card else ""
        self.keeps_card = self.now.kind in HAVE_CARDS and self.now.tracked

    def apply(self) -> None:
        """Write all that the plan says of this issue, in the order of docs/architecture.md."""
        self._ahead()
        self._update()
        for change in self.changes:
            if type(change) in _EFFECTS:
                self._effect(change)
        self._hide()
        self._comment()
        self._follow_severity()
        self._receipts()
        self._write_card()
        owing = replace(self.now, owed=tuple(self.owed))
        self.failed += send(self.changes, owing, self.ctx, self.world, self.report)
        self.report.done += (change for change in self.changes if change not in self.failed)

    def _ahead(self) -> None:
        """*About to*: what would be lost or doubled if we were killed after doing it."""
        outward = {c.leaves(self.now, self.ctx) for c in self.changes if isinstance(c, Outward)}
        if not outward or not self.keeps_card:
            return
        known = self.before.card.facts if self.before.card else frozenset()
        facts = tuple(_facts_written_ahead(self.now, known, outward))
        ahead = replace(self.now, facts=facts, said=self.before.said, reviews=self.before.reviews)
        ahead = self._with_room(ahead)
        self.now = replace(self.now, stored=ahead.stored)
        self._put_card(ahead, "about to")

    @property
    def _bare(self) -> bool:
        return self.now.security_at is not None and self.shown

    def _with_room(self, incident: Incident) -> Incident:
        return long_text_writes.shortened_to_fit(incident, self.ctx, self.world, self._bare)

    def _put_card(self, incident: Incident, digest: str) -> None:
        body = long_text_writes.card_text(incident, self.ctx, self.world, digest, self._bare)
        if self.card:
            self.world.tracker.edit_comment(self.ref, self.card, body)
        else:
            self.card = self.world.tracker.comment(self.ref, body)

    def _update(self) -> None:
        update = _update_of(self.changes, hides=not self.shown)
        if not self.shown:
            self._conceal(self._also())
        if update:
            self.world.tracker.update(self.ref, update)
            self._assigned(update.assignees)

    def _also(self) -> list[str]:
        concealed = (change for change in self.changes if isinstance(change, Conceal))
        return [other for change in concealed for other in change.also]

    def _hide(self) -> None:
        """Where nothing is confidential, last of all: it may be gone from here then."""
        if not self.shown or not any(isinstance(c, Conceal) for c in self.changes):
            return
        try:
            self.shown = not (self._conceal([*self._also(), self.ref]) and self.ctx.can.moves)
        except ServiceError as error:
            self.report.failures.append(without_names(error, self.now))
            self.report.unfinished.add(self.ref)

    def _conceal(self, refs: Iterable[str]) -> bool:
        """Hide issues; was it done as well as the tracker can?"""
        hidden = True
        for ref in refs:
            self.world.tracker.update(ref, Update(confidential=True))
            if why := self.world.tracker.exposed(ref):
                self.report.findings.append(not_hidden_finding(ref, why))
                hidden = False
        return hidden

    def _assigned(self, people: tuple[str, ...] | None) -> None:
        """Whom the tracker cannot assign a person must mend; the card knows, so that it is
        neither tried nor told again."""
        missed = self.world.tracker.unassigned(self.ref)
        self.report.findings += cannot_assign(missed, self.ref, self.now.confidential)
        self.unassigned = bool(missed)
        said = self.now.said | {unassignable(login) for login in missed}
        self.now = replace(self.now, said=said)
        if missed and people is not None and set(people) <= {*missed}:
            self.failed += [change for change in self.changes if isinstance(change, Assign)]

    def _effect(self, change: Change) -> None:
        """A failing service blocks nothing: the step stays *about to*, the next pass retries."""
        try:
            _EFFECTS[type(change)](self, change)
        except ServiceError as error:
            self.report.failures.append(without_names(error, self.now))
            self.report.unfinished.add(self.ref)
            self.failed.append(change)
            if isinstance(change, Outward):
                self._mark(change, done=False)
            if isinstance(change, Open):
                self._not_opened(change)
            elif isinstance(change, Reannounce):
                self.now = still_says_before(self.now, self.before, change.channel)

    def _not_opened(self, change: Open) -> None:
        """There is no review yet, and nothing to say of it."""
        reviews = {what: ref for what, ref in self.now.reviews.items() if what != change.what}
        told = f"opened:{change.what}"
        self.now = replace(self.now, reviews=reviews, said=self.now.said - {told})
        self.changes = tuple(
            c for c in self.changes if not (isinstance(c, Say) and c.note.key == told)
        )

    def _mark(self, change: Outward, **values: Any) -> None:
        left = change.leaves(self.now, self.ctx)
        facts = tuple(
            replace(fact, **values) if (fact.kind, fact.what) == left else fact
            for fact in self.now.facts
        )
        self.now = replace(self.now, facts=facts)

    def _show_severity(self, change: ShowSeverity) -> None:
        self.world.tracker.show_severity(self.ref, change.severity)

    def _record(self, change: Record) -> None:
        """What did not get there, the next pass tells."""
        most, said = self.ctx.can.line_limit, self.now.said
        happened = [
            Happened(step.at, short_line(step.what, most))
            for key, step in steps_to_tell(self.now, self.ctx)
            if key in change.keys
        ]
        links = [row for row in links_to_show(self.now, self.ctx) if row[0] in change.keys]
        known = {text: where for _, text, where in links if where}
        unknown = {key for key, _, where in links if not where}
        self.now = replace(self.now, said=said - {*change.keys})
        if happened or known:
            self.world.tracker.record(self.ref, happened, known)
        self.now = replace(self.now, said=said - unknown)

    def _page(self, change: Page) -> None:
        _, key = change.leaves(self.now, self.ctx)
        person = self.now.seats[change.role].person
        text = issue_texts.page_text(self.now, change.role)
        self._mark(change, text=self.world.services.pager.page(change.role, person, key, text))

    def _repeat(self, change: Repeat) -> None:
        """A page with a key of its own, for the first one rings no more."""
        _, key = change.leaves(self.now, self.ctx)
        person = self.now.seats[change.role].person
        text = issue_texts.page_text(self.now, change.role)
        self.world.services.pager.page(change.role, person, key, text)

    def _page_person(self, change: PagePerson) -> None:
        _, key = change.leaves(self.now, self.ctx)
        text = issue_texts.page_text(self.now, "")
        self.world.services.pager.page("", change.person, key, text)

    def _message_person(self, change: MessagePerson) -> None:
        text = issue_texts.needed_text(change, self.now, self.ctx, self.world.templates)
        key = f"{self.ctx.policy.project}{self.ref}:{change.of}"
        self.world.services.chat.tell(change.person, text, key)

    def _call_off(self, change: CallOff) -> None:
        off = {fact.what for fact in self.before.facts if fact.kind == "called off" and fact.role}
        keys = [key for key in paged_keys(self.now) if key.removesuffix(REPEATED) not in off]
        if change.role:
            keys = [key for key in keys if key.removesuffix(REPEATED) == change.last]
        text = issue_texts.called_off_text(self.now, change.role)
        self.world.services.pager.end(keys, text)

    def _announce(self, change: Announce) -> None:
        text = issue_texts.announcement_text(change, self.now, self.ctx, self.world.templates)
        _, what = change.leaves(self.now, self.ctx)
        key = f"{self.ctx.policy.project}{self.ref}:{what}"
        self._mark(change, by=self.world.services.chat.post(change.channel, text, key))

    def _announce_move(self, change: AnnounceMove) -> None:
        text = issue_texts.moved_text(self.now, self.ctx, self.world.templates)
        _, what = change.leaves(self.now, self.ctx)
        key = f"{self.ctx.policy.project}{self.ref}:{what}"
        self._mark(change, by=self.world.services.chat.post(change.channel, text, key))

    def _post_notice(self, change: PostNotice) -> None:
        text = issue_texts.notice_text(change, self.now, self.ctx, self.world.templates)
        _, what = change.leaves(self.now, self.ctx)
        key = f"{self.ctx.policy.project}{self.ref}:{what}"
        self._mark(change, by=self.world.services.chat.post(change.channel, text, key))

    def _reannounce(self, change: Reannounce) -> None:
        text = issue_texts.announcement(self.now, self.ctx, self.world.templates)
        key = f"{self.ctx.policy.project}{self.ref}:{change.channel}"
        made = self.now.found("announced", change.channel)
        self.world.services.chat.update(change.channel, text, key, made.by if made else "")

    def _publish(self, change: Publish) -> None:
        _, what = change.leaves(self.now, self.ctx)
        policy, can = self.ctx.policy, self.ctx.page
        notice = notice_of(self.now, what, change.broadcast, policy, can)
        shown, link = post_once(self.world.services.status_page, notice)
        known = shown_fact(self.now)
        if shown and (known is None or (known.what, known.by) != (shown, link)):
            fact = Fact("shown", self.ctx.now, by=link, what=shown)
            self.now = replace(self.now, facts=(*self.now.facts, fact))

    def _document(self, change: Document) -> None:
        paper = issue_texts.working_document(
            self.now, self.ctx, self.world.templates, change.template
        )
        url = self.world.services.documents.create(paper)
        self._mark(change, by=url)

    def _open(self, change: Open) -> None:
        draft = new_issues.opened_draft(self.now, change, self.ctx, self.world.templates)
        ref = long_text_writes.open_issue(self.world.tracker, draft)
        missed = self.world.tracker.unassigned(ref)
        self.report.findings += cannot_assign(missed, ref, self.now.confidential)
        self.report.opened[change.symbol] = ref
        self._opened(change, ref)

    def _open_after_work(self, change: OpenAfterWork) -> None:
        """By what its table of alerts knows; the incident gets its first pass in this run."""
        (issue,) = self.world.tracker.issues([self.ref])
        group = group_that_goes_on(table_of(issue, self.ctx.me), issue.title)
        marker = mark("after", {"for": self.ref})
        ref, _, _ = open_for_alerts(
            group,
            self.world.tracker,
            self.ctx.policy,
            self.world.templates,
            lambda body: f"{body.rstrip()}\n{marker}\n",
        )
        self.report.opened[change.symbol] = ref
        self.report.declared.append(ref)
        self._opened(change, ref)

    def _extend_timeline(self, change: ExtendTimeline) -> None:
        reviewed = self.reviewed
        if reviewed is not None:
            limit = self.world.tracker.can.body_limit
            body = body_that_goes_on(self.before, reviewed, change.until, self.ctx, limit)
            self.world.tracker.edit(self.ref, body=body)

    def _follow_severity(self) -> None:
        """After the comment that says it: what was not told would look as if it had been."""
        for change in self.changes:
            if isinstance(change, FollowSeverity):
                body = body_that_follows(self.before, change)
                self.world.tracker.edit(self.ref, body=body)

    def _link(self, change: Link) -> None:
        self.world.tracker.link(self.ref, change.other)
        self._opened(change, change.other)

    def _opened(self, change: Open | Link | OpenAfterWork, ref: str) -> None:
        self._mark(change, by=ref)
        _, what = change.leaves(self.now, self.ctx)
        self.now = replace(self.now, reviews={**self.now.reviews, what: ref})

    def _comment(self) -> None:
        notes = [change.note for change in self.changes if isinstance(change, Say)]
        if notes and not (self.shown and self.now.security_at):
            called, owed = long_text_writes.write_comments(notes, self.now, self.ctx, self.world)
            self.owed += owed
            self.now = replace(self.now, calls={**self.now.calls, **called})

    def _receipts(self) -> None:
        for change in self.changes:
            if isinstance(change, Receipt):
                self.world.tracker.receipt(self.ref, change.comment)

    def _write_card(self) -> None:
        due = any(isinstance(change, WriteCard) for change in self.changes)
        if due or (self.unassigned and self.keeps_card):
            self.now = self._with_room(self.now)
            self._put_card(self.now, card_digest(self.now, self.ctx))
        for second in self.before.card.seconds if due and self.before.card else ():
            self.world.tracker.edit_comment(self.ref, second, SECOND_CARD)


_EFFECTS: dict[type[Change], Callable[[OneIssue, Any], None]] = {
    Page: OneIssue._page,
    Repeat: OneIssue._repeat,
    PagePerson: OneIssue._page_person,
    MessagePerson: OneIssue._message_person,
    CallOff: OneIssue._call_off,
    Announce: OneIssue._announce,
    AnnounceMove: OneIssue._announce_move,
    PostNotice: OneIssue._post_notice,
    Reannounce: OneIssue._reannounce,
    Publish: OneIssue._publish,
    PublishMaintenance: OneIssue._publish,
    Document: OneIssue._document,
    Open: OneIssue._open,
    OpenAfterWork: OneIssue._open_after_work,
    ExtendTimeline: OneIssue._extend_timeline,
    Link: OneIssue._link,
    ShowSeverity: OneIssue._show_severity,
    Record: OneIssue._record,
}


def _update_of(changes: Sequence[Change], hides: bool) -> Update:
    """All of it in one write; ``hides``: it hides what is confidential."""
    closed = True if any(isinstance(c, Close) for c in changes) else None
    closed = False if any(isinstance(c, Reopen) for c in changes) else closed
    people = [change.people for change in changes if isinstance(change, Assign)]
    return Update(
        frozenset(change.label for change in changes if isinstance(change, Tag)),
        frozenset(change.label for change in changes if isinstance(change, Untag)),
        people[-1] if people else None,
        closed,
        True if hides and any(isinstance(c, Conceal) for c in changes) else None,
        next((parse_day(c.due) for c in changes if isinstance(c, FollowSeverity)), None),
    )


def _facts_written_ahead(
    now: Incident, known: Collection[Fact], outward: set[tuple[str, str]]
) -> Iterator[Fact]:
    """What the card knew, and what is about to leave the issue, marked *about to*. What was judged
    in this pass is not on the card yet: a comment may come with it, and the next pass would think
    that it was made."""
    for fact in now.facts:
        if (fact.kind, fact.what) in outward:
            yield replace(fact, done=False)
        elif fact in known or fact.kind in ("called", "engaged", "call ended"):
            yield fact
        elif fact.kind == "announced":  # what it says is about to change, not that it was made
            yield from (f for f in known if (f.kind, f.what) == (fact.kind, fact.what))
