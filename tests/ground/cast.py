"""Who appears in a scenario, and on which forge it can be played."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from automation.model.issue import Capabilities
from automation.scenarios.scenario_file import Scenario

_PEOPLE = ("assignees", "assigns", "author", "by", "on_call", "owner", "roles")
_INSIDE = ("assigns", "on_call", "roles")  # maps of something to people
_MENTION = re.compile(r"@(\w[\w.-]*)")


def cast(scenario: Scenario) -> set[str]:
    """Logins of everybody whom the scenario names."""
    steps = [step.node.plain() for step in scenario.steps]
    policy = scenario.policy.plain() if scenario.policy else {}
    named = {*_named(steps), *_named(policy), *filter(None, scenario.on_call.values())}
    return {login.lower() for login in named | scenario.outsiders | {"rita"}} - {"ima"}


def _named(value: Any, key: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        for name, child in value.items():
            yield from _named(child, name if name in _PEOPLE else key if key in _INSIDE else "")
    elif isinstance(value, list):
        for child in value:
            yield from _named(child, key)
    elif isinstance(value, str):
        if key in _PEOPLE:
            yield value.lstrip("+-")
        yield from (found.rstrip(".-") for found in _MENTION.findall(value))


def missing(scenario: Scenario, can: Capabilities) -> str:
    """Why a tracker that can do this cannot play it; nothing if it can."""
    if scenario.can.one_assignee and not can.one_assignee:
        return "a tracker with one assignee (Free)"
    if can.due_dates and not scenario.can.due_dates:
        return "a tracker without due dates (GitHub)"
    if can.one_assignee and not scenario.can.one_assignee and _several(scenario):
        return "a tracker with several assignees (Premium)"
    if can.confidential and not scenario.can.confidential:
        return "a tracker that hides nothing"
    if can.tells_deleted and not scenario.can.tells_deleted:
        return "a tracker that does not tell what was deleted (GitLab)"
    return ", ".join(need for need in scenario.needs if not getattr(can, need))


def _several(scenario: Scenario) -> bool:
    """Are several people assigned, or expected to be, at any time?"""
    steps = [step.node.plain() for step in scenario.steps]
    opened = [one for step in steps for one in _list(step.get("opens"))]
    expected = [step["expect"] for step in steps if isinstance(step.get("expect"), dict)]
    issues = [one for each in expected for one in (*each.values(), *_list(each.get("opened")))]
    lists = [one.get("assignees") or () for one in (*opened, *issues) if isinstance(one, dict)]
    return any(len(people) > 1 for people in lists)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []
