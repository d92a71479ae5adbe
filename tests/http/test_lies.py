"""Whatever a forge or a service answers: a value that is one, or a line that names it.

Good answers of each call are recorded on the counterparts and said again, each time with one
thing in them that cannot be. A seed says which: the same every time.
"""

from __future__ import annotations

import re
import traceback
from collections import Counter
from copy import deepcopy
from dataclasses import replace
from functools import cache
from random import Random
from typing import Any

import pytest

from automation.errors import ImaError, ServiceError
from tests.conftest import needs
from tests.counterparts.messages import Answer
from tests.counterparts.odd import data_of
from tests.counterparts.replay import Key, Replay, record
from tests.http.plays import PLAYS
from tests.http.sound import unsound

LINE = re.compile(r"[a-z.]+: .+")  # who it is about, and what is wrong
Told = list[tuple[Key, Answer]]
SYSTEMS = [
    pytest.param(name, marks=pytest.mark.needs(play.needs)) if play.needs else name
    for name, play in PLAYS.items()
]


@cache
def recorded(system: str) -> dict[str, Told]:
    """By call, what was asked and answered."""
    play = PLAYS[system]
    with play.server() as server:
        recording = record(server)
        found: dict[str, Told] = {}
        for name, act in play.acts.items():
            play.between(server, name)
            begin = len(recording.told)
            act(server.url)
            found[name] = recording.told[begin:]
    return found


def lied_to(system: str, times: int) -> tuple[Counter[str], Counter[str]]:
    """What went wrong with us, and what we said instead: each with how often."""
    wrong: Counter[str] = Counter()
    said: Counter[str] = Counter()
    play = PLAYS[system]
    with Replay() as server:
        for name, told in recorded(system).items():
            act = play.acts[name]
            chance = Random(f"{system} {name}")
            places = [n for n, (_, answer) in enumerate(told) if data_of(answer) is not None]
            for number in range(-(-times // len(play.acts)) if places else 0):
                server.say(told, (chance.choice(places), f"{name} {number}"))
                try:
                    value = act(server.url)
                    found = list(unsound(value))
                    said.update(re.findall(r"Unmeasured\(.+\)", repr(value)))
                except ImaError as error:
                    said[error.problem] += 1
                    if not LINE.fullmatch(error.problem):
                        wrong[f"{name}: {error}"] += 1
                except Exception as error:
                    at = traceback.extract_tb(error.__traceback__)[-1]
                    wrong[f"{name}: {error!r:.80} in {at.name}, line {at.lineno}"] += 1
                else:
                    wrong.update(f"{name}: {each:.120}" for each in found)
    return wrong, said


@pytest.mark.parametrize("system", SYSTEMS)
def test_what_is_recorded_says_again_what_was_said(system: str) -> None:
    with Replay() as server:
        for name, told in recorded(system).items():
            server.say(told)
            assert list(unsound(PLAYS[system].acts[name](server.url))) == [], name


@pytest.mark.property
@pytest.mark.parametrize("system", SYSTEMS)
def test_a_lie_is_one_line_and_no_traceback(system: str) -> None:
    wrong, said = lied_to(system, 100)
    assert wrong == Counter()
    assert said, "some are noticed"


@pytest.mark.soak
@pytest.mark.parametrize("system", SYSTEMS)
def test_ten_thousand_lies_are_a_line_each(system: str) -> None:
    wrong, _ = lied_to(system, 10_000)
    assert wrong == Counter()


def change(data: Any, *way: Any, to: Any) -> Any:
    """``data``, in which what the last of ``way`` names is another, or gone."""
    inside = data
    for step in way[:-1]:
        inside = inside[step]
    if to is None:
        del inside[way[-1]]
    else:
        inside[way[-1]] = to
    return data


WORDS: list[tuple[str, str, str, tuple[Any, ...], Any, str]] = [
    ("gitlab", "named", "/1/notes?", (0, "created_at"), "soon",
     "gitlab: reading acme/production#1 failed: in its answer, `notes[0].created_at` is text,"
     " not a time"),
    ("gitlab", "labels", "/labels", (1,), [None],
     "gitlab: reading the labels of acme/production failed: in its answer, `labels[1]` is a list,"
     " not an object"),
    ("gitlab", "me", "/user", ("username",), None,
     "gitlab: asking who the token belongs to, for acme/production failed: in its answer,"
     " `username` is missing"),
    ("gitlab", "comment", "/notes", ("id",), "12",
     "gitlab: commenting on acme/production#1 failed: in its answer, `id` is text, not a number"),
    ("github", "named", "/1/timeline", (0, "actor", "login"), 7,
     "github: reading acme/production#1 failed: in its answer, `timeline[0].actor.login` is a"
     " number, not a name"),
    ("pagerduty", "acks", "/log_entries", ("log_entries", 0), True,
     "pagerduty: asking who has acknowledged the page for #7 failed: in its answer,"
     " `log_entries[0]` is true or false, not an object"),
    ("status.io", "active", "/incident/list/", ("result", "active_incidents"), {"x": 1},
     "status.io: asking what the page shows failed: in its answer, `result.active_incidents` is"
     " an object, not a list"),
    ("statuspage", "active", "/unresolved", (0, "status"), 7,
     "statuspage: asking what the page shows failed: in its answer, `[0].status` is a number, not"
     " text"),
    ("slack", "look", "usergroups.list", ("usergroups", 0, "id"), 5,
     "slack: reading the user groups failed: in its answer, `usergroups[0].id` is a number, not"
     " a name"),
    ("google", "again", "/files?", ("files", 0, "id"), None,
     "google: looking for the document failed: in its answer, `files[0].id` is missing"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("system", "act", "path", "way", "to", "line"), WORDS, ids=[f"{w[0]} {w[1]}" for w in WORDS]
)
def test_the_line_names_service_call_and_field(
    system: str, act: str, path: str, way: tuple[Any, ...], to: Any, line: str
) -> None:
    if PLAYS[system].needs:
        needs(PLAYS[system].needs)
    told = recorded(system)[act]
    changed = []
    for key, answer in told:
        if path in key[1]:
            answer = replace(answer, body=change(deepcopy(data_of(answer)), *way, to=to))
        changed.append((key, answer))
    with Replay() as server:
        server.say(changed)
        with pytest.raises(ServiceError) as error:
            PLAYS[system].acts[act](server.url)
    assert error.value.problem == line
    assert error.value.remedy
    assert "\n" not in error.value.remedy
