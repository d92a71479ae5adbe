"""What happened to an incident when, in words, from what the tracker and the card know. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from automation.history.step_times import length_in_words
from automation.model.engagement import BY_COMMENT
from automation.model.facts import is_action
from automation.model.incident import Choice, Fact, Incident
from automation.model.publicity import posts
from automation.model.team_words import TeamWords
from automation.policy.policy import Policy
from automation.records import dataclass


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened. ``subject`` tells it from others of its ``kind`` at the same time;
    the words may change when somebody gets another login."""

    at: datetime
    kind: str
    what: str  # in words; some are those of people
    subject: str = ""
    ours: bool = False  # IMA did it by itself: the story of the incident goes without it


def steps(incident: Incident, policy: Policy) -> list[Step]:
    """What happened, in the order of time, in the words of the team."""
    return sorted(_steps(incident, policy), key=lambda step: step.at)


def has_woken(page: Fact, policy: Policy) -> bool:
    """Was somebody woken by the page, or called by a comment only?"""
    return page.text != BY_COMMENT and policy.wakes(page.role)


def _steps(incident: Incident, policy: Policy) -> Iterator[Step]:
    words = policy.words
    yield Step(incident.opened_at, "opened", f"opened by {incident.author or '?'}")
    if (began := incident.declared_at) and began != incident.opened_at:
        what = "it began" if incident.found("happened") else "declared an incident"
        yield Step(began, "declared", what)
    for name, choice in (("severity", incident.severity), ("status", incident.status),
                         ("state", incident.state)):  # fmt: skip
        yield from _chosen(name, choice, words)
    pages = [fact for fact in incident.facts if fact.kind in ("paged", "repeated")]
    woken = any(has_woken(page, policy) for page in pages)
    for fact in incident.facts:
        if fact.kind == "called off" and not woken:
            continue  # there was none
        in_words = _IN_WORDS.get(fact.kind) if fact.done else None
        if in_words and (text := in_words(_for_people(fact, words))):
            if fact in pages and not has_woken(fact, policy):
                text += ", by a comment only"
            subject, ours = f"{fact.role}/{fact.what}", fact.kind in _OURS
            yield Step(fact.at, fact.kind, text, subject, ours)
    for post in posts(incident):
        by = f" by {post.by}" if post.by else ""
        stands = f"{words.state(post.state)}, {words.status(post.status)}"
        what = f"published{by} ({stands}): {post.text}"
        yield Step(post.at, "published", what, post.text, not post.by)
    if incident.resolution and not any(f.kind in _ENDS for f in incident.facts):
        end = incident.resolution
        yield Step(end.at, "resolved", f"resolved by {end.by or '?'}")


def _for_people(fact: Fact, words: TeamWords) -> Fact:
    """The fact with the role and the state that it names as people read them."""
    role = fact.role
    if fact.kind == "announced" and fact.what.count(":") >= 3:  # what a rule with `about` tells
        role = fact.what.split(":")[1]
    what = words.state(fact.what) if fact.kind == "reopened" else fact.what
    shown = words.role(role) if role else ""
    if fact.kind == "tell next":
        shown = words.called(next(iter(words.roles), ""), "engineer on call")
    return replace(fact, role=shown, what=what)


def _chosen(family: str, choice: Choice | None, words: TeamWords) -> Iterator[Step]:
    """The values that people have chosen."""
    while choice is not None:
        if choice.by is not None and not choice.anew:  # a reopening has a row of its own
            step = f": {choice.note}" if choice.note else ""
            value = words.value(family, choice.value)
            yield Step(choice.at, family, f"{family} {value} by {choice.by}{step}", choice.value)
        choice = choice.before


def _called(fact: Fact) -> str:
    by = f" ({fact.by})" if fact.by else ""
    return f"{fact.who} called as {fact.role}{by}"


def _engaged(fact: Fact) -> str:
    """An acknowledged page is told as such."""
    acknowledged = fact.what == "acknowledged"
    return "" if acknowledged else f"{fact.who} is here as {fact.role}"


def _called_off(fact: Fact) -> str:
    of = f" of the {fact.role}" if fact.role else "s"
    return f"the page{of} {'was' if fact.role else 'were'} called off"


def _with_role(fact: Fact, what: str) -> str:
    return f"{what} as {fact.role}" if fact.role else what


def _acknowledged(fact: Fact) -> str:
    """What somebody did with a page; who only snoozed or resolved it has not come."""
    did = fact.what if fact.what in ("snoozed", "resolved") else "acknowledged"
    return _with_role(fact, f"{fact.who or fact.by or 'somebody'} {did} the page")


def _announced(fact: Fact) -> str:
    match fact.what.split(":", 3):
        case ["moved" | "notice", *_]:  # of what was announced before
            return ""
        case [_, _, _, channel]:  # by a rule with `about`
            return f"told {channel} who comes as {fact.role}"
    return f"announced in {fact.what}"


def _with_reason(fact: Fact, what: str) -> str:
    return f"{what}: {fact.text}" if fact.text else what


def _late(fact: Fact) -> str:
    seconds = int(fact.text) if fact.text.isdecimal() else 0
    return f"{fact.what} came {length_in_words(timedelta(seconds=seconds))} late"


def _reopened(fact: Fact) -> str:
    return _with_reason(
        fact, f"reopened by {fact.by or '?'}" + (f", {fact.what}" if fact.what else "")
    )


def _resolved(fact: Fact) -> str:
    return f"resolved by {fact.by or '?'}" + (f": {fact.what}" if fact.what else "")


def _moved(fact: Fact) -> str:
    until = f" to {fact.ends:%Y-%m-%d %H:%M} UTC" if fact.ends else ""
    return f"{fact.by} moved the next public update{until}"


def _opened(fact: Fact) -> str:
    return f"corrective action {fact.by} opened" if is_action(fact.what) else ""


_ENDS = ("resolved", "contested")
_OURS = ("paged", "repeated", "announced", "called off", "document", "late")
_IN_WORDS: Mapping[str, Callable[[Fact], str]] = {
    "called": _called,
    "engaged": _engaged,
    "handed": lambda f: f"{f.by} handed {f.role} over to {f.who}",
    "stood down": lambda f: f"{f.role} stood down by {f.by}",
    "paged": lambda f: _with_role(f, f"{f.who} paged"),
    "repeated": lambda f: f"{f.who} paged once more as {f.role}",
    "acknowledged": _acknowledged,
    "unheard": lambda f: _with_role(f, f"{f.who} was not woken: the page began as acknowledged"),
    "called off": _called_off,
    "announced": _announced,
    "resolved": _resolved,
    "contested": lambda f: f"closed by {f.by or '?'}, not confirmed by the owner",
    "left": lambda f: f"{f.what} a third time by {f.by or '?'}; it ends when the owner says so",
    "reopened": _reopened,
    "happened": lambda f: f"written down by {f.by or '?'}, when it was over",
    "undone": lambda f: f"{f.who or '?'} tried to resolve; undone",
    "security": lambda f: f"flagged as a security incident by {f.by or '?'}",
    "needed": lambda f: _with_reason(f, f"{f.by} needed {f.who}"),
    "waived": lambda f: _with_reason(f, f"{f.by} waived {f.what}"),
    "withheld": lambda f: _with_reason(f, f"{f.by} withheld it from the status page"),
    "assessed": lambda f: f"the review came to severity {f.what}, by {f.by}",
    "late": _late,
    "next update": _moved,
    "opened": _opened,
    "adopted": lambda f: f"taken on by {f.by or '?'}",
    "tell next": lambda f: f"{f.by} left for the next {f.role}: {f.text}",
    "document": lambda f: f"working document: {f.by}",
}
