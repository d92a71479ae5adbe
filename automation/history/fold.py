"""``fold``: from an issue's history to what it means. The only judge of acts and commands. Pure.

A left fold in the order of time over the tracker's events, people's comments, acknowledgements
and the facts on our card. What somebody did at 12:03 is judged by the facts of 12:03. A fact
that names its cause stands in for judging that cause again; so neither a changed policy nor a
changed shift rewrites the past.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial

from automation.history import human_actions
from automation.history.command_judgement import judge_command, judge_remembered_command
from automation.history.command_parsing import Command, commands_in
from automation.history.issue_state import IssueState
from automation.history.opening_events import all_events, opener
from automation.history.outcome import incident_of, review_of
from automation.history.pager_events import judge_page, judge_pager_event
from automation.model.alerts_seen import is_given_on
from automation.model.incident import Fact, Incident, Request
from automation.model.issue import Comment, Issue
from automation.policy.planning_input import Context
from automation.stored_state.alert_marker import alerts_seen
from automation.stored_state.card import VERSION, facts_in_comments, read_card
from automation.stored_state.carried_history import History, with_carried_history
from automation.text.escaping import marker_in
from automation.times.moments import LONGEST

_SECONDS = timedelta(minutes=1)  # by which clocks may differ
Step = tuple[datetime, int, float, Callable[[], None]]


def fold(issue: Issue, ctx: Context) -> Incident:
    """Judge the history of one issue."""
    issue, past = with_carried_history(issue, ctx.me)
    card = read_card(issue, ctx.me)
    card = past.joined(card) if past else card
    case = IssueState(issue, past.context(ctx) if past else ctx, wrote=card.wrote)
    case.new = not (card.comment or _seen_by_us(issue, ctx))
    case.facts = [*card.facts, *facts_in_comments(issue, ctx.me, card.facts)]
    case.known = {fact.of: fact for fact in case.facts if fact.of}
    # What has a card was kept, whatever `since` says by now; unless it was kept by adoption only.
    case.adopted = bool(card.comment) and not any(f.kind == "adopted" for f in case.facts)
    upgraded = [ctx.now] if card.comment and card.version < VERSION else []
    case.calls_since = min((*upgraded, *_upgrades(case.facts)), default=None)
    _opening(case)
    steps = [*_steps(case), *(_since(case, past, ctx) if past else ())]
    for *_, step in sorted(steps, key=lambda item: item[:3]):
        step()
    if case.active and card.comment and card.version < VERSION:
        case.remember(Fact("upgraded", ctx.now))
    return incident_of(case, card)


def _seen_by_us(issue: Issue, ctx: Context) -> bool:
    """Has a pass been here, though its card is lost? Only a pass comments and sets the state."""
    meaning = ctx.policy.labels.meaning
    ours = (event for event in issue.events if event.actor == ctx.me and event.kind == "labelled")
    states = ((meaning(event.subject) or ("", ""))[0] == "state" for event in ours)
    return any(states) or any(comment.author == ctx.me for comment in issue.comments)


def _upgrades(facts: Iterable[Fact]) -> Iterator[datetime]:
    return (fact.at for fact in facts if fact.kind == "upgraded")


def _opening(case: IssueState) -> None:
    """What the issue was opened with: who declared it and what they asked for."""
    issue, ctx = case.issue, case.ctx
    case.review = review_of(case) is not None or any(
        ctx.policy.labels.meaning(label) == ("review", "") for label in issue.labels
    )
    declared = marker_in("declared", issue.body)
    if declared and (issue.author == ctx.me or ctx.member(issue.author)):
        case.origin = str(declared.get("origin", "declare"))
        wanted = declared.get("wanted")
        case.wanted = {k: v is True for k, v in wanted.items()} if isinstance(wanted, dict) else {}


def _steps(case: IssueState) -> Iterator[Step]:
    """Everything that happened, each with its place in time."""
    causes = set()
    for event in all_events(case):
        causes.add(event.id)
        yield event.at, 0, event.order, partial(human_actions.judge_event, case, event)
    yield from _reactions(case)
    for comment in case.issue.comments:
        if comment.author == case.ctx.me:
            continue
        yield comment.at, 0, comment.order, partial(_spoke, case, comment)
        for number, order in enumerate(commands_in(comment, case.known)):
            causes.add(order.of)
            place = comment.order + (number + 1) / 1000
            yield order.at, 0, place, partial(_order, case, order, comment)
    yield from _memories(case, causes)
    yield from _told_by_the_pager(case)
    if (fact := case.ctx.assessed.get(case.issue.ref)) and fact.of not in case.known:
        yield fact.at, 1, 0, partial(_assessed, case, fact)
    if (over := _written_down(case)) and over.of not in case.known:
        yield case.issue.opened_at, 1, 0, partial(case.happened, over)
    for joined in case.ctx.joined.get(case.issue.ref, ()):
        if joined.of not in case.known:
            yield joined.at, 0, -10, partial(_joined, case, joined)
    for role, person in _declared_requests(case):
        yield case.issue.opened_at, 2, 0, partial(_request, case, role, person)


def _reactions(case: IssueState) -> Iterator[Step]:
    """An emoji on what calls somebody is an act of theirs (P-03)."""
    for comment in case.issue.comments:
        for each in comment.reactions if comment.author == case.ctx.me else ():
            yield each.at, 0, comment.order, partial(case.acts_now, each.who, each.at)


def _since(case: IssueState, past: History, ctx: Context) -> Iterator[Step]:
    """From the moment when it was carried over, acts are judged as here."""
    case.adopted = past.tracked
    at, order = past.place
    yield at, 0, order, partial(setattr, case, "ctx", ctx)


def _told_by_the_pager(case: IssueState) -> Iterator[Step]:
    """Of incidents of its own; what came before the issue was opened counts from then on."""
    for number, told in enumerate(alerts_seen(case.issue, case.ctx.me).pager):
        at = max(told.at, case.issue.opened_at)
        yield at, 2, -100 + number, partial(judge_pager_event, case, told)


def _memories(case: IssueState, causes: set[str]) -> Iterator[Step]:
    """Facts whose cause is not among what the tracker shows: ours, or since deleted."""
    for number, fact in enumerate(list(case.facts)):
        if fact.of.partition("@")[0] in causes:
            continue
        do = judge_remembered_command if fact.kind == "command" else IssueState.apply
        first = fact.kind == "joined"  # it explains whom we assigned in the same second
        yield fact.at, 0 if first else 1, -10 if first else number, partial(do, case, fact)
        if fact.kind in ("paged", "repeated") and not is_given_on(fact.what):
            for ack in case.ctx.acks.get(fact.what, ()):
                yield ack.at, 0, -10, partial(judge_page, case, fact, ack)


def _declared_requests(case: IssueState) -> Iterator[tuple[str, str]]:
    """Roles that the declarer asked to page, with the person if one was named."""
    declared = marker_in("declared", case.issue.body) or {}
    for role in case.ctx.policy.chain:
        if case.wanted.get(f"page:{role}") and role != case.ctx.policy.chain[0]:
            yield role, str(declared.get(role) or "")


def _joined(case: IssueState, fact: Fact) -> None:
    if case.active:
        case.join(fact)


def _written_down(case: IssueState) -> Fact | None:
    """It was over when it was declared, from when to when its declarer says."""
    declared = marker_in("declared", case.issue.body) or {}
    opened, by = case.issue.opened_at, opener(case) or ""
    if not (case.issue.author == case.ctx.me or case.ctx.member(case.issue.author)):
        return None
    try:
        start, end = (datetime.fromisoformat(declared[key]) for key in ("from", "to"))
        if not opened - LONGEST < start < end <= opened + _SECONDS:
            return None
    except (KeyError, TypeError, ValueError):
        return None
    of, until = "opened/happened", end.isoformat()
    return Fact("happened", opened, by=by, of=of, what=start.isoformat(), until=until)


def _request(case: IssueState, role: str, person: str) -> None:
    of = f"opened/{role}"
    by_member = case.issue.author == case.ctx.me or case.ctx.member(case.issue.author)
    named = person if by_member and case.ctx.takes_part(person) else ""
    person = named or case.ctx.on_call.at(role, case.issue.opened_at) or ""
    if of not in case.known and case.active and person and role not in case.seats:
        by, at = opener(case) or "", case.issue.opened_at
        case.requests.append(
            Request("engage", by, of, role=role, person=person, at=at, how="declared")
        )


def _assessed(case: IssueState, fact: Fact) -> None:
    """What its review came to, unless that is how it stands (P-37)."""
    stands = case.families["severity"].stands()
    value = case.assessed.what if case.assessed else stands.value if stands else ""
    if case.tracked and value != fact.what:
        case.assess(fact)


def _spoke(case: IssueState, comment: Comment) -> None:
    if not _only_stands_down(case, comment):
        case.acts_now(comment.author, comment.at)
    case.touch(comment.author, comment.at)
    if comment.author:
        case.heard[comment.author] = comment.at


def _only_stands_down(case: IssueState, comment: Comment) -> bool:
    """Somebody who gives back what they are called for has not come (P-03)."""
    given = commands_in(comment, case.known)
    return bool(given) and all(_own_stand_down(case, order) for order in given)


def _own_stand_down(case: IssueState, order: Command) -> bool:
    seat = case.seats.get(order.words[0].lower()) if order.words else None
    return order.name == "stand-down" and seat is not None and seat.person == order.by


def _order(case: IssueState, order: Command, comment: Comment) -> None:
    if order.at < case.ctx.since:
        return
    if order.is_behind_words and not case.ctx.takes_part(order.by):
        return  # talk of people who can do nothing here
    new = comment.receipt is None and order.of not in case.known
    if case.ctx.can.receipts and (new or comment.receipt is False):
        case.receipts.setdefault(order.comment, order.typed)
    if order.at > comment.at and not _own_stand_down(case, order):  # typed in later
        case.acts_now(order.by, order.at)
    judge_command(case, order)
