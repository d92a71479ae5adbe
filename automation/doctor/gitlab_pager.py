"""Can GitLab tell who is on call, and page them? Judges what it answered. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from automation.doctor.gitlab import DEVELOPER, GitLabAnswers, role_name, role_of
from automation.doctor.setup_check import Line, Refused, ok, todo
from automation.policy.policy import Policy

_WHERE = "Monitor > {}, with Premium"


def schedules(policy: Policy, there: Collection[str]) -> Iterator[Line]:
    """Is each role's schedule there?"""
    wanted = {role.schedule for role in policy.roles.values() if role.schedule}
    yield _found("on-call schedules", wanted, there, "On-call schedules", "the policy says who")


def escalations(policy: Policy, there: Collection[str]) -> Iterator[Line]:
    """Is each role's escalation policy there, and any incident for which it could page?"""
    wanted = {role.escalation for role in policy.roles.values() if role.escalation}
    yield _found("escalations", wanted, there, "Escalation policies", "a comment calls people")
    tracker = policy.tracker
    if wanted and tracker.issue_type != "incident" and "type" not in tracker.adopt:
        said = "GitLab pages only for its own incidents, and IMA opens plain issues"
        yield todo("escalations", said, "`tracker: {issue_type: incident}`")


def role(policy: Policy, answers: GitLabAnswers) -> Iterator[Line]:
    """May the account of IMA page? To see who is on call, Reporter is enough."""
    wanted = any(role.escalation for role in policy.roles.values())
    if wanted and not isinstance(answers.project, Refused) and not _may_page(answers):
        said = f"{role_name(role_of(answers.project))}: GitLab lets nobody below Developer page"
        yield todo("role to page", said, "give the token's account the Developer role")


def _may_page(answers: GitLabAnswers) -> bool:
    return isinstance(answers.project, Refused) or role_of(answers.project) >= DEVELOPER


def who_is_paged(policy: Policy, answers: GitLabAnswers, there: Collection[str] | None) -> Line:
    """Which roles GitLab pages, and which are called by a comment alone. ``there``: the names of
    its escalation policies, if they can be seen."""
    named = {role.name: role.escalation for role in policy.roles.values() if role.escalation}
    may = _may_page(answers)
    does = {r: name for r, name in named.items() if may and (there is None or name in there)}
    paged = [f"{name} by {escalation!r}" for name, escalation in does.items()]
    others = [role.name for role in policy.roles.values() if role.name not in does]
    if not paged:
        said = "GitLab pages nobody: people are called by comment only"
        remedy = "do what `escalations` and `role to page` say"
        return todo(
            "pager", said, remedy if named else "give a role an `escalation` (docs/services.md)"
        )
    rest = f"; {', '.join(others)} by comment only" if others else ""
    return ok("pager", f"GitLab e-mails {', '.join(paged)}{rest}")


def _found(
    about: str, wanted: Collection[str], there: Collection[str], page: str, instead: str
) -> Line:
    if missing := sorted({*wanted} - {*there}):
        said = f"GitLab has no {', '.join(map(repr, missing))}: {instead}"
        return todo(about, said, f"make it ({_WHERE.format(page)}), or name what is there")
    return ok(about, ", ".join(sorted(wanted)) or f"the roles name none: {instead}")
