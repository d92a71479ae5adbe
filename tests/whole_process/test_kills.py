"""A run on a forge that dies, is cut off, or meets an answer that is none: the next makes it good.

One S1 is lived step by step. Before a step's run the world is saved; then the run is played again
and again, each time with another thing that goes wrong at another request.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from itertools import product

import pytest

from automation.reconcile.observe import observe
from automation.scenarios.scenario_file import Step
from automation.scenarios.world import PlayedStep
from tests.ground.life import FORGES, LIFE, STEPS, Forge, Life, github, gitlab, life

ENDS = ("killed", "down", "down unanswered")


def ends() -> Iterator[object]:
    """At every step one end on one forge, in turn; `make soak` has them all."""
    for forge, number, how in product((gitlab, github), STEPS, ENDS):
        marks = [] if forge is gitlab else [pytest.mark.needs("emulate")]
        if (forge is gitlab) != (number % 2 == 0) or how != ENDS[number // 2 % len(ENDS)]:
            marks.append(pytest.mark.soak)
        yield pytest.param(forge, number, how, marks=marks, id=f"{forge.__name__}-{number}-{how}")


def ended(one: Life, step: Step, writes: int, how: str) -> PlayedStep:
    """The run, which after so many writes comes to its end, or loses its server."""
    server, down = one.ground.server, threading.Event()

    def goes_down() -> None:
        server.faults.down = True
        down.set()

    if how == "killed":
        one.ground.jobs.lives_for = writes
    else:
        server.kill_after(writes, goes_down, answered=how == "down")
    passed = one.runs(step)
    assert how == "killed" or down.wait(5)  # after an answer it goes down when it gets to it
    server.faults.clear()
    one.ground.jobs.lives_for = None
    return passed


def check_told(passed: PlayedStep) -> None:
    """What went wrong is said in lines that say what to do, and nothing else went wrong."""
    if passed.killed or passed.exit == 0:
        return
    told = "\n".join(passed.findings).splitlines()
    assert passed.exit == 1, told
    assert told[0].startswith(("gitlab: ", "github: ", "#", "acme/")), told
    assert not any("Traceback" in line for line in told)


def check_settled(one: Life, whole: object, what: str) -> None:
    assert one.essence() == whole, what
    one.stage.run_pass()
    assert one.stage.meter.writes == 0, f"{what}: there is more to do"


@pytest.mark.parametrize(("forge", "number", "how"), [*ends()])
def test_a_run_that_ends_at_any_write_is_made_good_by_the_next(
    forge: Forge, number: int, how: str
) -> None:
    step = LIFE.steps[number]
    with life(forge, number) as one:
        one.acts(step)
        saved = one.save()
        one.ground.server.forget()
        one.runs(step)
        writes = len(one.ground.server.writes())
        one.repaired(step)
        whole = one.essence()
        for most in range(1, writes + 1):
            one.restore(saved)
            check_told(ended(one, step, most, how))
            assert one.repaired(step).findings == [], f"{how} after write {most}"
            check_settled(one, whole, f"{how} after write {most}")


@pytest.mark.soak
@pytest.mark.parametrize("how", ENDS)
@pytest.mark.parametrize("number", STEPS)
@pytest.mark.parametrize("forge", FORGES)
def test_a_life_goes_on_as_if_no_run_had_ended(forge: Forge, number: int, how: str) -> None:
    with life(forge) as whole:
        whole.until(len(STEPS))
        wanted = whole.essence()
    step = LIFE.steps[number]
    with life(forge, number) as one:
        one.acts(step)
        saved = one.save()
        one.ground.server.forget()
        one.runs(step)
        for most in range(1, len(one.ground.server.writes()) + 1):
            one.restore(saved)
            ended(one, step, most, how)
            one.repaired(step)
            one.until(len(STEPS), after=number)
            assert one.essence() == wanted, f"{how} after write {most}"


@pytest.mark.parametrize("number", [5, len(STEPS)])
@pytest.mark.parametrize("forge", FORGES)
def test_a_card_that_is_lost_is_rebuilt_and_nobody_is_called_again(
    forge: Forge, number: int
) -> None:
    """Our reactions on commands have moved the times of the comments meanwhile."""
    with life(forge, number) as one:
        before, times = one.essence(), _times(one)
        one.ground.loses("<!-- ima:card ")
        one.stage.now += timedelta(minutes=1)
        one.stage.run_pass()
        after = one.essence()
        assert after["pages"] == before["pages"]
        assert [stands(row) for row in after["issues"]] == [stands(row) for row in before["issues"]]
        assert _times(one) == times


def stands(row: tuple[object, ...]) -> tuple[object, ...]:
    """An issue without what its card remembers."""
    return (*row[:7], *row[9:])


def _times(one: Life) -> list[tuple[str, object, object]]:
    """Since when each incident is in its state, by whom."""
    stage = one.stage
    seen = observe(stage.believed_tracker(), stage.services, stage.policy, lambda: stage.now)
    return [(ref, i.state and i.state.at, i.resolution) for ref, i in seen.incidents.items()]
