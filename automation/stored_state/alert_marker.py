"""What an incident remembers of its alerts: the marker in the issue that they opened, and the one
in the comment with their table. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from automation.model.alerts_seen import AlertsSeen, PagerEvent
from automation.model.issue import Comment, Issue
from automation.stored_state.card import short_digest
from automation.text.escaping import marker_in

ANY_ALERT = "*"  # of an incident with alerts of many names


def service_token(service: str) -> str:
    """The word by which the dashboard knows a service of an incident's alerts."""
    return "s:" + short_digest(service.casefold())


def name_token(name: str) -> str:
    """The word by which the dashboard knows an alert."""
    return "n:" + short_digest(name)


def alert_of(issue: Issue, me: str) -> tuple[str, tuple[str, ...]]:
    """The key of the group that opened an issue, and the names of its alerts; empty unless our
    account opened it."""
    data = marker_in("alert", issue.body) if issue.author == me else None
    if data is None or not isinstance(data.get("key"), str):
        return "", ()
    return data["key"], _texts(data.get("names"))


def table_comment(issue: Issue, me: str) -> Comment | None:
    """Our comment with the table, the oldest one; None if there is none."""
    ours = (c for c in issue.comments if c.author == me and "<!-- ima:alerts " in c.body)
    return min(ours, key=lambda comment: (comment.at, comment.order), default=None)


def alerts_seen(issue: Issue, me: str) -> AlertsSeen:
    """What the comment with the table remembers; without one, what the issue's marker says."""
    comment = table_comment(issue, me)
    data = marker_in("alerts", comment.body) if comment else None
    if data is None:
        key, names = alert_of(issue, me)
        return AlertsSeen((key,) if key else (), names)
    worse = data.get("worse")
    return AlertsSeen(
        _texts(data.get("keys")),
        _texts(data.get("names")),
        _texts(data.get("services")),
        data.get("fires") is True,
        tuple(w for w in map(_texts, worse) if len(w) > 1) if isinstance(worse, list) else (),
        pager_events(data.get("pager")),
    )


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def pager_rows(events: tuple[PagerEvent, ...]) -> list[list[Any]]:
    """Events of the pager as JSON."""
    return [[e.id, e.did, e.at.isoformat(), e.by, list(e.whom), e.policy, e.title] for e in events]


def pager_events(rows: Any) -> tuple[PagerEvent, ...]:
    """The events in `pager_rows`; a garbled one is left out."""
    found = []
    for row in rows if isinstance(rows, list) else ():
        try:
            number, did, at, by, whom, policy, title = row
            when = datetime.fromisoformat(at).astimezone(UTC)
            texts = (str(by), _texts(whom), str(policy), str(title))
            found.append(PagerEvent(str(number), str(did), when, *texts))
        except (TypeError, ValueError):
            continue
    return tuple(found)
