"""What is no mistake in the files, but good to know: `ima check` says it and passes. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from automation.config.absent_roles import resting_rules
from automation.config.merge import name_of
from automation.config.policy_checks import (
    entries_of,
    name_for_one_of,
    roles_that_nothing_calls,
)
from automation.errors import PolicyError
from automation.mistakes import quoted
from automation.policy.labels import Labels
from automation.schema.yaml_nodes import Node


def notes_on(root: Node, labels: Labels) -> Iterator[PolicyError]:
    """The notes on a whole policy, merged already; each with its place and what to do."""
    yield from _rules_at_rest(root)
    yield from _services_without_label(root, labels)
    yield from _roles_that_nothing_calls(root)


def _rules_at_rest(root: Node) -> Iterator[PolicyError]:
    resting, rules = resting_rules(root), root.get("rules")
    marks = {name_of(each): each.get("disabled") for each in (rules.items if rules else ())}
    by_role: dict[str, list[str]] = {}
    for name, role in resting.items():
        by_role.setdefault(role, []).append(name)
    for role, names in by_role.items():
        mark = marks[names[0]]
        place = f"{mark.file}:{mark.line}" if mark else root.file
        rest = "a rule rests" if len(names) == 1 else "these rules rest"
        what = f"without the role {quoted(role)} {rest}: {', '.join(names)}"
        yield PolicyError(f"{place}: {what}", "write rules of your own for what they did, if any")


def _services_without_label(root: Node, labels: Labels) -> Iterator[PolicyError]:
    known = labels.values("service")
    for name, node in entries_of(root, "services").items():
        if name not in known:
            what = f"`services` has {quoted(name)}, and no label of {labels.file} means it"
            remedy = f"add `- {{name: …, means: {{service: {name}}}, many: true}}` there"
            yield PolicyError(
                f"{node.file}:{node.line}: {what}",
                f"{remedy}; without it nobody can say that an incident is about it",
            )


def _roles_that_nothing_calls(root: Node) -> Iterator[PolicyError]:
    """Whoever calls a role otherwise may have written a new one, while the known one has nobody."""
    roles = entries_of(root, "roles")
    idle = roles_that_nothing_calls(root)
    vacant = [name for name in _roles_without_people(root) if name not in idle]
    for name in idle if vacant else ():
        node, has = roles[name], "has" if len(vacant) == 1 else "have"
        free = ", ".join(map(quoted, vacant))
        what = f"nothing calls the role {quoted(name)}, and {free} {has} nobody"
        remedy = f"{name_for_one_of([name], vacant)}; else write a rule for it"
        yield PolicyError(f"{node.file}:{node.line}: {what}", remedy)


def nobody_on_call(root: Node) -> Iterator[PolicyError]:
    """A note on the roles that nobody is ever on call for."""
    if not (vacant := _roles_without_people(root)):
        return
    what = f"roles: nobody is on call as {', '.join(vacant)}, so nobody comes who is called as such"
    how = f"`roles: {{{vacant[0]}: {{on_call: LOGIN}}}}` names somebody"
    if len(vacant) > 1:
        how += f"; `{vacant[-1]}: none` where your team has no such role"
    yield PolicyError(what, how)


def _roles_without_people(root: Node) -> list[str]:
    roles = entries_of(root, "roles")
    return [name for name, node in roles.items() if not _has_somebody(node)]


def _has_somebody(role: Node) -> bool:
    return any(role.get(key) for key in ("on_call", "rota", "schedule"))
