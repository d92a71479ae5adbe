from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from automation.alerts.alert_payload import read_alerts
from automation.alerts.alert_table import alert_draft
from tests.payloads import a_page, an_alert, an_http_alert, single_alert

from .conftest import Ima, Result

case = pytest.param
REAL = Path("/work/shared/oracles")
ROOM = "Room:  https://meet.example/situation-room\n"


def send(ima: Ima, payload: Any, line: str = "alert", more: str = "") -> Result:
    (ima.folder / "alert.json").write_text(json.dumps(payload), encoding="utf-8")
    option = "--event " if line == "apply" else ""
    return ima(f"{line} {option}alert.json {more}")


@pytest.mark.parametrize("line", ["alert", "apply"])
def test_an_alert_opens_an_incident_and_pages_the_eoc(ima: Ima, line: str) -> None:
    done = send(ima, an_alert(single_alert(severity="critical")), line)
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "acme/production#1  DiskFull\n"
        "Alerts: 1 firing, 0 resolved (opened just now)\n"
        "Severity: S1 proposed (severity=critical); `/ima severity S1` on #1 confirms it\n"
        f"Owner: @erin\nPaged: @erin (EOC)\n{ROOM}"
    )
    assert ima("plan --check").code == 0


@pytest.mark.parametrize("line", ["alert", "apply"])
def test_the_same_again_changes_nothing(ima: Ima, line: str) -> None:
    send(ima, an_alert())
    before = ima("show 1").out
    ima.after(1)
    done = send(ima, an_alert(), line)
    assert done.out == (
        "acme/production#1  DiskFull\nAlerts: 1 firing, 0 resolved (all known already)\n"
        f"Owner: @erin\nPaged: nobody\n{ROOM}"
    )
    assert ima("show 1").out == before


@pytest.mark.skipif(not REAL.is_dir(), reason="the captured payloads are not here")
def test_captured_payloads(ima: Ima) -> None:
    fires, gone = (
        json.loads((REAL / f"alertmanager-payload{which}.json").read_text())["body"]
        for which in ("", "-resolved")
    )
    assert send(ima, fires, "apply").out.startswith("acme/production#1  by amtool\n")
    done = send(ima, gone, "apply")
    said = "all of these alerts have resolved, and no incident knows them\n"
    assert (done.code, done.out, done.err) == (0, "", said)


def test_json(ima: Ima) -> None:
    assert send(ima, a_page(), more="--format json").json == {
        "alerts": 1,
        "did": "opened",
        "failures": [],
        "findings": [],
        "firing": 1,
        "issue": "#1",
        "owner": "erin",
        "paged": [{"person": "erin", "role": "eoc"}],
        "proposed": "S2",
        "room": "https://meet.example/situation-room",
        "source": "PagerDuty",
    }
    assert send(ima, a_page("annotated"), more="--format json").json == {
        "did": "nothing",
        "issue": None,
    }


def test_after_the_end_it_is_noted_and_opens_nothing(ima: Ima) -> None:
    send(ima, an_alert())
    ima.after(1)
    ima("edit 1 --close --as erin")
    ima("apply")
    told = send(ima, an_alert())
    assert told.out == (
        "acme/production#1  DiskFull\n"
        "Alerts: 1 firing, 0 resolved (this incident is resolved; nothing was opened)\n"
    )
    data = send(ima, an_alert(), more="--format json").json
    assert (data["did"], data["issue"], data["firing"]) == ("unchanged", "#1", 1)
    assert "Firing, though this incident is resolved" in ima("show 1").out
    assert "#2" not in ima("board").out


def test_any_system_may_tell_of_an_alert(ima: Ima) -> None:
    done = send(ima, an_http_alert(), line="apply")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(
        "acme/production#1  Disk full\n"
        "Alerts: 1 firing, 0 resolved (opened just now)\n"
        "Severity: S1 proposed (severity=critical); `/ima severity S1` on #1 confirms it\n"
    )
    over = send(ima, an_http_alert(end_time=ima.now.isoformat()), more="--format json").json
    assert (over["did"], over["firing"], over["source"]) == ("updated", 0, "Zabbix")


@pytest.mark.parametrize("shape", ["http", "HTTP"])
def test_the_shape_can_be_said(ima: Ima, shape: str) -> None:
    done = send(ima, {"title": "Backups are late"}, more=f"--shape {shape}")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("acme/production#1  Backups are late\n")
    assert send(ima, {"title": "Backups are late"}).code == 2


@pytest.mark.parametrize("kind", ["annotated", "priority_updated", "status_update_published"])
@pytest.mark.parametrize("line", ["alert", "apply"])
def test_other_events_of_pagerduty_end_with_one_line(ima: Ima, kind: str, line: str) -> None:
    done = send(ima, a_page(kind), line)
    said = "a PagerDuty event concerns nothing of ours: nothing to do\n"
    assert (done.code, done.out, done.err) == (0, "", said)


@pytest.mark.parametrize("line", ["alert", "apply"])
def test_our_own_page_makes_a_pass_on_its_issue_and_opens_nothing(ima: Ima, line: str) -> None:
    ima('declare "API down" --severity S3')
    ima("edit 1 --label +S1 --label -S3")
    done = send(ima, a_page("acknowledged", key="acme/production#1:eoc:1"), line)
    assert (done.code, done.err) == (0, "")
    assert "acme/production#1" in done.out
    assert ima("plan --check").code == 0, "the pass was made"
    assert "#2" not in ima("board").out


@pytest.mark.parametrize("line", ["alert", "apply"])
def test_another_projects_page_is_nothing_of_ours(ima: Ima, line: str) -> None:
    done = send(ima, a_page(key="acme/other#1:eoc:1"), line)
    said = "a PagerDuty event of acme/other concerns nothing of ours: nothing to do\n"
    assert (done.code, done.out, done.err) == (0, "", said)


def test_a_plan_opens_nothing(ima: Ima) -> None:
    send(ima, an_alert(), "show")
    done = ima("plan --event alert.json")
    said = "an alert of Alertmanager: `ima apply --event` makes an incident of it\n"
    assert (done.code, done.out, done.err) == (0, "", said)
    assert ima("board").out.startswith("No active incidents.")


@pytest.mark.parametrize(
    ("line", "problem", "remedy"),
    [
        case("alert gone.json", "'gone.json' cannot be read: No such file", "name the", id="gone"),
        case("alert .", "'.' cannot be read: Is a directory", "name the file", id="a folder"),
        case("alert policy.yml", "this is neither an Alertmanager's nor", "send", id="no JSON"),
        case("apply --event a.json --issue 1", "Usage", "leave --issue out", id="with an issue"),
    ],
)
def test_mistakes(ima: Ima, line: str, problem: str, remedy: str) -> None:
    (ima.folder / "a.json").write_text(json.dumps(an_alert()), encoding="utf-8")
    done = ima(line)
    assert done.code == 2
    assert done.err.startswith(problem)
    assert remedy in done.err.splitlines()[-1]


@pytest.mark.parametrize("line", ["alert", "alert -"])
def test_from_stdin(ima: Ima, monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    body = io.BytesIO(json.dumps(an_alert()).encode())
    stdin = SimpleNamespace(buffer=body, closed=False, isatty=lambda: False)
    monkeypatch.setattr("sys.stdin", stdin)
    assert ima(line).out.startswith("acme/production#1  DiskFull\n")


def test_nothing_is_waited_for_on_a_terminal(ima: Ima, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", SimpleNamespace(closed=False, isatty=lambda: True))
    done = ima("alert")
    assert (done.code, done.err.splitlines()[0]) == (2, "no alert was given")


@pytest.mark.parametrize("form", ["text", "json"])
def test_of_a_confidential_incident_nothing_but_its_reference(ima: Ima, form: str) -> None:
    session = ima.session
    group = read_alerts(json.dumps(an_alert()), session.policy)
    draft = alert_draft(group, session.policy, session.templates)
    session.tracker.open(replace(draft, confidential=True))
    done = send(
        ima, an_alert(single_alert(host="b", since=2, severity="critical")), more=f"--format {form}"
    )
    if form == "json":
        assert done.json == {"did": "updated", "issue": "#1"}
    else:
        assert done.out == "acme/production#1\n"


def test_the_board_lists_flappy_alerts(ima: Ima) -> None:
    for number in range(1, 4):
        send(ima, an_alert(single_alert(since=number)))
        ima.after(5)
        ima(f"edit {number} --close --as erin")
        ima("apply")
        ima.after(5)
    assert ima("board").out.splitlines()[-2:] == [
        "flappy alert  incidents",
        "DiskFull      #1, #2, #3",
    ]
    flappy = [{"alert": "DiskFull", "incidents": ["#1", "#2", "#3"]}]
    assert ima("board --format json").json["flappy"] == flappy
