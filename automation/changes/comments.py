"""Changes that only tell: comments, receipts, the card. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from automation.changes.issue_changes import Change
from automation.model.incident import CardRead, Incident, Note, PromisedMessage
from automation.model.replacing import replace
from automation.model.team_words import COMMON, TeamWords
from automation.policy.planning_input import Context
from automation.records import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Say(Change):
    """Tell people something, once."""

    note: Note

    kind: ClassVar[str] = "say"
    order: ClassVar[int] = 9

    def after(self, incident: Incident, ctx: Context) -> Incident:
        if self.note.key in incident.said or incident.silent:
            return incident
        owed = tuple(PromisedMessage(self.note.key, person) for person in self.note.tell)
        return replace(incident, said=incident.said | {self.note.key}, owed=(*incident.owed, *owed))

    def describe(self, words: TeamWords = COMMON) -> str:
        values = dict(self.note.values)
        values |= {name: words.shown(values[name]) for name in _KEYS & values.keys()}
        text = _TOLD.get(self.note.template, "comment: {template}")
        return text.format_map(_Values(values, template=self.note.template))

    def subject(self) -> str:
        return self.note.key


_KEYS = {"role", "then", "status", "value"}  # values of a note that are keys, not people's words


class _Values(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "?"


_TOLD = {  # what a comment is about, in a plan
    "called": "comment: call the {role}",
    "refused": "comment: {typed} was refused",
    "undone": "comment: {who} may not resolve it",
    "too_early": "comment: {who} resolved it too early",
    "back": "comment: ask the owner whether it is back, as {who} says",
    "joined": "comment: {ref} is the same outage",
    "returned": "comment: tell {whom} that it came back",
    "review_returned": "comment: tell @{whom} that the incident came back",
    "severity_followed": "comment: tell @{whom} that it is {severity} now",
    "contested": "comment: ask the owner about what {who} did",
    "seat_undone": "comment: {who} may not assign {whom}",
    "security_stays": "comment: no label takes back what `/ima security` says",
    "kept": "comment: {whom} still holds a role",
    "handover": "comment: tell @{whom} what is going on",
    "operational": "comment: what is resolved has no other status",
    "second": "comment: {first} was opened for the same before",
    "together": "comment: {stands} stands, not {others}",
    "unanswered": "comment: tell @{whom} that {who} does not come",
    "have_it": "comment: ask @{whom} whether they have it",
    "nobody": "comment: nobody is on call",
    "nobody_on_call": "comment: tell @{whom} that nobody is on call",
    "worse": "comment: the alerts get worse",
    "help": "comment: help",
    "help_severity": "comment: what the severities mean",
    "explain": "comment: explain the rules",
    "unconfirmed": "comment: ask @{whom} to confirm {severity}",
    "ask_severity": "comment: ask @{whom} for the severity",
    "ask_review": "comment: remind @{whom} of the review",
    "ask_publish": "comment: ask @{whom} what to tell the public",
    "ask_status": "comment: ask @{whom} what users notice",
    "ask_update_unanswered": "comment: tell @{whom} that users wait, and {asked} does not answer",
    "ask_step": "comment: ask @{whom} for the agreed step",
    "tell_stay": "comment: ask @{whom} to stay online",
    "tell_here": "comment: tell @{whom} that somebody is at it",
    "ask_update": "comment: remind @{whom} of the public's next update",
    "chase": "comment: tell @{whom} that {who} has not answered",
    "page_parts": "comment: tell @{whom} what the status page cannot follow",
    "public_before": "comment: tell @{whom} what the public knows already",
    "propose": "comment: propose {family} {value}",
    "ask_action": "comment: remind @{whom} of the corrective action",
    "ask_actions": "comment: ask @{whom} for corrective actions",
    "near_miss_opened": "comment: where the review is",
    "action_opened": "comment: where the corrective action is",
    "gate": "comment: what is missing",
    "maintenance_asks": "comment: ask @{whom} to have the planned work confirmed",
    "drill_asks": "comment: ask @{whom} whether it is a drill",
    "maintenance_goes_on": "comment: only a member ends the planned work",
    "maintenance_ends": "comment: tell @{whom} that the planned work ends",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Message(Change):
    """Tell a person by the chat what a comment tells them, once: the comment owes it."""

    note: Note
    person: str

    kind: ClassVar[str] = "message"
    order: ClassVar[int] = 12  # the comment comes first, and says that it is about to be sent
    limit: ClassVar[str] = "posts"

    def after(self, incident: Incident, ctx: Context) -> Incident:
        rest = tuple(owed for owed in incident.owed if not self.pays(owed))
        if rest == incident.owed or incident.silent:
            return incident
        return replace(incident, owed=rest)

    def pays(self, owed: PromisedMessage) -> bool:
        """Is it the message that the comment has promised as ``owed``?"""
        return (owed.key, owed.person) == (self.note.key, self.person)

    def describe(self, words: TeamWords = COMMON) -> str:
        return f"message @{self.person}: the same"

    def subject(self) -> str:
        return f"{self.note.key} {self.person}"


def comment_and_messages(say: Say) -> Iterator[Change]:
    """The comment, and a message for each person whom the chat tells the same."""
    yield say
    for person in say.note.tell:
        yield Message(ref=say.ref, rule=say.rule, why=say.why, note=say.note, person=person)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt(Change):
    """React to a comment with commands, so that people see that it was read."""

    comment: str
    typed: str

    kind: ClassVar[str] = "receipt"
    order: ClassVar[int] = 10

    def after(self, incident: Incident, ctx: Context) -> Incident:
        rest = tuple(waiting for waiting in incident.receipts if waiting[0] != self.comment)
        if rest == incident.receipts:
            return incident
        return replace(incident, receipts=rest)

    def describe(self, words: TeamWords = COMMON) -> str:
        return f"mark {self.typed!r} as seen"

    def subject(self) -> str:
        return self.comment


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteCard(Change):
    """Bring the card up to date."""

    digest: str

    kind: ClassVar[str] = "card"
    sign: ClassVar[str] = "~"
    order: ClassVar[int] = 11

    def after(self, incident: Incident, ctx: Context) -> Incident:
        card = incident.card
        if card and card.digest == self.digest and not card.second_cards:
            return incident
        comment = incident.card.comment if incident.card else ""
        return replace(incident, card=CardRead(comment, self.digest, frozenset(incident.facts)))

    def describe(self, words: TeamWords = COMMON) -> str:
        return "update the card"
