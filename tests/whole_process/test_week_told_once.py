"""A run on a forge that ends at any write while it tells the week: the week is told once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from automation.policy.policy import WeeklyDigest
from automation.stored_state.dashboard import DIGEST
from automation.text.escaping import marker_in
from tests.ground.life import LIFE, Forge, Life, github, gitlab, life
from tests.whole_process.test_kills import ENDS, ended

PASS = next(step for step in LIFE.steps if not step.actions)
WEEKLY = WeeklyDigest(every="monday 13:30", to=("dashboard", "chat"))  # 12:30 UTC


def told(one: Life) -> tuple[int, int]:
    """How often in the thread, and in the chat."""
    tracker = one.stage.believed_tracker()
    board = tracker.dashboard()
    assert board
    (thread,) = tracker.issues([board.ref])
    posts = [str(post["text"]) for post in one.stage.outbox.entries("announcement")]
    weeks = [comment for comment in thread.comments if marker_in(DIGEST, comment.body)]
    return len(weeks), sum(text.startswith("The week") for text in posts)


IN_TURN = ((gitlab, "down unanswered"), (github, "killed"))  # `make soak` has all


def ends() -> Iterator[object]:
    for forge, how in product((gitlab, github), ENDS):
        marks = [pytest.mark.needs("emulate")] if forge is github else []
        marks += [] if (forge, how) in IN_TURN else [pytest.mark.soak]
        yield pytest.param(forge, how, marks=marks, id=f"{forge.__name__}-{how}")


@pytest.mark.parametrize(("forge", "how"), [*ends()])
def test_the_week_is_told_once(forge: Forge, how: str) -> None:
    with life(forge, 2) as one:
        one.stage.policy = replace(one.stage.policy, weekly_digest=WEEKLY)
        one.stage.run_pass()
        assert told(one) == (0, 0)
        one.stage.now += timedelta(minutes=40)
        one.stage.policy = replace(one.stage.policy, rules=())  # nothing else is to be done
        saved = one.save()
        one.ground.server.forget()
        one.runs(PASS)
        assert told(one) == (1, 1)
        writes = len(one.ground.server.writes())
        assert writes >= 2
        for most in range(1, writes + 1):
            one.restore(saved)
            ended(one, PASS, most, how)
            one.stage.now += timedelta(minutes=61)
            one.stage.run_pass()
            assert told(one) == (1, 1), f"{how} after write {most}"
            one.stage.run_pass()
            assert one.stage.meter.writes == 0
