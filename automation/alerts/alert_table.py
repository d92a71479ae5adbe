"""What is known of the alerts of one incident: the comment that shows it, and remembers it. Pure.

What is told twice, late or in another order changes nothing: a firing is known by the time when
it began, and an end counts for what began before it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from automation.alerts.alert_payload import MOST, Alert, Group, address, gravest
from automation.model.alerts_seen import PagerEvent
from automation.model.issue import SEVERITIES, Draft, Issue
from automation.policy.policy import Policy
from automation.stored_state.alert_marker import pager_events, pager_rows, table_comment
from automation.text.escaping import clean, mark, marker_in
from automation.writing.declaration import Declaration, incident_draft
from automation.writing.templates import Safe, Templates

_NAMES, _DESCRIBED = 10, 5  # alerts that an incident is known by, and that its text describes
_KEYS, _EVENTS = 100, 60  # groups, and events of the pager, that are remembered
_LIMIT = 60_000  # characters that any forge takes
# How many alerts have a row, and how many more are remembered: the first that fits is taken.
_ROOM = ((50, 450), (30, 300), (15, 150), (5, 60), (1, 10))


@dataclass(frozen=True, slots=True)
class Row:
    """One alert: its newest firing, and how often it has fired."""

    name: str
    fingerprint: str
    since: datetime
    ended: datetime | None = None  # None: it fires
    times: int = 1
    key: str = ""  # of the group that it was first told in
    url: str = ""
    labels: tuple[tuple[str, str], ...] = ()

    def told(self, alert: Alert) -> Row:
        """The row after this was told."""
        after = self
        if alert.since > self.since:
            after = replace(row_of(alert, self.key), times=self.times + 1)
        elif self.ended is None and alert.ended and self._ended_by(alert):
            after = replace(self, ended=alert.ended)
        return replace(after, url=after.url or alert.url, labels=after.labels or alert.labels)

    def _ended_by(self, alert: Alert) -> bool:
        """Is it this firing's end, and not the late news of an earlier one's?"""
        return alert.since == self.since or (alert.ended or alert.since) > self.since

    @property
    def bare(self) -> Row:
        """As it is remembered without being shown."""
        return replace(self, url="", labels=())


@dataclass(frozen=True, slots=True)
class Proposal:
    """The gravest severity that an alert of the incident has proposed, and which says so."""

    severity: str = ""
    name: str = ""
    because: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The alerts of one incident."""

    rows: tuple[Row, ...] = ()  # those that fire first
    shown: int = _ROOM[0][0]  # rows that people see
    forgotten: int = 0  # alerts that have no row
    untold: tuple[tuple[str, int], ...] = ()  # key of a group: its alerts that were not told
    proposes: Proposal = Proposal()
    keys: tuple[str, ...] = ()  # of the groups that were told
    services: tuple[str, ...] = ()
    worse: tuple[tuple[str, ...], ...] = ()  # what came up since the table was first shown
    over: bool = False  # the incident was, when something of this was last told
    pager: tuple[PagerEvent, ...] = ()  # what the pager told of incidents of its own
    planned: bool = False  # they came during planned work, which lists them (P-56)

    @property
    def firing(self) -> int:
        return sum(row.ended is None for row in self.rows)

    @property
    def fires(self) -> bool:
        """Does anything fire, or may something that was not told?"""
        return self.firing > 0 or bool(self.untold)

    @property
    def last(self) -> datetime | None:
        """When the last of them began or ended."""
        return max((row.ended or row.since for row in self.rows), default=None)

    @property
    def calls(self) -> frozenset[str]:
        """Ids of what people have triggered in the pager by hand."""
        return frozenset(event.id for event in self.pager if event.title)

    def knows(self, alert: Alert) -> bool:
        """Was this very firing told before, or this call that a person made in the pager?"""
        return alert.fingerprint in self.calls or any(
            r.fingerprint == alert.fingerprint and r.since >= alert.since for r in self.rows
        )

    def has(self, alert: Alert) -> bool:
        """Was it told before, whichever of its firings?"""
        return any(row.fingerprint == alert.fingerprint for row in self.rows)

    def told(
        self, group: Group, *, over: bool = False, has: str = "", affects: Iterable[str] = ()
    ) -> Table:
        """The table after a group was told. ``over``: its incident is resolved; ``has`` is the
        severity that a person has chosen for it, and ``affects`` what it is about already."""
        rows = {row.fingerprint: row for row in self.rows}
        for alert in self._alerts(group):
            before = rows.get(alert.fingerprint)
            rows[alert.fingerprint] = before.told(alert) if before else row_of(alert, group.key)
        firing = (a.fingerprint for a in group.firing if a.fingerprint in rows)
        fires = any(rows[fingerprint].ended is None for fingerprint in firing)
        kept = sorted(rows.values(), key=lambda row: row.ended is not None)
        moved = [row.bare for row in kept] != [row.bare for row in self.rows]
        proposes, services = self._proposal(group), self._services(group)
        return replace(
            self,
            rows=tuple(kept[:MOST]),
            forgotten=max(self.forgotten, len(kept) - MOST),
            untold=self._untold(group, len(kept) - len(self.rows)),
            proposes=proposes,
            keys=tuple(dict.fromkeys((*self.keys, group.key)))[:_KEYS],
            services=services,
            worse=(*self.worse, *self._worse(proposes, services, has, {*affects})),
            over=over if fires or moved else self.over,
            pager=self._pager(group),
        )

    def _alerts(self, group: Group) -> tuple[Alert, ...]:
        """Without a call that a person made in the pager: it is no alert."""
        if group.called_by_hand:
            return ()
        return tuple(alert for alert in group.alerts if alert.fingerprint not in self.calls)

    def _pager(self, group: Group) -> tuple[PagerEvent, ...]:
        """What was told before is not told again; the latest events of it all are kept."""
        if group.pager is None or group.pager in self.pager:
            return self.pager
        events = sorted((*self.pager, group.pager), key=lambda event: event.at)
        return tuple(events[-_EVENTS:])

    def _untold(self, group: Group, new: int) -> tuple[tuple[str, int], ...]:
        """What was not told: of this group as it says itself; of another one that alerts of this
        come from, for its route was edited, less by those that were new now."""
        told = {alert.fingerprint for alert in group.alerts}
        from_there = {row.key for row in self.rows if row.fingerprint in told}
        left = {
            key: count - new if key in from_there else count
            for key, count in self.untold
            if key != group.key
        }
        left |= {group.key: group.more}
        return tuple((key, count) for key, count in left.items() if count > 0)

    def _proposal(self, group: Group) -> Proposal:
        severity = gravest(
            iter((self.proposes.severity, *(a.severity for a in self._alerts(group))))
        )
        if severity == self.proposes.severity:
            return self.proposes
        first = next(alert for alert in group.alerts if alert.severity == severity)
        return Proposal(severity, first.name, first.because)

    def _services(self, group: Group) -> tuple[str, ...]:
        if group.called_by_hand and self.rows:
            return self.services  # that of the people who are called
        named = (alert.service for alert in group.firing if alert.service)
        return tuple(dict.fromkeys((*self.services, *group.services, *named)))

    def _worse(
        self, proposes: Proposal, services: Sequence[str], has: str, affects: set[str]
    ) -> Iterator[tuple[str, ...]]:
        """What the table itself does not tell as news: it is shown already."""
        if not self.rows:
            return
        graver = proposes.severity != self.proposes.severity
        if graver and (has not in SEVERITIES or proposes.severity < has):
            yield "severity", proposes.severity, proposes.name, proposes.because
        for service in services:
            if service not in self.services and service not in affects:
                yield "service", service

    def with_news(self, what: str, said: str) -> Table:
        """With one more thing that a new comment tells, once for each ``what``."""
        known = any(each[0] == what for each in self.worse)
        return self if known else replace(self, worse=(*self.worse, (what, said)))

    def fitting(self, templates: Templates, limit: int) -> tuple[Table, str]:
        """The table as far as there is room for it in ``limit`` characters, and its comment."""
        limit = min(limit, _LIMIT)
        for shown, rest in _ROOM:
            rows = (*self.rows[:shown], *(row.bare for row in self.rows[shown : shown + rest]))
            forgotten = max(self.forgotten, len(self.rows) - len(rows))
            cut = replace(self, rows=rows, shown=shown, forgotten=forgotten)
            body = _body(cut, templates)
            if len(body) <= limit:
                break
        return cut, body


def row_of(alert: Alert, key: str = "") -> Row:
    """An alert that was not known."""
    return Row(
        alert.name,
        alert.fingerprint,
        alert.since,
        alert.ended,
        key=key,
        url=alert.url,
        labels=alert.labels,
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
    alerts = () if group.called_by_hand else group.firing
    names = list(dict.fromkeys(alert.name for alert in alerts))[:_NAMES]
    rows = [_row_data(row.bare) for row in Table().told(group).rows[: _ROOM[0][0]]]
    data = {"key": group.key, "names": names, "rows": rows}
    return replace(draft, body=f"{draft.body}{mark('alert', data)}\n")


def group_that_goes_on(table: Table, title: str) -> Group:
    """What still fires when planned work is over, as a group of its own (P-56)."""
    rows = [row for row in table.rows if row.ended is None]
    alerts = tuple(
        Alert(row.name, row.fingerprint, row.since, url=row.url, labels=row.labels) for row in rows
    )
    names = ", ".join(dict.fromkeys(alert.name for alert in alerts))
    key = next((row.key for row in rows), next(iter(table.keys), ""))
    more = sum(count for _, count in table.untold)
    return Group("", key, f"{names or 'Alerts'} after {title}"[:250], alerts, table.services, more)


def _described(alerts: Iterable[Alert]) -> Iterator[str]:
    for alert in alerts:
        yield f"{alert.name}: {alert.summary}" if alert.summary else alert.name
        if alert.description:
            yield alert.description


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


def table_body(table: Table, templates: Templates, limit: int = _LIMIT) -> str:
    """The comment: the table for people, then what it remembers."""
    return table.fitting(templates, limit)[1]


def _body(table: Table, templates: Templates) -> str:
    shown = table.rows[: table.shown]
    proposes = table.proposes
    values = {
        "alerts": [_shown(row, _differing(shown)) for row in shown],
        "calls": [
            {"at": f"{event.at:%H:%M} UTC", "title": event.title}
            for event in table.pager
            if event.title
        ],
        "more": len(table.rows) - len(shown) + table.forgotten,
        "more_firing": table.firing - sum(row.ended is None for row in shown),
        "untold": sum(count for _, count in table.untold),
        "firing": table.firing,
        "over": table.over,
        "planned": table.planned,
        "severity": proposes.severity,
        "because": f"{proposes.name}: {proposes.because}" if proposes.severity else "",
    }
    page = templates.render("alerts.md.j2", values)
    return f"{page.rstrip()}\n\n{mark('alerts', _encoded(table))}\n"


def _differing(rows: Sequence[Row]) -> frozenset[str]:
    """Labels that tell these rows apart: not all of them have it, or have it alike."""
    values = Counter(label for row in rows for label in row.labels)
    return frozenset(name for (name, _), count in values.items() if count < len(rows))


def _shown(row: Row, differing: frozenset[str]) -> dict[str, Any]:
    return {
        "name": row.name,
        "since": _minute(row.since),
        "ended": _minute(row.ended) if row.ended else "",
        "times": row.times,
        "labels": ", ".join(f"{name}={value}" for name, value in row.labels if name in differing),
        "source": Safe(f"[source]({row.url})") if row.url else "",
    }


def _minute(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC"


def _encoded(table: Table) -> dict[str, Any]:
    names = list(dict.fromkeys(row.name for row in table.rows))
    proposes = table.proposes
    return {
        "rows": [_row_data(row) for row in table.rows[: table.shown]],
        "rest": [_bare_row_data(row, names) for row in table.rows[table.shown :]],
        "names": names,
        "shown": table.shown,
        "forgotten": table.forgotten,
        "untold": [list(each) for each in table.untold],
        "proposes": [proposes.severity, proposes.name, proposes.because],
        "keys": list(table.keys),
        "services": list(table.services),
        "worse": [list(each) for each in table.worse],
        "fires": table.fires,
        "pager": pager_rows(table.pager),
        "over": table.over,
        "planned": table.planned,
    }


def _row_data(row: Row) -> dict[str, Any]:
    data = {
        "name": row.name,
        "fp": row.fingerprint,
        "since": row.since.isoformat(),
        "ended": _iso(row.ended),
        "times": row.times,
        "key": row.key,
        "url": row.url,
        "labels": [list(label) for label in row.labels],
    }
    return {name: value for name, value in data.items() if value}


def _bare_row_data(row: Row, names: Sequence[str]) -> list[Any]:
    ended = _iso(row.ended)
    return [
        row.fingerprint,
        row.since.isoformat(),
        ended,
        row.times,
        names.index(row.name),
        row.key,
    ]


def _iso(when: datetime | None) -> str:
    return when.isoformat() if when else ""


def _decoded(data: dict[str, Any]) -> Table | None:
    try:
        rows = tuple(_row(row) for row in data["rows"])
        names = [clean(str(name)) for name in data.get("names", ())]
        rest = tuple(_bare_row(row, names) for row in data.get("rest", ()))
        severity, name, because = data.get("proposes") or _proposed_by(data["rows"])
        return Table(
            rows=(*rows, *rest),
            shown=int(data.get("shown", _ROOM[0][0])),
            forgotten=int(data.get("forgotten", 0)),
            untold=tuple((str(key), int(count)) for key, count in data.get("untold", ())),
            proposes=Proposal(str(severity), str(name), str(because)),
            keys=tuple(map(str, data.get("keys", ()))),
            services=tuple(map(str, data.get("services", ()))),
            worse=tuple(tuple(map(str, each)) for each in data.get("worse", ())),
            over=data.get("over") is True,
            pager=pager_events(data.get("pager")),
            planned=data.get("planned") is True,
        )
    except (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError):
        return None


def _proposed_by(rows: list[dict[str, Any]]) -> tuple[str, str, str]:
    """As an older ima has kept it: with each alert."""
    severity = gravest(iter(str(row.get("severity", "")) for row in rows))
    found = next((row for row in rows if severity and row.get("severity") == severity), {})
    return severity, str(found.get("name", "")), str(found.get("because", ""))


def _row(row: dict[str, Any]) -> Row:
    return Row(
        clean(str(row["name"])),
        str(row["fp"]),
        _time(row["since"]),
        _time(row["ended"]) if row.get("ended") else None,
        int(row.get("times", 1)),
        str(row.get("key", "")),
        address(row.get("url")),
        tuple((clean(str(name)), clean(str(value))) for name, value in row.get("labels", ())),
    )


def _bare_row(row: list[Any], names: Sequence[str]) -> Row:
    fingerprint, since, ended, times, name, key = row
    return Row(
        names[int(name)],
        str(fingerprint),
        _time(since),
        _time(ended) if ended else None,
        int(times),
        str(key),
    )


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
