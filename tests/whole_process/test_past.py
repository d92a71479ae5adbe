"""Lived again by the policy that it had, an incident gets what IMA did then."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from automation.model.replacing import replace
from automation.past.groups import histories
from automation.past.life import live, live_both, only_rules_differ
from automation.policy.policy import Policy
from automation.rules import rules_of
from tests.build import policy
from tests.past_worlds import differences, recorded
from tests.scenario_files import FILES, FOLDER, name

REASONS = yaml.safe_load((FOLDER.parent / "past_undetermined.yml").read_text("utf-8"))
UNDETERMINED = {each for names in REASONS.values() for each in names}
DETERMINED = [path for path in FILES if name(path) not in UNDETERMINED]
SHORTEST = [
    min((p for p in DETERMINED if p.parent == topic), key=lambda path: path.stat().st_size)
    for topic in sorted({path.parent for path in DETERMINED})
]


def lived_otherwise(path: Path) -> list[str]:
    with recorded(path) as recording:
        return differences(recording)


@pytest.mark.parametrize("path", SHORTEST, ids=name)
def test_an_incident_of_each_topic_is_lived_again_as_it_was(path: Path) -> None:
    assert lived_otherwise(path) == []


@pytest.mark.soak
@pytest.mark.parametrize("path", DETERMINED, ids=name)
def test_each_incident_is_lived_again_as_it_was(path: Path) -> None:
    assert lived_otherwise(path) == []


PROPOSED = {  # the rules that are other ones
    "nothing": "{}",
    "a clock": "rules: [{name: stuck-investigating, when: {for: 1m}}]",
    "a rule": "rules: [{name: early, why: x, when: {severity: [S1, S3]}, engage: {role: cmoc}}]",
}


def proposed(says: str, base: Policy) -> Policy:
    other = {rule.name: rule for rule in rules_of(policy(says))}
    changed = {name: rule for name, rule in other.items() if rule not in rules_of(policy())}
    kept = tuple(rule for rule in base.rules if rule.name not in changed)
    return replace(base, rules=(*kept, *changed.values()))


def lived_together_otherwise(path: Path) -> list[str]:
    """For which proposals the two lives come out otherwise when they are one as long as may be."""
    found = []
    with recorded(path) as recording:
        base, world = recording.stage.policy, recording.world()
        for history in histories(recording.issues, recording.stage.tracker.me()):
            now, _ = live(history, base, world)
            for what, says in PROPOSED.items():
                head = proposed(says, base)
                then, _ = live(history, head, world)
                assert only_rules_differ(base, head)
                if live_both(history, base, head, world) != (now, then):
                    found.append(what)
    return found


@pytest.mark.parametrize("path", SHORTEST, ids=name)
def test_two_lives_that_are_one_as_long_as_both_are_alike_come_out_as_two(path: Path) -> None:
    assert lived_together_otherwise(path) == []


@pytest.mark.soak
@pytest.mark.parametrize("path", FILES, ids=name)
def test_the_two_lives_of_each_scenario_do(path: Path) -> None:
    assert lived_together_otherwise(path) == []


@pytest.mark.soak
@pytest.mark.parametrize("path", [p for p in FILES if name(p) in UNDETERMINED], ids=name)
def test_what_no_history_determines_is_listed_with_its_reason_and_nothing_else_is(
    path: Path,
) -> None:
    """Where it has come to be determined, it leaves the list."""
    assert lived_otherwise(path)


def test_each_scenario_on_the_list_is_there() -> None:
    assert {name(path) for path in FILES} >= UNDETERMINED
