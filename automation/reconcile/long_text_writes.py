"""Texts that must fit into a tracker: what has no room goes into a follow-up, cut at its lines.

Our markers are never cut: what cannot be shown can still be remembered. Facts that have no room on
the card, and change no more, stand in comments of their own before the card does without them; so
a pass that is killed in between loses none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from automation.model.incident import Fact, Incident, Note, Owed
from automation.model.issue import Draft
from automation.policy.planning_input import Context
from automation.reconcile.destinations import World
from automation.stored_state import card
from automation.stored_state.promised_messages import messages_promised
from automation.trackers import Tracker
from automation.writing import issue_texts

T = TypeVar("T")
FOLLOWS = "*It goes on in the next comment.*"
_SHORTENED = "*The rest has no room here.*"
_MARKER = "<!-- ima:"
_LASTING = ("published", "command", "late", "undone", "waived", "needed")  # never changed again
_SPARE = 100  # characters of the digest, and of a sign or two
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
    too_many = len(issue_texts.card_body(incident, ctx, world.templates, "", bare)) + _SPARE - limit
    if too_many > 0:
        rest = [fact for fact in incident.facts if fact not in stored]
        facts = oldest_settled_facts(rest, too_many + limit // 2, card.length_on_card)
        for some in _fitting_groups(facts, limit):
            world.tracker.comment(incident.ref, f"{_STORED}\n\n{card.stored_mark(some)}\n")
        stored |= frozenset(facts)
    ordered = sorted(incident.facts, key=lambda fact: fact not in stored)
    return replace(incident, stored=stored, facts=tuple(ordered)) if stored else incident


def card_text(incident: Incident, ctx: Context, world: World, digest: str, bare: bool) -> str:
    """The card's body; of its table only what has room."""
    body = issue_texts.card_body(incident, ctx, world.templates, digest, bare)
    return shortened(body, ctx.can.body_limit)


def _fitting_groups(facts: Sequence[Fact], limit: int) -> Iterator[list[Fact]]:
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


def shortened(body: str, limit: int) -> str:
    """``body`` without the lines that have no room, if it is too long."""
    shown, rest = _shown_and_rest(body, limit, _SHORTENED)
    return shown if rest else body


def parts(body: str, limit: int) -> list[str]:
    """``body`` as comments that fit; the markers stand in the last, for only then all is said."""
    if len(body) <= limit:
        return [body]
    text, marks = _text_and_marks(body)
    found: list[str] = []
    while len(text) + len(marks) > limit and text:
        shown, text = _fitting_and_rest(text, limit - len(FOLLOWS) - 2)
        found.append(f"{shown}\n\n{FOLLOWS}" if text else shown)
    return [*found, f"{text}{marks}"]


def first_and_rest(body: str, limit: int) -> tuple[str, list[str]]:
    """``body`` as the text of an issue with its markers, and comments with what has no room."""
    shown, rest = _shown_and_rest(body, limit, FOLLOWS)
    return (shown, parts(rest, limit)) if rest else (body, [])


def grouped(
    items: Sequence[T], text: Callable[[Sequence[T]], str], limit: int
) -> Iterator[tuple[Sequence[T], str]]:
    """``items`` as told together where that fits, else in halves; one alone may be too long."""
    body = text(items)
    if len(body) <= limit or len(items) < 2:
        yield items, body
        return
    half = len(items) // 2
    yield from grouped(items[:half], text, limit)
    yield from grouped(items[half:], text, limit)


def oldest_settled_facts(
    facts: Sequence[Fact], too_many: int, length: Callable[[Fact], int]
) -> list[Fact]:
    """The oldest facts that nothing changes any more, of ``too_many`` characters together."""
    found: list[Fact] = []
    for fact in facts:
        if too_many <= 0:
            break
        if fact.kind in _LASTING and fact.done:
            found.append(fact)
            too_many -= length(fact)
    return found


def _shown_and_rest(body: str, limit: int, note: str) -> tuple[str, str]:
    if len(body) <= limit:
        return body, ""
    text, marks = _text_and_marks(body)
    shown, rest = _fitting_and_rest(text, limit - len(marks) - len(note) - 4)
    return f"{shown}\n\n{note}\n\n{marks}", rest


def _text_and_marks(body: str) -> tuple[str, str]:
    """What people see, and our markers."""
    lines = body.splitlines()
    marks = [line for line in lines if line.startswith(_MARKER)]
    text = "\n".join(line for line in lines if not line.startswith(_MARKER)).rstrip()
    return text + "\n\n", "\n".join([*marks, ""])


def _fitting_and_rest(text: str, limit: int) -> tuple[str, str]:
    """What fits into ``limit`` characters, at the end of a line if there is one; and the rest."""
    if len(text) <= limit:
        return text, ""
    limit = max(limit, 0)
    end = text.rfind("\n", 0, limit + 1)
    end = end if end > 0 else limit
    return text[:end].rstrip(), text[end:].lstrip("\n")
