"""Issues that a plan opens: reviews, corrective actions, incidents of its own. Pure."""

from __future__ import annotations

from automation.changes.comments import Say
from automation.changes.issue_changes import Change
from automation.changes.service_calls import Announce, Declare, Open
from automation.history.step_times import in_each_state, review_conductor, step_times
from automation.model.facts import is_action
from automation.model.incident import Incident, Note
from automation.model.issue import Draft
from automation.planning.dashboard_rows import opened_labels, opened_title
from automation.planning.incident_view import time_in_words
from automation.planning.usual_times import usual_times
from automation.policy.due_dates import due_zone, parse_day
from automation.policy.planning_input import Context
from automation.text.escaping import mark, unmarked
from automation.writing.issue_texts import (
    announcement_text,
    called_text,
    note_text,
    proposed_text,
    template_values,
)
from automation.writing.picture import picture_of
from automation.writing.templates import Safe, Templates
from automation.writing.timeline import story_of, timeline, what_was_late


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
    body = "\n".join([f"{text.rstrip()}\n", *marks, ""])
    return Draft(change.title, body, tuple(names), incident=True)


def review_body(incident: Incident, change: Open, ctx: Context, templates: Templates) -> str:
    """The review's body, with the marker by which it is found again."""
    values = template_values(incident, ctx) | {
        "severity": change.severity,
        "timeline": timeline(incident, ctx),
        "story": story_of(incident, ctx),
        "picture": Safe(picture_of(incident, ctx)),
        "late": what_was_late(incident, ctx),
        "eoc": change.assignee,
        "due": change.due,
        "zone": due_zone(ctx.policy, [change.assignee]) if change.due else "",
        "conductor": review_conductor(incident, ctx),
        "states": in_each_state(incident, ctx),
        "times": step_times(incident, ctx),
        "usual": usual_times(incident, ctx),
        "waived": [
            {"rule": f.what, "by": f.by, "why": f.text, "until": time_in_words(f.ends, ctx)}
            for f in incident.facts
            if f.kind == "waived"
        ],
        "withheld": [
            {"by": f.by, "why": f.text} for f in incident.facts if f.kind == "withheld"
        ],
    }  # fmt: skip
    told = {"for": incident.ref, "kind": change.what, **_terms(change)}
    marker = mark("review", told | {"until": ctx.now.isoformat()})
    return f"{templates.render(change.template, values).rstrip()}\n\n{marker}\n"


def action_body(incident: Incident, change: Open, ctx: Context, templates: Templates) -> str:
    """A corrective action's body, with the marker by which it is found again."""
    values = template_values(incident, ctx) | {
        "severity": change.severity,
        "owner": change.assignee,
        "by": change.by,
        "due": change.due,
        "zone": due_zone(ctx.policy, [change.assignee]) if change.due else "",
        "title": change.title,
    }
    data = {"for": incident.ref, "of": change.of, **_terms(change)}
    text = templates.render(change.template, values)
    return f"{text.rstrip()}\n\n{mark('action', data)}\n"


def _terms(change: Open) -> dict[str, str]:
    """What changes with the severity, and from when."""
    return {"due": change.due, "severity": change.severity, "since": change.since}


def opened_body(incident: Incident, change: Open, ctx: Context, templates: Templates) -> str:
    """The body of what a change opens."""
    body = action_body if is_action(change.what) else review_body
    return body(incident, change, ctx, templates)


def opened_draft(incident: Incident, change: Open, ctx: Context, templates: Templates) -> Draft:
    """A review or an action as an issue: labelled, assigned, linked to what it follows."""
    return Draft(
        opened_title(change, incident),
        opened_body(incident, change, ctx, templates),
        opened_labels(change, incident, ctx),
        (change.assignee,) if change.assignee else (),
        incident.confidential,
        parse_day(change.due),
        links=(incident.ref,),
        blocks=(incident.ref,) if is_action(change.what) and incident.kind == "review" else (),
    )


def text_of_change(change: Change, incident: Incident, ctx: Context, templates: Templates) -> str:
    """The text that a change writes for people, if it writes one."""
    if isinstance(change, Say):
        return _text_of_note(change.note, incident, ctx, templates)
    if isinstance(change, Open):
        return unmarked(opened_body(incident, change, ctx, templates))
    if isinstance(change, Announce):
        return announcement_text(change, incident, ctx, templates)
    return ""


def _text_of_note(note: Note, incident: Incident, ctx: Context, templates: Templates) -> str:
    known = template_values(incident, ctx)
    if note.template == "called":
        return called_text([dict(note.values)["role"].lower()], incident, ctx, templates, known)
    if note.template == "propose":
        return proposed_text([note], incident, ctx, templates, known)
    return note_text(note, incident, ctx, templates, known)
