"""The body of an open review with what has happened since: people's own words stay as they are.

Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from automation.history.timeline import steps
from automation.model.incident import Incident
from automation.planning.incident_view import time_in_words
from automation.policy.planning_input import Context
from automation.text import markdown
from automation.text.escaping import escape_inline, marker_in, unmarked, with_marker

TIMELINE = "timeline"  # the heading, whatever its case
_ELSEWHERE = ("## What has happened since", "", "| time | what |", "|--|--|")


def body_that_goes_on(
    review: Incident, reviewed: Incident, until: datetime, ctx: Context, limit: int
) -> str:
    """The rows are put below the table of the timeline; where people have taken that away, they
    stand at the end. Where they have no room, only the marker moves on."""
    form = review.form
    if form is None or form.told_until is None:
        return ""
    rows = [
        f"| {time_in_words(step.at, ctx)} | {escape_inline(step.what)} |"
        for step in steps(reviewed)
        if form.told_until < step.at <= until
    ]
    told = (marker_in("review", form.body) or {}) | {"until": until.isoformat()}
    longer = with_marker("review", _with_rows(_unix(form.body), rows), told)
    return longer if len(longer) <= limit else with_marker("review", form.body, told)


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _with_rows(body: str, rows: list[str]) -> str:
    if not rows:
        return body
    lines = body.split("\n")
    if (last := max(_table_of_the_timeline(body), default=None)) is not None:
        return "\n".join([*lines[: last + 1], *rows, *lines[last + 1 :]])
    marks = body[len(unmarked(body).rstrip()) :] if body.startswith(unmarked(body).rstrip()) else ""
    text = body[: len(body) - len(marks)] if marks else body
    return "\n".join([text.rstrip(), "", *_ELSEWHERE, *rows]) + (f"\n{marks}" if marks else "\n")


def _table_of_the_timeline(body: str) -> Iterator[int]:
    """The lines of the first table under the heading."""
    lines, last = body.split("\n"), -1
    for number in markdown.line_numbers_under(body, TIMELINE):
        if lines[number].lstrip().startswith("|"):
            if last not in (-1, number - 1):
                return
            last = number
            yield number
