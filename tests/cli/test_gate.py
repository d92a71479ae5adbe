"""``ima gate``: nothing holds, something holds, nobody knows."""

from __future__ import annotations

import pytest

from automation.scenarios.counting_world import CallMeter, CountingTracker

from .conftest import POLICY, Ima


def away(ima: Ima) -> None:
    """The tracker answers 503 from now on."""
    ima.session = ima.fresh()
    broken = CountingTracker(ima.session.local, CallMeter(failing={"tracker": 503}))
    ima.session.__dict__["tracker"] = broken


def test_nothing_holds(ima: Ima) -> None:
    done = ima("gate")
    assert (done.code, done.out) == (0, "Deployments may go ahead: no incident holds them.\n")


def test_a_grave_incident_holds_and_says_whom_to_ask(ima: Ima) -> None:
    ima('declare "Pushes fail" --severity S2 --service git')
    done = ima("gate")
    assert done.code == 3
    first, _, row, last = done.out.splitlines()
    assert first == "Do not deploy: 1 incident holds deployments."
    assert row.split() == ["#1", "Pushes", "fail", "S2", "Operational", "@erin"]
    assert last == (
        "What to do: wait until none of them is S1 or S2 or Partial Service Disruption or Service "
        "Disruption, or ask @erin whether this deployment is the fix and may go past the gate"
    )


@pytest.mark.parametrize(
    ("declared", "line", "code"),
    [
        pytest.param("--severity S3", "gate", 0, id="not grave"),
        pytest.param("--severity S2 --service git", "gate --service git", 3, id="it affects that"),
        pytest.param("--severity S2 --service git", "gate --service GIT", 3, id="in any case"),
        pytest.param("--severity S2 --service git", "gate --service web", 0, id="another one"),
        pytest.param("--severity S2", "gate --service web", 3, id="it names none"),
        pytest.param(
            '--severity S4 --status "Partial Service Disruption"', "gate", 3, id="by its status"
        ),
    ],
)
def test_what_holds(ima: Ima, declared: str, line: str, code: int) -> None:
    ima(f'declare "It breaks" {declared}')
    assert ima(line).code == code


def test_the_policy_says_what_holds(ima: Ima) -> None:
    ima.policy(POLICY + "gate: {severity: [S4], status: []}\n")
    ima('declare "It breaks" --severity S1')
    assert ima("gate").code == 0
    ima('declare "Hardly anybody notices" --severity S4')
    assert ima("gate").code == 3


def test_a_resolved_one_holds_no_more(ima: Ima) -> None:
    ima('declare "It breaks" --severity S2')
    ima.after(1)
    ima('say 1 "/ima resolve it is over" --as ian')
    ima("apply")
    assert ima("gate").code == 0


def test_json(ima: Ima) -> None:
    assert ima("gate --service git --format json").json == {
        "open": True,
        "service": "git",
        "held_by": [],
    }
    ima('declare "Pushes fail" --severity S2 --service git')
    assert ima("gate --format json").json == {
        "open": False,
        "service": "",
        "held_by": [
            {
                "issue": "#1",
                "title": "Pushes fail",
                "severity": "S2",
                "status": "Operational",
                "owner": "erin",
                "services": ["git"],
            }
        ],
    }


@pytest.mark.parametrize("line", ["gate", "gate --service web", "gate --format json"])
def test_of_a_confidential_one_there_is_the_bare_reference(ima: Ima, line: str) -> None:
    from automation.model.issue import Draft

    labels = ("Incident", "S1", "Service::Git")
    ima.session.acting().open(Draft("Keys were stolen", labels=labels, confidential=True))
    done = ima(line)
    assert done.code == 3, "whom it affects is not told by what it lets pass"
    assert "#1" in done.out
    assert not {"Keys", "S1 ", '"S1"', "git", "@erin"} & set(done.out.split())
    assert "Keys" not in done.out + done.err


def test_an_unknown_service_is_a_mistake(ima: Ima) -> None:
    done = ima("gate --service gti")
    assert done.code == 2
    problem, remedy = done.err.splitlines()
    assert problem == "--service: there is no service 'gti'"
    assert remedy.startswith("  did you mean 'git'? (`services`, ")


def test_without_the_tracker_nobody_knows_and_the_gate_is_shut(ima: Ima) -> None:
    away(ima)
    done = ima("gate")
    assert (done.code, done.out) == (1, "")
    assert "nobody knows whether an incident is open: take that for a no" in done.err
    assert "EOC (Engineer On Call): @erin" in done.err


@pytest.mark.parametrize("line", ["plan", "apply", "board", "mirror copy", "stats"])
def test_any_pass_that_cannot_reach_the_tracker_ends_with_the_outage_card(
    ima: Ima, line: str
) -> None:
    away(ima)
    done = ima(line)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("tracker: answered 503\n  run again when it is back\n")
    assert "IMOC (Incident Manager On Call): @ian" in done.err
    assert 'ima declare "TITLE" --severity S1 --tracker local' in done.err


def test_a_service_that_is_away_shows_no_outage_card(ima: Ima) -> None:
    from dataclasses import replace

    from automation.scenarios.counting_world import CountingPager

    services = ima.session.services
    pager = CountingPager(services.pager, CallMeter(failing={"pagerduty": 503}))
    ima.session.__dict__["services"] = replace(services, pager=pager)
    done = ima("plan")
    assert done.code == 1
    assert "Go on without them" not in done.out + done.err
