"""What the week was: made of the issues of that time, and posted where the policy says. Pure.

Of confidential incidents only how many there were (P-16); drills are no incidents (P-57).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import NamedTuple

from automation.changes.issue_changes import Change
from automation.history.step_times import STEPS, length_in_words, step_lengths
from automation.model.incident import Fact, Incident
from automation.model.secrecy import Tellable, tellable
from automation.planning.dashboard_rows import dashboard_now
from automation.planning.digest import (
    Counts,
    Digest,
    DigestPost,
    PersonWeek,
    places_in_words,
)
from automation.planning.plan import Snapshot, by_ref
from automation.policy.due_dates import parse_day
from automation.policy.planning_input import Context
from automation.policy.team_time import team_zone
from automation.stored_state.dashboard import Dashboard, Row
from automation.times.durations import zone_named
from automation.times.json_answer import iso
from automation.times.team_clock import TeamClock

_SOON = timedelta(days=7)  # what is due in this time is told
_ACKNOWLEDGE = STEPS[0]


class _Time(NamedTuple):
    """From when to when."""

    start: datetime
    end: datetime

    def has(self, at: datetime | None) -> bool:
        """Was it then?"""
        return at is not None and self.start <= at < self.end

    def meets(self, start: datetime | None, end: datetime | None) -> bool:
        """Does a shift lie in it, if only in part? None: it has no such bound."""
        return (start is None or start < self.end) and (end is None or end > self.start)


def digest_to_post(
    snapshot: Snapshot, world: Mapping[str, Incident], changes: Iterable[Change]
) -> DigestPost | None:
    """The digest that is due, for the places where it is not told yet."""
    if (due := snapshot.digest) is None:
        return None
    board = dashboard_now(snapshot, world, changes)
    unread = [*snapshot.aside, *(snapshot.sweep.unread if snapshot.sweep else ())]
    made = digest_of(world, board, snapshot.ctx, due.since, due.until, unread)
    return DigestPost(made, due.places, places_in_words(snapshot.ctx.policy))


def digest_of(
    world: Mapping[str, Incident],
    board: Dashboard,
    ctx: Context,
    since: datetime,
    until: datetime,
    unread: Iterable[str] = (),
) -> Digest:
    """What the time from ``since`` to ``until`` was, and what is due now. ``world`` are the issues
    that moved in it and in as long a time before; ``board`` is the dashboard as it stands."""
    now, length = _Time(since, until), until - since
    counted = [one for one in world.values() if one.counts]
    drills = [one for one in world.values() if one.drill and one.tracked]
    counts, due = _counts(world.values(), ctx, now), _due_rows(board, ctx)
    known = ctx.since <= since - length
    before = _counts(world.values(), ctx, _Time(since - length, since)) if known else None
    told = [one for one in map(tellable, counted) if one and (one.active or _moved(one, now))]
    hidden = [
        one for one in counted if one.confidential and (one.active or now.has(one.declared_at))
    ]
    told.sort(key=lambda one: (not one.active, ctx.policy.rank(one.grade), by_ref(one.ref)))
    done = [one for one in map(tellable, world.values()) if one and _is_done(one, now)]
    return Digest(
        since,
        until,
        counts,
        before,
        len(hidden),
        sum(now.has(one.declared_at) for one in drills),
        tuple(_incident_row(one, ctx) for one in told),
        due,
        tuple(_done_row(one) for one in sorted(done, key=lambda one: by_ref(one.ref))),
        tuple(_improvements(counts, before)) if before else (),
        tuple(_people(counted, board, ctx, now, due)),
        tuple(sorted(filter(None, unread), key=by_ref)),
    )


def _moved(one: Tellable, time: _Time) -> bool:
    """Was it declared in that time, did it come back in it, or end?"""
    back = (fact.at for fact in one.facts if fact.kind == "reopened")
    end = one.resolution.at if one.resolution else None
    return any(map(time.has, (one.declared_at, *back, end)))


def _counts(world: Iterable[Incident], ctx: Context, time: _Time) -> Counts:
    everything = list(world)
    declared = [one for one in everything if one.counts and time.has(one.declared_at)]
    told = list(filter(None, map(tellable, declared)))
    meaning = ctx.policy.labels.meaning
    near = (
        one.kind == "review"
        and time.has(one.opened_at)
        and ("near_miss", "") in map(meaning, one.labels)
        for one in everything
    )
    incidents = (one for one in everything if one.counts)
    pages = [page for one in incidents for page in _pages(tellable(one), time)]
    return Counts(
        len(declared),
        sum(near),
        len(pages),
        sum(_is_out_of_hours(page, ctx) for page in pages),
        _median(step_lengths(one, ctx).get(_ACKNOWLEDGE) for one in told),
        _median(_length(one) for one in told),
    )


def _median(lengths: Iterable[timedelta | None]) -> float | None:
    took = [length.total_seconds() for length in lengths if length is not None]
    return median(took) if took else None


def _start(one: Tellable) -> datetime:
    """Since when it has been open without a break (P-51)."""
    return one.began or one.declared_at or one.opened_at


def _length(one: Tellable) -> timedelta | None:
    """How long it was open; None while it goes on."""
    return max(one.resolution.at - _start(one), timedelta()) if one.resolution else None


def _pages(incident: Tellable | None, time: _Time) -> list[Fact]:
    facts = incident.facts if incident else ()
    return [f for f in facts if f.kind == "paged" and f.done and f.who and time.has(f.at)]


def _is_out_of_hours(page: Fact, ctx: Context) -> bool:
    """Was it outside of the working hours of whom it called, where they are?"""
    person = ctx.policy.people.get(page.who)
    return not ctx.policy.calendar.in_zone(person.zone if person else "").is_open(page.at)


def _incident_row(one: Tellable, ctx: Context) -> dict[str, str]:
    began, length = _start(one), _length(one)
    return {
        "ref": one.ref,
        "title": one.title,
        "severity": one.severity.value if one.severity else "",
        "state": one.state_now,
        "owner": one.owner or "",
        "since": TeamClock(team_zone(ctx.policy), year=ctx.now.year).words(began),
        "since_at": iso(began),
        "took": "" if length is None else length_in_words(length),
    }


def _due_rows(board: Dashboard, ctx: Context) -> tuple[Row, ...]:
    """Reviews and actions that are overdue or due soon, and planned work that goes on or is soon.
    A confidential one has no day on the dashboard, so it is not among them."""
    soon = ctx.now + _SOON
    last = soon.astimezone(zone_named(ctx.policy.calendar.zone)).date()
    rows = [
        {"what": what, "ref": ref} | {key: row.get(key, "") for key in _OF_DUE}
        for what, found in (("review", board.reviews), ("action", board.actions))
        for ref, row in found.items()
        if ref[0] == "#" and (due := parse_day(row.get("due"))) and due <= last
    ]
    clock = TeamClock(team_zone(ctx.policy), year=ctx.now.year)
    for ref, row in board.planned.items():
        start = datetime.fromisoformat(row["from"])
        if start <= soon:
            of_work = {"title": row["title"], "owner": row["owner"], "overdue": ""}
            day = start.astimezone(UTC).date().isoformat()
            rows.append({"what": "work", "ref": ref, **of_work, "due": day})
            rows[-1] |= {"begins": clock.words(start), "begins_at": iso(start)}
    return tuple({"begins": "", "begins_at": "", **row} for row in sorted(rows, key=_by_urgency))


_OF_DUE = ("title", "owner", "due", "overdue")


def _by_urgency(row: Row) -> tuple[bool, str, tuple[int, str]]:
    return (not row["overdue"], row["due"], by_ref(row["ref"]))


def _is_done(one: Tellable, time: _Time) -> bool:
    return one.kind in ("review", "action") and one.closed and time.has(one.closed_at)


def _done_row(one: Tellable) -> Row:
    return {"ref": one.ref, "title": one.title, "what": one.kind}


def _improvements(now: Counts, before: Counts) -> Iterator[Row]:
    """What was counted in both times, and is better in this one."""
    if now.incidents < before.incidents:
        yield _better("incidents", f"{now.incidents}", f"{before.incidents}")
    if now.out_of_hours < before.out_of_hours:
        yield _better("out of hours", f"{now.out_of_hours}", f"{before.out_of_hours}")
    for what in ("acknowledge", "resolve"):
        took, took_before = getattr(now, what), getattr(before, what)
        if took is not None and took_before is not None and took < took_before:
            said, said_before = (length_in_words(timedelta(seconds=s)) for s in (took, took_before))
            if said != said_before:
                yield _better(what, said, said_before)


def _better(what: str, now: str, before: str) -> Row:
    return {"what": what, "now": now, "before": before}


def _people(
    counted: Iterable[Incident], board: Dashboard, ctx: Context, time: _Time, due: Iterable[Row]
) -> Iterator[PersonWeek]:
    """Each who was on call or was paged, those with the most pages first."""
    told = [one for one in map(tellable, counted) if one]
    pages = [page for one in told for page in _pages(one, time)]
    roles: dict[str, dict[str, None]] = {}
    for role, person in _on_call(board, ctx, time):
        roles.setdefault(person, {})[role] = None
    for page in pages:
        roles.setdefault(page.who, {}).update(dict.fromkeys(filter(None, [page.role])))
    weeks = [
        PersonWeek(
            person,
            tuple(role for role in ctx.policy.roles if role in theirs),
            len(mine := [page for page in pages if page.who == person]),
            sum(_is_out_of_hours(page, ctx) for page in mine),
            tuple(sorted({one.ref for one in told if _came(one, person, time)}, key=by_ref)),
            tuple(row["ref"] for row in due if row["owner"] == person),
        )
        for person, theirs in roles.items()
    ]
    yield from sorted(weeks, key=lambda week: (-week.pages, week.who))


def _on_call(board: Dashboard, ctx: Context, time: _Time) -> Iterator[tuple[str, str]]:
    """Roles, with whom the dashboard remembers as on call in that time."""
    for role, duties in board.shifts.items():
        for duty, after in zip(duties, (*duties[1:], None), strict=True):
            ended = after.since if after else None
            if duty.person and time.meets(duty.since, ended):
                yield role, duty.person


def _came(one: Tellable, person: str, time: _Time) -> bool:
    came = ("engaged", "acknowledged")
    return any(f.kind in came and f.who == person and time.has(f.at) for f in one.facts)
