"""The body of an open review with rows for what has happened since; people's own words stay as they
are.

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
_HEAD_OF_NEW_TABLE = ("## What has happened since", "", "| time | what |", "|--|--|")


def body_with_later_rows(
    review: Incident, reviewed: Incident, until: datetime, ctx: Context, limit: int
) -> str:
    """The body with rows for what happened up to ``until``, below the table of the timeline; where
    people have removed that, at the end. Where they do not fit into ``limit`` characters, only the
    marker changes."""
    form = review.form
    if form is None or form.told_until is None:
        return ""
    rows = [
        f"| {time_in_words(step.at, ctx)} | {escape_inline(step.what)} |"
        for step in steps(reviewed, ctx.policy.words)
        if form.told_until < step.at <= until
    ]
    told = (marker_in("review", form.body) or {}) | {"until": until.isoformat()}
    longer = with_marker("review", _with_rows(_with_line_feeds(form.body), rows), told)
    return longer if len(longer) <= limit else with_marker("review", form.body, told)


def _with_line_feeds(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _with_rows(body: str, rows: list[str]) -> str:
    if not rows:
        return body
    lines = body.split("\n")
    if (last := max(_timeline_table_lines(body), default=None)) is not None:
        return "\n".join([*lines[: last + 1], *rows, *lines[last + 1 :]])
    marks = body[len(unmarked(body).rstrip()) :] if body.startswith(unmarked(body).rstrip()) else ""
    text = body[: len(body) - len(marks)] if marks else body
    return "\n".join([text.rstrip(), "", *_HEAD_OF_NEW_TABLE, *rows]) + (
        f"\n{marks}" if marks else "\n"
    )


def _timeline_table_lines(body: str) -> Iterator[int]:
    """The numbers of the lines of the first table below the heading of the timeline."""
    lines, last = body.split("\n"), -1
    for number in markdown.line_numbers_under(body, TIMELINE):
        if lines[number].lstrip().startswith("|"):
            if last not in (-1, number - 1):
                return
            last = number
            yield number
