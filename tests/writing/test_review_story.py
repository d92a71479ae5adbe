"""A review's timeline reads as a story, with a picture, and with the team's usual times beside its
own."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from automation.history.timeline import Step
from automation.model.facts import Fact
from automation.model.incident import Choice, Incident
from automation.planning.usual_times import REMEMBERED, ended_after, usual_times
from automation.writing.picture import MOST, picture_of
from automation.writing.timeline import story_rows, what_was_late
from tests.build import START, a_context

CTX = a_context(90)


def after(minutes: float, kind: str = "engaged", **more: object) -> Fact:
    return Fact(kind, START + timedelta(minutes=minutes), done=True, **more)  # type: ignore[arg-type]


def incident(*facts: Fact, end: float | None = 60, **more: object) -> Incident:
    state = Choice("Monitoring", START + timedelta(minutes=20), "erin")
    ended = Choice("Resolved", START + timedelta(minutes=end), "erin") if end is not None else None
    fields: dict[str, object] = {
        "ref": "#1",
        "title": "",
        "kind": "incident",
        "author": "erin",
        "facts": facts,
    }
    fields |= {"declared_at": START, "state": state, "resolution": ended}
    return Incident(opened_at=START, **(fields | more))  # type: ignore[arg-type]


def told(*minutes: float) -> list[tuple[str, str]]:
    steps = [Step(START + timedelta(minutes=each), "x", f"at {each:g}") for each in minutes]
    return [(row["at"], row["what"]) for row in story_rows(steps, CTX)]


def test_a_day_and_a_minute_are_said_once() -> None:
    midnight = (24 * 60) - (START.hour * 60 + START.minute)  # minutes until then in UTC
    assert CTX.policy.calendar.zone == "Europe/Berlin"
    rows = told(0, 0.5, 1, midnight - 30)
    assert [at for at, _ in rows] == [
        "",
        f"{13}:00 (12:00)",
        "",
        "13:01 (12:01)",
        "",
        "",
        "00:30 (23:30)",
    ]
    assert rows[0][1] == "Monday, 2 March 2026"
    assert rows[5][1] == "Tuesday, 3 March 2026", "by the clock of the team"


def test_a_long_silence_is_marked() -> None:
    assert ("", "35 min without an entry") in told(0, 5, 40)
    assert len(told(0, 29)) == 3


def test_the_picture_shows_states_people_and_pages() -> None:
    over = incident(
        after(0, "paged", role="eoc", who="erin"),
        after(2, role="eoc", who="erin"),
        after(30, "handed", role="eoc", who="ian", by="erin"),
        after(40, "stood down", role="eoc", by="ian"),
    )
    lines = [line.strip() for line in picture_of(over, CTX).splitlines()]
    assert "Monitoring :2026-03-02 13:20:00, 2026-03-02 14:00:00" in lines
    assert "EOC erin :2026-03-02 13:02:00, 2026-03-02 13:30:00" in lines
    assert "EOC ian :2026-03-02 13:30:00, 2026-03-02 13:40:00" in lines
    assert "EOC erin :milestone, 2026-03-02 13:00:00, 0m" in lines
    assert [line for line in lines if line.startswith("EOC")][2:3] != [], (
        "nobody is here after that"
    )
    assert sum(line.startswith("EOC") for line in lines) == 3


@pytest.mark.parametrize("name", ["a:b;c#d", "x\n    section y", "``` <b>", "%% %%{init}%%", "|"])
def test_no_name_says_anything_to_mermaid(name: str) -> None:
    made = picture_of(incident(after(2, role="eoc", who=name)), CTX)
    (line,) = [each for each in made.splitlines() if "EOC" in each]
    assert re.fullmatch(r"    EOC[\w .()/+-]* :[-\d: ]+, [-\d: ]+", line)
    assert made.count("\n    section ") == 2
    assert made.count("```") == 2


def test_what_is_too_much_for_a_picture_is_none() -> None:
    assert picture_of(incident(*(after(n, "paged", role="eoc") for n in range(MOST))), CTX) == ""
    assert picture_of(replace(incident(end=None), state=None), CTX) == ""


def test_late_is_who_did_not_answer_and_what_no_pass_came_for() -> None:
    facts = (
        after(0, "paged", role="eoc", who="erin"),
        after(5, "repeated", role="eoc", who="erin"),
        after(9, "late", what="stuck-investigating", text="600"),
    )
    assert what_was_late(incident(*facts), CTX) == [
        "erin had not answered after 5 min and was paged again as EOC",
        "IMA acted on stuck-investigating 10 min late: no pass ran in that time",
    ]


def test_the_times_of_the_last_incidents_stand_beside() -> None:
    ended: dict[str, dict[str, str]] = {}
    for number, minutes in enumerate((30, 60, 90), start=2):
        one = incident(end=minutes, ref=f"#{number}")
        ended = ended_after(ended, {one.ref: one}, CTX)
    ctx = replace(CTX, ended=ended)
    assert usual_times(incident(), ctx) == {
        "to acknowledge": "", "to engage": "", "to mitigate": "20 min", "to resolve": "1 h"
    }  # fmt: skip
    assert usual_times(incident(ref="#2"), ctx) == {}, "two others are too few"


def test_what_was_over_when_it_was_opened_says_nothing_of_how_long_it_takes() -> None:
    over = incident(end=0, state=None)
    assert ended_after({}, {over.ref: over}, CTX) == {}


@pytest.mark.parametrize(
    "more",
    [{"end": None}, {"confidential": True}, {"drill": True}, {"kind": "review"}],
    ids=str,
)
def test_what_says_nothing_of_usual_times_is_not_remembered(more: dict[str, object]) -> None:
    one = incident(**more)  # type: ignore[arg-type]
    assert ended_after({"#1": {"at": "x", "took": "1 1 1 1"}}, {"#1": one}, CTX) == {}


def test_only_the_last_are_remembered() -> None:
    many = {f"#{n}": incident(end=n, ref=f"#{n}") for n in range(1, REMEMBERED + 5)}
    kept = ended_after({}, many, CTX)
    assert list(kept) == [f"#{n}" for n in range(5, REMEMBERED + 5)]
