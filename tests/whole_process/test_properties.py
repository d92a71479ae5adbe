"""What holds for every history, whatever people do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.planning.planner import plan
from automation.policy.labels import Labels
from automation.trackers import Tracker
from tests.worlds import Act, essence, histories, incidents, lived, people, shift, stage

pytestmark = pytest.mark.property


@given(histories, st.booleans())
def test_a_second_pass_writes_nothing(history: list[Act], one: bool) -> None:
    world = lived(history, stage(one_assignee=one))
    world.pass_()
    world.pass_()
    assert world.meter.writes == 0


@given(histories)
def test_planning_the_planned_world_is_empty(history: list[Act]) -> None:
    made = lived(history, stage()).run.plan()
    board = made.dashboard or made.before.dashboard
    planned = replace(made.before, incidents=made.world, dashboard=board, stored=board)
    assert plan(planned).changes == ()


@given(histories, st.sampled_from(["eoc", "imoc", "cmoc", "security"]), people)
def test_a_shift_change_takes_nothing_from_anybody_who_is_here(
    history: list[Act], role: str, person: str
) -> None:
    world = lived(history, stage())
    world.pass_()
    shift(role, person)(world)
    made = world.run.plan()
    before = made.before.incidents
    assert {ref: one.here for ref, one in made.world.items()} == {
        ref: one.here for ref, one in before.items()
    }
    seats = [seat for one in before.values() if one.active for seat in one.seats.values()]
    if all(seat.here_at for seat in seats if seat.role == role):  # else the call follows (P-08)
        assert made.visible == ()


@given(histories)
def test_every_open_incident_has_exactly_one_owner_first_among_its_assignees(
    history: list[Act],
) -> None:
    world = lived(history, stage())
    world.pass_()
    assignees = {issue.ref: issue.assignees for issue in world.issues()}
    for incident in incidents(world).values():
        if incident.active:
            assert incident.owner
            assert assignees[incident.ref][0] == incident.owner


@given(histories, st.booleans())
def test_one_label_of_each_family(history: list[Act], one: bool) -> None:
    world = lived(history, stage(one_assignee=one))
    world.pass_()
    meaning = world.policy.labels.meaning
    for incident in incidents(world).values():
        if incident.kind != "incident" or not incident.tracked:
            continue
        families = [found[0] for label in incident.labels if (found := meaning(label))]
        assert families.count("state") == families.count("status") == 1
        assert families.count("severity") <= 1


@given(histories)
def test_resolved_is_closed_and_operational(history: list[Act]) -> None:
    world = lived(history, stage())
    world.pass_()
    for incident in incidents(world).values():
        if incident.kind == "incident" and incident.tracked:
            resolved = "State::Resolved" in incident.labels
            assert resolved == incident.closed
            assert not resolved or "Status::Operational" in incident.labels


@given(histories)
def test_no_label_but_ours_is_written(history: list[Act]) -> None:
    world = lived(history, stage())
    foreign = {issue.ref: _foreign(issue.labels, world.policy.labels) for issue in world.issues()}
    world.pass_()
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
        lived(history, world).pass_()
    assert essence(first) == essence(second)


@given(histories)
def test_a_pass_killed_after_any_write_is_made_good_by_the_next(history: list[Act]) -> None:
    whole = lived(history, stage())
    whole.pass_()
    whole.now += timedelta(seconds=1)
    whole.pass_()
    for most in range(whole.meter.writes + 40):
        world = lived(history, stage())
        killed = world.pass_(most).killed
        world.now += timedelta(seconds=1)
        world.pass_()
        assert essence(world) == essence(whole), f"killed after {most} writes"
        if not killed:
            return


@given(histories)
def test_a_lost_card_is_rebuilt_and_nothing_is_done_twice(history: list[Act]) -> None:
    world = lived(history, stage())
    world.pass_()
    before = incidents(world)
    pages = list(world.outbox.entries("page"))
    for issue in world.issues():
        for comment in issue.comments:
            if "<!-- ima:card " in comment.body:
                _garble(world.tracker, issue.ref, comment.id)
    world.pass_()
    after = incidents(world)
    assert {ref: i.owner for ref, i in after.items()} == {ref: i.owner for ref, i in before.items()}
    assert list(world.outbox.entries("page")) == pages


def _garble(tracker: Tracker, ref: str, comment: str) -> None:
    tracker.edit_comment(ref, comment, "<!-- ima:card {garbled} -->")
