"""The writes of one pass on one issue: first what is about to leave it, then the rest, then the
card."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Any

from automation.alerts.alert_payload import key_of_pagerduty
from automation.alerts.alert_table import group_that_goes_on, table_of
from automation.changes.announce_move import AnnounceMove
from automation.changes.announcement import Reannounce, as_it_was_said, still_says_before
from automation.changes.call_off import CallOff, pages_made
from automation.changes.comments import Message, Receipt, Say, WriteCard
from automation.changes.cover_words import CoverWords
from automation.changes.follow_severity import FollowSeverity
from automation.changes.hush import Hush
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
from automation.changes.service_calls import (
    Announce,
    Document,
    Link,
    Open,
    OutsideEffect,
    Page,
    Repeat,
)
from automation.changes.thread_news import CLOSED, ThreadNews, news_digest, with_thread
from automation.errors import IssueLocked, ServiceError
from automation.model import secrecy
from automation.model.engagement import REPEATED
from automation.model.facts import THREAD, UNREAD
from automation.model.incident import HAVE_CARDS, Fact, Incident, unassignable
from automation.model.issue import Happened, Update
from automation.model.replacing import replace
from automation.model.secrecy import without_names
from automation.model.status_page import shown_fact
from automation.planning.finding import Finding
from automation.planning.gone_issues import begun_outside
from automation.planning.locked_issues import effects_made
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
from automation.services import Unchangeable, WokeNobody
from automation.services.post_once import post_once
from automation.stored_state.card import SECOND_CARD
from automation.text.escaping import mark
from automation.writing import issue_texts, new_issues
from automation.writing.review_goes_on import body_with_later_rows
from automation.writing.severity_followed import body_that_follows
from automation.writing.timeline import short_line


class IssueWrites:
    """The writes of one pass on one issue: its ``changes`` in the plan."""

    def __init__(
        self, plan: Plan, ref: str, changes: Sequence[Change], world: World, report: Report
    ) -> None:
        self.ctx: Context = plan.before.ctx
        self.ref = ref
        self.changes = tuple(changes)
        self.before = plan.before.incidents[ref]
        self.now: Incident = plan.world[ref]
        self.reviewed = plan.world.get(self.now.review_of)
        self.world = world
        self.report = report
        self.failed: list[Change] = []
        self.owed = [*self.before.owed]  # messages that comments have promised
        self.unassigned = False
        self.seen_by_all = self.ctx.can.locks  # the issue is neither confidential nor moved away
        self.card = self.before.card.comment if self.before.card else ""
        self.keeps_card = self.now.kind in HAVE_CARDS and self.now.tracked
        self.locked = False  # nothing can be said on the issue
        self.active = plan.before.stored.active  # rows of the dashboard
        self.read = plan.before.incidents
        self.made = effects_made(plan.before.stored.findings, ref)  # while it was locked

    def apply(self) -> None:
        """Write all that the plan says of this issue, in the order of docs/architecture.md."""
        self._say(self._write_ahead)
        self._write_update()
        for change in self.changes:
            if type(change) in _EFFECTS:
                self._try_effect(change)
        self._conceal_last()
        self._say(self._write_comment)
        self._follow_severity()
        self._say(self._receipts)
        self._say(self._write_card)
        owing = replace(self.now, owed=tuple(self.owed))
        self.failed += send(self.changes, owing, self.ctx, self.world, self.report)
        if self.locked:
            self.report.locked[self.ref] = self.made
            self.report.unfinished.add(self.ref)
            self.failed += (c for c in self.changes if isinstance(c, _SAID))
        elif any(isinstance(change, OutsideEffect) for change in self.failed):
            self.report.fell_short[self.ref] = self.now
        self.report.outside[self.ref] = begun_outside(self.now)
        failed = {id(change) for change in self.failed}  # two that are alike may end otherwise
        self.report.done += (change for change in self.changes if id(change) not in failed)

    def _say(self, write: Callable[[], None]) -> None:
        """Write where people read it, unless the issue is locked and we may not unlock it."""
        try:
            if not self.locked:
                write()
        except IssueLocked:
            self.locked = True

    def _write_ahead(self) -> None:
        """Say *about to* on the card, for what would be lost or doubled if the job were killed
        after doing it."""
        outside = {
            c.fact_key(self.now, self.ctx) for c in self.changes if isinstance(c, OutsideEffect)
        }
        if not outside or not self.keeps_card:
            return
        known = self.before.card.facts if self.before.card else frozenset()
        facts = tuple(_facts_written_ahead(self.now, known, outside))
        ahead = replace(self.now, facts=facts, said=self.before.said, reviews=self.before.reviews)
        ahead = self._put_card(ahead, issue_texts.ABOUT_TO)
        self.now = replace(self.now, facts_off_card=ahead.facts_off_card)

    @property
    def _is_bare(self) -> bool:
        """May everybody read the issue, though it is a security incident? Then its card says
        nothing more."""
        return self.now.security_at is not None and self.seen_by_all

    def _put_card(self, incident: Incident, digest: str = "") -> Incident:
        """Write the card of the incident; returns it with what had no room there."""
        put = incident, self.ctx, self.world, self._is_bare, digest
        incident, body = long_text_writes.card_that_fits(*put)
        if self.card:
            self.world.tracker.edit_comment(self.ref, self.card, body)
        else:
            self.card = self.world.tracker.comment(self.ref, body)
            self.report.cards[self.ref] = self.card
        return incident

    def _write_update(self) -> None:
        update = _update_for(self.changes, hides=not self.seen_by_all)
        if not self.seen_by_all:
            self._conceal(self._opened_to_conceal())
        if update:
            self.world.tracker.update(self.ref, update)
            self._note_unassigned(update.assignees)

    def _opened_to_conceal(self) -> list[str]:
        """The issues that were opened from this one and must be hidden with it."""
        concealed = (change for change in self.changes if isinstance(change, Conceal))
        return [other for change in concealed for other in change.also]

    def _conceal_last(self) -> None:
        """Hide the issue itself where the tracker has no confidential issues. That comes last,
        because the issue may be moved away by it."""
        if not self.seen_by_all or not any(isinstance(c, Conceal) for c in self.changes):
            return
        try:
            self.seen_by_all = not (
                self._conceal([*self._opened_to_conceal(), self.ref]) and self.ctx.can.moves
            )
        except ServiceError as error:
            self.report.failures.append(without_names(error, self.now))
            self.report.unfinished.add(self.ref)

    def _conceal(self, refs: Iterable[str]) -> bool:
        """Hide issues. Was it done as well as the tracker can?"""
        hidden = True
        for ref in refs:
            self.world.tracker.update(ref, Update(confidential=True))
            if why := self.world.tracker.exposed(ref):
                self.report.findings.append(not_hidden_finding(ref, why))
                hidden = False
        return hidden

    def _note_unassigned(self, people: tuple[str, ...] | None) -> None:
        """Report whom the tracker did not assign: a person must mend that. The card remembers it,
        so that it is neither tried nor told again."""
        missed = self.world.tracker.unassigned(self.ref)
        self.report.findings += cannot_assign(missed, self.ref, self.now.confidential)
        self.unassigned = bool(missed)
        said = self.now.said | {unassignable(login) for login in missed}
        self.now = replace(self.now, said=said)
        if missed and people is not None and set(people) <= {*missed}:
            self.failed += [change for change in self.changes if isinstance(change, Assign)]

    def _try_effect(self, change: Change) -> None:
        """Make an effect outside the issue. A service that fails blocks nothing else: the step
        stays *about to*, and the next pass tries again."""
        effect = isinstance(change, OutsideEffect) and change.fact_key(self.now, self.ctx)
        if effect in self.made:
            self.failed.append(change)  # it was made by an earlier pass
            return
        try:
            _EFFECTS[type(change)](self, change)
            self.made |= {effect} if effect else set()
        except ServiceError as error:
            self.report.failures.append(without_names(error, self.now))
            self.report.unfinished.add(self.ref)
            self.failed.append(change)
            if isinstance(change, OutsideEffect):
                self._change_fact(change, done=False)
            if isinstance(change, Open):
                self._forget_opening(change)
            elif isinstance(change, Reannounce):
                self.now = still_says_before(self.now, self.before, change.channel)

    def _forget_opening(self, change: Open) -> None:
        """Nothing was opened, so no comment may tell of it."""
        reviews = {what: ref for what, ref in self.now.reviews.items() if what != change.what}
        told = f"opened:{change.what}"
        self.now = replace(self.now, reviews=reviews, said=self.now.said - {told})
        self.changes = tuple(
            c for c in self.changes if not (isinstance(c, Say) and c.note.key == told)
        )

    def _change_fact(self, change: OutsideEffect, **values: Any) -> None:
        """Change the values of the fact by which the card remembers an effect."""
        key = change.fact_key(self.now, self.ctx)
        facts = tuple(
            replace(fact, **values) if (fact.kind, fact.what) == key else fact
            for fact in self.now.facts
        )
        self.now = replace(self.now, facts=facts)

    def _show_severity(self, change: ShowSeverity) -> None:
        self.world.tracker.show_severity(self.ref, change.native)

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

    def _page(self, change: Page | Repeat) -> None:
        """Page for a role. Once more has a key of its own: under the first one the pager wakes
        nobody again."""
        self._wake(change, change.role, self.now.seats[change.role].person)

    def _page_person(self, change: PagePerson) -> None:
        self._wake(change, "", change.person)

    def _wake(self, change: Page | Repeat | PagePerson, role: str, person: str) -> None:
        """Page somebody. Where the page was made and wakes nobody, that is remembered: the next
        pass of this run goes on to whoever can be woken."""
        _, key = change.fact_key(self.now, self.ctx)
        text = issue_texts.page_text(self.now, role, self.ctx.policy.words)
        try:
            number = self.world.services.pager.page(role, person, key, text)
        except WokeNobody as error:
            number = error.page
            unheard = Fact("unheard", self.ctx.now, role, person, what=key)
            self.now = replace(self.now, facts=(*self.now.facts, unheard))
            self.report.unheard.append(self.ref)
            self.report.unfinished.add(self.ref)
            self.failed.append(change)
        self._change_fact(change, text=number)

    def _message_person(self, change: MessagePerson) -> None:
        text = issue_texts.needed_text(change, self.now, self.ctx, self.world.templates)
        key = f"{self.ctx.policy.project}{self.ref}:{change.of}"
        self.world.services.chat.tell(change.person, text, key)

    def _call_off(self, change: CallOff) -> None:
        off = {fact.what for fact in self.before.facts if fact.kind == "called off" and fact.role}
        pages = {
            key: number
            for key, number in pages_made(self.now).items()
            if (call := key.removesuffix(REPEATED)) not in off
            and (not change.role or call == change.last)
        }
        text = issue_texts.called_off_text(self.now, change.role, self.ctx.policy.words)
        self.world.services.pager.end(pages, text, self._is_known_to_another)

    def _hush(self, change: Hush) -> None:
        made, again = pages_made(self.now), f"{change.page}{REPEATED}"
        pages = {key: made[key] for key in (change.page, again) if key in made}
        self.world.services.pager.hush(pages, self._is_known_to_another)

    def _is_known_to_another(self, number: str) -> bool:
        """Does another active incident know this incident of the pager's own? The row of a
        confidential one does not say: it may, as long as nobody has read it."""
        key = key_of_pagerduty(number)
        for ref, row in self.active.items():
            other = self.read.get(ref)
            known = other.alerts_seen.keys if other else row.get("alert", "").split()
            unknown = other is None and row.get("title") == secrecy.TITLE
            if ref != self.ref and (unknown or key in known):
                return True
        return False

    def _announce(self, change: Announce) -> None:
        text = issue_texts.announcement_text(change, self.now, self.ctx, self.world.templates)
        _, what = change.fact_key(self.now, self.ctx)
        key = f"{self.ctx.policy.project}{self.ref}:{what}"
        where = self.world.services.chat.post(change.channel, text, key)
        self._change_fact(change, by=where if self.ctx.policy.has_readers else UNREAD)
        if self.ctx.policy.chat.thread and not change.about:
            news, now = news_digest(self.now), self.ctx.now
            self.now = with_thread(self.now, change.channel, news, now)

    def _thread_news(self, change: ThreadNews) -> None:
        """A thread that takes no replies is told of once, and then left alone."""
        text = issue_texts.news_text(self.now, self.ctx, self.world.templates)
        about = f"{self.ctx.policy.project}{self.ref}:{change.channel}"
        told = self.now.found(THREAD, change.channel)
        key = f"{about}:{told.text}:{told.at.isoformat()}" if told else about
        announced = self.now.found("announced", change.channel)
        at = announced.by if announced else ""
        try:
            self.world.services.chat.reply(change.channel, at, text, key, about)
        except Unchangeable as why:
            self._change_fact(change, text=CLOSED)
            self._report_for_good(f"the thread in {change.channel} takes no more news", why)

    def _report_for_good(self, what: str, why: Unchangeable) -> None:
        """Say once what can never be done, with what a person can do instead."""
        said = without_names(why, self.now)
        text = f"{self.ref}: {what} ({said.problem}): {said.remedy}"
        self.report.findings.append(Finding(text, self.ref, lasting=False))

    def _announce_move(self, change: AnnounceMove) -> None:
        text = issue_texts.moved_text(self.now, self.ctx, self.world.templates)
        _, what = change.fact_key(self.now, self.ctx)
        key = f"{self.ctx.policy.project}{self.ref}:{what}"
        self._change_fact(change, by=self.world.services.chat.post(change.channel, text, key))

    def _post_notice(self, change: PostNotice) -> None:
        text = issue_texts.notice_text(change, self.now, self.ctx, self.world.templates)
        _, what = change.fact_key(self.now, self.ctx)
        key = f"{self.ctx.policy.project}{self.ref}:{what}"
        self._change_fact(change, by=self.world.services.chat.post(change.channel, text, key))

    def _reannounce(self, change: Reannounce) -> None:
        text = issue_texts.announcement(self.now, self.ctx, self.world.templates, change.channel)
        key = f"{self.ctx.policy.project}{self.ref}:{change.channel}"
        made = self.now.found("announced", change.channel)
        try:
            self.world.services.chat.update(change.channel, text, key, made.by if made else "")
        except Unchangeable as why:
            self.now = as_it_was_said(self.now, change.channel)
            what = f"the announcement in {change.channel} stays as it is"
            self._report_for_good(what, why)

    def _cover(self, change: CoverWords) -> None:
        """Leave the bare reference in place of what was said (P-16), or say that it stays there."""
        chat, channel = self.world.services.chat, change.channel
        told = self.now.found("announced", change.told)
        at, of = told.by if told else "", f"{self.ctx.policy.project}{self.ref}:{change.told}"
        try:
            if change.thread:
                text = issue_texts.news_text(self.now, self.ctx, self.world.templates)
                chat.change_replies(channel, at, text, of)
            else:
                text = issue_texts.moved_text(self.now, self.ctx, self.world.templates)
                chat.update(channel, text, of, at)
        except Unchangeable as why:
            where = "below the announcement in" if change.thread else "in"
            self._report_for_good(f"what was said {where} {channel} stays there", why)

    def _publish(self, change: Publish) -> None:
        _, what = change.fact_key(self.now, self.ctx)
        policy, can = self.ctx.policy, self.ctx.page_can
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
        self._change_fact(change, by=url)

    def _open(self, change: Open) -> None:
        draft = new_issues.opened_draft(self.now, change, self.ctx, self.world.templates)
        ref = long_text_writes.open_issue(self.world.tracker, draft)
        missed = self.world.tracker.unassigned(ref)
        self.report.findings += cannot_assign(missed, ref, self.now.confidential)
        self.report.opened[change.symbol] = ref
        self._note_opened(change, ref)

    def _open_after_work(self, change: OpenAfterWork) -> None:
        """Open an incident for the alerts that planned work has listed and that still fire. It gets
        its first pass in this run."""
        (issue,) = self.world.tracker.issues([self.ref])
        group = group_that_goes_on(table_of(issue, self.ctx.me), issue.title, self.ctx.policy)
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
        self._note_opened(change, ref)

    def _extend_timeline(self, change: ExtendTimeline) -> None:
        reviewed = self.reviewed
        if reviewed is not None:
            limit = self.world.tracker.can.body_limit
            body = body_with_later_rows(self.before, reviewed, change.until, self.ctx, limit)
            self.world.tracker.edit(self.ref, body=body)

    def _follow_severity(self) -> None:
        """Change the text of a review or action after the comment that tells people: else a killed
        pass would leave it untold."""
        for change in self.changes:
            if isinstance(change, FollowSeverity):
                body = body_that_follows(self.before, change)
                self.world.tracker.edit(self.ref, body=body)

    def _link(self, change: Link) -> None:
        self.world.tracker.link(self.ref, change.other)
        self._note_opened(change, change.other)

    def _note_opened(self, change: Open | Link | OpenAfterWork, ref: str) -> None:
        """Note on the card the reference of what was opened."""
        self._change_fact(change, by=ref)
        _, what = change.fact_key(self.now, self.ctx)
        self.now = replace(self.now, reviews={**self.now.reviews, what: ref})

    def _write_comment(self) -> None:
        notes = [change.note for change in self.changes if isinstance(change, Say)]
        if notes and not (self.seen_by_all and self.now.security_at):
            called, owed = long_text_writes.write_comments(notes, self.now, self.ctx, self.world)
            self.owed += owed
            self.now = replace(self.now, call_comments={**self.now.call_comments, **called})

    def _receipts(self) -> None:
        for change in self.changes:
            if isinstance(change, Receipt):
                self.world.tracker.receipt(self.ref, change.comment)

    def _write_card(self) -> None:
        due = any(isinstance(change, WriteCard) for change in self.changes)
        if due or (self.unassigned and self.keeps_card):
            self.now = self._put_card(self.now)
        for second in self.before.card.second_cards if due and self.before.card else ():
            self.world.tracker.edit_comment(self.ref, second, SECOND_CARD)


_SAID = (Say, Receipt, WriteCard, Message)  # on the issue; the message is promised there

_EFFECTS: dict[type[Change], Callable[[IssueWrites, Any], None]] = {
    Page: IssueWrites._page,
    Repeat: IssueWrites._page,
    PagePerson: IssueWrites._page_person,
    MessagePerson: IssueWrites._message_person,
    CallOff: IssueWrites._call_off,
    Hush: IssueWrites._hush,
    Announce: IssueWrites._announce,
    AnnounceMove: IssueWrites._announce_move,
    PostNotice: IssueWrites._post_notice,
    ThreadNews: IssueWrites._thread_news,
    Reannounce: IssueWrites._reannounce,
    CoverWords: IssueWrites._cover,
    Publish: IssueWrites._publish,
    PublishMaintenance: IssueWrites._publish,
    Document: IssueWrites._document,
    Open: IssueWrites._open,
    OpenAfterWork: IssueWrites._open_after_work,
    ExtendTimeline: IssueWrites._extend_timeline,
    Link: IssueWrites._link,
    ShowSeverity: IssueWrites._show_severity,
    Record: IssueWrites._record,
}


def _update_for(changes: Sequence[Change], hides: bool) -> Update:
    """The changes of labels, assignees, state and due date, for one write; ``hides`` says that it
    also makes the issue confidential."""
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
    now: Incident, known: Collection[Fact], to_write_ahead: set[tuple[str, str]]
) -> Iterator[Fact]:
    """The facts that the card knows, and those of effects, marked *about to*. What this pass has
    judged is not among them: a comment may come with it, and the next pass would think that it was
    written."""
    for fact in now.facts:
        if (fact.kind, fact.what) in to_write_ahead:
            yield replace(fact, done=False)
        elif fact in known or fact.kind in ("called", "engaged", "call ended"):
            yield fact
        elif fact.kind == "announced":  # what it says is about to change, not that it was made
            yield from (f for f in known if (f.kind, f.what) == (fact.kind, fact.what))
