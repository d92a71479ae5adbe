"""The card: our one comment on an incident, facts as JSON behind a text for people. Pure.

It counts if our account wrote it and it is the oldest that is whole. Where none is whole the oldest
is rebuilt in its place; one that a newer ima wrote stops us, for we would destroy what it knows.
A second whole one was made where a list did not show the first yet: what only it knows is taken
over, and it goes.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from automation.errors import PolicyError
from automation.model import bounds
from automation.model.incident import Fact
from automation.model.issue import Comment, Issue
from automation.model.replacing import replace
from automation.model.sameness import Same
from automation.records import dataclass
from automation.stored_state.signatures import without_signature
from automation.text.escaping import mark, marker_in, without_marker

VERSION = 2
# Whoever called somebody, in the facts of version 1: there such a fact was "engaged".
CALLERS_OF_VERSION_1 = ("", "rule", "command", "declared", "pager")
DECLARED = "declared"  # the marker of a description: who opened it, and what they asked for
STORED = "stored"  # the kind of the markers with facts that had no room on the card
SECOND_CARD = "*This was a second incident card. The one that counts is further up.*"
_FACT_DEFAULTS: dict[str, Any] = {
    "role": "",
    "who": "",
    "by": "",
    "of": "",
    "what": "",
    "page": False,
    "done": True,
    "text": "",
    "until": "",
}


# By kind of fact, what its number must look like: how many seconds late; the name of a post, which
# begins with the post's number.
_NUMBER_FORMS = {"late": r"\d{1,9}", "published": r"\d{1,9}(/[^/]*){2}/.*"}


@dataclass(frozen=True, slots=True)
class CardText:
    """What a card holds: the memory of one incident."""

    facts: tuple[Fact, ...] = ()
    said: frozenset[str] = frozenset()  # the keys of what people were told, once for each
    labels_set: frozenset[str] = frozenset()  # the labels that IMA itself has set
    digest: str = ""  # of what people see on the card
    opened_with: str | None = None  # the marker that its issue had then; None: nobody wrote it down
    comment: str = ""  # its id; "" where there is no card
    facts_off_card: frozenset[Fact] = frozenset()  # those with no room on it, in own comments
    version: int = VERSION
    stale: bool = False  # to be signed anew
    second_cards: tuple[str, ...] = ()  # comments of ours with further cards, to be emptied


def encode(card: CardText, shown: str) -> str:
    """The body of the card's comment: the text for people, then the facts."""
    data = {
        "v": VERSION,
        "facts": [fact_row(fact) for fact in card.facts],
        "said": sorted(card.said),
        "wrote": sorted(card.labels_set),
        "digest": card.digest,
    }
    if card.opened_with is not None:
        data["opened"] = card.opened_with
    return f"{shown.rstrip()}\n\n{mark('card', data | {'sum': _check_sum(data)})}\n"


def _opened_with(text: object) -> str | None:
    try:
        whole = text == "" or (isinstance(text, str) and isinstance(json.loads(text), dict))
    except (ValueError, RecursionError):
        return None
    return str(text) if whole else None


def stands_in_an_answer(fact: Fact) -> bool:
    """Does the comment that answers it hold the fact? It need not be on the card, which strangers
    could fill with such facts."""
    return fact.kind == "command" and fact.what in ("", "refused")


def kept_on_card(facts: Iterable[Fact], said: Iterable[str]) -> CardText:
    """The facts and keys that the card has to hold; those of answers to commands stand in the
    answers."""
    return CardText(
        tuple(fact for fact in facts if not stands_in_an_answer(fact)),
        frozenset(key for key in said if not key.startswith("answer:")),
    )


@lru_cache(maxsize=256)  # a pass asks for each card again and again
def decode(body: str, where: str = "card") -> CardText | None:
    """The card in a comment's body; None where there is none, or a garbled one. ``where`` is for
    the error.

    Raises PolicyError for a card that a newer version wrote.
    """
    data = marker_in("card", body)
    if data is None:
        return None
    version = data.get("v")
    if isinstance(version, int) and version > VERSION:
        raise PolicyError(
            f"{where}: this card was written by a newer ima (card version {version})",
            "update the ima of this job; nothing was changed",
        )
    if data.pop("sum", None) != _check_sum(data):
        return None
    try:
        return CardText(
            tuple(filter(_is_possible, map(fact_of, data["facts"]))),
            _texts(data["said"]),
            _texts(data["wrote"]),
            next(iter(_texts([data["digest"]]))),
            opened_with=_opened_with(data.get("opened")),
            version=version if isinstance(version, int) else 0,
        )
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
        return None


def declared_marker(issue: Issue) -> str:
    """What the issue's description says of how it was opened, to be kept on its card."""
    data = marker_in(DECLARED, issue.body)
    return json.dumps(data, sort_keys=True) if data else ""


def as_it_was_opened(issue: Issue, card: CardText) -> Issue:
    """The issue as it was opened, as far as its card remembers that. Others may edit a description:
    what they make of its marker later ends, calls and hides nothing."""
    if card.opened_with is None or card.opened_with == declared_marker(issue):
        return issue
    body = without_marker(DECLARED, issue.body)
    kept = mark(DECLARED, json.loads(card.opened_with)) if card.opened_with else ""
    return replace(issue, body=f"{body}\n\n{kept}\n" if kept else body)


def read_card(issue: Issue, me: str) -> CardText:
    """Our card on the issue; an empty one where there is none that counts. Facts that had no room
    on it come first: they are the older ones."""
    return _card_on(Same(issue), me)


@lru_cache(maxsize=256)  # the same
def _card_on(of: Same[Issue], me: str) -> CardText:
    issue = of.value
    off_card = _facts_off_card(issue, me)
    known = frozenset(off_card)
    ours = [c for c in our_comments(issue, me) if "<!-- ima:card " in c.body]
    whole = [(c, card) for c in ours if (card := decode(c.body, issue.ref))]
    if whole:
        first, card = whole[0][0], _joined([card for _, card in whole])
        facts = (*off_card, *(fact for fact in card.facts if fact not in known))
        others = tuple(comment.id for comment, _ in whole[1:])
        return replace(
            card,
            facts=facts,
            comment=first.id,
            facts_off_card=known,
            stale=first.stale,
            second_cards=others,
        )
    if ours:  # garbled: rebuilt in its place
        return CardText(off_card, comment=ours[0].id, facts_off_card=known, stale=True)
    return CardText(off_card, facts_off_card=known)


def _joined(cards: Sequence[CardText]) -> CardText:
    """The first card, with what only the others remember. The same fact may have another time on
    each."""
    card = cards[0]
    for other in cards[1:]:
        known = {_identity(fact): fact for fact in card.facts}
        done = {_identity(fact) for fact in other.facts if fact.done}
        mine = (replace(f, done=True) if _identity(f) in done else f for f in card.facts)
        new = (fact for fact in other.facts if _identity(fact) not in known)
        said, labels = card.said | other.said, card.labels_set | other.labels_set
        card = replace(card, facts=(*mine, *new), said=said, labels_set=labels)
    return card


def _identity(fact: Fact) -> tuple[str, ...]:
    """What makes it the same fact on two cards, whatever its time."""
    return fact.kind, fact.role, fact.who, fact.what, fact.of


def _facts_off_card(issue: Issue, me: str) -> tuple[Fact, ...]:
    found: dict[Fact, None] = {}
    for comment in our_comments(issue, me):
        data = marker_in(STORED, comment.body) or {}
        found |= dict.fromkeys(_facts_from(data.get("facts")))
    return tuple(found)


def stored_mark(facts: Sequence[Fact]) -> str:
    """The marker of a comment with facts that did not fit on the card."""
    return mark(STORED, {"facts": [fact_row(fact) for fact in facts]})


def length_on_card(fact: Fact) -> int:
    """How many characters a fact takes on the card."""
    return len(mark(STORED, {"facts": [fact_row(fact)]}))


def keys_told(issue: Issue, me: str) -> frozenset[str]:
    """The keys of what our comments on the issue have told."""
    return frozenset(
        key
        for comment in our_comments(issue, me)
        for key in told_by(comment.body).keys
    )  # fmt: skip


def call_comments(issue: Issue, me: str) -> dict[str, str]:
    """By role, the id of our comment that last called the person who has it, with the checklist
    (P-44)."""
    found = {}
    for comment in our_comments(issue, me):
        for key in told_by(comment.body).keys:
            if key.startswith("called:"):
                found[key.split(":")[-2]] = comment.id
    return found


def calls_somebody(body: str) -> bool:
    """Does this comment of ours call people? Whoever reacts to it has come (P-03)."""
    return any(key.startswith(("called:", "unanswered:")) for key in told_by(body).keys)


def facts_in_comments(issue: Issue, me: str, known: Iterable[Fact]) -> list[Fact]:
    """Facts in our comments that the card lacks, because it was lost or a pass was killed before it
    wrote the card."""
    have = set(known)
    causes = {fact.of for fact in have if fact.of}
    found: list[Fact] = []
    for comment in our_comments(issue, me):
        for fact in told_by(comment.body).facts:
            if fact not in have and fact.of not in causes:
                have.add(fact)
                found.append(fact)
    return found


def comment_mark(
    keys: Sequence[str], facts: Sequence[Fact], owed: Sequence[tuple[str, str]] = ()
) -> str:
    """The marker of a comment: which facts it has told, and which messages it promises."""
    data: dict[str, Any] = {"keys": list(keys)}
    if facts:
        data["facts"] = [fact_row(fact) for fact in facts]
    if owed:
        data["owed"] = [list(each) for each in owed]
    return mark("said", data)


def fact_row(fact: Fact) -> dict[str, Any]:
    """A fact as JSON; values that are as usual are left out."""
    row: dict[str, Any] = {"kind": fact.kind, "at": fact.at.isoformat()}
    for name, usual in _FACT_DEFAULTS.items():
        if (value := getattr(fact, name)) != usual:
            row[name] = value
    return row


def fact_of(row: dict[str, Any]) -> Fact:
    """The fact in a row of JSON. Raises KeyError, TypeError or ValueError where it is none."""
    at = datetime.fromisoformat(row["at"]).astimezone(UTC)
    rest = {name: row.get(name, usual) for name, usual in _FACT_DEFAULTS.items()}
    if any(type(value) is not type(_FACT_DEFAULTS[name]) for name, value in rest.items()):
        raise TypeError("a fact's fields are texts and flags")
    if rest["until"]:
        datetime.fromisoformat(rest["until"])
    return _of_this_version(Fact(row["kind"], at, **rest))


def _of_this_version(fact: Fact) -> Fact:
    """The fact, or what one of version 1 means today. There a call was "engaged", whether or not
    anybody came, and an acknowledged page was "here"; who called themselves was here."""
    if fact.kind == "engaged" and fact.what in CALLERS_OF_VERSION_1 and fact.who != fact.by:
        return replace(fact, kind="called", what=fact.what or "rule")
    return replace(fact, kind="acknowledged") if str(fact.kind) == "here" else fact


def _is_possible(fact: Fact) -> bool:
    """Are its times and its number possible? If not, the fact is left out, and no other."""
    times = [fact.at, *([datetime.fromisoformat(fact.until)] if fact.until else [])]
    form, text = _NUMBER_FORMS.get(fact.kind, ""), {"late": fact.text, "published": fact.what}
    right = not form or re.fullmatch(form, text[fact.kind], re.DOTALL)
    return bool(right) and all(map(bounds.possible, times))


def other_keepers(issue: Issue, me: str) -> Iterable[str]:
    """Other accounts with a whole card on the issue: another IMA keeps it, too."""
    for comment in issue.comments:
        found = marker_in("card", comment.body) if comment.author != me else None
        data = without_signature(found or {})
        if comment.author and data and data.pop("sum", None) == _check_sum(data):
            yield comment.author


def our_comments(issue: Issue, me: str) -> Iterable[Comment]:
    """Our comments with a marker, the oldest first."""
    found = (c for c in issue.comments if c.author == me and "<!-- ima:" in c.body)
    return sorted(found, key=lambda comment: (comment.at, comment.order))


@dataclass(frozen=True, slots=True)
class Told:
    """What one comment of ours has told, and the messages that it promises: key and person."""

    keys: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    owed: tuple[tuple[str, str], ...] = ()


@lru_cache(maxsize=512)  # the comments of an issue are asked for again and again
def told_by(body: str) -> Told:
    """What the marker of a comment says."""
    data = marker_in("said", body) or {}
    return Told(
        tuple(_strings(data.get("keys"))),
        tuple(_facts_from(data.get("facts"))),
        tuple(promises_in(data)),
    )


def promises_in(data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The messages that a marker promises: key and person."""
    rows = data.get("owed")
    for row in rows if isinstance(rows, list) else []:
        match row:
            case [str(key), str(person)]:
                yield key, person


def _strings(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _texts(value: object) -> frozenset[str]:
    """Raises TypeError where it is no list of texts."""
    if not isinstance(value, list) or len(found := _strings(value)) < len(value):
        raise TypeError
    return frozenset(found)


def _facts_from(value: object) -> list[Fact]:
    facts: list[Fact] = []
    for row in value if isinstance(value, list) else []:
        try:
            facts += filter(_is_possible, [fact_of(row)])
        except (KeyError, OverflowError, TypeError, ValueError, AttributeError):
            continue
    return facts


def _check_sum(data: dict[str, Any]) -> str:
    return short_digest({name: value for name, value in data.items() if name != "sum"})


def short_digest(data: object) -> str:
    """A short fingerprint of data that JSON can hold."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
