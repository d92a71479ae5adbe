"""What a monitoring system tells, as one group of alerts. Pure; any bytes give a group or one
sentence.

Shapes: Alertmanager's webhook, version 4 (prometheus/alertmanager `template/template.go`), which is
Grafana's, too; PagerDuty's webhook v3; and the alert that GitLab documents for HTTP endpoints
(`http_alert.py`). Every text in them is a stranger's.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from automation.alerts.webhook_events import LIMIT, is_http_alert
from automation.errors import PolicyError
from automation.model.alerts_seen import PagerEvent
from automation.policy.policy import Policy
from automation.records import dataclass
from automation.text.escaping import clean, without_mentions

MOST_ALERTS = 500  # alerts of one payload that are looked at, those that fire first
_MOST_UNTOLD = 1_000_000  # alerts that were not sent: no system means more
_TITLE, _NAME, _WORD, _TEXT, _URL = 200, 60, 30, 1000, 300  # characters at most
_KEPT_LABELS = 6  # of one alert, to tell it from the others
_SEVERITY_LABELS = ("severity", "priority", "level")
_SERVICE_LABELS = ("service", "type")
_PAGERDUTY_EVENTS = tuple(  # those that say how an incident of PagerDuty stands, or whose it is
    f"incident.{what}"
    for what in "triggered acknowledged unacknowledged escalated reassigned delegated reopened"
    " resolved".split()
)
SHAPES = ("alertmanager", "pagerduty", "http")  # that can be said
_NAMES = {"alertmanager": "Alertmanager", "pagerduty": "PagerDuty"}
_MILLISECONDS = 10**11  # from here on a number is no seconds since 1970
_CLOCKS_DIFFER = timedelta(minutes=10)  # at most, from what monitoring says to what we do
_MERGED = "merge_resolve_reason"
_USUAL_URGENCY = "high"  # of each incident of PagerDuty, unless somebody has chosen otherwise


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert, as it was told. ``since`` names the firing: a new one begins at another time."""

    name: str
    fingerprint: str
    since: datetime
    ended: datetime | None = None  # None: it fires
    summary: str = ""
    description: str = ""
    url: str = ""
    severity: str = ""  # that it proposes; nothing where it says none that we know
    because: str = ""  # "severity=critical"
    service: str = ""  # the policy's name of what it is about, else what the alert calls it
    labels: tuple[tuple[str, str], ...] = ()  # that may tell it from other alerts
    undated: bool = False  # it does not say when it began: ``since`` is when it was told


@dataclass(frozen=True, slots=True)
class Group:
    """Alerts that monitoring has sent together."""

    source: str  # "Alertmanager", "PagerDuty", or what an HTTP alert says
    key: str  # the same for all that is told of this group, while nobody edits its route
    title: str
    alerts: tuple[Alert, ...]  # those that fire first
    services: tuple[str, ...] = ()  # of the policy's
    more: int = 0  # alerts that were not told: nobody knows whether they fire
    pager: PagerEvent | None = None  # what the pager told, of an incident of its own
    severities: tuple[str, ...] = ()  # of the policy, the gravest first

    def gravest(self, severities: Iterable[str]) -> str:
        """The gravest of these; nothing where there is none."""
        known = [one for one in severities if one in self.severities]
        return min(known, key=self.severities.index, default="")

    @property
    def called_by_hand(self) -> bool:
        """Has a person called somebody in the pager? Then no alert stands behind it."""
        return self.pager is not None and self.pager.did == "triggered" and bool(self.pager.by)

    @property
    def firing(self) -> tuple[Alert, ...]:
        return tuple(alert for alert in self.alerts if alert.ended is None)

    @property
    def fires(self) -> bool:
        """Does any alert of it fire? One that was not sent may fire, too: it is never read as
        resolved."""
        return bool(self.firing) or self.more > 0


def read_alerts(
    payload: str | bytes, policy: Policy, now: datetime | None = None, shape: str = ""
) -> Group:
    """The group in a payload; one without alerts where it tells of none. ``now`` is when an alert
    was told that does not say when it began; ``shape`` is one of `SHAPES`, "" if nobody has said
    it. Raises PolicyError."""
    if len(payload) > LIMIT:
        problem = f"the alert has more than {LIMIT:,} bytes"
        raise PolicyError(problem, "let Alertmanager send fewer at once: `max_alerts: 100`")
    try:
        group = _group_in(_dict_or_empty(_json_in(payload)), policy, now, shape)
    except RecursionError:  # too deep to be read, or for what is made of it
        group = None
    if group:
        alerts = tuple(_not_of_the_future(alert, now) for alert in group.alerts)
        return replace(group, alerts=alerts, severities=tuple(policy.severities))
    problem = "this is neither an Alertmanager's nor a PagerDuty payload, nor an HTTP alert"
    if shape:
        problem = f"this is no {_NAMES[shape]} payload"
    raise PolicyError(problem, "send the body of their webhook as it came (docs/services.md)")


def _json_in(payload: str | bytes) -> Any:
    try:
        return json.loads(payload)
    except ValueError:
        return None


def _not_of_the_future(alert: Alert, now: datetime | None) -> Alert:
    """The alert; one that begins or ends later than any clock goes wrong does so ``now``. Else it
    would keep each later firing from an incident."""
    if now is None or max(alert.since, alert.ended or alert.since) <= now + _CLOCKS_DIFFER:
        return alert
    undated = alert.undated or alert.since > now
    since = min(alert.since, now)
    ended = max(since, min(alert.ended, now)) if alert.ended else None
    return replace(alert, since=since, ended=ended, undated=undated)


def _group_in(
    body: dict[str, Any], policy: Policy, now: datetime | None, shape: str
) -> Group | None:
    event = _dict_or_empty(body.get("event"))
    alertmanager = isinstance(body.get("alerts"), list) and bool({"receiver", "groupKey"} & {*body})
    if alertmanager and shape in ("", "alertmanager"):
        return _group_of_alertmanager(body, policy, now)
    if "event_type" in event and shape in ("", "pagerduty"):
        return _pagerduty(event, policy)
    if shape == "http" or (not shape and is_http_alert(body)):
        return _http_alert(body, policy, now)
    return None


def _group_of_alertmanager(payload: dict[str, Any], policy: Policy, now: datetime | None) -> Group:
    alert_rows = [each for each in payload["alerts"] if isinstance(each, dict)]
    labels = _labels(payload.get("groupLabels"))
    services = _Services(policy)
    common = _common_labels([_labels(each.get("labels")) for each in alert_rows])
    shared = [labels, _labels(payload.get("commonLabels"))]  # read once: they may be many
    alerts = [_read_alert(each, payload, common, shared, services, now) for each in alert_rows]
    alerts.sort(key=lambda a: (a.ended is not None, a.fingerprint, a.since))
    key = (
        _text_or_empty(payload.get("groupKey"))
        or labels
        or sorted({alert.name for alert in alerts})
    )
    return Group(
        "Alertmanager",
        _key("Alertmanager", _text_or_empty(payload.get("receiver")), key),
        _title(payload, alerts),
        tuple(alerts[:MOST_ALERTS]),
        services.known([labels, *(_labels(each.get("labels")) for each in alert_rows)]),
        max(0, len(alerts) - MOST_ALERTS) + _count(payload.get("truncatedAlerts")),
    )


def _count(value: Any) -> int:
    """How many alerts a system says that it has not sent."""
    return min(value, _MOST_UNTOLD) if type(value) is int and value > 0 else 0


def _common_labels(all_labels: list[dict[str, Any]]) -> dict[str, Any]:
    """The labels that all of them have alike; of a single one none."""
    first, *rest = all_labels or [{}]
    return {k: v for k, v in first.items() if rest and all(one.get(k) == v for one in rest)}


def _distinguishing(labels: dict[str, Any], common: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """The labels by which this alert may be told from others, those first that others here have
    otherwise."""
    names = sorted((name for name in labels if name != "alertname"), key=lambda n: (n in common, n))
    kept = ((_text(name, _WORD), _text(labels[name], _NAME)) for name in names)
    return tuple([each for each in kept if all(each)][:_KEPT_LABELS])


def _read_alert(
    row: dict[str, Any],
    group: dict[str, Any],
    common: dict[str, Any],
    shared: list[dict[str, Any]],
    services: _Services,
    now: datetime | None,
) -> Alert:
    labels, notes = _labels(row.get("labels")), _labels(row.get("annotations"))
    began = _time(row.get("startsAt"))
    since = began or now  # nobody sleeps through an alert because it does not say when it began
    name = _text(labels.get("alertname"), _NAME) or "alert"
    if since is None:
        raise PolicyError(
            f"the alert {name!r} does not say when it began", "`startsAt` is a time in ISO 8601"
        )
    ended = None
    if _text_or_empty(row.get("status") or group.get("status")).lower() == "resolved":
        ended = max(since, _time(row.get("endsAt")) or since)
    severity, because = _proposed(labels, services.severities)
    return Alert(
        name,
        _fingerprint(row.get("fingerprint"), labels),
        since,
        ended,
        _text(notes.get("summary") or notes.get("title"), _TEXT),
        _text(notes.get("description") or notes.get("message"), _TEXT),
        address(row.get("generatorURL")),
        severity,
        because,
        services.of([labels, *shared]),
        _distinguishing(labels, common),
        undated=began is None,
    )


def _title(payload: dict[str, Any], alerts: list[Alert]) -> str:
    """What all of them say, else their name and what they were grouped by."""
    common = _labels(payload.get("commonAnnotations"))
    if text := _text(common.get("summary") or common.get("title"), _TITLE):
        return text
    labels = _labels(payload.get("groupLabels"))
    name = labels.get("alertname") or next((alert.name for alert in alerts), "Alert")
    rest = ", ".join(value for label, value in labels.items() if label != "alertname")
    return _text(f"{name} ({rest})" if rest else name, _TITLE) or "Alert"


def _pagerduty(event: dict[str, Any], policy: Policy) -> Group:
    """An incident of PagerDuty is a group of one alert, which fires until it is resolved."""
    kind, data = event["event_type"], _dict_or_empty(event.get("data"))
    number = _id_in(data)
    if kind not in _PAGERDUTY_EVENTS or not number:
        return Group("PagerDuty", "", "", ())
    now = _time(event.get("occurred_at"))
    since = (now if kind == "incident.reopened" else None) or _time(data.get("created_at")) or now
    title = _text(data.get("title"), _TITLE) or f"PagerDuty incident {number}"
    if since is None:
        raise PolicyError(
            "the PagerDuty event does not say when it happened", "`occurred_at` is a time in it"
        )
    words = {"priority": _dict_or_empty(data.get("priority")).get("summary")}
    if data.get("urgency") != _USUAL_URGENCY:
        words["urgency"] = data.get("urgency")
    severity, because = _proposed(words, policy.severity_by_word, tuple(words))
    ended = max(since, now or since) if kind == "incident.resolved" else None
    url = address(data.get("html_url"))
    named = [{"service": _dict_or_empty(data.get("service")).get("summary")}]
    services = _Services(policy)
    alert = Alert(
        _text(title, _NAME),
        number,
        since,
        ended,
        url=url,
        severity=severity,
        because=because,
        service=services.of(named),
    )
    pager_event = _pager_event(event, data, number, now or since)
    key = key_of_pagerduty(number)
    return Group("PagerDuty", key, title, (alert,), services.known(named), pager=pager_event)


def key_of_pagerduty(number: str) -> str:
    """The key of the group that an incident of PagerDuty is."""
    return _key("PagerDuty", number)


def _pager_event(
    event: dict[str, Any], data: dict[str, Any], number: str, at: datetime
) -> PagerEvent:
    """Who did what to it, and whom it calls now. People are ids."""
    did = str(event["event_type"]).removeprefix("incident.")
    if did == "resolved" and _dict_or_empty(data.get("resolve_reason")).get("type") == _MERGED:
        did = "merged"
    agent = _dict_or_empty(event.get("agent"))
    by = _id_in(agent) if str(agent.get("type", "")).startswith("user") else ""
    people = data.get("assignees")
    whom = [_id_in(_dict_or_empty(each)) for each in (people if isinstance(people, list) else [])]
    return PagerEvent(
        number,
        did,
        at,
        by,
        tuple(filter(None, whom[:_KEPT_LABELS])),
        _id_in(_dict_or_empty(data.get("escalation_policy"))),
        _text(data.get("title"), _TITLE) if did == "triggered" and by else "",
    )


def _http_alert(body: dict[str, Any], policy: Policy, now: datetime | None) -> Group:
    """A group of one alert. What it leaves out is unknown, and proposes nothing; an end that is no
    time ends nothing."""
    title, tool = _text(body.get("title"), _TITLE), _text(body.get("monitoring_tool"), _NAME)
    if not title:
        raise PolicyError("the alert has no title", "`title` is what it says in one line")
    began, end = _any_time(body.get("start_time")), _any_time(body.get("end_time"))
    since = began or end or now
    if since is None:
        raise PolicyError("the alert does not say when it began", "`start_time` is a time in it")
    named = {"service": body.get("service"), "type": None}
    labels = {
        "environment": _text(body.get("gitlab_environment_name"), _NAME),
        "host": _text(_joined(body.get("hosts")), _NAME),
    }
    told = body.get("fingerprint")
    about = [title, tool, body.get("service"), labels]
    fingerprint = _fingerprint(told, {"told": told} if told else {"about": about})
    services = _Services(policy)
    severity, because = _proposed(body, policy.severity_by_word, ("severity",))
    alert = Alert(
        _text(title, _NAME),
        fingerprint,
        since,
        max(since, end) if end else None,
        description=_text(body.get("description"), _TEXT),
        severity=severity,
        because=because,
        service=services.of([named]),
        labels=tuple((name, text) for name, text in labels.items() if text),
        undated=began is None,
    )
    key = _key("http", tool, fingerprint)
    return Group(tool or "monitoring", key, title, (alert,), services.known([named]))


def _joined(value: Any) -> str:
    """One text or several, in one line."""
    several = value if isinstance(value, list) else [value]
    return ", ".join(each for each in several[:_KEPT_LABELS] if isinstance(each, str) and each)


def _any_time(value: Any) -> datetime | None:
    """A time in ISO 8601, or in seconds or milliseconds since 1970, as number or as text. Ruby and
    Go write " UTC" or " +0000 UTC" behind it."""
    if isinstance(value, str):
        value = re.sub(r"( \+0000)? UTC$", "Z", value.strip())
    if isinstance(value, str) and re.fullmatch(r"[0-9]{9,13}(\.[0-9]{1,9})?", value):
        value = float(value)
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            seconds = value / 1000 if abs(value) >= _MILLISECONDS else value
            return datetime.fromtimestamp(seconds, UTC)
        except (OverflowError, OSError, ValueError):
            return None
    return _time(value)


def _id_in(thing: dict[str, Any]) -> str:
    number = thing.get("id")
    return number if isinstance(number, str) and re.fullmatch(r"[\w.-]{1,64}", number) else ""


def _proposed(
    labels: dict[str, Any], known: Mapping[str, str], names: tuple[str, ...] = _SEVERITY_LABELS
) -> tuple[str, str]:
    """The severity that labels propose by a word that is ``known`` of one, and which of them does;
    never more than a proposal."""
    for name in names:
        word = _text(labels.get(name), _WORD)
        if severity := known.get(word.casefold()):
            return severity, f"{name}={word}"
    return "", ""


class _Services:
    """What labels say of the service that an alert is about, and of its severity."""

    def __init__(self, policy: Policy) -> None:
        self.severities = policy.severity_by_word
        self._known = {name.casefold(): name for name in policy.labels.values("service")}
        for service in policy.services.values():
            if service.name.casefold() in self._known and service.component:
                named = self._known[service.name.casefold()]
                self._known.setdefault(service.component.casefold(), named)

    def known(self, all_labels: list[dict[str, Any]]) -> tuple[str, ...]:
        """Those of the policy's that a label names, by their name or their component's."""
        named = (name.casefold() for labels in all_labels for name in self._named(labels))
        return tuple(dict.fromkeys(self._known[name] for name in named if name in self._known))

    def of(self, all_labels: list[dict[str, Any]]) -> str:
        """The first of the policy's that a label names, else what the label `service` says."""
        if known := self.known(all_labels):
            return known[0]
        named = (_text(labels.get("service"), _NAME).casefold() for labels in all_labels)
        return next(filter(None, named), "")

    def _named(self, labels: dict[str, Any]) -> list[str]:
        texts = (_text(labels.get(name), _NAME) for name in _SERVICE_LABELS)
        return [text for text in texts if text]


def _key(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def _fingerprint(told: Any, labels: dict[str, Any]) -> str:
    if isinstance(told, str) and re.fullmatch(r"[\w-]{1,64}", told, re.ASCII):
        return told
    return _key(labels)


def _dict_or_empty(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _labels(value: Any) -> dict[str, Any]:
    """Names and their texts; a number is its text, anything else is left out."""
    known = _dict_or_empty(value).items()
    return {name: str(text) for name, text in known if isinstance(text, str | int | float)}


def _text_or_empty(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _text(value: Any, most: int) -> str:
    """One line that mentions nobody; nothing for what is no text."""
    if not isinstance(value, str):
        return ""
    line = without_mentions(clean(value[: 20 * most]))
    return line if len(line) <= most else line[: most - 1] + "…"


def address(value: Any) -> str:
    """An address that can stand in a link of Markdown's; nothing for what is none."""
    if not isinstance(value, str) or not re.fullmatch(r"https?://[!-~]+", value[: _URL + 1]):
        return ""
    safe = re.sub(r"[^\w:/?#=&%.,+~;$-]", lambda found: f"%{ord(found[0]):02X}", value[: _URL + 1])
    return safe if len(safe) <= _URL else ""


def _time(value: Any) -> datetime | None:
    """A time in UTC; Go's zero time is none."""
    try:
        when = datetime.fromisoformat(value)
        utc = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (OverflowError, TypeError, ValueError):
        return None
    return utc if utc.year > 1 else None
