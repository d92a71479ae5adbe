"""A forge answers badly once: the run says so or gets over it, and the next completes it, once.

In the normal suite each request of the life has one thing that goes wrong, in turn, and each step
is lived on one forge; under ``soak`` all of them on both.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.counterparts.log import WRITES, Logged
from tests.ground.life import FORGES, IN_TURN, LIFE, STEPS, Forge, Life, gitlab, life

# What happens, and which requests get over it in the same run: reads (GET), what may be sent twice
# (PUT), what is looked for before it is sent again (MARKED), all others (POST).
KINDS: dict[str, tuple[dict[str, Any], str]] = {
    "502": ({"how": 502}, "GET PUT MARKED"),
    "502 after the work": ({"how": 502, "after": True}, "GET PUT MARKED"),
    "reset": ({"how": "reset"}, "GET PUT MARKED"),
    "reset after the work": ({"how": "reset", "after": True}, "GET PUT MARKED"),
    "half an answer": ({"how": "half"}, "GET PUT MARKED"),
    "429": ({"how": 429, "retry_after": 7}, "GET PUT MARKED POST"),
    "500": ({"how": 500}, "GET MARKED"),
    "502 for long": ({"how": 502, "times": 5}, ""),
    "429 for long": ({"how": 429, "times": 5, "retry_after": 7}, ""),
    "twice": ({"how": "twice"}, "GET PUT MARKED POST"),
}
Case = tuple[Logged, int, str]  # a request, which of those, what happens


def requests(log: list[Logged]) -> Iterator[tuple[Logged, int]]:
    """Each request of a run, with how often there was one like it before."""
    seen: Counter[tuple[str, str]] = Counter()
    for each in log:
        seen[each.method, each.path] += 1
        yield each, seen[each.method, each.path]


def nature(forge: Forge, sent: Logged) -> str:
    """How a request is sent again; see `KINDS`. On GitHub a `POST` may be a set's delta."""
    if forge is gitlab or sent.method == "GET":
        return sent.method
    if sent.method != "POST" or sent.path.endswith(("/labels", "/reactions", "/sub_issues")):
        return "PUT"
    return "MARKED" if "<!-- ima:" in sent.body["body"] else "POST"


def some(_forge: Forge, log: list[Logged], number: int) -> Iterator[Case]:
    """One kind for each write and for each kind of read."""
    kinds, shapes = list(KINDS), set()
    for place, (sent, nth) in enumerate(requests(log), number):
        shape = sent.method, re.sub(r"\d+", "0", sent.path)
        if sent.method in WRITES:
            yield sent, nth, kinds[place % len(kinds)]
        elif shape not in shapes:
            shapes.add(shape)
            yield sent, nth, kinds[(place + len(shapes)) % len(kinds)]


def every(_forge: Forge, log: list[Logged], _number: int) -> Iterator[Case]:
    for sent, nth in requests(log):
        yield from ((sent, nth, kind) for kind in KINDS)


def check(forge: Forge, one: Life, step: Any, case: Case, whole: dict[str, Any]) -> None:
    sent, nth, kind = case
    how, gets_over = KINDS[kind]
    board = one.ground.dashboard()
    fault = one.ground.server.fail(sent.method, f"{re.escape(sent.path)}($|\\?)", nth=nth, **how)
    passed = one.runs(step)
    assert fault.seen >= nth, f"{case}: never asked"
    told = [line for line in "\n".join(passed.findings).splitlines() if line[:1] != " "]
    harmless = board and is_history_of(board.ref, sent) and passed.exit == 0
    if harmless or nature(forge, sent) in gets_over.split():
        assert (passed.exit, told) == (0, []), case
    else:
        assert passed.exit == 1, case
        told = [line for line in told if not line.startswith("The issues cannot be reached")]
        assert len(told) == 1, f"{case}: {told}"
        assert told[0].startswith(("gitlab: ", "github: ")), told
    one.ground.server.faults.clear()
    repaired = one.repaired(step)
    assert (repaired.exit, repaired.findings) == (0, []), case
    compare(one.essence(), whole, case)
    one.stage.run_pass()
    assert one.stage.meter.writes == 0, f"{case}: there is more to do"


def is_history_of(ref: str, sent: Logged) -> bool:
    """Of the dashboard only the text counts: nobody needs what people say on it."""
    return sent.method == "GET" and f"/issues/{ref.lstrip('#')}/" in sent.path


def compare(essence: dict[str, Any], whole: dict[str, Any], case: Case) -> None:
    """A `POST` that somebody between us and GitLab sent twice leaves two of what it made; two
    incidents, where it was the declaration."""
    sent, _, kind = case
    if (sent.method, kind) == ("POST", "twice"):
        for name in ("pages", "posts", "documents"):
            assert set(essence[name]) >= set(whole[name]), case
            assert sent.path.endswith("/issues") or essence[name] == whole[name], case
        there = {issue[0]: issue for issue in essence["issues"]}
        incident, wanted = there["#1"], whole["issues"][0]
        assert (*incident[:5], *incident[9:11]) == (*wanted[:5], *wanted[9:11]), case
    else:
        assert essence == whole, case


def play(forge: Forge, number: int, cases: Callable[..., Iterator[Case]]) -> None:
    step = LIFE.steps[number]
    with life(forge, number) as one:
        one.acts(step)
        saved = one.save()
        one.ground.server.forget()
        one.runs(step)
        log = list(one.ground.server.log)
        one.repaired(step)
        whole = one.essence()
        for case in cases(forge, log, number):
            one.restore(saved)
            check(forge, one, step, case, whole)


@pytest.mark.parametrize(("forge", "number"), IN_TURN)
def test_after_a_bad_answer_the_next_run_completes_it_once(forge: Forge, number: int) -> None:
    play(forge, number, some)


@pytest.mark.soak
@pytest.mark.parametrize("number", STEPS)
@pytest.mark.parametrize("forge", FORGES)
def test_whatever_answer_is_bad_the_next_run_completes_it_once(forge: Forge, number: int) -> None:
    play(forge, number, every)
