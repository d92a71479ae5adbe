"""What holds for every history, whatever people do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.changes.issue_changes import Call
from automation.changes.service_calls import Page
from automation.planning.planner import plan
from automation.policy.labels import Labels
from automation.scenarios.world import KEYS, Stage
from automation.stored_state.signatures import Keys, keys_of
from automation.trackers import Tracker
from tests.leaks import secret
from tests.worlds import (
    ROLES,
    Act,
    essence,
    histories,
    incidents,
    labels,
    opens,
    passes,
    people,
    shift,
    stage,
    world_after,
)

pytestmark = pytest.mark.property


@given(histories, st.booleans())
def test_a_second_pass_writes_nothing(history: list[Act], one: bool) -> None:
    world = world_after(history, stage(one_assignee=one))
    world.run_pass()
    world.run_pass()
    assert world.meter.writes == 0


@given(histories)
def test_planning_the_planned_world_is_empty(history: list[Act]) -> None:
    made = world_after(history, stage()).run.plan()
    board = made.dashboard or made.before.dashboard
    planned = replace(made.before, incidents=made.world, dashboard=board, stored=board)
    assert plan(planned).changes == ()


@given(histories, st.sampled_from(["eoc", "imoc", "cmoc", "security"]), people)
def test_a_shift_change_takes_nothing_from_who_is_here(
    history: list[Act], role: str, person: str
) -> None:
    world = world_after(history, stage())
    world.run_pass()
    shift(role, person)(world)
    made = world.run.plan()
    for ref, before in made.before.incidents.items():
        here = {name: seat.person for name, seat in before.here.items()}
        after = made.world[ref]
        assert {name: seat.person for name, seat in after.here.items()} == here
        assert after.owner == before.owner or not before.is_here(str(before.owner))
        called = {change.role for change in made.of(ref) if isinstance(change, Call)}
        assert not called & here.keys(), "an unanswered call follows the schedule, and no other"


@given(histories, st.booleans())
def test_nobody_is_woken_who_is_here_and_nobody_twice_for_one_call(
    history: list[Act], one: bool
) -> None:
    world = world_after(history, stage(one_assignee=one))
    made = world.run.plan()
    for ref, after in made.world.items():
        made_before = made.before.incidents[ref]
        for change in made.of(ref):
            if isinstance(change, Page):
                person = after.seats[change.role].person
                assert not made_before.is_here(person)
        planned = [change.slot for change in made.of(ref) if isinstance(change, Page)]
        assert len(planned) == len(set(planned)), "the plan says what will be done"
        pages = [fact.what for fact in after.facts if fact.kind in ("paged", "repeated")]
        assert len(pages) == len(set(pages))
        woken = [fact.who for fact in after.facts if fact.kind == "paged" and fact.at == world.now]
        assert len(woken) == len(set(woken)), "one person in two roles is woken once"


def test_where_the_shift_ends_in_the_pass_that_first_pages_its_role_one_page_is_planned() -> None:
    history = [opens("rita", frozenset({"Incident", "S3"}), ()), passes, shift("eoc", "mia")]
    world = world_after([*history, labels("rita", 0, "S1", add=True)], stage())
    pages = [c for c in world.run.plan().of("#1") if isinstance(c, Page) and c.role == "eoc"]
    world.run_pass()
    made = [page["person"] for page in world.outbox.entries("page") if page["role"] == "eoc"]
    assert (len(pages), made) == (1, ["mia"])


@given(histories)
def test_every_open_incident_has_exactly_one_owner_first_among_its_assignees(
    history: list[Act],
) -> None:
    world = world_after(history, stage())
    world.run_pass()
    assignees = {issue.ref: issue.assignees for issue in world.issues()}
    for incident in incidents(world).values():
        known = any(world.run.plan().before.ctx.on_call.person(role) for role in ROLES[:3])
        if incident.active and (incident.owner or known):
            assert incident.owner
            assert assignees[incident.ref][0] == incident.owner


@given(histories, st.booleans())
def test_one_label_of_each_family(history: list[Act], one: bool) -> None:
    world = world_after(history, stage(one_assignee=one))
    world.run_pass()
    meaning = world.policy.labels.meaning
    for incident in incidents(world).values():
        if incident.kind != "incident" or not incident.tracked:
            continue
        families = [found[0] for label in incident.labels if (found := meaning(label))]
        assert families.count("state") == families.count("status") == 1
        assert families.count("severity") <= 1


@given(histories)
def test_resolved_is_closed_and_operational(history: list[Act]) -> None:
    world = world_after(history, stage())
    world.run_pass()
    for incident in incidents(world).values():
        if incident.kind == "incident" and incident.tracked:
            resolved = "State::Resolved" in incident.labels
            assert resolved == incident.closed
            assert not resolved or "Status::Operational" in incident.labels


@given(histories)
def test_no_label_but_ours_is_written(history: list[Act]) -> None:
    world = world_after(history, stage())
    foreign = {issue.ref: _foreign(issue.labels, world.policy.labels) for issue in world.issues()}
    world.run_pass()
    for issue in world.issues():
        assert _foreign(issue.labels, world.policy.labels) == foreign.get(issue.ref, set())


def _foreign(names: frozenset[str], labels: Labels) -> set[str]:
    return {name for name in names if not labels.ours(name)}


@given(histories, st.randoms(use_true_random=False))
def test_the_order_of_rules_means_nothing(history: list[Act], random: object) -> None:
    first, second = stage(), stage()
    rules = list(second.policy.rules)
    random.shuffle(rules)  # type: ignore[attr-defined]
    second.policy = replace(second.policy, rules=tuple(rules))
    for world in (first, second):
        world_after(history, world).run_pass()
    assert essence(first) == essence(second)


@given(histories)
def test_a_pass_killed_after_any_write_is_made_good_by_the_next(history: list[Act]) -> None:
    whole = world_after(history, stage())
    whole.run_pass()
    whole.now += timedelta(seconds=1)
    whole.run_pass()
    for most in range(whole.meter.writes + 40):
        world = world_after(history, stage())
        killed = world.run_pass(most).killed
        world.now += timedelta(seconds=1)
        world.run_pass()
        assert essence(world) == essence(whole), f"killed after {most} writes"
        if not killed:
            return


@given(histories)
def test_a_lost_card_is_rebuilt_and_nothing_is_done_twice(history: list[Act]) -> None:
    world = world_after(history, stage())
    world.run_pass()
    before = incidents(world)
    pages = list(world.outbox.entries("page"))
    for issue in world.issues():
        for comment in issue.comments:
            if "<!-- ima:card " in comment.body:
                _garble(world.tracker, issue.ref, comment.id)
    world.run_pass()
    after = incidents(world)
    assert {ref: i.owner for ref, i in after.items()} == {ref: i.owner for ref, i in before.items()}
    assert list(world.outbox.entries("page")) == pages


def _garble(tracker: Tracker, ref: str, comment: str) -> None:
    tracker.edit_comment(ref, comment, "<!-- ima:card {garbled} -->")


KEY_STATES = {
    "with": KEYS,
    "without": Keys(),
    "wrong": keys_of("a scenario", secret("a-key-that-is-not-the-key-of-scenarios"), ""),
    "rotated": Keys(keys_of("a scenario", secret("a-new-key-of-the-scenarios-of-ima"), "").now,
                    (KEYS.now,) if KEYS.now else ()),
    "lost": Keys(keys_of("a scenario", secret("the-key-that-came-after-the-lost-one"), "").now,
                 lost=True),
}  # fmt: skip


@given(histories, st.lists(st.sampled_from(sorted(KEY_STATES)), min_size=1, max_size=4))
def test_nothing_leaves_twice_because_of_a_key(history: list[Act], states: list[str]) -> None:
    world = world_after(history, stage())
    for _ in range(2):
        world.run_pass()
    sent = outward(world)
    for state in [*states, "with"]:
        world.keys = KEY_STATES[state]
        world.run_pass()
        assert outward(world) == sent, state


def outward(world: Stage) -> list[object]:
    """What people were woken for, and what everybody was told, but of findings. (A message may be
    sent once more where a wrong key is not told from forgery: SECURITY.md.)"""
    kinds = ("page", "page ended", "announcement", "message", "publication")
    entries = (each for kind in kinds for each in world.outbox.entries(kind))
    return [each for each in entries if " findings " not in str(each.get("key"))]
