"""A command in an internal note acts; of its words nothing is repeated."""

from __future__ import annotations

from dataclasses import replace

import pytest

from automation.history.command_parsing import Command, commands_in
from automation.history.fold import fold
from automation.history.internal_notes import INSIDE
from automation.model.commands import USAGE
from automation.model.incident import Incident
from automation.model.issue import Comment
from tests.build import a_context, an_issue, says

WORD = "vault"


def inside(text: str, minutes: float = 1, who: str = "erin") -> Comment:
    """An internal note, as the trackers tell one."""
    return replace(says(minutes, who, ""), internal=text)


def the_order(text: str) -> Command:
    (order,) = commands_in(replace(inside(text), id="c1"), {})
    return order


@pytest.mark.parametrize(
    ("typed", "repeated"),
    [
        pytest.param("severity S1 vault", "S1", id="a value"),
        pytest.param("engage imoc @mia vault", "imoc @mia", id="a role and who"),
        pytest.param("handover @mia vault", "@mia", id="a person"),
        pytest.param("state identified -- vault", f"identified -- {INSIDE}", id="a step"),
        pytest.param("state identified", "identified", id="a state alone"),
        pytest.param("resolve vault", INSIDE, id="a reason"),
        pytest.param("resolve", "", id="no reason is none"),
        pytest.param("need @mia vault", f"@mia {INSIDE}", id="who is needed"),
        pytest.param("waive rule vault until 2h", f"rule {INSIDE} until 2h", id="until when"),
        pytest.param("waive rule vault for 2 hours", f"rule {INSIDE} until 2h", id="for how long"),
        pytest.param(
            "waive rule vault until 2026-03-05 14:30 UTC",
            f"rule {INSIDE} until 2026-03-05 14:30",
            id="until when in UTC",
        ),
        pytest.param("waive rule 2 for the vault", "rule", id="an end that is no time"),
        pytest.param('status "Degraded Performance"', '"Degraded Performance"', id="a status"),
        pytest.param("publish vault", "", id="a text for the public"),
        pytest.param("action Close the vault @mia", "", id="a title"),
    ],
)
def test_values_and_people_stay_and_words_go(typed: str, repeated: str) -> None:
    assert the_order(f"/ima {typed}").text == repeated


@pytest.mark.parametrize("name", [*USAGE, "frobnicate"])
def test_no_command_has_the_words(name: str) -> None:
    note = f"vault\n/ima {name} S1 -- vault\nvault"
    for order in commands_in(inside(note), ()):
        said = (order.text, order.said, order.typed, *order.words, order.shown)
        told = [each for each in said if WORD in each]
        assert told == [] or name in ("status", "happened", "duplicate"), "these refuse words"


def folded(*comments: Comment) -> Incident:
    return fold(an_issue(*comments), a_context(9, outsiders=frozenset({WORD})))


@pytest.mark.parametrize(
    "text",
    [
        *(f"/ima {name} vault" for name in USAGE),
        "/ima vault",
        "/ima engage imoc @vault",
        "/ima need @vault",
        "`/ima resolve vault`",
        "/ima duplicate of the vault",
    ],
)
def test_what_comes_of_it_has_none_of_the_words(text: str) -> None:
    incident = folded(inside("/ima severity S2"), inside(text, 2))
    assert WORD not in repr(incident)


def test_it_acts_all_the_same() -> None:
    incident = folded(inside("/ima severity S1 vault"), inside("/ima need @mia vault", 2))
    assert incident.severity
    assert incident.severity.value == "S1"
    assert [(need.who, need.text) for need in incident.waiting] == [("mia", INSIDE)]


def test_what_is_refused_says_to_write_it_as_a_comment() -> None:
    (note,) = folded(inside("/ima publish vault")).notes
    values = dict(note.values)
    assert values["typed"] == "/ima publish"
    assert "write it as a comment" in values["why"]
    assert values["instead"] == "publish TEXT"


def test_what_an_earlier_version_has_judged_is_not_judged_again() -> None:
    note = replace(inside("/ima resolve vault"), id="c1")
    (before,) = commands_in(replace(note, body=note.internal, internal=""), ())
    (order,) = commands_in(note, {before.of})
    assert order.of == before.of
