"""Findings where GitLab has silently opened a plain issue in the place of an incident (P-52).
Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from automation.model.incident import Incident
from automation.model.issue import Issue
from automation.planning.finding import Finding
from automation.policy.planning_input import Context


def plain_incidents(
    issues: Iterable[Issue], incidents: Mapping[str, Incident], ctx: Context
) -> Iterator[Finding]:
    """A finding for each active incident that IMA has opened as an incident of GitLab's own type,
    and that is a plain issue: GitLab does so without an error where the account may not open
    incidents."""
    settings = ctx.policy.tracker
    if (settings.kind, settings.issue_type) != ("gitlab", "incident"):
        return
    for issue in issues:
        incident = incidents.get(issue.ref)
        plain = issue.author == ctx.me and issue.native_severity is None
        if plain and incident and incident.active:
            text = f"{issue.ref} is a plain issue: with less than the Reporter role, IMA's account"
            text = f"{text} opens no incidents (`/promote_to_incident` makes it one)"
            yield Finding(text, issue.ref, key=f"plain:{issue.ref}")
