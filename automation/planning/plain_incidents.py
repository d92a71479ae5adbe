"""Incidents that GitLab has made plain issues of, without a word (P-52). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from automation.model.incident import Incident
from automation.model.issue import Issue
from automation.planning.finding import Finding
from automation.policy.planning_input import Context


def plain_incidents(
    issues: Iterable[Issue], incidents: Mapping[str, Incident], ctx: Context
) -> Iterator[Finding]:
    """Those that IMA has opened, and of which the policy wants incidents of GitLab's own type. An
    account that may not open such gets a plain issue, and no error."""
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
