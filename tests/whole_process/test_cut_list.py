"""A list that leaves an issue out, because another was closed while its pages were turned."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from automation.model.issue import Draft
from tests.ground.life import Life
from tests.whole_process.test_unreadable_issue import BAD, GOOD, Kept, one, paged, spoil
from tests.whole_process.test_wrong_row import NUMBERS

__all__ = ["one"]
LIST = r"/issues\?(?!.*iids)"  # of what is there or has moved; none is asked for by its number


def left_out(one: Life, ref: str) -> None:
    """From now on, lists do not show this issue."""

    def cut(rows: Any) -> Any:
        return [row for row in rows if int(ref[1:]) not in {row.get(key) for key in NUMBERS}]

    spoil(one, LIST, how="lie", lie=cut)


def everything_is_listed(one: Life) -> None:
    """The next run lists everything, and no clock has run out by then."""
    one.stage.cache = Kept()
    one.stage.now += timedelta(minutes=10)
    one.stage.run_pass()
    one.stage.now += one.stage.policy.full_sweep.length - timedelta(minutes=5)
    one.stage.run_pass()
    one.stage.now += timedelta(minutes=6)


def test_an_incident_that_goes_on_is_looked_at_all_the_same(one: Life) -> None:
    everything_is_listed(one)
    one.stage.acting("rita").open(Draft("Git is slow", labels=("Incident", "S4")))
    left_out(one, BAD)
    passed = one.stage.run_pass()
    assert passed.exit == 0, passed.findings
    assert passed.plan is not None
    assert BAD in passed.plan.before.incidents
    one.ground.server.faults.clear()
    one.stage.now += timedelta(minutes=59)  # nobody has done anything on it, but clocks run
    passed = one.stage.run_pass()
    assert passed.plan is not None
    assert BAD in passed.plan.before.incidents


def test_an_incident_that_is_new_is_found_by_the_next_run(one: Life) -> None:
    everything_is_listed(one)
    assert one.stage.acting("rita").open(Draft("Git is down", labels=("Incident", "S1"))) == GOOD
    one.stage.now += timedelta(minutes=3)
    one.stage.acting("erin").comment(BAD, "I look at the proxies")
    left_out(one, GOOD)
    one.stage.run_pass()
    one.ground.server.faults.clear()
    one.stage.now += timedelta(minutes=5)
    one.stage.run_pass()
    assert paged(one, GOOD) == {"eoc", "imoc"}
