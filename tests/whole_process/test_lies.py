"""A forge lies once in a pass: what comes of it is a line, never a traceback."""

from __future__ import annotations

import re
from collections import Counter
from functools import partial
from random import Random

import pytest

from tests.counterparts.lies import lie
from tests.ground.life import FORGES, IN_TURN, LIFE, STEPS, Forge, life
from tests.whole_process.test_faults import requests


def played(forge: Forge, number: int, times: int) -> Counter[str]:
    """What was said after so many lies, each in a pass of its own; with how often."""
    step = LIFE.steps[number]
    said: Counter[str] = Counter()
    with life(forge, number) as one:
        one.acts(step)
        saved = one.save()
        one.ground.server.forget()
        one.runs(step)
        asked = list(requests(list(one.ground.server.log)))
        chance = Random(f"{number}")
        for turn in range(times):
            one.restore(saved)
            sent, nth = chance.choice(asked)
            path = f"{re.escape(sent.path)}($|\\?)"
            change = partial(lie, seed=f"{number} {turn}")
            one.ground.server.fail(sent.method, path, nth=nth, how="lie", lie=change)
            try:
                passed = one.runs(step)
            except Exception as error:
                error.add_note(f"{sent.method} {sent.path}, the {nth}th, seed {number} {turn}")
                raise
            assert passed.exit in (0, 1, 2), passed  # 2: who it says is no member may not declare
            said.update(passed.findings)
        one.restore(saved)
    return said


@pytest.mark.property
@pytest.mark.parametrize(("forge", "number"), IN_TURN)
def test_a_pass_that_is_lied_to_ends_in_lines(forge: Forge, number: int) -> None:
    played(forge, number, 8)


@pytest.mark.soak
@pytest.mark.parametrize("number", STEPS)
@pytest.mark.parametrize("forge", FORGES)
def test_ten_thousand_lies_end_in_lines(forge: Forge, number: int) -> None:
    played(forge, number, 10_000 // len(STEPS))
