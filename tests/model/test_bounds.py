"""Bounds on what people type: each stands in the docs, and none is passed."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from automation.history.command_parsing import commands_in
from automation.model import bounds
from automation.model.issue import Comment
from automation.reconcile.observe import _people
from tests.build import an_issue, at

PAGE = (Path(__file__).parents[2] / "docs" / "commands.md").read_text(encoding="utf-8")
TABLE = PAGE.partition("What people type has bounds")[2].partition("\n\n## ")[0]
NAMED = {name: value for name, value in vars(bounds).items() if name.isupper() and name != "UTC"}


def in_words(value: object) -> str:
    if isinstance(value, timedelta):
        return f"{value.days} days"
    return str(value.year) if isinstance(value, datetime) else f"{value:,}"


@pytest.mark.parametrize("name", NAMED)
def test_each_bound_stands_in_the_docs(name: str) -> None:
    assert re.search(rf"\b{in_words(NAMED[name])}\b", TABLE), name


def said(*lines: str) -> Comment:
    return Comment("c1", at(1), "mia", "\n".join(lines), order=1)


def test_of_one_comment_so_many_names_are_asked_about() -> None:
    crowd = [f"@s{number}" for number in range(3_000)]
    spread = [" ".join(crowd[each : each + 150]) for each in range(0, 3_000, 150)]
    for lines in ([f"/ima need {' '.join(crowd)}"], [f"/ima need {part}" for part in spread]):
        people = _people([an_issue(said(*lines))], "ima")
        assert len([who for who in people if re.fullmatch(r"s\d+", who)]) == bounds.NAMES


def test_of_one_comment_so_many_commands_are_read() -> None:
    comment = said(*["/ima help"] * 500)
    assert len(list(commands_in(comment, ()))) == bounds.COMMANDS


def test_nobody_waits_for_a_long_comment() -> None:
    comment = said("/ima resolve " + "x" * 5_000_000)
    (order,) = commands_in(comment, ())
    assert len(order.typed.partition(" ")[2]) <= bounds.COMMAND
