"""One spelling for one person: forges take a login in any case, and so do policies and people. On
an issue it is spelt as in the policy, else as the card has it already. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from automation.model.facts import Fact
from automation.model.issue import Comment, Event, Issue
from automation.policy.policy import Policy
from automation.stored_state.card import CardText

_OF_PEOPLE = ("assigned", "unassigned")  # events whose subject is a login


def spelt_alike(issue: Issue, card: CardText, policy: Policy) -> tuple[Issue, CardText]:
    """The issue and its card with one spelling of each login; the same objects where they have
    it."""
    on_card = [name for fact in card.facts for name in (fact.who, fact.by) if name]
    remembered = {name.casefold(): policy.spelling(name) for name in on_card}
    spelt = {
        name: remembered.get(name.casefold()) or policy.spelling(name)
        for name in {*_names_on(issue), *on_card}
    }
    if all(name == right for name, right in spelt.items()):
        return issue, card

    def alike(name: str) -> str:
        return spelt.get(name, name)

    facts = tuple(_fact(fact, alike) for fact in card.facts)
    off_card = frozenset(_fact(fact, alike) for fact in card.facts_off_card)
    return _issue(issue, alike), replace(card, facts=facts, facts_off_card=off_card)


def _names_on(issue: Issue) -> Iterator[str]:
    yield from filter(None, (issue.author, *issue.assignees))
    for event in issue.events:
        if event.actor:
            yield event.actor
        if event.kind in _OF_PEOPLE:
            yield event.subject
    for comment in issue.comments:
        if comment.author:
            yield comment.author
        yield from (reaction.who for reaction in comment.reactions)


def _issue(issue: Issue, alike: Callable[[str], str]) -> Issue:
    def event(each: Event) -> Event:
        subject = alike(each.subject) if each.kind in _OF_PEOPLE else each.subject
        return replace(each, actor=each.actor and alike(each.actor), subject=subject)

    def comment(each: Comment) -> Comment:
        reactions = tuple(replace(one, who=alike(one.who)) for one in each.reactions)
        return replace(each, author=each.author and alike(each.author), reactions=reactions)

    return replace(
        issue,
        author=issue.author and alike(issue.author),
        assignees=tuple(map(alike, issue.assignees)),
        events=tuple(map(event, issue.events)),
        comments=tuple(map(comment, issue.comments)),
    )


def _fact(fact: Fact, alike: Callable[[str], str]) -> Fact:
    return replace(fact, who=alike(fact.who), by=alike(fact.by))
