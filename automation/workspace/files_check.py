"""Everything that can be found wrong with the files of a process before anything runs by them."""

from __future__ import annotations

from datetime import datetime

from automation.errors import ImaError, PolicyError
from automation.policy.policy import Policy
from automation.workspace.files import ProcessFiles
from automation.workspace.limited_child import in_a_child, one_piece
from automation.workspace.rule_check import rules_that_fight
from automation.workspace.template_check import check_syntax, check_templates

_NO_END = PolicyError(
    "templates/: writing them with samples came to no end",
    "look for a loop, or for a text that grows, in the template that you changed last",
)


def mistakes_in(files: ProcessFiles, policy: Policy | None, now: datetime) -> list[ImaError]:
    """The mistakes of the templates and, where the ``policy`` could be read, those that show only
    when it is used. Templates are rendered in a process with limits of time and memory."""
    if policy is None:
        return list(check_syntax(files.templates))
    known = policy

    def of_templates() -> list[tuple[str, str]]:
        shipped = files.shipped_templates or {}
        found = check_templates(known, files.templates, shipped, one_piece)
        return [(mistake.problem, mistake.remedy) for mistake in found]

    sources = [source for source in (files.user, files.shipped) if source]
    with in_a_child(of_templates) as answer:
        fights = rules_that_fight(policy, sources)
        told = answer()
    found: list[ImaError] = [_NO_END] if told is None else [PolicyError(*each) for each in told]
    found += fights
    if policy.since and policy.since > now:
        problem = f"`since` lies in the future ({policy.since:%Y-%m-%d %H:%M} UTC)"
        remedy = "no incident is kept before it; write the day when you began with IMA"
        found.append(PolicyError(f"{sources[0].file}: {problem}", remedy))
    return found
