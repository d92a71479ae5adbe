"""Texts for people: the card, comments, reviews, announcements, the dashboard. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from automation import card, dashboard
from automation.announced import announcement_view
from automation.board import review_title
from automation.changes import Change
from automation.coming import acknowledged
from automation.commands import USAGE
from automation.context import Context
from automation.dashboard import Dashboard, Row
from automation.due import day
from automation.effects import Announce, Declare, Open
from automation.facts import is_action
from automation.figures import conductor, in_each_state, times
from automation.incident import Incident, Note
from automation.model import Draft
from automation.shifts import Handover
from automation.slo import lines
from automation.telling import Say
from automation.templates import Safe, Templates
from automation.text import inline, mark, unmarked
from automation.timeline import timeline
from automation.view import card_view, explain, minutes, moment, shown_title


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
        if note.template not in ("called", "propose"):
            parts.append(_say(note, incident, ctx, templates))
    if proposed := [note for note in notes if note.template == "propose"]:
        parts.append(_proposed(proposed, incident, ctx, templates))
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
    values["due"] = str(incident.due or "")
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


def _proposed(
    notes: Sequence[Note], incident: Incident, ctx: Context, templates: Templates
) -> Safe:
    """Status and severity in one: the figures behind both are the same."""
    values = _values(incident, ctx) | {"status": "", "severity": ""}
    values |= {dict(note.values)["family"]: dict(note.values)["value"] for note in notes}
    values["figures"] = lines(incident.affects, ctx.verdicts)
    return templates.render("comments/propose.md.j2", values)


def declared_draft(change: Declare, ctx: Context, templates: Templates) -> Draft:
    """The incident that IMA opens by itself, with the markers that say why."""
    labels = ctx.policy.labels
    names = [labels.name("incident")]
    known = labels.values("service")
    names += [labels.name("service", service) for service in change.services if service in known]
    components = [ctx.policy.services[name].component or name for name in change.services]
    values = {"services": components, "status": change.status, "figures": change.figures}
    text = templates.render("slo_incident.md.j2", values)
    marks = [
        mark("declared", {"by": "", "origin": "alert", "wanted": {}}),
        mark("slo", {"service": list(change.services)}),
    ]
    return Draft(change.title, "\n".join([f"{text.rstrip()}\n", *marks, ""]), tuple(names))


def review_body(incident: Incident, change: Open, ctx: Context, templates: Templates) -> str:
    """The review's body, with the marker by which it is found again."""
    values = _values(incident, ctx) | {
        "severity": change.severity,
        "timeline": timeline(incident, ctx),
        "eoc": change.assignee,
        "due": change.due,
        "conductor": conductor(incident, ctx),
        "states": in_each_state(incident, ctx),
        "times": times(incident, ctx),
        "waived": [
            {"rule": f.what, "by": f.by, "why": f.text, "until": moment(f.ends, ctx)}
            for f in incident.facts
            if f.kind == "waived"
        ],
        "withheld": [
            {"by": f.by, "why": f.text} for f in incident.facts if f.kind == "withheld"
        ],
    }  # fmt: skip
    marker = mark("review", {"for": incident.ref, "kind": change.what, "due": change.due})
    return f"{templates.render(change.template, values).rstrip()}\n\n{marker}\n"


def action_body(incident: Incident, change: Open, ctx: Context, templates: Templates) -> str:
    """A corrective action's body, with the marker by which it is found again."""
    values = _values(incident, ctx) | {
        "severity": change.severity,
        "owner": change.assignee,
        "by": change.by,
        "due": change.due,
        "title": change.title,
    }
    data = {"for": incident.ref, "of": change.of, "due": change.due}
    text = templates.render(change.template, values)
    return f"{text.rstrip()}\n\n{mark('action', data)}\n"


def opened_body(incident: Incident, change: Open, ctx: Context, templates: Templates) -> str:
    """The body of what a change opens."""
    body = action_body if is_action(change.what) else review_body
    return body(incident, change, ctx, templates)


def opened_draft(incident: Incident, change: Open, ctx: Context, templates: Templates) -> Draft:
    """A review or an action as an issue: labelled, assigned, linked to what it follows."""
    labels = ctx.policy.labels
    names = [labels.name("action" if is_action(change.what) else "review")]
    names += [labels.name("near_miss")] if change.what == "near miss" else []
    names += [labels.name("severity", change.severity)] if change.severity else []
    return Draft(
        change.title or review_title(change.what, incident.title),
        opened_body(incident, change, ctx, templates),
        tuple(names),
        (change.assignee,) if change.assignee else (),
        incident.confidential,
        day(change.due),
        links=(incident.ref,),
    )


def text_of(change: Change, incident: Incident, ctx: Context, templates: Templates) -> str:
    """The text that a change writes for people, if it writes one."""
    if isinstance(change, Say) and change.note.template == "called":
        return _called([dict(change.note.values)["role"].lower()], incident, ctx, templates)
    if isinstance(change, Say) and change.note.template == "propose":
        return _proposed([change.note], incident, ctx, templates)
    if isinstance(change, Say):
        return _say(change.note, incident, ctx, templates)
    if isinstance(change, Open):
        return unmarked(opened_body(incident, change, ctx, templates))
    if isinstance(change, Announce):
        return announced(change, incident, ctx, templates)
    return ""


def document_body(incident: Incident, ctx: Context, templates: Templates, template: str) -> str:
    """The working document; of a confidential incident without its title (P-16)."""
    values = _values(incident, ctx)
    values["incident"] |= {"title": shown_title(incident)}
    return templates.render(template, values)


def announcement(incident: Incident, ctx: Context, templates: Templates) -> str:
    """One message for a channel; of a confidential incident only its reference (P-16)."""
    values = {"announced": announcement_view(incident, ctx)}
    return templates.render("chat/announcement.txt.j2", values).strip()


def announced(change: Announce, incident: Incident, ctx: Context, templates: Templates) -> str:
    """What an announcement says: that there is an incident, or who comes for a role (P-18)."""
    if not change.about:
        return announcement(incident, ctx, templates)
    ack = acknowledged(incident, change.role)
    shown = {
        "person": ack.who if ack else "",
        "role": change.role.upper(),
        "title": ctx.policy.roles[change.role].title,
    }
    if incident.confidential:
        shown = dict.fromkeys(shown, "")
    values = {"announced": announcement_view(incident, ctx), "coming": shown}
    return templates.render(f"chat/{change.about}.txt.j2", values).strip()


def page_text(incident: Incident, role: str) -> str:
    """What the pager reads out."""
    title = "confidential incident" if incident.confidential else incident.title
    severity = incident.severity.value if incident.severity else "no severity yet"
    return f"{incident.ref} {title} ({severity}): you are needed as {role.upper()}"


_NO_DAY = {"due": "", "overdue": ""}  # of a row that an older ima wrote


def handover(turn: Handover, ctx: Context, templates: Templates) -> str:
    """The message to the next one on call (P-46)."""
    values = {
        "whom": turn.whom,
        "title": ctx.policy.roles[turn.role].title,
        "active": [{"ref": ref, **row} for ref, row in turn.active.items()],
        "due": [{"what": what, "rows": list(_due(rows))} for what, rows in turn.due.items()],
        "left": _left(turn.left),
    }
    return templates.render("chat/handover.txt.j2", values).strip()


def _left(rows: Mapping[str, Row]) -> list[dict[str, Any]]:
    """What somebody left for the next one; longer than a cell of a table may be."""
    return [
        {"ref": row["ref"], "by": row["by"], "text": Safe(inline(row["text"], 500))}
        for row in rows.values()
    ]


def _due(rows: Mapping[str, Row]) -> Iterator[dict[str, str]]:
    for ref, row in rows.items():
        yield {"ref": ref, "title": row["title"], "owner": row["owner"], "due": row.get("due", "")}


def dashboard_body(board: Dashboard, templates: Templates) -> str:
    """The dashboard's body."""
    values = {
        "active": [{"ref": ref, **row} for ref, row in board.active.items()],
        "reviews": [{"ref": ref, **_NO_DAY, **row} for ref, row in board.reviews.items()],
        "actions": [{"ref": ref, **_NO_DAY, **row} for ref, row in board.actions.items()],
        "old": list(board.old),
        "left": _left(board.tell),
        "late": [
            {
                "at": f"{row.at:%Y-%m-%d %H:%M}",
                "ref": row.ref,
                "rule": row.rule,
                "by": minutes(row.seconds),
            }
            for row in sorted(board.late, key=lambda row: -row.seconds)[:10]
        ],
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
