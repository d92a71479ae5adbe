"""The body of a review or corrective action with another severity and due date; all else stays.
Pure."""

from __future__ import annotations

import re

from automation.changes.follow_severity import FollowSeverity
from automation.model.incident import Incident
from automation.text.escaping import marker_in, with_marker

_SEVERITY = re.compile(r"^(Severity: (?:\*\*)?)(\w+)", re.MULTILINE)
_DUE = re.compile(r"\bDue \*\*\d{4}-\d\d-\d\d\*\*")
_FIRST_LINE = re.compile(r"^Severity: [^\r\n]*", re.MULTILINE)


def body_that_follows(before: Incident, change: FollowSeverity) -> str:
    """The body with the severity and due date of ``change``. Where people have rewritten the line
    that says them, only our marker changes."""
    opened = before.opened_with
    if opened is None:
        return ""
    body = _SEVERITY.sub(rf"\g<1>{change.severity}", opened.body, count=1)
    told = {"severity": change.severity}
    if change.due:
        told |= {"due": change.due}
        words = f"Due **{change.due}**"
        if _DUE.search(body):
            body = _DUE.sub(words, body, count=1)
        else:
            body = _FIRST_LINE.sub(lambda line: f"{line[0]} · {words}", body, count=1)
    kind = "review" if before.kind == "review" else "action"
    return with_marker(kind, body, (marker_in(kind, body) or {}) | told)
