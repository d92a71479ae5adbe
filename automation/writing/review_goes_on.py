"""The body of an open review with rows for what has happened since; people's own words stay as they
are.

Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from automation.history.timeline import Step, steps
from automation.model.incident import Incident
from automation.policy.planning_input import Context
from automation.text import markdown
from automation.text.escaping import escape_inline, marker_in, unmarked, with_marker
from automation.writing.timeline import clock_name, people_and_ours, story_rows

TIMELINE = "timeline"  # the heading, whatever its case
_OURS = "<details>"  # begins the line above the table of what IMA did by itself


def body_with_later_rows(
    review: Incident, reviewed: Incident, until: datetime, ctx: Context, limit: int
) -> str:
    """The body with rows for what happened up to ``until``, below the tables of the timeline; where
    people have removed them, at the end. Where they do not fit into ``limit`` characters, only the
    marker changes."""
    form = review.form
    if form is None or form.told_until is None:
        return ""
    told = (marker_in("review", form.body) or {}) | {"until": until.isoformat()}
    body = _with_line_feeds(form.body)
    people, ours = people_and_ours(
        [step for step in steps(reviewed, ctx.policy) if step.at <= until]
    )
    if _table_below(body, ours=True):
        body = _with_rows(body, _rows(ours, form.told_until, ctx, gaps=False), ctx, ours=True)
    else:
        people = sorted([*people, *ours], key=lambda step: step.at)
    body = _with_rows(body, _rows(people, form.told_until, ctx), ctx)
    longer = with_marker("review", body, told)
    return longer if len(longer) <= limit else with_marker("review", form.body, told)


def _rows(told: Sequence[Step], after: datetime, ctx: Context, *, gaps: bool = True) -> list[str]:
    """Rows for what came later than ``after``, as the template writes them."""
    before = max((step.at for step in told if step.at <= after), default=None)
    later = [step for step in told if step.at > after]
    return [_line(row) for row in story_rows(later, ctx, before, gaps=gaps)]


def _line(row: Mapping[str, str]) -> str:
    around = {"day": "**", "gap": "*"}.get(row["kind"], "")
    return f"| {row['at']} | {around}{escape_inline(row['what'])}{around} |"


def _with_line_feeds(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _with_rows(body: str, rows: list[str], ctx: Context, *, ours: bool = False) -> str:
    if not rows:
        return body
    lines = body.split("\n")
    if table := _table_below(body, ours=ours):
        last = table[-1]
        return "\n".join([*lines[: last + 1], *rows, *lines[last + 1 :]])
    marks = body[len(unmarked(body).rstrip()) :] if body.startswith(unmarked(body).rstrip()) else ""
    text = body[: len(body) - len(marks)] if marks else body
    head = ("## What has happened since", "", f"| {clock_name(ctx)} | what |", "|--|--|")
    return "\n".join([text.rstrip(), "", *head, *rows]) + (f"\n{marks}" if marks else "\n")


def _table_below(body: str, *, ours: bool) -> list[int]:
    """The numbers of the lines of a table below the heading of the timeline: of the first one, or
    of that of what IMA did by itself. Empty where there is none."""
    lines, tables = body.split("\n"), list[list[int]]()
    for number in markdown.line_numbers_under(body, TIMELINE):
        if lines[number].lstrip().startswith("|"):
            if not tables or tables[-1][-1] != number - 1:
                tables.append([])
            tables[-1].append(number)
    folded = [table for table in tables if _line_above(lines, table[0]).startswith(_OURS)]
    if ours:
        return folded[0] if folded else []
    return tables[0] if tables and tables[0] not in folded else []


def _line_above(lines: list[str], number: int) -> str:
    """The last line above that says anything."""
    return next((line.lstrip() for line in reversed(lines[:number]) if line.strip()), "")
