"""What the Alertmanager of a scenario sends. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from typing import Any

from automation.records import dataclass
from automation.times.moments import moment

ScenarioAlert = Mapping[str, Any]  # an alert of a scenario: its labels, and what else it says


@dataclass
class Alertmanager:
    """Remembers since when which alert fires. Groups by the alert's name."""

    firing: dict[str, datetime] = field(default_factory=dict)

    def payload(self, told: Sequence[ScenarioAlert], now: datetime) -> str:
        """The body of one webhook."""
        alerts = [self._alert_data(each, now) for each in told]
        name = next((each["labels"].get("alertname", "") for each in alerts), "")
        fires = any(each["status"] == "firing" for each in alerts)
        group = {"alertname": name}
        return json.dumps(
            {
                "version": "4",
                "receiver": "ima",
                "status": "firing" if fires else "resolved",
                "alerts": alerts,
                "groupLabels": group,
                "groupKey": f"{{}}:{json.dumps(group)}",
                "commonLabels": _common([each["labels"] for each in alerts]),
                "commonAnnotations": _common([each["annotations"] for each in alerts]),
                "externalURL": "",
                "truncatedAlerts": 0,
            }
        )

    def _alert_data(self, told: ScenarioAlert, now: datetime) -> dict[str, Any]:
        labels = dict(told["labels"])
        text = json.dumps(labels, sort_keys=True)
        fingerprint = hashlib.sha256(text.encode()).hexdigest()[:16]
        status = told.get("status", "firing")
        if status == "resolved":
            since = self.firing.pop(fingerprint, now)
        else:
            since = self.firing[fingerprint] = _moment(told.get("startsAt"), now)
        return {
            "status": status,
            "labels": labels,
            "annotations": dict(told.get("annotations") or {}),
            "startsAt": since.isoformat(),
            "endsAt": now.isoformat() if status == "resolved" else "0001-01-01T00:00:00Z",
            "generatorURL": "https://prometheus.example/graph",
            "fingerprint": fingerprint,
        }


def _moment(said: object, now: datetime) -> datetime:
    """When it began to fire: now, unless the scenario says that it is told again."""
    return moment(str(said)) if said else now


def _common(maps: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """What all of them say alike."""
    first, *rest = maps or ({},)
    return {name: text for name, text in first.items() if all(m.get(name) == text for m in rest)}
