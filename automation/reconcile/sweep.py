"""Which issues a run has to read whole, and the small cache that says so. Pure.

A *full* sweep lists every issue; a *quiet* one only what moved since the last. Either reads whole
only what moved, what falls due, and, when somebody else is on call now, what is active. The cache
holds references, times and page keys, no text; it may be lost at any time.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from automation.model.bounds import possible
from automation.model.engagement import REPEATED
from automation.model.incident import Incident
from automation.model.issue import Head
from automation.model.secrecy import tellable
from automation.planning.incident_view import next_look
from automation.planning.set_aside import SetAside
from automation.planning.sweep_state import Cache, KnownIssue, Sweep
from automation.policy.planning_input import Context

VERSION = 1
_BEGIN_OF_TIME = datetime(1970, 1, 1, tzinfo=UTC)
OVERLAP = timedelta(minutes=2)  # so much a list may be behind what it lists


def is_full(cache: Cache, project: str, policy: str, now: datetime, every: timedelta) -> bool:
    """Must this run list everything? So it is where the cache is of another project or policy, or
    where the last full sweep was more than ``every`` ago."""
    if cache.full_at is None or cache.seen is None:
        return True
    if (cache.project, cache.policy) != (project, policy):
        return True
    return not timedelta() <= now - cache.full_at < every


def believable(cache: Cache, project: str, policy: str) -> Cache:
    """The cache, or an empty one where it is that of another project or policy."""
    return cache if (cache.project, cache.policy) == (project, policy) else Cache()


def ask_since(cache: Cache) -> datetime | None:
    """Since when a quiet sweep asks what moved; None where nothing was listed before."""
    return cache.seen - OVERLAP if cache.seen else None


def to_read(
    cache: Cache,
    heads: Iterable[Head],
    now: datetime,
    on_call: Mapping[str, str | None],
    acknowledged: Iterable[str] = (),
    recent: datetime | None = None,
) -> list[str]:
    """References of the issues that must be read whole: those that moved, that something falls due
    on, or that a shift or an acknowledgement concerns. With ``recent`` also those that are active
    or have moved since then."""
    chosen: dict[str, None] = {}
    for head in heads:
        before = cache.issues.get(head.ref)
        if before is None or before.updated_at != head.updated_at:
            chosen[head.ref] = None
    shift = dict(cache.on_call) != dict(on_call)
    acks = set(acknowledged)
    for ref, issue in cache.issues.items():
        falls_due = issue.due is not None and issue.due <= now
        matters = recent is not None and (issue.active or issue.updated_at > recent)
        if falls_due or matters or (shift and issue.active) or acks & set(issue.pages):
            chosen[ref] = None
    return list(chosen)


def unlisted(cache: Cache, heads: Iterable[Head]) -> list[str]:
    """References of what goes on, and is on no list of everything: where an issue is closed or
    deleted while pages are turned, the others move up, and a list leaves one out."""
    listed = {head.ref for head in heads}
    return [ref for ref, issue in cache.issues.items() if issue.active and ref not in listed]


def due_now(cache: Cache, refs: Iterable[str]) -> Cache:
    """The cache with these issues to be read by the next sweep, whatever a list shows of them."""
    known = {
        ref: replace(cache.issues[ref], due=cache.issues[ref].updated_at)
        for ref in refs
        if ref in cache.issues
    }
    return replace(cache, issues={**cache.issues, **known})


def split_by_room(
    cache: Cache, chosen: Sequence[str], room: int
) -> tuple[list[str], tuple[str, ...]]:
    """The references among ``chosen`` that may be read in this run, ``room`` at the most and active
    ones first; and the others."""
    if len(chosen) <= room:
        return list(chosen), ()
    known = cache.issues
    ordered = sorted(chosen, key=lambda ref: not (ref in known and known[ref].active))
    return ordered[:room], tuple(ordered[room:])


def next_cache(
    sweep: Sweep, world: Mapping[str, Incident], ctx: Context, unfinished: Collection[str] = ()
) -> Cache:
    """What this run leaves for the next. An issue that was not read stays as it was known; one that
    is ``unfinished`` is read again.

    What a list of everything has left out, and nobody knew before, is found by the next run: that
    asks what moved since the run before this one."""
    before = sweep.cache.issues
    moved = {head.ref: head.updated_at for head in sweep.heads}
    listed = sweep.full and "" not in unfinished
    kept = (ref for ref in before if ref in world or not listed)
    refs = dict.fromkeys((*kept, *moved))
    issues = {}
    set_aside = SetAside()
    for ref in refs:
        known = before.get(ref)
        if incident := world.get(ref):
            at = moved.get(ref) or before[ref].updated_at
            found = set_aside.attempt(ref, partial(_known_issue, incident, at, ctx))
            known = known if ref in set_aside else found
        if known:
            issues[ref] = known
    reviews = (
        ctx.reviews.get(ref, {}).get("review", "") for ref in unfinished
    )  # they follow their incidents
    unsteady = (head.ref for head in sweep.heads if head.ref in issues and not head.steady)
    for ref in (*unsteady, *sweep.unread, *unfinished, *set_aside.findings, *reviews):
        new = KnownIssue(moved[ref]) if ref in moved else None
        if issue := issues.get(ref) or before.get(ref) or new:
            issues[ref] = replace(issue, due=ctx.now)
    return Cache(
        ctx.policy.project,
        ctx.policy.digest,
        ctx.now if sweep.full else sweep.cache.full_at,
        _seen(sweep),
        {role: ctx.on_call.person(role) for role in ctx.policy.roles},
        issues,
        {ref: kinds for ref, kinds in ctx.reviews.items() if not _is_kept_in(world.get(ref))},
        ctx.now,
    )


def _seen(sweep: Sweep) -> datetime | None:
    seen = max(filter(None, (sweep.seen, sweep.cache.seen)), default=None)
    began = sweep.cache.began
    return min(seen, began) if seen and began and sweep.full else seen


def _is_kept_in(incident: Incident | None) -> bool:
    return incident is not None and incident.confidential


def _known_issue(incident: Incident, updated_at: datetime, ctx: Context) -> KnownIssue | None:
    """What is remembered of an issue; None if nothing need be. Of a confidential one no time, page
    or review is kept (P-16): while anything may fall due each run reads it, and after that a run
    reads it when it moves."""
    if (told := tellable(incident)) is None:
        waits = incident.active or next_look(incident, ctx) is not None
        return KnownIssue(_BEGIN_OF_TIME, _BEGIN_OF_TIME, incident.active) if waits else None
    made = ("paged", "repeated")
    pages = [f for f in told.facts if f.kind in made] if told.active else []
    coming = {f":{seat.role}:{seat.nth}" for seat in told.seats.values() if not seat.here_at}
    needed = {need.who for need in told.waiting}
    waiting = tuple(
        page_with_number(page.what, page.text)
        for page in pages
        if any(page.what.removesuffix(REPEATED).endswith(call) for call in coming)
        or (not page.role and page.who in needed)
    )
    return KnownIssue(updated_at, next_look(told, ctx), told.active, waiting)


def page_with_number(key: str, number: str) -> str:
    """A page as the cache has it: its key and, where it has one, its id in the pager."""
    return f"{key} {number}".rstrip()


def key_and_number(word: str) -> tuple[str, str]:
    """The key and the id that `page_with_number` has joined."""
    key, _, number = word.partition(" ")
    return key, number


def encode(cache: Cache) -> str:
    """The cache as JSON, one line for each issue."""
    rows = {
        ref: [_iso(issue.updated_at), _iso(issue.due), issue.active, list(issue.pages)]
        for ref, issue in cache.issues.items()
    }
    data = {
        "v": VERSION,
        "project": cache.project,
        "policy": cache.policy,
        "full_at": _iso(cache.full_at),
        "seen": _iso(cache.seen),
        "began": _iso(cache.began),
        "on_call": dict(cache.on_call),
        "reviews": {ref: dict(kinds) for ref, kinds in cache.reviews.items()},
        "issues": rows,
    }
    return json.dumps(data, separators=(",", ":"))


def decode(text: str) -> Cache:
    """The cache in a file; an empty one if it is garbled or of another version."""
    try:
        data = json.loads(text)
        if data["v"] != VERSION:
            return Cache()
        return _cache_from(data)
    except (LookupError, RecursionError, AttributeError, OverflowError, TypeError, ValueError):
        return Cache()


def _cache_from(data: dict[str, Any]) -> Cache:
    issues = {
        str(ref): KnownIssue(
            _possible_time(row[0]), _time_or_none(row[1]), row[2] is True, tuple(map(str, row[3]))
        )
        for ref, row in data["issues"].items()
    }
    return Cache(
        str(data["project"]),
        str(data["policy"]),
        _time_or_none(data["full_at"]),
        _time_or_none(data["seen"]),
        {str(role): person and str(person) for role, person in data["on_call"].items()},
        issues,
        {
            str(ref): {str(k): str(v) for k, v in row.items()}
            for ref, row in data["reviews"].items()
        },
        _time_or_none(data.get("began")),
    )


def _texts(row: dict[str, Any]) -> dict[str, str]:
    return {str(key): str(value) for key, value in row.items()}


def _iso(when: datetime | None) -> str | None:
    return when.isoformat() if when else None


def _time_or_none(text: str | None) -> datetime | None:
    return _possible_time(text) if text else None


def _possible_time(text: str) -> datetime:
    """The time that a text says. Raises ValueError or OverflowError where it cannot be one."""
    at = datetime.fromisoformat(text).astimezone(UTC)
    if not possible(at):
        raise ValueError
    return at
