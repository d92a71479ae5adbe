"""The handbook of a session's policy, with its checklists as they are written for anybody."""

from __future__ import annotations

from datetime import UTC, datetime

from automation.model.incident import Incident
from automation.model.on_call import OnCall
from automation.policy.planning_input import Context
from automation.workspace.session import Session
from automation.writing.handbook import handbook
from automation.writing.issue_texts import template_values

_WHENEVER = datetime(2000, 1, 1, tzinfo=UTC)  # no time stands in it


def handbook_of(session: Session) -> str:
    """The handbook as Markdown."""
    policy = session.policy
    ctx = Context(policy, "ima", _WHENEVER, _WHENEVER, OnCall({}))
    some = Incident(ref="#1", title="", kind="incident", author=None, opened_at=_WHENEVER)
    values = template_values(some, ctx)
    checklists = {
        name: session.templates.render(role.checklist, values) if role.checklist else ""
        for name, role in policy.roles.items()
    }
    return handbook(policy, checklists)
