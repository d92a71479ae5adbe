"""A real alert: Prometheus finds it, Alertmanager tells it, and there is an incident."""

from __future__ import annotations

import json
import queue
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.build import at
from tests.cli.conftest import Ima
from tests.counterparts.messages import Answer, Request
from tests.counterparts.monitoring import PROGRAMS, alertmanager, backfill, prometheus
from tests.counterparts.small import SmallServer

LONG = "30000d"  # whenever this is run, the samples are in it
RULES = {
    "groups": [
        {
            "name": "ima",
            "interval": "1s",
            "rules": [
                {
                    "alert": "PushesFail",
                    "expr": f"last_over_time(errors[{LONG}]) > 0.002",
                    "labels": {"severity": "critical", "service": "git"},
                    "annotations": {"summary": "Git pushes fail\n/close @all"},
                }
            ],
        }
    ]
}


@pytest.fixture
def ima(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Ima:
    return Ima(tmp_path, capsys)


@pytest.fixture
def told(tmp_path: Path) -> Iterator[dict[str, Any]]:
    """The first body that Alertmanager sends."""
    heard: queue.Queue[dict[str, Any]] = queue.Queue()

    def answering(request: Request) -> Answer:
        heard.put(request.json())
        return Answer(200, {})

    with (
        SmallServer(answering) as receiver,
        alertmanager(tmp_path, f"{receiver.url}/trigger") as manager,
    ):
        backfill(tmp_path, {'errors{type="git"}': [0.5] * 12}, at(60))
        rules = tmp_path / "rules.json"
        rules.write_text(json.dumps(RULES), encoding="utf-8")
        target = manager.removeprefix("http://")
        config = {
            "global": {"evaluation_interval": "1s"},
            "rule_files": [str(rules)],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [target]}]}]},
        }
        with prometheus(tmp_path, json.dumps(config)):
            yield heard.get(timeout=30)


@pytest.mark.needs(*PROGRAMS)
def test_an_alert_that_fires_becomes_an_incident_once(told: dict[str, Any], ima: Ima) -> None:
    (ima.folder / "body.json").write_text(json.dumps(told), encoding="utf-8")
    first, again = (ima("apply --event body.json") for _ in range(2))  # it repeats what fires
    assert [(done.code, done.err) for done in (first, again)] == [(0, ""), (0, "")]
    assert "Severity: S1 proposed" in first.out
    assert "all known already" in again.out
    issue = ima("show 1 --format json").json
    assert issue["title"].startswith("Git pushes fail")
    assert "Service::Git" in issue["labels"]
    assert issue["assignees"] == ["erin"]
    assert "\n/close" not in issue["body"]
    assert ima("show 2").code == 2
