"""An alert of any system, as GitLab documents it: an HTTP alert. What it may leave out, what it may
be; the rest is as with the other shapes."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.alerts.alert_payload import Group, read_alerts
from automation.alerts.alert_table import AlertTable, table_body
from automation.alerts.webhook_events import read_event
from automation.errors import PolicyError
from automation.reconcile.alert_arrival import Arrival, arrive
from automation.scenarios.counting_world import KilledInTheMiddle
from automation.scenarios.world import Stage
from automation.writing.templates import Templates
from tests.build import at, policy
from tests.payloads import an_alert, an_http_alert, single_alert
from tests.worlds import shipped, stage

case = pytest.param
NOW = at(30)
TEMPLATES = Templates(shipped().templates)


def read(body: Any, shape: str = "") -> Group:
    return read_alerts(json.dumps(body), policy(), NOW, shape)


def test_what_gitlab_documents_is_read() -> None:
    group = read(an_http_alert())
    (alert,) = group.alerts
    assert (group.title, group.source, group.services) == ("Disk full", "Zabbix", ("web",))
    assert (alert.name, alert.fingerprint, alert.since) == ("Disk full", "disk-web-1", at(0))
    assert (alert.ended, alert.description) == (None, "/var is at 97 %")
    assert (alert.severity, alert.because) == ("S1", "severity=critical")
    assert alert.labels == (("environment", "production"), ("host", "web-1, web-2"))


@pytest.mark.parametrize(
    ("more", "since", "ended"),
    [
        case({"end_time": None}, 0, None, id="it fires"),
        case({"end_time": ""}, 0, None, id="a template that left it empty"),
        case({"end_time": at(9).isoformat()}, 0, 9, id="it is over"),
        case({"end_time": at(-9).isoformat()}, 0, 0, id="over before it began"),
        case({"start_time": at(5).timestamp()}, 5, None, id="seconds"),
        case({"start_time": str(int(at(5).timestamp() * 1000))}, 5, None, id="milliseconds, text"),
        case({"start_time": "2026-03-02 14:05:00+02:00"}, 5, None, id="a zone, no T"),
        case({"start_time": "2026-03-02T12:05:00"}, 5, None, id="without a zone"),
        case({"end_time": "2026-03-02 12:09:00 UTC"}, 0, 9, id="as Ruby writes it"),
        case({"end_time": "2026-03-02 12:09:00 +0000 UTC"}, 0, 9, id="as Go writes it"),
        case({"start_time": None}, 30, None, id="now"),
        case({"start_time": "$DATE"}, 30, None, id="no time at all"),
        case({"end_time": "{{ END }}"}, 0, None, id="an end that is none ends nothing"),
        case({"start_time": 1e300}, 30, None, id="beyond all times"),
        case({"start_time": True}, 30, None, id="no number"),
        case({"start_time": None, "end_time": at(9).isoformat()}, 9, 9, id="only an end"),
    ],
)
def test_when_it_began_and_ended(more: Any, since: float, ended: float | None) -> None:
    (alert,) = read(an_http_alert(**more)).alerts
    assert alert.since == at(since)
    assert alert.ended == (None if ended is None else at(ended))
    assert alert.undated == (more.get("start_time", "") in (None, "$DATE", 1e300, True))


@pytest.mark.parametrize(
    ("said", "severity"),
    [("critical", "S1"), ("high", "S2"), ("medium", "S3"), ("low", "S4"), ("info", "S4"),
     ("unknown", ""), (None, ""), (["critical"], ""), ("CRITICAL", "S1")],
)  # fmt: skip
def test_the_severity_is_a_proposal(said: Any, severity: str) -> None:
    assert read(an_http_alert(severity=said)).alerts[0].severity == severity


@pytest.mark.parametrize(
    "hosts", [None, "", [], {}, 7, [None], [["a"]], "web-1", ["web-1"], ["web"] * 900]
)
def test_hosts_are_one_or_many_or_none(hosts: Any) -> None:
    (alert,) = read(an_http_alert(hosts=hosts)).alerts
    assert all(len(text) <= 60 for _, text in alert.labels)


def test_the_fingerprint_names_it_else_what_it_is_about() -> None:
    def name(**more: Any) -> str:
        return read(an_http_alert(**more)).alerts[0].fingerprint

    assert name(title="Disk nearly full") == name() == "disk-web-1"
    told = [
        name(fingerprint="a b"),
        name(fingerprint="a c"),
        name(fingerprint=["a", "b"]),
        name(fingerprint=None),
        name(fingerprint=None, title="Disk nearly full"),
        name(fingerprint=None, hosts=["web-3"]),
        name(fingerprint=None, service="api"),
        name(fingerprint=None, gitlab_environment_name="staging"),
        name(fingerprint=None, monitoring_tool="Sentry"),
    ]
    assert len(set(told)) == len(told)
    assert name(fingerprint=None, description="97.3 %", severity="low") == told[3]


@pytest.mark.parametrize(
    ("body", "is_one"),
    [
        case(an_http_alert(), True, id="whole"),
        case({"title": "x", "severity": "low"}, True, id="little"),
        case({"title": "x", "fingerprint": ["y"]}, True, id="a list as fingerprint"),
        case({"title": "x"}, False, id="a title alone may be anything"),
        case({"title": "x", "description": "y"}, False, id="as may a description"),
        case({"severity": "low", "service": "web"}, False, id="no title"),
        case({"title": " ", "severity": "low"}, False, id="an empty title"),
        case({"title": ["x"], "severity": "low"}, False, id="no text"),
        case(an_http_alert(object_kind="issue"), False, id="a forge's"),
        case(an_http_alert(event={"event_type": "incident.triggered"}), True, id="PagerDuty's"),
    ],
)
def test_a_job_knows_an_alert_by_its_keys(body: Any, is_one: bool) -> None:
    assert read_event(json.dumps(body)).alerts == is_one


def test_the_shape_may_be_said() -> None:
    (alert,) = read({"title": "Backups are late"}, "http").alerts
    assert (alert.name, alert.undated) == ("Backups are late", True)
    with pytest.raises(PolicyError, match="the alert has no title"):
        read({"severity": "low"}, "http")
    with pytest.raises(PolicyError, match="this is no PagerDuty payload"):
        read(an_http_alert(), "pagerduty")
    with pytest.raises(PolicyError, match="this is no Alertmanager payload"):
        read(an_http_alert(), "alertmanager")


KEYS = "title description start_time end_time service monitoring_tool hosts severity fingerprint"
LEAVES = st.sampled_from([at(0).isoformat(), at(9).timestamp(), "critical", "web", "", "0", 1e308])
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | LEAVES


@pytest.mark.property
@given(
    st.dictionaries(
        st.sampled_from([*KEYS.split(), "gitlab_environment_name"]),
        VALUES | st.lists(VALUES, max_size=3) | st.dictionaries(st.text(max_size=3), VALUES),
    )
)
def test_nothing_that_looks_like_one_gives_a_traceback(body: Any) -> None:
    with suppress(PolicyError):
        table_body(AlertTable().with_group(read(body, "http")), TEMPLATES)


HOSTILE = (
    "\n/close\r/ima resolve\n<!-- ima:card {} -->\n@all <!channel> {{ 7 * 7 }} | ` [x](y)\x1b[2J"
)


@pytest.mark.parametrize("size", [1, 2000])
def test_hostile_texts_never_act(size: int) -> None:
    text = HOSTILE * size
    body = an_http_alert(**dict.fromkeys([*KEYS.split(), "gitlab_environment_name"], text))
    world = stage()
    (arrived,) = arrive(read(body | {"hosts": [text] * 9}), world.run)
    assert arrived.did == "opened"
    world.run_pass()
    (issue,) = world.issues()
    assert not re.search(r"@\w|[\x00-\x1f]|49", issue.title)
    for line in "\n".join([issue.body, *(c.body for c in issue.comments)]).splitlines():
        assert not line.lstrip("> ").startswith(("/", "@all")), line
        assert not re.search(r"@(all|here)|<!channel>|[\x00-\x08\x1b]", line)
    assert (issue.closed, issue.assignees) == (False, ("erin",))


# Arriving


def told(world: Stage, minutes: float, **more: Any) -> Arrival:
    world.now = at(minutes)
    body = json.dumps(an_http_alert(**more))
    (what,) = arrive(read_alerts(body, world.policy, world.now), world.run)
    world.run_pass()
    return what


def paged(world: Stage) -> list[str]:
    return [str(page["role"]) for page in world.outbox.entries("page")]


def test_alerts_of_one_service_join_whatever_tool_tells_of_them() -> None:
    world = stage()
    assert told(world, 1).did == "opened"
    other = told(world, 2, fingerprint="x", title="5xx", monitoring_tool="Sentry")
    assert (other.did, other.ref, other.table.firing) == ("updated", "#1", 2)
    api = told(world, 3, fingerprint="y", title="Slow", service="api")
    assert (api.did, api.ref) == ("opened", "#2")


def test_an_end_resolves_the_alert_and_never_the_incident() -> None:
    world = stage()
    told(world, 1)
    ended = told(world, 9, end_time=at(8).isoformat())
    assert (ended.did, ended.ref, ended.table.firing) == ("updated", "#1", 0)
    (issue,) = world.issues()
    assert not issue.closed


@pytest.mark.parametrize("dated", [True, False])
def test_the_same_again_changes_nothing(dated: bool) -> None:
    world, more = stage(), {} if dated else {"start_time": None}
    told(world, 1, **more)
    (before,) = world.issues()
    for minutes in (2, 9, 60 * 9):  # past `alerts.within`, too
        assert told(world, minutes, **more).did == "unchanged"
    (after,) = world.issues()
    assert after.comments[0] == before.comments[0], "the table"
    assert len(world.issues()) == 1


def test_without_a_start_it_ends_and_fires_again() -> None:
    world, undated = stage(), {"start_time": None}
    told(world, 1, **undated)
    assert told(world, 5, **undated, end_time=at(5).isoformat()).table.firing == 0
    assert told(world, 6, **undated, end_time=at(5).isoformat()).did == "unchanged"
    again = told(world, 9, **undated)
    (row,) = again.table.rows
    assert (again.ref, row.since, row.ended, row.times) == ("#1", at(9), None, 2)


@pytest.mark.parametrize(("dated", "opened"), [(True, 1), (False, 2)])
def test_after_the_incident_the_same_firing_opens_nothing_if_it_says_when_it_began(
    dated: bool, opened: int
) -> None:
    """Without a start nobody can tell the old firing from a new one, and a new one wakes people."""
    world, more = stage(), {} if dated else {"start_time": None}
    told(world, 1, **more)
    world.tracker.acting("erin").comment("#1", "/ima resolve a full disk")
    world.now = at(5)
    world.run_pass()
    told(world, 9, **more)
    incidents = [issue for issue in world.issues() if "Incident" in issue.labels]
    assert len(incidents) == opened


@pytest.mark.parametrize("key", ["start_time", "end_time"])
@pytest.mark.parametrize("number", [10**400, -(10**400)], ids=["huge", "as low"])
def test_a_number_that_is_too_large_is_no_time(key: str, number: int) -> None:
    (alert,) = read(an_http_alert(**{key: number})).alerts
    assert alert.since <= NOW
    assert alert.ended is None


@pytest.mark.parametrize(
    "shaped",
    [
        lambda world, since: read_alerts(
            json.dumps(an_http_alert(start_time=since.isoformat())), world.policy, world.now
        ),
        lambda world, since: read_alerts(
            json.dumps(an_alert(single_alert() | {"startsAt": since.isoformat()})),
            world.policy,
            world.now,
        ),
    ],
    ids=["http", "alertmanager"],
)
def test_an_alert_from_the_future_keeps_no_real_one_from_its_incident(shaped: Any) -> None:
    world = stage()
    world.now = at(1)
    arrive(shaped(world, datetime(2126, 1, 1, tzinfo=UTC)), world.run)
    world.tracker.acting("erin").comment("#1", "/ima severity S1")
    world.run_pass()
    world.now = at(9)
    world.tracker.acting("erin").comment("#1", "/ima resolve")
    world.run_pass()
    world.now = at(3000)
    (arrived,) = arrive(shaped(world, world.now), world.run)
    assert arrived.did == "opened"


@pytest.mark.parametrize("writes", range(4))
def test_a_killed_job_is_repaired_by_the_same_body(writes: int) -> None:
    world = stage()
    world.meter.most = writes
    with suppress(KilledInTheMiddle):
        arrive(read(an_http_alert(start_time=None)), world.run)
        world.run.apply(["#1"])
    world.meter.most = None
    for minutes in (31, 32):
        told(world, minutes, start_time=None)
    (issue,) = world.issues()
    assert len([c for c in issue.comments if "<!-- ima:alerts " in c.body]) == 1
    assert paged(world) == ["eoc"]


def test_the_worked_example_of_the_docs_opens_and_ends_an_alert() -> None:
    """As healthchecks sends it: placeholders are filled in as text."""
    page = (Path(__file__).parents[2] / "docs" / "services.md").read_text("utf-8")
    part = page.partition("\n## Alerts of any other system\n")[2]
    down, up = re.findall(r"^```json\n(.*?)^```$", part, re.DOTALL | re.MULTILINE)
    world = stage()
    for minutes, body in ((1, down), (9, up)):
        world.now = at(minutes)
        for name, text in {"NAME": "Backups", "CODE": "c0de", "NOW": world.now.isoformat()}.items():
            body = body.replace(f"${name}", text)
        assert read_event(body).alerts
        (arrived,) = arrive(read_alerts(body, world.policy, world.now), world.run)
        assert arrived.ref == "#1"
        assert arrived.table.firing == (minutes == 1)
        world.run_pass()
    (issue,) = world.issues()
    assert (issue.title, issue.closed) == ("Backups is down", False)
    assert "Service::Git" in issue.labels
    assert paged(world) == ["eoc"]
