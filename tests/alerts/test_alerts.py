"""Alerts: any bytes are read; what is told twice or late, and a killed job, change nothing."""

from __future__ import annotations

import json
import re
import time
from bisect import bisect
from contextlib import suppress
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automation.alerts.alert_payload import MOST_ALERTS, Group, read_alerts
from automation.alerts.alert_table import AlertTable, alert_draft, table_body, table_of
from automation.alerts.webhook_events import LIMIT, read_event
from automation.errors import PolicyError
from automation.model.issue import Draft, Issue, Update
from automation.reconcile.alert_arrival import Arrival, arrive
from automation.scenarios.counting_world import KilledInTheMiddle
from automation.scenarios.world import Stage
from automation.stored_state import dashboard
from automation.stored_state.alert_marker import alert_of, table_comment
from automation.text.escaping import marker_in
from automation.writing.templates import Templates
from tests.build import at, policy
from tests.payloads import a_page, an_alert, from_grafana, single_alert
from tests.worlds import shipped, stage

case = pytest.param
REAL = Path("/work/shared/oracles")
TEMPLATES = Templates(shipped().templates)


def read(payload: Any) -> Group:
    return read_alerts(json.dumps(payload), policy())


# Reading


@pytest.mark.skipif(not REAL.is_dir(), reason="the captured payloads are not here")
def test_a_captured_alert_that_fires() -> None:
    group = read(json.loads((REAL / "alertmanager-payload.json").read_text())["body"])
    (alert,) = group.alerts
    assert (group.title, group.firing, group.services) == ("by amtool", (alert,), ())
    assert (alert.name, alert.fingerprint, alert.severity) == ("Manual2", "f56a682f78152843", "S2")
    assert alert.since.isoformat() == "2026-11-23T10:13:11.191428+00:00"


@pytest.mark.skipif(not REAL.is_dir(), reason="the captured payloads are not here")
def test_a_captured_alert_that_has_resolved() -> None:
    group = read(json.loads((REAL / "alertmanager-payload-resolved.json").read_text())["body"])
    (alert,) = group.alerts
    assert group.title == "Error ratio of checkout above 5% for 5 minutes"
    assert group.firing == ()
    assert alert.ended is not None
    assert alert.ended.isoformat() == "2026-11-23T10:13:09.256000+00:00"
    assert (alert.severity, alert.because) == ("S1", "severity=sev1")
    assert (
        alert.url == "http://vm:4592/graph?g0.expr=service%3Aerror_ratio%3Arate1m+%3E+0.05&g0.tab=1"
    )


@pytest.mark.parametrize(
    ("labels", "severity"),
    [
        ({"severity": "critical"}, "S1"),
        ({"severity": "Page"}, "S2"),
        ({"severity": "s3"}, "S3"),
        ({"severity": "warning"}, "S4"),
        ({"severity": "purple"}, ""),
        ({"severity": ["critical"]}, ""),
        ({"severity": "purple", "priority": "P1"}, "S1"),
        ({}, ""),
    ],
)
def test_what_labels_propose(labels: dict[str, Any], severity: str) -> None:
    assert read(an_alert(single_alert(**labels))).alerts[0].severity == severity


def test_the_gravest_proposal_counts() -> None:
    group = Group("", "", "", (), severities=("red", "amber", "green"))
    assert group.gravest(("", "green", "red", "amber")) == "red"
    assert group.gravest(("", "blue")) == ""
    group = read(
        an_alert(
            single_alert(host="a", severity="warning"), single_alert(host="b", severity="high")
        )
    )
    proposes = AlertTable().with_group(group).proposes
    assert (proposes.severity, proposes.because) == ("S2", "severity=high")


@pytest.mark.parametrize(
    ("labels", "services"),
    [
        case({"service": "web"}, ("web",), id="by its name"),
        case({"type": "API"}, ("api",), id="by its component, under another label"),
        case({"service": "checkout"}, (), id="none of the policy's"),
        case({"service": "Service::Web"}, (), id="no label's text"),
    ],
)
def test_affected_services(labels: dict[str, Any], services: tuple[str, ...]) -> None:
    assert read(an_alert(single_alert(**labels))).services == services


@pytest.mark.parametrize(
    ("payload", "title"),
    [
        case(an_alert(commonAnnotations={"summary": "Disks fill"}), "Disks fill", id="a summary"),
        case(an_alert(), "DiskFull", id="the name"),
        case(
            an_alert(groupLabels={"alertname": "DiskFull", "service": "web"}),
            "DiskFull (web)",
            id="what they were grouped by",
        ),
        case(an_alert(groupLabels={}), "DiskFull", id="the name of the first"),
        case(an_alert(single_alert(name=""), groupLabels={}), "alert", id="nothing at all"),
    ],
)
def test_the_title(payload: Any, title: str) -> None:
    assert read(payload).title == title


def test_the_key_names_the_group_and_the_receiver() -> None:
    keys = [
        read(an_alert()).key,
        read(an_alert(single_alert(host="b", since=9))).key,
        read(an_alert(group="{}:{other}")).key,
        read(an_alert(receiver="pager")).key,
        read(a_page()).key,
        read(a_page("resolved", 7, title="Renamed")).key,
        read(a_page(id="P2")).key,
    ]
    assert keys[0] == keys[1]
    assert keys[4] == keys[5]
    assert len(set(keys)) == 5


def test_the_body_of_grafanas_alerting_is_read_as_it_is() -> None:
    group = read(from_grafana(single_alert(service="web", severity="critical")))
    (alert,) = group.alerts
    assert (group.title, group.services, alert.severity) == ("DiskFull", ("web",), "S1")
    assert (alert.fingerprint, alert.since, alert.ended) == ("DiskFull-a", at(0), None)
    over = read(from_grafana(single_alert(ended=5), status="resolved", state="ok"))
    assert (over.fires, over.key, over.alerts[0].ended) == (False, group.key, at(5))


def test_a_body_that_alertmanager_has_shaped_itself_is_read_without_its_key() -> None:
    """What `toJson` of a template is given has no `groupKey`, `version`, `truncatedAlerts`; before
    0.34 a label that looks like a number is one."""
    whole = an_alert(single_alert(service="web", shard="7"))
    shaped = {k: v for k, v in whole.items() if k not in ("groupKey", "version", "truncatedAlerts")}
    shaped["alerts"][0]["labels"]["shard"] = 7
    group, again = read(shaped), read(shaped)
    assert (group.key, group.services) == (again.key, ("web",))
    assert ("shard", "7") in group.alerts[0].labels


@pytest.mark.parametrize(
    ("kind", "fires", "since"),
    [
        ("triggered", True, 0),
        ("acknowledged", True, 0),
        ("escalated", True, 0),
        ("reopened", True, 9),
        ("resolved", False, 0),
    ],
)
def test_pagerduty(kind: str, fires: bool, since: float) -> None:
    group = read(a_page(kind, 9))
    (alert,) = group.alerts
    assert (bool(group.firing), alert.since) == (fires, at(since))
    assert (group.title, group.services, alert.severity) == ("Disk full on web", ("web",), "S2")
    assert alert.ended == (None if fires else at(9))


@pytest.mark.parametrize(
    ("urgency", "severity"), [("high", ""), ("low", "S4"), (None, ""), (["high"], "")]
)
def test_the_urgency_that_pagerduty_gives_by_itself_proposes_nothing(
    urgency: Any, severity: str
) -> None:
    """Each incident is of high urgency there, unless somebody has chosen otherwise."""
    assert read(a_page(priority=None, urgency=urgency)).alerts[0].severity == severity


@pytest.mark.parametrize("kind", ["annotated", "priority_updated", "responder.added"])
def test_other_events_of_pagerduty_tell_of_no_alert(kind: str) -> None:
    assert read(a_page(kind)).alerts == ()


@pytest.mark.parametrize(
    ("key", "ref", "project"),
    [
        ("acme/production#42:eoc:1", "#42", "acme/production"),
        ("acme/production#42:need:mia:2", "#42", "acme/production"),
        ("acme/production#x:eoc:1", "", ""),
        ("web#3 is full", "", ""),
        ("", "", ""),
        (None, "", ""),
        (["acme/production#42:eoc:1"], "", ""),
    ],
)
def test_our_own_pages_come_back(key: Any, ref: str, project: str) -> None:
    event = read_event(json.dumps(a_page(key=key)))
    assert (event.ref, event.project, event.alerts) == (ref, project, not ref)


@pytest.mark.parametrize(
    ("payload", "problem", "remedy"),
    [
        case(b"", "this is neither an Alertmanager", "webhook as it came", id="nothing"),
        case(b"\xff{", "this is neither an Alertmanager", "as it came", id="no text"),
        case(b"[" * 90_000, "this is neither an Alertmanager", "as it came", id="deep"),
        case(b'{"object_kind": "issue"}', "this is neither", "as it came", id="a forge's"),
        case(b" " * (LIMIT + 1), "the alert has more than 5,000,000", "max_alerts", id="long"),
        case(
            json.dumps(an_alert(single_alert() | {"startsAt": "soon"})),
            "the alert 'DiskFull' does not say when it began",
            "`startsAt` is a time",
            id="without a time",
        ),
        case(
            '{"event": {"event_type": "incident.triggered", "data": {"id": "P"}}}',
            "the PagerDuty event does not say when",
            "`occurred_at`",
            id="PagerDuty without a time",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_read(payload: bytes | str, problem: str, remedy: str) -> None:
    with pytest.raises(PolicyError) as refused:
        read_alerts(payload, policy())
    assert refused.value.problem.startswith(problem)
    assert remedy in refused.value.remedy


@pytest.mark.parametrize("began", ["soon", None, "0001-01-01T00:00:00Z"])
def test_one_that_does_not_say_when_it_began_keeps_nobody_from_the_others(began: Any) -> None:
    payload = an_alert(single_alert(), single_alert(host="b") | {"startsAt": began})
    group = read_alerts(json.dumps(payload), policy(), at(500))
    dated, undated = sorted(group.firing, key=lambda alert: alert.undated)
    assert (dated.undated, undated.undated, undated.since) == (False, True, at(500))


@pytest.mark.parametrize("word", ["resolved", "Resolved", "RESOLVED"])
def test_the_word_for_its_end_counts_in_any_case(word: str) -> None:
    row = single_alert() | {"status": word, "endsAt": at(300).isoformat()}
    assert read(an_alert(row)).firing == ()


KEYS = st.sampled_from(
    "alerts receiver groupKey groupLabels labels annotations status startsAt endsAt alertname"
    " severity service truncatedAlerts event event_type data id title created_at priority".split()
)
LEAVES = st.sampled_from(["firing", "resolved", "incident.resolved", at(0).isoformat(), "P1", ""])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9) | LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6),
)


@pytest.mark.property
@given(st.binary(max_size=300))
def test_no_bytes_give_a_traceback(payload: bytes) -> None:
    with suppress(PolicyError):
        read_alerts(payload, policy())


@pytest.mark.property
@given(st.fixed_dictionaries({"alerts": st.lists(VALUES), "receiver": VALUES, "groupKey": VALUES}))
def test_nothing_that_looks_like_an_alert_gives_a_traceback(payload: Any) -> None:
    with suppress(PolicyError):
        table_body(AlertTable().with_group(read(payload)), TEMPLATES)


@pytest.mark.property
@given(st.fixed_dictionaries({"event_type": LEAVES, "data": VALUES, "occurred_at": VALUES}))
def test_nothing_that_looks_like_a_page_gives_a_traceback(event: Any) -> None:
    with suppress(PolicyError):
        read({"event": event})


@pytest.mark.parametrize("key", ["fingerprint", "service"])
def test_no_depth_of_an_alert_gives_a_traceback(key: str) -> None:
    """What can just be read may be too deep for all that is done with it."""
    text = json.dumps({"title": "It breaks", "hosts": "a", key: ["deep"]})
    readable = bisect(range(100_000), False, key=lambda depth: not _is_read(text, depth))
    for depth in range(max(0, readable - 50), readable + 50):
        with suppress(PolicyError):
            read_alerts(_deeper(text, depth), policy(), at(0))


def _deeper(text: str, depth: int) -> str:
    return text.replace('["deep"]', "[" * depth + "]" * depth)


def _is_read(text: str, depth: int) -> bool:
    try:
        json.loads(_deeper(text, depth))
    except RecursionError:
        return False
    return True


def test_labels_of_the_whole_group_are_read_once() -> None:
    began = time.process_time()
    many = {f"label{n}": "" for n in range(4_000)}
    alerts = [single_alert(host=f"{n}") for n in range(4_000)]
    group = read(an_alert(*alerts, groupLabels=many, commonLabels=many))
    assert group.more == 4_000 - MOST_ALERTS
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    "untold",
    [case(10**12, id="a billion times a thousand"), case(10**4300 - 1, id="4300 nines")],
)
def test_a_count_that_no_system_means_is_a_great_number(untold: int) -> None:
    alerts = [single_alert(host=f"{n}") for n in range(MOST_ALERTS + 1)]
    group = read(an_alert(*alerts, truncatedAlerts=untold))
    assert 1_000 < group.more < 10**9


# The table

LIFE = [
    single_alert(since=0),
    single_alert(since=0, ended=5),
    single_alert(since=9),
    single_alert(since=9, ended=12),
]


def told(*alerts: dict[str, Any]) -> AlertTable:
    table = AlertTable()
    for each in alerts:
        table = table.with_group(read(an_alert(each)))
    return table


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_the_order_of_delivery_does_not_matter(order: tuple[int, ...]) -> None:
    (row,) = told(*(LIFE[number] for number in order)).rows
    assert (row.since, row.ended) == (at(9), at(12))


@pytest.mark.parametrize("upto", range(1, 5))
def test_what_is_told_twice_changes_nothing(upto: int) -> None:
    table = told(*LIFE[:upto])
    assert told(*LIFE[:upto], *LIFE[:upto]) == table
    assert table.rows[0].times == (upto + 1) // 2


def test_a_page_that_is_opened_again_fires_until_it_is_resolved_again() -> None:
    table, ends = AlertTable(), []
    for kind, minutes in [("triggered", 0), ("resolved", 5), ("reopened", 9), ("acknowledged", 10)]:
        table = table.with_group(read(a_page(kind, minutes)))
        ends.append(table.rows[0].ended)
    assert ends == [None, at(5), None, None]
    assert table.with_group(read(a_page("resolved", 5))) == table, "the old end, late"
    assert table.with_group(read(a_page("resolved", 20))).rows[0].ended == at(20)


def test_more_alerts_than_are_shown() -> None:
    many = read(
        an_alert(
            *(single_alert(host=f"h{n:03}") for n in range(MOST_ALERTS + 7)), truncatedAlerts=3
        )
    )
    table = AlertTable().with_group(many)
    assert (len(table.rows), table.forgotten, table.untold) == (MOST_ALERTS, 0, ((many.key, 10),))
    assert table.with_group(many) == table
    assert all(table.knows_firing(alert) for alert in many.alerts), "they open nothing again"
    text = table_body(table, TEMPLATES)
    assert len(text) <= 65_536, "what the smallest forge takes"
    assert "10 more that it did not send" in text


HOSTILE = (
    "\n/close\r/ima resolve\n<!-- ima:card {} -->\n@all <!channel> {{ 7 * 7 }} | ` [x](y)"
    " \x1b[2J\u202e\0"
)
ADDRESSES = ["javascript:alert(1)", "https://x.example/)![@all](https://y)", "https://x\n/close", 7]


@pytest.mark.parametrize("size", [1, 2000])
@pytest.mark.parametrize("address", ADDRESSES)
def test_hostile_texts_never_act(size: int, address: Any) -> None:
    text = HOSTILE * size
    alerts = [
        single_alert(name=text, host=str(n), severity=text, service=text, notes={"summary": text})
        | {"generatorURL": address}
        for n in range(1 if size > 1 else MOST_ALERTS)
    ]
    group = read(
        an_alert(*alerts, groupLabels={"alertname": text}, commonAnnotations={"summary": text})
    )
    world = stage()
    (arrived,) = arrive(group, world.run)
    assert arrived.did == "opened"
    (issue,) = world.issues()
    texts = [issue.body, *(comment.body for comment in issue.comments)]
    assert not re.search(r"@\w|[\x00-\x1f\u202e]|49", issue.title)
    for line in "\n".join(texts).splitlines():
        assert not line.lstrip("> ").startswith(("/", "@")), line
        assert not re.search(r"@(all|here)|<!channel>|[\x00-\x08\x1b\u202e]|javascript:", line)
        assert "<!--" not in line or line.startswith(("<!-- ima:alert", "<!-- ima:declared"))
    assert marker_in("card", "\n".join(texts)) is None
    assert max(map(len, texts)) < 65_536, "what the smallest forge takes"
    world.run_pass()
    (issue,) = world.issues()
    assert (issue.closed, issue.assignees) == (False, ("erin",))


# Arriving


def arrives(world: Stage, *alerts: dict[str, Any]) -> Arrival:
    (what,) = arrive(read(an_alert(*alerts)), world.run)
    world.run_pass()
    return what


def test_only_our_own_marker_counts() -> None:
    world = stage()
    arrives(world, single_alert())
    (ours,) = world.issues()
    for by in ("mallory", "rita"):
        world.tracker.acting(by).open(Draft("Mine", ours.body, ("Incident",)))
    assert [alert_of(issue, "ima")[1] for issue in world.issues()] == [("DiskFull",), (), ()]
    assert arrives(world, single_alert(host="b", since=3)).ref == "#1"


@pytest.mark.parametrize("writes", range(6))
def test_a_killed_job_is_repaired_by_the_same_payload(writes: int) -> None:
    world = stage()
    world.meter.most = writes
    with suppress(KilledInTheMiddle):
        arrive(read(an_alert()), world.run)
        world.run.apply(["#1"])
    world.meter.most = None
    arrives(world, single_alert())
    arrives(world, single_alert())
    (issue,) = world.issues()
    tables = [c for c in issue.comments if "<!-- ima:alerts " in c.body]
    assert len(tables) == 1
    assert table_of(issue, "ima").rows[0].times == 1
    assert [page["role"] for page in world.outbox.entries("page")] == ["eoc"]


def test_killed_before_the_table_the_same_firing_is_still_known_after_the_end() -> None:
    world = stage()
    world.meter.most = 1
    with suppress(KilledInTheMiddle):
        arrive(read(an_alert()), world.run)
    world.meter.most = None
    world.run_pass()
    world.tracker.acting("erin").comment("#1", "/ima resolve")
    world.run_pass()
    assert arrives(world, single_alert()).ref == "#1"
    assert len(world.issues()) == 1


@pytest.mark.parametrize(
    "damage",
    [
        case(lambda body: body.replace("ima:alerts {", "ima:alerts {x"), id="garbled"),
        case(lambda body: "gone", id="overwritten"),
    ],
)
def test_a_damaged_table_is_made_anew(damage: Any) -> None:
    world = stage()
    arrives(world, single_alert())
    (issue,) = world.issues()
    comment = table_comment(issue, "ima")
    assert comment is not None
    world.tracker.edit_comment("#1", comment.id, damage(comment.body))
    assert arrives(world, single_alert(), single_alert(host="b", since=2)).did == "updated"
    (issue,) = world.issues()
    assert [row.fingerprint for row in table_of(issue, "ima").rows] == ["DiskFull-a", "DiskFull-b"]


@pytest.mark.parametrize("body", ["", "hello"])
def test_without_a_dashboard_every_open_issue_is_looked_at(body: str) -> None:
    world = stage()
    arrives(world, single_alert())
    world.tracker.edit("#0", body=body)
    world.now = at(60 * 5)
    (what,) = arrive(read(an_alert(single_alert(host="b", since=5))), world.run)
    assert what.ref == "#1"


def test_few_issues_are_read_for_an_alert() -> None:
    world = stage()
    for number in range(5):
        arrive(read(an_alert(single_alert(f"A{number}"), group=f"{number}")), world.run)
        world.run.apply([f"#{number + 1}"])
    read_whole: list[str] = []
    look = world.counted.issues

    def issues(refs: Any = None, **more: Any) -> list[Issue]:
        read_whole.extend(refs or ())
        return look(refs, **more)

    world.counted.issues = issues  # type: ignore[method-assign]
    (what,) = arrive(read(an_alert(single_alert("A3"), group="3")), world.run)
    assert what.did == "unchanged"
    assert set(read_whole) == {"#4"}


def test_a_confidential_incident_is_found_and_not_named() -> None:
    world, group = stage(), read(an_alert())
    draft = alert_draft(group, world.policy, world.templates)
    world.ima().open(replace(draft, confidential=True))
    world.run_pass()
    page = world.believed_tracker().dashboard()
    assert page is not None
    assert "DiskFull" not in page.body
    board = dashboard.read(page)
    assert board is not None
    assert board.alerts == {}
    assert "alert" not in board.active["#1"]
    what = arrives(world, single_alert(since=3))
    assert (what.ref, what.confidential) == ("#1", True)


def test_an_incident_that_was_let_go_is_none() -> None:
    world = stage()
    arrives(world, single_alert())
    world.now = at(1)
    world.tracker.acting("erin").update("#1", Update(remove_labels=frozenset(["Incident"])))
    world.run_pass()
    assert arrives(world, single_alert(since=3)).ref == "#2"
