"""How long an incident is watched before it is resolved, and steps that are filled in later."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from automation.history.fold import fold
from automation.history.monitoring_time import MonitoringTime
from automation.model.incident import Choice, Incident
from automation.model.label_choices import Family
from automation.times.durations import Duration
from tests.build import Act, a_context, an_issue, at, closed, labelled, reopened, says, unlabelled
from tests.history.test_fold import CALLED, card

PARTIAL, OUTAGE = "Status::Partial Service Disruption", "Status::Service Disruption"
DEGRADED, MONITORING = "Status::Degraded Performance", "State::Monitoring"


def judged(*acts: Act, **rest: Any) -> Incident:
    return fold(an_issue(card(CALLED), *acts), a_context(600, **rest))


def monitored(minutes: float) -> list[Act]:
    return [labelled(2, "erin", PARTIAL), labelled(minutes, "erin", MONITORING)]


@pytest.mark.parametrize(
    ("acts", "over"),
    [
        pytest.param([closed(5, "erin")], True, id="operational all the time"),
        pytest.param([labelled(2, "erin", DEGRADED), closed(5, "erin")], True, id="degraded only"),
        pytest.param([labelled(2, "erin", PARTIAL), closed(50, "erin")], False, id="never watched"),
        pytest.param([*monitored(5), closed(34.9, "erin")], False, id="just before"),
        pytest.param([*monitored(5), closed(35, "erin")], True, id="at"),
        pytest.param([*monitored(5), closed(35.1, "erin")], True, id="after"),
        pytest.param([*monitored(5), says(6, "erin", "/ima resolve")], False, id="by command"),
        pytest.param([*monitored(5), says(6, "erin", "/ima resolve nobody saw it")], True,
                     id="with a reason"),
        pytest.param([*monitored(5), says(6, "erin", "/ima state resolved")], False,
                     id="by the other command"),
        pytest.param([*monitored(5), says(6, "erin", "/ima state resolved -- nobody saw it")], True,
                     id="by the other with a reason"),
        pytest.param([*monitored(5), labelled(6, "erin", "State::Resolved")], False, id="by label"),
        pytest.param([*monitored(5), closed(6, "erin", "duplicate")], True, id="a duplicate"),
        pytest.param([*monitored(5), closed(6, "erin", "not planned")], True, id="not planned"),
        pytest.param([*monitored(5), closed(6, "erin", "completed")], False,
                     id="a word of the forge's is no reason"),
        pytest.param([labelled(1, "erin", PARTIAL), labelled(2, "erin", OUTAGE), closed(6, "erin")],
                     True, id="it was graver"),
        pytest.param([labelled(1, "erin", PARTIAL), labelled(2, "erin", DEGRADED),
                      closed(6, "erin")], False, id="it was partial once"),
        pytest.param([*monitored(5), labelled(20, "erin", "State::Identified"),
                      labelled(25, "erin", MONITORING), closed(50, "erin")], False,
                     id="watched anew"),
        pytest.param([*monitored(5), says(20, "erin", "/ima state monitoring"),
                      closed(35, "erin")], True, id="said again, it is no move"),
        pytest.param([labelled(1, "erin", PARTIAL), labelled(3, "erin", DEGRADED),
                      says(5, "erin", "/ima resolve done"), reopened(9, "erin"),
                      closed(10, "erin")], True, id="what it was before it began anew"),
        pytest.param([labelled(1, "erin", PARTIAL), says(5, "erin", "/ima resolve done"),
                      reopened(9, "erin"), closed(10, "erin")], False, id="what came back counts"),
    ],
)  # fmt: skip
def test_when_it_may_be_resolved(acts: list[Act], over: bool) -> None:
    assert (judged(*acts).resolution is not None) is over


def test_what_an_outsider_called_it_does_not_count() -> None:
    acts = [labelled(2, "mallory", PARTIAL), closed(6, "erin")]
    assert judged(*acts, outsiders=frozenset({"mallory"})).resolution is not None


def test_a_policy_may_say_nothing_of_it() -> None:
    says_nothing = "monitor_for: {Partial Service Disruption: 0s}"
    assert judged(*monitored(5), closed(6, "erin"), says=says_nothing).resolution is not None


def test_letting_it_go_is_no_resolve() -> None:
    assert not judged(*monitored(5), unlabelled(6, "erin", "Incident")).tracked


def test_the_comment_says_how_long_it_is() -> None:
    (note,) = (n for n in judged(*monitored(5), closed(17, "erin")).notes if "undone" in n.key)
    assert (note.template, dict(note.values)) == (
        "too_early",
        {
            "who": "erin",
            "left": "18 min",
            "until": "12:35 UTC (13:35 Berlin)",
            "status": "Partial Service Disruption",
        },
    )


def test_a_strangers_close_is_still_a_strangers() -> None:
    notes = judged(*monitored(5), closed(6, "mallory")).notes
    assert [note.template for note in notes if "undone" in note.key] == ["undone"]


def test_close_and_label_in_one_go_are_one_act() -> None:
    made = judged(*monitored(5), closed(17, "erin"), labelled(17, "erin", "State::Resolved"))
    assert len([n for n in made.notes if "undone" in n.key]) == 1


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1800, "30 min"),
        (1799, "30 min"),
        (61, "2 min"),
        (60, "1 min"),
        (59.5, "1 min"),
        (59, "59 s"),
        (1, "1 s"),
    ],
)
def test_what_is_left_in_words(seconds: float, words: str) -> None:
    left = timedelta(seconds=seconds)
    assert MonitoringTime("x", Duration(30, "m"), left, None).left_words == words


STEP = Choice("Identified", at(5), "erin")


def test_a_step_that_is_filled_in_moves_nothing() -> None:
    family = Family("state", a_context(0).policy.rank)
    family.add(STEP)
    family.note("Roll back")
    assert (family.stands(), family.current()) == (family.last, family.last)
    filled = family.stands()
    assert filled is not None
    assert (filled.note, filled.at, filled.by) == ("Roll back", at(5), "erin")


@pytest.mark.parametrize(
    ("typed", "note", "minute", "by"),
    [
        pytest.param("/ima state identified -- Roll back", "Roll back", 5, "erin", id="filled"),
        pytest.param("/ima state identified", "", 9, "mia", id="nothing to fill in"),
        pytest.param("/ima state monitoring -- Watch", "Watch", 9, "mia", id="another state"),
    ],
)
def test_who_moved_it_and_when(typed: str, note: str, minute: float, by: str) -> None:
    state = judged(labelled(5, "erin", "State::Identified"), says(9, "mia", typed)).state
    assert state is not None
    assert (state.note, state.at, state.by) == (note, at(minute), by)


def test_a_step_is_kept_when_the_state_is_said_again() -> None:
    acts = (says(5, "erin", "/ima state identified -- Roll back"), says(9, "mia", "/ima state id"))
    state = judged(*acts).state
    assert state is not None
    assert (state.note, state.at, state.by) == ("Roll back", at(5), "erin")
