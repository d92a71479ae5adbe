"""Hostile worlds: histories, labels, comments, memories, policies and payloads that nobody means.

Each kind has a hundred examples in `make test` and ten thousand in `make soak`.
"""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from functools import partial, wraps
from random import Random
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st

from automation.errors import ImaError
from automation.model.issue import Draft
from automation.scenarios.world import PlayedStep, Stage
from automation.stored_state.card import short_digest
from automation.text.escaping import mark
from automation.trackers import Tracker
from tests.counterparts.lies import lie
from tests.worlds import COMMANDS, LABELS, Act, comments, labels, numbers, opens, people, shift

SOAK = settings.get_current_profile_name() == "soak"
_EXAMPLES = settings(max_examples=10_000 if SOAK else 100, deadline=None)
_MOST = 30  # seconds of the processor for one example: another program's load is not our fault
GOOD = Draft("Git is down", labels=("Incident", "S1"))

_MARKER = re.compile(r"<!-- ima:([a-z-]+) (\{.*?\}) -->", re.DOTALL)
_WORDS = (
    "@", "@me", "@next", "@mia", "@mallory.", "@ima", '"@mia"', "@\u202emia", "@" + "x" * 300, "#1",
    "#0", "#999999999999999999999", "S1", "s9", "imoc", "EOC", "pope", "--", "until", "from", "to",
    "0s", "45m", "-5m", "999999999h", "99999999999999999999d", "1e9h", "٣h", "9999-12-31",
    "0001-01-01",
    "2026-02-30", "2026-03-02 14:05", "14:05 to 13:00", "24:61", "operational", "identified",
    "stuck-investigating", "duplicate of #1", "<!--", "-->", "<!-- ima:card {} -->", "</details>",
    "{{ card }}", "{% for x in y %}", "```", "\u2028", "\x85", "\x00", "\r", "/ima", "/close",
    "@all", "\ud800", "💥" * 50, "a|b", "%s%n", "../../etc/passwd", "javascript:alert(1)",
)  # fmt: skip
_HEADS = [
    *sorted({command.split()[0] for command in COMMANDS}),
    "happened", "duplicate", "document", "announce", "drill", "maintenance", "", "IMA", "déclarer",
]  # fmt: skip
words = st.one_of(st.sampled_from(_WORDS), st.text(max_size=12))
lines = st.builds(
    lambda head, rest, gap: f"/ima {head}{gap}{gap.join(rest)}",
    st.sampled_from(_HEADS),
    st.lists(words, max_size=6),
    st.sampled_from([" ", "  ", "\t", "\u00a0", "\n", ", "]),
)
texts = st.lists(st.one_of(lines, words), min_size=1, max_size=6).map("\n".join)
names = st.one_of(
    st.sampled_from([each.upper() for each in LABELS]),
    st.sampled_from(["State::", "State::Resolved ", "state::resolved", "S0", "S1 ", "Status::x",
                     "Service::", "Service::" + "x" * 300, "Drill", "Maintenance", "near miss",
                     "Incident\u200b", "ｉｎｃｉｄｅｎｔ", "a,b", "~Incident", "💥", "-", "::"]),
    st.text(min_size=1, max_size=20),
)  # fmt: skip


class _TooLong(BaseException):
    """No code that goes on after an error goes on after this."""


def _too_long(*_: object) -> None:
    raise _TooLong


def hostile(test: Any) -> Any:
    """A property of a hostile world: so many examples, none of which takes too long."""
    each = test.hypothesis.inner_test

    @wraps(each)
    def bounded(*given: Any, **named: Any) -> None:
        before = signal.signal(signal.SIGPROF, _too_long)
        signal.setitimer(signal.ITIMER_PROF, _MOST)
        try:
            each(*given, **named)
        except _TooLong as stopped:
            raise AssertionError(f"more than {_MOST} s of the processor") from stopped
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, before)

    test.hypothesis.inner_test = bounded
    return _EXAMPLES(test)


def even_if_refused(act: Act) -> Act:
    """The act, or nothing where the tracker refuses it."""

    def do(world: Stage) -> None:
        with suppress(ImaError, UnicodeError):
            act(world)

    return do


hostile_comments = st.builds(comments, people, numbers, texts).map(even_if_refused)
hostile_labels = st.builds(labels, people, numbers, names, st.booleans()).map(even_if_refused)
hostile_issues = st.builds(
    lambda by, title, body, named: _opened(by, Draft(title, body, tuple(named))),
    people, st.one_of(words, texts), texts, st.lists(names | st.sampled_from(LABELS), max_size=5),
).map(even_if_refused)  # fmt: skip

hostile_acts = hostile_issues | hostile_comments | hostile_labels


def _opened(by: str, draft: Draft) -> Act:
    return lambda world: world.people.add(world.tracker.acting(by).open(draft))


def with_changed_memory(seed: str) -> Act:
    """Somebody who may edit what IMA wrote changes its memory in one place, check sum and all, and
    signs it if they can."""

    def act(world: Stage) -> None:
        chance = Random(seed)
        texts = list(_ours(world, chance.choice([world.tracker, world.believed_tracker()])))
        if texts:
            text, write = chance.choice(texts)
            write(_MARKER.sub(lambda found: _with_one_value_changed(found, seed), text))

    return even_if_refused(act)


def _ours(world: Stage, tracker: Tracker) -> Iterator[tuple[str, Callable[[str], None]]]:
    """What IMA wrote with a marker in it, and how it is written anew."""
    me = tracker.me()
    for issue in tracker.issues(closed_since=world.scenario.start):
        if issue.author == me and _MARKER.search(issue.body):
            yield issue.body, partial(_edit, tracker, issue.ref)
        for one in issue.comments:
            if one.author == me and _MARKER.search(one.body):
                yield one.body, partial(tracker.edit_comment, issue.ref, one.id)


def _edit(tracker: Tracker, ref: str, body: str) -> None:
    tracker.edit(ref, body=body)


def _with_one_value_changed(found: re.Match[str], seed: str) -> str:
    try:
        data = lie(json.loads(found[2]), seed)
    except ValueError:
        return found[0]
    if not isinstance(data, dict):
        return f"<!-- ima:{found[1]} {json.dumps(data)} -->"
    told = data.pop("sum", None)
    return mark(found[1], data | ({"sum": short_digest(data)} if told else {}))


_VALUES: tuple[Any, ...] = (
    "0s", "0d", "-1m", "999999999h", "1wd", "eod", "25:00", [], {}, "", 0, -1, 10**12, True, None,
    "x" * 300, ["S1", "S9"], {"S1": None}, "Mars/Olympus", "S1", ["eoc"], "{{ 1/0 }}", "1h", 1.5,
)  # fmt: skip


def value_changed(data: Any, chance: Random) -> Any:
    """A map with something else in the place of one value of ``data``, however deep."""
    if isinstance(data, dict) and data and chance.random() < 0.9:
        key = chance.choice(sorted(data))
        return {key: value_changed(data[key], chance)}
    named = [each for each in data if "name" in each] if _is_of_maps(data) else []
    if named and chance.random() < 0.9:
        one = chance.choice(named)
        key = chance.choice(sorted({*one} - {"name"}) or ["why"])
        return [{"name": one["name"], key: value_changed(one.get(key, ""), chance)}]
    return chance.choice(_VALUES)


def _is_of_maps(data: Any) -> bool:
    return isinstance(data, list) and all(isinstance(each, dict) for each in data)


def ended_as_documented(passed: PlayedStep) -> None:
    """Did the pass end as documented? Nothing in it was a bug of ours."""
    assert passed.exit in (0, 1, 2), passed
    assert not [said for said in passed.findings if "bug of IMA" in said], passed.findings


def new_incidents_get_their_people(world: Stage) -> None:
    """An incident that opens now gets its people in the very next pass, whatever else there is; and
    a day later all ends as documented, too."""
    shift("eoc", "erin")(world)
    shift("imoc", "ian")(world)
    ref = world.tracker.acting("ops").open(GOOD)
    world.people.add(ref)
    passed = world.run_pass()
    ended_as_documented(passed)
    pages = [p for p in world.outbox.entries("page") if str(p["key"]).split(":")[0].endswith(ref)]
    assert {page["role"] for page in pages} >= {"eoc", "imoc"}, passed.findings
    world.now += timedelta(days=1)
    ended_as_documented(world.run_pass())


usual_acts = st.builds(opens, people, st.frozensets(st.sampled_from(LABELS), max_size=3).map(
    lambda chosen: chosen | {"Incident"}), st.just(()))  # fmt: skip
