"""What holds whatever the policy says: one owner, one label a family, resolved ⇔ closed. Pure.

Also what people asked for by command, and what they must be told. Proposals only, as a rule's:
the planner drops those that hold already.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from automation.changes.announce_move import AnnounceMove
from automation.changes.announcement import Reannounce
from automation.changes.call_off import CallOff, pages_made
from automation.changes.comments import Receipt, Say
from automation.changes.cover_words import CoverWords, told_too_much
from automation.changes.hush import pages_to_hush
from automation.changes.incident_record import record
from automation.changes.issue_changes import (
    Assign,
    Call,
    Change,
    Close,
    Reopen,
    ShowSeverity,
    Tag,
    Untag,
)
from automation.changes.need import calls_of_needed_people
from automation.changes.publish import Publish
from automation.changes.review_timeline import ExtendTimeline
from automation.changes.service_calls import (
    Link,
    Open,
    nobody_is_paged,
    paged_by_the_pager,
    pages_out,
)
from automation.changes.thread_news import ThreadNews
from automation.model.facts import ACTION, is_action
from automation.model.incident import Incident, Note, Request, unassignable
from automation.model.issue import OPERATIONAL, RESOLVED, WITHDRAWN
from automation.model.label_choices import FAMILIES
from automation.model.publicity import is_public, posts
from automation.model.replacing import replace
from automation.planning.calls import calls_off, told_when_empty
from automation.planning.drills import drill_changes
from automation.planning.maintenance import maintenance_changes
from automation.planning.security_incidents import STAYS_INSIDE, hide, hide_what_follows
from automation.planning.severity_followed import follow_severity, severity_chosen
from automation.planning.status_page_drift import tell_unknown_services
from automation.policy import ownership
from automation.policy.due_dates import action_due
from automation.policy.planning_input import Context
from automation.rules import rules_of
from automation.rules.announce import channels_that_follow
from automation.rules.review import ReviewRule

ONE_OWNER = {"rule": "one-owner", "why": "The assignees follow the ownership. (P-02)"}
ONE_LABEL = {"rule": "one-label", "why": "One label of each family, no other. (P-11, P-20, P-25)"}
THE_END = {"rule": "resolved-is-closed", "why": "Resolved and closed are the same. (P-24)"}
LET_GO = {"rule": "let-go", "why": "It is no incident: what was begun outside ends. (P-58)"}
NEAR_MISS = {"rule": "near-miss-owner", "why": "Who noticed it owns it. (P-39)"}
ASKED = {"rule": "commands", "why": "Somebody asked for it on the issue."}
ANNOUNCED = {"rule": "announcements", "why": "What was announced is kept true. (P-34)"}
CAME_BACK = {"rule": "review-goes-on", "why": "A review tells all of it. (P-51)"}
OPENED_TWICE = {"rule": "opened-twice", "why": "What IMA opens is there once. (P-49)"}
TOLD = {"rule": "told-once", "why": "Somebody must know. (P-49)"}


def requested_changes(incident: Incident, ctx: Context) -> Iterator[Change]:
    """What people asked for, before any rule proposes anything."""
    for nth, request in enumerate(incident.requests):
        if request.what == "engage":
            yield Call(
                ref=incident.ref,
                role=request.role,
                person=request.person,
                page=True,
                how=request.how,
                by=request.by,
                of=request.of,
                since=request.at,
                anew=False,
                **ASKED,
            )
        elif request.what == "publish":
            yield _requested_publish(incident, request, ctx)
        elif request.what == "action":
            yield _requested_action(incident, request, ctx, nth)


def _requested_publish(incident: Incident, request: Request, ctx: Context) -> Change:
    """Publish a person's words, with state and status as they are now (P-30)."""
    severity = ctx.policy.severities.get(incident.grade)
    return Publish(
        ref=incident.ref,
        state=incident.state_now,
        status=incident.status_to_act_by,
        text=request.text,
        services=tuple(sorted(incident.services)),
        broadcast=severity.broadcast if severity else (),
        by=request.by,
        of=request.of,
        **ASKED,
    )


def _requested_action(incident: Incident, request: Request, ctx: Context, nth: int = 0) -> Open:
    """Open a corrective action, due by the severity from the time when somebody asked for it
    (P-38)."""
    severity = incident.severity.value if incident.severity else ""
    since = request.at or ctx.now
    return Open(
        ref=incident.ref,
        what=ACTION + request.of,
        template="action.md.j2",
        assignee=request.person,
        severity=severity,
        of=request.of,
        due=str(action_due(ctx.policy, severity, since) or ""),
        since=since.isoformat(),
        title=request.text,
        by=request.by,
        nth=nth,
        **ASKED,
    )


def invariant_changes(incident: Incident, ctx: Context) -> Iterator[Change]:
    """What must hold of the issue whatever the rules have proposed."""
    if incident.kind == "incident" and incident.tracked:
        yield from hide(incident, ctx)
        yield from _keep_labels(incident, ctx)
        yield from _close_or_reopen(incident)
        yield from _assign_people(incident, ctx)
        yield from _call_paged(incident, ctx)
        yield from calls_of_needed_people(incident, ctx)
        yield from _call_off_pages(incident, ctx)
        yield from told_when_empty(incident, ctx)
        yield from _keep_announcements_true(incident, ctx)
        yield from _ask_to_confirm(incident, ctx)
        yield from tell_unknown_services(incident, ctx)
        yield from record(incident, ctx)
    if incident.kind == "incident" and incident.let_go:
        yield from _call_off_pages(incident, ctx)
        yield from _withdraw_from_public(incident, ctx)
        yield from _keep_announcements_true(incident, ctx)
    if incident.kind == "review" and incident.tracked:
        yield from _reopen_review(incident)
        if incident.reviewed_moved_at and not incident.closed:
            yield ExtendTimeline(ref=incident.ref, until=incident.reviewed_moved_at, **CAME_BACK)
        yield from _assign_near_miss_author(incident, ctx)
    if incident.kind in ("review", "action") and incident.tracked:
        yield from _keep_severity_of_review(incident, ctx)
    yield from _close_second(incident)
    yield from drill_changes(incident, ctx)
    yield from maintenance_changes(incident, ctx)
    yield from hide_what_follows(incident, ctx)
    yield from _tell_of_opened(incident, ctx)
    for note in incident.notes:
        yield Say(ref=incident.ref, note=note, **TOLD)
    for comment, typed in incident.receipts:
        yield Receipt(ref=incident.ref, comment=comment, typed=typed, **ASKED)


def _close_second(incident: Incident) -> Iterator[Change]:
    """Close what was opened a second time, for its first answer was lost and a list lagged. People
    who have begun there keep it."""
    key = f"second:{incident.second_of}"
    told = key in incident.said  # whoever opens it again may keep it
    if incident.second_of and not told and not incident.closed and incident.touched_at is None:
        note = Note(key, "second", (("first", incident.second_of),))
        yield Say(ref=incident.ref, note=note, **OPENED_TWICE)
        yield Close(ref=incident.ref, **OPENED_TWICE)


def _keep_announcements_true(incident: Incident, ctx: Context) -> Iterator[Change]:
    """Bring announcements up to date, and tell channels that want it of each move (P-34)."""
    for channel in channels_that_follow(rules_of(ctx.policy), ctx):
        yield AnnounceMove(ref=incident.ref, channel=channel, **ANNOUNCED)
    if ctx.policy.chat.thread and not incident.let_go:
        follow = {*channels_that_follow(rules_of(ctx.policy), ctx)}
        for fact in incident.facts:
            if fact.kind == "announced" and ":" not in fact.what and fact.what not in follow:
                yield ThreadNews(ref=incident.ref, channel=fact.what, **ANNOUNCED)
    for fact in incident.facts:
        if fact.kind == "announced" and fact.done and fact.text:
            yield Reannounce(ref=incident.ref, channel=fact.what, **ANNOUNCED)
    for told, thread in told_too_much(incident, ctx):
        yield CoverWords(ref=incident.ref, told=told, thread=thread, **STAYS_INSIDE)


def _keep_labels(incident: Incident, ctx: Context) -> Iterator[Change]:
    """Make the labels of each family the one that holds. On a tracker that does not tell upper from
    lower case, another spelling is the same label, and stays where the right one is missing."""
    wanted = {ctx.policy.labels.name("incident"), *_labels_that_hold(incident, ctx)}
    families: Sequence[str] = FAMILIES
    if incident.left and incident.left.what == "unlabelled":
        wanted.remove(ctx.policy.labels.name("incident"))
    if incident.left and incident.left.what == "labelled":
        wanted.remove(ctx.policy.labels.name("state", incident.state_now))
        families = tuple(family for family in FAMILIES if family != "state")
    yield from _replace_labels(wanted, families, incident, ctx)
    if incident.active and incident.severity:
        severity = incident.severity.value
        native = ctx.policy.common_word(severity)
        yield ShowSeverity(ref=incident.ref, severity=severity, native=native, **ONE_LABEL)


def _keep_severity_of_review(incident: Incident, ctx: Context) -> Iterator[Change]:
    """Of a review or a corrective action: keep one severity, and the due date that goes with it."""
    chosen = severity_chosen(incident, ctx)
    if chosen and (incident.kind == "review" or chosen is incident.follows):
        wanted = {ctx.policy.labels.name("severity", chosen.value)}
        yield from _replace_labels(wanted, ("severity",), incident, ctx)
    if not incident.closed:
        yield from follow_severity(incident, ctx)


def _reopen_review(review: Incident) -> Iterator[Change]:
    """Open a review again that was closed before its incident came back (P-51)."""
    form, returned = review.form, review.reviewed_returned_at
    if not (form and form.closed_at and returned and returned > form.closed_at):
        return
    if review.closed:
        yield Reopen(ref=review.ref, **CAME_BACK)
    if review.closed or form.opened_again:
        whom = next(iter(review.assignees), "")
        values = (("whom", whom), ("incident", review.review_of or "the incident"))
        note = Note(f"returned:{returned.isoformat()}", "review_returned", values)
        yield Say(ref=review.ref, note=note, **CAME_BACK)


def _assign_near_miss_author(incident: Incident, ctx: Context) -> Iterator[Change]:
    """Assign the review of a near miss to whoever opened it by hand (P-39)."""
    form, author = incident.form, incident.author
    unowned = form is not None and form.near_miss and form.unowned and not incident.closed
    ours = author in (None, ctx.me)
    if (
        unowned
        and author
        and not ours
        and ctx.member(author)
        and _may_be_assigned(author, incident)
    ):
        yield Assign(ref=incident.ref, people=(author,), **NEAR_MISS)


def _replace_labels(
    wanted: set[str], families: Sequence[str], incident: Incident, ctx: Context
) -> Iterator[Change]:
    """Take off all labels of the families but those that are wanted, and put on those that are
    missing."""
    labels = ctx.policy.labels
    there = {labels.meaning(label) for label in incident.labels}
    for label in sorted(incident.labels - wanted):
        meaning = labels.meaning(label)
        if (
            meaning
            and meaning[0] in families
            and not _stands_for_missing(label, incident, wanted, ctx)
        ):
            yield Untag(ref=incident.ref, label=label, **ONE_LABEL)
    for label in sorted(wanted - incident.labels):
        if labels.meaning(label) not in there:
            yield Tag(ref=incident.ref, label=label, **ONE_LABEL)


def _stands_for_missing(label: str, incident: Incident, wanted: set[str], ctx: Context) -> bool:
    """Is it another spelling of a wanted label that the issue does not have?"""
    meaning = ctx.policy.labels.meaning(label)
    right = next((name for name in wanted if ctx.policy.labels.meaning(name) == meaning), None)
    return right is not None and right not in incident.labels


def _labels_that_hold(incident: Incident, ctx: Context) -> Iterator[str]:
    """The names of the labels that stand for what holds of the incident."""
    if incident.severity:
        yield ctx.policy.labels.name("severity", incident.severity.value)
    if incident.drill:
        yield ctx.policy.labels.name("drill")
    if incident.security_at:
        yield ctx.policy.labels.name("security")
    yield ctx.policy.labels.name("state", incident.state_now)
    yield ctx.policy.labels.name("status", incident.status_now)


def _close_or_reopen(incident: Incident) -> Iterator[Change]:
    if incident.resolution:
        yield Close(ref=incident.ref, **THE_END)
    elif not (incident.left and incident.left.what == "closed"):
        yield Reopen(ref=incident.ref, **THE_END)


def _assign_people(incident: Incident, ctx: Context) -> Iterator[Change]:
    """Assign the owner, the others with a role, and those who help (P-02)."""
    if not incident.active or incident.owner is None or incident.contested_seat:
        return
    wanted = ownership.assignees(ctx.policy, incident.seats, incident.extras, ctx.can.one_assignee)
    people = tuple(login for login in wanted if _may_be_assigned(login, incident))
    if people:
        yield Assign(ref=incident.ref, people=people, **ONE_OWNER)


def _may_be_assigned(login: str, incident: Incident) -> bool:
    """May we try to assign this person? Not where the tracker has refused it once, unless a person
    has assigned them since."""
    return unassignable(login) not in incident.said or login.casefold() in {
        there.casefold() for there in incident.assignees
    }


def _call_paged(incident: Incident, ctx: Context) -> Iterator[Change]:
    """One comment that calls those who are paged, with what they need to know (P-15, P-44). It does
    not wait for a page that the limits hold back."""
    paged = {fact.what for fact in pages_out(incident)}
    for seat in incident.seats.values():
        key = f"{ctx.policy.project}{incident.ref}:{seat.role}:{seat.nth}"
        asked = seat.wants_page and seat.here_at is None
        before = incident.former.get(seat.role)
        knows = before is not None and before.person == seat.person
        by_itself = seat.here_at is None and paged_by_the_pager(incident, seat)
        exercise = seat.here_at is None and nobody_is_paged(incident, ctx)
        if (key in paged or asked or by_itself or exercise) and not knows:
            kinds = ("called", "engaged", "call ended")  # a lost card is built again from these
            calls = [f for f in incident.facts if f.kind in kinds and f.role == seat.role]
            note = Note(f"called:{key}", "called", (("role", seat.role.upper()),), tuple(calls))
            yield Say(ref=incident.ref, note=note, **TOLD)


def _ask_to_confirm(incident: Incident, ctx: Context) -> Iterator[Change]:
    """Where an incident ended whose severity no member has confirmed, so that no review is opened,
    tell who ended it."""
    chosen, end = incident.severity, incident.resolution
    if chosen is None or chosen.confirmed or end is None or not ctx.member(end.by):
        return
    as_if = replace(incident, severity=replace(chosen, confirmed=True))
    reviews = [rule for rule in rules_of(ctx.policy) if isinstance(rule, ReviewRule)]
    opens = [rule for rule in reviews if rule.reason(as_if, ctx) is None]
    if opens and all(rule.reason(incident, ctx) for rule in opens):
        values = {"whom": end.by or "", "severity": chosen.value, "by": chosen.by or ""}
        note = Note("unconfirmed", "unconfirmed", tuple(values.items()))
        yield Say(ref=incident.ref, note=note, **TOLD)


def _call_off_pages(incident: Incident, ctx: Context) -> Iterator[Change]:
    """Call off the pages of an incident that is over (P-24), and those of calls that have ended
    (P-12)."""
    if not incident.resolution:
        yield from calls_off(incident)
        yield from pages_to_hush(incident, ctx)
        return
    off = {fact.what for fact in incident.facts if fact.kind == "called off" and fact.role}
    if keys := [key for key in pages_made(incident) if key not in off]:
        yield CallOff(ref=incident.ref, last=keys[-1], **THE_END)


def _withdraw_from_public(incident: Incident, ctx: Context) -> Iterator[Change]:
    """Tell users, with the policy's sentence, that what they read of it is over (P-58)."""
    if is_public(incident) and not posts(incident)[-1].final:
        yield Publish(
            ref=incident.ref,
            state=RESOLVED,
            status=OPERATIONAL,
            text=ctx.policy.sentences.get(WITHDRAWN, WITHDRAWN),
            services=tuple(sorted(incident.services)),
            rule=LET_GO["rule"],
            why=LET_GO["why"],
        )


def _tell_of_opened(incident: Incident, ctx: Context) -> Iterator[Change]:
    """Tell of corrective actions and reviews of near misses that were opened; link what a killed
    pass opened."""
    for what, ref in incident.reviews.items():
        fact = incident.found("opened", what)
        if fact is None or not fact.done:
            yield _link_opened(incident, what, ref, ctx)
        if what == "near miss" or is_action(what):
            template = "action_opened" if is_action(what) else "near_miss_opened"
            note = Note(f"opened:{what}", template, (("what", what),))
            yield Say(ref=incident.ref, note=note, **TOLD)


def _link_opened(incident: Incident, what: str, ref: str, ctx: Context) -> Link:
    """Link what a killed pass has opened, with the values that it would have had."""
    if is_action(what):
        asked = next((r for r in incident.requests if ACTION + r.of == what), None)
        planned = _requested_action(incident, asked, ctx) if asked else None
        due, assignee = (planned.due, planned.assignee) if planned else ("", "")
        of = what.removeprefix(ACTION)
        return Link(
            ref=incident.ref, what=what, other=ref, of=of, assignee=assignee, due=due, **ASKED
        )
    fact = incident.found("opened", what)
    request = incident.asked("near miss" if what == "near miss" else "review")
    of = fact.of if fact else request.of if request else ""
    return Link(ref=incident.ref, what=what, other=ref, of=of, **ASKED)
