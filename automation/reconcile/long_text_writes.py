"""Writing texts to a tracker so that they fit: the rest goes into a follow-up.

Facts that have no room on the card, and change no more, stand in comments of their own before the
card does without them; so a pass that is killed in between loses none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from automation.model.incident import Fact, Incident, Note, Owed
from automation.model.issue import Draft
from automation.policy.planning_input import Context
from automation.reconcile.destinations import World
from automation.stored_state import card
from automation.stored_state.promised_messages import messages_promised
from automation.trackers import Tracker
from automation.writing import issue_texts
from automation.writing.long_texts import (
    first_and_rest,
    grouped,
    oldest_settled_facts,
    parts,
    shortened,
)

_SLACK = 100  # characters of the digest, and of a sign or two
_STORED = "*What the card has no room for.*"


def open_issue(tracker: Tracker, draft: Draft) -> str:
    """Open an issue; what its body has no room for follows as comments. Of one that everybody
    could read it does not."""
    first, rest = first_and_rest(draft.body, tracker.can.body_limit)
    ref = tracker.open(replace(draft, body=first))
    for text in () if draft.confidential and tracker.can.locks else rest:
        tracker.comment(ref, text)
    return ref


def write_comments(
    notes: Sequence[Note], incident: Incident, ctx: Context, world: World
) -> tuple[dict[str, str], list[Owed]]:
    """Tell people; one comment, if it fits. Returns the comment that called each role, and the
    messages that are about to be sent."""
    limit = ctx.can.body_limit
    calls: dict[str, str] = {}
    owed: list[Owed] = []

    def text(some: Sequence[Note]) -> str:
        return issue_texts.comment_body(some, incident, ctx, world.templates)

    for some, body in grouped(notes, text, limit):
        shown = parts(body, limit)
        made = [world.tracker.comment(incident.ref, part) for part in shown]
        owed += messages_promised(made[-1], shown[-1])
        called = [dict(note.values)["role"].lower() for note in some if note.template == "called"]
        calls |= dict.fromkeys(called, made[0])
    return calls, owed


def shortened_to_fit(incident: Incident, ctx: Context, world: World, bare: bool) -> Incident:
    """The incident when its card fits: what had to go from it stands in comments by now, and
    comes first, as it will be read."""
    limit, stored = ctx.can.body_limit, incident.stored
    too_many = len(issue_texts.card_body(incident, ctx, world.templates, "", bare)) + _SLACK - limit
    if too_many > 0:
        rest = [fact for fact in incident.facts if fact not in stored]
        facts = oldest_settled_facts(rest, too_many + limit // 2, card.length_on_card)
        for some in _chunks(facts, limit):
            world.tracker.comment(incident.ref, f"{_STORED}\n\n{card.stored_mark(some)}\n")
        stored |= frozenset(facts)
    ordered = sorted(incident.facts, key=lambda fact: fact not in stored)
    return replace(incident, stored=stored, facts=tuple(ordered)) if stored else incident


def card_text(incident: Incident, ctx: Context, world: World, digest: str, bare: bool) -> str:
    """The card's body; of its table only what has room."""
    body = issue_texts.card_body(incident, ctx, world.templates, digest, bare)
    return shortened(body, ctx.can.body_limit)


def _chunks(facts: Sequence[Fact], limit: int) -> Iterator[list[Fact]]:
    """``facts`` as many to a comment as fit."""
    some: list[Fact] = []
    used = len(_STORED) + 10
    for fact in facts:
        size = card.length_on_card(fact)
        if some and used + size > limit:
            yield some
            some, used = [], len(_STORED) + 10
        some.append(fact)
        used += size
    if some:
        yield some
