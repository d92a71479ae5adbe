"""Texts for people: the card, comments, reviews, announcements, the dashboard. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from automation.changes.announcement import announcement_view
from automation.changes.comments import Message
from automation.changes.need import MessagePerson
from automation.changes.notice import PostNotice
from automation.changes.service_calls import Announce
from automation.model.commands import USAGE, in_their_words
from automation.model.engagement import BY_COMMENT, acknowledged
from automation.model.incident import Incident, Note
from automation.model.issue import Paper
from automation.model.secrecy import shown_title, tellable
from automation.model.team_words import COMMON, TeamWords
from automation.planning.incident_view import (
    card_view,
    explain,
    in_words,
    maintenance_view,
    pages_not_out,
)
from automation.planning.security_incidents import MOVE
from automation.policy.due_dates import due_zone
from automation.policy.planning_input import Context
from automation.policy.slo import bad_figures_in_words
from automation.stored_state import card
from automation.text.escaping import clean
from automation.writing.templates import Safe, Templates, Values

ABOUT_TO = "about to"  # in place of the digest, on a card that is written ahead of effects
_A_DRILL = "**DRILL.** This is an exercise. Is it real after all? `/ima drill real`"
_BARE = "**This is confidential.** Nothing more is said here."


def card_body(
    incident: Incident, ctx: Context, templates: Templates, digest: str, bare: bool = False
) -> str:
    """The body of the card: a text for people, and the facts. ``bare`` says that everybody could
    read it, though nobody must (P-16)."""
    work = incident.kind == "maintenance"
    template = "maintenance_card.md.j2" if work else "card.md.j2"

    def view() -> dict[str, Any]:
        if work:
            return {"work": maintenance_view(incident, ctx)}
        not_out = [] if digest == ABOUT_TO else pages_not_out(incident)
        known = template_values(incident, ctx) | {"not_out": not_out}
        return known | _called_by_comment_only(incident, ctx)

    shown = _BARE if bare or incident.silent else templates.render(template, Values(view))
    shown = f"{_A_DRILL}\n\n{shown}" if incident.drill else shown
    facts = [fact for fact in incident.facts if fact not in incident.facts_off_card]
    kept = card.kept_on_card(facts, incident.said)
    kept = replace(kept, labels_set=incident.labels_set, opened_with=incident.opened_marker)
    return card.encode(replace(kept, digest=digest), shown)


def _card(incident: Incident, ctx: Context) -> dict[str, Any]:
    return in_words(card_view(incident, ctx), ctx.policy.words)


def _called_by_comment_only(incident: Incident, ctx: Context) -> dict[str, Any]:
    """Does somebody who is called have to see a comment to know it? ``unpaged``: whoever it is;
    ``by_comment``: those of these roles; ``unheard``: those whose page woke nobody."""
    policy, seats = ctx.policy, incident.seats.values() if incident.active else ()
    waiting = [seat.role for seat in seats if seat.here_at is None]
    told = {f.role for f in incident.facts if f.kind == "paged" and f.text == BY_COMMENT}
    nobody = [policy.roles[r].title for r in waiting if r in told or not policy.wakes(r)]
    none = policy.pager.kind == "policy"
    in_vain = {f.who for f in incident.facts if f.kind == "unheard"}
    unheard = [policy.roles[s.role].title for s in seats if not s.here_at and s.person in in_vain]
    shown = {"unpaged": bool(nobody) and none, "by_comment": [] if none else nobody}
    return shown | {"unheard": unheard}


def comment_body(
    notes: Sequence[Note],
    incident: Incident,
    ctx: Context,
    templates: Templates,
    known: Mapping[str, Any] | None = None,
) -> str:
    """One comment with everything that is to be said in this pass. ``known``: its
    `template_values`, if somebody has them."""
    known = known or Values(partial(template_values, incident, ctx))
    parts = [_A_DRILL] if incident.drill else []
    called = [dict(note.values)["role"].lower() for note in notes if note.template == "called"]
    if called:
        parts.append(called_text(called, incident, ctx, templates, known))
    for note in notes:
        if note.template not in ("called", "propose"):
            parts.append(note_text(note, incident, ctx, templates, known))
    if proposed := [note for note in notes if note.template == "propose"]:
        parts.append(proposed_text(proposed, incident, ctx, templates, known))
    keys = [note.key for note in notes]
    facts = [fact for note in notes for fact in _facts_of_note(note, incident)]
    owed = [(note.key, person) for note in notes for person in note.tell]
    return "\n\n".join([*(part.strip() for part in parts), card.comment_mark(keys, facts, owed)])


def _facts_of_note(note: Note, incident: Incident) -> Iterable[Any]:
    if note.key.startswith("opened:"):
        fact = incident.found("opened", note.key.partition(":")[2])
        return (fact,) if fact else ()
    return note.facts


def template_values(incident: Incident, ctx: Context) -> dict[str, Any]:
    """The values that every template about an incident may use."""
    return {
        "incident": {"ref": incident.ref, "title": incident.title, "author": incident.author or ""},
        "card": _card(incident, ctx),
        "severities": [
            {"name": s.name, "means": s.means} for s in ctx.policy.severities.values()
        ],
        "usage": [
            Safe(f"/ima {in_their_words(text, ctx.policy.words)}")
            for text in USAGE.values()
        ],
    }  # fmt: skip


def _due(incident: Incident, ctx: Context) -> dict[str, str]:
    """The day that it is due, and where that day ends."""
    zone = due_zone(ctx.policy, incident.assignees) if incident.due else ""
    return {"due": str(incident.due or ""), "zone": zone}


def note_text(
    note: Note, incident: Incident, ctx: Context, templates: Templates, known: Mapping[str, Any]
) -> Safe:
    """The text of one note. ``known`` here and below: the `template_values` of the incident."""

    def values() -> dict[str, Any]:
        why = {}
        if note.template == "explain":
            why["explain"] = in_words(explain(incident, ctx), ctx.policy.words)
        return {**known, **dict(note.values), **_due(incident, ctx), **why}

    return templates.render(f"comments/{note.template}.md.j2", Values(values))


def called_text(
    roles: Sequence[str],
    incident: Incident,
    ctx: Context,
    templates: Templates,
    known: Mapping[str, Any],
) -> Safe:
    """The call of those who are paged, each with a checklist."""
    rows = []
    for name in roles:
        role = ctx.policy.roles[name]
        checklist = templates.render(role.checklist, known) if role.checklist else ""
        seat = incident.seats.get(name)
        rows.append(
            {
                "title": role.title,
                "person": seat.person if seat else "",
                "before": seat.before.person if seat and seat.before else "",
                "checklist": checklist,
            }
        )
    return templates.render("comments/called.md.j2", Values(lambda: {**known, "called": rows}))


def proposed_text(
    notes: Sequence[Note],
    incident: Incident,
    ctx: Context,
    templates: Templates,
    known: Mapping[str, Any],
) -> Safe:
    """One text for a proposed status and severity: the figures behind both are the same."""
    values = {**known, "status": "", "severity": ""}
    values |= {dict(note.values)["family"]: dict(note.values)["value"] for note in notes}
    values["figures"] = bad_figures_in_words(incident.affects, ctx.verdicts)
    return templates.render("comments/propose.md.j2", values)


def document_body(incident: Incident, ctx: Context, templates: Templates, template: str) -> str:
    """The text of a working document; of a confidential incident it has the reference (P-16)."""
    values = template_values(incident, ctx)
    if tellable(incident) is None:
        values["incident"] = {"ref": incident.ref, "title": shown_title(incident), "author": ""}
        values["card"] = dict.fromkeys(values["card"], "")
    return templates.render(template, values)


def working_document(
    incident: Incident, ctx: Context, templates: Templates, template: str
) -> Paper:
    """The working document: its text, and the fields that a copy of a template has
    (docs/services.md)."""
    card, told = card_view(incident, ctx), tellable(incident)
    fields = {name: str(card[name] or "") for name in ("severity", "owner", "room")}
    fields |= {"title": told.title if told else "", "link": told.url if told else ""}
    fields = fields if told else dict.fromkeys(fields, "")
    return Paper(
        key=f"{ctx.policy.project}{incident.ref}",
        title=f"{incident.ref} {shown_title(incident)}",
        text=document_body(incident, ctx, templates, template),
        fields=fields | {"reference": incident.ref},
        confidential=incident.confidential,
    )


def announcement(incident: Incident, ctx: Context, templates: Templates, channel: str = "") -> str:
    """A message that announces the incident in a channel; of a confidential one only the reference
    (P-16). Groups are mentioned once, in the channel of `chat:` (P-33)."""
    shown = announcement_view(incident, ctx)
    if channel and ctx.policy.chat.channel not in ("", channel):
        shown |= {"groups": []}
    return templates.render("chat/announcement.txt.j2", {"announced": shown}).strip()


def notice_text(change: PostNotice, incident: Incident, ctx: Context, templates: Templates) -> str:
    """What a channel is told where somebody did not answer; of a confidential incident only the
    reference (P-16)."""
    whom = change.whom if tellable(incident) else ""
    values = {"announced": announcement_view(incident, ctx), "whom": whom}
    return templates.render(f"chat/{change.about}.txt.j2", values).strip()


def moved_text(incident: Incident, ctx: Context, templates: Templates) -> str:
    """How an announced incident stands now; of a confidential one only the reference (P-16)."""
    return _how_it_stands("moved", incident, ctx, templates)


def news_text(incident: Incident, ctx: Context, templates: Templates) -> str:
    """The same as a reply below the announcement."""
    return _how_it_stands("news", incident, ctx, templates)


def _how_it_stands(name: str, incident: Incident, ctx: Context, templates: Templates) -> str:
    shown, words = dict.fromkeys(("state", "step", "status", "by"), ""), ctx.policy.words
    if told := tellable(incident):
        last = told.resolution or told.state
        shown = {
            "state": words.state(told.state_now),
            "step": told.state.note if told.state and not told.resolution else "",
            "status": words.status(told.status_now),
            "by": (last.by or "") if last else "",
        }
    values = {"announced": announcement_view(incident, ctx), "stands": shown}
    return templates.render(f"chat/{name}.txt.j2", values).strip()


def announcement_text(
    change: Announce, incident: Incident, ctx: Context, templates: Templates
) -> str:
    """What an announcement says: that there is an incident, or something about who comes for a role
    (P-18)."""
    if not change.about:
        return announcement(incident, ctx, templates, change.channel)
    ack = acknowledged(incident, change.role)
    role = ctx.policy.roles.get(change.role)
    shown = {
        "person": ack.who if ack else "",
        "role": ctx.policy.words.role(change.role),
        "name": ctx.policy.words.typed(change.role),
        "title": role.title if role else "",
    }
    shown = shown if tellable(incident) else dict.fromkeys(shown, "")
    values = {"announced": announcement_view(incident, ctx), "coming": shown}
    return templates.render(f"chat/{change.about}.txt.j2", values).strip()


def reminder(change: Message, incident: Incident, ctx: Context, templates: Templates) -> str:
    """The message that says what a comment says; of a confidential incident only the reference
    (P-16)."""
    named = dict.fromkeys(("who", "by", "manager", "role", "unheard"), "")
    shown = named | dict.fromkeys(("title", "link", "about", "why", "due", "zone"), "")
    if told := tellable(incident):
        given = named | dict(change.note.values)
        shown = {name: given[name] for name in named} | _due(told, ctx)
        shown |= {"title": told.title, "link": told.url}
        shown |= {"about": change.note.template, "why": change.why}
    values = {"ref": incident.ref, "confidential": incident.confidential, **shown}
    return templates.render("chat/reminder.txt.j2", {"reminder": values}).strip()


def needed_text(
    change: MessagePerson, incident: Incident, ctx: Context, templates: Templates
) -> str:
    """The message to somebody who is needed; of a confidential incident only the reference
    (P-16)."""
    shown = dict.fromkeys(("title", "severity", "by", "reason", "room", "link"), "")
    if told := tellable(incident):
        shown = {
            "title": told.title,
            "severity": told.severity.value if told.severity else "",
            "by": change.by,
            "reason": change.text,
            "room": ctx.policy.room,
            "link": told.url,
        }
    values = {"ref": incident.ref, "confidential": incident.confidential, **shown}
    return templates.render("chat/needed.txt.j2", {"needed": values}).strip()


def page_text(incident: Incident, role: str, words: TeamWords = COMMON) -> str:
    """What the pager reads out, and the address to look at. Where IMA could not hide a security
    incident it says who can (P-16). Without a ``role`` somebody is needed by name."""
    what, told = "drill" if incident.drill else "incident", tellable(incident)
    title = told.title if told else f"confidential {what}"
    severity = incident.severity.value if incident.severity else "no severity yet"
    first = f"{incident.ref} {clean(title)} ({severity}): you are needed"
    first += f" as {words.role(role)}" if role else ""
    first += f". Everybody can read it: {MOVE}" if incident.silent else ""
    return f"{first}\n{incident.url}".strip()


def called_off_text(incident: Incident, role: str = "", words: TeamWords = COMMON) -> str:
    """Why nobody, or nobody for ``role``, needs to come any more; of a confidential incident it
    does not say why (P-16)."""
    if role and not incident.resolution:
        what = f"you are no longer needed as {words.role(role)}"
        return f"{incident.ref}: {what}. {incident.url}".strip()
    told = tellable(incident)
    end = told.resolution if told else None
    by = f" by {end.by}" if end and end.by else ""
    reason = f": {clean(end.reason)}" if end and end.reason else ""
    return f"{incident.ref} is resolved{by}{reason}. {incident.url}".strip()
