"""What starts a GitHub workflow, as `ima apply --event` reads it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from automation.alerts.webhook_events import Event, read_event
from tests.payloads import a_page, an_alert, an_http_alert, from_grafana

from .conftest import Ima
from .test_doctor import PEOPLE

case = pytest.param
EXAMPLES = Path(__file__).parents[1] / "node/node_modules/@octokit/webhooks-examples"
REPOSITORY = {"repository": {"full_name": "acme/production"}, "sender": {"login": "rita"}}
ALERTS = {"version": "4", "receiver": "ima", "groupKey": "{}:{}", "alerts": []}
FIRING = {"labels": {"alertname": "DiskFull"}, "startsAt": "2026-03-02T11:55:00Z", "status": "firing"}  # fmt: skip  # noqa: E501
ISSUES = ("issues", "issue_comment")


def examples(folders: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and payload of each of GitHub's own examples."""
    for path in sorted(EXAMPLES.glob(f"{folders}/index.json")):
        for kind in json.loads(path.read_text(encoding="utf-8")):
            yield from ((kind["name"], payload) for payload in kind["examples"])


@pytest.fixture
def real() -> None:
    if not EXAMPLES.is_dir():
        reason = "not run: needs @octokit/webhooks-examples: make test installs it"
        if os.environ.get("CI"):
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)


@pytest.mark.usefixtures("real")
def test_of_all_real_payloads_only_issues_and_comments_name_an_issue() -> None:
    names = set()
    for name, payload in examples("*"):
        names.add(name)
        issue = payload["issue"] if name in ISSUES else {"pull_request": {}}
        ref = "" if "pull_request" in issue else f"#{issue['number']}"
        for known in (name, ""):
            event = read_event(json.dumps(payload), known)
            assert event.ref == ref, name
            assert event.whole == (name == "workflow_dispatch"), name
        assert not event.alerts
    assert len(names) > 50
    assert {*ISSUES, "workflow_dispatch", "repository_dispatch"} <= names


@pytest.mark.usefixtures("real")
def test_no_real_payload_gives_a_traceback(ima: Ima) -> None:
    tracker = "tracker: {kind: local, project: Codertocat/Hello-World}"
    ima.policy(f"version: 1\n{tracker}\n{PEOPLE}\nsince: 2026-03-02T00:00:00Z\n")
    ima('declare "API down" --severity S3')
    ima.environment["GITHUB_EVENT_PATH"] = "event.json"
    for name, payload in examples("api.github.com"):
        (ima.folder / "event.json").write_text(json.dumps(payload), encoding="utf-8")
        ima.environment["GITHUB_EVENT_NAME"] = name
        done = ima("apply --event")
        assert done.code == 0, done.err
        event = read_event(json.dumps(payload), name)
        passed = event.whole or bool(event.ref and not event.elsewhere("Codertocat/Hello-World"))
        assert ("nothing to do" in done.err) != passed, f"{name}: {done.err}"


def dispatched(kind: str, told: Any) -> dict[str, Any]:
    return REPOSITORY | {"action": kind, "branch": "main", "client_payload": told}


@pytest.mark.parametrize(
    ("event", "means"),
    [
        case({"schedule": "*/15 * * * *"}, Event("schedule", whole=True), id="the clock"),
        case({"inputs": None}, Event("workflow_dispatch", whole=True), id="by hand"),
        case({"inputs": {"issue": ""}}, Event("workflow_dispatch", whole=True), id="by hand, all"),
        case({"inputs": {"issue": "12"}}, Event("workflow_dispatch", "#12"), id="by hand, one"),
        case({"inputs": {"issue": " #12 "}}, Event("workflow_dispatch", "#12"), id="as on a page"),
        case({"inputs": {"issue": "1; rm"}}, Event("workflow_dispatch"), id="by hand, none"),
        case(
            {"issue": {"number": 3}, "sender": {"login": "rita"}},
            Event("issue", "#3", actor="rita"),
            id="an issue",
        ),
        case(
            {"issue": {"number": 3, "pull_request": {}}, "comment": {}},
            Event("issue"),
            id="a comment on a pull request",
        ),
        case(dispatched("x", None), Event("repository_dispatch", "", "acme/production"), id="x"),
        case(
            dispatched("ima-chat", {"text": "board"}),
            Event("chat", "", "acme/production", "rita", line="board"),
            id="a line of a chat",
        ),
        case(
            dispatched("ima-chat", {"text": "board", "user": "mia"}),
            Event("chat", "", "acme/production", "mia", line="board"),
            id="a line of a chat, and whose",
        ),
        case(
            dispatched("ima-chat", {"text": 7, "user": "\x1b[31m"}),
            Event("chat", "", "acme/production", "rita"),
            id="a hostile line of a chat",
        ),
    ],
)
def test_what_a_payload_means(event: Any, means: Event) -> None:
    assert read_event(json.dumps(event)) == means


def test_githubs_own_name_goes_before_what_the_payload_looks_like() -> None:
    forged = json.dumps({"object_kind": "issue", "object_attributes": {"iid": 5}, "issue": {}})
    assert read_event(forged, "push") == Event("push")
    assert read_event(json.dumps({"issue": {"number": 4}}), "discussion").ref == ""


@pytest.mark.parametrize("told", [ALERTS, {"event": {"event_type": "incident.triggered"}}])
def test_an_alert_is_taken_out_of_what_carried_it(told: Any) -> None:
    event = read_event(json.dumps(dispatched("ima-alert", told)), "repository_dispatch")
    assert event.alerts
    assert json.loads(event.body) == told
    assert read_event(json.dumps(told)).body == event.body


@pytest.mark.parametrize(
    "told",
    [
        case(an_alert(notification_reason="new alerts added", routeLabels={}), id="Alertmanager"),
        case(from_grafana(), id="Grafana"),
        case(a_page(), id="PagerDuty"),
        case(an_http_alert(), id="any other"),
        case({"title": "Backups are late"}, id="hardly anything"),
    ],
)
@pytest.mark.parametrize(
    "nested",
    [
        case(lambda told: told, id="as it came"),
        case(lambda told: {"alert": told}, id="under one key"),
        case(lambda told: {"body": json.dumps(told)}, id="as text"),
    ],
)
def test_a_body_of_more_than_ten_keys_may_stand_under_one(told: Any, nested: Any) -> None:
    """GitHub takes ten keys of client_payload."""
    event = read_event(json.dumps(dispatched("ima-alert", nested(told))), "repository_dispatch")
    assert (event.alerts, json.loads(event.body)) == (True, told)


@pytest.mark.parametrize(
    "told",
    [
        {"a": {"b": an_alert()}},
        {"a": an_alert(), "b": an_alert()},
        {"a": "{"},
        {"a": "7"},
        {"a": None},
        {},
        {"a": "[" * 9999},
    ],
)
def test_no_more_than_one_level_of_nesting(told: Any) -> None:
    event = read_event(json.dumps(dispatched("ima-alert", told)), "repository_dispatch")
    assert (event.alerts, event.what) == (False, "ima-alert")


# `ima apply --event`, with GitHub's own variables


@pytest.fixture
def job(ima: Ima) -> Any:
    def run(name: str, event: Any, words: str = "apply --event") -> tuple[int, str, str]:
        (ima.folder / "event.json").write_text(json.dumps(event), encoding="utf-8")
        ima.environment |= {"GITHUB_EVENT_PATH": "event.json", "GITHUB_EVENT_NAME": name}
        done = ima(words)
        return done.code, done.out, done.err

    return run


def test_the_clock_and_a_hand_make_a_sweep(ima: Ima, job: Any) -> None:
    for name, event in (("schedule", {"schedule": "* * * * *"}), ("workflow_dispatch", {})):
        ima('declare "API down" --severity S3')
        ima("edit 1 --label +S1 --label -S3")
        assert job(name, REPOSITORY | event)[0] == 0
        assert ima("plan --check").code == 0


def test_by_hand_one_issue_alone(ima: Ima, job: Any) -> None:
    for number in (1, 2):
        ima('declare "API down" --severity S3')
        ima(f"edit {number} --label +S1 --label -S3")
    code, out, _ = job("workflow_dispatch", REPOSITORY | {"inputs": {"issue": "2"}})
    assert code == 0
    assert "acme/production#2" in out
    assert "acme/production#1" not in out


def test_an_alert_opens_an_incident(ima: Ima, job: Any) -> None:
    told = ALERTS | {"alerts": [FIRING]}
    code, out, err = job("repository_dispatch", dispatched("ima-alert", told))
    assert code == 0, err
    assert "1 firing" in out
    assert "DiskFull" in ima("board").out


def test_an_incident_of_pagerduty_opens_one_and_its_end_resolves_nothing(
    ima: Ima, job: Any
) -> None:
    for kind, said in (("triggered", "1 firing"), ("resolved", "0 firing")):
        code, out, err = job("repository_dispatch", dispatched("ima-alert", a_page(kind)))
        assert code == 0, err
        assert said in out
    assert not ima("show 1 --format json").json["closed"]


def test_an_alert_without_alerts_and_another_dispatch_concern_nothing(job: Any) -> None:
    said = "concerns nothing of ours: nothing to do\n"
    assert job("repository_dispatch", dispatched("ima-alert", ALERTS))[2].endswith(said)
    code, _, err = job("repository_dispatch", dispatched("deploy", {"ref": "main"}))
    assert (code, err) == (0, f"a repository dispatch event of acme/production {said}")


@pytest.mark.parametrize("told", [None, {}, {"a": {"b": ALERTS}}, {"alerts": [FIRING]}])
def test_an_alert_that_cannot_be_read_is_no_green_job(job: Any, told: Any) -> None:
    code, out, err = job("repository_dispatch", dispatched("ima-alert", told))
    assert (code, out) == (2, "")
    assert "no webhook of Alertmanager, Grafana or PagerDuty, and no HTTP alert\n  put" in err


def test_a_line_of_a_chat_is_said_by_whom_it_names(ima: Ima, job: Any) -> None:
    line = 'declare "API down; $(touch pwned)" --severity S3'
    event = dispatched("ima-chat", {"text": line, "user": "mia"})
    code, out, err = job("repository_dispatch", event)
    assert code == 0, err
    assert "acme/production#1" in out
    assert "API down; $(touch pwned)" in ima("show 1").out
    assert "mia" in ima("show 1").out


def test_a_mistyped_line_of_a_chat_is_answered(job: Any) -> None:
    code, out, _ = job("repository_dispatch", dispatched("ima-chat", {"text": "bord"}))
    assert code == 0
    assert "there is no 'bord': did you mean 'board'?" in out


@pytest.mark.parametrize("kind", ["ima-alert", "ima-chat"])
def test_who_finds_its_issue_itself_takes_no_option(job: Any, kind: str) -> None:
    told = ALERTS if kind == "ima-alert" else {"text": "board"}
    code, _, err = job("repository_dispatch", dispatched(kind, told), "apply --event --issue 1")
    assert code == 2
    assert "itself: leave --issue out" in err


def test_a_plan_of_a_line_of_a_chat_does_nothing(job: Any) -> None:
    event = dispatched("ima-chat", {"text": "declare X"})
    code, out, err = job("repository_dispatch", event, "plan --event")
    assert (code, out) == (0, "")
    assert err == "a line of a chat: `ima apply --event` does what it says\n"
