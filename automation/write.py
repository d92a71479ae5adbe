"""Texts for people: the card, comments, reviews, announcements, the dashboard. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from automation import card, dashboard
from automation.board import review_title
from automation.changes import Change
from automation.commands import USAGE
from automation.context import Context
from automation.dashboard import Dashboard
from automation.effects import Announce, Open
from automation.incident import Incident, Note
from automation.model import Draft
from automation.telling import Say
from automation.templates import Safe, Templates
from automation.text import mark, unmarked
from automation.timeline import timeline
from automation.view import card_view, explain, shown_title


def card_body(incident: Incident, ctx: Context, templates: Templates, digest: str) -> str:
    """The card: a table for people and the facts."""
    table = templates.render("card.md.j2", {"card": card_view(incident, ctx)})
    kept = card.kept_on_card(incident.facts, incident.said)
    return card.encode(replace(kept, wrote=incident.wrote, digest=digest), table)


def comment_body(
    notes: Sequence[Note], incident: Incident, ctx: Context, templates: Templates
) -> str:
    """All that is to be said in one pass, as one comment."""
    parts = []
    called = [dict(note.values)["role"].lower() for note in notes if note.template == "called"]
    if called:
        parts.append(_called(called, incident, ctx, templates))
    for note in notes:
        if note.template != "called":
            parts.append(_say(note, incident, ctx, templates))
    keys = [note.key for note in notes]
    facts = [fact for note in notes for fact in _facts(note, incident)]
    return "\n\n".join([*(part.strip() for part in parts), card.comment_mark(keys, facts)])


def _facts(note: Note, incident: Incident) -> Iterable[Any]:
    if note.key.startswith("opened:"):
        fact = incident.found("opened", note.key.partition(":")[2])
        return (fact,) if fact else ()
    return note.facts


def _values(incident: Incident, ctx: Context) -> dict[str, Any]:
    return {
        "incident": {"ref": incident.ref, "title": incident.title, "author": incident.author or ""},
        "card": card_view(incident, ctx),
        "severities": [
            {"name": s.name, "means": s.means} for s in ctx.policy.severities.values()
        ],
        "usage": [Safe(f"/ima {text}") for text in USAGE.values()],
    }  # fmt: skip


def _say(note: Note, incident: Incident, ctx: Context, templates: Templates) -> Safe:
    values = _values(incident, ctx) | dict(note.values)
    if note.template == "explain":
        values["explain"] = explain(incident, ctx)
    return templates.render(f"comments/{note.template}.md.j2", values)


def _called(roles: Sequence[str], incident: Incident, ctx: Context, templates: Templates) -> Safe:
    values = _values(incident, ctx)
    rows = []
    for name in roles:
        role = ctx.policy.roles[name]
        checklist = templates.render(role.checklist, values) if role.checklist else ""
        seat = incident.seats.get(name)
        rows.append(
            {"title": role.title, "person": seat.person if seat else "", "checklist": checklist}
        )
    return templates.render("comments/called.md.j2", values | {"called": rows})


def review_body(incident: Incident, change: Open, ctx: Context, templates: Templates) -> str:
    """The review's body, with the marker by which it is found again."""
    values = _values(incident, ctx) | {
        "severity": change.severity,
        "timeline": timeline(incident, ctx),
        "eoc": change.assignee,
    }
    marker = mark("review", {"for": incident.ref, "kind": change.what})
    return f"{templates.render(change.template, values).rstrip()}\n\n{marker}\n"


def review_draft(incident: Incident, change: Open, ctx: Context, templates: Templates) -> Draft:
    """The review as an issue to be opened: labelled, assigned, linked to what it reviews."""
    labels = ctx.policy.labels
    names = [labels.name("review")]
    names += [labels.name("near_miss")] if change.what == "near miss" else []
    names += [labels.name("severity", change.severity)] if change.severity else []
    return Draft(
        review_title(change.what, incident.title),
        review_body(incident, change, ctx, templates),
        tuple(names),
        (change.assignee,) if change.assignee else (),
        incident.confidential,
        links=(incident.ref,),
    )


def text_of(change: Change, incident: Incident, ctx: Context, templates: Templates) -> str:
    """The text that a change writes for people, if it writes one."""
    if isinstance(change, Say) and change.note.template == "called":
        return _called([dict(change.note.values)["role"].lower()], incident, ctx, templates)
    if isinstance(change, Say):
        return _say(change.note, incident, ctx, templates)
    if isinstance(change, Open):
        return unmarked(review_body(incident, change, ctx, templates))
    if isinstance(change, Announce):
        return announcement(incident, ctx, templates)
    return ""


def document_body(incident: Incident, ctx: Context, templates: Templates, template: str) -> str:
    """The working document; of a confidential incident without its title (P-16)."""
    values = _values(incident, ctx)
    values["incident"] |= {"title": shown_title(incident)}
    return templates.render(template, values)


def announcement(incident: Incident, ctx: Context, templates: Templates) -> str:
    """One message for a channel; of a confidential incident only its reference (P-16)."""
    values = _values(incident, ctx)
    values["confidential"] = incident.confidential
    return templates.render("chat/announcement.txt.j2", values).strip()


def page_text(incident: Incident, role: str) -> str:
    """What the pager reads out."""
    title = "confidential incident" if incident.confidential else incident.title
    severity = incident.severity.value if incident.severity else "no severity yet"
    return f"{incident.ref} {title} ({severity}): you are needed as {role.upper()}"


def dashboard_body(board: Dashboard, templates: Templates) -> str:
    """The dashboard's body."""
    values = {
        "active": [{"ref": ref, **row} for ref, row in board.active.items()],
        "reviews": [{"ref": ref, **row} for ref, row in board.reviews.items()],
        "old": list(board.old),
        "flappy": flappy_rows(board),
        "on_call": [
            {"role": role.upper(), "person": duties[-1].person, "unknown": role in board.unknown}
            for role, duties in board.shifts.items()
        ],
    }
    return dashboard.encode(board, templates.render("dashboard.md.j2", values))


def flappy_rows(board: Dashboard) -> list[dict[str, Any]]:
    """The flappy alerts and the incidents that they opened."""
    return [
        {"alert": name, "incidents": [ref for _, ref in board.alerts.get(name, ())]}
        for name in board.flappy
    ]
