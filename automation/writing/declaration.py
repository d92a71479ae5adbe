"""Opening an incident or a near miss by command: the issue as a draft. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import date, datetime

from automation.model.issue import Draft
from automation.model.maintenance import Window
from automation.policy.due_dates import due_zone
from automation.policy.policy import Policy
from automation.records import dataclass
from automation.text.escaping import mark, without_mentions
from automation.writing.templates import Templates


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What was said when declaring. ``wanted`` holds only what was said, e.g.
    ``{"page:imoc": True, "announcement": False}``; the severity decides the rest (P-13)."""

    title: str
    by: str
    origin: str = "declare"  # or "report"
    severity: str = ""
    status: str = ""
    services: tuple[str, ...] = ()
    body: str = ""
    drill: bool = False  # labelled as an exercise: its owner confirms it (P-57)
    security: bool = False  # confidential from the first moment (P-55)
    happened: tuple[datetime, datetime] | None = None  # over already: from, to (P-54)
    wanted: Mapping[str, bool] = field(default_factory=dict)
    people: Mapping[str, str] = field(default_factory=dict)  # role: who was named for it


def incident_draft(said: Declaration, policy: Policy, templates: Templates) -> Draft:
    """The incident issue, with a marker that carries what the labels cannot."""
    labels = [policy.labels.name("incident")]
    labels += [policy.labels.name("severity", said.severity)] if said.severity else []
    labels += [policy.labels.name("status", said.status)] if said.status else []
    labels += [policy.labels.name("service", service) for service in said.services]
    labels += [policy.labels.name("security")] if said.security else []
    labels += [policy.labels.name("drill")] if said.drill else []
    text = templates.render(
        "incident.md.j2", {"by": said.by, "origin": said.origin, "body": said.body}
    )
    data = {"by": said.by, "origin": said.origin, "wanted": dict(said.wanted), **said.people}
    if said.happened:
        data |= {"from": said.happened[0].isoformat(), "to": said.happened[1].isoformat()}
    marker = mark("declared", data)
    body = f"{text.rstrip()}\n\n{marker}\n"
    title, hidden = without_mentions(said.title), said.security
    return Draft(title, body, tuple(labels), confidential=hidden, incident=True)


def maintenance_draft(
    title: str, by: str, window: Window, body: str, policy: Policy, templates: Templates
) -> Draft:
    """Planned work, whose text says when and on what (P-56)."""
    labels = [policy.labels.name("maintenance")]
    labels += [policy.labels.name("service", service) for service in window.services]
    values = {
        "by": by,
        "start": f"{window.start:%Y-%m-%d %H:%M} UTC",
        "end": f"{window.end:%Y-%m-%d %H:%M} UTC",
        "services": list(window.services),
        "body": body,
    }
    text = templates.render("maintenance.md.j2", values)
    marker = mark("declared", {"by": by, "origin": "maintenance"})
    return Draft(without_mentions(title), f"{text.rstrip()}\n\n{marker}\n", tuple(labels))


def near_miss_draft(
    title: str,
    by: str,
    severity: str,
    policy: Policy,
    templates: Templates,
    owner: str = "",
    due: date | None = None,
) -> Draft:
    """The review of a near miss, opened at once (P-39)."""
    names = policy.labels
    labels = [names.name("review"), names.name("near_miss")]
    labels += [names.name("severity", severity)] if severity else []
    values = {
        "incident": {"ref": "", "title": title, "author": by},
        "severity": severity,
        "eoc": owner or by,
        "due": str(due or ""),
        "zone": due_zone(policy, [owner or by]) if due else "",
    }
    text = templates.render("near_miss.md.j2", values)
    return Draft(without_mentions(title), text, tuple(labels), (owner or by,), due=due)
