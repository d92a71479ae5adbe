"""`ima` with PagerDuty as its pager, over HTTP: what is done when it fails, and the doctor."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from automation.services.opening import open_services
from automation.services.pagerduty.wire import TOKEN
from automation.services.wire import TRIES
from tests.counterparts.pagerduty import PagerDutyServer
from tests.counterparts.pagerduty.usual import furnish
from tests.payloads import a_page

from .conftest import Ima, Result

POLICY = """\
version: 1
tracker: {kind: local, project: acme/production}
pager: {kind: pagerduty, service: PSERVICE, from: ima@acme.example}
roles:
  eoc: {schedule: SEOC, escalation: EEOC}
  imoc: {schedule: SIMOC, escalation: EIMOC}
  cmoc: {schedule: SCMOC, escalation: ECMOC}
  security: {schedule: SSECURITY, escalation: ESECURITY}
since: 2026-03-02T00:00:00Z
"""
PEOPLE = {"eoc": "erin", "imoc": "ian", "cmoc": "cara", "security": "sam"}
KEY = "acme/production#1:eoc:1"


@pytest.fixture
def server(ima: Ima, monkeypatch: pytest.MonkeyPatch) -> Iterator[PagerDutyServer]:
    with PagerDutyServer(lambda: ima.now) as server:
        furnish(server.account, PEOPLE)
        monkeypatch.setattr(open_services, "__defaults__", (lambda _: None,))  # nobody sleeps
        ima.policy(POLICY)
        ima.session = replace(ima.session, environment=given(server))
        yield server
        assert server.errors == []


def given(server: PagerDutyServer) -> dict[str, str]:
    return {TOKEN: server.account.token, "IMA_PAGERDUTY_URL": server.url}


def run(ima: Ima, line: str, minutes: float = 1) -> Result:
    """A command in a process of its own, a little later."""
    ima.after(minutes)
    ima.session = replace(ima.fresh(), environment=ima.session.environment)
    return ima(line)


def assigned(ima: Ima, number: int) -> Any:
    return json.loads(run(ima, f"show {number} --format json", 0).out)["assignees"]


def keys(server: PagerDutyServer) -> list[str]:
    return [page[0] for page in server.account.pages()]


@pytest.mark.parametrize("how", [401, 403, 404, 429, 500, "reset", "half", "html", "error"])
@pytest.mark.parametrize(("method", "path"), [("POST", "/incidents"), ("GET", "incident_key")])
def test_a_page_that_failed_is_made_once_by_the_next_run(
    ima: Ima, server: PagerDutyServer, method: str, path: str, how: Any
) -> None:
    server.fail(method, path, how=how, times=TRIES)
    done = run(ima, 'report "Pushes hang"')
    assert done.code == 1
    assert done.err.count("pagerduty: paging the EOC for #1 failed: ") == 1
    assert assigned(ima, 1) == ["erin"]  # the tracker's changes are made all the same
    server.faults.clear()
    for _ in range(2):
        assert run(ima, "apply").code == 0
    assert keys(server) == [KEY]


def test_the_pages_of_a_resolved_incident_end_once_pagerduty_is_back(
    ima: Ima, server: PagerDutyServer
) -> None:
    run(ima, 'report "Pushes hang"')
    server.fail("PUT", "/incidents/", how=500, times=TRIES)
    run(ima, 'say 1 "/ima resolve A full disk" --as erin')
    failed = run(ima, "apply")
    assert failed.code == 1
    assert "pagerduty: resolving the page for #1 failed: 500" in failed.err
    for _ in range(2):
        assert run(ima, "apply").code == 0
    assert server.account.ended() == [
        (KEY, "#1 is resolved by erin: A full disk. local:acme/production#1")
    ]


def test_where_pagerduty_is_away_the_last_known_is_used_and_marked(
    ima: Ima, server: PagerDutyServer
) -> None:
    run(ima, 'report "Pushes hang"')
    server.faults.down = True
    done = run(ima, 'report "API down"')
    assert done.code == 1
    assert (done.out + done.err).count("pagerduty: ") == 1  # one clear line
    assert "! nobody is on call as EOC: the last known is @erin" in done.out
    assert assigned(ima, 2) == ["erin"]
    server.faults.down = False
    assert run(ima, "apply").code == 0
    assert sorted(keys(server)) == [KEY, "acme/production#2:eoc:1"]


def test_what_pagerduty_has_done_by_itself_is_recorded(ima: Ima, server: PagerDutyServer) -> None:
    run(ima, 'report "Pushes hang"')
    ima.after(15)
    server.account.escalate(KEY)
    assert run(ima, "apply").code == 0
    assert assigned(ima, 1) == ["erin", "ian"]
    assert keys(server) == [KEY]


@pytest.mark.parametrize("kind", ["acknowledged", "escalated", "resolved"])
def test_a_webhook_about_our_own_page_looks_at_that_issue_only(
    ima: Ima, server: PagerDutyServer, kind: str
) -> None:
    run(ima, 'report "Pushes hang"')
    run(ima, 'report "API down"')
    ima.after(1)
    server.account.acknowledge(KEY, "erin")
    if kind == "resolved":
        server.account.time_out(KEY)  # which resolves no incident
    (ima.folder / "hook.json").write_text(json.dumps(a_page(kind, 5, KEY)), encoding="utf-8")
    server.log.clear()
    assert run(ima, "apply --event hook.json").code == 0
    logs = [each.target for each in server.requests("GET", "log_entries")]
    assert len(logs) == 1
    shown = json.loads(run(ima, "show 1 --format json").out)
    assert not shown["closed"]
    assert len(keys(server)) == 2


# ima doctor


def test_the_doctor_finds_a_good_account(ima: Ima, server: PagerDutyServer) -> None:
    done = run(ima, "doctor")
    assert done.code == 0, done.out
    assert "✓ pager service   PSERVICE\n" in done.out
    assert "✓ pager account   ima@acme.example\n" in done.out
    assert "✓ pager eoc       EEOC calls SEOC, after 15 min SIMOC\n" in done.out
    assert "✓ pager security  ESECURITY calls SSECURITY\n" in done.out


@pytest.mark.parametrize(
    ("spoilt", "line"),
    [
        (
            lambda a: a.add_service("PSERVICE", auto_resolve_timeout=14400),
            "pager service   PSERVICE ends pages by itself after 4 h",
        ),
        (
            lambda a: a.add_service("PSERVICE", acknowledgement_timeout=1800),
            "pager service   PSERVICE calls again 30 min after an acknowledgement",
        ),
        (
            lambda a: a.add_service("PSERVICE", status="disabled"),
            "pager service   PSERVICE is disabled",
        ),
        (
            lambda a: a.add_service("PSERVICE", status="maintenance"),
            "pager service   PSERVICE is in maintenance: it pages nobody",
        ),
        (
            lambda a: a.set_on_call("SIMOC", "ima"),
            "pager account   ima@acme.example is on call (eoc, imoc)",
        ),
        (
            lambda a: a.set_rotation("SEOC", "erin", "ima"),
            "pager account   ima@acme.example is on call (eoc)",
        ),
        (
            lambda a: a.policies["ECMOC"][0][1].append("PUIMA"),
            "pager account   ima@acme.example is on call (cmoc)",
        ),
        (lambda a: a.services.clear(), "pager service   there is no service PSERVICE"),
        (
            lambda a: a.users["PUIMA"].update(email="other@acme.example"),
            "pager account   no account with the address ima@acme.example was found",
        ),
        (lambda a: a.policies.pop("EEOC"), "pager eoc       there is no escalation policy EEOC"),
        (
            lambda a: a.add_policy("EEOC", (30, "SEOC"), (30, "SIMOC")),
            "pager eoc       EEOC goes on after 30 min, not 15",
        ),
        (
            lambda a: a.add_policy("EEOC", (15, "SEOC")),
            "pager eoc       EEOC never goes on to the IMOC",
        ),
        (
            lambda a: a.add_policy("EEOC", (15, "SEOC"), (15, "SCMOC")),
            "pager eoc       EEOC does not call the schedule SIMOC of the IMOC next",
        ),
        (
            lambda a: a.add_policy("EIMOC", (15, "SEOC")),
            "pager imoc      EIMOC does not call the schedule SIMOC first",
        ),
        (lambda a: a.add_policy("ECMOC"), "pager cmoc      ECMOC calls nobody"),
        (lambda a: a.schedules.pop("SCMOC"), "pager cmoc      there is no schedule SCMOC"),
        (lambda a: a.set_on_call("SCMOC", None), "on call         nobody for cmoc"),
        (
            lambda a: a.users["PUCARA"].update(email="cara@vendor.example"),
            "pager people    nobody knows who this is: cara@vendor.example (PUCARA)",
        ),
    ],
)
def test_the_doctor_says_what_is_wrong_with_it(
    ima: Ima, server: PagerDutyServer, spoilt: Any, line: str
) -> None:
    spoilt(server.account)
    done = run(ima, "doctor")
    assert done.code == 3, done.out
    assert f"! {line}" in done.out


def test_the_doctor_without_an_answer_says_so_once(ima: Ima, server: PagerDutyServer) -> None:
    server.fail("GET", ".", how=401, times=99)
    done = run(ima, "doctor")
    assert done.code == 1
    assert "✗ on call    pagerduty: asking who is on call failed: 401 Unauthorized" in done.out
    assert "pager service" not in done.out


def test_the_time_of_a_page_is_kept(ima: Ima, server: PagerDutyServer) -> None:
    """An acknowledgement counts from when it was made, not from when the pass came."""
    run(ima, 'report "Pushes hang"')
    began = ima.now
    ima.after(2)
    server.account.acknowledge(KEY, "erin")
    run(ima, "apply", 30)
    here = (began + timedelta(minutes=2)).strftime("%H:%M")
    assert f"here since {here}" in run(ima, "show 1").out


NO_SCHEDULES = (
    POLICY.partition("roles:")[0]
    + """\
roles:
  eoc: {name: bereitschaft, on_call: erin, escalation: EEOC}
  imoc: {on_call: ian, escalation: EIMOC}
  cmoc: {on_call: cara, escalation: ECMOC}
  security: {on_call: sam, escalation: ESECURITY}
"""
)


def test_the_doctor_without_the_token_says_so_once_and_ticks_nothing(
    ima: Ima, server: PagerDutyServer
) -> None:
    """The policy names who is on call, so nobody is asked who that is."""
    ima.policy(NO_SCHEDULES)
    ima.session = replace(ima.session, environment={"IMA_PAGERDUTY_URL": server.url})
    done = run(ima, "doctor")
    assert done.out.count(f"{TOKEN} is not set") == 1
    assert "bereitschaft @erin" in done.out
    assert "pager people" not in done.out
    assert "1 that cannot be asked without its secret" in done.out
    assert "without an answer" not in done.out
    assert f"Begin with pager service: set {TOKEN} to a REST API key" in done.out
    ima.session = replace(ima.session, environment=given(server))
    done = run(ima, "doctor")
    assert "✓ pager bereitschaft  EEOC" in done.out
    assert "pager people" not in done.out


def test_a_plan_says_that_pages_cannot_go_out_before_a_pass_has_failed(
    ima: Ima, server: PagerDutyServer
) -> None:
    ima.policy(NO_SCHEDULES)
    ima.session = replace(ima.session, environment=given(server))
    assert run(ima, 'declare "API down" --severity S1 --as rita').code == 0
    assert run(ima, "say 1 '/ima engage cmoc' --as erin").code == 0
    assert "cannot go out" not in run(ima, "plan").err
    ima.session = replace(ima.session, environment={"IMA_PAGERDUTY_URL": server.url})
    said = f"! pages cannot go out: {TOKEN} is not set here\n  set it where `ima apply` runs"
    assert said in run(ima, "plan").err
    assert "cannot go out" not in run(ima, "plan --quiet").err
