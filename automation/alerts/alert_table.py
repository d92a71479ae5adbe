"""What is known of the alerts of one incident: the comment that shows it, and remembers it. Pure.

What is told twice, late or in another order changes nothing: a firing is known by the time when
it began, and an end counts for what began before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from automation.alerts.alert_payload import MOST, Alert, Group, address, gravest
from automation.model.issue import Comment, Draft, Issue
from automation.policy.policy import Policy
from automation.text.escaping import clean, mark, marker_in
from automation.writing.declaration import Declaration, incident_draft
from automation.writing.templates import Safe, Templates

_NAMES, _DESCRIBED = 10, 5  # alerts that an incident is known by, and that its text describes


@dataclass(frozen=True, slots=True)
class Row:
    """One alert: its newest firing, and how often it has fired."""

    name: str
    fingerprint: str
    since: datetime
    ended: datetime | None = None  # None: it fires
    times: int = 1
    url: str = ""
    severity: str = ""
    because: str = ""

    def told(self, alert: Alert) -> Row:
        """The row after this was told."""
        after = self
        if alert.since > self.since:
            after = replace(row_of(alert), times=self.times + 1)
        elif self.ended is None and alert.ended and self._ended_by(alert):
            after = replace(self, ended=alert.ended)
        severity = gravest(iter((self.severity, alert.severity)))
        because = self.because if severity == self.severity else alert.because
        return replace(after, severity=severity, because=because)

    def _ended_by(self, alert: Alert) -> bool:
        """Is it this firing's end, and not the late news of an earlier one's?"""
        return alert.since == self.since or (alert.ended or alert.since) > self.since


@dataclass(frozen=True, slots=True)
class Table:
    """The alerts of one incident."""

    rows: tuple[Row, ...] = ()
    more: int = 0  # that have no row
    over: bool = False  # the incident was, when something of this was last told

    @property
    def firing(self) -> int:
        return sum(row.ended is None for row in self.rows)

    @property
    def gravest(self) -> Row | None:
        """The alert with the gravest proposal, the first of such."""
        severity = gravest(row.severity for row in self.rows)
        return next((row for row in self.rows if severity and row.severity == severity), None)

    def knows(self, alert: Alert) -> bool:
        """Was this very firing told before?"""
        return any(r.fingerprint == alert.fingerprint and r.since >= alert.since for r in self.rows)

    def told(self, group: Group, over: bool = False) -> Table:
        """The table after a group was told; ``over``: its incident is resolved."""
        rows = {row.fingerprint: row for row in self.rows}
        for alert in group.alerts:
            before = rows.get(alert.fingerprint)
            rows[alert.fingerprint] = before.told(alert) if before else row_of(alert)
        kept = sorted(rows.values(), key=lambda row: row.ended is not None)
        shown = tuple(kept[:MOST])
        fires = any(rows[alert.fingerprint].ended is None for alert in group.firing)
        over = over if fires or shown != self.rows else self.over
        return Table(shown, max(self.more, group.more, len(kept) - MOST), over)


def row_of(alert: Alert) -> Row:
    """An alert that was not known."""
    return Row(
        alert.name,
        alert.fingerprint,
        alert.since,
        alert.ended,
        url=alert.url,
        severity=alert.severity,
        because=alert.because,
    )


def alert_draft(group: Group, policy: Policy, templates: Templates) -> Draft:
    """The incident that a group opens. Its marker finds it again, and knows its first firings."""
    said = Declaration(
        title=group.title,
        by="",
        origin="alert",
        services=group.services,
        body="\n".join(_described(group.firing[:_DESCRIBED])),
    )
    draft = incident_draft(said, policy, templates)
    names = list(dict.fromkeys(alert.name for alert in group.firing))[:_NAMES]
    data = {"key": group.key, "names": names, "rows": _encoded(Table().told(group))["rows"]}
    return replace(draft, body=f"{draft.body}{mark('alert', data)}\n")


def _described(alerts: Iterable[Alert]) -> Iterator[str]:
    for alert in alerts:
        yield f"{alert.name}: {alert.summary}" if alert.summary else alert.name
        if alert.description:
            yield alert.description


def table_comment(issue: Issue, me: str) -> Comment | None:
    """Our comment that holds the table: the oldest one."""
    ours = (c for c in issue.comments if c.author == me and "<!-- ima:alerts " in c.body)
    return min(ours, key=lambda comment: (comment.at, comment.order), default=None)


def table_of(issue: Issue, me: str) -> Table:
    """What the comment remembers; where it is missing or garbled, what the issue itself says."""
    comment = table_comment(issue, me)
    for data in (
        marker_in("alerts", comment.body) if comment else None,
        marker_in("alert", issue.body) if issue.author == me else None,
    ):
        if data is not None and (table := _decoded(data)):
            return table
    return Table()


def table_body(table: Table, templates: Templates) -> str:
    """The comment: the table for people, then what it remembers."""
    proposes = table.gravest
    values = {
        "alerts": [_shown(row) for row in table.rows],
        "more": table.more,
        "firing": table.firing,
        "over": table.over,
        "severity": proposes.severity if proposes else "",
        "because": f"{proposes.name}: {proposes.because}" if proposes else "",
    }
    page = templates.render("alerts.md.j2", values)
    return f"{page.rstrip()}\n\n{mark('alerts', _encoded(table))}\n"


def _shown(row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "since": _minute(row.since),
        "ended": _minute(row.ended) if row.ended else "",
        "times": row.times,
        "source": Safe(f"[source]({row.url})") if row.url else "",
    }


def _minute(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC"


def _encoded(table: Table) -> dict[str, Any]:
    rows = [
        {
            "name": row.name,
            "fp": row.fingerprint,
            "since": row.since.isoformat(),
            "ended": row.ended.isoformat() if row.ended else "",
            "times": row.times,
            "url": row.url,
            "severity": row.severity,
            "because": row.because,
        }
        for row in table.rows
    ]
    return {"rows": rows, "more": table.more, "over": table.over}


def _decoded(data: dict[str, Any]) -> Table | None:
    try:
        rows = tuple(_row(row) for row in data["rows"])
        return Table(rows, int(data.get("more", 0)), data.get("over") is True)
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError):
        return None


def _row(row: dict[str, Any]) -> Row:
    return Row(
        clean(str(row["name"])),
        str(row["fp"]),
        _time(row["since"]),
        _time(row["ended"]) if row["ended"] else None,
        int(row["times"]),
        address(row["url"]),
        str(row["severity"]),
        str(row["because"]),
    )


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
