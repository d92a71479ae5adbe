"""Writes texts that may be too long for the tracker: what does not fit goes into further comments,
cut at the ends of lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from automation.model.incident import Fact, Incident, Note, PromisedMessage
from automation.model.issue import Draft
from automation.planning.incident_view import card_digest
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
# Kinds of facts that never change again.
_SETTLED_KINDS = ("published", "command", "late", "undone", "waived", "needed")
_STORED = "*What the card has no room for.*"


def open_issue(tracker: Tracker, draft: Draft) -> str:
    """Open an issue; what does not fit into its body follows as comments, but not on a confidential
    issue that everybody can read. Returns its reference."""
    first, rest = split_issue_text(draft.body, tracker.can.body_limit)
    ref = tracker.open(replace(draft, body=first))
    for text in () if draft.confidential and tracker.can.locks else rest:
        tracker.comment(ref, text)
    return ref


def write_comments(
    notes: Sequence[Note], incident: Incident, ctx: Context, world: World
) -> tuple[dict[str, str], list[PromisedMessage]]:
    """Tell people the notes, in one comment if it fits. Returns the comment that called each role,
    and the messages that comments have promised."""
    limit = ctx.can.body_limit
    calls: dict[str, str] = {}
    owed: list[PromisedMessage] = []

    def text(group: Sequence[Note]) -> str:
        return issue_texts.comment_body(group, incident, ctx, world.templates)

    for group, body in in_fitting_groups(notes, text, limit):
        shown = split_into_comments(body, limit)
        made = [world.tracker.comment(incident.ref, part) for part in shown]
        owed += messages_promised(made[-1], shown[-1])
        called = [dict(note.values)["role"].lower() for note in group if note.template == "called"]
        calls |= dict.fromkeys(called, made[0])
    return calls, owed


def card_that_fits(
    incident: Incident, ctx: Context, world: World, bare: bool, digest: str = ""
) -> tuple[Incident, str]:
    """The incident with facts that fit on its card, and the body of that. Facts that had to leave
    it were written in comments of their own, and come first, as they will be read. If its table is
    too long, it is cut. Without a ``digest`` it has that of all that it shows."""

    def body() -> str:
        shown = digest or card_digest(incident, ctx)
        return issue_texts.card_body(incident, ctx, world.templates, shown, bare)

    limit = ctx.can.body_limit
    incident = _those_off_card_first(incident, incident.facts_off_card)
    made = body()
    if (too_many := len(made) - limit) <= 0:
        return incident, made
    rest = [fact for fact in incident.facts if fact not in incident.facts_off_card]
    facts = oldest_settled_facts(rest, too_many + limit // 2, card.length_on_card)
    for group in _fitting_groups(facts, limit):
        world.tracker.comment(incident.ref, f"{_STORED}\n\n{card.stored_mark(group)}\n")
    incident = _those_off_card_first(incident, incident.facts_off_card | frozenset(facts))
    return incident, shortened(body(), limit)


def _those_off_card_first(incident: Incident, off_card: frozenset[Fact]) -> Incident:
    if not off_card:
        return incident
    ordered = sorted(incident.facts, key=lambda fact: fact not in off_card)
    return replace(incident, facts_off_card=off_card, facts=tuple(ordered))


def _fitting_groups(facts: Sequence[Fact], limit: int) -> Iterator[list[Fact]]:
    """The facts in groups, of which each fits into one comment."""
    group: list[Fact] = []
    used = len(_STORED) + 10
    for fact in facts:
        size = card.length_on_card(fact)
        if group and used + size > limit:
            yield group
            group, used = [], len(_STORED) + 10
        group.append(fact)
        used += size
    if group:
        yield group


def shortened(body: str, limit: int) -> str:
    """``body`` with at most ``limit`` characters: lines that do not fit are left out, markers
    never."""
    shown, rest = _fitting_with_note(body, limit, _SHORTENED)
    return shown if rest else body


def split_into_comments(body: str, limit: int) -> list[str]:
    """``body`` as comments of at most ``limit`` characters. The markers stand in the last one,
    because only then everything was said."""
    if len(body) <= limit:
        return [body]
    text, markers = _text_and_markers(body)
    found: list[str] = []
    while len(text) + len(markers) > limit and text:
        shown, text = _split_at_line(text, limit - len(FOLLOWS) - 2)
        found.append(f"{shown}\n\n{FOLLOWS}" if text else shown)
    return [*found, f"{text}{markers}"]


def split_issue_text(body: str, limit: int) -> tuple[str, list[str]]:
    """``body`` as the body of an issue with its markers, and the comments for what does not fit
    into it."""
    shown, rest = _fitting_with_note(body, limit, FOLLOWS)
    return (shown, split_into_comments(rest, limit)) if rest else (body, [])


def in_fitting_groups(
    items: Sequence[T], text: Callable[[Sequence[T]], str], limit: int
) -> Iterator[tuple[Sequence[T], str]]:
    """``items`` with their text: all together where that fits into ``limit`` characters, else in
    halves. A single one may be too long."""
    body = text(items)
    if len(body) <= limit or len(items) < 2:
        yield items, body
        return
    half = len(items) // 2
    yield from in_fitting_groups(items[:half], text, limit)
    yield from in_fitting_groups(items[half:], text, limit)


def oldest_settled_facts(
    facts: Sequence[Fact], too_many: int, length: Callable[[Fact], int]
) -> list[Fact]:
    """The oldest facts that never change any more, as many as have ``too_many`` characters
    together."""
    found: list[Fact] = []
    for fact in facts:
        if too_many <= 0:
            break
        if fact.kind in _SETTLED_KINDS and fact.done:
            found.append(fact)
            too_many -= length(fact)
    return found


def _fitting_with_note(body: str, limit: int, note: str) -> tuple[str, str]:
    if len(body) <= limit:
        return body, ""
    text, markers = _text_and_markers(body)
    shown, rest = _split_at_line(text, limit - len(markers) - len(note) - 4)
    return f"{shown}\n\n{note}\n\n{markers}", rest


def _text_and_markers(body: str) -> tuple[str, str]:
    """What people see of a body, and its markers."""
    lines = body.splitlines()
    markers = [line for line in lines if line.startswith(_MARKER)]
    text = "\n".join(line for line in lines if not line.startswith(_MARKER)).rstrip()
    return text + "\n\n", "\n".join([*markers, ""])


def _split_at_line(text: str, limit: int) -> tuple[str, str]:
    """The part of ``text`` with at most ``limit`` characters, up to the end of a line if there is
    one; and the rest."""
    if len(text) <= limit:
        return text, ""
    limit = max(limit, 0)
    end = text.rfind("\n", 0, limit + 1)
    end = end if end > 0 else limit
    return text[:end].rstrip(), text[end:].lstrip("\n")
