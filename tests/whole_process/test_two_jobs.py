"""Two jobs at once: what a lock guarantees, and what is left without one.

With a lock (the embedded tracker's file, `resource_group` in CI) the second job finds everything
done: nothing is written twice. Without one, where both have looked before either writes:

- what the incident says comes out as by one job: labels, state, assignees, seats, what was judged;
- a page, an announcement and a document are asked for at most once by each job, with one key, by
  which the service makes one of them;
- a comment, a new review and a new dashboard are there at most once for each job; the oldest
  review and the oldest dashboard count, and no later pass adds another;
- of two cards the next pass keeps the older, with what both remember, and nobody is called again.

It is the same where one job comes after the other and the forge's lists do not show yet what that
one has written.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from automation.model.issue import Draft
from automation.planning.plan import Plan
from automation.reconcile.one_pass import Run
from automation.services.opening import open_services
from automation.stored_state.card import SECOND_CARD
from automation.trackers.local.tracker import LocalTracker
from automation.trackers.signed_memory import SignedTracker
from automation.writing.templates import Templates
from tests.build import at
from tests.ground.life import IN_TURN, LIFE, Forge, Life, life
from tests.worlds import shipped

JOBS = 2


def both(jobs: list[Callable[[], object]]) -> None:
    """Run them in threads; what one raises is raised."""
    raised: list[BaseException] = []

    def run(job: Callable[[], object]) -> None:
        try:
            job()
        except BaseException as error:  # for the test's thread
            raised.append(error)

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert raised == []
    assert not any(thread.is_alive() for thread in threads)


def test_with_the_lock_of_the_embedded_tracker_everything_is_done_once(tmp_path: Path) -> None:
    policy, plans = replace(shipped().policy(), since=at(0)), list[Plan]()
    start = threading.Barrier(JOBS)

    def opened() -> LocalTracker:
        return LocalTracker(tmp_path / "ima.db", project=policy.project, clock=lambda: at(1))

    def job() -> None:
        services = open_services(policy, tmp_path, lambda: at(1), {})
        templates = Templates(shipped().templates)
        with closing(opened()) as tracker:
            start.wait(10)
            plans.append(Run(policy, tracker, services, templates, lambda: at(1)).apply()[0])

    with closing(opened()) as tracker:
        tracker.acting("rita").open(Draft("API is down", labels=("Incident", "S1")))
    both([job] * JOBS)
    assert sorted(made.empty for made in plans) == [False, True]


@pytest.mark.parametrize(("forge", "number"), IN_TURN)
def test_without_a_lock_nothing_is_lost_and_no_more_is_doubled_than_said(
    forge: Forge, number: int
) -> None:
    step = LIFE.steps[number]
    with life(forge, number) as one:
        one.acts(step)
        if any(name == "runs" for name, _ in step.actions):
            draft = Draft("API is down", labels=("Incident", "S1"))
            one.stage.acting("rita").open(draft)
        saved = one.save()
        one.stage.run_pass()
        one.repaired(step)
        whole = one.essence()
        one.restore(saved)
        at_once(one)
        assert one.repaired(step).findings == []
        one.stage.run_pass()
        assert one.stage.meter.writes == 0
        one_card_each(one)
        compare(one, whole)


def one_card_each(one: Life) -> None:
    for issue in one.stage.believed_tracker().issues():
        cards = [each for each in issue.comments if "<!-- ima:card " in each.body]
        assert len(cards) <= 1, issue.ref


def at_once(one: Life) -> None:
    """Both have planned before either writes."""
    barrier, trackers = threading.Barrier(JOBS), [one.ground.jobs.another() for _ in range(JOBS)]
    keys, clock = one.stage.keys, one.stage.clock
    runs = [replace(one.stage.run, tracker=SignedTracker(t, keys, clock)) for t in trackers]

    def check(_plan: Plan) -> None:
        barrier.wait(10)

    def job(run: Run) -> Callable[[], None]:
        def go() -> None:
            _, report = run.apply(check=check)
            assert report.failures == []

        return go

    both([job(run) for run in runs])
    for tracker in trackers:
        tracker.close()


def comments(lines: list[str]) -> Counter[str]:
    """Each job names the review that it opened itself."""
    kept = (line for line in lines if line != SECOND_CARD)
    return Counter(re.sub(r"#\d+", "#", line) for line in kept)


def compare(one: Life, whole: dict[str, Any]) -> None:
    is_now = one.essence()
    assert is_now["documents"] == whole["documents"]
    assert is_now["posts"] == whole["posts"]
    assert set(is_now["pages"]) == set(whole["pages"])
    assert max(Counter(is_now["pages"]).values(), default=0) <= JOBS
    incident, wanted = is_now["issues"][0], whole["issues"][0]
    judged = slice(0, 5), slice(6, 11)  # without links and comments
    assert [incident[part] for part in judged] == [wanted[part] for part in judged]
    said, once = comments(incident[11]), comments(wanted[11])
    assert set(said) == set(once)
    assert all(said[line] <= JOBS * count for line, count in once.items())
    titles = Counter(issue[1] for issue in is_now["issues"])
    assert set(titles) == {issue[1] for issue in whole["issues"]}
    assert max(titles.values()) <= JOBS
