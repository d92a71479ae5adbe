"""Who plays which scenario in `make test`: the scenarios of a topic take turns on GitLab Free and
Premium and on GitHub without a cache and with one. `make soak` plays each on all that can.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

from automation.model.issue import Capabilities
from automation.scenarios.scenario_file import Scenario, read_scenario
from automation.workspace import files
from tests.ground.cast import missing
from tests.ground.gitlab import FREE, PREMIUM
from tests.scenario_files import FILES, name

GITHUB, GITHUB_CACHED = "github", "github, cached"
# On GitHub a security incident cannot be hidden: it is locked, and nothing more is said on it. What
# is said then is played in security/locked-where-nothing-can-be-hidden.
SPOKEN = {
    "security/only-security-publishes",
    "security/public-before",
    "security/public-before-it-was-security",
    "security/published-follows-only-as-security-issue",
    "security/security-publishes-itself",
    "security/where-nothing-can-be-hidden",
}
_GITLAB = Capabilities(closing_reasons=False, tells_deleted=False)
_GITHUB = Capabilities(confidential=False, locks=True, due_dates=False)
_CAN = {
    FREE: replace(_GITLAB, one_assignee=True),
    GITHUB: _GITHUB,
    PREMIUM: replace(_GITLAB, exclusive_labels=True),
    GITHUB_CACHED: _GITHUB,
}
PLACES = tuple(_CAN)  # one forge after the other


@cache
def scenario(path: Path) -> Scenario:
    return read_scenario(files.read_text(path))


def why_not(path: Path, place: str) -> str:
    """What keeps a scenario from being played there; nothing if it can be."""
    if place in (GITHUB, GITHUB_CACHED) and name(path) in SPOKEN:
        return "security incidents on which something is said"
    return missing(scenario(path), _CAN[place])


def turns(paths: list[Path], why_not: Callable[[Path, str], str] = why_not) -> dict[Path, str]:
    """Where each is played: the next in turn within its topic, or the first after it that can."""
    found, before = {}, Counter[Path]()
    for path in paths:
        turn = before[path.parent] % len(PLACES)
        before[path.parent] += 1
        inturn = PLACES[turn:] + PLACES[:turn]
        found[path] = next((place for place in inturn if not why_not(path, place)), inturn[0])
    return found


TURNS = turns(FILES)
