"""What stands in a review: headings, the severity, and how often it was closed. Pure.

All of it is read from the issue: a review has no card. A person may share our account, and their
reopening then counts as IMA's; that only makes IMA stop asking sooner.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from automation.history.issue_state import IssueState
from automation.model import bounds
from automation.model.incident import Choice, Form
from automation.model.issue import Event
from automation.text import markdown
from automation.text.escaping import marker_in

CHANGES = "what we change"  # the heading under which corrective actions stand
TICK = "the severity is confirmed"


def review_form(state: IssueState) -> Form | None:
    """What people have filled in in a review; None for any other issue."""
    if not state.review:
        return None
    body, me = state.issue.body, state.ctx.me
    read = body[: bounds.REVIEW]
    found = markdown.sections(read)
    mark = marker_in("review", body) if state.issue.author == me else None
    closings = _closings(state)
    last = closings[-1] if closings else None
    return Form(
        near_miss=state.near_miss or (mark or {}).get("kind") == "near miss",
        confirmed=_is_by_person(state.families["severity"].stands(), me)
        or _is_severity_ticked(read),
        filled=frozenset(name for name, text in found.items() if markdown.is_filled(text)),
        named=markdown.issues_named(found.get(CHANGES, "")),
        closing=last[0].id if last else "",
        closed_by=(last[0].actor or "") if last else "",
        closed_at=last[0].at if last else None,
        undone=sum(again for _, again in closings),
        opened_again=last[1] if last else False,
        told_until=_told_until(mark, state.issue.opened_at),
        body=body,
        unowned=not state.issue.assignees and all(e.kind != "assigned" for e in state.issue.events),
    )


def _told_until(mark: Mapping[str, Any] | None, opened_at: datetime) -> datetime | None:
    """The time up to which the review's timeline tells what happened; None where its marker is
    gone."""
    if mark is None:
        return None
    try:
        return datetime.fromisoformat(str(mark.get("until", ""))).astimezone(UTC)
    except (ValueError, OverflowError):
        return opened_at


def _is_by_person(choice: Choice | None, me: str) -> bool:
    return choice is not None and choice.confirmed and choice.by not in (None, me)


def _is_severity_ticked(body: str) -> bool:
    return any(markdown.heading_name(line).startswith(TICK) for line in markdown.ticked_lines(body))


def _closings(state: IssueState) -> list[tuple[Event, bool]]:
    """Each time that the review was closed, and whether IMA opened it again."""
    found: list[tuple[Event, bool]] = []
    for event in sorted(state.issue.events, key=lambda event: (event.at, event.order)):
        if event.kind == "closed":
            found.append((event, False))
        elif event.kind == "reopened" and found:
            found[-1] = (found[-1][0], event.actor == state.ctx.me)
    return found
