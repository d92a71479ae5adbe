"""The alerts of one incident: the comment that shows them to people, and remembers them. Pure.

Monitoring tells many things twice, late or in another order; that changes nothing here. A firing is
known by the time when it began, and an end counts for the firing that began before it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from automation.alerts.alert_payload import MOST_ALERTS, Alert, Group, address
from automation.model.alerts_seen import PagerEvent
from automation.model.issue import Draft, Issue
from automation.policy.policy import Policy
from automation.records import dataclass
from automation.stored_state.alert_marker import pager_events, pager_rows, table_comment
from automation.text.escaping import clean, mark, marker_in
from automation.writing.declaration import Declaration, incident_draft
from automation.writing.templates import Safe, Templates

_NAMES_KEPT = 10  # names of alerts that an incident is known by
_ALERTS_DESCRIBED = 5  # alerts that the text of a new incident describes
_KEYS_KEPT = 100  # groups that are remembered
_EVENTS_KEPT = 60  # events of the pager that are remembered
_MOST_CHARACTERS = 60_000  # characters of a comment that every forge takes
# How many alerts people see a row of, and how many more are remembered. The first pair with which
# the comment is short enough is taken.
_ROWS_SHOWN_AND_KEPT = ((50, 450), (30, 300), (15, 150), (5, 60), (1, 10))


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One alert: its newest firing, and how often it has fired."""

    name: str
    fingerprint: str
    since: datetime
    ended: datetime | None = None  # None: it fires
    times: int = 1
    key: str = ""  # of the group that it was first told in
    url: str = ""
    labels: tuple[tuple[str, str], ...] = ()

    def with_alert(self, alert: Alert) -> AlertRow:
        """The row after monitoring has told this of its alert."""
        after = self
        if alert.undated and (self.ended is None or alert.ended):
            alert = replace(alert, since=self.since)  # of the firing that is known
        if alert.since > self.since:
            after = replace(row_of(alert, self.key), times=self.times + 1)
        elif self.ended is None and alert.ended and self._ended_by(alert):
            after = replace(self, ended=alert.ended)
        return replace(after, url=after.url or alert.url, labels=after.labels or alert.labels)

    def _ended_by(self, alert: Alert) -> bool:
        """Is it this firing's end, and not the late news of an earlier one's?"""
        return alert.since == self.since or (alert.ended or alert.since) > self.since

    @property
    def without_details(self) -> AlertRow:
        """The row as it is remembered where people do not see it."""
        return replace(self, url="", labels=())


@dataclass(frozen=True, slots=True)
class Proposal:
    """The gravest severity that an alert of the incident has proposed; all empty if none has."""

    severity: str = ""
    name: str = ""  # of the alert
    because: str = ""  # what the alert says of the severity, such as its label


@dataclass(frozen=True, slots=True)
class AlertTable:
    """The alerts of one incident."""

    rows: tuple[AlertRow, ...] = ()  # first those that fire
    shown: int = _ROWS_SHOWN_AND_KEPT[0][0]  # how many of the rows people see
    forgotten: int = 0  # how many alerts have no row: there were too many
    untold: tuple[
        tuple[str, int], ...
    ] = ()  # (key of a group, how many of its alerts were not told)
    proposes: Proposal = Proposal()
    keys: tuple[str, ...] = ()  # of the groups that were told
    services: tuple[str, ...] = ()
    worse: tuple[
        tuple[str, ...], ...
    ] = ()  # ("severity", "S1", …): what got worse since it was shown
    over: bool = False  # the incident was over when anything new was told last
    pager: tuple[PagerEvent, ...] = ()  # what the pager told of its own incidents
    planned: bool = False  # they came during planned work, which lists them (P-56)

    @property
    def firing(self) -> int:
        """How many alerts fire."""
        return sum(row.ended is None for row in self.rows)

    @property
    def fires(self) -> bool:
        """Does any alert fire? One that was not told may fire, too."""
        return self.firing > 0 or bool(self.untold)

    @property
    def last(self) -> datetime | None:
        """When an alert last began or ended; None where there are none."""
        return max((row.ended or row.since for row in self.rows), default=None)

    @property
    def merged(self) -> frozenset[str]:
        """Ids of the pager's incidents that were merged into others, which may go on."""
        ends = {e.id: e.did for e in self.pager if e.did in ("merged", "resolved")}
        return frozenset(number for number, did in ends.items() if did == "merged")

    @property
    def called_by_hand(self) -> frozenset[str]:
        """Ids of the incidents that people have opened in the pager by hand: no alerts."""
        return frozenset(event.id for event in self.pager if event.title)

    def knows_firing(self, alert: Alert) -> bool:
        """Was this firing of the alert told before? Or is it a call by hand in the pager that
        was? One that does not say when it began is the one that goes on."""
        return alert.fingerprint in self.called_by_hand or any(
            r.fingerprint == alert.fingerprint
            and (r.since >= alert.since or (alert.undated and r.ended is None))
            for r in self.rows
        )

    def knows(self, alert: Alert) -> bool:
        """Was any firing of the alert told before?"""
        return any(row.fingerprint == alert.fingerprint for row in self.rows)

    def with_group(
        self, group: Group, *, over: bool = False, severity: str = "", affects: Iterable[str] = ()
    ) -> AlertTable:
        """The table after monitoring has told of a group.

        ``over`` says that the incident is resolved, ``severity`` is the one that a person has
        chosen for it ("" if none), and ``affects`` are the services that it is about already."""
        rows = {row.fingerprint: row for row in self.rows}
        for alert in self._alerts_of(group):
            before = rows.get(alert.fingerprint)
            rows[alert.fingerprint] = (
                before.with_alert(alert) if before else row_of(alert, group.key)
            )
        firing = (a.fingerprint for a in group.firing if a.fingerprint in rows)
        fires = any(rows[fingerprint].ended is None for fingerprint in firing)
        kept = sorted(rows.values(), key=lambda row: row.ended is not None)
        moved = [row.without_details for row in kept] != [row.without_details for row in self.rows]
        proposes, services = self._gravest_proposal(group), self._services_after(group)
        return replace(
            self,
            rows=tuple(kept[:MOST_ALERTS]),
            forgotten=max(self.forgotten, len(kept) - MOST_ALERTS),
            untold=self._untold_after(group, len(kept) - len(self.rows)),
            proposes=proposes,
            keys=tuple(dict.fromkeys((*self.keys, group.key)))[:_KEYS_KEPT],
            services=services,
            worse=(*self.worse, *self._news(proposes, services, group, severity, {*affects})),
            over=over if fires or moved else self.over,
            pager=self._pager_events(group),
        )

    def _alerts_of(self, group: Group) -> tuple[Alert, ...]:
        """The alerts of a group. A call that a person made in the pager by hand is none."""
        if group.called_by_hand:
            return ()
        return tuple(
            alert for alert in group.alerts if alert.fingerprint not in self.called_by_hand
        )

    def _pager_events(self, group: Group) -> tuple[PagerEvent, ...]:
        """The pager's events with the one of this group; the latest are kept, each once."""
        if group.pager is None or group.pager in self.pager:
            return self.pager
        events = sorted((*self.pager, group.pager), key=lambda event: event.at)
        return tuple(events[-_EVENTS_KEPT:])

    def _untold_after(self, group: Group, new: int) -> tuple[tuple[str, int], ...]:
        """How many alerts of each group were not told. A group says so of itself. Where alerts of
        another group come in this one, because somebody edited the route, that one has ``new``
        fewer."""
        told = {alert.fingerprint for alert in group.alerts}
        from_there = {row.key for row in self.rows if row.fingerprint in told}
        left = {
            key: count - new if key in from_there else count
            for key, count in self.untold
            if key != group.key
        }
        left |= {group.key: group.more}
        return tuple((key, count) for key, count in left.items() if count > 0)

    def _gravest_proposal(self, group: Group) -> Proposal:
        said = (self.proposes.severity, *(a.severity for a in self._alerts_of(group)))
        severity = group.gravest(said)
        if severity == self.proposes.severity:
            return self.proposes
        first = next(alert for alert in group.alerts if alert.severity == severity)
        return Proposal(severity, first.name, first.because)

    def _services_after(self, group: Group) -> tuple[str, ...]:
        if group.called_by_hand and self.rows:
            return self.services  # a call by hand names the service of whoever is called
        named = (alert.service for alert in group.firing if alert.service)
        return tuple(dict.fromkeys((*self.services, *group.services, *named)))

    def _news(
        self,
        proposes: Proposal,
        services: Sequence[str],
        group: Group,
        severity: str,
        affects: set[str],
    ) -> Iterator[tuple[str, ...]]:
        """What people must be told in a new comment: that the severity or the services got worse. A
        new table tells its own content, so there is no news."""
        if not self.rows:
            return
        graver = proposes.severity != self.proposes.severity
        if graver and group.gravest((severity, proposes.severity)) != severity:
            yield "severity", proposes.severity, proposes.name, proposes.because
        for service in services:
            if service not in self.services and service not in affects:
                yield "service", service

    def with_news(self, what: str, said: str) -> AlertTable:
        """The table with one more piece of news for a new comment, once for each ``what``."""
        known = any(each[0] == what for each in self.worse)
        return self if known else replace(self, worse=(*self.worse, (what, said)))

    def cut_to_fit(self, templates: Templates, limit: int) -> tuple[AlertTable, str]:
        """The table, cut so that its comment has at most ``limit`` characters; and that comment."""
        limit = min(limit, _MOST_CHARACTERS)
        for shown, kept in _ROWS_SHOWN_AND_KEPT:
            rows = (
                *self.rows[:shown],
                *(row.without_details for row in self.rows[shown : shown + kept]),
            )
            forgotten = max(self.forgotten, len(self.rows) - len(rows))
            cut = replace(self, rows=rows, shown=shown, forgotten=forgotten)
            body = _comment_body(cut, templates)
            if len(body) <= limit:
                break
        return cut, body


def row_of(alert: Alert, key: str = "") -> AlertRow:
    """The row of an alert that was not known before. ``key`` is that of its group."""
    return AlertRow(
        alert.name,
        alert.fingerprint,
        alert.since,
        alert.ended,
        key=key,
        url=alert.url,
        labels=alert.labels,
    )


def alert_draft(group: Group, policy: Policy, templates: Templates) -> Draft:
    """The issue of the incident that a group opens. By its marker a later pass finds it again and
    knows its first firings, even where a job was killed before it wrote the table."""
    said = Declaration(
        title=group.title,
        by="",
        origin="alert",
        services=group.services,
        body="\n".join(_texts_of_alerts(group.firing[:_ALERTS_DESCRIBED])),
    )
    draft = incident_draft(said, policy, templates)
    alerts = () if group.called_by_hand else group.firing
    names = list(dict.fromkeys(alert.name for alert in alerts))[:_NAMES_KEPT]
    rows = [
        _row_data(row.without_details)
        for row in AlertTable().with_group(group).rows[: _ROWS_SHOWN_AND_KEPT[0][0]]
    ]
    data = {"key": group.key, "names": names, "rows": rows}
    return replace(draft, body=f"{draft.body}{mark('alert', data)}\n")


def group_that_goes_on(table: AlertTable, title: str, policy: Policy) -> Group:
    """What still fires when planned work is over, as a group of its own (P-56)."""
    rows = [row for row in table.rows if row.ended is None]
    alerts = tuple(
        Alert(row.name, row.fingerprint, row.since, url=row.url, labels=row.labels) for row in rows
    )
    names = ", ".join(dict.fromkeys(alert.name for alert in alerts))
    key = next((row.key for row in rows), next(iter(table.keys), ""))
    more = sum(count for _, count in table.untold)
    named = f"{names or 'Alerts'} after {title}"[:250]
    grades = tuple(policy.severities)
    return Group("", key, named, alerts, table.services, more, severities=grades)


def _texts_of_alerts(alerts: Iterable[Alert]) -> Iterator[str]:
    for alert in alerts:
        yield f"{alert.name}: {alert.summary}" if alert.summary else alert.name
        if alert.description:
            yield alert.description


def table_of(issue: Issue, me: str) -> AlertTable:
    """The table that the comment remembers; where that is missing or garbled, the one that the
    issue's own marker gives; else an empty one. ``me`` is the login of our account."""
    comment = table_comment(issue, me)
    for data in (
        marker_in("alerts", comment.body) if comment else None,
        marker_in("alert", issue.body) if issue.author == me else None,
    ):
        if data is not None and (table := _table_from_data(data)):
            return table
    return AlertTable()


def table_body(table: AlertTable, templates: Templates, limit: int = _MOST_CHARACTERS) -> str:
    """The text of the comment: the table for people, and the marker that remembers it."""
    return table.cut_to_fit(templates, limit)[1]


def _comment_body(table: AlertTable, templates: Templates) -> str:
    shown = table.rows[: table.shown]
    proposes, merged = table.proposes, table.merged
    values = {
        "alerts": [_row_for_people(row, _differing(shown), merged) for row in shown],
        "calls": [
            {"at": f"{event.at:%H:%M} UTC", "title": event.title}
            for event in table.pager
            if event.title
        ],
        "more": len(table.rows) - len(shown) + table.forgotten,
        "more_firing": table.firing - sum(row.ended is None for row in shown),
        "untold": sum(count for _, count in table.untold),
        "merged": any(row.ended and row.fingerprint in merged for row in table.rows),
        "firing": table.firing,
        "over": table.over,
        "planned": table.planned,
        "severity": proposes.severity,
        "because": f"{proposes.name}: {proposes.because}" if proposes.severity else "",
    }
    page = templates.render("alerts.md.j2", values)
    return f"{page.rstrip()}\n\n{mark('alerts', _table_as_data(table))}\n"


def _differing(rows: Sequence[AlertRow]) -> frozenset[str]:
    """The names of the labels that tell these rows apart: those that not all rows have alike."""
    values = Counter(label for row in rows for label in row.labels)
    return frozenset(name for (name, _), count in values.items() if count < len(rows))


def _row_for_people(
    row: AlertRow, differing: frozenset[str], merged: frozenset[str]
) -> dict[str, Any]:
    return {
        "name": row.name,
        "since": _minute(row.since),
        "ended": _minute(row.ended) if row.ended else "",
        "merged": row.fingerprint in merged,
        "times": row.times,
        "labels": ", ".join(f"{name}={value}" for name, value in row.labels if name in differing),
        "source": Safe(f"[source]({row.url})") if row.url else "",
    }


def _minute(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC"


def _table_as_data(table: AlertTable) -> dict[str, Any]:
    names = list(dict.fromkeys(row.name for row in table.rows))
    proposes = table.proposes
    return {
        "rows": [_row_data(row) for row in table.rows[: table.shown]],
        "rest": [_row_as_list(row, names) for row in table.rows[table.shown :]],
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


def _row_data(row: AlertRow) -> dict[str, Any]:
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


def _row_as_list(row: AlertRow, names: Sequence[str]) -> list[Any]:
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


def _table_from_data(data: dict[str, Any]) -> AlertTable | None:
    try:
        rows = tuple(_row_from(row) for row in data["rows"])
        names = [clean(str(name)) for name in data.get("names", ())]
        rest = tuple(_row_from_list(row, names) for row in data.get("rest", ()))
        severity, name, because = data.get("proposes") or _proposal_of_old_rows(data["rows"])
        return AlertTable(
            rows=(*rows, *rest),
            shown=int(data.get("shown", _ROWS_SHOWN_AND_KEPT[0][0])),
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


def _proposal_of_old_rows(rows: list[dict[str, Any]]) -> tuple[str, str, str]:
    """The proposal from rows that an older version of IMA wrote: there each alert had its own."""
    severity = min((said for row in rows if (said := str(row.get("severity", "")))), default="")
    found = next((row for row in rows if severity and row.get("severity") == severity), {})
    return severity, str(found.get("name", "")), str(found.get("because", ""))


def _row_from(row: dict[str, Any]) -> AlertRow:
    return AlertRow(
        clean(str(row["name"])),
        str(row["fp"]),
        _time(row["since"]),
        _time(row["ended"]) if row.get("ended") else None,
        int(row.get("times", 1)),
        str(row.get("key", "")),
        address(row.get("url")),
        tuple((clean(str(name)), clean(str(value))) for name, value in row.get("labels", ())),
    )


def _row_from_list(row: list[Any], names: Sequence[str]) -> AlertRow:
    fingerprint, since, ended, times, name, key = row
    return AlertRow(
        names[int(name)],
        str(fingerprint),
        _time(since),
        _time(ended) if ended else None,
        int(times),
        str(key),
    )


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
