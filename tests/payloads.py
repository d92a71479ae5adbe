"""What monitoring systems send, in one line each. As captured from Alertmanager 0.25, and as
PagerDuty documents its webhook v3."""

from __future__ import annotations

from typing import Any

from tests.build import at

NEVER = "0001-01-01T00:00:00Z"  # Go's zero time


def single_alert(
    name: str = "DiskFull",
    host: str = "a",
    since: float = 0,
    ended: float | None = None,
    notes: dict[str, Any] | None = None,
    **labels: Any,
) -> dict[str, Any]:
    """One alert of a payload, which began ``since`` minutes after the start and, with ``ended``, is
    over."""
    return {
        "status": "firing" if ended is None else "resolved",
        "labels": {"alertname": name, "host": host, **labels},
        "annotations": notes or {},
        "startsAt": at(since).isoformat(),
        "endsAt": NEVER if ended is None else at(ended).isoformat(),
        "generatorURL": "https://prometheus.example/graph?g0.expr=up&g0.tab=1",
        "fingerprint": f"{name}-{host}",
    }


def an_alert(*alerts: dict[str, Any], group: str = "{}:{}", **more: Any) -> dict[str, Any]:
    """A payload of Alertmanager's about one group of alerts, with what a pipeline trigger adds."""
    return {
        "version": "4",
        "receiver": "ima",
        "status": "firing",
        "alerts": list(alerts or (single_alert(),)),
        "groupLabels": {"alertname": "DiskFull"},
        "groupKey": group,
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "http://vm:4593",
        "truncatedAlerts": 0,
        "id": "17",
        "ref": "main",
        **more,
    }


def an_http_alert(**more: Any) -> dict[str, Any]:
    """An alert in the shape that GitLab documents for HTTP endpoints."""
    return {
        "title": "Disk full",
        "description": "/var is at 97 %",
        "start_time": at(0).isoformat(),
        "service": "Web",
        "monitoring_tool": "Zabbix",
        "hosts": ["web-1", "web-2"],
        "severity": "critical",
        "fingerprint": "disk-web-1",
        "gitlab_environment_name": "production",
        **more,
    }


def from_grafana(*alerts: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A payload of Grafana's alerting, as its documents have it: fourteen keys."""
    told = {
        "dashboardURL": "",
        "panelURL": "",
        "silenceURL": "https://g.example/silence",
        "values": {},
    }
    rows = [each | told for each in alerts or (single_alert(),)]
    return an_alert(*rows) | {
        "version": "1",
        "orgId": 1,
        "title": "[FIRING:1] DiskFull (web)",
        "state": "alerting",
        "message": "**Firing**",
        **more,
    }


def a_page(
    kind: str = "triggered", minutes: float = 0, key: str = "disk-full", **data: Any
) -> dict[str, Any]:
    """An event of PagerDuty's."""
    return {
        "event": {
            "id": "01BBYA",
            "event_type": f"incident.{kind}",
            "resource_type": "incident",
            "occurred_at": at(minutes).isoformat(),
            "data": {
                "id": "PGR0VU2",
                "type": "incident",
                "html_url": "https://acme.pagerduty.com/incidents/PGR0VU2",
                "incident_key": key,
                "created_at": at(0).isoformat(),
                "title": "Disk full on web",
                "service": {"id": "PF9KMXH", "summary": "Web"},
                "priority": {"summary": "P2"},
                "urgency": "high",
                **data,
            },
        }
    }
