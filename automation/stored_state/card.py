"""The card: our one comment on an incident, facts as JSON behind a table for people. Pure.

It counts if our account wrote it and it is the oldest that is whole. Where none is whole the oldest
is rebuilt in its place; one that a newer ima wrote stops us, for we would destroy what it knows.
A second whole one was made where a list did not show the first yet: what only it knows is taken
over, and it goes.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from automation.errors import PolicyError
from automation.model import bounds
from automation.model.incident import Fact
from automation.model.issue import Comment, Issue
from automation.text.escaping import mark, marker_in

VERSION = 2
CALLS = ("", "rule", "command", "declared", "pager")  # version 1 named calls "engaged"
STORED = "stored"
SECOND_CARD = "*This was a second incident card. The one that counts is further up.*"
_DEFAULTS: dict[str, Any] = {
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


_FORMS = {"late": r"\d{1,9}", "published": r"\d{1,9}(/[^/]*){2}/.*"}  # seconds; a post's name


@dataclass(frozen=True, slots=True)
class CardText:
    """What stands on a card: the memory of one incident."""

    facts: tuple[Fact, ...] = ()
    said: frozenset[str] = frozenset()
    wrote: frozenset[str] = frozenset()
    digest: str = ""  # of what the card shows
    comment: str = ""
    stored: frozenset[Fact] = frozenset()  # those that stand in comments of their own
    version: int = VERSION
    stale: bool = False  # to be signed anew
    seconds: tuple[str, ...] = ()  # comments with cards of ours that shall be none any more


def encode(card: CardText, table: str) -> str:
    """The comment's body: the table for people, then the facts."""
    data = {
        "v": VERSION,
        "facts": [fact_row(fact) for fact in card.facts],
        "said": sorted(card.said),
        "wrote": sorted(card.wrote),
        "digest": card.digest,
    }
    return f"{table.rstrip()}\n\n{mark('card', data | {'sum': _sum(data)})}\n"


def stands_in_an_answer(fact: Fact) -> bool:
    """It stands in the comment that answers it; strangers could fill the card with such."""
    return fact.kind == "command" and fact.what in ("", "refused")


def kept_on_card(facts: Iterable[Fact], said: Iterable[str]) -> CardText:
    """What the card has to remember; of answers to commands, the answers themselves do."""
    return CardText(
        tuple(fact for fact in facts if not stands_in_an_answer(fact)),
        frozenset(key for key in said if not key.startswith("answer:")),
    )


@lru_cache(maxsize=256)  # a pass asks for each card again and again
def decode(body: str, where: str = "card") -> CardText | None:
    """The card in a comment's body, or None if it is none or garbled.

    Raises PolicyError for a card of a newer version.
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
    if data.pop("sum", None) != _sum(data):
        return None
    try:
        return CardText(
            tuple(filter(_can_be_reckoned_with, map(fact_of, data["facts"]))),
            _texts(data["said"]),
            _texts(data["wrote"]),
            next(iter(_texts([data["digest"]]))),
            version=version if isinstance(version, int) else 0,
        )
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
        return None


def read_card(issue: Issue, me: str) -> CardText:
    """Our card on the issue; an empty one where there is none that counts. Facts that had no room
    on it come first: they are the older ones."""
    stored = _stored(issue, me)
    known = frozenset(stored)
    ours = [c for c in our_comments(issue, me) if "<!-- ima:card " in c.body]
    whole = [(c, card) for c in ours if (card := decode(c.body, issue.ref))]
    if whole:
        first, card = whole[0][0], _joined([card for _, card in whole])
        facts = (*stored, *(fact for fact in card.facts if fact not in known))
        others = tuple(comment.id for comment, _ in whole[1:])
        more: dict[str, Any] = {"stored": known, "stale": first.stale, "seconds": others}
        return replace(card, facts=facts, comment=first.id, **more)
    if ours:  # garbled: rebuilt in its place
        return CardText(stored, comment=ours[0].id, stored=known, stale=True)
    return CardText(stored, stored=known)


def _joined(cards: Sequence[CardText]) -> CardText:
    """The first, with what only the others remember: the same fact has another time there."""
    card = cards[0]
    for other in cards[1:]:
        known = {_what(fact): fact for fact in card.facts}
        done = {_what(fact) for fact in other.facts if fact.done}
        mine = (replace(f, done=True) if _what(f) in done else f for f in card.facts)
        new = (fact for fact in other.facts if _what(fact) not in known)
        said, wrote = card.said | other.said, card.wrote | other.wrote
        card = replace(card, facts=(*mine, *new), said=said, wrote=wrote)
    return card


def _what(fact: Fact) -> tuple[str, ...]:
    return fact.kind, fact.role, fact.who, fact.what, fact.of


def _stored(issue: Issue, me: str) -> tuple[Fact, ...]:
    found: dict[Fact, None] = {}
    for comment in our_comments(issue, me):
        data = marker_in(STORED, comment.body) or {}
        found |= dict.fromkeys(_facts(data.get("facts")))
    return tuple(found)


def stored_mark(facts: Sequence[Fact]) -> str:
    """The marker of a comment that keeps what has no room on the card."""
    return mark(STORED, {"facts": [fact_row(fact) for fact in facts]})


def length_on_card(fact: Fact) -> int:
    """Characters that a fact takes on the card."""
    return len(mark(STORED, {"facts": [fact_row(fact)]}))


def facts_told(issue: Issue, me: str) -> frozenset[str]:
    """Keys of what our comments on the issue have said."""
    return frozenset(
        key
        for data in _marks(issue, me)
        for key in _strings(data.get("keys"))
    )  # fmt: skip


def call_comments(issue: Issue, me: str) -> dict[str, str]:
    """Role: our comment that called the person who fills it last, with the checklist (P-44)."""
    found = {}
    for comment in our_comments(issue, me):
        data = marker_in("said", comment.body) or {}
        for key in _strings(data.get("keys")):
            if key.startswith("called:"):
                found[key.split(":")[-2]] = comment.id
    return found


def calls_somebody(body: str) -> bool:
    """Does this comment of ours ask people to come? Whoever reacts to it has come (P-03)."""
    keys = _strings((marker_in("said", body) or {}).get("keys"))
    return any(key.startswith(("called:", "unanswered:")) for key in keys)


def facts_in_comments(issue: Issue, me: str, known: Iterable[Fact]) -> list[Fact]:
    """Facts in our comments that the card lacks: it was lost, or the pass killed before it."""
    have = set(known)
    causes = {fact.of for fact in have if fact.of}
    found: list[Fact] = []
    for data in _marks(issue, me):
        for fact in _facts(data.get("facts")):
            if fact not in have and fact.of not in causes:
                have.add(fact)
                found.append(fact)
    return found


def comment_mark(
    keys: Sequence[str], facts: Sequence[Fact], owed: Sequence[tuple[str, str]] = ()
) -> str:
    """The marker of a comment: which facts it has told, and whom a message is about to."""
    data: dict[str, Any] = {"keys": list(keys)}
    if facts:
        data["facts"] = [fact_row(fact) for fact in facts]
    if owed:
        data["owed"] = [list(each) for each in owed]
    return mark("said", data)


def fact_row(fact: Fact) -> dict[str, Any]:
    """A fact as JSON, without what is as usual."""
    row: dict[str, Any] = {"kind": fact.kind, "at": fact.at.isoformat()}
    for name, usual in _DEFAULTS.items():
        if (value := getattr(fact, name)) != usual:
            row[name] = value
    return row


def fact_of(row: dict[str, Any]) -> Fact:
    """The fact in a JSON row. Raises KeyError, TypeError or ValueError where it is none."""
    at = datetime.fromisoformat(row["at"]).astimezone(UTC)
    rest = {name: row.get(name, usual) for name, usual in _DEFAULTS.items()}
    if any(type(value) is not type(_DEFAULTS[name]) for name, value in rest.items()):
        raise TypeError("a fact's fields are texts and flags")
    if rest["until"]:
        datetime.fromisoformat(rest["until"])
    return _as_now(Fact(row["kind"], at, **rest))


def _as_now(fact: Fact) -> Fact:
    """What a fact of version 1 meant. There a call was "engaged", whether or not anybody came, and
    an acknowledged page was "here"; who called themselves was here."""
    if fact.kind == "engaged" and fact.what in CALLS and fact.who != fact.by:
        return replace(fact, kind="called", what=fact.what or "rule")
    return replace(fact, kind="acknowledged") if str(fact.kind) == "here" else fact


def _can_be_reckoned_with(fact: Fact) -> bool:
    """Are its times of this age, its number one? Else the fact is passed over, and no other."""
    times = [fact.at, *([datetime.fromisoformat(fact.until)] if fact.until else [])]
    form, text = _FORMS.get(fact.kind, ""), {"late": fact.text, "published": fact.what}
    right = not form or re.fullmatch(form, text[fact.kind], re.DOTALL)
    return bool(right) and all(map(bounds.possible, times))


def other_keepers(issue: Issue, me: str) -> Iterable[str]:
    """Accounts besides ours that have a whole card on the issue: another IMA keeps it, too."""
    for comment in issue.comments:
        data = marker_in("card", comment.body) if comment.author != me else None
        if comment.author and data and data.pop("sum", None) == _sum(data):
            yield comment.author


def our_comments(issue: Issue, me: str) -> Iterable[Comment]:
    """Our comments with a marker, the oldest first."""
    found = (c for c in issue.comments if c.author == me and "<!-- ima:" in c.body)
    return sorted(found, key=lambda comment: (comment.at, comment.order))


def _marks(issue: Issue, me: str) -> list[dict[str, Any]]:
    found = (marker_in("said", comment.body) for comment in our_comments(issue, me))
    return [data for data in found if data]


def _strings(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _texts(value: object) -> frozenset[str]:
    """Raises TypeError where it is no list of texts."""
    if not isinstance(value, list) or len(found := _strings(value)) < len(value):
        raise TypeError
    return frozenset(found)


def _facts(value: object) -> list[Fact]:
    facts: list[Fact] = []
    for row in value if isinstance(value, list) else []:
        try:
            facts += filter(_can_be_reckoned_with, [fact_of(row)])
        except (KeyError, OverflowError, TypeError, ValueError, AttributeError):
            continue
    return facts


def _sum(data: dict[str, Any]) -> str:
    return short_digest({name: value for name, value in data.items() if name != "sum"})


def short_digest(data: object) -> str:
    """A short fingerprint of JSON data."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
