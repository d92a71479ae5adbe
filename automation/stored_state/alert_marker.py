"""The marker in the text of an incident that an alert opened. Pure."""

from __future__ import annotations

from automation.model.issue import Issue
from automation.text.escaping import marker_in


def alert_of(issue: Issue, me: str) -> tuple[str, tuple[str, ...]]:
    """The key of the group that opened an issue, and its alerts' names; if we wrote so."""
    data = marker_in("alert", issue.body) if issue.author == me else None
    if data is None or not isinstance(data.get("key"), str):
        return "", ()
    names = data.get("names")
    return data["key"], tuple(map(str, names)) if isinstance(names, list) else ()
