"""An incident whose issue is gone for good: what it had begun outside the tracker is ended, as far
as the dashboard remembers it (P-58). Pure."""

from __future__ import annotations

from itertools import product

from automation.changes.service_calls import pages_out
from automation.model import secrecy
from automation.model.facts import NOT_PLANNED
from automation.model.incident import Fact, Incident, Resolution
from automation.model.issue import INVESTIGATING, OPERATIONAL, Fate
from automation.model.publicity import is_public, post_name
from automation.planning.finding import Finding
from automation.policy.planning_input import Context
from automation.stored_state.dashboard import Row

OUTSIDE = "outside"  # the key in a row of the dashboard
_PAGE, _ANNOUNCED, _PUBLIC = "page=", "announced=", "public"
_AT = "@"  # between the channel and where the announcement stands there
_MOST_CALLS = 5  # of one role, on one incident


def begun_outside(incident: Incident) -> str:
    """What the incident has begun outside the tracker and not ended, as words for its row of the
    dashboard; none of them names a person."""
    announced = (
        f"{f.what}{_AT}{f.by}".rstrip(_AT)  # its id in the chat is not found again everywhere
        for f in incident.facts
        if f.kind == "announced" and f.done and f.text
    )
    words = [f"{_PAGE}{fact.what}" for fact in pages_out(incident) if " " not in fact.what]
    words += [f"{_ANNOUNCED}{channel}" for channel in announced if " " not in channel]
    return " ".join([*words, _PUBLIC] if is_public(incident) else words)


def gone_incident(ref: str, row: Row, fate: Fate, ctx: Context) -> Incident | None:
    """An incident that stands for the issue that is gone: not tracked, and with the facts of what
    it had begun outside. None where it was moved because it is confidential: it goes on at its new
    place."""
    confidential = row.get("title") == secrecy.TITLE
    if is_shut_in_elsewhere(row, fate):
        return None
    words = _any_pages(ref, ctx) if confidential else row.get(OUTSIDE, "").split()
    facts = tuple(_facts_of(words, ctx))
    return Incident(
        ref=ref,
        title=row.get("title", ""),
        kind="incident",
        author=None,
        opened_at=ctx.now,
        confidential=confidential,
        tracked=False,
        resolution=Resolution(ctx.now, None, NOT_PLANNED),
        let_go=True,
        facts=facts,
    )


def is_shut_in_elsewhere(row: Row, fate: Fate) -> bool:
    """Was the issue of this row moved because it is confidential?"""
    return fate == "moved" and row.get("title") == secrecy.TITLE


def _any_pages(ref: str, ctx: Context) -> list[str]:
    """The keys of all pages that a confidential incident may have had: of those the dashboard
    remembers nothing (P-16)."""
    calls = product(ctx.policy.roles, range(1, _MOST_CALLS + 1))
    return [f"{_PAGE}{ctx.policy.project}{ref}:{role}:{nth}" for role, nth in calls]


def _facts_of(words: list[str], ctx: Context) -> list[Fact]:
    """The facts that `begun_outside` has put into these words."""
    facts = []
    for word in words:
        if word.startswith(_PAGE):
            key = word.removeprefix(_PAGE)
            role = key.rpartition("#")[2].split(":")[1:2]
            facts.append(Fact("paged", ctx.now, "".join(role), what=key))
        elif word.startswith(_ANNOUNCED):
            channel, _, at = word.removeprefix(_ANNOUNCED).partition(_AT)
            facts.append(Fact("announced", ctx.now, by=at, what=channel, text="as it was"))
        elif word == _PUBLIC:
            name = post_name(1, INVESTIGATING, OPERATIONAL, ())
            facts.append(Fact("published", ctx.now, what=name))
    return facts


def not_found(ref: str) -> Finding:
    """The finding that an issue cannot be found: it may be deleted, or hidden from our token."""
    text = f"{ref} cannot be found: it was deleted, or our token may not see it any more"
    remedy = f"give the token its right back; or, if it was deleted, run `ima gone {ref[1:]}`"
    return Finding(f"{text}; {remedy}", ref, key=f"not found:{ref}")
