"""A preview is what comes of it: what it shows as different, passes do differently."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial, reduce
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from automation.changes.comments import WriteCard
from automation.changes.issue_changes import Change
from automation.cli import invoke
from automation.config.merge import merge
from automation.planning.preview import CLOCK, FINDING, Preview
from automation.policy.policy import Policy
from automation.reconcile.preview import preview
from automation.scenarios.people import ACTIONS
from automation.scenarios.scenario_file import Scenario, read_scenario
from automation.scenarios.world import PlayedStep, Stage
from automation.schema.yaml_nodes import Source, parse
from automation.workspace import files
from automation.workspace.proposal import changed_parts
from tests.scenario_files import FILES, FOLDER, name
from tests.worlds import Act, histories, shipped, stage, world_after

CHANGES = (
    "rules: [{name: stuck-investigating, when: {state: Investigating, engaged: eoc, for: 5m}}]",
    "answer_within: {S1: 1m, S2: 1m, S3: 1m, S4: 1m}\nseverity_within: 1m",
    "severities: {S3: {page: [eoc, imoc], announce: true, public: auto}}",
    "rules: [{name: imoc-on-user-impact, disabled: true, why: Not here.}]",
    """\
rules:
  - {name: cara-speaks, why: For all., when: {severity: [S1, S2, S3]}, engage: {role: cmoc}}
  - {name: it-is-bad, why: It is., when: {status: unset}, set: {status: Degraded Performance}}
""",
    "roles: {cmoc: {owns: always}}\nlimits: {pages: 1, posts: 0}",
)
SHORTEST = [
    min((path for path in FILES if path.parent == topic), key=lambda path: path.stat().st_size)
    for topic in sorted({path.parent for path in FILES})
]


def proposed(world: Stage, text: str) -> Policy:
    """The policy of a world, changed as a proposal says; where it tracks and since when, stays."""
    before, change = world.scenario.policy, parse(text, "proposal.yml")
    made = world.files.policy(merge(before, change) if before else change)
    now = world.policy
    return replace(made, metrics=now.metrics, since=now.since, tracker=now.tracker)


Slot = tuple[str, str, str]


def done(passed: PlayedStep, refs: Iterable[str]) -> dict[Slot, Change]:
    """What a pass did on issues that were there before it."""
    assert passed.report is not None
    assert not passed.report.failures
    known = {*refs}
    made = (each for each in passed.report.done if not isinstance(each, WriteCard))
    return {change.slot: change for change in made if change.ref in known}


def check(seen: Preview, now: PlayedStep, then: PlayedStep) -> None:
    """By each policy a pass does what was planned; and nothing else differs than was shown."""
    refs = {*seen.base.before.incidents, *seen.head.before.incidents}
    base, head = done(now, refs), done(then, refs)
    assert {*base} == {change.slot for change in seen.base.visible if change.ref in refs}
    assert {*head} == {change.slot for change in seen.head.visible if change.ref in refs}
    shown = {
        (each.ref, each.kind)
        for each in seen.differences
        if each.kind not in (CLOCK, FINDING) and each.ref in refs
    }
    only_one = {slot[:2] for slot in base.keys() ^ head.keys()}
    otherwise = {s[:2] for s in base.keys() & head.keys() if _read(base[s]) != _read(head[s])}
    assert shown == only_one | otherwise


def _read(change: Change) -> str:
    """What people would read of it; when its clock ran out and which rule it was, nobody does."""
    hidden = ("rule", "why", "since", "of", "how", "by", "nth", "key")
    row = change.row()
    note = row.pop("note", None) or {}
    return str({key: value for key, value in {**row, **note}.items() if key not in hidden})


@pytest.mark.property
@settings(max_examples=max(12, settings().max_examples // 10))
@given(histories, st.sampled_from(CHANGES))
def test_of_any_change_the_preview_is_the_difference_of_the_next_passes(
    history: list[Act], text: str
) -> None:
    now, then = (world_after(history, stage()) for _ in range(2))
    policy = proposed(now, text)
    seen = preview(now.run, policy)
    then.policy = policy
    check(seen, now.run_pass(), then.run_pass())


@pytest.mark.property
@settings(max_examples=max(12, settings().max_examples // 10))
@given(histories, st.lists(st.sampled_from(CHANGES[:5]), min_size=2, max_size=3, unique=True))
def test_of_several_changes_each_difference_names_those_that_make_it(
    history: list[Act], texts: list[str]
) -> None:
    """Without these alone it is not there; or they alone bring it about."""
    world = world_after(history, stage())
    now = world.policy

    def like_now(policy: Policy | None) -> Policy | None:
        same = policy and replace(policy, metrics=now.metrics, since=now.since)
        return same and replace(same, limits=now.limits, tracker=now.tracker)

    user = shipped().user
    theirs = [parse(user.text, user.file)] if user else []
    whole = reduce(merge, [*theirs, *(parse(text, "proposal.yml") for text in texts)])
    proposal = Source("proposal.yml", json.dumps(whole.plain()))
    wanted = like_now(shipped().policy(whole))
    assert wanted
    parts = [
        replace(
            part,
            without=partial(_then, part.without, like_now),
            alone=partial(_then, part.alone, like_now),
        )
        for part in changed_parts(shipped(), replace(shipped(), user=proposal), now, wanted)
    ]
    seen = preview(world.run, wanted, parts)
    known = {key for part in parts for key in part.keys}
    for each in seen.differences:
        assert known.issuperset(each.keys)
        assert each.keys


def _then(
    make: Callable[[], Policy | None], change: Callable[[Policy | None], Policy | None]
) -> Policy | None:
    return change(make())


class Played:
    """A scenario up to a step, whose pass is still to come."""

    def __init__(self, scenario: Scenario, number: int, folder: str) -> None:
        self.stage = Stage(scenario, shipped(), Path(folder), invoke)
        for step in scenario.steps[: number + 1]:
            self.stage.go(step)
            for action, node in step.actions:
                ACTIONS[action](self.stage, step.by, node)
            if step is not scenario.steps[number]:
                self.stage.run_pass(step.dies_after)
                if step.settles:
                    self.stage.run_pass()

    def close(self) -> None:
        self.stage.tracker.close()
        self.stage.outside.close()


def previewed(path: Path, number: int, text: str) -> None:
    """The preview at one step of a scenario, and what then comes of it."""
    scenario = read_scenario(files.read_text(path))
    with TemporaryDirectory(prefix="ima-") as one, TemporaryDirectory(prefix="ima-") as two:
        now, then = Played(scenario, number, one), Played(scenario, number, two)
        try:
            policy = proposed(now.stage, text)
            if now.stage.meter.failing or any(
                step.dies_after is not None
                for step in scenario.steps[max(number - 1, 0) : number + 1]
            ):
                return  # what a pass does then is for the next one to make good
            now.stage.counted.renew(now.stage.ima())  # as each run begins
            seen = preview(now.stage.run, policy)
            then.stage.policy = policy
            passed = now.stage.run_pass(), then.stage.run_pass()
            if not any("IMA needs an account of its own" in each for each in passed[0].findings):
                check(seen, *passed)  # else a run refuses, whatever the policy
        finally:
            now.close()
            then.close()


@pytest.mark.parametrize("path", SHORTEST, ids=name)
def test_as_a_scenario_of_each_topic_begins(path: Path) -> None:
    previewed(path, 0, f"{CHANGES[2]}\n{CHANGES[4]}")


def test_who_comes_on_call_in_the_pass_that_pages_their_role_is_paged_once() -> None:
    """And the report says so, though the page of who was called before is not made."""
    previewed(FOLDER / "on_call" / "handover-of-a-confidential-incident.yml", 2, CHANGES[2])


@pytest.mark.soak
@pytest.mark.parametrize("path", FILES, ids=name)
def test_at_each_step_of_each_scenario(path: Path) -> None:
    steps = len(read_scenario(files.read_text(path)).steps)
    for number in range(steps):
        previewed(path, number, CHANGES[number % len(CHANGES)])
