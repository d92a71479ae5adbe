"""``fold``: from an issue's history to the incident that it is. Only here acts are judged. Pure.

A left fold in the order of time over the tracker's events, people's comments, acknowledgements
and the facts on our card. What somebody did at 12:03 is judged by the facts of 12:03. Where a
fact names its cause (an event or a command), that cause is not judged again; so neither a changed
policy nor a changed shift rewrites the past.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

from automation.history import human_actions
from automation.history.command_judgement import judge_command, judge_remembered_command
from automation.history.command_parsing import Command, commands_in
from automation.history.issue_state import IssueState
from automation.history.opening_events import all_events, opener
from automation.history.outcome import incident_of, review_of
from automation.history.pager_events import judge_page, judge_pager_event
from automation.history.spelling import spelt_alike
from automation.history.typed_words import role_meant
from automation.model.alerts_seen import is_given_on
from automation.model.incident import Fact, Incident, Request
from automation.model.issue import Comment, Issue
from automation.policy.planning_input import Context
from automation.stored_state.alert_marker import alerts_seen
from automation.stored_state.card import VERSION, as_it_was_opened, facts_in_comments, read_card
from automation.stored_state.carried_history import History, with_carried_history
from automation.text.escaping import marker_in
from automation.times.moments import LONGEST

_CLOCK_SKEW = timedelta(minutes=1)  # by which two clocks may differ

_NEVER = datetime.max.replace(tzinfo=UTC)

# Places before everything else of the same time and rank.
_FIRST = -10
_PAGER_FIRST = -100  # and in the order in which the pager told it

# Something that happened: when; its rank among what happened at the same time (0: people and the
# tracker, 1: what IMA remembers, 2: the opening and the pager) and its place within the rank, the
# smaller first; and the function that judges it.
Step = tuple[datetime, int, float, Callable[[], None]]


def fold(issue: Issue, ctx: Context) -> Incident:
    """The incident that an issue is, once all of its history is judged; of any other issue, too."""
    issue, past = with_carried_history(issue, ctx.me)
    card = read_card(issue, ctx.me)
    card = past.joined(card) if past else card
    issue = as_it_was_opened(issue, card)
    issue, card = spelt_alike(issue, card, ctx.policy)
    state = IssueState(issue, past.context(ctx) if past else ctx, labels_set=card.labels_set)
    state.unseen_until = None if card.digest else _first_pass(issue, ctx)
    state.facts = [*card.facts, *facts_in_comments(issue, ctx.me, card.facts)]
    state.known = {fact.of: fact for fact in state.facts if fact.of}
    # What has a card is kept, even if `since` says otherwise by now; a fact says if it was adopted.
    state.adopted = bool(card.comment) and not any(f.kind == "adopted" for f in state.facts)
    upgraded = [ctx.now] if card.comment and card.version < VERSION else []
    state.calls_since = min((*upgraded, *_upgrades(state.facts)), default=None)
    _read_opening(state)
    steps = [*_steps(state), *(_carried_over(state, past, ctx) if past else ())]
    for *_, step in sorted(steps, key=lambda item: item[:3]):
        step()
    if state.active and card.comment and card.version < VERSION:
        state.remember(Fact("upgraded", ctx.now))
    return incident_of(state, card)


def _first_pass(issue: Issue, ctx: Context) -> datetime:
    """When a pass was here first, where its card was lost; in times to come where none was. Only a
    pass comments and sets the state."""
    meaning = ctx.policy.labels.meaning
    ours = (event for event in issue.events if event.actor == ctx.me and event.kind == "labelled")
    states = (event.at for event in ours if (meaning(event.subject) or ("", ""))[0] == "state")
    comments = (comment.at for comment in issue.comments if comment.author == ctx.me)
    return min((*states, *comments), default=_NEVER)


def _upgrades(facts: Iterable[Fact]) -> Iterator[datetime]:
    """When newer versions of IMA have taken the card over."""
    return (fact.at for fact in facts if fact.kind == "upgraded")


def _read_opening(state: IssueState) -> None:
    """What the issue was opened with: who declared it and what they asked for."""
    issue, ctx = state.issue, state.ctx
    state.review = review_of(state) is not None or any(
        ctx.policy.labels.meaning(label) == ("review", "") for label in issue.labels
    )
    declared = marker_in("declared", issue.body)
    if declared and (issue.author == ctx.me or ctx.member(issue.author)):
        state.origin = str(declared.get("origin", "declare"))
        wanted = declared.get("wanted")
        state.wanted = {k: v is True for k, v in wanted.items()} if isinstance(wanted, dict) else {}


def _steps(state: IssueState) -> Iterator[Step]:
    """Everything that happened, each with its place in time."""
    causes = set()
    for event in all_events(state):
        causes.add(event.id)
        yield event.at, 0, event.order, partial(human_actions.judge_event, state, event)
    yield from _reactions(state)
    for comment in state.issue.comments:
        if comment.author == state.ctx.me:
            continue
        yield comment.at, 0, comment.order, partial(_judge_comment, state, comment)
        for number, command in enumerate(commands_in(comment, state.known)):
            causes.add(command.of)
            place = comment.order + (number + 1) / 1000  # behind its comment, before the next
            yield command.at, 0, place, partial(_judge_typed_command, state, command, comment)
    yield from _facts_without_cause(state, causes)
    yield from _told_by_the_pager(state)
    if (fact := state.ctx.assessed.get(state.issue.ref)) and fact.of not in state.known:
        yield fact.at, 1, 0, partial(_take_severity_of_review, state, fact)
    if (ended := _written_down_afterwards(state)) and ended.of not in state.known:
        yield state.issue.opened_at, 1, 0, partial(state.write_down_afterwards, ended)
    for joined in state.ctx.joined.get(state.issue.ref, ()):
        if joined.of not in state.known:
            yield joined.at, 0, _FIRST, partial(_join_if_active, state, joined)
    for role, person in _declared_requests(state):
        yield state.issue.opened_at, 2, 0, partial(_request_declared_call, state, role, person)


def _reactions(state: IssueState) -> Iterator[Step]:
    """An emoji on a comment of ours that calls somebody counts as an act of whoever set it
    (P-03)."""
    for comment in state.issue.comments:
        for each in comment.reactions if comment.author == state.ctx.me else ():
            yield each.at, 0, comment.order, partial(state.acts_now, each.who, each.at)


def _carried_over(state: IssueState, past: History, ctx: Context) -> Iterator[Step]:
    """The moment when the issue was carried over by `ima replay`: from then on what happens is
    judged by this project's policy and people."""
    state.adopted = past.tracked
    at, order = past.carried_at
    yield at, 0, order, partial(setattr, state, "ctx", ctx)


def _told_by_the_pager(state: IssueState) -> Iterator[Step]:
    """What the pager told of its own incidents; what is older than the issue counts from its
    opening."""
    for number, told in enumerate(alerts_seen(state.issue, state.ctx.me).pager):
        at = max(told.at, state.issue.opened_at)
        yield at, 2, _PAGER_FIRST + number, partial(judge_pager_event, state, told)


def _facts_without_cause(state: IssueState, causes: set[str]) -> Iterator[Step]:
    """Facts of the card whose cause the tracker does not show: they are IMA's own, or it was
    deleted."""
    for number, fact in enumerate(list(state.facts)):
        if fact.of.partition("@")[0] in causes:
            continue
        do = judge_remembered_command if fact.kind == "command" else IssueState.apply
        if fact.kind == "joined":  # it explains whom IMA assigned in the same second
            yield fact.at, 0, _FIRST, partial(do, state, fact)
        else:
            yield fact.at, 1, number, partial(do, state, fact)
        if fact.kind in ("paged", "repeated") and not is_given_on(fact.what):
            for ack in state.ctx.acks.get(fact.what, ()):
                yield ack.at, 0, _FIRST, partial(judge_page, state, fact, ack)


def _declared_requests(state: IssueState) -> Iterator[tuple[str, str]]:
    """Roles that the declarer asked to page, with the person if one was named."""
    declared = marker_in("declared", state.issue.body) or {}
    for role in state.ctx.policy.chain:
        if state.wanted.get(f"page:{role}") and role != state.ctx.policy.chain[0]:
            yield role, str(declared.get(role) or "")


def _join_if_active(state: IssueState, fact: Fact) -> None:
    if state.active:
        state.join(fact)


def _written_down_afterwards(state: IssueState) -> Fact | None:
    """The begin and end of an incident that was declared when it was over (`ima declare --from
    --to`)."""
    declared = marker_in("declared", state.issue.body) or {}
    opened, by = state.issue.opened_at, opener(state) or ""
    if not (state.issue.author == state.ctx.me or state.ctx.member(state.issue.author)):
        return None
    try:
        start, end = (datetime.fromisoformat(declared[key]) for key in ("from", "to"))
        if not opened - LONGEST < start < end <= opened + _CLOCK_SKEW:
            return None
    except (KeyError, TypeError, ValueError):
        return None
    of, until = "opened/happened", end.isoformat()
    return Fact("happened", opened, by=by, of=of, what=start.isoformat(), until=until)


def _request_declared_call(state: IssueState, role: str, person: str) -> None:
    of = f"opened/{role}"
    by_member = state.issue.author == state.ctx.me or state.ctx.member(state.issue.author)
    named = person if by_member and state.ctx.takes_part(person) else ""
    person = named or state.ctx.on_call.at(role, state.issue.opened_at) or ""
    if of not in state.known and state.active and person and role not in state.seats:
        by, at = opener(state) or "", state.issue.opened_at
        state.requests.append(
            Request("engage", by, of, role=role, person=person, at=at, how="declared")
        )


def _take_severity_of_review(state: IssueState, fact: Fact) -> None:
    """Take over the severity that the incident's review chose, unless it stands so already
    (P-37)."""
    stands = state.families["severity"].stands()
    value = state.assessed.what if state.assessed else stands.value if stands else ""
    if state.tracked and value != fact.what:
        state.assess(fact)


def _judge_comment(state: IssueState, comment: Comment) -> None:
    if not _only_stands_down(state, comment):
        state.acts_now(comment.author, comment.at)
    state.touch(comment.author, comment.at)
    if comment.author:
        state.heard[comment.author] = comment.at


def _only_stands_down(state: IssueState, comment: Comment) -> bool:
    """Does somebody only give back the role that they are called for? Then they have not come
    (P-03)."""
    given = commands_in(comment, state.known)
    return bool(given) and all(_own_stand_down(state, command) for command in given)


def _own_stand_down(state: IssueState, command: Command) -> bool:
    role = role_meant(command, state.ctx.policy.words)
    seat = state.seats.get(role) if role else None
    return command.name == "stand-down" and seat is not None and seat.person == command.by


def _judge_typed_command(state: IssueState, command: Command, comment: Comment) -> None:
    if command.at < state.ctx.since:
        return
    if command.is_behind_words and not state.ctx.takes_part(command.by):
        return  # talk of people who can do nothing here
    new = comment.receipt is None and command.of not in state.known
    edited_in = command.at > comment.at
    if edited_in and not _own_stand_down(state, command):
        state.acts_now(command.by, command.at)
    done = judge_command(state, command)
    if done and state.ctx.can.receipts and (new or comment.receipt is False):
        state.receipts.setdefault(command.comment, command.typed)
