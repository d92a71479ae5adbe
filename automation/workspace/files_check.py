"""Everything that can be found wrong with the files of a process before anything runs by them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from automation.errors import ImaError, PolicyError
from automation.mistakes import suggestion
from automation.policy.policy import Policy
from automation.workspace.files import POLICY, TEMPLATES, ProcessFiles
from automation.workspace.limited_child import in_a_child, one_piece
from automation.workspace.rule_check import rules_that_fight, rules_that_never_apply
from automation.workspace.template_check import check_syntax, check_templates

_NO_END = PolicyError(
    "templates/: writing them with samples came to no end",
    "look for a loop, or for a text that grows, in the template that you changed last",
)


def mistakes_in_templates(files: ProcessFiles, policy: Policy) -> list[ImaError]:
    """The mistakes of the templates alone."""
    if mistakes := check_syntax(files.templates, files.shipped_templates):
        return list(mistakes)
    with _templates_checked(files, policy) as answer:
        return answer()


@contextmanager
def _templates_checked(
    files: ProcessFiles, policy: Policy
) -> Iterator[Callable[[], list[ImaError]]]:
    def of_templates() -> list[tuple[str, str]]:
        shipped = files.shipped_templates or {}
        found = check_templates(policy, files.templates, shipped, one_piece)
        return [(mistake.problem, mistake.remedy) for mistake in found]

    with in_a_child(of_templates) as answer:

        def mistakes() -> list[ImaError]:
            told = answer()
            return [_NO_END] if told is None else [PolicyError(*each) for each in told]

        yield mistakes


def templates_that_nobody_uses(files: ProcessFiles) -> Iterator[PolicyError]:
    """A template of a team's whose name is none of ima's, and which no other file names."""
    shipped = files.shipped_templates or {}
    texts = {**files.templates, POLICY: "".join(layer.text for layer in files.layers)}
    for name in sorted(files.templates.keys() - shipped.keys()):
        short = name.removesuffix(".j2")
        asked = short.rpartition("/ask_")[2].removesuffix(".md")  # by `about: lunch` of a rule
        if short != asked and re.search(rf"\babout: *{re.escape(asked)}\b", texts[POLICY]):
            continue
        if not any(short in text for other, text in texts.items() if other != name):
            problem = f"{TEMPLATES}/{name}: no template of ima's is called so, and none includes it"
            yield PolicyError(problem, suggestion(name, shipped))


def mistakes_in(files: ProcessFiles, policy: Policy | None, now: datetime) -> list[ImaError]:
    """The mistakes of the templates and, where the ``policy`` could be read, those that show only
    when it is used. Templates are rendered in a process with limits of time and memory."""
    if policy is None:
        return list(check_syntax(files.templates))
    sources = list(files.layers[::-1])
    with _templates_checked(files, policy) as answer:
        fights = rules_that_fight(policy, sources)
        found = answer()
    found += rules_that_never_apply(policy, sources)
    found += fights
    if policy.since and policy.since > now:
        problem = f"`since` lies in the future ({policy.since:%Y-%m-%d %H:%M} UTC)"
        remedy = "no incident is kept before it; write the day when you began with IMA"
        found.append(PolicyError(f"{sources[0].file}: {problem}", remedy))
    return found
