"""What people and other systems did on issues, taken from their histories. Pure.

IMA's own acts are left out: each policy makes them anew. What was opened through IMA, by a person
or by an alert, is theirs; so is what alerts and the pager told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property

from automation.history.command_parsing import commands_in
from automation.model.facts import Fact
from automation.model.issue import Ack, Comment, Event, Issue, Reaction
from automation.reconcile.issue_reading import opening_marker
from automation.records import dataclass
from automation.stored_state.alert_marker import pager_events, pager_rows, table_comment
from automation.stored_state.card import facts_in_comments, read_card
from automation.text.escaping import marker_in, with_each_marker

_AFTERWARDS = 1_000_000_000_000  # behind all that happened on the tracker at the same time
_KEPT = ("<!-- ima:alerts ", "<!-- ima:history ")  # of IMA's comments: told by alerts, carried over


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that was done to an issue: it was opened, something happened to it, somebody wrote
    a comment or edited one (``again``), reacted to IMA's call or did something with its page, or
    wrote its description."""

    at: datetime
    order: int
    ref: str
    what: Issue | Event | Comment | Reaction | Ack | str
    again: bool = False  # the comment is there already


@dataclass(frozen=True)
class History:
    """A few issues that belong together, and what people did on them. It is lived more than once:
    what is found out about it is kept."""

    issues: tuple[Issue, ...]  # as they are now
    me: str

    @cached_property
    def facts(self) -> dict[str, list[Fact]]:
        """All that IMA remembers on each issue."""
        return {issue.ref: facts_of(issue, self.me) for issue in self.issues}

    @property
    def began(self) -> datetime:
        return min(issue.opened_at for issue in self.issues)

    @cached_property
    def opened(self) -> dict[tuple[str, str], Issue]:
        """What IMA opened for an issue, by its reference and what it is: what opens it anew gets
        the same number. Its own text says so, if people have left it there; so does the card."""
        known = {issue.ref: issue for issue in self.issues}
        made = {
            (issue.ref, fact.what): known[fact.by]
            for issue in self.issues
            for fact in self.facts[issue.ref]
            if fact.kind == "opened" and fact.done and fact.by in known
        }
        told = {opening_marker(issue, self.me): issue for issue in reversed(self.issues)}
        return made | {marker: issue for marker, issue in told.items() if marker}

    @cached_property
    def deeds(self) -> list[list[Deed]]:
        """All of them, those that no pass has come between together."""
        anew = {issue.ref for issue in self.opened.values() if _is_made_anew(issue, self.me)}
        found = sorted(
            (
                *(d for i in self.issues for d in _deeds_of(i, self, i.ref in anew)),
                *(Deed(ack.at, _AFTERWARDS, ref, ack) for ref, _, ack in self.answers),
            ),
            key=lambda deed: (deed.at, deed.order),
        )
        ours = {(each.at, each.order) for issue in self.issues for each in _acts_of(issue, self.me)}
        together: list[list[Deed]] = []
        for deed in found:
            before = together[-1][-1] if together else None
            if before and before.at == deed.at and not _between(ours, before, deed):
                together[-1].append(deed)
            else:
                together.append([deed])
        return together

    @cached_property
    def documents(self) -> dict[str, str]:
        """The addresses of working documents, by their issues."""
        return {
            issue.ref: fact.by
            for issue in self.issues
            for fact in self.facts[issue.ref]
            if fact.kind == "document" and fact.by
        }

    @cached_property
    def pages(self) -> dict[str, str]:
        """The issue of each page, by its key."""
        return {
            fact.what: issue.ref
            for issue in self.issues
            for fact in self.facts[issue.ref]
            if fact.kind in ("paged", "repeated")
        }

    @cached_property
    def answers(self) -> list[tuple[str, str, Ack]]:
        """What became of pages, as the cards remember it: the issue, the role, the answer."""
        return [
            (issue.ref, _role_of_page(fact), ack)
            for issue in self.issues
            for fact in self.facts[issue.ref]
            if (ack := _answer(fact))
        ]


def facts_of(issue: Issue, me: str) -> list[Fact]:
    """All that IMA remembers on the issue."""
    card = read_card(issue, me)
    return [*card.facts, *facts_in_comments(issue, me, card.facts)]


def _between(ours: Iterable[tuple[datetime, int]], one: Deed, other: Deed) -> bool:
    return any(at == one.at and one.order < order < other.order for at, order in ours)


def _acts_of(issue: Issue, me: str) -> Iterator[Event | Comment]:
    """IMA's own acts on the issue."""
    kept = {id(comment) for comment in issue.comments if _is_kept(comment)}
    yield from (event for event in issue.events if event.actor == me)
    yield from (c for c in issue.comments if c.author == me and id(c) not in kept)


def _is_kept(comment: Comment) -> bool:
    return any(mark in comment.body for mark in _KEPT)


def _deeds_of(issue: Issue, then: History, anew: bool) -> Iterator[Deed]:
    """``anew`` says that IMA opens the issue by itself, in each life."""
    ref, me, facts = issue.ref, then.me, then.facts[issue.ref]
    if not anew:
        yield Deed(issue.opened_at, -1, ref, _as_opened(issue, me, facts))
    for event in issue.events:
        if event.actor != me or (not anew and _put_on_at_opening(issue, event, me)):
            yield Deed(event.at, event.order, ref, event)
    edits = [e for e in issue.events if e.kind == "edited" and e.subject == "body"]
    if anew and (theirs := [e for e in edits if e.actor != me]):
        yield Deed(theirs[-1].at, theirs[-1].order, ref, issue.body)
    for comment in issue.comments:
        if comment.author != me:
            yield from _comment_and_edit(ref, comment, facts)
        elif _is_kept(comment):
            yield from _told(ref, comment, issue, me)
        for reaction in comment.reactions if comment.author == me else ():
            yield Deed(reaction.at, comment.order, ref, reaction)


def _is_made_anew(issue: Issue, me: str) -> bool:
    """Did IMA open it for an incident, and not for alerts that went on after planned work?"""
    return issue.author == me and marker_in("after", issue.body) is None


def _put_on_at_opening(issue: Issue, event: Event, me: str) -> bool:
    """Is it a label or a person that our account put on when it opened the issue for somebody?"""
    if event.at != issue.opened_at or issue.author != me:
        return False
    card = read_card(issue, me)
    if event.kind == "assigned":
        return event.subject not in {fact.who for fact in card.facts}
    return event.kind == "labelled" and event.subject not in card.labels_set


def _as_opened(issue: Issue, me: str, facts: Sequence[Fact]) -> Issue:
    """The issue as it was when it was opened, as far as its history tells."""
    labels, people = set(issue.labels), dict.fromkeys(issue.assignees)
    for event in reversed(issue.events):
        if event.kind == "labelled":
            labels.discard(event.subject)
        elif event.kind == "unlabelled":
            labels.add(event.subject)
        elif event.kind == "assigned":
            people.pop(event.subject, None)
        elif event.kind == "unassigned":
            people = {event.subject: None, **people}
    shut = any(fact.kind == "security" for fact in facts)  # then IMA may have hidden it
    made = {fact.by for fact in facts if fact.kind == "opened"}
    return replace(
        issue,
        updated_at=issue.opened_at,
        closed=False,
        labels=frozenset(labels),
        assignees=tuple(people),
        confidential=issue.confidential and not shut,
        locked=issue.locked and not shut,
        links=frozenset(issue.links - made),
        events=(),
        comments=(),
        distrusted=(),
        stale=False,
    )


def _comment_and_edit(ref: str, comment: Comment, facts: Iterable[Fact]) -> Iterator[Deed]:
    """Of an edited comment only the last text is known: it stood there from the start, unless a
    command came with the edit."""
    bare = replace(comment, edited_at=None, receipt=False, reactions=())
    edited = comment.edited_at
    known = {fact.of: fact.at for fact in facts if fact.of.startswith(f"{comment.id}/")}
    late = edited and any(
        known.get(command.of, edited) >= edited for command in commands_in(comment, ())
    )
    if not late or edited is None:
        yield Deed(comment.at, comment.order, ref, bare)
        return
    yield Deed(comment.at, comment.order, ref, replace(bare, body="", internal=""))
    yield Deed(edited, comment.order, ref, replace(bare, edited_at=edited), again=True)


def _told(ref: str, comment: Comment, issue: Issue, me: str) -> Iterator[Deed]:
    """What alerts and the pager told, as far as it was known at each time."""
    bare = replace(comment, edited_at=None)
    if comment is not table_comment(issue, me):
        yield Deed(comment.at, comment.order, ref, bare)
        return
    known = pager_events((marker_in("alerts", comment.body) or {}).get("pager"))
    last = comment.edited_at or comment.at
    times = {comment.at, last, *(event.at for event in known if event.at > comment.at)}

    def as_at(at: datetime) -> str:
        rows = pager_rows(tuple(event for event in known if event.at <= at))

        def then(kind: str, data: dict[str, object] | None) -> dict[str, object]:
            fires = at < last or bool(data and data.get("fires"))
            return {**(data or {}), **({"pager": rows, "fires": fires} if kind == "alerts" else {})}

        return with_each_marker(comment.body, then)

    for at in sorted(times):
        body = as_at(at)
        yield Deed(at, comment.order, ref, replace(bare, body=body), again=at > comment.at)


def _role_of_page(fact: Fact) -> str:
    """The role that the page was for which somebody answered; it may have given them another."""
    kind, _, key = fact.of.partition("/")
    return key.split(":")[-2] if kind in ("passed", "reassigned") and ":" in key else fact.role


def _answer(fact: Fact) -> Ack | None:
    """What somebody did with a page, as a fact on the card remembers it."""
    if fact.kind == "acknowledged":
        match fact.what:
            case "snoozed" | "resolved" as did:
                return Ack(fact.by, fact.at, did)
        return Ack(fact.who, fact.at)
    if fact.kind == "called" and fact.what == "pager":
        if fact.of.startswith("reassigned/"):
            return Ack(fact.who, fact.at, "reassigned")
        if fact.of.startswith("passed/"):
            return Ack(fact.who, fact.at, "passed")
    return None
