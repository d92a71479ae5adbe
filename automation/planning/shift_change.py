"""What follows a change of shift: the handover to the next EOC (P-46), the chat's groups (P-43).

Pure. Until a change of shift is told, the dashboard remembers which shift was the last to be told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from automation.changes.comments import Say
from automation.model.incident import Incident, Note
from automation.model.issue import Duty
from automation.planning.finding import Finding
from automation.planning.handover import REMEMBERED, Handover
from automation.planning.incident_view import time_in_words
from automation.planning.plan import Snapshot
from automation.policy.planning_input import Context
from automation.policy.policy import Policy
from automation.stored_state.dashboard import Dashboard, Row

SOON = timedelta(days=1)  # what is due by tomorrow is told
SHIFT_CHANGED = {"rule": "shift-change", "why": "Who comes on call hears what is going on. (P-46)"}
UNNAMED_NOTE = "something was left for you there"


def handover(
    snapshot: Snapshot, board: Dashboard, world: Mapping[str, Incident]
) -> Handover | None:
    """The handover to whoever has just come on call for the first role of the chain; None without a
    change of shift, or with nothing to tell. ``board`` is the dashboard as it should be."""
    ctx = snapshot.ctx
    role = ctx.policy.chain[0]
    duties, known = (each.shifts.get(role, ()) for each in (board, snapshot.stored))
    if role in board.unknown or not duties or not known or not duties[-1].person:
        return None  # nobody answered or is on call, or it is the first one ever
    before = snapshot.stored.handed or _name_of_shift(known[-1])
    if before == _name_of_shift(duties[-1]):
        return None
    due = {
        "planned work": _planned_work(board.planned, ctx),
        "reviews due": _due_by_tomorrow(board.reviews, ctx),
        "actions due": _due_by_tomorrow(board.actions, ctx),
    }
    due = {what: rows for what, rows in due.items() if rows}
    if not (board.active or board.tell or due):
        return None
    whom = duties[-1].person
    key = f"handover:{before}>{whom}"
    chat = ctx.policy.reaches(whom)
    handed = Handover(whom, role, key, before, chat, board.active, board.tell, board.told, due)
    return handed if handed.chat else _by_comments(handed, ctx, world)


def unreached_findings(handed: Handover | None, policy: Policy) -> Iterator[Finding]:
    """A finding about whoever is told by comments because the chat does not know them."""
    if handed and policy.chat.channel and not handed.chat:
        what = f"@{handed.whom} is told of the shift by comments: the chat does not know them"
        yield Finding(f"{what}; set `people.{handed.whom}.chat` to their id there", lasting=False)


def _name_of_shift(duty: Duty) -> str:
    """A text that tells this shift from all others: the person, and since when."""
    return f"{duty.person} {duty.since.isoformat() if duty.since else ''}".strip()


def _due_by_tomorrow(rows: Mapping[str, Row], ctx: Context) -> dict[str, Row]:
    """The rows that are due by tomorrow, or have no due date."""
    last = (ctx.now.astimezone(ZoneInfo(ctx.policy.calendar.zone)) + SOON).date()
    return {
        ref: row
        for ref, row in rows.items()
        if ref[0] == "#" and (not row.get("due") or date.fromisoformat(row["due"]) <= last)
    }


def _planned_work(rows: Mapping[str, Row], ctx: Context) -> dict[str, Row]:
    """Confirmed work that goes on, or begins by tomorrow: alerts of its services page nobody."""
    last = ctx.now + SOON
    return {
        ref: {"title": row["title"], "owner": row["owner"], "due": _from_to(row, ctx)}
        for ref, row in rows.items()
        if datetime.fromisoformat(row["from"]) <= last
    }


def _from_to(row: Row, ctx: Context) -> str:
    start, end = (datetime.fromisoformat(row[key]) for key in ("from", "to"))
    return f"{time_in_words(start, ctx)} to {time_in_words(end, ctx)}"


def _by_comments(handed: Handover, ctx: Context, world: Mapping[str, Incident]) -> Handover | None:
    """The handover with one comment on each active incident. Where there is none it waits for the
    next shift: None."""
    first = next(iter(handed.active), "")
    says = [
        _handover_comment(
            handed,
            world[ref],
            ctx,
            rest=list(_lines_without_incident(handed)) if ref == first else [],
        )
        for ref in handed.active
        if ref in world and handed.key not in world[ref].said
    ]
    whole = all(ref in world for ref in handed.active)
    return replace(handed, comments=tuple(says), whole=whole) if handed.active else None


def _handover_comment(
    handed: Handover, incident: Incident, ctx: Context, rest: Iterable[str]
) -> Say:
    left = [f"{f.by}: {f.text}" for f in incident.facts if f.of in handed.left]
    values = {
        "whom": handed.whom,
        "role": ctx.policy.roles[handed.role].title,
        "left": "\n".join(left),
        "rest": "\n".join(rest),
    }
    note = Note(handed.key, "handover", tuple(values.items()))
    return Say(ref=incident.ref, note=note, **SHIFT_CHANGED)


def _lines_without_incident(handed: Handover) -> Iterator[str]:
    """What belongs to no active incident, a line for each: notes that were left, reviews and
    actions that are due."""
    for row in handed.left.values():
        if row["ref"] not in handed.active:
            yield (
                f"{row['ref']}, {row['by']}: {row['text']}"
                if row["text"]
                else (f"{row['ref']}: {UNNAMED_NOTE}")
            )
    for what, rows in handed.due.items():
        for ref, row in rows.items():
            when = f", {row['due']}" if row.get("due") else ""
            yield f"{what}: {ref} {row['title']} ({row['owner'] or 'nobody'}){when}"


def notes_left(board: Dashboard, world: Mapping[str, Incident]) -> dict[str, Row]:
    """The notes that `/ima tell-next` left and nobody was told yet, by the command's identity, the
    oldest first. Of a confidential incident only the reference (P-16)."""
    rows = {command: row for command, row in board.tell.items() if row["ref"] not in world}
    forgotten = min(board.told.values()) if len(board.told) >= REMEMBERED else ""
    for incident in world.values():
        for fact in incident.facts:
            if fact.kind != "tell next":
                continue
            at = fact.at.isoformat()
            if fact.of not in board.told and at > forgotten:
                said = {"by": fact.by, "text": fact.text}
                if incident.confidential:  # nothing but its bare reference (P-16)
                    said = dict.fromkeys(said, "")
                rows[fact.of] = {"ref": incident.ref, "at": at, **said}
    return dict(sorted(rows.items(), key=lambda item: (item[1]["at"], item[0])))


def chat_groups(snapshot: Snapshot) -> dict[str, tuple[str, ...]]:
    """The members of each group of the chat that follows a role. A group stays as it was where
    nobody knows who is on call."""
    board, people = snapshot.dashboard, dict[str, list[str]]()
    unknown = set()
    for name, role in snapshot.ctx.policy.roles.items():
        duties = board.shifts.get(name, ())
        if role.group and duties and duties[-1].person and name not in board.unknown:
            people.setdefault(role.group, []).append(duties[-1].person)
        elif role.group:
            unknown.add(role.group)
    stored = snapshot.stored.groups.items()
    unchanged = {group: who for group, who in stored if group in unknown}
    known = {g: tuple(dict.fromkeys(who)) for g, who in people.items() if g not in unknown}
    return dict(sorted((unchanged | known).items()))


def groups_to_set(snapshot: Snapshot) -> dict[str, tuple[str, ...]]:
    """The groups whose members should be others than they were at the last pass."""
    before = snapshot.stored.groups
    return {
        handle: who for handle, who in chat_groups(snapshot).items() if before.get(handle) != who
    }
