"""An incident whose issue is gone for good: what was begun outside is ended, as far as the
dashboard remembers it (P-58). Pure."""

from __future__ import annotations

from itertools import product

from automation.changes.service_calls import pages_out
from automation.model.facts import NOT_PLANNED
from automation.model.incident import Fact, Incident, Resolution
from automation.model.issue import INVESTIGATING, OPERATIONAL, Fate
from automation.model.publicity import is_public, post_name
from automation.planning.finding import Finding
from automation.policy.planning_input import Context
from automation.stored_state.dashboard import Row

OUTSIDE = "outside"  # the key of a row
_PAGE, _ANNOUNCED, _PUBLIC = "page=", "announced=", "public"
_CALLS = 5  # of one role, on one incident
_HIDDEN = "(confidential)"


def begun_outside(incident: Incident) -> str:
    """What goes on outside the tracker, in words without a name of anybody."""
    announced = (f.what for f in incident.facts if f.kind == "announced" and f.done and f.text)
    words = [f"{_PAGE}{fact.what}" for fact in pages_out(incident) if " " not in fact.what]
    words += [f"{_ANNOUNCED}{channel}" for channel in announced if " " not in channel]
    return " ".join([*words, _PUBLIC] if is_public(incident) else words)


def gone_incident(ref: str, row: Row, fate: Fate, ctx: Context) -> Incident | None:
    """What is left of it: no incident any more. None where it was moved to be shut in: it goes on
    there."""
    secret = row.get("title") == _HIDDEN
    if fate == "moved" and secret:
        return None
    words = _any_pages(ref, ctx) if secret else row.get(OUTSIDE, "").split()
    facts = tuple(_facts(words, ctx))
    return Incident(
        ref=ref,
        title=row.get("title", ""),
        kind="incident",
        author=None,
        opened_at=ctx.now,
        confidential=secret,
        tracked=False,
        resolution=Resolution(ctx.now, None, NOT_PLANNED),
        let_go=True,
        facts=facts,
    )


def _any_pages(ref: str, ctx: Context) -> list[str]:
    """Of a secret nothing is remembered: the pages that it may have had (P-16)."""
    calls = product(ctx.policy.roles, range(1, _CALLS + 1))
    return [f"{_PAGE}{ctx.policy.project}{ref}:{role}:{nth}" for role, nth in calls]


def _facts(words: list[str], ctx: Context) -> list[Fact]:
    facts = []
    for word in words:
        if word.startswith(_PAGE):
            key = word.removeprefix(_PAGE)
            role = key.rpartition("#")[2].split(":")[1:2]
            facts.append(Fact("paged", ctx.now, "".join(role), what=key))
        elif word.startswith(_ANNOUNCED):
            channel = word.removeprefix(_ANNOUNCED)
            facts.append(Fact("announced", ctx.now, what=channel, text="as it was"))
        elif word == _PUBLIC:
            name = post_name(1, INVESTIGATING, OPERATIONAL, ())
            facts.append(Fact("published", ctx.now, what=name))
    return facts


def not_found(ref: str) -> Finding:
    """It may be deleted, or hidden from us: nobody can tell."""
    text = f"{ref} cannot be found: it was deleted, or our token may not see it any more"
    remedy = "give the token its right back; else end its pages and its public entry by hand"
    return Finding(f"{text}; {remedy}", ref, key=f"not found:{ref}")
