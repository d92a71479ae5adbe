"""Issues that are locked, and that IMA may not unlock either: nothing can be said there. All else
is done, each effect once; the dashboard remembers in the place of the card. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from automation.planning.finding import Finding
from automation.planning.gone_issues import OUTSIDE
from automation.stored_state.dashboard import Row

LOCKED = "locked:"  # the key of such a finding begins so
_MADE = "made"  # of its row: the effects that were made, a line each
Effect = tuple[str, str]  # the kind and the ``what`` of a fact


def locked_findings(refs: Collection[str], known: bool) -> Iterator[Finding]:
    """A finding for each of these issues. It is grave, but fails no job where nobody could know
    that it was told: ``known`` says whether there is a dashboard."""
    for ref in refs:
        text = f"{ref} is locked, and IMA's account may not unlock it: there is no card, no comment"
        text = f"{text}, no reminder; unlock it, or give that account the Write role"
        yield Finding(text, ref, key=f"{LOCKED}{ref}", grave=known)


def effects_made(rows: Mapping[str, Row], ref: str) -> frozenset[Effect]:
    """The effects of an issue that were made while nothing could be said on it."""
    lines = rows.get(f"{LOCKED}{ref}", {}).get(_MADE, "").splitlines()
    pairs = (line.partition(" ") for line in lines)
    return frozenset((kind, what) for kind, _, what in pairs)


def row_of_locked(row: Row, before: Row) -> Row:
    """The row of an active incident: it tells no deadline, for no clock can be remembered, and
    forgets nothing of what was begun outside."""
    words = (*before.get(OUTSIDE, "").split(), *row.get(OUTSIDE, "").split())
    outside = {OUTSIDE: " ".join(dict.fromkeys(words))} if OUTSIDE in row else {}
    untold = dict.fromkeys(("due", "rule", "next", "then"), "")
    return {**row, **untold, **outside}


def row_with_effects(row: Row, made: Collection[Effect]) -> Row:
    """The row of such a finding, which remembers effects."""
    return {**row, _MADE: "\n".join(sorted(f"{kind} {what}" for kind, what in made))}
