"""An open review goes on with its timeline, wherever people have left it (P-51)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from automation.model.incident import Fact, Form, Incident
from automation.text.escaping import mark, marker_in
from automation.writing.review_goes_on import body_with_later_rows
from tests.build import START, a_context

LATER = START + timedelta(hours=2)
MARK = mark("review", {"for": "#1", "kind": "review"})


def goes_on(body: str, limit: int = 10_000, facts: tuple[Fact, ...] = ()) -> str:
    came_back = Fact("reopened", LATER, by="mia", text="again")
    incident = Incident(
        ref="#1",
        title="",
        kind="incident",
        author="erin",
        opened_at=START,
        facts=(came_back, *facts),
    )
    review = replace(incident, ref="#2", kind="review", form=Form(told_until=START, body=body))
    return body_with_later_rows(review, incident, LATER, a_context(), limit)


@pytest.mark.parametrize(
    ("body", "after"),
    [
        pytest.param(
            f"## Timeline\n\n| time | what |\n|--|--|\n| 1 | a |\n\n| | |\n|--|--|\n\n{MARK}\n",
            "| 1 | a |",
            id="below the table of the timeline, not below the figures",
        ),
        pytest.param(
            f"### **TIMELINE:**\ntext\n| time | what |\n|--|--|\n| 1 | a |\n## Impact\n{MARK}",
            "| 1 | a |",
            id="however the heading is written",
        ),
        pytest.param(f"## Zeitlinie\n| a |\n\n{MARK}\n", "|--|--|", id="else at the end"),
        pytest.param(f"## Timeline\n```\n| a |\n```\n{MARK}\n", "|--|--|", id="code is no table"),
    ],
)
def test_the_row_is_put(body: str, after: str) -> None:
    lines = goes_on(body).splitlines()
    row = next(number for number, line in enumerate(lines) if "reopened by mia" in line)
    assert lines[row - 1] == "|  | *2 h without an entry* |"
    assert lines[row - 2] == after
    assert [line for line in body.splitlines() if "ima:" not in line] == [
        line for line in lines if line in body.splitlines() and "ima:" not in line
    ][: len(body.splitlines()) - 1]


FOLDED = (
    "<details><summary>What IMA did</summary>\n\n| UTC | what |\n|--|--|\n| 1 | b |\n\n</details>"
)


def test_what_ima_did_by_itself_goes_below_what_it_did_before() -> None:
    paged = Fact("paged", LATER, role="eoc", who="erin", done=True)
    made = goes_on(f"## Timeline\n| 1 | a |\n\n{FOLDED}\n{MARK}\n", facts=(paged,))
    lines = made.splitlines()
    assert lines[lines.index("| 1 | b |") + 2].endswith("| erin paged as EOC |"), "below its day"
    assert lines[lines.index("| 1 | a |") + 1].startswith("|  | *2 h without")
    made = goes_on(f"## Timeline\n| 1 | a |\n{MARK}\n", facts=(paged,))
    assert "erin paged as EOC |" in made, "where there is no such table, with all the rest"


def test_it_is_remembered_until_when_it_was_told() -> None:
    made = goes_on(f"## Timeline\n| a |\n{MARK}\n")
    assert (marker_in("review", made) or {})["until"] == LATER.isoformat()


def test_what_has_no_room_is_left_out_and_not_tried_again() -> None:
    body = f"## Timeline\n| a |\n{MARK}\n"
    made = goes_on(body, limit=len(body) + 60)
    assert "reopened" not in made
    assert (marker_in("review", made) or {})["until"] == LATER.isoformat()
