"""What makes an issue an incident, whoever calls it an exercise (P-57). Pure."""

from __future__ import annotations

from collections.abc import Iterable

from automation.model.facts import Fact


def behind(facts: Iterable[Fact], alerts: bool, origin: str) -> str:
    """Why the issue cannot be a drill: it has woken somebody, an alert or a reporter stands behind
    it, or users have read of it. "" if it can be one."""
    kinds = {fact.kind for fact in facts}
    if kinds & {"paged", "repeated"}:
        return "somebody was paged for it"
    if alerts or origin == "alert":
        return "an alert stands behind it"
    if origin == "report":
        return "somebody has reported it"
    return "users have read of it" if "published" in kinds else ""
