"""GitLab answers badly once: the run says so or gets over it, and the next completes it, once.

In the normal suite each request of the life has one thing or two that go wrong, in turn; under
``soak`` all of them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.counterparts.log import WRITES, Logged
from tests.ground.life import LIFE, STEPS, Life, life

# What happens, and whether a read, a `PUT` and a `POST` get over it in the same run.
KINDS: dict[str, tuple[dict[str, Any], str]] = {
    "502": ({"how": 502}, "GET PUT"),
    "502 after the work": ({"how": 502, "after": True}, "GET PUT"),
    "reset": ({"how": "reset"}, "GET PUT"),
    "reset after the work": ({"how": "reset", "after": True}, "GET PUT"),
    "half an answer": ({"how": "half"}, "GET PUT"),
    "429": ({"how": 429, "retry_after": 7}, "GET PUT POST"),
    "500": ({"how": 500}, "GET"),
    "502 for long": ({"how": 502, "times": 5}, ""),
    "429 for long": ({"how": 429, "times": 5, "retry_after": 7}, ""),
    "twice": ({"how": "twice"}, "GET PUT POST"),
}
Case = tuple[str, str, int, str]  # method, path, which of those, what happens


def requests(log: list[Logged]) -> Iterator[tuple[str, str, int]]:
    """Each request of a run, with how often there was one like it before."""
    seen: Counter[tuple[str, str]] = Counter()
    for each in log:
        seen[each.method, each.path] += 1
        yield each.method, each.path, seen[each.method, each.path]


def some(log: list[Logged], number: int) -> Iterator[Case]:
    """Two kinds for each write, one for each kind of read."""
    kinds, shapes = list(KINDS), set()
    for place, (method, path, nth) in enumerate(requests(log), number):
        shape = method, re.sub(r"\d+", "0", path)
        if method in WRITES:
            yield method, path, nth, kinds[place % len(kinds)]
            yield method, path, nth, kinds[(place + 4) % len(kinds)]
        elif shape not in shapes:
            shapes.add(shape)
            yield method, path, nth, kinds[(place + len(shapes)) % len(kinds)]


def every(log: list[Logged], number: int) -> Iterator[Case]:
    for method, path, nth in requests(log):
        yield from ((method, path, nth, kind) for kind in KINDS)


def check(one: Life, step: Any, case: Case, whole: dict[str, Any]) -> None:
    method, path, nth, kind = case
    how, gets_over = KINDS[kind]
    fault = one.ground.server.fail(method, f"{re.escape(path)}($|\\?)", nth=nth, **how)
    passed = one.runs(step)
    assert fault.seen >= nth, f"{case}: never asked"
    told = [line for line in "\n".join(passed.findings).splitlines() if line[:1] != " "]
    if method in gets_over.split():
        assert (passed.exit, told) == (0, []), case
    else:
        assert passed.exit == 1, case
        told = [line for line in told if not line.startswith("The issues cannot be reached")]
        assert len(told) == 1, f"{case}: {told}"
        assert told[0].startswith("gitlab: "), told
    one.ground.server.faults.clear()
    repaired = one.repaired(step)
    assert (repaired.exit, repaired.findings) == (0, []), case
    compare(one.essence(), whole, case)
    one.stage.pass_()
    assert one.stage.meter.writes == 0, f"{case}: there is more to do"


def compare(essence: dict[str, Any], whole: dict[str, Any], case: Case) -> None:
    """A `POST` that somebody between us and GitLab sent twice leaves two of what it made; two
    incidents, where it was the declaration."""
    method, path, _, kind = case
    if (method, kind) == ("POST", "twice"):
        for name in ("pages", "posts", "documents"):
            assert set(essence[name]) >= set(whole[name]), case
            assert path.endswith("/issues") or essence[name] == whole[name], case
        there = {issue[0]: issue for issue in essence["issues"]}
        incident, wanted = there["#1"], whole["issues"][0]
        assert (*incident[:5], *incident[9:11]) == (*wanted[:5], *wanted[9:11]), case
    else:
        assert essence == whole, case


def play(number: int, cases: Any) -> None:
    step = LIFE.steps[number]
    with life(number) as one:
        one.acts(step)
        saved = one.save()
        one.ground.server.forget()
        one.runs(step)
        log = list(one.ground.server.log)
        one.repaired(step)
        whole = one.essence()
        for case in cases(log, number):
            one.restore(saved)
            check(one, step, case, whole)


@pytest.mark.parametrize("number", STEPS)
def test_after_a_bad_answer_the_next_run_completes_it_once(number: int) -> None:
    play(number, some)


@pytest.mark.soak
@pytest.mark.parametrize("number", STEPS)
def test_whatever_answer_is_bad_the_next_run_completes_it_once(number: int) -> None:
    play(number, every)
